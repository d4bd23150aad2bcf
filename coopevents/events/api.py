from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import marshmallow as ma
from flask import url_for
from flask.typing import ResponseReturnValue

from coopevents.accounts import queries as accounts
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.events import queries, service
from coopevents.events.models import MARKS, Event, EventState, HostRole, SessionState
from coopevents.events.plans import EventPlan, SessionPlan
from coopevents.i18n import _, _l
from coopevents.lifecycle import changing, planning
from coopevents.rest import (
    Blueprint,
    Line,
    PageArguments,
    RowId,
    page,
    page_schema,
    programme_id,
    repeatable,
)
from coopevents.territory.models import AdministrativeUnit, UnitLevel

bp = Blueprint(
    "api_events", __name__, url_prefix="/api/v1/events", description="Activities and their lives."
)

LINE = ma.validate.Length(min=1, max=300)


class SessionSchema(ma.Schema):
    """A buổi: local day and hours."""

    id = ma.fields.Integer(dump_only=True)
    held_on = ma.fields.Date(required=True)
    starts_at = ma.fields.Time(required=True, format="%H:%M")
    ends_at = ma.fields.Time(required=True, format="%H:%M")
    topic = Line(load_default="", validate=ma.validate.Length(max=200))
    place = Line(allow_none=True, load_default=None, validate=ma.validate.Length(max=300))
    class_group = Line(allow_none=True, load_default=None, validate=ma.validate.Length(max=100))
    required = ma.fields.Boolean(load_default=True)
    state = ma.fields.Enum(SessionState, by_value=True, dump_only=True)


class EventLineSchema(ma.Schema):
    """An activity as a list shows it."""

    id = ma.fields.Integer()
    state = ma.fields.Enum(EventState, by_value=True)
    kind = ma.fields.String()
    title = ma.fields.String()
    place = ma.fields.String()
    capacity = ma.fields.Integer(allow_none=True)
    counts_to_programme = ma.fields.Boolean()
    sessions = ma.fields.List(ma.fields.Nested(SessionSchema))


class EventSchema(ma.Schema):
    """An activity with its sessions, hosts and contents."""

    id = ma.fields.Integer(dump_only=True)
    state = ma.fields.Enum(EventState, by_value=True, dump_only=True)
    version = ma.fields.Integer(dump_only=True)
    kind = ma.fields.String(required=True, metadata={"description": "The key of a kind."})
    title = Line(required=True, validate=LINE)
    description = Line(load_default="", validate=ma.validate.Length(max=5000))
    place = Line(required=True, validate=LINE)
    administrative_unit_id = RowId(
        allow_none=True, load_default=None, metadata={"description": "The commune it is held in."}
    )
    lead_host = ma.fields.String(required=True, metadata={"description": "The key of a body."})
    co_hosts = ma.fields.List(ma.fields.String(), load_default=list)
    third_hosts = ma.fields.List(ma.fields.String(), load_default=list)
    contents = ma.fields.List(
        ma.fields.Integer(strict=True),
        load_default=list,
        metadata={"description": "Numbers of the programme's contents."},
    )
    capacity = ma.fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(1, 100_000),
        metadata={"description": "Places in all; null turns nobody away."},
    )
    offer_hours = ma.fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(1, 80),
        metadata={
            "description": "Office hours for which a free place is offered to whoever is next on"
            " the waiting list; null gives it at once."
        },
    )
    answer_by = ma.fields.Date(allow_none=True, load_default=None)
    contact_name = Line(required=True, validate=ma.validate.Length(min=1, max=200))
    contact_phone = Line(required=True, validate=ma.validate.Length(min=1, max=40))
    contact_email = ma.fields.Email(required=True)
    promotional = ma.fields.Boolean(load_default=False)
    listed_publicly = ma.fields.Boolean(load_default=False)
    counts_to_programme = ma.fields.Boolean(dump_only=True)
    sessions = ma.fields.List(
        ma.fields.Nested(SessionSchema), required=True, validate=ma.validate.Length(min=1)
    )


