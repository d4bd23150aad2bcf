"""I17 and the annex at their edges: one clause of the rule a test."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.models import (
    LineageKind,
    OrganisationLineage,
    OrganisationName,
    OrganisationStatusKind,
)
from coopevents.duplicates import service as duplicates
from coopevents.events.models import EventState
from coopevents.outcomes.trade import annex, ledger
from coopevents.outcomes.trade.models import Basis, DealKind, MatchDecision, Stage
from coopevents.programme import queries as programmes
from coopevents.reports import dossier, lines
from coopevents.reports.figures import Part, Scope
from coopevents.reports.indicators import compute
from tests.factories import (
    make_certificate,
    make_name,
    make_organisation,
    make_person,
    make_post,
    make_status,
)
from tests.outcomes.trade import making

FROM, TO = date(2025, 12, 15), date(2026, 12, 14)
NEXT = date(2027, 1, 20)


@pytest.fixture(autouse=True)
def in_the_year_2027():
    with time_machine.travel("2027-06-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def scope(programme):
    return Scope(programme, FROM, TO)


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè")


@pytest.fixture
def fair(programme, tea):
    fair = making.make_fair(programme)
    making.make_stand(fair, tea, 2)
    return fair


def told(figure, line: str) -> tuple[int, int, int]:
    """Answer a line of money: self-declared, verified, not told."""
    value = figure.breakdown["value"]
    return tuple(value[f"{line}_{part}"] for part in ("self_declared", "verified", "not_told"))


def test_expected_is_never_added_to_signed_and_delivered_is_part_of_it(programme, scope, tea, fair):
    contract, hoped = (making.make_contract(programme, tea) for _ in "12")
    making.make_result(contract, fair, Stage.EXPECTED, 9_000_000)
    making.make_result(contract, fair, Stage.SIGNED, 7_000_000, on=date(2026, 4, 1))
    making.make_result(contract, fair, Stage.DELIVERED, 2_000_000, on=date(2026, 5, 1))
    making.make_result(hoped, fair, Stage.EXPECTED, 1_000_000)

    figure = compute("I17", scope)

    assert told(figure, "expected") == (1_000_000, 0, 0)
    assert told(figure, "signed") == (7_000_000, 0, 0)
    assert told(figure, "delivered") == (2_000_000, 0, 0)
    assert figure.breakdown["signed"] == {"memorandum": 0, "contract": 1, "order": 0}


def test_what_was_never_told_is_counted_as_not_told(programme, scope, tea, fair):
    making.make_result(making.make_contract(programme, tea), fair, value=None)
    making.make_result(making.make_contract(programme, tea), fair, value=0)
    making.make_result(
        making.make_contract(programme, tea), fair, value=3_000_000, basis=Basis.VERIFIED
    )

    assert told(compute("I17", scope), "signed") == (0, 3_000_000, 1)


def test_a_memorandum_stands_apart_from_what_is_signed(programme, scope, tea, fair):
    contract = making.make_contract(programme, tea)
    making.make_result(contract, fair, value=8_000_000, kind=DealKind.MEMORANDUM)

    figure = compute("I17", scope)

    assert told(figure, "memorandum") == (8_000_000, 0, 0)
    assert told(figure, "signed") == (0, 0, 0)
    assert figure.breakdown["signed"] == {"memorandum": 1, "contract": 0, "order": 0}


def test_a_late_fact_counts_on_its_own_day_and_tells_when_it_was_recorded(
    programme, scope, tea, fair, english
):
    contract = making.make_contract(programme, tea, number="7/HĐ")
    making.make_result(contract, fair, value=5_000_000, on=date(2026, 12, 1))
    making.make_result(
        making.make_contract(programme, tea), fair, value=6_000_000, on=date(2026, 12, 20)
    )

    figure = compute("I17", scope)

    assert told(figure, "signed") == (5_000_000, 0, 0)
    (row,) = [row for row in figure.list_rows() if row.kind == "contract"]
    (line,) = lines.describe([row], TO)
    assert line.what == "Contract 7/HĐ"
    assert line.details == (
        "HTX Chè · Hội chợ · Signed on 1 Dec 2026 (contract): 5,000,000 VND, self-declared"
        " (recorded 10:00 10 Jun 2027)"
    )
    assert line.part == "Beside the value, in its breakdown"


def test_money_of_an_earlier_fair_counts_in_the_year_it_came(programme, tea, fair):
    making.make_result(making.make_contract(programme, tea), fair, value=5_000_000, on=NEXT)

    figure = compute("I17", Scope(programme, date(2026, 12, 15), date(2027, 12, 14)))

    assert (figure.value, told(figure, "signed")) == (0, (5_000_000, 0, 0))


def test_a_paper_written_after_the_delivery_is_no_second_signing(programme, scope, tea, fair):
    contract = making.make_contract(programme, tea)
    making.make_result(contract, fair, Stage.DELIVERED, 2_000_000, on=date(2026, 12, 1))
    making.make_result(contract, fair, Stage.SIGNED, 7_000_000, on=NEXT)
    year_after = Scope(programme, date(2026, 12, 15), date(2027, 12, 14))

    before, after = compute("I17", scope), compute("I17", year_after)

    signed = [figure.breakdown["signed"]["contract"] for figure in (before, after)]
    assert signed == [1, 0]
    assert [told(figure, "signed") for figure in (before, after)] == [(0, 0, 1), (0, 0, 0)]


def test_nothing_counts_of_a_fair_that_was_not_held(programme, scope, tea):
    open_, cancelled = (
        making.make_fair(programme, held=False, state=state)
        for state in (EventState.PUBLISHED, EventState.CANCELLED)
    )
    for fair in (open_, cancelled):
        making.make_stand(fair, tea)
        making.make_result(making.make_contract(programme, tea), fair)

    figure = compute("I17", scope)

    assert (figure.value, told(figure, "signed"), list(figure.list_rows())) == (0, (0, 0, 0), [])


def test_a_contract_two_fairs_claim_counts_once_for_the_earliest_signing(
    programme, scope, tea, fair
):
    second = making.make_fair(programme, date(2026, 5, 5), title="Phiên chợ")
    making.make_stand(second, tea)
    late = making.make_contract(programme, tea, number="07/HĐ")
    early = making.make_contract(programme, tea, number="7 / hd")
    making.make_result(late, fair, value=5_000_000, on=date(2026, 6, 1))
    making.make_result(early, second, value=5_000_000, on=date(2026, 5, 6))

    before = compute("I17", scope)
    making.make_decision(early, late)
    after = compute("I17", scope)
    making.make_decision(early, late, MatchDecision.UNDONE)
    again = compute("I17", scope)

    assert told(before, "signed") == told(again, "signed") == (10_000_000, 0, 0)
    assert before.breakdown["apart"] == again.breakdown["apart"] == {"undecided": 1}
    assert (told(after, "signed"), after.breakdown["apart"]) == (
        (5_000_000, 0, 0),
        {"undecided": 0},
    )
    (row,) = [row for row in after.list_rows() if row.kind == "contract"]
    assert (row.facts["event_id"], row.facts["claims"]) == (second.id, [late.id, early.id])


def test_pairs_found_different_are_proposed_no_more(programme, tea, fair):
    one, other = (making.make_contract(programme, tea, number="7/HĐ") for _ in "12")
    for contract in (one, other):
        making.make_result(contract, fair)

    before = ledger.load(programme).undecided
    making.make_decision(one, other, MatchDecision.DIFFERENT)

    assert before == [(one.id, other.id)]
    assert ledger.load(programme).undecided == []


@pytest.mark.parametrize(
    ("said", "days", "alike"),
    [
        ({"subject": "Chè xanh"}, 300, True),
        ({}, 90, True),
        ({}, 91, False),
    ],
)
def test_the_same_buyer_with_the_same_goods_or_value_may_be_one(
    programme, tea, fair, said, days, alike
):
    buyer = making.make_buyer(programme)
    first, second = (
        making.make_contract(programme, tea, buyer=buyer, number="", **said) for _ in "12"
    )
    making.make_result(first, fair, value=5_000_000, on=making.FAIR_DAY)
    on = date.fromordinal(making.FAIR_DAY.toordinal() + days)
    making.make_result(second, fair, value=5_000_000 if days <= 91 else 1, on=on)

    assert (ledger.load(programme).undecided == [(first.id, second.id)]) is alike


def test_contracts_are_compared_through_merges_and_conversions(programme, tea, fair):
    merged, group, other = (make_organisation(programme) for _ in range(3))
    contracts = [
        making.make_contract(programme, owner, number="7/HĐ")
        for owner in (tea, merged, group, other)
    ]
    for contract in contracts:
        making.make_result(contract, fair)
    duplicates.merge_organisations(tea, merged, "Nhập hai lần")
    db.session.add(
        OrganisationLineage(
            kind=LineageKind.CONVERT,
            effective_on=date(2026, 6, 1),
            old_id=group.id,
            new_id=tea.id,
        )
    )
    db.session.flush()
    one, two, three, _other = (contract.id for contract in contracts)

    assert ledger.load(programme).undecided == [(one, two), (one, three), (two, three)]


def test_women_led_is_judged_on_the_day_of_the_fair(programme, scope, fair):
    left, came, unknown = (make_organisation(programme, woman_head=None) for _ in range(3))
    make_post(make_person(programme), left, valid_to=date(2026, 3, 10))
    make_post(make_person(programme), came, valid_from=date(2026, 3, 11))
    for organisation in (left, came, unknown):
        making.make_stand(fair, organisation)

    figure = compute("I17", scope)

    assert figure.breakdown["women_led"] == {"women_led": 2, "not_women_led": 0, "unknown": 2}


def test_an_organisation_dissolved_since_stays_in_the_figure(programme, scope, fair):
    gone = make_organisation(programme, status=None)
    make_status(gone, valid_to=date(2026, 8, 31))
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 9, 1))
    making.make_stand(fair, gone)
    making.make_result(making.make_contract(programme, gone), fair, value=4_000_000)

    figure = compute("I17", scope)

    assert (figure.value, told(figure, "signed")) == (2, (4_000_000, 0, 0))


def test_an_organisation_counts_once_however_often_it_came(programme, scope, tea, fair):
    second = making.make_fair(programme, date(2026, 5, 5))
    making.make_stand(second, tea)
    certificate = make_certificate(tea, stars=4)
    stand = making.make_stand(second, make_organisation(programme))
    making.make_product(stand)
    making.make_product(stand, "Mật ong", certificate)

    figure = compute("I17", scope)

    assert figure.value == 2
    assert figure.breakdown["took_part"] == {"activities": 2, "stands": 4, "products": 2}
    assert figure.breakdown["stars"] == {"3": 0, "4": 1, "5": 0}


def test_the_annex_ends_in_what_i17_counts(programme, scope, tea, fair, english):
    second = making.make_fair(programme, date(2026, 5, 5), title="Phiên chợ")
    making.make_stand(second, tea)
    earlier = making.make_fair(programme, date(2025, 5, 5), title="Năm trước")
    contract = making.make_contract(programme, tea)
    making.make_result(contract, earlier, value=4_000_000)

    listing = annex.table(programme, programmes.get_period(programme, "2026"))

    none = [0, 0, 0, 0, 0, 0, 0, 0]
    assert listing.title == "Annex 7: trade promotion 2026"
    assert list(listing.rows) == [
        [1, "Năm trước", date(2025, 5, 5), *[None] * 6, 0, 1, 0, 0, 4_000_000, 0, 0, 0],
        [2, "Hội chợ", making.FAIR_DAY, 1, 1, 0, 2, 0, 0, *none],
        [3, "Phiên chợ", date(2026, 5, 5), 1, 1, 0, 1, 0, 0, *none],
        [
            None,
            "All, each organisation once",
            None,
            1,
            1,
            0,
            3,
            0,
            0,
            0,
            1,
            0,
            0,
            4_000_000,
            0,
            0,
            0,
        ],
    ]


def test_the_dossier_tells_stands_and_contracts(programme, tea, fair, english):
    making.make_result(
        making.make_contract(programme, tea, number="7/HĐ"), fair, on=date(2026, 4, 1)
    )

    told_ = dossier.tell_trade(programme, tea, date(2027, 6, 10))

    assert [(entry.on, entry.text, entry.details) for entry in told_] == [
        (making.FAIR_DAY, "Had a stand at “Hội chợ”", ("2 stands",)),
        (date(2026, 4, 1), "Trade: Signed", ("7/HĐ", "1,000,000 VND", "self-declared")),
    ]


def test_rows_name_no_buyer(programme, scope, tea, fair):
    buyer = making.make_buyer(programme, "Bà Nguyễn Thị Tư", "+84912345678")
    making.make_result(making.make_contract(programme, tea, buyer=buyer), fair)

    rows = list(compute("I17", scope).list_rows())

    assert {row.facts["part"] for row in rows} == {Part.COUNTED.value, Part.DETAIL.value}
    assert "Tư" not in str(rows)
    assert "84912345678" not in str(rows)


def test_a_row_is_called_as_on_the_last_day_of_the_period(programme, tea, fair):
    old = db.session.scalars(
        select(OrganisationName).where(OrganisationName.organisation_id == tea.id)
    ).one()
    old.valid_to = date(2026, 12, 31)
    make_name(tea, "HTX Chè Mới", valid_from=date(2027, 1, 1))

    (row,) = compute("I17", Scope(programme, FROM, TO)).list_rows()

    assert lines.describe([row], TO)[0].what == "HTX Chè"
