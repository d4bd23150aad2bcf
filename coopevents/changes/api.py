from typing import Any
from uuid import uuid4

import marshmallow as ma

from coopevents.changes import service
from coopevents.changes.consequences import Consequences, Why
from coopevents.changes.foreseeing import foresee
from coopevents.changes.models import ChangeKind
from coopevents.directory.models import Channel
from coopevents.errors import InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.effects import (
    Cancellation,
    Change,
    NewTime,
    Postponement,
    SessionCancellation,
)
from coopevents.events.models import Event, EventState
from coopevents.i18n import LOCALES
from coopevents.invitations.models import InvitationState
from coopevents.lifecycle import changing
from coopevents.rest import Blueprint, Line, RowId, programme_id, repeatable

bp = Blueprint(
    "api_changes",
    __name__,
    url_prefix="/api/v1/events",
    description="Changing activities people know of: what follows, and doing it.",
)

REASON = ma.validate.Length(min=1, max=500)


class NewTimeSchema(ma.Schema):
    """Where a session goes: local day and hours. It keeps its place."""

    session_id = RowId(required=True)
    held_on = ma.fields.Date(required=True)
    starts_at = ma.fields.Time(required=True, format="%H:%M")
    ends_at = ma.fields.Time(required=True, format="%H:%M")


class ActSchema(ma.Schema):
    """What every change needs."""

    reason = Line(
        required=True,
        validate=REASON,
        metadata={"description": "Everybody who is told reads it."},
    )
    dry_run = ma.fields.Boolean(
        load_default=False,
        metadata={"description": "Answer all that would follow, and do nothing."},
    )
    fingerprint = ma.fields.String(
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(max=64),
        metadata={
            "description": "What a dry run answered: where something else would follow by now, "
            "nothing is done and the answer is 409."
        },
    )


class PostponeSchema(ActSchema):
    """The new days of every session that is planned; none where they are not known yet."""

    sessions = ma.fields.List(ma.fields.Nested(NewTimeSchema), load_default=list)
    answer_by = ma.fields.Date(allow_none=True, load_default=None)


class CancelSchema(ActSchema):
    """It is not held."""


class MailedSchema(ma.Schema):
    """One mail that tells the change."""

    invitation_id = ma.fields.Integer()
    name = ma.fields.String()
    address = ma.fields.String()
    is_delegate = ma.fields.Boolean()


class ByHandSchema(ma.Schema):
    """Somebody who must be called or written to."""

    invitation_id = ma.fields.Integer()
    name = ma.fields.String()
    why = ma.fields.Enum(Why, by_value=True)
    channels = ma.fields.List(ma.fields.Enum(Channel, by_value=True))


class AskedAgainSchema(ma.Schema):
    """An answer that does not hold any more."""

    invitation_id = ma.fields.Integer()
    name = ma.fields.String()
    was = ma.fields.Enum(InvitationState, by_value=True)


class FirstSchema(ma.Schema):
    """Somebody who was told nothing yet, and whose first invitation says what holds now."""

    invitation_id = ma.fields.Integer()
    name = ma.fields.String()


class RemindingSchema(ma.Schema):
    """A planned reminder whose day becomes another one."""

    anchor = ma.fields.String(metadata={"description": "`answer_by` or `start`."})
    days_before = ma.fields.Integer()
    due_on = ma.fields.List(
        ma.fields.String(allow_none=True),
        metadata={"description": "Before and after; null where it has no day."},
    )


class ConsequencesSchema(ma.Schema):
    """All that follows from a change."""

    by_mail = ma.fields.List(ma.fields.Nested(MailedSchema))
    by_hand = ma.fields.List(ma.fields.Nested(ByHandSchema))
    first = ma.fields.List(ma.fields.Nested(FirstSchema))
    stopped = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Names of those whose first invitation does not leave at all."},
    )
    asked_again = ma.fields.List(ma.fields.Nested(AskedAgainSchema))
    cancelled = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "Ids of invitations that end."}
    )
    withdrawn = ma.fields.List(
        ma.fields.Integer(), metadata={"description": "Mails that have not left, and never do."}
    )
    reminders = ma.fields.List(ma.fields.Nested(RemindingSchema))
    confirmed = ma.fields.Integer(metadata={"description": "Delegates with a place."})
    waiting = ma.fields.Integer()
    links = ma.fields.Integer()


class DoneSchema(ma.Schema):
    """A change, foreseen or done."""

    id = ma.fields.Integer(
        allow_none=True, metadata={"description": "Null where nothing was done."}
    )
    kind = ma.fields.Enum(ChangeKind, by_value=True)
    state = ma.fields.Enum(EventState, by_value=True)
    calendar_sequence = ma.fields.Integer()
    answer_by = ma.fields.Date(allow_none=True)
    round_id = ma.fields.Integer(
        allow_none=True, metadata={"description": "The round of mails that tells it."}
    )
    fingerprint = ma.fields.String()
    consequences = ma.fields.Nested(ConsequencesSchema)


@bp.post("/<int:event_id>/postpone")
@repeatable
@bp.arguments(PostponeSchema)
@bp.response(200, DoneSchema)
def postpone(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Give every session that is planned its new day, or none yet; tells everybody concerned."""
    event = _locked(event_id)
    places = {session.id: session.place for session in events.list_sessions(event)}
    times = tuple(NewTime(**one, place=places.get(one["session_id"])) for one in said["sessions"])
    change = Postponement(said["reason"].strip(), times, said["answer_by"])
    try:
        return _change(event, change, said)
    except InputError as error:
        fields = {_field(name): text for name, text in error.fields.items()}
        raise InputError(error.message, fields) from error


@bp.post("/<int:event_id>/cancel")
@repeatable
@bp.arguments(CancelSchema)
@bp.response(200, DoneSchema)
def cancel(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Cancel the whole activity; tells everybody concerned."""
    return _change(_locked(event_id), Cancellation(said["reason"].strip()), said)


@bp.post("/<int:event_id>/sessions/<int:session_id>/cancel")
@repeatable
@bp.arguments(CancelSchema)
@bp.response(200, DoneSchema)
def cancel_session(said: dict[str, Any], event_id: int, session_id: int) -> dict[str, Any]:
    """Cancel one session, the activity goes on; tells everybody concerned."""
    event = _locked(event_id)
    session = events.get_session(session_id, event)
    return _change(event, SessionCancellation(said["reason"].strip(), session.id), said)


def _locked(event_id: int) -> Event:
    event = events.get_event(event_id, programme_id())
    event_service.lock(event)
    return event


def _change(event: Event, change: Change, said: dict[str, Any]) -> dict[str, Any]:
    if said["dry_run"]:
        shown = foresee(event, change)
        return _told(shown, id=None, round_id=None)
    shown = service.confirmed(event, change, said["fingerprint"])
    done = changing.change_event(event, change, shown, uuid4(), LOCALES[0])
    return _told(shown, id=done.id, round_id=done.round_id)


def _told(shown: Consequences, **done: int | None) -> dict[str, Any]:
    return {
        **done,
        "kind": shown.kind,
        "state": shown.state[1],
        "calendar_sequence": shown.sequence[1],
        "answer_by": shown.due,
        "fingerprint": shown.fingerprint,
        "consequences": shown,
    }


def _field(name: str) -> str:
    return ".".join(name.split("-"))
