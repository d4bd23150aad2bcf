"""The register's published figures: each one a list of rows, counted."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from coopevents.accounts.models import HostBody
from coopevents.db import Json, db
from coopevents.directory import identity
from coopevents.directory.classification import WOMEN_HEADED, Rule, women_led
from coopevents.directory.models import (
    HeadCount,
    OcopCertificate,
    OcopTransfer,
    Organisation,
    OrganisationKind,
    OrganisationSupport,
    Register,
    SupportKind,
)
from coopevents.directory.queries import operating

OCOP_VALIDITY: ColumnElement[timedelta] = literal_column("interval '36 months'")
"""Added to a day it gives the same day three years on, or the last day of that month."""

COOPERATIVES = frozenset({OrganisationKind.COOPERATIVE})
GROUPS = frozenset({OrganisationKind.COOPERATIVE_GROUP})
WOMENS_UNION = "womens_union"
STARS = (3, 4, 5)


@dataclass(frozen=True)
class Figure:
    """A number and the ids of the organisations behind it."""

    organisations: Select[int]

    @property
    def value(self) -> int:
        """How many organisations there are."""
        return (
            db.session.scalar(select(func.count()).select_from(self.organisations.subquery())) or 0
        )

    def ids(self) -> list[int]:
        """Answer the organisations behind the number."""
        return list(db.session.scalars(self.organisations.order_by(Organisation.id)))


@dataclass(frozen=True)
class MemberFigure:
    """A sum of members and the head counts behind it."""

    head_counts: Select[int]

    @property
    def value(self) -> int:
        """How many members the head counts tell of; those that tell nothing add nothing."""
        return (
            db.session.scalar(
                select(func.coalesce(func.sum(HeadCount.members), 0)).where(
                    HeadCount.id.in_(self.head_counts)
                )
            )
            or 0
        )

    def ids(self) -> list[int]:
        """Answer the head counts behind the number."""
        return list(
            db.session.scalars(
                select(HeadCount.id)
                .where(HeadCount.id.in_(self.head_counts))
                .order_by(HeadCount.id)
            )
        )


@dataclass(frozen=True)
class RegisterStats:
    """The figures that are published of a register, on one day, by one rule."""

    as_of: date
    rule: Rule
    cooperatives: Figure
    groups: Figure
    women_led_cooperatives: Figure
    ocop_cooperatives: Figure
    ocop_women_led: Figure
    ocop_women_led_by_star: dict[int, Figure]
    supported_cooperatives: Figure
    supported_groups: Figure
    supported_members: MemberFigure

    def as_json(self) -> Json:
        """Answer the figures as the command line and the API give them."""
        return {
            "cooperatives": self.cooperatives.value,
            "groups": self.groups.value,
            "women_led_cooperatives": self.women_led_cooperatives.value,
            "ocop_cooperatives": self.ocop_cooperatives.value,
            "ocop_women_led": self.ocop_women_led.value,
            "ocop_women_led_by_star": {
                str(stars): figure.value for stars, figure in self.ocop_women_led_by_star.items()
            },
            "union_supported": {
                "cooperatives": self.supported_cooperatives.value,
                "groups": self.supported_groups.value,
                "members": self.supported_members.value,
            },
        }


def register_stats(
    register: Register,
    as_of: date,
    rule: Rule = WOMEN_HEADED,
    *,
    ground: Select[int] | None = None,
) -> RegisterStats:
    """Answer the register's figures on the day, or those of the communes of `ground` only."""
    cooperatives = operating(register, as_of, COOPERATIVES, ground=ground)
    groups = operating(register, as_of, GROUPS, ground=ground)
    led = Organisation.id.in_(women_led(rule, as_of))
    with_ocop = Organisation.id.in_(holders_of_certificates(as_of))
    supported = Organisation.id.in_(supported_by(WOMENS_UNION, as_of))
    both = operating(register, as_of, COOPERATIVES | GROUPS, ground=ground)
    return RegisterStats(
        as_of=as_of,
        rule=rule,
        cooperatives=Figure(cooperatives),
        groups=Figure(groups),
        women_led_cooperatives=Figure(cooperatives.where(led)),
        ocop_cooperatives=Figure(cooperatives.where(with_ocop)),
        ocop_women_led=Figure(cooperatives.where(with_ocop, led)),
        ocop_women_led_by_star={
            stars: Figure(
                cooperatives.where(led, Organisation.id.in_(holders_of_stars(stars, as_of)))
            )
            for stars in STARS
        },
        supported_cooperatives=Figure(cooperatives.where(supported)),
        supported_groups=Figure(groups.where(supported)),
        supported_members=MemberFigure(latest_head_counts(both.where(supported), as_of)),
    )


