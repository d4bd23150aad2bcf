from collections import defaultdict
from typing import Any

import marshmallow as ma

from coopevents import lifecycle
from coopevents.attendance import queries as attendance
from coopevents.directory.models import Channel, OrganisationKind
from coopevents.directory.narrowing import Stars
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.i18n import LOCALES
from coopevents.invitations import audience, queries
from coopevents.invitations.audience import Exclusion
from coopevents.invitations.choice import Audience
from coopevents.invitations.models import (
    InvitationAnswer,
    InvitationState,
    InvitedAs,
    RoundState,
)
from coopevents.mail import queries as mail
from coopevents.mail.models import Batch, Message, MessageState
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

bp = Blueprint(
    "api_invitations",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/invitations",
    description="Who is invited, and what became of each invitation.",
)


class AudienceSchema(ma.Schema):
    """Whom to invite; with no condition it is nobody."""

    women_led = ma.fields.Boolean(load_default=False)
    kinds = ma.fields.List(ma.fields.Enum(OrganisationKind, by_value=True), load_default=list)
    commune_ids = ma.fields.List(RowId(), load_default=list)
    organisation_ids = ma.fields.List(RowId(), load_default=list)
    never_reached_since = ma.fields.Date(
        load_default=None,
        metadata={"description": "Only organisations nobody has come for since this day."},
    )
    sectors = ma.fields.List(Line(validate=ma.validate.Length(max=200)), load_default=list)
    stars = ma.fields.Enum(
        Stars,
        by_value=True,
        load_default=None,
        metadata={"description": "Only holders of a valid OCOP certificate."},
    )
    like_event_id = RowId(
        load_default=None, metadata={"description": "Only whom this activity invited."}
    )
    seats = ma.fields.Integer(strict=True, load_default=2, validate=ma.validate.Range(1, 20))


class InviteeSchema(ma.Schema):
    """An organisation that would be invited."""

    organisation_id = ma.fields.Integer()
    name = ma.fields.String()
    commune = ma.fields.String()


class LeftOutSchema(InviteeSchema):
    """An organisation of the audience that would not be invited."""

    reason = ma.fields.Enum(Exclusion, by_value=True)


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
    state = ma.fields.Enum(RoundState, by_value=True)
    messages = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "How many mails are in each state."},
    )


class DeliverySchema(ma.Schema):
    """A mail that carried the invitation, and what became of it."""

    channel = ma.fields.Enum(Channel, by_value=True)
    state = ma.fields.Enum(MessageState, by_value=True)
    queued_at = ma.fields.AwareDateTime()
    sent_at = ma.fields.AwareDateTime(allow_none=True)


class InvitationSchema(ma.Schema):
    """An invitation, its answer and what became of its mail."""

    id = ma.fields.Integer()
    organisation_id = ma.fields.Integer(allow_none=True)
    person_id = ma.fields.Integer(
        allow_none=True, metadata={"description": "Who is invited herself; then no organisation."}
    )
    invited_as = ma.fields.Enum(InvitedAs, by_value=True, allow_none=True)
    name = ma.fields.String()
    seats = ma.fields.Integer()
    state = ma.fields.Enum(InvitationState, by_value=True)
    invited_at = ma.fields.AwareDateTime()
    answered_at = ma.fields.AwareDateTime(allow_none=True)
    answered_by = ma.fields.Enum(
        Channel,
        by_value=True,
        allow_none=True,
        metadata={"description": "The channel the answer that holds came by."},
    )
    deliveries = ma.fields.List(ma.fields.Nested(DeliverySchema))


def _event(event_id: int) -> Event:
    return events.get_event(event_id, programme_id())


def _counts(batch: Batch | None) -> dict[str, int]:
    states = mail.count_by_state(batch) if batch else {}
    return {state.value: number for state, number in states.items()}


def _answer(answer: InvitationAnswer | None) -> dict[str, Any]:
    return {
        "answered_at": answer.answered_at if answer else None,
        "answered_by": answer.channel if answer else None,
    }


def _delivery(message: Message) -> dict[str, Any]:
    return {
        "channel": Channel.EMAIL,
        "state": message.state,
        "queued_at": message.queued_at,
        "sent_at": message.sent_at,
    }


@bp.post("/preview")
@repeatable
@bp.arguments(AudienceSchema)
@bp.response(200, PreviewSchema)
def preview(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Say exactly who would be invited and who not; nobody is invited yet."""
    event = _event(event_id)
    seats = said.pop("seats")
    shown = audience.preview(event, Audience(**said), seats, attendance.reached)
    return {
        "number": len(shown.invitees),
        "invitees": shown.invitees,
        "left_out": shown.left_out,
        "preview_token": audience.preview_token(event, shown),
    }


@bp.post("")
@repeatable
@bp.arguments(ConfirmSchema)
@bp.response(201, RoundSchema)
def confirm(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Invite exactly the previewed list."""
    event = _event(event_id)
    # Of two calls at once with one preview, the second finds the list changed by the first.
    event_service.lock(event)
    shown = audience.confirmed(event, said["preview_token"], attendance.reached)
    opened = lifecycle.invite(event, shown, LOCALES[0])
    return {"id": opened.id, "state": opened.state, "messages": _counts(opened.batch)}


@bp.get("")
@bp.arguments(PageArguments, location="query")
@bp.response(200, page_schema(InvitationSchema, "InvitationPage"))
def list_invitations(asked: dict[str, Any], event_id: int) -> dict[str, Any]:
    """List the invitations with their answers and the states of their mails."""
    event = _event(event_id)
    invited = queries.list_invited_by_id(event, after=asked.get("after"), limit=asked["limit"] + 1)
    ids = [one.invitation.id for one in invited]
    answers = queries.latest_answers(ids)
    messages: dict[int | None, list[Message]] = defaultdict(list)
    for message in mail.messages_about("invitation", ids):
        messages[message.about_id].append(message)
    rows = [
        {
            "id": one.invitation.id,
            "organisation_id": one.invitation.organisation_id,
            "person_id": one.invitation.person_id,
            "invited_as": one.invitation.invited_as,
            "name": one.name,
            "seats": one.invitation.seats,
            "state": one.invitation.state,
            "invited_at": one.invitation.invited_at,
            **_answer(answers.get(one.invitation.id)),
            "deliveries": [_delivery(message) for message in messages[one.invitation.id]],
        }
        for one in invited
    ]
    return page(rows, asked["limit"], lambda row: row["id"])
