from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents import clock, names
from coopevents.attendance import counting as attendance
from coopevents.attendance.grid import LISTED_KINDS
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.figures import certificate_valid_on
from coopevents.directory.models import OcopCertificate, Organisation
from coopevents.directory.queries import name_on
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.i18n import _
from coopevents.ocop import queries as ocop
from coopevents.ocop.queries import CertificateLine, CertificateState
from coopevents.outcomes.trade import tracing
from coopevents.outcomes.trade.models import (
    TradeBuyer,
    TradeContract,
    TradeContractMatch,
    TradeMeeting,
    TradeProduct,
    TradeResult,
    TradeStand,
)
from coopevents.programme.models import Programme
from coopevents.registrations.models import Representation

BUYERS = 20
"""So many buyers are offered to choose from; whoever misses one types more."""

VALID = frozenset({CertificateState.VALID, CertificateState.EXPIRING})


@dataclass(frozen=True)
class ShownProduct:
    """A product shown, and whether its stars are still those of the activity's day.

    They are not when the activity was moved, or the certificate corrected, since it was entered.
    """

    product: TradeProduct
    fits_the_day: bool


@dataclass(frozen=True)
class StandLine:
    """An organisation at an activity: called as on that day, with all that was told of it."""

    stand: TradeStand
    organisation_id: int
    name: str
    products: list[ShownProduct]
    meetings: list[TradeMeeting]
    contract_ids: list[int]


@dataclass(frozen=True)
class ResultRow:
    """A row of a contract's history, and whether it stands."""

    result: TradeResult
    stands: bool


@dataclass(frozen=True)
class Choice:
    """An organisation that may get a stand, and how the activity knows it."""

    id: int
    name: str
    is_represented: bool


def get_fair(event_id: int, programme_id: int | None) -> Event:
    """Answer the activity, if it is of a kind that takes results of trade.

    Raises NotFoundError otherwise.
    """
    event = events.get_event(event_id, programme_id)
    if not event.kind.takes_trade_results:
        raise NotFoundError(_("This kind of activity has no stands and no results of trade."))
    return event


def get_stand(stand_id: int, event: Event) -> TradeStand:
    """Answer the stand, if it is of the activity. Raises NotFoundError otherwise."""
    stand = db.session.get(TradeStand, stand_id, options=[joinedload(TradeStand.organisation)])
    if stand is None or stand.event_id != event.id:
        raise NotFoundError(_("There is no such stand."))
    return stand


def find_stand(event: Event, organisation_id: int) -> TradeStand | None:
    """Answer the stand of that entry of the register at the activity."""
    return db.session.scalar(
        select(TradeStand).where(
            TradeStand.event_id == event.id, TradeStand.organisation_id == organisation_id
        )
    )


def get_product(product_id: int, stand: TradeStand) -> TradeProduct:
    """Answer the product, if it was shown at the stand. Raises NotFoundError otherwise."""
    product = db.session.get(TradeProduct, product_id)
    if product is None or product.stand_id != stand.id:
        raise NotFoundError(_("There is no such product."))
    return product


def get_buyer(buyer_id: int, programme_id: int | None) -> TradeBuyer:
    """Answer the buyer, if the programme knows it. Raises NotFoundError otherwise."""
    buyer = db.session.get(TradeBuyer, buyer_id)
    if buyer is None or buyer.programme_id != programme_id:
        raise NotFoundError(_("There is no such buyer."))
    return buyer


def get_meeting(meeting_id: int, stand: TradeStand) -> TradeMeeting:
    """Answer the meeting, if it was at the stand. Raises NotFoundError otherwise."""
    meeting = db.session.get(TradeMeeting, meeting_id)
    here = (stand.event_id, stand.organisation_id)
    if meeting is None or (meeting.event_id, meeting.organisation_id) != here:
        raise NotFoundError(_("There is no such meeting."))
    return meeting


def get_contract(contract_id: int, programme_id: int | None) -> TradeContract:
    """Answer the contract, if it is of the programme. Raises NotFoundError otherwise."""
    contract = db.session.get(TradeContract, contract_id, options=[joinedload(TradeContract.buyer)])
    if contract is None or contract.programme_id != programme_id:
        raise NotFoundError(_("There is no such contract."))
    return contract


def get_result(result_id: int, programme_id: int | None) -> TradeResult:
    """Answer the result, if it is of the programme. Raises NotFoundError otherwise."""
    result = db.session.get(
        TradeResult,
        result_id,
        options=[joinedload(TradeResult.contract), joinedload(TradeResult.event)],
    )
    if result is None or result.contract.programme_id != programme_id:
        raise NotFoundError(_("There is no such result."))
    return result


def correction_of(result: TradeResult) -> TradeResult | None:
    """Answer the row that corrects or takes back the result, if one does."""
    return db.session.scalar(select(TradeResult).where(TradeResult.corrects_id == result.id))


