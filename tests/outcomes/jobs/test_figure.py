"""I14 at its edges, and what cases 28 and 29 say of jobs."""

from datetime import date
from itertools import pairwise

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory import lineage
from coopevents.directory.models import (
    LineageKind,
    OrganisationKind,
    OrganisationLineage,
    OrganisationStatusKind,
    PostKind,
    Sex,
)
from coopevents.directory.service import NewOrganisation
from coopevents.duplicates import service as duplicates
from coopevents.reports import lines
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import add, compute
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.scope import Territory
from tests.factories import (
    make_code,
    make_organisation,
    make_other_programme,
    make_override,
    make_person,
    make_post,
    make_status,
    make_support,
)
from tests.outcomes.factories import make_count, make_verification

START, END = date(2024, 8, 21), date(2026, 12, 14)
FEBRUARY = date(2026, 2, 10)


@pytest.fixture(autouse=True)
def _after_the_period(app):
    with time_machine.travel("2026-12-20T03:00:00Z", tick=True):
        yield


@pytest.fixture
def scope(programme):
    return Scope(programme, START, END)


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", founded_on=date(2015, 5, 4))


def parts(figure):
    """Answer what each organisation did for the figure: its new jobs, or why it did nothing."""
    return {
        (row.row_id, row.facts.get("why")): row.facts.get("increment") for row in figure.list_rows()
    }


def test_new_jobs_are_told_apart_by_part_kind_and_half_year(programme, scope, tea):
    group = make_organisation(
        programme, kind=OrganisationKind.LINKED_GROUP, founded_on=date(2025, 3, 1)
    )
    make_count(programme, tea, "2024-1", 10, 5, 5)
    make_count(programme, tea, "2025-1", 12, 9, 6)
    make_count(programme, tea, "2025-2", 8, 8, 8)
    make_count(programme, group, "2025-2", 6, 0, 0)

    figure = compute("I14", scope)

    assert figure.value == 11
    assert figure.breakdown == {
        "part": {"workers": 4, "members": 7},
        "kind": {"cooperative": 5, "cooperative_group": 0, "linked_group": 6},
        "half_year": {"2025-1": 5, "2025-2": 6},
        "counted": {"organisations": 2},
        "apart": {},
    }
    (row,) = [row for row in figure.list_rows() if row.row_id == tea.id]
    assert row.facts == {
        "part": "counted",
        "kind": "cooperative",
        "jobs": 8,
        "baseline": 10,
        "increment": 5,
        "workers": 4,
        "members": 1,
        "half_years": ["2025-1", "2025-2"],
    }


def test_a_woman_who_is_member_and_worker_is_one_person(programme, scope, tea):
    make_count(programme, tea, "2024-1", 5, 0, 0)
    make_count(programme, tea, "2025-1", 10, 10, 10)

    assert compute("I14", scope).value == 5


def test_where_nobody_counted_there_is_no_zero(programme, scope, tea):
    assert compute("I14", scope).value is None

    make_count(programme, tea, "2024-1", 5)
    make_count(programme, tea, "2025-1", 5)

    assert compute("I14", scope).value == 0


def test_what_does_not_count_stands_apart_with_its_reason(programme, scope, tea):
    def make(why, **more):
        one = make_organisation(programme, founded_on=date(2025, 1, 1), **more)
        make_count(programme, one, "2026-1", 7, verified=why != "unverified")
        return one.id, why

    expected = {
        make("unverified"),
        make("not_women_led", woman_head=False),
        make("unknown", woman_head=None),
    }
    gone = make_organisation(programme, founded_on=date(2025, 1, 1), status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 6, 14))
    make_count(programme, gone, "2026-1", 7)
    make_count(programme, tea, "2026-1", 7)

    figure = compute("I14", scope)

    assert figure.value is None
    assert parts(figure) == dict.fromkeys(expected | {(gone.id, "gone"), (tea.id, "no_baseline")})
    assert figure.breakdown["apart"] == dict.fromkeys(
        ("unverified", "not_women_led", "unknown", "gone", "no_baseline"), 1
    )


def test_only_the_row_that_stands_counts_and_a_withdrawn_one_is_no_zero(programme, scope, tea):
    make_count(programme, tea, "2024-1", 5)
    wrong = make_count(programme, tea, "2025-1", 50)
    right = make_count(programme, tea, "2025-1", 8, corrects=wrong, verified=False)

    before = compute("I14", scope)
    make_verification(right)
    verified = compute("I14", scope)
    make_count(programme, tea, "2025-1", None, corrects=right)
    withdrawn = compute("I14", scope)

    assert (before.value, before.breakdown["apart"]) == (None, {"unverified": 1})
    assert verified.value == 3
    assert (withdrawn.value, list(withdrawn.list_rows())) == (None, [])


