from collections import defaultdict
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from coopevents import access, lifecycle
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import LOCALES
from coopevents.invitations import audience, queries
from coopevents.invitations.audience import Audience
from coopevents.invitations.models import InvitationState
from coopevents.mail import queries as mail
from coopevents.mail.models import Batch
from coopevents.rest import PageArguments, page_schema, repeatable

bp = Blueprint("api_invitations", __name__, url_prefix="/api/v1/events/<int:event_id>/invitations")


class AudienceSchema(ma.Schema):
    """Whom to invite; with no condition it is nobody."""

    women_led = ma.fields.Boolean(load_default=False)
    kinds = ma.fields.List(ma.fields.String(), load_default=list)
    commune_ids = ma.fields.List(ma.fields.Integer(), load_default=list)
    organisation_ids = ma.fields.List(ma.fields.Integer(), load_default=list)
    seats = ma.fields.Integer(load_default=2, validate=ma.validate.Range(1, 20))


class InviteeSchema(ma.Schema):
    """An organisation that would be invited."""

    organisation_id = ma.fields.Integer()
    name = ma.fields.String()
    commune = ma.fields.String()


class LeftOutSchema(InviteeSchema):
    """An organisation of the audience that would not be invited."""

    reason = ma.fields.String()


class PreviewSchema(ma.Schema):
    """Exactly who would be invited, and the token that confirms this very list."""

    number = ma.fields.Integer()
    invitees = ma.fields.List(ma.fields.Nested(InviteeSchema))
    left_out = ma.fields.List(ma.fields.Nested(LeftOutSchema))
    preview_token = ma.fields.String()


class ConfirmSchema(ma.Schema):
    """A fresh preview, confirmed."""

    preview_token = ma.fields.String(required=True)


class RoundSchema(ma.Schema):
    """A round of invitations and how it goes."""

    id = ma.fields.Integer()
    state = ma.fields.String()
    messages = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())


class InvitationSchema(ma.Schema):
    """An invitation, its answer and what became of its mail."""

    id = ma.fields.Integer()
    organisation_id = ma.fields.Integer()
    name = ma.fields.String()
    seats = ma.fields.Integer()
    state = ma.fields.Enum(InvitationState, by_value=True)
    messages = ma.fields.List(ma.fields.String())


def _event(event_id: int) -> Event:
    return events.get_event(event_id, access.actor().programme_id)


def _counts(batch: Batch | None) -> dict[str, int]:
    states = mail.count_by_state(batch) if batch else {}
    return {state.value: number for state, number in states.items()}


@bp.post("/preview")
@bp.arguments(AudienceSchema)
@bp.response(200, PreviewSchema)
def preview(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Say exactly who would be invited and who not; nothing is written."""
    event = _event(event_id)
    seats = said.pop("seats")
    shown = audience.preview(event, Audience(**said), seats)
    return {
        "number": len(shown.invitees),
        "invitees": shown.invitees,
        "left_out": shown.left_out,
        "preview_token": audience.preview_token(event, shown),
    }


@bp.post("/")
@repeatable
@bp.arguments(ConfirmSchema)
@bp.response(201, RoundSchema)
def confirm(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Invite exactly the previewed list."""
    event = _event(event_id)
    shown = audience.confirmed(event, said["preview_token"])
    opened = lifecycle.invite(event, shown, LOCALES[0])
    return {
        "id": opened.id,
        "state": opened.state.value,
        "messages": _counts(opened.batch),
    }


@bp.get("/")
@bp.arguments(PageArguments, location="query")
@bp.response(200, page_schema(InvitationSchema, "InvitationPage"))
def list_invitations(asked: dict[str, Any], event_id: int) -> dict[str, Any]:
    """List the invitations with their answers and the states of their mails."""
    event = _event(event_id)
    invited = queries.list_invited_by_id(event, after=asked.get("after"), limit=asked["limit"])
    messages: dict[int | None, list[str]] = defaultdict(list)
    for message in mail.messages_about("invitation", [one.invitation.id for one in invited]):
        messages[message.about_id].append(message.state.value)
    items = [
        {
            "id": one.invitation.id,
            "organisation_id": one.invitation.organisation_id,
            "name": one.name,
            "seats": one.invitation.seats,
            "state": one.invitation.state,
            "messages": messages[one.invitation.id],
        }
        for one in invited
    ]
    return {"items": items, "next": items[-1]["id"] if len(items) == asked["limit"] else None}
