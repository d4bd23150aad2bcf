from uuid import uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.accounts import queries as accounts
from coopevents.attendance import queries as attendance
from coopevents.calendars import queries as calendars
from coopevents.calendars.forms import ActivityFilter, when_asked
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.events import queries
from coopevents.events.forms import EmptyForm, SessionStateForm
from coopevents.events.models import Event
from coopevents.events.part_forms import PARTS
from coopevents.i18n import _, translated
from coopevents.invitations import queries as invitations
from coopevents.lifecycle import planning
from coopevents.registrations import queries as registrations

bp = Blueprint("events", __name__, url_prefix="/events")


def _event(event_id: int) -> Event:
    return queries.get_event(event_id, access.actor().programme_id)


@bp.get("/")
def list_events() -> str:
    """Show the programme's activities a page at a time, the latest first or what comes next."""
    programme_id = access.actor().programme_id
    form, when = ActivityFilter.over(programme_id, request.args), when_asked(request.args)
    after = request.args.get("after")
    return render_template(
        "events/list.html",
        form=form,
        when=when.value,
        asked=form.address(),
        page=calendars.list_activities(programme_id, form.narrowing(), when=when, after=after),
        is_first=after is None,
    )


@bp.get("/<int:event_id>")
def show_event(event_id: int) -> str:
    """Show the activity, where it stands in its life, and what comes next."""
    event = _event(event_id)
    sessions = queries.list_sessions(event)
    names = accounts.names_of_bodies()
    return render_template(
        "events/show.html",
        event=event,
        sessions=sessions,
        now=clock.now(),
        checklist_of=_kind_told(event),
        hosts=[
            (host.role, translated(names[host.body_id].name)) for host in queries.list_hosts(event)
        ],
        contents=queries.list_contents(event),
        agenda=queries.agenda_of([session.id for session in sessions]),
        trainers=queries.list_trainers(event),
        parts=PARTS,
        invited=invitations.count_by_state(event),
        registered=registrations.count_by_state(event),
        turnout=attendance.turnout(event),
        missing=len(attendance.unreconciled(event)),
        form=EmptyForm(),
        session_form=SessionStateForm(),
        submission=uuid4(),
    )


def _kind_told(event: Event) -> str | None:
    """Answer which kind's checklist stayed when the kind was changed, as saving tells it."""
    key = request.args.get("checklist_of")
    kinds = queries.list_all_kinds(event.programme_id) if key else []
    return next((translated(kind.name) for kind in kinds if kind.key == key), None)


@bp.post("/<int:event_id>/sessions/<int:session_id>")
def mark_session(event_id: int, session_id: int) -> ResponseReturnValue:
    """Say whether a session was held."""
    event = _event(event_id)
    form = SessionStateForm()
    if not form.validate():
        raise InputError(_("Say whether the session was held."))
    planning.mark_session(event, queries.get_session(session_id, event), form.state.data)
    db.session.commit()
    return redirect(url_for(".show_event", event_id=event_id), 303)
