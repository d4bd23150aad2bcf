from uuid import UUID, uuid4

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance import completion, conflicts, queries, roll, service
from coopevents.attendance.forms import SettleForm, VoidForm, WalkInForm
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark, Outcome
from coopevents.db import db
from coopevents.directory import lists
from coopevents.directory import queries as directory
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import _

bp = Blueprint("attendance", __name__, url_prefix="/events/<int:event_id>/roll-call")


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


@bp.get("/completion")
def show_completion(event_id: int) -> str:
    """Show who was present in the training so far, and who completed it."""
    event = _event(event_id)
    return render_template(
        "attendance/completion.html",
        event=event,
        participants=completion.list_participants(event),
        needed_share=completion.NEEDED_SHARE * 100,
        needed_hours=completion.NEEDED_HOURS,
    )


@bp.get("/<int:session_id>")
def show_roll(event_id: int, session_id: int) -> str:
    """Show who is expected in the session, by organisation, with the marks so far."""
    event = _event(event_id)
    session = events.get_session(session_id, event)
    groups = roll.expected(event, session)
    form = WalkInForm(formdata=None, uuid=str(uuid4()))
    form.organisation_id.choices = _organisations(event, groups)
    return render_template(
        "attendance/roll.html",
        event=event,
        session=session,
        sessions=events.list_sessions(event),
        groups=groups,
        ledger=queries.ledger(event, session),
        outside=len(conflicts.list_conflicts(event, is_open=True)),
        walk_in_form=form,
        void_form=VoidForm(formdata=None),
        new_uuid=uuid4,
        actions=[Action.PRESENT, Action.EXCUSED, Action.ABSENT],
    )


def _organisations(event: Event, groups: list[roll.Group]) -> dict[str, str]:
    expected = {str(group.organisation_id): group.name for group in groups if group.organisation_id}
    others = {
        str(line.id): line.name
        for line in lists.list_organisations(
            event.programme.register, on=clock.today(), limit=None
        ).items
    }
    return {"0": _("no organisation"), **expected, **others}


@bp.post("/<int:session_id>/marks")
def mark(event_id: int, session_id: int) -> ResponseReturnValue:
    """Add the marks sent: each field is `<registration|walk_in>-<id>-<uuid>` with an action."""
    event = _event(event_id)
    results = service.record_entries(event, _marks(session_id))
    conflicts = [result.reason for result in results if result.outcome is Outcome.CONFLICT]
    if conflicts:
        raise DomainError(" ".join(dict.fromkeys(conflicts)))
    db.session.commit()
    return redirect(url_for(".show_roll", event_id=event_id, session_id=session_id), 303)


def _marks(session_id: int) -> list[Mark]:
    marks = []
    for name, value in request.form.items():
        kind, dash, rest = name.partition("-")
        if not dash or kind not in {"registration", "walk_in"} or not value:
            continue
        number, _dash, uuid = rest.partition("-")
        try:
            marks.append(
                Mark(
                    uuid=UUID(uuid),
                    session_id=session_id,
                    action=Action(value),
                    registration_id=int(number) if kind == "registration" else None,
                    walk_in_id=int(number) if kind == "walk_in" else None,
                )
            )
        except ValueError as error:
            raise InputError(_("This form is damaged. Please open the page again.")) from error
    return marks


@bp.post("/<int:session_id>/walk-ins")
def add_walk_in(event_id: int, session_id: int) -> ResponseReturnValue:
    """Write a walk-in and mark the person present in the session."""
    event = _event(event_id)
    form = WalkInForm()
    form.organisation_id.choices = _organisations(event, [])
    if not form.validate():
        raise InputError(_("Some fields need another look."), dict(form.errors))
    organisation_id = form.organisation_id.data
    walk_in = service.add_walk_in(
        event,
        directory.get_organisation(organisation_id, event.programme.register_id)
        if organisation_id
        else None,
        form.full_name.data or "",
        form.chosen_sex(),
        form.chosen_post(),
        uuid=form.number(),
        phone=form.phone.data,
    )
    mark_ = Mark(
        uuid=form.number(), session_id=session_id, action=Action.PRESENT, walk_in_id=walk_in.id
    )
    (result,) = service.record_entries(event, [mark_])
    if result.outcome is Outcome.CONFLICT:
        raise DomainError(result.reason)
    db.session.commit()
    return redirect(url_for(".show_roll", event_id=event_id, session_id=session_id), 303)


@bp.post("/<int:session_id>/entries/<int:entry_id>/void")
def void(event_id: int, session_id: int, entry_id: int) -> ResponseReturnValue:
    """Take a mark back, with a reason."""
    event = _event(event_id)
    form = VoidForm()
    service.void(event, queries.get_entry(entry_id, event), form.reason.data or "")
    db.session.commit()
    return redirect(url_for(".show_roll", event_id=event_id, session_id=session_id), 303)


@bp.get("/conflicts")
def list_conflicts(event_id: int) -> str:
    """Show the marks that were sent in and are not in the ledger, and what was done about them."""
    return _conflicts(_event(event_id))


def _conflicts(event: Event, refused: SettleForm | None = None, at: int | None = None) -> str:
    found = conflicts.list_conflicts(event)
    return render_template(
        "attendance/conflicts.html",
        event=event,
        sessions={session.id: session for session in events.list_sessions(event)},
        conflicts=found,
        names=queries.names_of(event),
        reasons=conflicts.REASONS,
        form=SettleForm(formdata=None),
        refused=refused,
        at=at,
    )


@bp.post("/conflicts/<int:conflict_id>/settle")
def settle_conflict(event_id: int, conflict_id: int) -> ResponseReturnValue:
    """Keep what was done about a mark that is not in the ledger."""
    event, form = _event(event_id), SettleForm()
    conflict = conflicts.get_conflict(conflict_id, event)
    if not form.validate():
        return _conflicts(event, form, conflict_id), 422
    conflicts.settle(conflict, form.note.data or "")
    db.session.commit()
    return redirect(url_for(".list_conflicts", event_id=event_id), 303)
