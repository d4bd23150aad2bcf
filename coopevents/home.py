"""The first page: the sign-in for a stranger, what is going on for whoever has signed in."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.events import queries as events
from coopevents.events.models import EventState
from coopevents.i18n import _, day, number, share
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.programme.words import aim
from coopevents.reports import indicators
from coopevents.reports.figures import Scope

bp = Blueprint("home", __name__)


@bp.get("/")
def start() -> ResponseReturnValue:
    """Show the dashboard, or the way to it."""
    who = access.actor()
    if who.kind != "user":
        return redirect(url_for("security.login"))
    if who.programme_id is None:
        return render_template("home/dashboard.html")
    programme = programmes.get_programme(who.programme_id)
    return render_template(
        "home/dashboard.html", figures=_figures(programme), next_up=_next_up(programme)
    )


def _figures(programme: Programme) -> list[dict[str, Any]]:
    """Answer the year so far, by the same functions the report is made with."""
    period = programmes.period_on(programme, clock.today())
    if period is None:
        return []
    scope = Scope.of(period)
    joint, people, women, covered = (
        indicators.compute(code, scope) for code in ("I1", "I3", "I11", "I7")
    )
    year = _("report year %(label)s", label=period.label)
    return [
        {
            "value": int(joint.value or 0),
            "label": _("Joint activities held"),
            "note": _promised(programme, year),
            "url": url_for("events.list_events", state="closed"),
        },
        {"value": int(people.value or 0), "label": _("People who came"), "note": year},
        {"value": share(women.value), "label": _("Share of women"), "note": year},
        {
            "value": share(covered.value),
            "label": _("Women-led organisations reached"),
            "note": _(
                "%(done)s of %(all)s",
                done=number(covered.numerator),
                all=number(covered.denominator),
            ),
            "url": url_for("attendance_grid.by_organisation"),
        },
    ]


def _promised(programme: Programme, year: str) -> str:
    promised = programmes.promised_activities(programme, clock.today())
    if promised is None:
        return year
    return _("%(aim)s a year are promised; %(year)s", aim=aim(promised), year=year)


def _next_up(programme: Programme) -> list[dict[str, Any]]:
    """Answer the activities that are published and not over."""
    published = events.list_events(programme.id, state=EventState.PUBLISHED)
    sessions = events.sessions_of([event.id for event in published])
    return [
        {
            "title": event.title,
            "url": url_for("events.show_event", event_id=event.id),
            "when": day(sessions[event.id][0].held_on),
            "state": event.state.value,
        }
        for event in reversed(published)
        if sessions[event.id]
    ]
