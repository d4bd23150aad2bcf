"""The indicators that are counted from the register: what was founded, what holds a certificate.

How each counts is said in words in `coopevents/data/indicator-rules.yaml` and, with its edge
cases, in `docs/counting-rules.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, false, func, or_, select
from sqlalchemy.orm import aliased

from coopevents.db import Json, db
from coopevents.directory import classification, identity
from coopevents.directory.figures import STARS, holders_of_certificates, holders_of_stars
from coopevents.directory.models import (
    DatePrecision,
    LineageKind,
    Organisation,
    OrganisationKind,
    OrganisationLineage,
    OrganisationSupport,
    SupportKind,
)
from coopevents.programme.models import ProgrammeBody
from coopevents.reports.figures import (
    TARGET_KINDS,
    Figure,
    Part,
    Row,
    Scope,
    number_of,
    share_of,
)

CONVERSION_COUNTS = True
"""Whether a group that became a cooperative is a new cooperative (rule version 1: it is)."""

REORGANISED = (LineageKind.CONSOLIDATE, LineageKind.DIVIDE, LineageKind.SPLIT_OFF)
"""What came out of one of these existed before in another shape: it is not new."""


@dataclass(frozen=True)
class _Founding:
    """An organisation founded in the days asked for, and what decides whether it counts."""

    id: int
    kind: OrganisationKind
    founded_on: date
    precision: DatePrecision
    women_led: bool | None
    """None: nobody knows who headed it. Those a man headed are not asked for."""
    supported: bool
    supported_some_day: bool
    operating: bool
    reorganised: bool
    from_group: bool
    later_cooperative: bool


def new_cooperatives(scope: Scope) -> Figure:
    """Answer I12: women-led cooperatives founded with help. Source: F28, domain model 4."""
    return _founded("I12", scope, (OrganisationKind.COOPERATIVE,))


def new_groups(scope: Scope) -> Figure:
    """Answer I13: women-led groups and linked groups founded with help. Source: F29, A6."""
    return _founded(
        "I13", scope, (OrganisationKind.COOPERATIVE_GROUP, OrganisationKind.LINKED_GROUP)
    )


def _founded(code: str, scope: Scope, kinds: tuple[OrganisationKind, ...]) -> Figure:
    foundings = _foundings(scope, kinds)
    reasons = {founding.id: _why_not(founding, scope) for founding in foundings}
    counted = [founding for founding in foundings if reasons[founding.id] is None]
    apart = [founding for founding in foundings if reasons[founding.id] is not None]
    breakdown: Json = {
        "kind": {kind.value: sum(one.kind is kind for one in counted) for kind in kinds},
        "of_which": {
            "still_operating": sum(one.operating for one in counted),
            "from_group": sum(one.from_group for one in counted),
            "later_cooperative": sum(one.later_cooperative for one in counted),
        },
        "apart": _tally(str(reasons[one.id]) for one in apart),
    }
    rows = [_row(one, Part.COUNTED) for one in counted]
    rows += [_row(one, Part.APART, reasons[one.id]) for one in apart]
    return number_of(code, len(counted), breakdown, rows)


def _why_not(founding: _Founding, scope: Scope) -> str | None:
    """Answer why a founding enters no number; None when it counts."""
    if founding.reorganised:
        return "reorganised"
    if founding.from_group and not CONVERSION_COUNTS:
        return "converted"
    if founding.precision is DatePrecision.YEAR and not _holds_year(scope, founding.founded_on):
        return "year_only"
    if founding.women_led is None:
        return "unknown"
    if not founding.supported:
        return "undated_support" if founding.supported_some_day else "no_support"
    return None


def _holds_year(scope: Scope, first_of_year: date) -> bool:
    last_of_year = first_of_year.replace(month=12, day=31)
    return _begin(scope) <= first_of_year and last_of_year <= scope.to_on


def _begin(scope: Scope) -> date:
    """Answer the first day that counts: nothing from before the programme is its result."""
    return max(scope.from_on, scope.programme.starts_on)


def _foundings(scope: Scope, kinds: tuple[OrganisationKind, ...]) -> list[_Founding]:
    """Answer the foundings of those kinds that are women-led, or of which that is not known."""
    rule = classification.get_rule(scope.programme.women_led_rule)
    # Each is judged on the day it was founded, not on a day of the period.
    women_led = classification.class_of(rule, Organisation.founded_on)
    supports = _supports(scope)
    dated = supports.where(OrganisationSupport.supported_on <= _last_day_of_founding())
    operating = scope.operating(scope.to_on, kinds)
    rows: Sequence[Any] = db.session.execute(
        select(
            Organisation.id,
            Organisation.kind,
            Organisation.founded_on,
            Organisation.founded_precision,
            women_led,
            dated.exists(),
            supports.where(OrganisationSupport.supported_on.is_(None)).exists(),
            Organisation.id.in_(operating),
            _came_out_of(REORGANISED).exists(),
            _came_out_of((LineageKind.CONVERT,)).exists(),
            _went_into_cooperative().exists(),
        )
        .where(
            Organisation.register_id == scope.programme.register_id,
            Organisation.kind.in_(kinds),
            _may_lie_within(scope),
            women_led.is_distinct_from(false()),
            Organisation.duplicate_of_id.is_(None),
            scope.holds_seats(Organisation.founded_on),
        )
        .order_by(Organisation.founded_on, Organisation.id)
    ).all()
    return [_Founding(*row) for row in rows]


def _may_lie_within(scope: Scope) -> ColumnElement[bool]:
    first_of_year = _begin(scope).replace(month=1, day=1)
    by_year = Organisation.founded_precision == DatePrecision.YEAR
    return or_(
        Organisation.founded_on.between(_begin(scope), scope.to_on),
        by_year & Organisation.founded_on.between(first_of_year, scope.to_on),
    )


def _last_day_of_founding() -> ColumnElement[date]:
    """Answer the day of founding; of a founding of which only the year is known, its last day."""
    whole_year = func.make_date(func.extract("year", Organisation.founded_on).cast(Integer), 12, 31)
    by_year = Organisation.founded_precision == DatePrecision.YEAR
    return case((by_year, whole_year), else_=Organisation.founded_on)


def _supports(scope: Scope) -> Select[int]:
    bodies = select(ProgrammeBody.body_id).where(ProgrammeBody.programme_id == scope.programme.id)
    return (
        select(OrganisationSupport.id)
        .where(
            identity.is_of(OrganisationSupport.organisation_id),
            OrganisationSupport.kind == SupportKind.FOUNDING,
            OrganisationSupport.body_id.in_(bodies),
        )
        .correlate(Organisation)
    )


def _came_out_of(kinds: Iterable[LineageKind]) -> Select[int]:
    return (
        select(OrganisationLineage.id)
        .where(
            identity.is_of(OrganisationLineage.new_id),
            OrganisationLineage.old_id != OrganisationLineage.new_id,
            OrganisationLineage.kind.in_(tuple(kinds)),
        )
        .correlate(Organisation)
    )


def _went_into_cooperative() -> Select[int]:
    new = aliased(Organisation)
    return (
        select(OrganisationLineage.id)
        .join(new, new.id == OrganisationLineage.new_id)
        .where(
            identity.is_of(OrganisationLineage.old_id),
            OrganisationLineage.kind == LineageKind.CONVERT,
            new.kind == OrganisationKind.COOPERATIVE,
        )
        .correlate(Organisation)
    )


def _row(founding: _Founding, part: Part, why: str | None = None) -> Row:
    facts: Json = {
        "part": part.value,
        "kind": founding.kind.value,
        "founded_on": founding.founded_on.isoformat(),
        "precision": founding.precision.value,
        "still_operating": founding.operating,
    }
    if why is not None:
        facts["why"] = why
    if founding.from_group:
        facts["from_group"] = True
    if founding.later_cooperative:
        facts["later_cooperative"] = True
    return Row("organisation", founding.id, facts)


def with_certificates(scope: Scope) -> Figure:
    """Answer I15: organisations by their highest star on the last day. Source: A2, domain 4."""
    holders = _holders(scope)
    breakdown: Json = {
        "stars": {str(stars): sum(one[1] == stars for one in holders) for stars in STARS},
        "kind": _tally(kind.value for _id, _stars, kind, _led in holders),
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


def _tally(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found
