"""Putting right what was typed wrong, which is not a change of what happened."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from coopevents import names
from coopevents.audit import service as audit
from coopevents.db import Base, db
from coopevents.directory import checks, dated
from coopevents.directory.models import (
    ClassificationOverride,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationLineage,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Post,
)
from coopevents.directory.service import Founding, Heads
from coopevents.errors import DomainError, NotFoundError
from coopevents.i18n import _, day
from coopevents.territory.models import AdministrativeUnit

TABLES: dict[str, type[Any]] = {
    "name": OrganisationName,
    "seat": OrganisationAddress,
    "status": OrganisationStatus,
    "sector": OrganisationSector,
    "code": OrganisationCode,
    "heads": HeadCount,
    "support": OrganisationSupport,
    "override": ClassificationOverride,
}
"""What may be corrected, by the word that addresses use for it."""

KEYS = {OrganisationCode: ("scheme",), ClassificationOverride: ("rule",)}
SHOWN = {"name_fold", "name_sort"}
"""Columns that follow from another one, and are not told twice."""

FIRST_ROWS: tuple[type[Any], ...] = (
    OrganisationName,
    OrganisationCode,
    OrganisationAddress,
    OrganisationStatus,
    OrganisationSector,
    Post,
)
"""What begins with the organisation itself."""


def get_row(what: str, row_id: int, organisation: Organisation) -> Any:
    """Answer the row about the organisation. Raises NotFoundError for another's."""
    row = db.session.get(TABLES[what], row_id)
    if row is None or row.organisation_id != organisation.id:
        raise NotFoundError(_("There is no such entry about this organisation."))
    return row


def correct(
    organisation: Organisation, row: Base, values: Mapping[str, Any], *, reason: str
) -> None:
    """Have the row say what should have been typed, from and to the same days.

    No row is closed for it: a closed row would say that the wrong value once held, and every
    question as of an earlier day would go on answering it. What was written instead, by whom
    and why, stays in the audit, which nobody can change; a report that was issued keeps the
    figures of its own snapshot. What really changed on a day is told by a change, not by this.
    """
    why = checks.filled(reason, "reason")
    clean = _clean(organisation, row, values)
    changes = {
        name: (getattr(row, name), value)
        for name, value in clean.items()
        if getattr(row, name) != value
    }
    if not changes:
        raise DomainError(_("That is what the register says already."))
    for name, value in clean.items():
        setattr(row, name, value)
    db.session.flush()
    _tell(organisation, row, {n: c for n, c in changes.items() if n not in SHOWN}, why)


