"""I12 and I13: what was founded with the programme's help, and what a founding lacks to count.

How they count is said in words in `coopevents/data/indicator-rules.yaml` and, with the edge
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
from coopevents.directory.checks import REGISTRATION
from coopevents.directory.models import (
    DatePrecision,
    LineageKind,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationSupport,
    SupportKind,
)
from coopevents.outcomes.advice import counting as advice
from coopevents.outcomes.advice.models import AdviceCase
from coopevents.programme.models import Programme, ProgrammeBody
from coopevents.reports.figures import TARGET_KINDS, Figure, Part, Row, Scope, number_of, tally

CONVERSION_COUNTS = True
"""Whether a group that became a cooperative is a new cooperative (rule versions 1, 2: it is)."""

REORGANISED = (LineageKind.CONSOLIDATE, LineageKind.DIVIDE, LineageKind.SPLIT_OFF)
"""What came out of one of these existed before in another shape: it is not new."""


@dataclass(frozen=True)
class _Founding:
    """An organisation and the day it was founded, with what decides whether that counts."""

    id: int
    kind: OrganisationKind
    founded_on: date | None
    by_year: bool
    """Only the year is known, and `founded_on` its first day."""
    women_led: bool | None
    """None: nobody knows who headed it."""
    numbered: bool
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


def missing(programme: Programme, organisation_id: int) -> list[str]:
    """Answer all that keeps the founding of the organisation out of I12 and I13.

    The words are those of the rows that stand apart in the figures, and four more for what these
    do not list. Nothing: it counts, in the period of its day.
    """
    scope = Scope(programme, programme.starts_on, programme.ends_on)
    row = db.session.execute(
        _asked(scope, TARGET_KINDS).where(Organisation.id == organisation_id)
    ).one()
    founding = _Founding(*row)
    if founding.kind not in TARGET_KINDS:
        return ["other_kind"]
    if founding.founded_on is None:
        return ["no_day"]
    if not _last_day(founding) >= scope.from_on or founding.founded_on > scope.to_on:
        return ["outside"]
    led_by_men = ["not_women_led"] if founding.women_led is False else []
    return [*led_by_men, *_reasons(founding, scope)]


def _founded(code: str, scope: Scope, kinds: tuple[OrganisationKind, ...]) -> Figure:
    foundings = _foundings(scope, kinds)
    reasons = {one.id: next(iter(_reasons(one, scope)), None) for one in foundings}
    counted = [founding for founding in foundings if reasons[founding.id] is None]
    apart = [founding for founding in foundings if reasons[founding.id] is not None]
    breakdown: Json = {
        "kind": {kind.value: sum(one.kind is kind for one in counted) for kind in kinds},
        "of_which": {
            "still_operating": sum(one.operating for one in counted),
            "from_group": sum(one.from_group for one in counted),
            "later_cooperative": sum(one.later_cooperative for one in counted),
        },
        "apart": tally(str(reasons[one.id]) for one in apart),
    }
    rows = [_row(one, Part.COUNTED) for one in counted]
    rows += [_row(one, Part.APART, reasons[one.id]) for one in apart]
    return number_of(code, len(counted), breakdown, rows)


def _reasons(founding: _Founding, scope: Scope) -> list[str]:
    """Answer why a founding enters no number, the gravest first; nothing when it counts."""
    unsupported = "undated_support" if founding.supported_some_day else "no_support"
    reasons = {
        "reorganised": founding.reorganised,
        "converted": founding.from_group and not CONVERSION_COUNTS,
        "year_only": founding.by_year and not _holds_year(scope, founding),
        "unknown": founding.women_led is None,
        "no_number": not founding.numbered,
        unsupported: not founding.supported,
    }
    return [why for why, holds in reasons.items() if holds]


def _holds_year(scope: Scope, founding: _Founding) -> bool:
    first_of_year = founding.founded_on or date.min
    return _begin(scope) <= first_of_year and _last_day(founding) <= scope.to_on


def _last_day(founding: _Founding) -> date:
    """Answer the day of founding; of a founding of which only the year is known, its last day."""
    day = founding.founded_on or date.min
    return day.replace(month=12, day=31) if founding.by_year else day


def _begin(scope: Scope) -> date:
    """Answer the first day that counts: nothing from before the programme is its result."""
    return max(scope.from_on, scope.programme.starts_on)


def _foundings(scope: Scope, kinds: tuple[OrganisationKind, ...]) -> list[_Founding]:
    """Answer the foundings of those kinds that are women-led, or of which that is not known."""
    rule = classification.get_rule(scope.programme.women_led_rule)
    day = _Day(scope.programme)
    rows: Sequence[Any] = db.session.execute(
        _asked(scope, kinds)
        .where(
            Organisation.register_id == scope.programme.register_id,
            Organisation.kind.in_(kinds),
            _may_lie_within(scope, day),
            classification.class_of(rule, day.founded_on).is_distinct_from(false()),
            Organisation.duplicate_of_id.is_(None),
            scope.holds_seats(day.founded_on),
        )
        .order_by(day.founded_on, Organisation.id)
    ).all()
    return [_Founding(*row) for row in rows]


def _asked(scope: Scope, kinds: tuple[OrganisationKind, ...]) -> Select[Any]:
    """Answer the statement that tells of organisations what decides about their founding."""
    rule = classification.get_rule(scope.programme.women_led_rule)
    day = _Day(scope.programme)
    supports = _supports(scope)
    dated = supports.where(OrganisationSupport.supported_on <= day.last_of_founding)
    advised = _advised(scope).where(AdviceCase.opened_on <= day.last_of_founding)
    told: tuple[Any, ...] = (
        Organisation.id,
        Organisation.kind,
        day.founded_on,
        day.by_year,
        # Each is judged on the day it was founded, not on a day of the period.
        classification.class_of(rule, day.founded_on),
        or_(_registered().exists(), day.is_recorded),
        or_(dated.exists(), advised.exists()),
        supports.where(OrganisationSupport.supported_on.is_(None)).exists(),
        Organisation.id.in_(scope.operating(scope.to_on, kinds)),
        _came_out_of(REORGANISED).exists(),
        _came_out_of((LineageKind.CONVERT,)).exists(),
        _went_into_cooperative().exists(),
    )
    return select(*told)


class _Day:
    """The day an organisation was founded: the legal one on record, else that of the register."""

    def __init__(self, programme: Programme) -> None:
        """Find the day among the programme's advice cases first."""
        recorded = advice.recorded_days(programme.id).scalar_subquery()
        self.is_recorded = recorded.is_not(None)
        self.founded_on: ColumnElement[date] = func.coalesce(recorded, Organisation.founded_on)
        self.by_year: ColumnElement[bool] = func.coalesce(
            ~self.is_recorded & (Organisation.founded_precision == DatePrecision.YEAR), false()
        )

    @property
    def last_of_founding(self) -> ColumnElement[date]:
        """The day; of a founding of which only the year is known, the year's last day."""
        year = func.extract("year", self.founded_on).cast(Integer)
        return case((self.by_year, func.make_date(year, 12, 31)), else_=self.founded_on)


