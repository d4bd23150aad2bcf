"""Keeping OCOP certificates: issued, withdrawn, passed on. Nothing that was is overwritten."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.existence import check_existence
from coopevents.directory.figures import STARS, holder_on
from coopevents.directory.models import OcopCertificate, OcopTransfer, Organisation
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day
from coopevents.ocop import queries


@dataclass(frozen=True)
class Ranking:
    """What a decision says of a product."""

    product: str
    stars: int
    decision: str
    issued_on: date


def enter_certificate(organisation: Organisation, ranking: Ranking) -> OcopCertificate:
    """Write that a product of the organisation was ranked. Raises InputError for what cannot be."""
    told = _columns(organisation, ranking)
    certificate = OcopCertificate(organisation=organisation, recorded_by_id=_user_id(), **told)
    db.session.add(certificate)
    db.session.flush()
    changes = {"organisation_id": organisation.id, **told}
    _tell("ocop.entered", certificate, {name: (None, value) for name, value in changes.items()})
    return certificate


def correct_certificate(certificate: OcopCertificate, ranking: Ranking, reason: str) -> None:
    """Put right what was typed wrong; the audit keeps what stood there before, and the reason."""
    reason = _needed(reason, "reason")
    _lock(certificate)
    told = _columns(certificate.organisation, ranking, apart_from=certificate)
    first = _first_act_on(certificate)
    if first is not None and ranking.issued_on > first:
        raise InputError.at(
            "issued_on", _("It was passed on or withdrawn on %(day)s already.", day=day(first))
        )
    changes: dict[str, tuple[Any, Any]] = {
        name: (getattr(certificate, name), value)
        for name, value in told.items()
        if getattr(certificate, name) != value
    }
    if not changes:
        return
    for name, value in told.items():
        setattr(certificate, name, value)
    _tell("ocop.corrected", certificate, {**changes, "reason": (None, reason)})


def withdraw(certificate: OcopCertificate, withdrawn_on: date, reason: str) -> None:
    """Let the certificate be valid no longer from that day on, for a reason."""
    reason = _needed(reason, "reason")
    _lock(certificate)
    if certificate.withdrawn_on is not None:
        raise DomainError(
            _("It was withdrawn already, on %(day)s.", day=day(certificate.withdrawn_on))
        )
    _check_valid(certificate, withdrawn_on, "withdrawn_on")
    _check_not_passed_on(certificate, withdrawn_on, "withdrawn_on")
    certificate.withdrawn_on = withdrawn_on
    certificate.withdrawn_reason = reason
    changes = {"withdrawn_on": (None, withdrawn_on), "withdrawn_reason": (None, reason)}
    _tell("ocop.withdrawn", certificate, changes)


def _check_not_passed_on(certificate: OcopCertificate, on: date, field: str) -> None:
    """Refuse a day on or before which it was passed on: whoever holds it since did so later."""
    standing = [t for t in queries.transfers_of(certificate) if t.undone_at is None]
    if standing and standing[-1].transferred_on >= on:
        raise InputError.at(
            field, _("It was passed on already on %(day)s.", day=day(standing[-1].transferred_on))
        )


def take_back_withdrawal(certificate: OcopCertificate, reason: str) -> None:
    """Let stand what was withdrawn by mistake; the audit keeps the withdrawal and the reason."""
    reason = _needed(reason, "reason")
    _lock(certificate)
    if certificate.withdrawn_on is None:
        raise DomainError(_("This certificate was not withdrawn."))
    changes = {
        "withdrawn_on": (certificate.withdrawn_on, None),
        "withdrawn_reason": (certificate.withdrawn_reason, None),
        "reason": (None, reason),
    }
    certificate.withdrawn_on = certificate.withdrawn_reason = None
    _tell("ocop.withdrawal_taken_back", certificate, changes)


def transfer(
    certificate: OcopCertificate, to: Organisation, transferred_on: date, document: str
) -> OcopTransfer:
    """Let the other organisation hold the certificate from that day on, by a document.

    Whoever held it before still held it until then. Raises InputError when it was not valid on
    that day, when the other did not exist then, or when it was passed on later already.
    """
    document = _needed(document, "document")
    _lock(certificate)
    _check_valid(certificate, transferred_on, "transferred_on")
    check_existence(to, transferred_on, "transferred_on")
    _check_not_passed_on(certificate, transferred_on, "transferred_on")
    if to.register_id != certificate.organisation.register_id:
        raise DomainError(_("The organisations stand in different registers."))
    before = _holder(certificate, transferred_on)
    if before == to.id:
        raise InputError.at("to", _("It holds this certificate already."))
    row = OcopTransfer(
        certificate_id=certificate.id,
        organisation=to,
        transferred_on=transferred_on,
        document=document,
        recorded_by_id=_user_id(),
    )
    db.session.add(row)
    changes = {
        "organisation_id": (before, to.id),
        "transferred_on": (None, transferred_on),
        "document": (None, document),
    }
    _tell("ocop.transferred", certificate, changes)
    return row


def take_back_transfer(certificate: OcopCertificate, row: OcopTransfer, reason: str) -> None:
    """Let a transfer recorded by mistake count for no day. Only the last one can be taken back."""
    reason = _needed(reason, "reason")
    _lock(certificate)
    standing = [t for t in queries.transfers_of(certificate) if t.undone_at is None]
    if row not in standing:
        raise DomainError(_("This transfer was taken back already."))
    if row is not standing[-1]:
        raise DomainError(_("Take the later transfer back first."))
    row.undone_at = clock.now()
    row.undone_by_id = _user_id()
    changes = {
        "organisation_id": (row.organisation_id, None),
        "transferred_on": (row.transferred_on, None),
        "reason": (None, reason),
    }
    _tell("ocop.transfer_taken_back", certificate, changes)


def _columns(
    organisation: Organisation, ranking: Ranking, *, apart_from: OcopCertificate | None = None
) -> dict[str, Any]:
    product = _needed(ranking.product, "product")
    decision = _needed(ranking.decision, "decision")
    if ranking.stars not in STARS:
        raise InputError.at("stars", _("A certificate has three to five stars."))
    if ranking.issued_on > clock.today():
        raise InputError.at(
            "issued_on", _("%(day)s lies in the future.", day=day(ranking.issued_on))
        )
    check_existence(organisation, ranking.issued_on, "issued_on")
    same = select(OcopCertificate.id).where(
        OcopCertificate.organisation_id == organisation.id,
        OcopCertificate.product == product,
        OcopCertificate.decision == decision,
        OcopCertificate.issued_on == ranking.issued_on,
    )
    if apart_from is not None:
        same = same.where(OcopCertificate.id != apart_from.id)
    if db.session.scalar(same) is not None:
        raise InputError.at("product", _("This certificate stands in the register already."))
    return {
        "product": product,
        "stars": ranking.stars,
        "decision": decision,
        "issued_on": ranking.issued_on,
    }


def _first_act_on(certificate: OcopCertificate) -> date | None:
    days = [t.transferred_on for t in queries.transfers_of(certificate) if t.undone_at is None]
    return min([*days, *filter(None, [certificate.withdrawn_on])], default=None)


def _check_valid(certificate: OcopCertificate, on: date, field: str) -> None:
    if not queries.is_valid_on(certificate, on):
        raise InputError.at(field, _("The certificate was not valid on %(day)s.", day=day(on)))


def _holder(certificate: OcopCertificate, on: date) -> int | None:
    return db.session.scalar(
        select(holder_on(on))
        .select_from(OcopCertificate)
        .where(OcopCertificate.id == certificate.id)
    )


def _lock(certificate: OcopCertificate) -> None:
    # Of two officers who pass it on or withdraw it at the same moment, the second sees the first.
    db.session.refresh(certificate, with_for_update={"of": OcopCertificate})


def _needed(text: str, field: str) -> str:
    cleaned = names.clean(text)
    if not cleaned:
        raise InputError.at(field, _("Please fill this in."))
    return cleaned


def _tell(act: str, certificate: OcopCertificate, changes: dict[str, tuple[Any, Any]]) -> None:
    db.session.flush()
    audit.record(act, "ocop_certificate", certificate.id, changes=changes)


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
