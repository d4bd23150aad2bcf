from datetime import date
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from coopevents import access, clock
from coopevents.directory import classification, queries
from coopevents.directory.models import OrganisationKind
from coopevents.programme import queries as programmes
from coopevents.rest import MOST

bp = Blueprint("api_organisations", __name__, url_prefix="/api/v1/organisations")


class OrganisationSchema(ma.Schema):
    """An organisation as it was on a day."""

    id = ma.fields.Integer()
    kind = ma.fields.String()
    name = ma.fields.String()
    commune = ma.fields.String(allow_none=True)
    women_led = ma.fields.Boolean(allow_none=True)
    as_of = ma.fields.Date()


class OrganisationPage(ma.Schema):
    """A page of organisations in the order of their names."""

    items = ma.fields.List(ma.fields.Nested(OrganisationSchema))
    next = ma.fields.String(allow_none=True)


class OrganisationArguments(ma.Schema):
    """Which organisations: `q` ignores marks, so that `phu tho` finds `Phú Thọ`."""

    kind = ma.fields.Enum(OrganisationKind, by_value=True)
    women_led = ma.fields.Boolean()
    as_of = ma.fields.Date()
    commune = ma.fields.Integer()
    q = ma.fields.String()
    after = ma.fields.String()
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(min=1, max=MOST))


class AsOfArguments(ma.Schema):
    """As of which day; today without one."""

    as_of = ma.fields.Date()


def _json(row: queries.OrganisationLine, day: date) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "name": row.name,
        "commune": row.unit.name if row.unit else None,
        "women_led": row.women_led,
        "as_of": day,
    }


@bp.get("/")
@bp.arguments(OrganisationArguments, location="query")
@bp.response(200, OrganisationPage)
def list_organisations(asked: dict[str, Any]) -> dict[str, Any]:
    """List organisations as they were on a day."""
    day = asked.get("as_of") or clock.today()
    programme = programmes.get_programme(access.actor().programme_id)
    shown = queries.list_organisations(
        programme.register,
        on=day,
        rule=classification.get_rule(programme.women_led_rule),
        kind=asked.get("kind"),
        women_led=asked.get("women_led"),
        commune_ids=[asked["commune"]] if "commune" in asked else None,
        q=asked.get("q"),
        after=asked.get("after"),
        limit=asked["limit"],
    )
    return {"items": [_json(row, day) for row in shown.items], "next": shown.next}


@bp.get("/<int:organisation_id>")
@bp.arguments(AsOfArguments, location="query")
@bp.response(200, OrganisationSchema)
def get_organisation(asked: dict[str, Any], organisation_id: int) -> dict[str, Any]:
    """Answer one organisation as it was on a day."""
    day = asked.get("as_of") or clock.today()
    programme = programmes.get_programme(access.actor().programme_id)
    organisation = queries.get_organisation(organisation_id, programme.register_id)
    rule = classification.get_rule(programme.women_led_rule)
    unit = queries.address_on([organisation.id], day).get(organisation.id)
    return {
        "id": organisation.id,
        "kind": organisation.kind.value,
        "name": queries.name_on([organisation.id], day).get(organisation.id),
        "commune": unit.name if unit else None,
        "women_led": classification.is_women_led(organisation.id, rule, day),
        "as_of": day,
    }
