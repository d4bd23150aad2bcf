"""What a case led to: recorded once, by its number or certification, and taken back by a row."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from coopevents import names
from coopevents.db import db
from coopevents.directory import checks, choices, dated, identity
from coopevents.directory import queries as directory
from coopevents.directory import service as register
from coopevents.directory.checks import REGISTRATION
from coopevents.directory.existence import check_existence
from coopevents.directory.models import (
    DatePrecision,
    Organisation,
    OrganisationCode,
    OrganisationKind,
)
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day
from coopevents.outcomes.advice import counting, queries
from coopevents.outcomes.advice.models import AdviceCase, Founding, Purpose
from coopevents.outcomes.advice.service import hold, require_of, sent_before, tell, user_id
from coopevents.territory.models import AdministrativeUnit

FOUNDED_KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
)


@dataclass(frozen=True)
class FoundingEntry:
    """The legal day, and what proves it: a registration number, or who certified it and when."""

    registered_on: date
    registration_number: str = ""
    certified_on: date | None = None
    certified_by: str = ""


@dataclass(frozen=True)
class NewBody:
    """An organisation that is entered into the register with its founding."""

    kind: OrganisationKind
    name: str
    unit: AdministrativeUnit
    is_another: bool = False
    """Whether it is another than what bears this name in the register already."""


def record_founding(
    case: AdviceCase, organisation: Organisation, entry: FoundingEntry, submission_id: UUID
) -> Founding:
    """Write that the case led to the organisation. A form sent twice writes it once."""
    hold(AdviceCase, case.id)
    if (known := sent_before(Founding, submission_id)) is not None:
        require_of(known, case)
        return known
    # Two cases may claim one organisation at once: whoever holds it looks alone.
    hold(Organisation, organisation.id)
    _require_open(case)
    _require_fitting(case, organisation)
    proof = _proof(entry)
    _require_agreement(organisation, entry.registered_on)
    _require_own_number(case, organisation, proof["registration_number"], entry.registered_on)
    return _write(case, organisation, entry.registered_on, proof, submission_id)


def found_new(
    case: AdviceCase, new: NewBody, entry: FoundingEntry, submission_id: UUID
) -> Founding:
    """Enter the organisation into the register, and write that the case led to it."""
    hold(AdviceCase, case.id)
    if (known := sent_before(Founding, submission_id)) is not None:
        require_of(known, case)
        return known
    _require_open(case)
    if case.organisation_id is not None:
        raise DomainError(_("This case is for an organisation that stands in the register."))
    if new.kind not in FOUNDED_KINDS:
        raise InputError.at("kind", _("The programme founds cooperatives and groups."))
    _require_none(queries.find_founding(case))
    proof = _proof(entry)
    number = proof["registration_number"]
    if choices.namesakes(case.programme.register_id, new.name) and not new.is_another:
        raise InputError.at(
            "name",
            _("An organisation of this name is in the register: choose it, or say it is another."),
        )
    organisation = register.enter(
        case.programme.register,
        register.NewOrganisation(
            kind=new.kind,
            name=new.name,
            unit=new.unit,
            founded=register.Founding(entry.registered_on),
        ),
    )
    _require_own_number(case, organisation, number, entry.registered_on)
    if isinstance(number, str):
        # From then on the register finds it by its number.
        register.give_code(organisation, REGISTRATION, number, since=entry.registered_on)
    return _write(case, organisation, entry.registered_on, proof, submission_id)


def take_back(case: AdviceCase, reason: str, submission_id: UUID) -> Founding:
    """Let the founding count no longer: it was recorded by mistake. Both rows stay."""
    hold(AdviceCase, case.id)
    if (known := sent_before(Founding, submission_id)) is not None:
        require_of(known, case)
        return known
    founding = queries.find_founding(case)
    if founding is None:
        raise DomainError(_("No founding is on record that could be taken back."))
    _require_open(case)
    row = Founding(
        case_id=case.id,
        organisation_id=founding.organisation_id,
        registered_on=founding.registered_on,
        registration_number=founding.registration_number,
        certified_on=founding.certified_on,
        certified_by=founding.certified_by,
        corrects_id=founding.id,
        reason=checks.filled(reason, "reason"),
        submission_id=submission_id,
        recorded_by_id=user_id(),
    )
    db.session.add(row)
    tell(
        "founding_taken_back",
        case,
        {"organisation_id": (founding.organisation_id, None), "reason": (None, row.reason)},
    )
    return row


def _require_open(case: AdviceCase) -> None:
    if queries.get_line(case).closing is not None:
        raise DomainError(_("The case is closed. Take it up again first."))


def _require_fitting(case: AdviceCase, organisation: Organisation) -> None:
    if organisation.register_id != case.programme.register_id:
        raise DomainError(_("The organisation does not stand in this register."))
    checks.require_kept(organisation)
    if case.purpose is Purpose.STRENGTHEN:
        raise DomainError(_("This case is to strengthen an organisation: it founds nothing."))
    if organisation.kind not in FOUNDED_KINDS:
        raise DomainError(_("The programme founds cooperatives and groups."))
    if case.organisation is not None and organisation.id not in candidates(case):
        if case.purpose is Purpose.CONVERT:
            raise DomainError(
                _("Convert the group on its own page first, then choose what it became.")
            )
        raise DomainError(_("This case is for another organisation."))
    _require_none(
        queries.find_founding(case) or queries.find_founding_of(organisation, case.programme_id)
    )


def _require_none(known: Founding | None) -> None:
    if known is not None:
        raise DomainError(
            _(
                "A founding is on record in advice case %(number)s already. Take that back first.",
                number=known.case_id,
            )
        )


def candidates(case: AdviceCase) -> list[int]:
    """Answer what a case for an organisation of the register can lead to: it, or its cooperative.

    Of a case for a group to be there is nothing to go by.
    """
    if case.organisation is None:
        return []
    if case.purpose is Purpose.CONVERT:
        return counting.came_of(case.organisation)
    return [case.organisation.duplicate_of_id or case.organisation.id]


def _proof(entry: FoundingEntry) -> dict[str, str | date | None]:
    """Answer what proves the founding, clean. Raises InputError where nothing does."""
    checks.require_day(entry.registered_on, "registered_on", ahead=checks.NOW)
    typed, by = names.clean(entry.registration_number), names.clean(entry.certified_by)
    if not typed and entry.certified_on is None and not by:
        raise InputError.at(
            "registration",
            _("Give the registration number, or who certified the contract and when."),
        )
    if by and entry.certified_on is None:
        raise InputError.at("certified_on", _("Say when it was certified."))
    if entry.certified_on is not None:
        checks.require_day(entry.certified_on, "certified_on", ahead=checks.NOW)
        if not by:
            raise InputError.at("certified_by", _("Say who certified it."))
    return {
        "registration_number": checks.code_of(REGISTRATION, typed) if typed else None,
        "certified_on": entry.certified_on,
        "certified_by": by or None,
    }


def _require_agreement(organisation: Organisation, on: date) -> None:
    """Refuse a day of founding other than the register's, where that knows one."""
    founded = organisation.founded_on
    if founded is not None:
        only_year = organisation.founded_precision is DatePrecision.YEAR
        if (founded.year != on.year) if only_year else (founded != on):
            raise InputError.at(
                "registered_on",
                _(
                    "By the register it was founded %(founded)s. Correct that first if it is"
                    " wrong.",
                    founded=str(founded.year) if only_year else day(founded),
                ),
            )
    check_existence(organisation, on, "registered_on")


