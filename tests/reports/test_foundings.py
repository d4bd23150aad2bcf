"""I12, I13 and I21 at the edges of rule version 2: numbers, certifications, first contacts."""

from datetime import date, timedelta

import pytest

from coopevents.accounts.models import HostBody
from coopevents.db import db
from coopevents.directory import lineage
from coopevents.directory.models import DatePrecision, LineageKind, OrganisationKind
from coopevents.directory.service import NewOrganisation
from coopevents.duplicates import service as duplicates
from coopevents.outcomes.advice.models import Outcome, Purpose
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import add, compute
from coopevents.reports.lines import describe
from tests.factories import make_code, make_organisation, make_person, make_post, make_support
from tests.outcomes.advice.cases import make_case, make_founding, make_move, take_back
from tests.reports.test_register_indicators import FOUNDED, FROM, GROUP, TO, link, parts

BEFORE, AFTER = FOUNDED - timedelta(days=1), FOUNDED + timedelta(days=1)


@pytest.fixture
def scope(programme) -> Scope:
    return Scope(programme, FROM, TO)


def found(programme, **said):
    return make_organisation(programme, **{"founded_on": FOUNDED, **said})


def told(programme, one, code="I12") -> str | None:
    """Answer what became of the founding in the figure of the period."""
    return parts(compute(code, Scope(programme, FROM, TO))).get(one.id)


def test_a_founding_counts_only_with_a_registration_number(programme):
    one = found(programme)
    make_support(one, supported_on=FOUNDED)

    assert told(programme, one) == "no_number"
    make_code(one, "2600123456", scheme="tax")
    assert told(programme, one) == "no_number"
    make_code(one)
    assert told(programme, one) == "counted"


def test_a_group_counts_by_the_certification_of_its_contract(programme):
    one = found(programme, kind=GROUP)
    case = make_case(programme, opened_on=BEFORE)
    assert told(programme, one, "I13") == "no_number"

    founding = make_founding(case, one, FOUNDED, number=None, certified_on=AFTER)
    assert told(programme, one, "I13") == "counted"
    take_back(founding)
    assert told(programme, one, "I13") == "no_number"


@pytest.mark.parametrize(
    ("opened_on", "part"), [(BEFORE, "counted"), (FOUNDED, "counted"), (AFTER, "no_support")]
)
@pytest.mark.parametrize("led_to", [True, False])
def test_a_first_contact_is_support_up_to_the_day_of_founding(programme, opened_on, part, led_to):
    one = found(programme)
    make_code(one)
    if led_to:
        make_founding(make_case(programme, opened_on=opened_on), one, FOUNDED)
    else:
        make_case(programme, one, opened_on=opened_on)

    assert told(programme, one) == part


def test_a_first_contact_in_a_year_of_which_no_day_is_known_is_in_time(programme):
    one = found(programme, founded_on=date(2026, 1, 1))
    one.founded_precision = DatePrecision.YEAR
    make_code(one)
    make_case(programme, one, opened_on=date(2026, 11, 1))

    figure = compute("I12", Scope(programme, FROM, date(2026, 12, 31)))

    assert parts(figure) == {one.id: "counted"}


def test_a_case_of_a_third_body_is_no_support(programme, scope):
    one = found(programme)
    make_code(one)
    case = make_case(programme, one, opened_on=BEFORE)
    assert compute("I12", scope).value == 1

    third = HostBody(key="department")
    db.session.add(third)
    db.session.flush()
    case.body_id = third.id
    assert told(programme, one) == "no_support"


@pytest.mark.parametrize("of_group", [True, False])
def test_what_is_known_of_a_merged_entry_counts_for_the_kept_one(programme, scope, of_group):
    kept, twin = found(programme), make_organisation(programme)
    case = make_case(programme, twin if of_group else None, opened_on=BEFORE)
    make_founding(case, twin, FOUNDED)
    duplicates.merge_organisations(kept, twin, "Nhập hai lần")

    assert parts(compute("I12", scope)) == {kept.id: "counted"}


def test_the_legal_day_on_record_decides_before_the_registers(programme):
    one = found(programme, founded_on=None)
    case = make_case(programme, opened_on=BEFORE)
    assert told(programme, one) is None

    founding = make_founding(case, one, FOUNDED)
    (row,) = compute("I12", Scope(programme, FROM, TO)).list_rows()
    assert (row.facts["part"], row.facts["founded_on"]) == ("counted", FOUNDED.isoformat())
    assert (row.facts["precision"], "name" in row.facts) == ("day", False)
    take_back(founding)
    assert told(programme, one) is None


def test_of_two_merged_entries_the_earlier_legal_day_holds(programme, scope):
    kept, twin = found(programme, founded_on=None), found(programme, founded_on=None)
    make_founding(
        make_case(programme, opened_on=BEFORE), kept, TO + timedelta(days=1), number="1-1"
    )
    make_founding(make_case(programme, opened_on=BEFORE), twin, FOUNDED, number="1-2")
    duplicates.merge_organisations(kept, twin, "Nhập hai lần")

    assert parts(compute("I12", scope)) == {kept.id: "counted"}


def test_nothing_that_came_out_of_a_merger_is_new_however_well_advised(programme, scope):
    old, new = make_organisation(programme), found(programme)
    make_founding(make_case(programme, opened_on=BEFORE), new, FOUNDED)
    link(LineageKind.CONSOLIDATE, old, new)

    assert parts(compute("I12", scope)) == {new.id: "reorganised"}


