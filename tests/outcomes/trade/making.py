"""Stands, contracts and calls for tests, written straight into their tables."""

import uuid
from datetime import date, datetime
from itertools import count

from coopevents import clock, names
from coopevents.db import db
from coopevents.directory.models import OcopCertificate, Organisation
from coopevents.events.models import Event
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    MatchDecision,
    ResultSource,
    Stage,
    TradeBuyer,
    TradeCall,
    TradeContract,
    TradeContractMatch,
    TradeMeeting,
    TradeProduct,
    TradeResult,
    TradeStand,
)
from coopevents.outcomes.trade.papers import fold_number
from coopevents.programme.models import Programme
from tests.event_factories import MORNING, close, make_event

FAIR_DAY = date(2026, 3, 10)
_numbers = count(1)


def make_fair(programme: Programme, on: date = FAIR_DAY, *, held: bool = True, **said) -> Event:
    """Make a trade promotion of one session; unless `held` is False it was held and closed."""
    event = make_event(
        programme, kind="trade_promotion", sessions=[(on, *MORNING)], **{"title": "Hội chợ", **said}
    )
    return close(event) if held else event


def make_stand(event: Event, organisation: Organisation, stands: int = 1) -> TradeStand:
    """Let the organisation take part."""
    return _keep(TradeStand(event=event, organisation=organisation, stands=stands, label=""))


def make_product(
    stand: TradeStand, name: str = "Chè xanh", certificate: OcopCertificate | None = None
) -> TradeProduct:
    """Show a product at the stand; with a certificate, one that was valid."""
    return _keep(
        TradeProduct(
            stand_id=stand.id,
            name=name,
            name_fold=names.fold(name),
            certificate_id=certificate.id if certificate else None,
            stars=certificate.stars if certificate else None,
        )
    )


def make_buyer(
    programme: Programme, name: str = "Siêu thị Mẫu", phone: str | None = None
) -> TradeBuyer:
    """Let the programme know a buyer."""
    return _keep(
        TradeBuyer(
            programme_id=programme.id,
            name=name,
            search_fold=names.fold(name),
            phone=phone,
            submission=uuid.uuid4(),
        )
    )


def make_meeting(stand: TradeStand, buyer: TradeBuyer) -> TradeMeeting:
    """Let the organisation have met the buyer there."""
    return _keep(
        TradeMeeting(
            event_id=stand.event_id, organisation_id=stand.organisation_id, buyer=buyer, note=""
        )
    )


def make_contract(
    programme: Programme,
    organisation: Organisation,
    *,
    number: str | None = None,
    subject: str = "",
    buyer: TradeBuyer | None = None,
) -> TradeContract:
    """Let the organisation have a contract, of a number nobody else has unless one is given."""
    number = f"{next(_numbers)}/HĐ" if number is None else number
    return _keep(
        TradeContract(
            programme_id=programme.id,
            organisation_id=organisation.id,
            number=number,
            number_fold=fold_number(number),
            subject=subject,
            buyer_id=buyer.id if buyer else None,
        )
    )


def make_result(
    contract: TradeContract,
    event: Event,
    stage: Stage = Stage.SIGNED,
    value: int | None = 1_000_000,
    *,
    on: date = FAIR_DAY,
    kind: DealKind = DealKind.CONTRACT,
    basis: Basis = Basis.SELF_DECLARED,
    corrects: TradeResult | None = None,
    takes_back: bool = False,
    recorded_at: datetime | None = None,
) -> TradeResult:
    """Put a row into the ledger of results; with `corrects`, one in the place of another."""
    return _keep(
        TradeResult(
            contract_id=contract.id,
            event_id=event.id,
            organisation_id=contract.organisation_id,
            effective_on=on,
            recorded_at=recorded_at or clock.now(),
            stage=stage,
            kind=kind,
            value=value,
            basis=basis,
            evidence="",
            source=ResultSource.HALL,
            by_label="Lê Thị Mẫu",
            submission=uuid.uuid4(),
            corrects_id=corrects.id if corrects else None,
            takes_back=takes_back,
            reason="Ghi nhầm" if corrects else "",
        )
    )


def make_decision(
    one: TradeContract, other: TradeContract, decision: MatchDecision = MatchDecision.SAME
) -> TradeContractMatch:
    """Decide whether two contracts are one."""
    first, second = sorted((one.id, other.id))
    return _keep(
        TradeContractMatch(
            first_id=first, second_id=second, decision=decision, by_label="Lê Thị Mẫu"
        )
    )


def make_call(
    stand: TradeStand, month: int, outcome: CallOutcome = CallOutcome.NOTHING_NEW, **said
) -> TradeCall:
    """Let the organisation have been called."""
    return _keep(
        TradeCall(
            event_id=stand.event_id,
            organisation_id=stand.organisation_id,
            due_month=month,
            outcome=outcome,
            by_label="Lê Thị Mẫu",
            submission=uuid.uuid4(),
            **said,
        )
    )


def _keep(row):
    db.session.add(row)
    db.session.flush()
    return row
