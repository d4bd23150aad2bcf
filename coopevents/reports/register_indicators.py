"""The indicators of certificates: which organisations hold one, and how many women lead.

How each counts is said in words in `coopevents/data/indicator-rules.yaml` and, with its edge
cases, in `docs/counting-rules.md`.
"""

from sqlalchemy import select

from coopevents.db import Json, db
from coopevents.directory import classification
from coopevents.directory.figures import STARS, holders_of_certificates, holders_of_stars
from coopevents.directory.models import Organisation, OrganisationKind
from coopevents.reports.figures import (
    TARGET_KINDS,
    Figure,
    Part,
    Row,
    Scope,
    number_of,
    share_of,
    tally,
)


def with_certificates(scope: Scope) -> Figure:
    """Answer I15: organisations by their highest star on the last day. Source: A2, domain 4."""
    holders = _holders(scope)
    breakdown: Json = {
        "stars": {str(stars): sum(one[1] == stars for one in holders) for stars in STARS},
        "kind": tally(kind.value for _id, _stars, kind, _led in holders),
    }
    rows = [_holder_row(*holder, Part.COUNTED) for holder in holders]
    return number_of("I15", len(holders), breakdown, rows)


def women_among_certificates(scope: Scope) -> Figure:
    """Answer I16: the women-led among I15; of whom nobody knows it stands apart."""
    holders = _holders(scope)
    known = [holder for holder in holders if holder[3] is not None]
    led = [holder for holder in known if holder[3]]
    breakdown: Json = {
        "stars": {
            str(stars): {
                "numerator": sum(one[1] == stars for one in led),
                "denominator": sum(one[1] == stars for one in known),
            }
            for stars in STARS
        },
        "apart": {"unknown": len(holders) - len(known)},
    }
    rows = [
        _holder_row(*one, Part.APART if one[3] is None else Part.COUNTED if one[3] else Part.BASE)
        for one in holders
    ]
    return share_of("I16", len(led), len(known), breakdown, rows)


Holder = tuple[int, int, OrganisationKind, bool | None]
"""An organisation's id, its highest star, its kind, and whether it is women-led (None: unknown)."""


def _holders(scope: Scope) -> list[Holder]:
    day = scope.to_on
    rule = classification.get_rule(scope.programme.women_led_rule)
    operating = scope.operating(day, TARGET_KINDS)
    rows = db.session.execute(
        select(
            Organisation.id,
            Organisation.kind,
            classification.class_of(rule, day).label("women_led"),
            *(
                Organisation.id.in_(holders_of_stars(stars, day)).label(f"stars_{stars}")
                for stars in STARS
            ),
        )
        .where(Organisation.id.in_(operating), Organisation.id.in_(holders_of_certificates(day)))
        .order_by(Organisation.id)
    )
    return [
        (
            row.id,
            next(stars for stars in STARS if getattr(row, f"stars_{stars}")),
            row.kind,
            row.women_led,
        )
        for row in rows
    ]


def _holder_row(
    organisation_id: int, stars: int, kind: OrganisationKind, led: bool | None, part: Part
) -> Row:
    facts: Json = {"part": part.value, "kind": kind.value, "stars": stars}
    if part is Part.APART and led is None:
        facts["why"] = "unknown"
    return Row("organisation", organisation_id, facts)
