from typing import Any

import marshmallow as ma

from coopevents.attendance import queries as attendance
from coopevents.audiences import audience
from coopevents.audiences.audience import Exclusion
from coopevents.audiences.choice import Audience
from coopevents.directory.models import OrganisationKind
from coopevents.directory.narrowing import Stars
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.i18n import LOCALES
from coopevents.invitations.schemas import ConfirmSchema, RoundSchema
from coopevents.lifecycle import inviting
from coopevents.mail import queries as mail
from coopevents.mail.models import Batch
from coopevents.rest import Blueprint, Line, RowId, programme_id, repeatable

bp = Blueprint(
    "api_audiences",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/invitations",
    description="Whom to invite: the exact list first, and then that list.",
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


def _event(event_id: int) -> Event:
    return events.get_event(event_id, programme_id())


def _counts(batch: Batch | None) -> dict[str, int]:
    states = mail.count_by_state(batch) if batch else {}
    return {state.value: number for state, number in states.items()}


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
    opened = inviting.invite(event, shown, LOCALES[0])
    return {"id": opened.id, "state": opened.state, "messages": _counts(opened.batch)}