def test_women_led_is_asked_on_the_last_day_of_the_half_year(programme, scope):
    one = make_organisation(programme, woman_head=None, founded_on=date(2025, 1, 1))
    woman, man = make_person(programme), make_person(programme, sex=Sex.MALE)
    make_post(woman, one, PostKind.DIRECTOR, valid_to=date(2025, 12, 14))
    make_post(man, one, PostKind.DIRECTOR, valid_from=date(2025, 12, 15))
    for half, number in (("2025-1", 10), ("2025-2", 12), ("2026-1", 20), ("2026-2", 20)):
        make_count(programme, one, half, number)

    figure = compute("I14", scope)

    assert figure.value == 12
    assert figure.breakdown["apart"] == {"not_women_led": 2}


def test_growth_while_out_of_scope_is_known_and_never_counted(programme, scope, tea):
    make_override(tea, False, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    for half, number in (("2024-1", 10), ("2025-1", 18), ("2026-1", 20)):
        make_count(programme, tea, half, number)

    assert compute("I14", scope).value == 2


def test_a_count_belongs_to_the_period_of_its_half_years_last_day(programme, tea):
    for half, number in (("2024-1", 10), ("2025-1", 14), ("2025-2", 13), ("2026-1", 17)):
        make_count(programme, tea, half, number)

    def value(from_on, to_on):
        return compute("I14", Scope(programme, from_on, to_on)).value

    assert value(START, date(2025, 6, 13)) is None
    assert value(START, date(2025, 6, 14)) == 4
    assert value(date(2025, 6, 15), END) == 3
    assert value(START, END) == 7
    assert value(date(2024, 1, 1), date(2024, 8, 20)) is None


def test_periods_add_up(programme, tea):
    for half, number in (("2024-1", 10), ("2024-2", 14), ("2025-2", 9), ("2026-1", 17)):
        make_count(programme, tea, half, number)
    edges = [START, date(2024, 12, 15), date(2025, 12, 15), date(2026, 12, 15)]

    figures = [
        compute("I14", Scope(programme, first, after - date.resolution))
        for first, after in pairwise(edges)
    ]

    assert [figure.value for figure in figures] == [4, 0, 3]
    assert add(figures) == compute("I14", Scope(programme, START, END)).value == 7
    with pytest.raises(ValueError, match="too many values"):
        add([figures[0], compute("I2", Scope(programme, START, END))])


def test_a_seat_outside_the_old_province_counts_only_in_the_new_one(programme):
    elsewhere = db.session.scalars(
        select(AdministrativeUnit).where(AdministrativeUnit.name == "Xã Cao Sơn").limit(1)
    ).one()
    one = make_organisation(programme, commune=elsewhere, founded_on=date(2025, 9, 1))
    make_count(programme, one, "2025-2", 9)

    today = compute("I14", Scope(programme, START, END))
    before = compute("I14", Scope(programme, START, END, Territory.AS_IT_WAS))

    assert today.value == 9
    assert (before.value, before.breakdown["apart"]) == (None, {"elsewhere": 1})


def test_an_entry_merged_into_another_counts_once(programme, scope, tea):
    twin = make_organisation(programme, name="Hợp tác xã chè")
    make_count(programme, twin, "2024-1", 6)
    make_count(programme, twin, "2025-1", 30)
    make_count(programme, tea, "2025-1", 9)
    duplicates.merge_organisations(tea, twin, "Nhập hai lần")

    figure = compute("I14", scope)

    assert figure.value == 3
    assert {row.row_id for row in figure.list_rows()} == {tea.id}


def test_counts_of_an_entry_kept_as_a_union_stand_apart(programme, scope, tea, english):
    union = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_UNION)
    make_count(programme, tea, "2024-1", 6)
    make_count(programme, tea, "2025-1", 9)
    duplicates.merge_organisations(union, tea, "Nhập hai lần")

    figure = compute("I14", scope)
    (row,) = figure.list_rows()
    (line,) = lines.describe([row], END)

    assert (figure.value, figure.breakdown["apart"]) == (None, {"other_kind": 1})
    assert (row.row_id, row.facts["why"]) == (union.id, "other_kind")
    assert "only cooperatives and groups are counted" in line.details


def _convert(programme, group):
    new = NewOrganisation(OrganisationKind.COOPERATIVE, "HTX Chè Mới")
    founded = lineage.convert(group, new, on=FEBRUARY, document="QĐ 15")
    make_post(make_person(programme), founded, PostKind.DIRECTOR, valid_from=FEBRUARY)
    return founded


