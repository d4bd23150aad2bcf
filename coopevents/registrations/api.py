from typing import Any

import marshmallow as ma

from coopevents.events import queries as events
from coopevents.registrations import queries
from coopevents.registrations.models import RegistrationState
from coopevents.rest import Blueprint, PageArguments, page, page_schema, programme_id

bp = Blueprint(
    "api_registrations",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/registrations",
    description="Delegates, their places and the waiting list.",
)


class RegistrationSchema(ma.Schema):
    """A delegate's place."""

    id = ma.fields.Integer()
    person_id = ma.fields.Integer()
    full_name = ma.fields.String()
    sex = ma.fields.String()
    state = ma.fields.Enum(RegistrationState, by_value=True)
    registered_at = ma.fields.AwareDateTime()
    invitation_id = ma.fields.Integer(allow_none=True)
    organisation_id = ma.fields.Integer(
        allow_none=True, metadata={"description": "Who was invited and sends the delegate."}
    )


@bp.get("")
@bp.arguments(PageArguments, location="query")
@bp.response(200, page_schema(RegistrationSchema, "RegistrationPage"))
def list_registrations(asked: dict[str, Any], event_id: int) -> dict[str, Any]:
    """List the delegates who hold a place or wait for one, in the order they came."""
    event = events.get_event(event_id, programme_id())
    found = queries.list_registrations(event, after=asked.get("after"), limit=asked["limit"] + 1)
    invitations = queries.invitations_of(found)
    rows = [
        {
            "id": one.id,
            "person_id": one.person_id,
            "full_name": one.person.full_name,
            "sex": one.person.sex.value,
            "state": one.state,
            "registered_at": one.registered_at,
            "invitation_id": invitations[one.id][-1].id if one.id in invitations else None,
            "organisation_id": (
                invitations[one.id][-1].organisation_id if one.id in invitations else None
            ),
        }
        for one in found
    ]
    return page(rows, asked["limit"], lambda row: row["id"])