def _require_own_number(
    case: AdviceCase, organisation: Organisation, number: str | date | None, on: date
) -> None:
    if not isinstance(number, str):
        return
    known = {
        row.code
        for entry in identity.with_merged([organisation.id])
        for row in dated.rows_of(OrganisationCode, entry, scheme=REGISTRATION)
    }
    if known and number not in known:
        raise InputError.at(
            "registration",
            _("The register knows it by the number %(code)s.", code=", ".join(sorted(known))),
        )
    try:
        checks.require_unused(organisation, REGISTRATION, number, on)
    except DomainError as error:
        raise InputError.at("registration", error.message) from error
    other = queries.find_founding_by_number(number, case.programme)
    if other is not None:
        called = directory.name_on([other.organisation_id], on).get(other.organisation_id, "")
        raise InputError.at("registration", _("It belongs to “%(name)s”.", name=called))


def _write(
    case: AdviceCase,
    organisation: Organisation,
    registered_on: date,
    proof: dict[str, str | date | None],
    submission_id: UUID,
) -> Founding:
    founding = Founding(
        case_id=case.id,
        organisation_id=organisation.id,
        registered_on=registered_on,
        submission_id=submission_id,
        recorded_by_id=user_id(),
        **proof,
    )
    db.session.add(founding)
    told = {"organisation_id": organisation.id, "registered_on": registered_on, **proof}
    changes = {name: (None, value) for name, value in told.items() if value is not None}
    tell("founding_recorded", case, changes)
    return founding
