from datetime import date
from typing import Any

import marshmallow as ma

from coopevents import clock
from coopevents.directory import classification, lists
from coopevents.directory.models import OrganisationKind, OrganisationStatusKind
from coopevents.programme import queries as programmes
from coopevents.rest import MOST, Blueprint, RowId, programme_id

bp = Blueprint(
    "api_organisations",
    __name__,
    url_prefix="/api/v1/organisations",
    description="The register: cooperatives, groups and unions of cooperatives.",
)


class OrganisationSchema(ma.Schema):
    """An organisation as it was on a day."""

    id = ma.fields.Integer()
    kind = ma.fields.Enum(OrganisationKind, by_value=True)
    name = ma.fields.String()
    commune_id = ma.fields.Integer(allow_none=True)
    commune = ma.fields.String(allow_none=True, metadata={"description": "As it was then."})
    commune_today_id = ma.fields.Integer(
        allow_none=True,
        metadata={"description": "null: it was split, and nobody has said which part it is."},
    )
    commune_today = ma.fields.String(allow_none=True)
    status = ma.fields.Enum(OrganisationStatusKind, by_value=True, allow_none=True)
    women_led = ma.fields.Boolean(
        allow_none=True, metadata={"description": "null: nobody knows who heads it."}
    )
    as_of = ma.fields.Date()


class OrganisationPage(ma.Schema):
    """A page of organisations in the order of their names."""

    items = ma.fields.List(ma.fields.Nested(OrganisationSchema))
    next = ma.fields.String(allow_none=True, metadata={"description": "null on the last page."})


class OrganisationArguments(ma.Schema):
    """Which of the organisations operating on the day."""

    kind = ma.fields.Enum(OrganisationKind, by_value=True)
    women_led = ma.fields.Boolean(
        metadata={"description": "By the programme's rule; false leaves out those nobody knows."}
    )
    as_of = ma.fields.Date(metadata={"description": "Today without one."})
    commune = RowId(
        metadata={
            "description": "A commune of today or of before, with all that went whole into it."
        }
    )
    former_province = RowId(metadata={"description": "A province there was before 1 July 2025."})
    q = ma.fields.String(
        validate=ma.validate.Length(max=200),
        metadata={"description": "Ignores marks: `phu tho` finds `Phú Thọ`."},
    )
    after = ma.fields.String(metadata={"description": "The cursor `next` of the page before."})
    limit = ma.fields.Integer(
        load_default=50,
        validate=ma.validate.Range(min=1, max=MOST),
        metadata={"description": f"How many rows: at most {MOST}."},
    )


class AsOfArguments(ma.Schema):
    """As of which day."""

    as_of = ma.fields.Date(metadata={"description": "Today without one."})


def _json(row: lists.OrganisationLine, day: date) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "commune_id": row.unit.id if row.unit else None,
        "commune": row.unit.name if row.unit else None,
        "commune_today_id": row.commune_today.id if row.commune_today else None,
        "commune_today": row.commune_today.name if row.commune_today else None,
        "status": row.status,
        "women_led": row.women_led,
        "as_of": day,
    }


@bp.get("")
@bp.arguments(OrganisationArguments, location="query")
@bp.response(200, OrganisationPage)
def list_organisations(asked: dict[str, Any]) -> dict[str, Any]:
    """List organisations as they were on a day."""
    day = asked.get("as_of") or clock.today()
    programme = programmes.get_programme(programme_id())
    shown = lists.list_organisations(
        programme.register,
        on=day,
        rule=classification.get_rule(programme.women_led_rule),
        kind=asked.get("kind"),
        women_led=asked.get("women_led"),
        commune_ids=[asked["commune"]] if "commune" in asked else None,
        former_province_id=asked.get("former_province"),
        q=asked.get("q"),
        after=asked.get("after"),
        limit=asked["limit"],
    )
    return {"items": [_json(row, day) for row in shown.items], "next": shown.next}


@bp.get("/<int:organisation_id>")
@bp.etag
@bp.arguments(AsOfArguments, location="query")
@bp.response(200, OrganisationSchema)
def get_organisation(asked: dict[str, Any], organisation_id: int) -> dict[str, Any]:
    """Answer one organisation as it was on a day."""
    day = asked.get("as_of") or clock.today()
    programme = programmes.get_programme(programme_id())
    rule = classification.get_rule(programme.women_led_rule)
    line = lists.get_line(organisation_id, programme.register, on=day, rule=rule)
    return _json(line, day)
