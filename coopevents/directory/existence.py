"""Whether an organisation was there on a day: what is said of it then must fit."""

from datetime import date

from sqlalchemy import select

from coopevents.db import db, valid_on
from coopevents.directory.models import (
    DatePrecision,
    Organisation,
    OrganisationStatus,
    OrganisationStatusKind,
)
from coopevents.errors import InputError
from coopevents.i18n import _, day


def check_existence(organisation: Organisation, on: date, field: str) -> None:
    """Refuse a day before the organisation was founded, or on which it was dissolved.

    Of a founding known by its year, 1 January is stored, so no day of that year is refused. What
    nobody knows refuses nothing. Raises InputError that names the field the day was typed in.
    """
    founded = organisation.founded_on
    if founded is not None and on < founded:
        only_year = organisation.founded_precision is DatePrecision.YEAR
        raise InputError.at(
            field,
            _(
                "The organisation did not exist on %(day)s: it was founded %(founded)s.",
                day=day(on),
                founded=str(founded.year) if only_year else day(founded),
            ),
        )
    dissolved = db.session.scalar(
        select(OrganisationStatus).where(
            OrganisationStatus.organisation_id == organisation.id,
            OrganisationStatus.status == OrganisationStatusKind.DISSOLVED,
            valid_on(OrganisationStatus, on),
        )
    )
    if dissolved is not None:
        raise InputError.at(
            field, _("The organisation was dissolved: it did not exist on %(day)s.", day=day(on))
        )
