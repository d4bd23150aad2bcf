from collections import defaultdict
from typing import Any

import marshmallow as ma

from coopevents.directory.models import Channel
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.invitations import queries
from coopevents.invitations.models import InvitationAnswer, InvitationState, InvitedAs
from coopevents.mail import queries as mail
from coopevents.mail.models import Message, MessageState
from coopevents.rest import Blueprint, PageArguments, page, page_schema, programme_id

bp = Blueprint(
    "api_invitations",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/invitations",
    description="Who is invited, and what became of each invitation.",
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