def _clean(organisation: Organisation, row: Base, values: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(values)
    match row:
        case OrganisationName():
            return checks.name_columns(checks.named(told["name"]))
        case OrganisationSector():
            return {"sector": checks.filled(told["sector"], "sector")}
        case OrganisationCode():
            code = checks.code_of(row.scheme, told["code"])
            since = row.valid_from or checks.FIRST_DAY
            checks.require_unused(organisation, row.scheme, code, since, row.valid_to)
            return {"code": code}
        case OrganisationStatus():
            _require_plain(row, told["status"])
        case OrganisationAddress():
            unit = db.session.get_one(AdministrativeUnit, told["administrative_unit_id"])
            _require_unit_in(unit, row)
        case HeadCount():
            checks.require_heads(Heads(**{n: v for n, v in told.items() if n != "as_of"}))
            _require_other_day(organisation, row, told.get("as_of", row.as_of))
        case OrganisationSupport():
            _require_other_support(row, told)
        case ClassificationOverride():
            told["reason"] = checks.filled(told["reason"], "decision_reason")
    return told


def _require_plain(row: OrganisationStatus, status: OrganisationStatusKind) -> None:
    if OrganisationStatusKind.DISSOLVED in (row.status, status):
        raise DomainError(
            _("The end of an organisation is an act of its own, with posts that ended with it.")
        )


def _require_unit_in(unit: AdministrativeUnit, row: OrganisationAddress) -> None:
    """Raise InputError for a commune that began only after the seat did."""
    if row.valid_from:
        checks.require_unit(unit, row.valid_from)


def _require_other_day(organisation: Organisation, row: HeadCount, as_of: date) -> None:
    checks.require_day(as_of, "as_of", ahead=checks.NOW)
    checks.require_standing(organisation, as_of)
    same = select(HeadCount.id).where(
        HeadCount.organisation_id == organisation.id,
        HeadCount.id != row.id,
        HeadCount.as_of == as_of,
    )
    if db.session.scalar(same):
        raise DomainError(_("Another count of %(day)s is already written.", day=day(as_of)))


def _require_other_support(row: OrganisationSupport, told: Mapping[str, Any]) -> None:
    if told["supported_on"]:
        checks.require_day(told["supported_on"], "supported_on", ahead=checks.NOW)
    same = select(OrganisationSupport.id).where(
        OrganisationSupport.organisation_id == row.organisation_id,
        OrganisationSupport.id != row.id,
        OrganisationSupport.body_id == told["body_id"],
        OrganisationSupport.supported_on.is_not_distinct_from(told["supported_on"]),
    )
    if db.session.scalar(same):
        raise DomainError(_("This support is already written."))


def put_right(
    organisation: Organisation,
    row: Any,
    values: Mapping[str, Any],
    *,
    since: date | None,
    reason: str,
) -> None:
    """Correct what the row says, the day it begins, or both. Raises DomainError for neither."""
    moved = hasattr(row, "valid_from") and row.valid_from != since
    if not moved or not dated.says(row, values):
        correct(organisation, row, values, reason=reason)
    if moved:
        correct_day(organisation, row, since, reason=reason)


def correct_day(organisation: Organisation, row: Any, since: date | None, *, reason: str) -> None:
    """Have the row begin on the day that should have been typed, and the row before it end with it.

    The first rows begin with the organisation: their day is corrected with its founding.
    """
    why = checks.filled(reason, "reason")
    if since == row.valid_from:
        raise DomainError(_("That is what the register says already."))
    if isinstance(row, OrganisationStatus) and row.status is OrganisationStatusKind.DISSOLVED:
        _require_plain(row, row.status)
    if since:
        checks.require_change(organisation, since)
    elif organisation.founded_on:
        raise DomainError(_("It was founded on %(day)s.", day=day(organisation.founded_on)))
    if isinstance(row, OrganisationCode):
        first = since or checks.FIRST_DAY
        checks.require_unused(organisation, row.scheme, row.code, first, row.valid_to)
    if isinstance(row, OrganisationAddress) and since:
        checks.require_unit(row.unit, since)
    before = row.valid_from
    dated.move_beginning(row, since, **{key: getattr(row, key) for key in KEYS.get(type(row), ())})
    _tell(organisation, row, {"valid_from": (before, since)}, why)


def correct_founding(organisation: Organisation, founded: Founding | None, *, reason: str) -> None:
    """Have it founded on the day that should have been typed; what began that day moves with it.

    Raises DomainError where something of it would then have begun, or been counted, too early,
    and for one whose founding is the day of an act: a consolidation, a division, a conversion.
    """
    why = checks.filled(reason, "reason")
    before = (organisation.founded_on, organisation.founded_precision)
    after = (founded.on, founded.precision) if founded else (None, None)
    if before == after:
        raise DomainError(_("That is what the register says already."))
    if founded:
        checks.require_day(founded.on, "founded_on", ahead=checks.NOW)
    if _came_out_of_another(organisation):
        raise DomainError(_("It was founded by an act, and the day is that of the act."))
    moving = _moving_rows(organisation)
    if founded:
        _require_nothing_before(organisation, founded.on, moving)
    for row in moving:
        # A seat in today's commune does not become older than the commune.
        if not (isinstance(row, OrganisationAddress) and _began_with_commune(row, after[0])):
            row.valid_from = after[0]
    organisation.founded_on, organisation.founded_precision = after
    db.session.flush()
    changes = {
        name: (was, now)
        for name, was, now in zip(("founded_on", "founded_precision"), before, after, strict=True)
        if was != now
    }
    _tell(organisation, organisation, changes, why)


def _all_rows(organisation: Organisation) -> list[Any]:
    return [row for table in FIRST_ROWS for row in dated.rows_of(table, organisation.id)]


def _moving_rows(organisation: Organisation) -> list[Any]:
    """Answer what began because the organisation did.

    Of one whose founding nobody knew that is its first status alone: since when it bears its name
    or has its head is as little known as before.
    """
    first: dict[tuple[Any, ...], Any] = {}
    for row in _all_rows(organisation):
        key = (type(row), *(getattr(row, name) for name in type(row).no_overlap))
        first.setdefault(key, row)
    known = organisation.founded_on
    return [
        row
        for row in first.values()
        if row.valid_from == known and (known or isinstance(row, OrganisationStatus))
    ]


def _began_with_commune(row: OrganisationAddress, since: date | None) -> bool:
    begun = row.unit.valid_from
    return begun is not None and (since is None or since < begun)


def _require_nothing_before(organisation: Organisation, on: date, moving: list[Any]) -> None:
    early = [
        row.valid_from
        for row in _all_rows(organisation)
        if row not in moving and row.valid_from and row.valid_from < on
    ]
    early += [row.valid_to for row in moving if row.valid_to and row.valid_to < on]
    early += db.session.scalars(
        select(HeadCount.as_of).where(
            HeadCount.organisation_id == organisation.id, HeadCount.as_of < on
        )
    )
    early += db.session.scalars(
        select(OrganisationLineage.effective_on).where(
            or_(
                OrganisationLineage.old_id == organisation.id,
                OrganisationLineage.new_id == organisation.id,
            ),
            OrganisationLineage.effective_on <= on,
        )
    )
    early += db.session.scalars(
        select(OcopCertificate.issued_on).where(
            OcopCertificate.organisation_id == organisation.id, OcopCertificate.issued_on < on
        )
    )
    if early:
        raise DomainError(
            _("The register knows something of it on %(day)s already.", day=day(min(early)))
        )


def _came_out_of_another(organisation: Organisation) -> bool:
    made = select(OrganisationLineage.id).where(
        OrganisationLineage.new_id == organisation.id,
        OrganisationLineage.effective_on == organisation.founded_on,
    )
    return db.session.scalar(made.limit(1)) is not None


def _tell(
    organisation: Organisation, row: Any, changes: dict[str, tuple[Any, Any]], reason: str
) -> None:
    told = {
        **changes,
        "row": (None, f"{row.__tablename__} {row.id}"),
        "reason": (None, names.clean(reason)),
    }
    audit.record("organisation.corrected", "organisation", organisation.id, changes=told)