def day_of(event: Event) -> date | None:
    """Answer the day an activity is judged on: its last held session, else its last planned one."""
    sessions = events.list_sessions(event)
    planned = [row.held_on for row in sessions if row.state is SessionState.PLANNED]
    return events.last_held_on(sessions) or max(planned, default=None)


def first_day_of(event: Event) -> date | None:
    """Answer the first day on which it is held, or planned to be."""
    stands = {SessionState.PLANNED, SessionState.HELD}
    return db.session.scalar(
        select(EventSession.held_on)
        .where(EventSession.event_id == event.id, EventSession.state.in_(stands))
        .order_by(EventSession.held_on)
        .limit(1)
    )


def list_stands(event: Event, day: date) -> list[StandLine]:
    """Answer who takes part, by name as on the day; in as many questions however many there are."""
    stands = db.session.scalars(
        select(TradeStand)
        .where(TradeStand.event_id == event.id)
        .options(joinedload(TradeStand.organisation))
    ).all()
    kept = identity.kept_ids({stand.organisation_id for stand in stands})
    called = name_on(set(kept.values()), day)
    products, meetings = _products(event, day), _meetings(event)
    contracts = _contracts_at(event, stands)
    lines = [
        StandLine(
            stand=stand,
            organisation_id=kept[stand.organisation_id],
            name=called.get(kept[stand.organisation_id], ""),
            products=products[stand.id],
            meetings=meetings[stand.organisation_id],
            contract_ids=contracts[stand.id],
        )
        for stand in stands
    ]
    return sorted(lines, key=lambda line: (names.sort_key(line.name), line.stand.id))


def _products(event: Event, day: date) -> dict[int, list[ShownProduct]]:
    valid = certificate_valid_on(day).label("is_valid")
    rows = db.session.execute(
        select(TradeProduct, valid)
        .join(TradeStand, TradeStand.id == TradeProduct.stand_id)
        .outerjoin(OcopCertificate, OcopCertificate.id == TradeProduct.certificate_id)
        .where(TradeStand.event_id == event.id)
        .order_by(TradeProduct.id)
    )
    found: dict[int, list[ShownProduct]] = defaultdict(list)
    for product, is_valid in rows:
        fits = bool(is_valid) is (product.stars is not None)
        found[product.stand_id].append(ShownProduct(product, fits))
    return found


def _meetings(event: Event) -> dict[int, list[TradeMeeting]]:
    found: dict[int, list[TradeMeeting]] = defaultdict(list)
    for meeting in db.session.scalars(
        select(TradeMeeting)
        .where(TradeMeeting.event_id == event.id)
        .options(joinedload(TradeMeeting.buyer))
        .order_by(TradeMeeting.id)
    ):
        found[meeting.organisation_id].append(meeting)
    return found


def _contracts_at(event: Event, stands: Sequence[TradeStand]) -> dict[int, list[int]]:
    """Answer by stand the contracts of which the activity claims something that stands.

    A contract of what the organisation was before it converted stands with the organisation.
    """
    corrected = select(TradeResult.corrects_id).where(TradeResult.corrects_id.is_not(None))
    rows = db.session.execute(
        select(TradeResult.organisation_id, TradeResult.contract_id)
        .where(
            TradeResult.event_id == event.id,
            ~TradeResult.takes_back,
            TradeResult.id.not_in(corrected),
        )
        .distinct()
        .order_by(TradeResult.contract_id)
    ).all()
    owners = {row.organisation_id for row in rows} | {stand.organisation_id for stand in stands}
    stories = tracing.stories_of(owners, event.programme.register_id)
    own = {stand.organisation_id: stand.id for stand in stands}
    by_story = {stories[stand.organisation_id]: stand.id for stand in stands}
    found: dict[int, list[int]] = defaultdict(list)
    for organisation_id, contract_id in rows:
        stand_id = own.get(organisation_id) or by_story.get(stories[organisation_id])
        if stand_id is not None:
            found[stand_id].append(contract_id)
    return found


def owners_at(event: Event) -> set[int]:
    """Answer the entries of the register that have a stand at the activity, or results of it."""
    tables = TradeStand, TradeResult
    return {
        id_
        for table in tables
        for id_ in db.session.scalars(
            select(table.organisation_id).where(table.event_id == event.id).distinct()
        )
    }


def contracts_by_id(contract_ids: Collection[int]) -> dict[int, TradeContract]:
    """Answer these contracts with their buyers."""
    rows = db.session.scalars(
        select(TradeContract)
        .where(TradeContract.id.in_(contract_ids))
        .options(joinedload(TradeContract.buyer))
    )
    return {contract.id: contract for contract in rows}


def contracts_of(organisation_id: int, programme: Programme) -> list[TradeContract]:
    """Answer the contracts of the organisation and of what it was before, the newest first."""
    contracts = db.session.scalars(
        select(TradeContract)
        .where(TradeContract.programme_id == programme.id)
        .options(joinedload(TradeContract.buyer))
        .order_by(TradeContract.id.desc())
    ).all()
    owners = {organisation_id, *(contract.organisation_id for contract in contracts)}
    stories = tracing.stories_of(owners, programme.register_id)
    return [one for one in contracts if stories[one.organisation_id] == stories[organisation_id]]