def _may_lie_within(scope: Scope, day: _Day) -> ColumnElement[bool]:
    first_of_year = _begin(scope).replace(month=1, day=1)
    by_year = Organisation.founded_precision == DatePrecision.YEAR
    # The register's own days choose first, so that few are asked whether a case led to them.
    may_be = or_(
        Organisation.founded_on.between(first_of_year, scope.to_on),
        Organisation.id.in_(advice.founded_by_cases(scope.programme.id)),
    )
    return may_be & or_(
        day.founded_on.between(_begin(scope), scope.to_on),
        by_year & day.by_year & day.founded_on.between(first_of_year, scope.to_on),
    )


def _bodies(scope: Scope) -> Select[int]:
    return select(ProgrammeBody.body_id).where(ProgrammeBody.programme_id == scope.programme.id)


def _supports(scope: Scope) -> Select[int]:
    return (
        select(OrganisationSupport.id)
        .where(
            identity.is_of(OrganisationSupport.organisation_id),
            OrganisationSupport.kind == SupportKind.FOUNDING,
            OrganisationSupport.body_id.in_(_bodies(scope)),
        )
        .correlate(Organisation)
    )


def _advised(scope: Scope) -> Select[AdviceCase]:
    return advice.advised(scope.programme.id, _bodies(scope))


def _registered() -> Select[int]:
    return (
        select(OrganisationCode.id)
        .where(
            identity.is_of(OrganisationCode.organisation_id),
            OrganisationCode.scheme == REGISTRATION,
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
    precision = DatePrecision.YEAR if founding.by_year else DatePrecision.DAY
    facts: Json = {
        "part": part.value,
        "kind": founding.kind.value,
        "founded_on": founding.founded_on and founding.founded_on.isoformat(),
        "precision": precision.value,
        "still_operating": founding.operating,
    }
    if why is not None:
        facts["why"] = why
    if founding.from_group:
        facts["from_group"] = True
    if founding.later_cooperative:
        facts["later_cooperative"] = True
    return Row("organisation", founding.id, facts)
