"""The two figures of OCOP, as of a day: organisations by highest valid star, products by star.

The programme's text gives "7 with four stars, 20 with three", which are cooperatives; elsewhere
the same province counts products. Source: domain model, ambiguity A2. Neither is ever put for
the other.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from coopevents.db import db
from coopevents.directory.classification import Rule, women_led
from coopevents.directory.figures import (
    STARS,
    Figure,
    certificate_valid_on,
    holder_on,
    holders_of_stars,
)
from coopevents.directory.models import OcopCertificate, Organisation, OrganisationKind, Register
from coopevents.directory.queries import operating


@dataclass(frozen=True)
class ProductFigure:
    """A number of products and the certificates behind it."""

    certificates: Select[int]

    @property
    def value(self) -> int:
        """How many products there are: a certificate is of one product."""
        return (
            db.session.scalar(select(func.count()).select_from(self.certificates.subquery())) or 0
        )

    def ids(self) -> list[int]:
        """Answer the certificates behind the number."""
        return list(db.session.scalars(self.certificates.order_by(OcopCertificate.id)))


def organisations_by_star(
    register: Register,
    day: date,
    *,
    rule: Rule | None = None,
    kinds: Collection[OrganisationKind] | None = None,
) -> dict[int, Figure]:
    """Answer the operating organisations by the highest star they held on the day.

    Each stands under one star only. With a `rule`, those that it calls women-led; with `kinds`,
    those of these kinds.
    """
    holders = _holders(register, day, rule, kinds)
    return {
        stars: Figure(holders.where(Organisation.id.in_(holders_of_stars(stars, day))))
        for stars in STARS
    }


def products_by_star(
    register: Register,
    day: date,
    *,
    rule: Rule | None = None,
    kinds: Collection[OrganisationKind] | None = None,
) -> dict[int, ProductFigure]:
    """Answer the products with a certificate valid on the day, by star.

    Only products of operating organisations count, chosen by `rule` and `kinds` as above. A
    product that was ranked anew while its older certificate still runs counts once, by its
    highest star.
    """
    holder, product = holder_on(day), func.lower(OcopCertificate.product)
    best = (
        select(OcopCertificate.id, OcopCertificate.stars, holder.label("holder_id"))
        .where(certificate_valid_on(day))
        .ext(distinct_on(holder, product))
        .order_by(
            holder,
            product,
            OcopCertificate.stars.desc(),
            OcopCertificate.issued_on.desc(),
            OcopCertificate.id.desc(),
        )
        .subquery("best")
    )
    counted = (
        select(OcopCertificate.id)
        .join(best, best.c.id == OcopCertificate.id)
        .where(best.c.holder_id.in_(_holders(register, day, rule, kinds)))
    )
    return {stars: ProductFigure(counted.where(best.c.stars == stars)) for stars in STARS}


def certificates_without_holder(register: Register, day: date) -> ProductFigure:
    """Answer the valid certificates held by an organisation that was not operating on the day.

    They are in neither figure: after a merger, say, they are to be transferred.
    """
    return ProductFigure(
        select(OcopCertificate.id)
        .join(Organisation, Organisation.id == holder_on(day))
        .where(
            Organisation.register_id == register.id,
            Organisation.id.not_in(operating(register, day)),
            certificate_valid_on(day),
        )
    )


def _holders(
    register: Register,
    day: date,
    rule: Rule | None,
    kinds: Collection[OrganisationKind] | None,
) -> Select[int]:
    found = operating(register, day, kinds)
    return found if rule is None else found.where(Organisation.id.in_(women_led(rule, day)))
