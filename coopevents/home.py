"""The first page: the sign-in for a stranger, what is going on for whoever has signed in."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.bounces import queries as bounces
from coopevents.checklists import queries as checklists
from coopevents.events import queries as events
from coopevents.events.models import EventState
from coopevents.i18n import _, day, number, share
from coopevents.outcomes.trade import due as trade
from coopevents.pages import LARGEST_ID
from coopevents.permissions import Permission
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.programme.words import aim
from coopevents.reports import indicators
from coopevents.reports.figures import Scope

bp = Blueprint("home", __name__)

SOON = timedelta(days=7)
"""How far ahead the front page says what is to be done."""

MOST = 30
"""So many things to be done stand on the front page; the rest waits on the checklists."""


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
        "home/dashboard.html",
        figures=_figures(programme),
        next_up=_next_up(programme),
        calls_due=trade.count_due(programme, clock.today()),
        mails_returned=bounces.count_open(programme),
        **(_to_do(programme) if who.may(Permission.PLAN) else {}),
    )


def _to_do(programme: Programme) -> dict[str, Any]:
    """Answer what she has to do soon, or everybody has, and what she said just now was done."""
    everybody = request.args.get("whose") == "all"
    owner_id = None if everybody else access.actor().id
    due = checklists.list_due(programme.id, clock.today() + SOON, owner_id, limit=MOST + 1)
    asked = request.args.get("done", type=int)
    known = asked is not None and asked <= LARGEST_ID
    just_done = checklists.find_item(asked, programme.id) if known else None
    return {
        "to_do": due[:MOST],
        "to_do_is_cut": len(due) > MOST,
        "everybody": everybody,
        "just_done": just_done if just_done and just_done.done_at else None,
        "today": clock.today(),
    }


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
    """Answer the activities that are published and not over, in the order they are held in."""
    published = events.list_events(programme.id, state=EventState.PUBLISHED)
    sessions = events.sessions_of([event.id for event in published])
    # What was moved is held on its new day, and what was cancelled on none.
    begins = {event.id: events.first_start(sessions[event.id]) for event in published}
    return [
        {
            "title": event.title,
            "url": url_for("events.show_event", event_id=event.id),
            "when": day(clock.local(start).date()),
            "state": event.state.value,
        }
        for event in sorted(published, key=lambda one: (str(begins[one.id]), one.id))
        if (start := begins[event.id])
    ]