@pytest.mark.case(28)
def test_advice_for_a_group_that_converts_is_advice_for_its_cooperative(programme, scope):
    group = found(programme, kind=GROUP, founded_on=date(2026, 1, 5))
    case = make_case(programme, group, purpose=Purpose.CONVERT, opened_on=date(2026, 1, 5))
    make_code(group)
    new = NewOrganisation(OrganisationKind.COOPERATIVE, "HTX Chè", codes={"registration": "18-07"})
    cooperative = lineage.convert(group, new, on=FOUNDED, people=lineage.People.GO_ON)

    cooperatives, groups = compute("I12", scope), compute("I13", scope)

    # The group stays counted once, in its own period; the cooperative is one, and flagged.
    assert (parts(groups), parts(cooperatives)) == (
        {group.id: "counted"},
        {cooperative.id: "counted"},
    )
    assert cooperatives.breakdown["of_which"]["from_group"] == 1
    assert groups.breakdown["of_which"] == {
        "still_operating": 0,
        "from_group": 0,
        "later_cooperative": 1,
    }
    # Recording what the case led to counts nothing twice.
    make_founding(case, cooperative, FOUNDED, number="18-07")
    assert compute("I12", scope).value == compute("I13", scope).value == 1
    # A contact that came only afterwards helped neither.
    case.opened_on = AFTER
    assert told(programme, cooperative) == told(programme, group, "I13") == "no_support"


@pytest.mark.case(29)
def test_a_founding_with_advice_stays_counted_when_it_is_dissolved(programme, scope):
    one = found(programme)
    make_founding(make_case(programme, opened_on=BEFORE), one, FOUNDED)
    before = compute("I12", scope)

    lineage.dissolve(one, on=date(2026, 9, 1))

    after, whole = compute("I12", scope), compute("I12", Scope(programme, date(2024, 8, 21), TO))
    assert (before.value, after.value, whole.value) == (1, 1, 1)
    assert before.breakdown["of_which"]["still_operating"] == 1
    assert whole.breakdown["of_which"]["still_operating"] == 0
    # The advice it got is counted on as well.
    assert compute("I21", scope).breakdown["did"]["led_to_founding"] == 1


@pytest.mark.case(5)
def test_a_founding_of_which_nobody_knows_the_head_stands_apart(programme):
    one = found(programme, woman_head=None)
    make_founding(make_case(programme, opened_on=BEFORE), one, FOUNDED)

    assert told(programme, one) == "unknown"
    make_post(make_person(programme), one)
    assert told(programme, one) == "counted"


def test_advice_cases_are_told_by_what_of_them_lies_in_the_days(programme, scope):
    opened = make_case(programme, opened_on=FROM)
    older = make_case(
        programme,
        opened_on=FROM - timedelta(days=1),
        purpose=Purpose.FOUND_GROUP,
        body="coop_alliance",
    )
    untouched = make_case(programme, opened_on=FROM - timedelta(days=1))
    make_case(programme, opened_on=TO + timedelta(days=1))
    make_founding(older, found(programme, kind=GROUP), FOUNDED)
    make_move(older, TO, Outcome.FOUNDED)
    make_move(untouched, TO + timedelta(days=1))

    figure = compute("I21", scope)

    assert figure.value == 1
    assert figure.breakdown["did"] == {"opened": 1, "closed": 1, "led_to_founding": 1}
    assert figure.breakdown["body"] == {
        "coop_alliance": {"opened": 0, "closed": 1, "led_to_founding": 1},
        "womens_union": {"opened": 1, "closed": 0, "led_to_founding": 0},
    }
    assert figure.breakdown["purpose"]["found_group"]["closed"] == 1
    rows = {row.row_id: row for row in figure.list_rows()}
    assert {row.kind for row in rows.values()} == {"advice_case"}
    assert {id_: row.facts["part"] for id_, row in rows.items()} == {
        opened.id: "counted",
        older.id: "apart",
    }


def test_a_case_taken_up_again_by_the_last_day_was_not_closed(programme, scope):
    case = make_case(programme, opened_on=FROM)
    make_move(case, date(2026, 5, 1))
    make_move(case, TO, None)

    assert compute("I21", scope).breakdown["did"]["closed"] == 0
    until_may = Scope(programme, FROM, date(2026, 5, 31))
    assert compute("I21", until_may).breakdown["did"]["closed"] == 1


def test_cases_opened_add_up_over_periods(programme):
    for day in (FROM, date(2026, 6, 14), date(2026, 6, 15)):
        make_case(programme, opened_on=day)
    halves = [Scope(programme, FROM, date(2026, 6, 14)), Scope(programme, date(2026, 6, 15), TO)]

    assert add([compute("I21", half) for half in halves]) == 3


def test_a_row_of_a_case_is_told_in_words_and_holds_no_personal_name(programme, scope, english):
    case = make_case(programme, name="Nhóm chị Hoà", opened_on=FROM)
    make_move(case, FOUNDED)
    rows = list(compute("I21", scope).list_rows())

    (line,) = describe(rows, TO)

    assert line.what == "Nhóm chị Hoà"
    assert line.details == (
        "Found a cooperative · first contact on 15 Dec 2025 · closed on 4 May 2026: Given up"
    )
    assert "Hoà" not in str(rows[0].facts)


@pytest.mark.parametrize("code", ["I12", "I13", "I21"])
def test_more_foundings_take_no_more_questions(programme, scope, count_queries, code):
    compute(code, scope)  # so that what is loaded once is not counted
    asked_of = []
    for number in range(3):
        case = make_case(programme, opened_on=BEFORE)
        kind = GROUP if code == "I13" else OrganisationKind.COOPERATIVE
        make_founding(case, found(programme, kind=kind), FOUNDED, number=f"1-{number}")
        with count_queries() as asked:
            assert compute(code, scope).value == number + 1
        asked_of.append(asked.number)

    assert asked_of == [asked_of[0]] * 3
