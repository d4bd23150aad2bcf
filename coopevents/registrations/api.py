from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from coopevents import access
from coopevents.events import queries as events
from coopevents.registrations import queries
from coopevents.registrations.models import RegistrationState
from coopevents.rest import PageArguments, page_schema

bp = Blueprint("api_registrations", __name__, url_prefix="/api/v1/events/<int:event_id>")


class RegistrationSchema(ma.Schema):
    """A delegate's place."""

    id = ma.fields.Integer()
    person_id = ma.fields.Integer()
    full_name = ma.fields.String(attribute="person.full_name")
    sex = ma.fields.String(attribute="person.sex.value")
    state = ma.fields.Enum(RegistrationState, by_value=True)
    registered_at = ma.fields.AwareDateTime()


@bp.get("/registrations")
@bp.arguments(PageArguments, location="query")
@bp.response(200, page_schema(RegistrationSchema, "RegistrationPage"))
def list_registrations(asked: dict[str, Any], event_id: int) -> dict[str, Any]:
    """List the delegates who hold a place or wait for one."""
    event = events.get_event(event_id, access.actor().programme_id)
    rows = queries.list_registrations(event, after=asked.get("after"), limit=asked["limit"])
    return {"items": rows, "next": rows[-1].id if len(rows) == asked["limit"] else None}
