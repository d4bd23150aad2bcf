"""What the fairs of the demo brought: stands, products, buyers, contracts, calls."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.db import db
from coopevents.demo.activities import at, submission
from coopevents.directory.models import Organisation
from coopevents.events.models import Event
from coopevents.outcomes.trade import matching, queries, recording, service
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    MatchDecision,
    ResultSource,
    Stage,
    TradeBuyer,
    TradeContract,
    TradeStand,
)
from coopevents.outcomes.trade.recording import ContractEntry, Telling
from coopevents.outcomes.trade.service import BuyerEntry

BUYERS = (
    BuyerEntry("Trần Thị Thu Mua", "Siêu thị Đất Tổ (mẫu)", "0900 000 101", "mua@datto.example"),
    BuyerEntry("Lê Văn Nhập", "Công ty Nông sản Sông Lô (mẫu)", "0900 000 102"),
    BuyerEntry("Phạm Thị Sỉ", "Chợ đầu mối Việt Trì (mẫu)", "0900 000 103"),
)
GOODS = ("Chè xanh", "Mật ong rừng", "Rau an toàn", "Thổ cẩm", "Tinh bột nghệ", "Thịt chua")
NUMBER = "05/2025/HĐMB (mẫu)"


@dataclass(frozen=True)
class Step:
    """How far a contract has come so many days after the fair began."""

    stage: Stage
    days: int
    value: int | None
    kind: DealKind = DealKind.CONTRACT
    paper: str = ""


SUPPLY = (
    Step(Stage.EXPECTED, 0, 200_000_000),
    Step(Stage.SIGNED, 14, 180_000_000, paper=f"Hợp đồng {NUMBER}"),
    Step(Stage.DELIVERED, 80, 65_000_000, paper="Phiếu giao hàng 03 (mẫu)"),
)
TOLD: Sequence[tuple[str, Sequence[Step]]] = (
    (
        "Tiêu thụ mật ong, niên vụ {year}",
        (Step(Stage.SIGNED, 1, None, DealKind.MEMORANDUM, "Bản ghi nhớ 02 (mẫu)"),),
    ),
    (
        "Rau an toàn, đợt {year}",
        (
            Step(Stage.SIGNED, 1, 24_500_000, DealKind.ORDER),
            Step(Stage.DELIVERED, 9, 24_500_000, DealKind.ORDER, "Phiếu thu 11 (mẫu)"),
        ),
    ),
    ("Thổ cẩm cho điểm du lịch", (Step(Stage.EXPECTED, 0, 90_000_000),)),
)
"""What each fair brought. Of the last both told with the same words: somebody is to decide."""


@dataclass(frozen=True)
class _Fair:
    """A fair as it is told of."""

    event: Event
    first_on: date
    stands: list[TradeStand]
    dice: random.Random

    def record(self, place: int, entry: ContractEntry, steps: Sequence[Step]) -> TradeContract:
        """Write a contract of the stand at this place with all that became of it."""
        about: ContractEntry | TradeContract = entry
        for step in steps:
            on = self.first_on + timedelta(days=step.days)
            telling = Telling(
                stage=step.stage,
                kind=step.kind,
                effective_on=on,
                value=step.value,
                basis=Basis.VERIFIED if step.paper else Basis.SELF_DECLARED,
                source=ResultSource.CALL if step.days > 1 else ResultSource.HALL,
                evidence=step.paper,
            )
            with clock.as_if(at(on, 18)):
                row = recording.record_result(
                    self.stands[place], about, telling, submission(self.dice)
                )
            about = row.contract
        return row.contract

    def call(self, place: int, month: int, outcome: CallOutcome, note: str) -> None:
        """Write what became of the call due so many months after the fair, if that has come."""
        on = self.first_on + timedelta(days=31 * month + 4)
        if on > clock.today():
            return
        with clock.as_if(at(on, 10)):
            recording.note_call(
                self.stands[place], month, outcome, submission(self.dice), note=note
            )


def tell(events: Sequence[Event], officer: Actor, dice: random.Random) -> None:
    """Let two fairs bring something; a contract that both claim is found to be one."""
    with acting(officer):
        earlier, later = _take_part(events, dice)
        buyers = _meet(earlier, dice)
        _meet_again(later, buyers)
        one, other = (_tell_of(fair, buyers) for fair in (earlier, later))
        with clock.as_if(at(later.first_on + timedelta(days=30), 9)):
            matching.decide(one, other, MatchDecision.SAME, "Cùng số hợp đồng, cùng người mua")


def _take_part(events: Sequence[Event], dice: random.Random) -> list[_Fair]:
    """Give the same organisations stands at both fairs, with what they show there."""
    first_on = [queries.first_day_of(event) or clock.today() for event in events]
    chosen = queries.choices(events[0], first_on[0])[: len(GOODS)]
    fairs = []
    for event, on in zip(events, first_on, strict=True):
        with clock.as_if(at(on, 7)):
            stands = [
                service.enter_stand(event, db.session.get_one(Organisation, one.id), 1, f"A{n}")
                for n, one in enumerate(chosen, start=1)
            ]
            for stand, name in zip(stands, GOODS, strict=True):
                _show(stand, name, on)
        fairs.append(_Fair(event, on, stands, dice))
    return fairs


def _show(stand: TradeStand, name: str, on: date) -> None:
    held = queries.certificates_for(stand, on)
    if held:
        certificate = held[0].certificate
        service.show_product(stand, certificate.product, certificate.id)
    service.show_product(stand, f"{name} (mẫu)")


def _meet(fair: _Fair, dice: random.Random) -> list[TradeBuyer]:
    with clock.as_if(at(fair.first_on, 11)):
        return [
            service.meet_new_buyer(stand, entry, submission(dice)).buyer
            for stand, entry in zip(fair.stands, BUYERS, strict=False)
        ]


def _meet_again(fair: _Fair, buyers: Sequence[TradeBuyer]) -> None:
    with clock.as_if(at(fair.first_on, 11)):
        for stand, buyer in zip(fair.stands, buyers, strict=False):
            service.meet_buyer(stand, buyer)


def _tell_of(fair: _Fair, buyers: Sequence[TradeBuyer]) -> TradeContract:
    """Let the fair bring its contracts and calls; answer the one that the other fair claims too."""
    supply = fair.record(0, ContractEntry(NUMBER, "Cung cấp chè xanh", buyers[0]), SUPPLY)
    for place, (subject, steps) in enumerate(TOLD, start=1):
        about = subject.format(year=fair.first_on.year)
        fair.record(place, ContractEntry("", about, buyers[place % len(buyers)]), steps)
    for place in range(3):
        fair.call(place, 0, CallOutcome.NOTHING_NEW, "Chưa có gì mới sau hội chợ")
    for month in (6, 12):
        for place in range(4):
            fair.call(place, month, CallOutcome.NOTHING_NEW, "")
    fair.call(4, 0, CallOutcome.NOT_REACHED, "Không nghe máy")
    return supply
