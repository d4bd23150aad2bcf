from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, cast, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from coopevents import names
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.figures import OCOP_VALIDITY, certificate_valid_on, holder_on
from coopevents.directory.models import (
    OcopCertificate,
    OcopTransfer,
    Organisation,
    OrganisationName,
    Register,
)
from coopevents.directory.queries import name_on
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _

SOON = timedelta(days=90)
"""How long before its end a certificate is shown as expiring: time to have it ranked anew."""

Rows = Select[*tuple[Any, ...]]
"""A statement that answers rows of several columns."""


class CertificateState(StrEnum):
    """What became of a certificate by a day. One that expires soon is valid too."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class CertificateLine:
    """A certificate as it stood on a day, and who held it then."""

    certificate: OcopCertificate
    holder_id: int
    holder: str
    ends_on: date
    state: CertificateState

    @property
    def cursor(self) -> str:
        """Answer where the next page begins."""
        return f"{self.certificate.issued_on.isoformat()}.{self.certificate.id}"


@dataclass(frozen=True)
class CertificatePage:
    """Some certificates in order, and where the next ones begin."""

    items: list[CertificateLine]
    next: str | None


@dataclass(frozen=True)
class CertificatesOfOrganisation:
    """What an organisation holds, valid or not, and what it passed on to another."""

    held: list[CertificateLine]
    passed_on: list[CertificateLine]


def get_certificate(certificate_id: int, register_id: int | None) -> OcopCertificate:
    """Answer the certificate, if it is of the register. Raises NotFoundError otherwise."""
    certificate = db.session.get(
        OcopCertificate, certificate_id, options=[joinedload(OcopCertificate.organisation)]
    )
    if certificate is None or certificate.organisation.register_id != register_id:
        raise NotFoundError(_("There is no such certificate."))
    return certificate


def get_transfer(transfer_id: int, certificate: OcopCertificate) -> OcopTransfer:
    """Answer the transfer, if it is of the certificate. Raises NotFoundError otherwise."""
    transfer = db.session.get(OcopTransfer, transfer_id)
    if transfer is None or transfer.certificate_id != certificate.id:
        raise NotFoundError(_("There is no such transfer."))
    return transfer


def get_line(certificate: OcopCertificate, day: date) -> CertificateLine:
    """Answer the certificate as it stood on the day."""
    return lines_of([certificate.id], day)[0]


def lines_of(certificate_ids: Collection[int], day: date) -> list[CertificateLine]:
    """Answer these certificates as they stood on the day, those that end first at the head."""
    return _lines(_all(day).where(OcopCertificate.id.in_(certificate_ids)).order_by(*_place()), day)


def list_certificates(
    register: Register,
    day: date,
    *,
    state: CertificateState | None = None,
    stars: int | None = None,
    q: str | None = None,
    after: str | None = None,
    limit: int | None = 50,
) -> CertificatePage:
    """Answer the certificates issued by the day, as they stood on it.

    What is valid comes in the order in which it ends; what is over, the latest first. `q` is
    looked for in products and in the names of their holders and ignores marks. `limit` None
    answers all. Raises InputError for an `after` that is no cursor.
    """
    over = state in {CertificateState.EXPIRED, CertificateState.WITHDRAWN}
    found = (
        _all(day)
        .join(Organisation, Organisation.id == holder_on(day))
        .where(Organisation.register_id == register.id)
        .order_by(*(column.desc() if over else column.asc() for column in _place()))
    )
    if state is not None:
        found = found.where(_is(state, day))
    if stars is not None:
        found = found.where(OcopCertificate.stars == stars)
    if q:
        found = found.where(_is_called(register, q))
    if after is not None:
        here, there = tuple_(*_place()), tuple_(*_cursor(after))
        found = found.where(here < there if over else here > there)
    lines = _lines(found if limit is None else found.limit(limit + 1), day)
    more = limit is not None and len(lines) > limit
    shown = lines[:limit]
    return CertificatePage(items=shown, next=shown[-1].cursor if more else None)


def count_by_state(register: Register, day: date) -> dict[CertificateState, int]:
    """Answer how many certificates stand in each state: each is the length of that list.

    Those that expire soon are valid, and counted in both.
    """
    counts = db.session.execute(
        select(*(func.count().filter(_is(state, day)) for state in CertificateState))
        .select_from(OcopCertificate)
        .join(Organisation, Organisation.id == holder_on(day))
        .where(Organisation.register_id == register.id)
    ).one()
    return dict(zip(CertificateState, counts, strict=True))


def of_organisation(organisation_id: int, day: date) -> CertificatesOfOrganisation:
    """Answer what the organisation holds on the day, and what it held and passed on by then."""
    entries = identity.with_merged([organisation_id])
    received = select(OcopTransfer.certificate_id).where(
        OcopTransfer.organisation_id.in_(entries),
        OcopTransfer.undone_at.is_(None),
        OcopTransfer.transferred_on <= day,
    )
    found = _all(day).where(
        or_(OcopCertificate.organisation_id.in_(entries), OcopCertificate.id.in_(received))
    )
    lines = _lines(found.order_by(*(column.desc() for column in _place())), day)
    return CertificatesOfOrganisation(
        held=[line for line in lines if line.holder_id == organisation_id],
        passed_on=[line for line in lines if line.holder_id != organisation_id],
    )


def transfers_of(certificate: OcopCertificate) -> list[OcopTransfer]:
    """Answer every transfer of the certificate in order, those taken back too."""
    return list(
        db.session.scalars(
            select(OcopTransfer)
            .where(OcopTransfer.certificate_id == certificate.id)
            .order_by(OcopTransfer.transferred_on, OcopTransfer.id)
        )
    )


def is_valid_on(certificate: OcopCertificate, day: date) -> bool:
    """Whether the certificate was valid on the day, by the rule the figures count with."""
    return (
        db.session.scalar(
            select(OcopCertificate.id).where(
                OcopCertificate.id == certificate.id, certificate_valid_on(day)
            )
        )
        is not None
    )


def _ends_on() -> ColumnElement[date]:
    """Answer the first day on which a certificate is valid no longer."""
    return cast(OcopCertificate.issued_on + OCOP_VALIDITY, Date)


def _all(day: date) -> Rows:
    return select(
        OcopCertificate, holder_on(day).label("holder_id"), _ends_on().label("ends_on")
    ).where(OcopCertificate.issued_on <= day)


def _place() -> list[Any]:
    return [OcopCertificate.issued_on, OcopCertificate.__table__.c.id]


def _lines(found: Rows, day: date) -> list[CertificateLine]:
    rows = db.session.execute(found).all()
    holders = name_on({row.holder_id for row in rows}, day)
    return [
        CertificateLine(
            certificate=row.OcopCertificate,
            holder_id=row.holder_id,
            holder=holders.get(row.holder_id, ""),
            ends_on=row.ends_on,
            state=_state(row.OcopCertificate, row.ends_on, day),
        )
        for row in rows
    ]


def _state(certificate: OcopCertificate, ends_on: date, day: date) -> CertificateState:
    if certificate.withdrawn_on is not None and certificate.withdrawn_on <= day:
        return CertificateState.WITHDRAWN
    if ends_on <= day:
        return CertificateState.EXPIRED
    return CertificateState.EXPIRING if ends_on <= day + SOON else CertificateState.VALID


def _is(state: CertificateState, day: date) -> ColumnElement[bool]:
    withdrawn = OcopCertificate.withdrawn_on <= day
    conditions = {
        CertificateState.VALID: certificate_valid_on(day),
        CertificateState.EXPIRING: certificate_valid_on(day) & (_ends_on() <= day + SOON),
        CertificateState.EXPIRED: (_ends_on() <= day) & withdrawn.is_not(True),
        CertificateState.WITHDRAWN: withdrawn & (OcopCertificate.issued_on <= day),
    }
    return conditions[state]


def _is_called(register: Register, q: str) -> ColumnElement[bool]:
    pattern = names.search_pattern(q)
    holders = select(OrganisationName.organisation_id).where(
        OrganisationName.name_fold.like(pattern)
    )
    # A province has some thousand products at most, whose names have no folded column.
    products = db.session.execute(
        select(OcopCertificate.id, OcopCertificate.product)
        .join(OcopCertificate.organisation)
        .where(Organisation.register_id == register.id)
    )
    folded = names.fold(q)
    called = [id_ for id_, product in products if folded in names.fold(product)]
    return or_(Organisation.id.in_(holders), OcopCertificate.id.in_(called))


def _cursor(after: str) -> tuple[date, int]:
    try:
        day, id_ = after.split(".")
        return date.fromisoformat(day), int(id_)
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error
