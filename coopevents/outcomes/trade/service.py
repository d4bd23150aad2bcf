"""Who takes part in a trade promotion: stands, the products shown there, the buyers met."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from coopevents import access, names
from coopevents.attendance.grid import LISTED_KINDS
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import checks
from coopevents.directory.contacts import normal_email, normal_phone
from coopevents.directory.existence import check_existence
from coopevents.directory.models import Organisation
from coopevents.errors import DomainError, InputError
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.ocop.queries import CertificateLine
from coopevents.outcomes.trade import queries
from coopevents.outcomes.trade.models import (
    TradeBuyer,
    TradeMeeting,
    TradeProduct,
    TradeResult,
    TradeStand,
)

MOST_STANDS = 500


@dataclass(frozen=True)
class BuyerEntry:
    """A buyer as it is typed."""

    name: str
    unit: str = ""
    phone: str = ""
    email: str = ""


def enter_stand(
    event: Event, organisation: Organisation, stands: int, label: str = ""
) -> TradeStand:
    """Let the organisation take part with so many stands. Entering the same twice enters it once.

    Raises InputError for what cannot be, or where it stands there with another number already.
    """
    lock(event)
    checks.require_kept(organisation)
    if organisation.register_id != event.programme.register_id:
        raise DomainError(_("There is no such organisation."), status=404)
    if organisation.kind not in LISTED_KINDS:
        raise InputError.at(
            "stands", _("Only cooperatives, groups and unions of cooperatives are counted here.")
        )
    told = {"stands": _number(stands), "label": names.clean(label)}
    on = queries.day_of(event)
    if on is not None:
        check_existence(organisation, on, "stands")
    known = queries.find_stand(event, organisation.id)
    if known is not None:
        if (known.stands, known.label) == (told["stands"], told["label"]):
            return known
        raise InputError.at("stands", _("This organisation has its stands already: change them."))
    stand = TradeStand(event=event, organisation=organisation, recorded_by_id=user_id(), **told)
    db.session.add(stand)
    db.session.flush()
    tell("trade.stand_entered", "trade_stand", stand.id, event, new(told))
    return stand


def change_stand(stand: TradeStand, stands: int, label: str) -> None:
    """Give the organisation another number of stands, or another place."""
    told = {"stands": _number(stands), "label": names.clean(label)}
    _change("trade.stand_changed", "trade_stand", stand, told, stand.event)


def remove_stand(stand: TradeStand) -> None:
    """Let an organisation entered by mistake take no part.

    Raises DomainError while products, meetings or results hang on it.
    """
    event = stand.event
    lock(event)
    here = (stand.event_id, stand.organisation_id)
    hanging: tuple[tuple[Any, Any], ...] = (
        (TradeProduct, TradeProduct.stand_id == stand.id),
        (
            TradeMeeting,
            (TradeMeeting.event_id == here[0]) & (TradeMeeting.organisation_id == here[1]),
        ),
        (TradeResult, (TradeResult.event_id == here[0]) & (TradeResult.organisation_id == here[1])),
    )
    for table, condition in hanging:
        if db.session.scalar(select(table.id).where(condition).limit(1)) is not None:
            raise DomainError(
                _("Products, meetings or results are told of this organisation: it took part.")
            )
    changes = {"organisation_id": (stand.organisation_id, None), "stands": (stand.stands, None)}
    tell("trade.stand_removed", "trade_stand", stand.id, event, changes)
    db.session.delete(stand)
    db.session.flush()


def show_product(stand: TradeStand, name: str, certificate_id: int | None = None) -> TradeProduct:
    """Write that a product was shown; its stars are kept where the certificate was valid that day.

    Entering the same twice enters it once. Raises InputError for a certificate the organisation
    did not hold.
    """
    lock(stand.event)
    name = filled(name, "name")
    line = _certificate(stand, certificate_id) if certificate_id is not None else None
    known = db.session.scalar(
        select(TradeProduct).where(
            TradeProduct.stand_id == stand.id, TradeProduct.name_fold == names.fold(name)
        )
    )
    if known is not None:
        if known.certificate_id == certificate_id:
            return known
        raise InputError.at("name", _("This product stands there already."))
    product = TradeProduct(
        stand_id=stand.id,
        name=name,
        name_fold=names.fold(name),
        certificate_id=certificate_id,
        stars=line.certificate.stars if line and line.state in queries.VALID else None,
        recorded_by_id=user_id(),
    )
    db.session.add(product)
    db.session.flush()
    told = {"name": name, "certificate_id": certificate_id, "stars": product.stars}
    tell("trade.product_shown", "trade_product", product.id, stand.event, new(told))
    return product


def remove_product(product: TradeProduct) -> None:
    """Let a product entered by mistake be none that was shown."""
    changes = {"name": (product.name, None), "stars": (product.stars, None)}
    event = product.stand.event
    lock(event)
    tell("trade.product_removed", "trade_product", product.id, event, changes)
    db.session.delete(product)
    db.session.flush()


def meet_buyer(stand: TradeStand, buyer: TradeBuyer, note: str = "") -> TradeMeeting:
    """Write that the organisation met the buyer there. Once is enough: the same twice is once."""
    lock(stand.event)
    if buyer.programme_id != stand.event.programme_id:
        raise DomainError(_("There is no such buyer."), status=404)
    note = names.clean(note)
    known = db.session.scalar(
        select(TradeMeeting).where(
            TradeMeeting.event_id == stand.event_id,
            TradeMeeting.organisation_id == stand.organisation_id,
            TradeMeeting.buyer_id == buyer.id,
        )
    )
    if known is not None:
        if known.note == note:
            return known
        raise InputError.at("note", _("That they met here stands there already."))
    meeting = TradeMeeting(
        event=stand.event,
        organisation_id=stand.organisation_id,
        buyer=buyer,
        note=note,
        recorded_by_id=user_id(),
    )
    db.session.add(meeting)
    db.session.flush()
    told = {"organisation_id": stand.organisation_id, "buyer_id": buyer.id, "note": note}
    tell("trade.buyer_met", "trade_meeting", meeting.id, stand.event, new(told))
    return meeting


def meet_new_buyer(
    stand: TradeStand, entry: BuyerEntry, submission: UUID, note: str = ""
) -> TradeMeeting:
    """Enter a buyer nobody knew, and that the organisation met it. Sent twice it is one."""
    lock(stand.event)
    told = _buyer(entry)
    programme_id = stand.event.programme_id
    buyer = db.session.scalar(select(TradeBuyer).where(TradeBuyer.submission == submission))
    if buyer is None:
        buyer = TradeBuyer(
            programme_id=programme_id, submission=submission, created_by_id=user_id(), **told
        )
        db.session.add(buyer)
        db.session.flush()
        tell("trade.buyer_entered", "trade_buyer", buyer.id, stand.event, new(told))
    return meet_buyer(stand, buyer, note)


def change_buyer(buyer: TradeBuyer, entry: BuyerEntry) -> None:
    """Put right what stands of a buyer; the audit keeps what stood there before."""
    _change("trade.buyer_changed", "trade_buyer", buyer, _buyer(entry), None)


def remove_meeting(meeting: TradeMeeting) -> None:
    """Let a meeting written by mistake be none. The buyer stays known."""
    event = meeting.event
    lock(event)
    changes = {"buyer_id": (meeting.buyer_id, None), "note": (meeting.note, None)}
    tell("trade.meeting_removed", "trade_meeting", meeting.id, event, changes)
    db.session.delete(meeting)
    db.session.flush()


def _certificate(stand: TradeStand, certificate_id: int) -> CertificateLine:
    on = queries.day_of(stand.event)
    held = queries.certificates_for(stand, on) if on is not None else []
    for line in held:
        if line.certificate.id == certificate_id:
            return line
    raise InputError.at(
        "certificate_id", _("The organisation did not hold this certificate on that day.")
    )


def _buyer(entry: BuyerEntry) -> dict[str, Any]:
    name, unit = filled(entry.name, "name"), names.clean(entry.unit)
    return {
        "name": name,
        "unit": unit,
        "search_fold": names.fold(f"{name} {unit}"),
        "phone": _normal(normal_phone, entry.phone, "phone"),
        "email": _normal(normal_email, entry.email, "email"),
    }


def _normal(normal: Callable[[str], str], typed: str, field: str) -> str | None:
    clean = names.clean(typed)
    if not clean:
        return None
    try:
        return normal(clean)
    except InputError as error:
        raise InputError.at(field, error.message) from error


def _number(stands: int) -> int:
    if not 1 <= stands <= MOST_STANDS:
        raise InputError.at(
            "stands", _("Give a number of stands from 1 to %(most)s.", most=MOST_STANDS)
        )
    return stands


def _change(act: str, kind: str, row: Any, told: dict[str, Any], event: Event | None) -> None:
    changes = {
        name: (getattr(row, name), value)
        for name, value in told.items()
        if getattr(row, name) != value
    }
    if not changes:
        return
    for name, value in told.items():
        setattr(row, name, value)
    db.session.flush()
    tell(act, kind, row.id, event, changes)


def lock(event: Event) -> None:
    """Hold the activity, so that of two who write at once the second sees what the first wrote.

    Raises DomainError for one that was cancelled: nothing came of it.
    """
    db.session.execute(select(Event.id).where(Event.id == event.id).with_for_update())
    if event.state is EventState.CANCELLED:
        raise DomainError(_("The activity was cancelled: nothing can be told of it."))


def filled(text: str, field: str) -> str:
    """Answer the clean text. Raises InputError that names the field for an empty one."""
    clean = names.clean(text)
    if not clean:
        raise InputError.at(field, _("Please fill this in."))
    return clean


def new(told: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Answer what the audit keeps of something new."""
    return {name: (None, value) for name, value in told.items()}


def tell(
    act: str, kind: str, id_: int, event: Event | None, changes: dict[str, tuple[Any, Any]]
) -> None:
    """Have the act written down, with the activity it is about."""
    if event is not None:
        changes = {"event_id": (None, event.id), **changes}
    audit.record(act, kind, id_, changes=changes)


def user_id() -> int | None:
    """Answer who writes, if it is a person."""
    who = access.actor()
    return who.id if who.kind == "user" else None
