"""What trade promotion adds up to in some days: who took part, what was shown, what was sold.

Figures, the annex, the page of an activity and the list of calls all ask here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from sqlalchemy import CTE, func, select

from coopevents.attendance import counting
from coopevents.db import db
from coopevents.directory import classification, identity
from coopevents.directory.figures import STARS
from coopevents.events.models import Event, EventKind
from coopevents.outcomes.trade import ledger
from coopevents.outcomes.trade.ledger import Deal, Fact, Ledger
from coopevents.outcomes.trade.models import Basis, DealKind, Stage, TradeProduct, TradeStand
from coopevents.programme.models import Programme


class Line(StrEnum):
    """A sum of money of its own. No two are ever added: the last is part of the one before."""

    EXPECTED = "expected"
    MEMORANDUM = "memorandum"
    SIGNED = "signed"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Told:
    """What a deal gives one line of money: the row that holds, and its value if one was told."""

    line: Line
    fact: Fact
    value: int | None


@dataclass
class Money:
    """A line's sum by basis, and of how many deals a value was told, or never was."""

    self_declared: int = 0
    verified: int = 0
    not_told: int = 0
    values: int = 0

    def add(self, told: Told) -> None:
        """Count one deal in."""
        self.values += told.value is not None
        if told.value is None:
            self.not_told += 1
        elif told.fact.basis is Basis.VERIFIED:
            self.verified += told.value
        else:
            self.self_declared += told.value

    @property
    def told(self) -> int:
        """The whole sum of what was told."""
        return self.self_declared + self.verified

    @property
    def known(self) -> int | None:
        """The whole sum; None where no value was told at all, which is not zero."""
        return self.told if self.values else None


@dataclass(frozen=True)
class CountedDeal:
    """A deal of which some days tell something, and for which activity that counts."""

    deal: Deal
    event_id: int
    lines: dict[Line, Told]


@dataclass
class Sums:
    """What some deals add up to: how many papers were signed, and the four lines of money."""

    signed: dict[DealKind, int] = field(default_factory=lambda: dict.fromkeys(DealKind, 0))
    money: dict[Line, Money] = field(default_factory=lambda: {line: Money() for line in Line})

    @classmethod
    def of(cls, deals: Iterable[CountedDeal]) -> "Sums":
        """Answer what the deals add up to, each counted once."""
        sums = cls()
        for counted in deals:
            for line, told in counted.lines.items():
                sums.money[line].add(told)
                if line in {Line.MEMORANDUM, Line.SIGNED}:
                    sums.signed[told.fact.kind] += 1
        return sums


@dataclass
class Participation:
    """An organisation at one activity: with how many stands, which products, led by a woman."""

    organisation_id: int
    event_id: int
    stands: int = 0
    products: dict[str, int | None] = field(default_factory=dict)
    """The stars of each product; None: no certificate that was valid on the day."""
    women_led: bool | None = None


@dataclass(frozen=True)
class Fair:
    """A trade promotion that was held, and the day that says to which period it belongs."""

    event_id: int
    last_on: date


@dataclass(frozen=True)
class Counted:
    """Everything that counts in some days."""

    fairs: list[Fair]
    participations: list[Participation]
    deals: list[CountedDeal]
    undecided: int
    """Pairs that may be one contract and are counted as two until somebody decides."""

    @cached_property
    def by_organisation(self) -> dict[int, list[Participation]]:
        """Who took part: each once, with every activity it came to."""
        found: dict[int, list[Participation]] = defaultdict(list)
        for one in self.participations:
            found[one.organisation_id].append(one)
        return dict(sorted(found.items()))

    def class_of(self, organisation_id: int) -> bool | None:
        """Whether a woman led it on the day of one of its activities; None: nobody knows."""
        classes = {one.women_led for one in self.by_organisation[organisation_id]}
        return True if True in classes else False if False in classes else None


def held_fairs(programme: Programme, from_on: date, to_on: date) -> list[Fair]:
    """Answer the trade promotions held in the days, by their last held session."""
    held = _held(programme, from_on, to_on)
    rows = db.session.execute(select(held.c.event_id, held.c.last_on).order_by(held.c.last_on))
    return [Fair(event_id, last_on) for event_id, last_on in rows]


def _held(programme: Programme, from_on: date, to_on: date) -> CTE:
    held = counting.held_events(programme.id, from_on, to_on)
    return (
        select(held.c.event_id, held.c.last_on)
        .join(Event, Event.id == held.c.event_id)
        .join(EventKind, EventKind.id == Event.kind_id)
        .where(EventKind.takes_trade_results)
        .cte("held_fairs")
    )


