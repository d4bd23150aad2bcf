from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from coopevents.directory import identity
from coopevents.events import queries as events
from coopevents.invitations.models import Invitation
from coopevents.registrations import queries
from coopevents.registrations.models import Registration, RegistrationState
from coopevents.rest import Blueprint, PageArguments, page, page_schema, programme_id

bp = Blueprint(
    "api_registrations",
    __name__,
    url_prefix="/api/v1/events/<int:event_id>/registrations",
    description="Delegates, their places and the waiting list.",
)


class RegistrationSchema(ma.Schema):
    """A delegate's place. Whoever was entered twice is told as the entry that was kept."""

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
    latest = {id_: its[-1] for id_, its in queries.invitations_of(found).items()}
    counts_as = identity.kept_ids({one.organisation_id or 0 for one in latest.values()})
    rows = [_row(one, latest.get(one.id), counts_as) for one in found]
    return page(rows, asked["limit"], lambda row: row["id"])


def _row(
    one: Registration, invitation: Invitation | None, counts_as: Mapping[int, int]
) -> dict[str, Any]:
    organisation_id = invitation.organisation_id if invitation else None
    person = one.person.kept
    return {
        "id": one.id,
        "person_id": person.id,
        "full_name": person.full_name,
        "sex": person.sex.value,
        "state": one.state,
        "registered_at": one.registered_at,
        "invitation_id": invitation.id if invitation else None,
        "organisation_id": counts_as[organisation_id] if organisation_id else None,
    }
