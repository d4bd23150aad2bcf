"""The contracts of a programme with what stands of each, and which of them are one.

A contract that two activities claim is entered twice. Whoever decides that two are one leaves both
as they are: together they are one deal, which every figure counts once.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import combinations

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from coopevents import names
from coopevents.db import db
from coopevents.directory import identity
from coopevents.outcomes.trade import tracing
from coopevents.outcomes.trade.models import (
    Basis,
    DealKind,
    MatchDecision,
    Stage,
    TradeBuyer,
    TradeContract,
    TradeContractMatch,
    TradeResult,
)
from coopevents.programme.models import Programme

NEAR = 90
"""So many days apart two signings of the same value with the same buyer may still be one."""

Pair = tuple[int, int]
"""Two contracts, the one entered first before the other."""


@dataclass(frozen=True)
class Fact:
    """A standing row of the ledger of results."""

    id: int
    contract_id: int
    event_id: int
    effective_on: date
    recorded_at: datetime
    stage: Stage
    kind: DealKind
    value: int | None
    basis: Basis

    @property
    def place(self) -> tuple[date, datetime, int]:
        """Where it stands among the facts of its contract: the last one holds."""
        return self.effective_on, self.recorded_at, self.id


@dataclass(frozen=True)
class Claim:
    """A contract as it was entered, with the rows of it that stand, in order."""

    id: int
    organisation_id: int
    story_id: int
    """What the organisation is now, after merges and conversions."""
    buyer: str | None
    number_fold: str
    subject_fold: str
    facts: list[Fact] = field(default_factory=list)

    def resembles(self, other: "Claim") -> bool:
        """Whether the two may be one contract, of which somebody should decide."""
        if self.story_id != other.story_id:
            return False
        if self.number_fold and self.number_fold == other.number_fold:
            return True
        if self.buyer is None or self.buyer != other.buyer:
            return False
        if self.subject_fold and self.subject_fold == other.subject_fold:
            return True
        return any(_near(mine, theirs) for mine in self.facts for theirs in other.facts)


def _near(one: Fact, other: Fact) -> bool:
    return (
        one.value is not None
        and one.value == other.value
        and abs((one.effective_on - other.effective_on).days) <= NEAR
    )


@dataclass(frozen=True)
class Deal:
    """A contract as it counts: one claim, or several that somebody found to be one."""

    claims: list[Claim]

    @cached_property
    def facts(self) -> list[Fact]:
        """Every standing row of it, in order."""
        return sorted((fact for one in self.claims for fact in one.facts), key=lambda f: f.place)

    def narrowed(self, event_ids: Collection[int] | None, to_on: date) -> "Deal":
        """Answer the deal as the rows of these activities tell it by the day."""
        return Deal(
            [
                Claim(
                    **{
                        **vars(claim),
                        "facts": [
                            fact
                            for fact in claim.facts
                            if fact.effective_on <= to_on
                            and (event_ids is None or fact.event_id in event_ids)
                        ],
                    }
                )
                for claim in self.claims
            ]
        )

    @property
    def first(self) -> Fact:
        """The row that says for which activity it counts: the earliest signing.

        Without a signing a memorandum is one, then a delivery, then what is earliest of all.
        """
        signings = [fact for fact in self.facts if fact.stage is Stage.SIGNED]
        bindings = [fact for fact in signings if fact.kind is not DealKind.MEMORANDUM]
        deliveries = [fact for fact in self.facts if fact.stage is Stage.DELIVERED]
        return next(iter([*bindings, *signings, *deliveries, *self.facts]))

    @property
    def stage(self) -> Stage:
        """How far it has come: the highest stage of which a row stands."""
        return max((fact.stage for fact in self.facts), key=list(Stage).index)


@dataclass(frozen=True)
class Ledger:
    """Every contract of which a row stands, and what was decided of pairs of them."""

    claims: dict[int, Claim]
    decisions: dict[Pair, MatchDecision]

    @cached_property
    def deals(self) -> list[Deal]:
        """The contracts as they count, in the order of their first entry."""
        leader = {id_: id_ for id_ in self.claims}

        def lead(id_: int) -> int:
            while leader[id_] != id_:
                id_ = leader[id_]
            return id_

        for (first, second), decision in sorted(self.decisions.items()):
            if decision is MatchDecision.SAME and first in leader and second in leader:
                one, other = sorted((lead(first), lead(second)))
                leader[other] = one
        together: dict[int, list[Claim]] = defaultdict(list)
        for id_, claim in sorted(self.claims.items()):
            together[lead(id_)].append(claim)
        return [Deal(claims) for _id, claims in sorted(together.items())]

    @cached_property
    def undecided(self) -> list[Pair]:
        """The pairs that may be one contract, of which nobody has decided."""
        joined = {claim.id: deal.claims[0].id for deal in self.deals for claim in deal.claims}
        by_story: dict[int, list[Claim]] = defaultdict(list)
        for _id, claim in sorted(self.claims.items()):
            by_story[claim.story_id].append(claim)
        return sorted(
            (one.id, other.id)
            for claims in by_story.values()
            for one, other in combinations(claims, 2)
            if joined[one.id] != joined[other.id]
            and self.decisions.get((one.id, other.id)) is not MatchDecision.DIFFERENT
            and one.resembles(other)
        )

    def undecided_among(self, contract_ids: Collection[int]) -> list[Pair]:
        """Answer the undecided pairs that touch one of these contracts: what a figure must say."""
        return [pair for pair in self.undecided if not set(pair).isdisjoint(contract_ids)]


def load(programme: Programme, *, organisation_ids: Collection[int] | None = None) -> Ledger:
    """Answer the ledger of the programme, in as many questions whatever it holds.

    With `organisation_ids` only what tells of these: their contracts and those of what they were
    before, with all that these were found to be one with.
    """
    decisions = _decisions(programme)
    if organisation_ids is None:
        return _load(programme, true(), decisions)
    return _load(programme, _is_among(programme, organisation_ids, decisions), decisions)


def undecided(programme: Programme) -> list[Pair]:
    """Answer the pairs that may be one contract, of which nobody has decided.

    Only those are read who have two that resemble each other at first sight.
    """
    return load(programme, organisation_ids=_with_similar(programme)).undecided


def _with_similar(programme: Programme) -> list[int]:
    """Answer the entries of which two contracts bear one number, or have one buyer.

    All that conversions touched are taken for one here: which of them are is told later.
    """
    merged = identity.merged_organisations()
    kept = identity.counts_as(TradeContract.organisation_id, merged)
    converted = identity.with_kept(tracing.converted(programme.register_id))
    owner = case((kept.in_(converted), 0), else_=kept)
    like = {
        "number": (owner, TradeContract.number_fold),
        "buyer": (owner, TradeBuyer.search_fold),
    }
    told = (
        select(
            *(TradeContract.organisation_id, TradeContract.number_fold, TradeBuyer.search_fold),
            *(func.count().over(partition_by=by).label(name) for name, by in like.items()),
        )
        .outerjoin(merged, merged.c.id == TradeContract.organisation_id)
        .outerjoin(TradeBuyer, TradeBuyer.id == TradeContract.buyer_id)
        .where(TradeContract.programme_id == programme.id)
        .subquery()
    )
    return list(
        db.session.scalars(
            select(told.c.organisation_id)
            .where(
                or_(
                    and_(told.c.number > 1, told.c.number_fold != ""),
                    and_(told.c.buyer > 1, told.c.search_fold.is_not(None)),
                )
            )
            .distinct()
        )
    )


def _load(
    programme: Programme, asked: ColumnElement[bool], decisions: dict[Pair, MatchDecision]
) -> Ledger:
    contracts = db.session.scalars(
        select(TradeContract)
        .where(TradeContract.programme_id == programme.id, asked)
        .options(joinedload(TradeContract.buyer))
        .order_by(TradeContract.id)
    ).all()
    owners = {contract.organisation_id for contract in contracts}
    stories = tracing.stories_of(owners, programme.register_id)
    facts = _standing(programme, asked)
    claims = {
        contract.id: _claim(contract, stories[contract.organisation_id], facts[contract.id])
        for contract in contracts
        if contract.id in facts
    }
    return Ledger(claims, decisions)


def _is_among(
    programme: Programme, organisation_ids: Collection[int], decisions: dict[Pair, MatchDecision]
) -> ColumnElement[bool]:
    """Answer the condition that a contract tells of these organisations.

    Two contracts found to be one may be of two organisations, once a merge was undone: then the
    other's tell of it too, and so on.
    """
    joined: dict[int, set[int]] = defaultdict(set)
    for (first, second), decision in decisions.items():
        if decision is MatchDecision.SAME:
            joined[first].add(second)
            joined[second].add(first)
    owners = set(organisation_ids)
    while True:
        tellers = tracing.tellers_of(owners, programme.register_id)
        among = TradeContract.organisation_id.in_(tellers)
        if not joined:
            return among
        own = set(db.session.scalars(select(TradeContract.id).where(among)))
        others = {other for id_ in own for other in joined.get(id_, ())} - own
        if not others:
            return among
        owners |= set(
            db.session.scalars(
                select(TradeContract.organisation_id).where(TradeContract.id.in_(others))
            )
        )


def _claim(contract: TradeContract, story_id: int, facts: list[Fact]) -> Claim:
    buyer = contract.buyer
    return Claim(
        id=contract.id,
        organisation_id=contract.organisation_id,
        story_id=story_id,
        # The same buyer may have been entered twice too.
        buyer=buyer.search_fold if buyer else None,
        number_fold=contract.number_fold,
        subject_fold=names.fold(contract.subject),
        facts=sorted(facts, key=lambda fact: fact.place),
    )


def _standing(programme: Programme, asked: ColumnElement[bool]) -> dict[int, list[Fact]]:
    later = aliased(TradeResult)
    rows = db.session.scalars(
        select(TradeResult)
        .join(TradeContract, TradeContract.id == TradeResult.contract_id)
        .where(
            TradeContract.programme_id == programme.id,
            asked,
            ~TradeResult.takes_back,
            ~select(later.id).where(later.corrects_id == TradeResult.id).exists(),
        )
    )
    facts: dict[int, list[Fact]] = defaultdict(list)
    for row in rows:
        facts[row.contract_id].append(
            Fact(
                id=row.id,
                contract_id=row.contract_id,
                event_id=row.event_id,
                effective_on=row.effective_on,
                recorded_at=row.recorded_at,
                stage=row.stage,
                kind=row.kind,
                value=row.value,
                basis=row.basis,
            )
        )
    return facts


def _decisions(programme: Programme) -> dict[Pair, MatchDecision]:
    last = (
        select(func.max(TradeContractMatch.id))
        .join(TradeContract, TradeContract.id == TradeContractMatch.first_id)
        .where(TradeContract.programme_id == programme.id)
        .group_by(TradeContractMatch.first_id, TradeContractMatch.second_id)
    )
    rows = db.session.scalars(select(TradeContractMatch).where(TradeContractMatch.id.in_(last)))
    return {
        (row.first_id, row.second_id): row.decision
        for row in rows
        if row.decision is not MatchDecision.UNDONE
    }
