from typing import Any

import marshmallow as ma

from coopevents.audiences.audience import Exclusion
from coopevents.directory.models import Channel
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.guests import choosing, service
from coopevents.guests.choosing import Guest, Picked
from coopevents.i18n import LOCALES
from coopevents.invitations.models import InvitedAs
from coopevents.invitations.schemas import ConfirmSchema, RoundSchema
from coopevents.mail import queries as mail
from coopevents.rest import Blueprint, RowId, programme_id, repeatable

bp = Blueprint(
    "api_guests",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/invitations/persons",
    description="Persons who are invited themselves: officials, speakers, guests.",
)


class PickedSchema(ma.Schema):
    """A person and as what she is to be invited."""

    person_id = RowId(required=True)
    invited_as = ma.fields.Enum(InvitedAs, by_value=True, required=True)


class PersonsSchema(ma.Schema):
    """The persons to be invited."""

    persons = ma.fields.List(
        ma.fields.Nested(PickedSchema),
        required=True,
        validate=ma.validate.Length(min=1, max=choosing.MOST),
    )


class GuestSchema(ma.Schema):
    """A person who would be invited by e-mail."""

    person_id = ma.fields.Integer()
    full_name = ma.fields.String()
    invited_as = ma.fields.Enum(InvitedAs, by_value=True)
    position = ma.fields.String()
    delegate_of = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Organisations she is named a delegate of already."},
    )


class NoGuestSchema(GuestSchema):
    """A person who would get no e-mail, and how else she may be invited, on the page."""

    reason = ma.fields.Enum(Exclusion, by_value=True)
    channels = ma.fields.List(ma.fields.Enum(Channel, by_value=True))


class GuestPreviewSchema(ma.Schema):
    """Exactly who would be invited, and the token that confirms this very list."""

    number = ma.fields.Integer()
    invitees = ma.fields.List(ma.fields.Nested(GuestSchema))
    left_out = ma.fields.List(ma.fields.Nested(NoGuestSchema))
    preview_token = ma.fields.String()


def _said(one: Guest) -> dict[str, Any]:
    return {
        "person_id": one.person.id,
        "full_name": one.person.full_name,
        "invited_as": one.invited_as,
        "position": one.position,
        "delegate_of": one.delegate_of,
        "reason": one.reason,
        "channels": one.channels,
    }


@bp.post("/preview")
@repeatable
@bp.arguments(PersonsSchema)
@bp.response(200, GuestPreviewSchema)
def preview(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Say exactly which persons would be invited by e-mail and which not; nobody is yet."""
    event = events.get_event(event_id, programme_id())
    shown = choosing.preview(event, [Picked(**one) for one in said["persons"]])
    return {
        "number": len(shown.by_mail),
        "invitees": [_said(one) for one in shown.by_mail],
        "left_out": [_said(one) for one in (*shown.by_hand, *shown.left_out)],
        "preview_token": choosing.preview_token(event, shown),
    }


@bp.post("")
@repeatable
@bp.arguments(ConfirmSchema)
@bp.response(201, RoundSchema)
def confirm(said: dict[str, Any], event_id: int) -> dict[str, Any]:
    """Invite exactly the previewed persons by e-mail."""
    event = events.get_event(event_id, programme_id())
    # Of two calls at once with one preview, the second finds the list changed by the first.
    event_service.lock(event)
    shown = choosing.confirmed(event, said["preview_token"])
    opened = service.invite(event, shown, {}, LOCALES[0])
    states = mail.count_by_state(opened.batch) if opened and opened.batch else {}
    return {
        "id": opened.id if opened else None,
        "state": opened.state if opened else None,
        "messages": {state.value: number for state, number in states.items()},
    }