@pytest.fixture
def group(programme):
    """A group founded under the programme, with support, that had jobs before it converted."""
    one = make_organisation(
        programme, kind=OrganisationKind.COOPERATIVE_GROUP, founded_on=date(2025, 3, 1)
    )
    make_support(one, supported_on=date(2025, 2, 1))
    make_code(one, "1807000123")
    make_count(programme, one, "2025-1", 12, 4, 2)
    make_count(programme, one, "2025-2", 10, 4, 2)
    return one


@pytest.mark.case(28)
def test_jobs_of_a_group_that_converts_are_not_counted_twice(programme, scope, group):
    before = compute("I14", scope)
    cooperative = _convert(programme, group)
    make_count(programme, cooperative, "2026-1", 15, 6, 3)

    figure = compute("I14", scope)

    # The lineage is CONVERT.
    (link,) = db.session.scalars(select(OrganisationLineage))
    assert (link.kind, link.old_id, link.new_id) == (LineageKind.CONVERT, group.id, cooperative.id)
    # The group keeps its founding in its period; the cooperative counts by the rule and is flagged.
    assert compute("I13", scope).value == 1
    (new,) = [
        row.facts for row in compute("I12", scope).list_rows() if row.row_id == cooperative.id
    ]
    assert new["from_group"] is True
    # Its 14 jobs moved along: of the 18 in the cooperative four are new.
    assert (before.value, figure.value) == (14, 18)
    assert parts(figure) == {(group.id, None): 14, (cooperative.id, None): 4}


@pytest.mark.case(28)
def test_jobs_are_not_counted_twice_where_the_cooperative_is_smaller(programme, scope, group):
    cooperative = _convert(programme, group)
    make_count(programme, cooperative, "2026-1", 12, 0, 0)
    make_count(programme, cooperative, "2026-2", 14, 0, 0)

    assert compute("I14", scope).value == 14


@pytest.mark.case(28)
def test_a_count_of_the_group_on_a_day_it_was_no_more_counts_nothing(programme, scope, group):
    cooperative = _convert(programme, group)
    make_count(programme, group, "2026-1", 15, 6, 3)
    make_count(programme, cooperative, "2026-1", 15, 6, 3)

    figure = compute("I14", scope)

    assert figure.value == 18
    assert figure.breakdown["apart"] == {"gone": 1}


@pytest.mark.case(29)
def test_what_was_counted_of_a_dissolved_one_stays(programme, scope, group):
    before = compute("I14", scope).value

    lineage.dissolve(group, on=FEBRUARY, document="QĐ 16")

    figure = compute("I14", scope)
    assert (before, figure.value) == (14, 14)
    assert parts(figure) == {(group.id, None): 14}
    # Founded under the programme it stays in the cumulative, of which none still operates.
    founded = compute("I13", scope)
    assert (founded.value, founded.breakdown["of_which"]["still_operating"]) == (1, 0)
    # It is out of the target group.
    assert group.id not in {row.row_id for row in compute("I7", scope).list_rows()}


def test_another_programmes_counts_are_none(programme, scope, tea):
    other = make_other_programme(programme)
    make_count(other, tea, "2024-1", 5)
    make_count(other, tea, "2025-1", 9)

    assert compute("I14", scope).value is None
    assert compute("I14", Scope(other, START, END)).value == 4


@pytest.mark.parametrize("number", [1, 3])
def test_the_figure_asks_as_many_questions_for_three_as_for_one(
    programme, scope, count_queries, number
):
    for _ in range(number):
        one = make_organisation(programme, founded_on=date(2025, 1, 1))
        make_count(programme, one, "2025-1", 10)
        make_count(programme, one, "2025-2", 12, verified=False)
    db.session.expire_all()

    with count_queries() as asked:
        figure = compute("I14", scope)

    assert figure.value == 10 * number
    assert asked.number == 12
    assert len(list(figure.list_rows())) == 2 * number


def test_the_rows_are_told_in_words(programme, scope, tea, english):
    make_count(programme, tea, "2024-1", 10)
    make_count(programme, tea, "2025-1", 14, 3, 1)
    make_count(programme, tea, "2025-2", 20, verified=False)

    told = {
        line.part: line.details for line in lines.describe(compute("I14", scope).page(0, 9), END)
    }

    assert told == {
        "Counted": "Cooperative · first half of 2025 · 16 women · 6 new above 10 known: 3 workers,"
        " 3 members",
        "Apart, in no number": "Cooperative · its count of jobs is not verified yet ·"
        " second half of 2025 · 20 women",
    }
