from bisect import bisect_right
from operator import itemgetter
from typing import Any

import marshmallow as ma

from coopevents.attendance import conflicts, queries, service
from coopevents.attendance.models import Action, ConflictKind, EntrySource
from coopevents.attendance.service import Mark, Outcome, Result
from coopevents.directory.models import PostKind, Sex
from coopevents.errors import InputError, NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession
from coopevents.i18n import _
from coopevents.rest import (
    MOST,
    Blueprint,
    Line,
    RowId,
    page,
    page_schema,
    programme_id,
    repeatable,
)

bp = Blueprint(
    "api_attendance",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/attendance",
    description="The roll call: marks are added, never changed.",
)

MOST_ENTRIES = 1000


class WalkInSchema(ma.Schema):
    """Somebody who came without being registered; made once for its `uuid`."""

    uuid = ma.fields.UUID(required=True)
    organisation_id = RowId(allow_none=True, load_default=None)
    full_name = Line(required=True, validate=ma.validate.Length(min=1, max=200))
    sex = ma.fields.Enum(Sex, by_value=True, load_default=Sex.NOT_STATED)
    post = ma.fields.Enum(PostKind, by_value=True, load_default=PostKind.OTHER)
    phone = Line(allow_none=True, load_default=None, validate=ma.validate.Length(max=40))


class EntrySchema(ma.Schema):
    """A mark. `uuid` is made where the mark is made, so that sending it twice marks once."""

    uuid = ma.fields.UUID(required=True)
    session_id = RowId(required=True)
    registration_id = RowId(allow_none=True, load_default=None)
    walk_in = ma.fields.Nested(WalkInSchema, allow_none=True, load_default=None)
    action = ma.fields.Enum(Action, by_value=True, required=True)
    voids = ma.fields.UUID(
        allow_none=True,
        load_default=None,
        metadata={"description": "The mark that is taken back; with action `void`."},
    )
    reason = Line(allow_none=True, load_default=None, validate=ma.validate.Length(max=1000))
    at = ma.fields.AwareDateTime(allow_none=True, load_default=None)
    device = Line(allow_none=True, load_default=None, validate=ma.validate.Length(max=200))
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


class AttendanceArguments(ma.Schema):
    """Which page of the marks."""

    after = ma.fields.String(metadata={"description": "The cursor `next` of the page before."})
    limit = ma.fields.Integer(
        load_default=MOST,
        validate=ma.validate.Range(min=1, max=MOST),
        metadata={"description": f"How many rows: at most {MOST}."},
    )


AttendancePage = page_schema(
    StateSchema,
    "AttendancePage",
    **{
        name: ma.fields.Integer()
        for name in ("invited", "people", "women", "men", "not_stated", "organisations")
    },
)
"""How many came, for how many organisations, and a page of the marks that hold."""


@bp.post("/entries")
@repeatable
@bp.arguments(EntriesSchema)
@bp.response(200, ResultsSchema)
def record_entries(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Add marks to the ledger; answers stored, already or conflict for each.

    A walk-in is written with the first mark of hers that can be stored.
    """
    event = events.get_event(event_id, programme_id())
    sessions = {session.id: session for session in events.list_sessions(event)}
    refused: dict[int, Result] = {}
    marks = []
    for place, entry in enumerate(said["entries"]):
        try:
            marks.append(_mark(event, sessions.get(entry["session_id"]), entry))
        except (InputError, NotFoundError) as error:
            plain = EntrySchema().dump(entry)
            conflicts.keep(event, ConflictKind.REFUSED, plain, str(error))
            refused[place] = Result(entry["uuid"], Outcome.CONFLICT, str(error))
    recorded = iter(service.record_entries(event, marks))
    places = range(len(said["entries"]))
    return {"results": [refused.get(place) or next(recorded) for place in places]}


def _mark(event: Event, session: EventSession | None, entry: dict[str, Any]) -> Mark:
    if entry["registration_id"] and entry["walk_in"]:
        raise InputError(_("A mark is of one person."))
    # Nobody is written down for a mark that cannot be stored: a walk-in without a mark would
    # keep the activity from being closed.
    new = entry["action"] is not Action.VOID and service.refused_session(session) is None
    return Mark(
        uuid=entry["uuid"],
        session_id=entry["session_id"],
        action=entry["action"],
        registration_id=entry["registration_id"],
        walk_in_id=service.walk_in_id(event, entry["walk_in"], write=new),
        voids=entry["voids"],
        reason=entry["reason"],
        device_at=entry["at"],
        device=entry["device"],
        source=entry["source"],
    )


@bp.get("")
@bp.arguments(AttendanceArguments, location="query")
@bp.response(200, AttendancePage)
def show_attendance(asked: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Answer who came: what the marks add up to, and the mark that holds for each."""
    event = events.get_event(event_id, programme_id())
    states = sorted(
        ((session.id, kind, number), action)
        for session in events.list_sessions(event)
        for (kind, number), action in queries.states_of_session(session).items()
    )
    if "after" in asked:
        states = states[bisect_right(states, _after(asked["after"]), key=itemgetter(0)) :]
    rows = [
        {
            "session_id": session_id,
            "registration_id": number if kind == "registration" else None,
            "walk_in_id": number if kind == "walk_in" else None,
            "action": action,
            "cursor": f"{session_id}.{kind}.{number}",
        }
        for (session_id, kind, number), action in states[: asked["limit"] + 1]
    ]
    totals = vars(queries.turnout(event))
    return page(rows, asked["limit"], lambda row: row["cursor"], **totals)


def _after(cursor: str) -> tuple[int, str, int]:
    try:
        session_id, kind, number = cursor.split(".")
        return int(session_id), kind, int(number)
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error