def certificate_valid_on(day: date) -> ColumnElement[bool]:
    """Answer the condition that a certificate was valid on the day.

    It is from its issue on for 36 months; on the very day it ends it is valid no longer.
    """
    return and_(
        OcopCertificate.issued_on <= day,
        OcopCertificate.issued_on + OCOP_VALIDITY > day,
        or_(OcopCertificate.withdrawn_on.is_(None), OcopCertificate.withdrawn_on > day),
    )


def holder_on(day: date) -> ColumnElement[int]:
    """Answer who held a certificate on the day: whom it was last passed to, else its first owner.

    It is a part of a statement over `OcopCertificate`. Transfers taken back count for no day.
    """
    last = (
        select(OcopTransfer.organisation_id)
        .where(
            OcopTransfer.certificate_id == OcopCertificate.id,
            OcopTransfer.transferred_on <= day,
            OcopTransfer.undone_at.is_(None),
        )
        .order_by(OcopTransfer.transferred_on.desc())
        .limit(1)
        .correlate(OcopCertificate)
        .scalar_subquery()
    )
    holder = aliased(Organisation)
    # What a merged entry holds is held by the one that was kept.
    return (
        select(func.coalesce(holder.duplicate_of_id, holder.id))
        .where(holder.id == func.coalesce(last, OcopCertificate.organisation_id))
        .correlate(OcopCertificate)
        .scalar_subquery()
    )


def held_on(day: date) -> Subquery:
    """Answer the certificates valid on the day: certificate_id, organisation_id (holder), stars."""
    return (
        select(
            OcopCertificate.id.label("certificate_id"),
            holder_on(day).label("organisation_id"),
            OcopCertificate.stars,
        )
        .where(certificate_valid_on(day))
        .subquery("held")
    )


def holders_of_certificates(day: date) -> Select[int]:
    """Answer the ids of the organisations that held a valid OCOP certificate on the day."""
    return select(held_on(day).c.organisation_id).distinct()


def holders_of_stars(stars: int, day: date) -> Select[int]:
    """Answer the ids of the organisations whose highest valid certificate had so many stars."""
    held = held_on(day)
    return (
        select(held.c.organisation_id)
        .group_by(held.c.organisation_id)
        .having(func.max(held.c.stars) == stars)
    )


def supported_by(body_key: str, day: date) -> Select[int]:
    """Answer the ids of the organisations the body had helped to found by the day."""
    return identity.with_kept(
        select(OrganisationSupport.organisation_id)
        .join(HostBody, HostBody.id == OrganisationSupport.body_id)
        .where(
            HostBody.key == body_key,
            OrganisationSupport.kind == SupportKind.FOUNDING,
            or_(
                OrganisationSupport.supported_on.is_(None),
                OrganisationSupport.supported_on <= day,
            ),
        )
    )


def latest_head_counts(organisations: Select[int], day: date) -> Select[int]:
    """Answer the ids of each organisation's last head count of the day or before it.

    Of two entries that are one, the later count holds; on one day the kept entry's.
    """
    wanted = organisations.with_only_columns(Organisation.id).cte("wanted")
    merged = identity.merged_organisations()
    entries = union_all(
        select(wanted.c.id, wanted.c.id.label("kept_id")),
        select(merged.c.id, merged.c.kept_id).join(wanted, wanted.c.id == merged.c.kept_id),
    ).subquery("entries")
    return (
        select(HeadCount.id)
        .join(entries, entries.c.id == HeadCount.organisation_id)
        .where(HeadCount.as_of <= day)
        .ext(distinct_on(entries.c.kept_id))
        .order_by(
            entries.c.kept_id,
            HeadCount.as_of.desc(),
            (entries.c.id == entries.c.kept_id).desc(),
            entries.c.id,
        )
    )
