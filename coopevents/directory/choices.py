"""What a form about organisations offers, and finds by what was typed."""

from sqlalchemy import select, union

from coopevents import clock, names
from coopevents.db import db
from coopevents.directory import identity, queries
from coopevents.directory.models import (
    Organisation,
    OrganisationCode,
    OrganisationName,
    OrganisationSector,
    Register,
)
from coopevents.errors import InputError
from coopevents.i18n import _

MOST_SECTORS = 200
"""How many sectors a form offers; any other can be typed."""
MOST_NAMESAKES = 20


def list_sectors(register: Register) -> list[str]:
    """Answer the sectors that organisations of the register are in, in the order of letters."""
    return list(
        db.session.scalars(
            select(OrganisationSector.sector)
            .join(Organisation, Organisation.id == OrganisationSector.organisation_id)
            .where(Organisation.register_id == register.id, OrganisationSector.valid_to.is_(None))
            .distinct()
            .order_by(OrganisationSector.sector)
            .limit(MOST_SECTORS)
        )
    )


def namesakes(register_id: int, name: str) -> list[Organisation]:
    """Answer the register's organisations that bear or bore the name, with marks or without."""
    return _found(register_id, by_name=name)


def find_meant(text: str, register_id: int) -> Organisation:
    """Answer the organisation that the text names: by a name, a code, or # and its number.

    Raises InputError for none or several: with their numbers, one of which can be written instead.
    """
    typed = text.strip()
    number = typed.removeprefix("#").strip()
    if typed.startswith("#") and number.isdecimal() and len(number) <= 18:
        found = [one for one in [queries.find_organisation(int(number), register_id)] if one]
    else:
        found = _found(register_id, by_name=typed, by_code="".join(typed.upper().split()))
    if len(found) == 1:
        return found[0]
    if not found:
        wrong = _("No organisation of the register is called “%(text)s”.", text=typed)
    else:
        called = queries.name_on([organisation.id for organisation in found], clock.today())
        choice = ", ".join(f"#{one.id} {called.get(one.id, '')}" for one in found)
        wrong = _(
            "“%(text)s” may be several; write the number of one: %(choice)s.",
            text=typed,
            choice=choice,
        )
    raise InputError(wrong, {"others": wrong})


def _found(register_id: int, *, by_name: str, by_code: str | None = None) -> list[Organisation]:
    named = select(OrganisationName.organisation_id).where(
        OrganisationName.name_fold == names.fold(by_name)
    )
    coded = select(OrganisationCode.organisation_id).where(OrganisationCode.code == by_code)
    # What an entry that was merged is called means the one that was kept.
    meant = identity.with_kept(union(named, coded))
    return list(
        db.session.scalars(
            select(Organisation)
            .where(
                Organisation.register_id == register_id,
                Organisation.duplicate_of_id.is_(None),
                Organisation.id.in_(meant),
            )
            .order_by(Organisation.id)
            .limit(MOST_NAMESAKES)
        )
    )
