"""What a list of organisations may be narrowed by, beside its name and its commune.

Each is a condition over `organisations`, so that lists, exports and the coverage grid narrow
alike.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, literal_column, select

from coopevents.db import db, valid_on
from coopevents.directory import classification, figures, identity
from coopevents.directory.classification import Rule
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    DatePrecision,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    Register,
)
from coopevents.territory.succession import standing_for

GROUPS = (OrganisationKind.COOPERATIVE_GROUP, OrganisationKind.LINKED_GROUP)

REST_OF_THE_YEAR: ColumnElement[timedelta] = literal_column("interval '1 year' - interval '1 day'")
"""Added to 1 January it gives the last day of that year."""


class WomenLed(StrEnum):
    """What the programme's rule says of an organisation."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """Whether an organisation was operating: one of its states, or that nobody told any."""

    OPERATING = "operating"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    DISSOLVED = "dissolved"
    NOT_TOLD = "not_told"


class Reach(StrEnum):
    """Whether there is a way to an organisation that may be used now."""

    EMAIL = "email"
    NO_EMAIL = "no_email"
    PHONE = "phone"
    NO_PHONE = "no_phone"
    NONE = "none"


class Stars(StrEnum):
    """The highest valid OCOP certificate of an organisation."""

    ANY = "any"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"


WAYS = {
    Reach.EMAIL: (Channel.EMAIL,),
    Reach.NO_EMAIL: (Channel.EMAIL,),
    Reach.PHONE: (Channel.PHONE, Channel.ZALO),
    Reach.NO_PHONE: (Channel.PHONE, Channel.ZALO),
    Reach.NONE: tuple(Channel),
}


@dataclass(frozen=True)
class Narrowing:
    """Which organisations are wanted; what is not given is not asked."""

    kinds: Collection[OrganisationKind] = ()
    women_led: WomenLed | None = None
    standing: Standing | None = None
    sector: str | None = None
    stars: Stars | None = None
    founded_from: date | None = None
    founded_to: date | None = None
    reach: Reach | None = None
    commune_ids: Collection[int] = ()

    def conditions(self, on: date, rule: Rule) -> list[ColumnElement[bool]]:
        """Answer the conditions over organisations, as they were on the day."""
        found: list[ColumnElement[bool]] = []
        if self.kinds:
            found.append(Organisation.kind.in_(self.kinds))
        if self.women_led is not None:
            found.append(is_class(self.women_led, rule, on))
        if self.standing is not None:
            found.append(stands(self.standing, on))
        if self.sector is not None:
            found.append(_has(OrganisationSector, on, OrganisationSector.sector == self.sector))
        if self.stars is not None:
            found.append(_holds(self.stars, on))
        found += _founded(self.founded_from, self.founded_to)
        if self.reach is not None:
            found.append(_reached_by(self.reach))
        if self.commune_ids:
            # A commune of today stands for all that went whole into it. These are looked up
            # first: the database cannot foresee how few they are.
            units = db.session.scalars(standing_for(self.commune_ids)).all()
            seat = OrganisationAddress.administrative_unit_id.in_(units)
            found.append(_has(OrganisationAddress, on, seat))
        return found


def is_class(wanted: WomenLed, rule: Rule, on: date) -> ColumnElement[bool]:
    """Answer the condition that the rule says this of an organisation on the day."""
    told = classification.class_of(rule, on)
    if wanted is WomenLed.UNKNOWN:
        return told.is_(None)
    return told.is_(wanted is WomenLed.YES)


def has_women_led_groups(register: Register, rule: Rule, on: date) -> bool:
    """Whether any operating group of the register is women-led by the rule on the day.

    Where none is, a share of 100 % may only mean that nobody wrote the groups down.
    """
    found = select(Organisation.id).where(
        Organisation.register_id == register.id,
        Organisation.kind.in_(GROUPS),
        Organisation.duplicate_of_id.is_(None),
        stands(Standing.OPERATING, on),
        is_class(WomenLed.YES, rule, on),
    )
    return db.session.scalar(found.limit(1)) is not None


def list_sectors(register: Register, on: date) -> list[str]:
    """Answer the trades of the register's organisations on the day."""
    return list(
        db.session.scalars(
            select(OrganisationSector.sector)
            .join(Organisation, Organisation.id == OrganisationSector.organisation_id)
            .where(
                Organisation.register_id == register.id,
                Organisation.duplicate_of_id.is_(None),
                valid_on(OrganisationSector, on),
            )
            .distinct()
            .order_by(OrganisationSector.sector)
        )
    )


def stands(standing: Standing, on: date) -> ColumnElement[bool]:
    """Answer the condition that an organisation was operating, or otherwise, on the day."""
    if standing is Standing.NOT_TOLD:
        return ~_has(OrganisationStatus, on)
    status = OrganisationStatusKind(standing.value)
    return _has(OrganisationStatus, on, OrganisationStatus.status == status)


def _has(
    table: type[OrganisationSector] | type[OrganisationStatus] | type[OrganisationAddress],
    on: date,
    *conditions: ColumnElement[bool],
) -> ColumnElement[bool]:
    own = table.organisation_id == Organisation.id
    return (
        select(table.id)
        .where(own, valid_on(table, on), *conditions)
        .correlate(Organisation)
        .exists()
    )


def _holds(stars: Stars, on: date) -> ColumnElement[bool]:
    if stars is Stars.ANY:
        return Organisation.id.in_(figures.holders_of_certificates(on))
    return Organisation.id.in_(figures.holders_of_stars(int(stars.value), on))


def _founded(first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Answer the conditions that it was founded in the stretch.

    Of whom only the year is known, the whole year must lie in it: nothing is guessed.
    """
    by_year = Organisation.founded_precision == DatePrecision.YEAR
    latest = case(
        (by_year, Organisation.founded_on + REST_OF_THE_YEAR), else_=Organisation.founded_on
    )
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(Organisation.founded_on >= first)
    if last is not None:
        found.append(latest <= last)
    return found


def _reached_by(reach: Reach) -> ColumnElement[bool]:
    usable = identity.has(
        ContactPoint,
        ContactPoint.channel.in_(WAYS[reach]),
        ContactPoint.held_at.is_(None),
        ContactPoint.dead_at.is_(None),
        ContactPoint.unsubscribed_at.is_(None),
    )
    return usable if reach in {Reach.EMAIL, Reach.PHONE} else ~usable