class EventChangeSchema(EventSchema):
    """What of an activity is to change; what is not named stays. Sessions are given whole."""

    def __init__(self, **options: Any) -> None:
        # Named one by one: `partial=True` would let half a session through as well.
        super().__init__(**{**options, "partial": tuple(EventSchema._declared_fields)})


class EventArguments(PageArguments):
    """Which activities."""

    state = ma.fields.Enum(EventState, by_value=True)


def event_json(event: Event) -> dict[str, Any]:
    """Answer the event as the API shows it."""
    hosts = queries.list_hosts(event)
    by_role = {role: [h.body.key for h in hosts if h.role is role] for role in HostRole}
    return {
        "id": event.id,
        "state": event.state,
        "version": event.version,
        "kind": event.kind.key,
        "title": event.title,
        "description": event.description,
        "place": event.place,
        "administrative_unit_id": event.administrative_unit_id,
        "lead_host": next(iter(by_role[HostRole.LEAD]), None),
        "co_hosts": by_role[HostRole.CO_HOST],
        "third_hosts": by_role[HostRole.THIRD],
        "contents": [content.number for content in queries.list_contents(event)],
        "capacity": event.capacity,
        "offer_hours": event.offer_hours,
        "answer_by": event.answer_by,
        "contact_name": event.contact_name,
        "contact_phone": event.contact_phone,
        "contact_email": event.contact_email,
        "promotional": event.promotional,
        "listed_publicly": event.listed_publicly,
        "counts_to_programme": event.counts_to_programme,
        "sessions": queries.list_sessions(event),
    }


def _plan(said: dict[str, Any], *, is_sample: bool = False) -> EventPlan:
    kinds = {kind.key: kind.id for kind in queries.list_kinds(programme_id())}
    contents = {c.number: c.id for c in queries.programme_contents(programme_id())}
    ids: dict[str, int] = {}
    problems = {}
    if said["kind"] not in kinds:
        problems["kind"] = _("There is no such kind of activity.")
    for field in ("lead_host", "co_hosts", "third_hosts"):
        keys = [said[field]] if field == "lead_host" else said[field]
        found = {key: accounts.find_body(key) for key in keys}
        ids |= {key: body.id for key, body in found.items() if body is not None}
        if None in found.values():
            problems[field] = _("There is no such host body.")
    if not set(said["contents"]) <= set(contents):
        problems["contents"] = _("The programme has no such content.")
    unit_id = said["administrative_unit_id"]
    if unit_id is not None and not _is_commune(unit_id):
        problems["administrative_unit_id"] = _("There is no such commune.")
    if problems:
        raise InputError(" ".join(problems.values()), problems)
    same = (name for name in service.OF_THE_EVENT if name != "kind_id")
    return EventPlan(
        **{name: said[name] for name in same},
        kind_id=kinds[said["kind"]],
        lead_body_id=ids[said["lead_host"]],
        co_host_ids=[ids[key] for key in said["co_hosts"]],
        third_host_ids=[ids[key] for key in said["third_hosts"]],
        content_ids=[contents[number] for number in dict.fromkeys(said["contents"])],
        sessions=[SessionPlan(**session) for session in said["sessions"]],
        is_sample=is_sample,
    )


def _is_commune(unit_id: int) -> bool:
    unit = db.session.get(AdministrativeUnit, unit_id)
    return unit is not None and unit.level is UnitLevel.COMMUNE


@contextmanager
def _named_as_here() -> Iterator[None]:
    """Let a refusal of the service name the fields as the API does."""
    try:
        yield
    except InputError as error:
        fields = {_field(name): text for name, text in error.fields.items()}
        raise InputError(error.message, fields) from error


