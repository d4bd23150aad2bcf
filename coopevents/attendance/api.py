from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from coopevents import access
from coopevents.attendance import queries, service
from coopevents.attendance.models import Action, EntrySource
from coopevents.attendance.service import Mark, Outcome
from coopevents.directory.models import PostKind
from coopevents.events import queries as events
from coopevents.rest import repeatable

bp = Blueprint("api_attendance", __name__, url_prefix="/api/v1")

MOST_ENTRIES = 1000


class WalkInSchema(ma.Schema):
    """Somebody who came without being registered; made once for its `uuid`."""

    uuid = ma.fields.UUID(required=True)
    organisation_id = ma.fields.Integer(allow_none=True, load_default=None)
    full_name = ma.fields.String(required=True)
    sex = ma.fields.String(
        load_default="not_stated", validate=ma.validate.OneOf(["female", "male", "not_stated"])
    )
    post = ma.fields.String(
        load_default="other", validate=ma.validate.OneOf([post.value for post in PostKind])
    )
    phone = ma.fields.String(allow_none=True, load_default=None)


class EntrySchema(ma.Schema):
    """A mark. `uuid` is made where the mark is made, so that sending it twice marks once."""

    uuid = ma.fields.UUID(required=True)
    session_id = ma.fields.Integer(required=True)
    registration_id = ma.fields.Integer(allow_none=True, load_default=None)
    walk_in = ma.fields.Nested(WalkInSchema, allow_none=True, load_default=None)
    action = ma.fields.Enum(Action, by_value=True, required=True)
    voids = ma.fields.UUID(allow_none=True, load_default=None)
    reason = ma.fields.String(allow_none=True, load_default=None)
    at = ma.fields.AwareDateTime(allow_none=True, load_default=None)
    device = ma.fields.String(allow_none=True, load_default=None)
    source = ma.fields.Enum(EntrySource, by_value=True, load_default=EntrySource.API)


class EntriesSchema(ma.Schema):
    """Up to 1,000 marks."""

    entries = ma.fields.List(
        ma.fields.Nested(EntrySchema),
        required=True,
        validate=ma.validate.Length(min=1, max=MOST_ENTRIES),
    )


class ResultSchema(ma.Schema):
    """What became of a mark."""

    uuid = ma.fields.UUID()
    outcome = ma.fields.Enum(Outcome, by_value=True)
    reason = ma.fields.String()


class ResultsSchema(ma.Schema):
    """What became of the marks, in their order."""

    results = ma.fields.List(ma.fields.Nested(ResultSchema))


class StateSchema(ma.Schema):
    """The mark that holds for somebody in a session."""

    session_id = ma.fields.Integer()
    registration_id = ma.fields.Integer(allow_none=True)
    walk_in_id = ma.fields.Integer(allow_none=True)
    action = ma.fields.Enum(Action, by_value=True)


class AttendanceSchema(ma.Schema):
    """What the marks of an activity add up to."""

    people = ma.fields.Integer()
    women = ma.fields.Integer()
    men = ma.fields.Integer()
    not_stated = ma.fields.Integer()
    organisations = ma.fields.Integer()
    states = ma.fields.List(ma.fields.Nested(StateSchema))


@bp.post("/events/<int:event_id>/attendance/entries")
@repeatable
@bp.arguments(EntriesSchema)
@bp.response(200, ResultsSchema)
def record_entries(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Add marks to the ledger; answers stored, already or conflict for each."""
    event = events.get_event(event_id, access.actor().programme_id)
    marks = [
        Mark(
            uuid=entry["uuid"],
            session_id=entry["session_id"],
            action=entry["action"],
            registration_id=entry["registration_id"],
            walk_in_id=service.walk_in_id(event, entry["walk_in"]),
            voids=entry["voids"],
            reason=entry["reason"],
            device_at=entry["at"],
            device=entry["device"],
            source=entry["source"],
        )
        for entry in said["entries"]
    ]
    return {"results": service.record_entries(event, marks)}


@bp.get("/events/<int:event_id>/attendance")
@bp.response(200, AttendanceSchema)
def show_attendance(event_id: int) -> dict[str, Any]:
    """Answer who came, as the marks stand."""
    event = events.get_event(event_id, access.actor().programme_id)
    turnout = queries.turnout(event)
    states = [
        {
            "session_id": session.id,
            f"{kind}_id": number,
            "action": action,
        }
        for session in events.list_sessions(event)
        for (kind, number), action in queries.states_of_session(session).items()
    ]
    return {**turnout.__dict__, "states": states}
