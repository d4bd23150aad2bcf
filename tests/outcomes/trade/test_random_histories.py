"""I17 with all of its breakdown against plain Python, for histories made at random."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from coopevents import clock
from coopevents.db import db
from coopevents.directory.models import (
    LineageKind,
    OrganisationKind,
    OrganisationLineage,
    Person,
    Post,
    Sex,
)
from coopevents.duplicates import service as duplicates
from coopevents.duplicates.models import OrganisationMerge
from coopevents.events.models import Event, EventKind, EventSession, EventState, SessionState
from coopevents.outcomes.trade import ledger
from coopevents.outcomes.trade.models import (
    Basis,
    DealKind,
    MatchDecision,
    Stage,
    TradeBuyer,
    TradeContract,
    TradeContractMatch,
    TradeProduct,
    TradeResult,
    TradeStand,
)
from coopevents.reports.figures import Part, Scope
from coopevents.reports.indicators import add, compute
from tests import event_factories as made
from tests.factories import find_commune, make_certificate, make_organisation
from tests.outcomes.trade import making

FROM, TO = date(2025, 12, 15), date(2026, 12, 14)
EDGES = (FROM - timedelta(days=1), FROM, TO, TO + timedelta(days=1))
HEADS = ("board_chair", "director", "group_leader")
NUMBERS = ("01/HĐ-MB", "1/HDMB", "7/HĐ", "", "")
SUBJECTS = ("Chè xanh", "che xanh", "", "Mì gạo")
VALUES = (None, 0, 5_000_000, 5_000_000, 12_500_000)


def _day(chance):
    if chance.random() < 0.3:
        return chance.choice(EDGES)
    return FROM + timedelta(days=chance.randint(-60, 420))


def _invent(programme, chance):
    commune = find_commune(programme)
    organisations = [
        make_organisation(
            programme,
            commune=commune,
            kind=chance.choice([OrganisationKind.COOPERATIVE, OrganisationKind.COOPERATIVE_GROUP]),
            woman_head=chance.choice([True, True, False, None]),
        )
        for _ in range(6)
    ]
    for post in db.session.scalars(select(Post)):
        if chance.random() < 0.3:
            post.valid_to = date(2026, chance.randint(1, 12), 1)
    fairs = [_invent_fair(programme, chance, organisations) for _ in range(5)]
    buyers = [making.make_buyer(programme, name) for name in ("Siêu thị A", "Bà Tư", "sieu thi a")]
    contracts = [
        making.make_contract(
            programme,
            chance.choice(organisations),
            number=chance.choice(NUMBERS),
            subject=chance.choice(SUBJECTS),
            buyer=chance.choice([*buyers, None]),
        )
        for _ in range(12)
    ]
    for contract in contracts:
        for _ in range(chance.randint(0, 4)):
            _invent_result(chance, contract, fairs)
    for _ in range(8):
        one, other = chance.sample(contracts, 2)
        making.make_decision(one, other, chance.choice(list(MatchDecision)))
    _invent_stories(chance, organisations)


def _invent_fair(programme, chance, organisations):
    start = _day(chance)
    event = made.make_event(
        programme,
        kind=chance.choice(["trade_promotion", "trade_promotion", "trade_promotion", "training"]),
        sessions=[(start + timedelta(days=n), "08:00", "11:00") for n in range(2)],
    )
    first, second = made.sessions_of(event)
    for session in (first, second):
        session.state = chance.choice(
            [SessionState.HELD, SessionState.HELD, SessionState.CANCELLED]
        )
    if chance.random() < 0.2:
        # Moved into another period: the row it was planned as keeps its day, and is not held.
        new = made.make_session(event, _day(chance), state=SessionState.HELD)
        second.state, second.moved_to_id = SessionState.MOVED, new.id
    ended = chance.choice(["closed"] * 5 + ["cancelled", "open"])
    if ended == "closed":
        event.state, event.closed_at = EventState.CLOSED, clock.now()
    elif ended == "cancelled":
        event.state, event.cancelled_at = EventState.CANCELLED, clock.now()
    for organisation in chance.sample(organisations, chance.randint(0, 4)):
        stand = making.make_stand(event, organisation, chance.randint(1, 3))
        for name in chance.sample(["Chè xanh", "Mì gạo", "Mật ong"], chance.randint(0, 3)):
            certificate = make_certificate(
                organisation, stars=chance.randint(3, 5), product=f"{name} {event.id}"
            )
            making.make_product(stand, name, chance.choice([certificate, None]))
    db.session.flush()
    return event


def _invent_result(chance, contract, fairs):
    stage = chance.choice(list(Stage))
    kinds = [DealKind.CONTRACT, DealKind.ORDER]
    if stage is not Stage.DELIVERED:
        kinds.append(DealKind.MEMORANDUM)

    def put(**more):
        recorded_at = datetime(2026, 1, 1, tzinfo=clock.LOCAL_ZONE) + timedelta(
            hours=chance.randint(0, 9000)
        )
        return making.make_result(
            contract,
            chance.choice(fairs),
            stage,
            chance.choice(VALUES),
            on=_day(chance),
            kind=chance.choice(kinds),
            basis=chance.choice(list(Basis)),
            recorded_at=recorded_at,
            **more,
        )

    row = put()
    while chance.random() < 0.3:
        row = put(corrects=row, takes_back=chance.random() < 0.4)


def _invent_stories(chance, organisations):
    kept, merged, undone, group, cooperative, _rest = chance.sample(organisations, 6)
    duplicates.merge_organisations(kept, merged, "Nhập hai lần")
    merge = duplicates.merge_organisations(kept, undone, "Nhập hai lần")
    duplicates.undo_merge(merge)
    db.session.add(
        OrganisationLineage(
            kind=LineageKind.CONVERT,
            effective_on=date(2026, 6, 1),
            old_id=group.id,
            new_id=cooperative.id,
        )
    )
    db.session.flush()


def _all(table):
    return list(db.session.scalars(select(table)))


class Plain:
    """The same figure, counted row by row in Python."""

    def __init__(self):
        self.kinds = {kind.id: kind for kind in _all(EventKind)}
        self.sessions = _all(EventSession)
        self.merges = {m.merged_id: m.kept_id for m in _all(OrganisationMerge) if not m.undone_at}
        self.converted = {row.old_id: row.new_id for row in _all(OrganisationLineage)}
        self.people = {person.id: person for person in _all(Person)}
        self.posts = [post for post in _all(Post) if post.kind.value in HEADS]
        self.contracts = {row.id: row for row in _all(TradeContract)}
        self.buyers = {row.id: row.name.lower() for row in _all(TradeBuyer)}
        self.held = {e.id: self.last(e) for e in _all(Event) if self.is_held(e)}
        self.fairs = {id_: day for id_, day in self.held.items() if FROM <= day <= TO}
        replaced = {row.corrects_id for row in _all(TradeResult)}
        self.standing = [
            row for row in _all(TradeResult) if row.id not in replaced and not row.takes_back
        ]
        self.verdicts = {}
        for row in sorted(_all(TradeContractMatch), key=lambda row: row.id):
            self.verdicts[row.first_id, row.second_id] = row.decision

    def last(self, event):
        return max(
            (
                s.held_on
                for s in self.sessions
                if s.event_id == event.id and s.state is SessionState.HELD
            ),
            default=None,
        )

    def is_held(self, event):
        return (
            self.kinds[event.kind_id].takes_trade_results
            and event.state is EventState.CLOSED
            and self.last(event) is not None
        )

    def kept(self, organisation_id):
        return self.merges.get(organisation_id, organisation_id)

    def story(self, organisation_id):
        for _ in range(3):
            organisation_id = self.kept(organisation_id)
            for old, new in self.converted.items():
                if self.kept(old) == organisation_id:
                    organisation_id = new
        return self.kept(organisation_id)

    def took_part(self):
        """Answer the organisations by activity."""
        found = defaultdict(set)
        for stand in _all(TradeStand):
            if stand.event_id in self.fairs:
                found[stand.event_id].add(self.kept(stand.organisation_id))
        return found

    def women(self, organisation_id, day):
        sexes = {
            self.people[post.person_id].sex
            for post in self.posts
            if self.kept(post.organisation_id) == organisation_id
            and (post.valid_to is None or post.valid_to >= day)
        }
        return "women_led" if Sex.FEMALE in sexes else "not_women_led" if sexes else "unknown"

    def classes(self):
        by_organisation = defaultdict(set)
        for event_id, ids in self.took_part().items():
            for id_ in ids:
                by_organisation[id_].add(self.women(id_, self.fairs[event_id]))
        counts = {"women_led": 0, "not_women_led": 0, "unknown": 0}
        for found in by_organisation.values():
            counts[next(name for name in counts if name in found)] += 1
        return counts

    def products(self):
        """Answer the stars of each product an organisation showed at an activity, the best once."""
        stands = {stand.id: stand for stand in _all(TradeStand)}
        shown = defaultdict(list)
        for product in _all(TradeProduct):
            stand = stands[product.stand_id]
            if stand.event_id in self.fairs:
                owner = self.kept(stand.organisation_id)
                shown[stand.event_id, owner, product.name].append(product.stars or 0)
        return [max(stars) for stars in shown.values()]

    def deals(self):
        """Answer the contracts that are one, as lists of ids."""
        groups = {row.contract_id: {row.contract_id} for row in self.standing}
        for (first, second), verdict in self.verdicts.items():
            if verdict is MatchDecision.SAME and {first, second} <= groups.keys():
                merged = groups[first] | groups[second]
                for id_ in merged:
                    groups[id_] = merged
        return [set(ids) for ids in {frozenset(group) for group in groups.values()}]

    def rows_of(self, ids):
        return sorted(
            (
                row
                for row in self.standing
                if row.contract_id in ids and row.event_id in self.held and row.effective_on <= TO
            ),
            key=lambda row: (row.effective_on, row.recorded_at, row.id),
        )

    def money(self):
        """Answer the lines of money, the papers signed, and the contracts behind them."""
        lines = {
            f"{line}_{part}": 0
            for line in ("expected", "memorandum", "signed", "delivered")
            for part in ("self_declared", "verified", "not_told")
        }
        papers = {"memorandum": 0, "contract": 0, "order": 0}
        behind, deals = set(), 0
        for ids in self.deals():
            rows, is_told = self.rows_of(ids), False
            memoranda = [r for r in rows if r.stage == "signed" and r.kind == "memorandum"]
            signed = [r for r in rows if r.stage == "signed" and r.kind != "memorandum"]
            delivered = [r for r in rows if r.stage == "delivered"]
            bound = [r for r in rows if r in signed or r in delivered]
            for line, begins, last, told in (
                ("expected", rows[-1:], rows[-1:], True),
                ("memorandum", memoranda[:1], memoranda[-1:], True),
                ("signed", bound[:1], signed[-1:] or delivered[:1], bool(signed)),
                ("delivered", delivered[-1:], delivered[-1:], True),
            ):
                if line == "expected" and (memoranda or signed or delivered):
                    continue
                if not begins or begins[0].effective_on < FROM:
                    continue
                is_told = True
                value = last[0].value if told else None
                lines[f"{line}_{last[0].basis.value if value is not None else 'not_told'}"] += (
                    1 if value is None else value
                )
                if line in {"memorandum", "signed"}:
                    papers[last[0].kind.value] += 1
            if is_told:
                deals += 1
                behind |= {row.contract_id for row in rows}
        return lines, papers, behind, deals

    def undecided(self, behind):
        groups = self.deals()
        ids = sorted({row.contract_id for row in self.standing})
        return sum(
            1
            for first in ids
            for second in ids
            if first < second
            and {first, second} & behind
            and not any({first, second} <= group for group in groups)
            and self.verdicts.get((first, second)) is not MatchDecision.DIFFERENT
            and self.alike(self.contracts[first], self.contracts[second])
        )

    def alike(self, one, other):
        if self.story(one.organisation_id) != self.story(other.organisation_id):
            return False
        same_number = {one.number, other.number} <= {"01/HĐ-MB", "1/HDMB"}
        if one.number and (one.number == other.number or same_number):
            return True
        called = [
            self.buyers.get(c.buyer_id, "").replace("siêu thị", "sieu thi") for c in (one, other)
        ]
        if not called[0] or called[0] != called[1]:
            return False
        subjects = [c.subject.lower().replace("è", "e") for c in (one, other)]
        if subjects[0] and subjects[0] == subjects[1]:
            return True
        return any(
            mine.value is not None
            and mine.value == theirs.value
            and abs(mine.effective_on - theirs.effective_on) <= timedelta(days=90)
            for mine in self.standing
            for theirs in self.standing
            if (mine.contract_id, theirs.contract_id) == (one.id, other.id)
        )


@pytest.mark.parametrize("seed", range(24))
def test_i17_equals_plain_python_over_the_rows(programme, seed):
    _invent(programme, random.Random(seed))  # noqa: S311
    plain = Plain()
    took_part, products = plain.took_part(), plain.products()
    organisations = set().union(*took_part.values())
    lines, papers, behind, deals = plain.money()

    figure = compute("I17", Scope(programme, FROM, TO))

    assert figure.value == len(organisations)
    assert figure.breakdown == {
        "took_part": {
            "activities": len(plain.fairs),
            "stands": sum(
                stand.stands for stand in _all(TradeStand) if stand.event_id in plain.fairs
            ),
            "products": len(products),
        },
        "women_led": plain.classes(),
        "stars": {str(stars): products.count(stars) for stars in (3, 4, 5)},
        "signed": papers,
        "value": lines,
        "apart": {"undecided": plain.undecided(behind)},
    }
    rows = list(figure.list_rows())
    counted = {row.row_id for row in rows if row.facts["part"] == Part.COUNTED.value}
    assert counted == organisations
    assert len([row for row in rows if row.facts["part"] == Part.DETAIL.value]) == deals
    assert len(rows) == len(organisations) + deals


@pytest.mark.parametrize("seed", range(12))
def test_a_ledger_of_some_tells_of_them_what_the_whole_ledger_tells(programme, seed):
    _invent(programme, random.Random(seed))  # noqa: S311
    whole = ledger.load(programme)

    assert ledger.undecided(programme) == whole.undecided
    for deal in whole.deals:
        owner = deal.claims[0].organisation_id
        some = ledger.load(programme, organisation_ids=[owner])
        ids = [claim.id for claim in deal.claims]
        assert deal in some.deals
        assert some.undecided_among(ids) == whole.undecided_among(ids)


def test_i17_is_never_added_over_periods(programme):
    halves = [
        Scope(programme, FROM, date(2026, 6, 14)),
        Scope(programme, date(2026, 6, 15), TO),
    ]

    with pytest.raises(ValueError, match="does not add up"):
        add([compute("I17", half) for half in halves])
