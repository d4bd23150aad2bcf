from flask import Blueprint, render_template, request

from coopevents import access, clock
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.programme import queries
from coopevents.programme.models import Programme, ReportPeriod
from coopevents.reports import indicators, lines, targets
from coopevents.reports.figures import Scope
from coopevents.reports.rules import RULES

bp = Blueprint("programme", __name__, url_prefix="/programme")

ROWS_A_PAGE = 100


def _programme() -> Programme:
    return queries.get_programme(access.actor().programme_id)


def _period(programme: Programme, periods: list[ReportPeriod]) -> ReportPeriod:
    """Answer the period asked for; without one that of today, else the first there is."""
    asked = request.args.get("period", type=int)
    if asked is None:
        current = queries.period_on(programme, clock.today())
        found = current or (periods[0] if periods else None)
    else:
        found = next((period for period in periods if period.id == asked), None)
    if found is None:
        raise NotFoundError(_("There is no such report period."))
    return found


@bp.get("/targets")
def show_targets() -> str:
    """Show how far each target is, what is missing, and the rule beside every number."""
    programme = _programme()
    periods = queries.list_periods(programme, None)
    period = _period(programme, periods)
    return render_template(
        "programme/targets.html",
        programme=programme,
        periods=periods,
        period=period,
        standings=targets.standings(period),
        lacks_groups=targets.lacks_groups(period),
        computed=indicators.INDICATORS,
    )


@bp.get("/figures/<code>")
def show_figure(code: str) -> str:
    """Show the rows behind a figure as the data has them now, of a period or since the start."""
    programme = _programme()
    period = _period(programme, queries.list_periods(programme, None))
    since_start = request.args.get("since") == "start"
    from_on = programme.starts_on if since_start else period.from_on
    figure = indicators.compute(code, Scope(programme, from_on, period.to_on))
    first = max(request.args.get("first", 0, type=int), 0)
    rows = figure.page(first, ROWS_A_PAGE + 1)
    return render_template(
        "programme/figure.html",
        figure=figure,
        rule=RULES[code],
        period=period,
        from_on=from_on,
        since_start=since_start,
        lines=lines.describe(rows[:ROWS_A_PAGE], period.to_on),
        first=first,
        next_first=first + ROWS_A_PAGE if len(rows) > ROWS_A_PAGE else None,
    )
