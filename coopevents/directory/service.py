"""Keeping the register: entering organisations, and what changes about them from a day on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from coopevents import names
from coopevents.accounts.models import HostBody
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import checks, classification, contacts, dated
from coopevents.directory.models import (
    Channel,
    ClassificationOverride,
    ContactPoint,
    DatePrecision,
    HeadCount,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Register,
    SupportKind,
)
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day
from coopevents.territory.models import AdministrativeUnit


@dataclass(frozen=True)
class Founding:
    """When an organisation was founded; of a year alone, `on` is its first day."""

    on: date
    precision: DatePrecision = DatePrecision.DAY


@dataclass(frozen=True)
class Support:
    """A body that helped to found it, and when; None is "not told"."""

    body_id: int
    on: date | None = None


@dataclass(frozen=True)
class Heads:
    """How many there are; None is "not told", which is not zero."""

    members: int | None = None
    women_members: int | None = None
    workers: int | None = None
    women_workers: int | None = None


@dataclass(frozen=True)
class NewOrganisation:
    """An organisation that is not in the register yet."""

    kind: OrganisationKind
    name: str
    unit: AdministrativeUnit | None = None
    line: str | None = None
    founded: Founding | None = None
    sector: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)
    contacts: Sequence[tuple[Channel, str]] = ()
    supports: Sequence[Support] = ()
    source: str | None = None


def enter(register: Register, new: NewOrganisation) -> Organisation:
    """Write the organisation into the register, operating since it was founded.

    All that is said of it holds since its founding, or since before anybody can say. Raises
    InputError for what cannot be.
    """
    name = checks.named(new.name)
    if new.founded:
        checks.require_day(new.founded.on, "founded_on", ahead=checks.NOW)
    organisation = Organisation(
        register_id=register.id,
        kind=new.kind,
        founded_on=new.founded.on if new.founded else None,
        founded_precision=new.founded.precision if new.founded else None,
    )
    db.session.add(organisation)
    db.session.flush()
    _write_first_rows(organisation, new, name)
    for support in new.supports:
        support_founding(organisation, support, source=new.source)
    audit.record(
        "organisation.entered",
        "organisation",
        organisation.id,
        changes={"name": (None, name), "kind": (None, new.kind.value)},
    )
    return organisation


def _write_first_rows(organisation: Organisation, new: NewOrganisation, name: str) -> None:
    since, id_ = organisation.founded_on, organisation.id
    told: dict[str, Any] = {"valid_from": since, "source": new.source}
    dated.write(OrganisationName, id_, checks.name_columns(name), **told)
    dated.write(OrganisationStatus, id_, {"status": OrganisationStatusKind.OPERATING}, **told)
    if new.unit:
        # A seat in today's commune cannot be older than the commune.
        begun = [on for on in (since, new.unit.valid_from) if on]
        seat = {"administrative_unit_id": new.unit.id, "line": new.line or None}
        dated.write(
            OrganisationAddress, id_, seat, **{**told, "valid_from": max(begun, default=None)}
        )
    if new.sector:
        dated.write(OrganisationSector, id_, {"sector": names.clean(new.sector)}, **told)
    for scheme, code in new.codes.items():
        clean = checks.code_of(scheme, code)
        checks.require_unused(organisation, scheme, clean, since or checks.FIRST_DAY)
        dated.write(OrganisationCode, id_, {"scheme": scheme, "code": clean}, **told)
    for rank, (channel, value) in enumerate(new.contacts, start=1):
        db.session.add(
            ContactPoint(
                organisation_id=id_,
                channel=channel,
                value=_normal(channel, value),
                value_as_typed=value,
                rank=rank,
            )
        )
    db.session.flush()


def _normal(channel: Channel, value: str) -> str:
    try:
        return (contacts.normal_email if channel is Channel.EMAIL else contacts.normal_phone)(value)
    except InputError as error:
        raise InputError(error.message, {channel.value: error.message}) from error


def rename(
    organisation: Organisation, name: str, *, since: date, source: str | None = None
) -> None:
    """Have it bear the name from the day on; what it was called before stays in the register."""
    clean = checks.named(name)
    checks.require_change(organisation, since)
    before = dated.begin(
        OrganisationName, organisation.id, since, checks.name_columns(clean), source=source
    )
    _tell(organisation, "renamed", since, name=(before and before.name, clean))


def move(
    organisation: Organisation,
    unit: AdministrativeUnit,
    *,
    since: date,
    line: str | None = None,
    source: str | None = None,
) -> None:
    """Have it seated in the commune from the day on."""
    checks.require_change(organisation, since)
    checks.require_unit(unit, since)
    seat = {"administrative_unit_id": unit.id, "line": line or None}
    before = dated.begin(OrganisationAddress, organisation.id, since, seat, source=source)
    _tell(organisation, "moved", since, seat=(before and before.unit.name, unit.name))


def change_status(
    organisation: Organisation,
    status: OrganisationStatusKind,
    *,
    since: date,
    source: str | None = None,
) -> None:
    """Have it operating, suspended or stopped from the day on.

    To dissolve it is an act of its own, which ends its posts as well (lineage.dissolve).
    """
    if status is OrganisationStatusKind.DISSOLVED:
        raise DomainError(_("An organisation is dissolved by the act of that name."))
    checks.require_change(organisation, since)
    before = dated.begin(
        OrganisationStatus, organisation.id, since, {"status": status}, source=source
    )
    _tell(
        organisation, "status_changed", since, status=(before and before.status.value, status.value)
    )


def change_sector(
    organisation: Organisation, sector: str, *, since: date, source: str | None = None
) -> None:
    """Have it in that trade from the day on."""
    clean = checks.filled(sector, "sector")
    checks.require_change(organisation, since)
    before = dated.begin(
        OrganisationSector, organisation.id, since, {"sector": clean}, source=source
    )
    _tell(organisation, "sector_changed", since, sector=(before and before.sector, clean))


def give_code(
    organisation: Organisation,
    scheme: str,
    code: str,
    *,
    since: date,
    source: str | None = None,
) -> None:
    """Have it known by that registration number or tax code from the day on.

    Raises DomainError with the name of another organisation that bears it then or later.
    """
    clean = checks.code_of(scheme, code)
    checks.require_change(organisation, since)
    # A number ends with the organisation, also where it is told of afterwards.
    ended = checks.ended_on(organisation)
    last_on = ended - dated.DAY if ended else None
    checks.require_unused(organisation, scheme, clean, since, last_on)
    before = dated.begin(
        OrganisationCode,
        organisation.id,
        since,
        {"code": clean},
        source=source,
        last_on=last_on,
        scheme=scheme,
    )
    _tell(organisation, "code_given", since, **{scheme: (before and before.code, clean)})


def count_heads(
    organisation: Organisation, as_of: date, heads: Heads, *, source: str | None = None
) -> None:
    """Write how many members and workers it had on the day."""
    checks.require_heads(heads)
    checks.require_day(as_of, "as_of", ahead=checks.NOW)
    checks.require_change(organisation, as_of, "as_of")
    if db.session.scalar(
        select(HeadCount.id).where(
            HeadCount.organisation_id == organisation.id, HeadCount.as_of == as_of
        )
    ):
        raise DomainError(
            _("A count of %(day)s is already written. If it is wrong, correct it.", day=day(as_of))
        )
    db.session.add(
        HeadCount(
            organisation_id=organisation.id,
            as_of=as_of,
            source=source or None,
            recorded_by_id=dated.user_id(),
            **vars(heads),
        )
    )
    db.session.flush()
    told = {name: (None, value) for name, value in vars(heads).items() if value is not None}
    _tell(organisation, "heads_counted", as_of, **told)


def support_founding(
    organisation: Organisation, support: Support, *, source: str | None = None
) -> None:
    """Write that the body helped to found it."""
    if support.on:
        checks.require_day(support.on, "supported_on", ahead=checks.NOW)
    known = select(OrganisationSupport.id).where(
        OrganisationSupport.organisation_id == organisation.id,
        OrganisationSupport.body_id == support.body_id,
        OrganisationSupport.supported_on.is_not_distinct_from(support.on),
    )
    if db.session.scalar(known):
        raise DomainError(_("This support is already written."))
    db.session.add(
        OrganisationSupport(
            organisation_id=organisation.id,
            body_id=support.body_id,
            kind=SupportKind.FOUNDING,
            supported_on=support.on,
            source=source or None,
            recorded_by_id=dated.user_id(),
        )
    )
    db.session.flush()
    body = db.session.get_one(HostBody, support.body_id)
    _tell(organisation, "founding_supported", support.on, body=(None, body.key))


def override(
    organisation: Organisation,
    rule: classification.Rule,
    *,
    women_led: bool,
    reason: str,
    since: date | None,
    until: date | None = None,
) -> ClassificationOverride:
    """Decide, with a reason, that it is or is not women-led by the rule in those days.

    The decision wins over the posts. Two decisions by one rule on one day are refused.
    """
    clean = checks.filled(reason, "reason")
    if until and since and until < since:
        raise InputError(_("It ends before it begins."), {"until": _("It ends before it begins.")})
    for other in dated.rows_of(ClassificationOverride, organisation.id, rule=rule.name):
        if _meets(other, since, until):
            raise DomainError(
                _(
                    "By this rule it is already decided from %(first)s to %(last)s.",
                    first=day(other.valid_from),
                    last=day(other.valid_to),
                )
            )
    row = dated.write(
        ClassificationOverride,
        organisation.id,
        {"rule": rule.name, "women_led": women_led, "reason": clean},
        valid_from=since,
        valid_to=until,
    )
    _tell(
        organisation,
        "class_decided",
        since,
        **{rule.name: (None, women_led), "until": (None, until), "reason": (None, clean)},
    )
    return row


def _meets(row: ClassificationOverride, since: date | None, until: date | None) -> bool:
    ends_before = row.valid_to and since and row.valid_to < since
    begins_after = row.valid_from and until and row.valid_from > until
    return not (ends_before or begins_after)


def end_override(organisation: Organisation, row: ClassificationOverride, last_on: date) -> None:
    """Have the decision hold until that day; the posts speak again from the next day on."""
    if (row.valid_from and last_on < row.valid_from) or (row.valid_to and last_on >= row.valid_to):
        raise DomainError(
            _(
                "The decision holds from %(first)s to %(last)s; choose a last day within.",
                first=day(row.valid_from),
                last=day(row.valid_to),
            )
        )
    before, row.valid_to = row.valid_to, last_on
    db.session.flush()
    _tell(organisation, "class_decision_ended", None, until=(before, last_on))


def _tell(
    organisation: Organisation, act: str, since: date | None, **changes: tuple[Any, Any]
) -> None:
    told = dict(changes)
    if since:
        told["since"] = (None, since)
    audit.record(f"organisation.{act}", "organisation", organisation.id, changes=told)
