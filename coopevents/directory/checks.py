"""What must be true before the register is changed, each with the sentence that refuses."""

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from coopevents import clock, names
from coopevents.db import db
from coopevents.directory import dated, queries
from coopevents.directory.models import (
    Organisation,
    OrganisationCode,
    OrganisationStatus,
    OrganisationStatusKind,
    Register,
)
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day
from coopevents.territory.models import AdministrativeUnit

FIRST_DAY = date(1900, 1, 1)
NOW, SOON = timedelta(0), timedelta(days=366)
"""How far ahead a day may lie: what has happened, and a change that is decided and to come."""

REGISTRATION, TAX = "registration", "tax"
CODES = {
    REGISTRATION: re.compile(r"[0-9A-ZĐ][0-9A-ZĐ./-]{2,29}"),
    TAX: re.compile(r"\d{10}(-?\d{3})?"),
}
"""The schemes of codes, and how a code of each is written."""


def name_columns(name: str) -> dict[str, str]:
    """Answer a clean name in the three forms it is stored in."""
    return {"name": name, "name_fold": names.fold(name), "name_sort": names.sort_key(name)}


def code_of(scheme: str, code: str) -> str:
    """Answer a code as it is stored. Raises InputError for what is none."""
    clean = "".join(names.clean(code).upper().split())
    if not CODES[scheme].fullmatch(clean):
        wrong = (
            _("A tax code has 10 digits, or 13 for a branch.")
            if scheme == TAX
            else _("A registration number has 3 to 30 digits, letters, dots, dashes or slashes.")
        )
        raise InputError(wrong, {"code": wrong, scheme: wrong})
    return clean


def require_heads(heads: Any) -> None:
    """Raise InputError where there would be more women than people."""
    for women, everybody in (("women_members", "members"), ("women_workers", "workers")):
        part, whole = getattr(heads, women), getattr(heads, everybody)
        if part is not None and whole is not None and part > whole:
            wrong = _("There cannot be more women than people in all.")
            raise InputError(wrong, {women: wrong})
    if all(value is None for value in vars(heads).values()):
        wrong = _("Give at least one number; leave empty what nobody told.")
        raise InputError(wrong, {"members": wrong})


def require_day(on: date, name: str, *, ahead: timedelta = SOON) -> None:
    """Raise InputError for a day that was surely typed wrong."""
    if not FIRST_DAY <= on <= clock.today() + ahead:
        wrong = (
            _("%(day)s has not come yet.", day=day(on))
            if on > clock.today() and not ahead
            else _("%(day)s is too far away to be meant.", day=day(on))
        )
        raise InputError(wrong, {name: wrong})


def require_kept(organisation: Organisation) -> Organisation:
    """Answer the organisation. Raises DomainError for an entry that counts as another one.

    What is written of it would change the figures of the one that was kept, unseen on its page.
    """
    if organisation.duplicate_of_id is not None:
        raise DomainError(
            _("This entry was merged into another: change that one, or take the merge back.")
        )
    return organisation


def require_change(organisation: Organisation, since: date, name: str = "since") -> None:
    """Raise an error for a day on which nothing can change about the organisation."""
    require_day(since, name)
    require_standing(organisation, since)


def require_standing(organisation: Organisation, on: date) -> None:
    """Raise DomainError where the organisation was not founded yet that day, or had ended."""
    if organisation.founded_on and on < organisation.founded_on:
        raise DomainError(
            _(
                "It was founded on %(founded)s: nothing can change on %(day)s.",
                founded=day(organisation.founded_on),
                day=day(on),
            )
        )
    ended = ended_on(organisation)
    if ended and on >= ended:
        raise DomainError(
            _(
                "It ended on %(ended)s: nothing can change on %(day)s.",
                ended=day(ended),
                day=day(on),
            )
        )


def ended_on(organisation: Organisation) -> date | None:
    """Answer the first day on which it is dissolved, if it is."""
    rows = dated.rows_of(OrganisationStatus, organisation.id)
    ends = (row for row in rows if row.status is OrganisationStatusKind.DISSOLVED)
    return next((row.valid_from or FIRST_DAY for row in ends), None)


def require_unit(unit: AdministrativeUnit, on: date) -> None:
    """Raise InputError for a commune that did not exist on the day."""
    if not dated.holds_on(unit, on):
        wrong = _("%(commune)s did not exist on %(day)s.", commune=unit.name, day=day(on))
        raise InputError(wrong, {"commune": wrong})


def require_unused(
    organisation: Organisation, scheme: str, code: str, since: date, until: date | None = None
) -> None:
    """Raise DomainError with the name of another organisation that bears the code in those days."""
    # Two officers may give one code at once: whoever holds the register looks alone.
    db.session.execute(
        select(Register.id)
        .where(Register.id == organisation.register_id)
        .with_for_update(key_share=True)
    )
    found = (
        select(OrganisationCode)
        .join(Organisation, Organisation.id == OrganisationCode.organisation_id)
        .where(
            Organisation.register_id == organisation.register_id,
            # A code of an entry that was merged into it is its own code.
            func.coalesce(Organisation.duplicate_of_id, Organisation.id) != organisation.id,
            OrganisationCode.scheme == scheme,
            OrganisationCode.code == code,
            or_(OrganisationCode.valid_to.is_(None), OrganisationCode.valid_to >= since),
        )
        .order_by(OrganisationCode.id)
        .limit(1)
    )
    if until:
        begun = OrganisationCode.valid_from <= until
        found = found.where(or_(OrganisationCode.valid_from.is_(None), begun))
    bearer = db.session.scalar(found)
    if bearer:
        name = queries.name_on([bearer.organisation_id], since)[bearer.organisation_id]
        raise DomainError(
            _("The code %(code)s belongs to “%(name)s”.", code=code, name=name),
            fields={"code": _("It belongs to “%(name)s”.", name=name)},
        )


def named(name: str) -> str:
    """Answer a clean name. Raises InputError for none."""
    clean = filled(name, "name")
    if not re.search(r"\w", clean):
        raise InputError(_("A name needs letters."), {"name": _("A name needs letters.")})
    return clean


def filled(text: str, name: str) -> str:
    """Answer the clean text of a field. Raises InputError for an empty one."""
    clean = names.clean(text)
    if not clean:
        raise InputError(_("Please fill this in."), {name: _("Please fill this in.")})
    return clean
