from typing import Any

import marshmallow as ma
from flask.typing import ResponseReturnValue
from flask_smorest import Blueprint

from coopevents import access, lifecycle
from coopevents.accounts import queries as accounts
from coopevents.errors import InputError
from coopevents.events import queries, service
from coopevents.events.models import Event, EventState, SessionState
from coopevents.events.service import EventPlan, SessionPlan
from coopevents.i18n import _
from coopevents.rest import PageArguments, page, page_schema, repeatable

bp = Blueprint("api_events", __name__, url_prefix="/api/v1/events")


class SessionSchema(ma.Schema):
    """A buổi: local day and hours."""

    id = ma.fields.Integer(dump_only=True)
    held_on = ma.fields.Date(required=True)
    starts_at = ma.fields.Time(required=True, format="%H:%M")
    ends_at = ma.fields.Time(required=True, format="%H:%M")
    topic = ma.fields.String(load_default="")
    place = ma.fields.String(allow_none=True, load_default=None)
    state = ma.fields.Enum(SessionState, by_value=True, dump_only=True)


class EventSchema(ma.Schema):
    """An activity with its sessions, hosts and contents."""

    id = ma.fields.Integer(dump_only=True)
    state = ma.fields.Enum(EventState, by_value=True, dump_only=True)
    version = ma.fields.Integer(dump_only=True)
    kind = ma.fields.String(required=True)
    title = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=300))
    description = ma.fields.String(load_default="")
    place = ma.fields.String(required=True, validate=ma.validate.Length(min=1, max=300))
    lead_host = ma.fields.String(required=True, metadata={"description": "The key of a body."})
    co_hosts = ma.fields.List(ma.fields.String(), load_default=list)
    contents = ma.fields.List(ma.fields.Integer(), load_default=list)
    capacity = ma.fields.Integer(allow_none=True, load_default=None, validate=ma.validate.Range(1))
    answer_by = ma.fields.Date(allow_none=True, load_default=None)
    contact_name = ma.fields.String(required=True)
    contact_phone = ma.fields.String(required=True)
    contact_email = ma.fields.Email(required=True)
    promotional = ma.fields.Boolean(load_default=False)
    counts_to_programme = ma.fields.Boolean(dump_only=True)
    sessions = ma.fields.List(
        ma.fields.Nested(SessionSchema), required=True, validate=ma.validate.Length(min=1)
    )


class EventChangeSchema(EventSchema):
    """What of an activity is to change; what is not named stays."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "partial": True})


class EventArguments(PageArguments):
    """Which activities."""

    state = ma.fields.Enum(EventState, by_value=True)


def event_json(event: Event) -> dict[str, Any]:
    """Answer the event as the API shows it."""
    hosts = queries.list_hosts(event)
    return {
        "id": event.id,
        "state": event.state,
        "version": event.version,
        "kind": event.kind.key,
        "title": event.title,
        "description": event.description,
        "place": event.place,
        "lead_host": next((h.body.key for h in hosts if h.role == "lead"), None),
        "co_hosts": [h.body.key for h in hosts if h.role == "co_host"],
        "contents": [content.number for content in queries.list_contents(event)],
        "capacity": event.capacity,
        "answer_by": event.answer_by,
        "contact_name": event.contact_name,
        "contact_phone": event.contact_phone,
        "contact_email": event.contact_email,
        "promotional": event.promotional,
        "counts_to_programme": event.counts_to_programme,
        "sessions": queries.list_sessions(event),
    }


def _plan(said: dict[str, Any]) -> EventPlan:
    programme_id = access.actor().programme_id
    kinds = {kind.key: kind.id for kind in queries.list_kinds()}
    contents = {c.number: c.id for c in queries.programme_contents(programme_id)}
    bodies = {key: accounts.find_body(key) for key in [said["lead_host"], *said["co_hosts"]]}
    problems = {}
    if said["kind"] not in kinds:
        problems["kind"] = _("There is no such kind of activity.")
    if None in bodies.values():
        problems["lead_host"] = _("There is no such host body.")
    if not set(said["contents"]) <= set(contents):
        problems["contents"] = _("The programme has no such content.")
    if problems:
        raise InputError(" ".join(problems.values()), problems)
    ids = {key: body.id for key, body in bodies.items() if body is not None}
    return EventPlan(
        kind_id=kinds[said["kind"]],
        title=said["title"],
        description=said["description"],
        place=said["place"],
        lead_body_id=ids[said["lead_host"]],
        co_host_ids=[ids[key] for key in said["co_hosts"]],
        content_ids=[contents[number] for number in said["contents"]],
        capacity=said["capacity"],
        answer_by=said["answer_by"],
        contact_name=said["contact_name"],
        contact_phone=said["contact_phone"],
        contact_email=said["contact_email"],
        promotional=said["promotional"],
        sessions=[SessionPlan(**session) for session in said["sessions"]],
    )


def _event(event_id: int) -> Event:
    return queries.get_event(event_id, access.actor().programme_id)


@bp.get("/")
@bp.arguments(EventArguments, location="query")
@bp.response(200, page_schema(EventSchema, "EventPage"))
def list_events(asked: dict[str, Any]) -> dict[str, Any]:
    """List the programme's activities, the newest first."""
    events = queries.list_events_by_id(
        access.actor().programme_id,
        state=asked.get("state"),
        before=asked.get("after"),
        limit=asked["limit"],
    )
    return page([event_json(event) for event in events], asked["limit"], lambda row: row["id"])


@bp.post("/")
@repeatable
@bp.arguments(EventSchema)
@bp.response(201, EventSchema)
def plan_event(said: dict[str, Any]) -> dict[str, Any]:
    """Write a draft."""
    return event_json(service.plan(access.actor().programme_id or 0, _plan(said)))


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
    event = _event(event_id)
    stands = event_json(event)
    bp.check_etag(stands, EventSchema)
    sessions = [
        {name: getattr(s, name) for name in ("held_on", "starts_at", "ends_at", "topic", "place")}
        for s in stands["sessions"]
    ]
    service.change(event, _plan({**stands, "sessions": sessions, **said}))
    return event_json(event)


@bp.post("/<int:event_id>/publish")
@repeatable
@bp.response(200, EventSchema)
def publish(event_id: int) -> ResponseReturnValue:
    """Publish a draft."""
    event = _event(event_id)
    service.publish(event)
    return event_json(event)


class SessionStateSchema(ma.Schema):
    """Whether a session was held."""

    state = ma.fields.Enum(SessionState, by_value=True, required=True)


@bp.post("/<int:event_id>/sessions/<int:session_id>")
@repeatable
@bp.arguments(SessionStateSchema)
@bp.response(200, EventSchema)
def mark_session(said: dict[str, Any], event_id: int, session_id: int) -> dict[str, Any]:
    """Say of a session whether it was held or cancelled."""
    event = _event(event_id)
    service.mark_session(event, queries.get_session(session_id, event), said["state"])
    return event_json(event)


@bp.post("/<int:event_id>/close")
@repeatable
@bp.response(200, EventSchema)
def close(event_id: int) -> ResponseReturnValue:
    """Close the activity, so that it counts."""
    event = _event(event_id)
    lifecycle.close_event(event)
    return event_json(event)