def _field(name: str) -> str:
    if name.startswith("sessions-"):
        return f"sessions.{int(name.removeprefix('sessions-')) - 1}"
    return {"co_host_ids": "co_hosts"}.get(name, name)


def _event(event_id: int) -> Event:
    return queries.get_event(event_id, programme_id())


def _locked(event_id: int) -> Event:
    # Two calls at once on one activity do their work one after the other, so that the second
    # judges what the first has left.
    event = _event(event_id)
    service.lock(event)
    return event


@bp.get("")
@bp.arguments(EventArguments, location="query")
@bp.response(200, page_schema(EventLineSchema, "EventPage"))
def list_events(asked: dict[str, Any]) -> dict[str, Any]:
    """List the programme's activities, the newest first."""
    events = queries.list_events_by_id(
        programme_id(),
        state=asked.get("state"),
        before=asked.get("after"),
        limit=asked["limit"] + 1,
    )
    sessions = queries.sessions_of([event.id for event in events])
    same = ("id", "state", "title", "place", "capacity", "counts_to_programme")
    rows = [
        {
            **{name: getattr(event, name) for name in same},
            "kind": event.kind.key,
            "sessions": sessions[event.id],
        }
        for event in events
    ]
    return page(rows, asked["limit"], lambda row: row["id"])


@bp.post("")
@repeatable
@bp.etag
@bp.arguments(EventSchema)
@bp.response(201, EventSchema)
def plan_event(said: dict[str, Any]) -> ResponseReturnValue:
    """Write a draft."""
    with _named_as_here():
        event = planning.plan_event(programme_id(), _plan(said))
    return event_json(event), 201, {"Location": url_for(".get_event", event_id=event.id)}


@bp.get("/<int:event_id>")
@bp.etag
@bp.response(200, EventSchema)
def get_event(event_id: int) -> dict[str, Any]:
    """Answer one activity."""
    return event_json(_event(event_id))


@bp.patch("/<int:event_id>")
@repeatable
@bp.etag
@bp.arguments(EventChangeSchema)
@bp.response(200, EventSchema)
def change_event(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Change a draft; needs `If-Match` with its ETag."""
    event = _locked(event_id)
    stands = event_json(event)
    bp.check_etag(stands, EventSchema)
    # Named by their ids, those that stay keep their agendas and trainers.
    sessions = [
        {name: getattr(session, name) for name in ("id", *service.OF_A_SESSION)}
        for session in stands["sessions"]
    ]
    planned = _plan({**stands, "sessions": sessions, **said}, is_sample=event.is_sample)
    with _named_as_here():
        planning.change_draft(event, planned)
    return event_json(event)


@bp.post("/<int:event_id>/publish")
@repeatable
@bp.etag
@bp.response(200, EventSchema)
def publish(event_id: int) -> dict[str, Any]:
    """Publish a draft."""
    event = _locked(event_id)
    service.publish(event)
    return event_json(event)


class SessionStateSchema(ma.Schema):
    """Whether a session was held."""

    state = ma.fields.Enum(
        SessionState,
        by_value=True,
        required=True,
        # Moving and cancelling tell people: they are acts of their own.
        validate=ma.validate.OneOf(MARKS, error=_l("It is held or planned.")),
    )


@bp.post("/<int:event_id>/sessions/<int:session_id>")
@repeatable
@bp.etag
@bp.arguments(SessionStateSchema)
@bp.response(200, EventSchema)
def mark_session(said: dict[str, Any], event_id: int, session_id: int) -> dict[str, Any]:
    """Say of a session that it was held, or that it was not after all."""
    event = _locked(event_id)
    planning.mark_session(event, queries.get_session(session_id, event), said["state"])
    return event_json(event)


@bp.post("/<int:event_id>/close")
@repeatable
@bp.etag
@bp.response(200, EventSchema)
def close(event_id: int) -> dict[str, Any]:
    """Close the activity, so that it counts."""
    event = _locked(event_id)
    changing.close_event(event)
    return event_json(event)