def history_of(contract: TradeContract) -> list[ResultRow]:
    """Answer every row of the contract in the order of what happened, those corrected too."""
    return histories_of([contract.id])[contract.id]


def histories_of(contract_ids: Collection[int]) -> dict[int, list[ResultRow]]:
    """Answer every row of each contract in the order of what happened."""
    rows = db.session.scalars(
        select(TradeResult)
        .where(TradeResult.contract_id.in_(contract_ids))
        .options(joinedload(TradeResult.event))
        .order_by(TradeResult.effective_on, TradeResult.recorded_at, TradeResult.id)
    ).all()
    over = {row.corrects_id for row in rows}
    found: dict[int, list[ResultRow]] = defaultdict(list)
    for row in rows:
        stands = not row.takes_back and row.id not in over
        found[row.contract_id].append(ResultRow(row, stands))
    return found


def decisions_about(contract_ids: Collection[int]) -> list[TradeContractMatch]:
    """Answer what was decided of pairs with one of these contracts, the last decision first."""
    return list(
        db.session.scalars(
            select(TradeContractMatch)
            .where(
                TradeContractMatch.first_id.in_(contract_ids)
                | TradeContractMatch.second_id.in_(contract_ids)
            )
            .order_by(TradeContractMatch.id.desc())
        )
    )


def choices(event: Event, day: date) -> list[Choice]:
    """Answer who of the invited and represented has no stand yet, the represented first."""
    invited = attendance.invited_organisations(attendance.only_event(event.id))
    merged = identity.merged_organisations()
    kept = identity.counts_as(Representation.organisation_id, merged)
    represented = set(
        db.session.scalars(
            select(kept)
            .outerjoin(merged, merged.c.id == Representation.organisation_id)
            .where(Representation.event_id == event.id, Representation.withdrawn_at.is_(None))
        )
    )
    known = represented | set(db.session.scalars(select(invited.c.organisation_id)))
    taken = db.session.scalars(
        select(TradeStand.organisation_id).where(TradeStand.event_id == event.id)
    ).all()
    known -= set(identity.kept_ids(taken).values())
    called = name_on(known, day)
    kinds = db.session.execute(
        select(Organisation.id, Organisation.kind).where(Organisation.id.in_(known))
    )
    found = [
        Choice(id_, called.get(id_, ""), id_ in represented)
        for id_, kind in kinds
        if kind in LISTED_KINDS
    ]
    return sorted(found, key=lambda one: (not one.is_represented, names.sort_key(one.name)))


def certificates_for(stand: TradeStand, day: date) -> list[CertificateLine]:
    """Answer the certificates the organisation held on the day, valid or not."""
    kept = identity.kept_ids([stand.organisation_id])[stand.organisation_id]
    return ocop.of_organisation(kept, day).held


def search_buyers(programme: Programme, q: str) -> list[TradeBuyer]:
    """Answer the buyers of that name or firm, whatever the marks; without `q` the newest ones."""
    found = select(TradeBuyer).where(TradeBuyer.programme_id == programme.id).limit(BUYERS)
    if q:
        return list(
            db.session.scalars(
                found.where(TradeBuyer.search_fold.like(names.search_pattern(q))).order_by(
                    TradeBuyer.search_fold, TradeBuyer.id
                )
            )
        )
    return list(db.session.scalars(found.order_by(TradeBuyer.id.desc())))


def buyers_met_by(stand: TradeStand) -> list[TradeBuyer]:
    """Answer the buyers the organisation met at any activity, those of this one first."""
    return _met_by(stand.organisation_id, TradeMeeting.event_id != stand.event_id)


def buyers_for(contract: TradeContract) -> list[TradeBuyer]:
    """Answer the buyers a contract may be with: its own, and whom the organisation met."""
    met = _met_by(contract.organisation_id, TradeMeeting.event_id)
    return list(dict.fromkeys([*([contract.buyer] if contract.buyer else []), *met]))


def _met_by(organisation_id: int, order: Any) -> list[TradeBuyer]:
    kept = identity.kept_ids([organisation_id])[organisation_id]
    meetings = db.session.scalars(
        select(TradeMeeting)
        .where(TradeMeeting.organisation_id.in_(identity.with_merged([kept])))
        .options(joinedload(TradeMeeting.buyer))
        .order_by(order, TradeMeeting.id)
    )
    return list(dict.fromkeys(meeting.buyer for meeting in meetings))


def names_today(organisation_ids: Iterable[int]) -> dict[int, str]:
    """Answer what each organisation is called today, a merged one as the entry that was kept."""
    kept = identity.kept_ids(set(organisation_ids))
    called = name_on(set(kept.values()), clock.today())
    return {id_: called.get(kept_id, "") for id_, kept_id in kept.items()}