def count(programme: Programme, from_on: date, to_on: date) -> Counted:
    """Answer what counts in the days, both included.

    Who took part counts with the activity; money by its own day, from any activity that was held.
    """
    ever = held_fairs(programme, date.min, date.max)
    held_ids = {fair.event_id for fair in ever}
    fairs = [fair for fair in ever if from_on <= fair.last_on <= to_on]
    book = ledger.load(programme)
    deals = counted_deals(book, held_ids, from_on, to_on)
    behind = {claim.id for counted in deals for claim in counted.deal.claims if claim.facts}
    return Counted(
        fairs, participations(programme, fairs), deals, len(book.undecided_among(behind))
    )


def participations(programme: Programme, fairs: Collection[Fair]) -> list[Participation]:
    """Answer who took part in each activity; what was told of a merged entry is the kept one's."""
    days = {fair.event_id: fair.last_on for fair in fairs}
    merged = identity.merged_organisations()
    kept = identity.counts_as(TradeStand.organisation_id, merged)
    stands = db.session.execute(
        select(TradeStand.event_id, kept, func.sum(TradeStand.stands))
        .outerjoin(merged, merged.c.id == TradeStand.organisation_id)
        .where(TradeStand.event_id.in_(days))
        .group_by(TradeStand.event_id, kept)
        .order_by(TradeStand.event_id, kept)
    )
    found = {
        (event_id, id_): Participation(id_, event_id, int(number))
        for event_id, id_, number in stands
    }
    products = db.session.execute(
        select(TradeStand.event_id, kept, TradeProduct.name_fold, TradeProduct.stars)
        .join(TradeProduct, TradeProduct.stand_id == TradeStand.id)
        .outerjoin(merged, merged.c.id == TradeStand.organisation_id)
        .where(TradeStand.event_id.in_(days))
    )
    for event_id, id_, name, stars in products:
        shown = found[event_id, id_].products
        shown[name] = max(shown.get(name) or 0, stars or 0) or None
    _classify(programme, found.values(), days)
    return list(found.values())


def _classify(
    programme: Programme, found: Collection[Participation], days: dict[int, date]
) -> None:
    """Say of each who led it on the day; asks once for each day, of which a period has few."""
    rule = classification.get_rule(programme.women_led_rule)
    by_day: dict[date, list[Participation]] = defaultdict(list)
    for one in found:
        by_day[days[one.event_id]].append(one)
    for day, present in by_day.items():
        classes = classification.classes_on({one.organisation_id for one in present}, rule, day)
        for one in present:
            one.women_led = classes[one.organisation_id]


def counted_deals(
    book: Ledger, event_ids: Collection[int] | None, from_on: date, to_on: date
) -> list[CountedDeal]:
    """Answer the deals of which rows of these activities tell something in the days."""
    found = []
    for whole in book.deals:
        deal = whole.narrowed(event_ids, to_on)
        lines = {told.line: told for told in tell(deal, from_on)} if deal.facts else {}
        if lines:
            found.append(CountedDeal(deal, deal.first.event_id, lines))
    return found


def tell(deal: Deal, from_on: date) -> list[Told]:
    """Answer what the deal gives each line of money since the day.

    A signing and a memorandum count on the day of the first one, with the value of the last. What
    is expected counts only while nothing is signed. What is delivered is what was last told, and
    was signed by the day of its first delivery at the latest: a paper written after it is the same
    signing. Without a row of the signing, nobody told for which value.
    """
    steps = defaultdict(list)
    for fact in deal.facts:
        is_memorandum = fact.stage is Stage.SIGNED and fact.kind is DealKind.MEMORANDUM
        steps[Line.MEMORANDUM if is_memorandum else Line(fact.stage.value)].append(fact)
    expected, memoranda = steps[Line.EXPECTED], steps[Line.MEMORANDUM]
    signed, delivered = steps[Line.SIGNED], steps[Line.DELIVERED]
    told = []
    if expected and not (memoranda or signed or delivered):
        told.append((Line.EXPECTED, expected[-1].effective_on, expected[-1], expected[-1].value))
    if memoranda:
        told.append(
            (Line.MEMORANDUM, memoranda[0].effective_on, memoranda[-1], memoranda[-1].value)
        )
    if signed:
        since = min(fact.effective_on for fact in (*signed[:1], *delivered[:1]))
        told.append((Line.SIGNED, since, signed[-1], signed[-1].value))
    elif delivered:
        told.append((Line.SIGNED, delivered[0].effective_on, delivered[0], None))
    if delivered:
        told.append(
            (Line.DELIVERED, delivered[-1].effective_on, delivered[-1], delivered[-1].value)
        )
    return [Told(line, fact, value) for line, on, fact, value in told if on >= from_on]


def stars_of(participations: Iterable[Participation]) -> dict[int, int]:
    """Answer how many products were shown with a valid certificate, by its stars."""
    shown = Counter(stars for one in participations for stars in one.products.values())
    return {stars: shown[stars] for stars in STARS}
