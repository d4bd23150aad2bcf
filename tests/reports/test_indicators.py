"""Awkward real cases (domain model, section 7), as far as I1, I2, I3, I7 and I11 go."""

from datetime import date

import pytest

from coopevents.directory.models import (
    OrganisationKind,
    OrganisationName,
    OrganisationStatusKind,
    Sex,
)
from coopevents.directory.queries import history
from coopevents.errors import NotFoundError
from coopevents.events.models import SessionState
from coopevents.reports.annexes import activities, attendance_per_organisation
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import compute
from tests import event_factories as made
from tests.factories import make_name, make_organisation, make_person, make_post, make_status

YEAR = (date(2025, 12, 15), date(2026, 12, 14))
DAY = date(2026, 3, 10)


@pytest.fixture
def scope(programme):
    return Scope(programme, *YEAR)


def _come(programme, *organisations, on=DAY, sex=Sex.FEMALE, **more):
    """Hold an activity to which one person comes for all these organisations."""
    event = made.make_event(programme, sessions=[(on, *made.MORNING)], **more)
    person = make_person(programme, sex=sex)
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, person))
    for organisation in organisations:
        made.make_representation(event, person, organisation)
    return made.close(event)


def _coverage(scope):
    figure = compute("I7", scope)
    return figure.numerator, figure.denominator, figure.breakdown["apart"]


@pytest.mark.case(15)
def test_a_third_host_changes_nothing_while_both_bodies_host(programme, scope):
    _come(programme, hosts=(*made.BOTH, "department"))

    assert compute("I1", scope).value == 1


@pytest.mark.case(16)
def test_an_activity_of_one_body_is_no_joint_one_but_its_people_count(programme, scope):
    event = _come(programme, hosts=("womens_union",), counts_to_programme=True)

    (row,) = activities(scope).list_rows()
    assert (compute("I1", scope).value, compute("I2", scope).value) == (0, 1)
    assert (row.row_id, row.facts["joint"]) == (event.id, False)


def test_an_activity_declared_not_to_count_is_no_joint_one(programme, scope):
    _come(programme, counts_to_programme=False)

    assert compute("I1", scope).value == 0


def test_an_activity_of_two_contents_is_under_both_and_counted_once(programme, scope):
    _come(programme, contents=(1, 3))

    figure = compute("I1", scope)

    assert figure.value == 1
    assert figure.breakdown == {"kind": {"training": 1}, "content": {"1": 1, "3": 1}}


@pytest.mark.parametrize(
    ("last_day", "counted"),
    [
        (date(2025, 12, 14), 0),
        (date(2025, 12, 15), 1),
        (date(2026, 12, 14), 1),
        (date(2026, 12, 15), 0),
    ],
)
def test_the_first_and_the_last_day_belong_to_the_period(programme, scope, last_day, counted):
    _come(programme, on=last_day)

    assert [compute(code, scope).value for code in ("I1", "I2", "I3")] == [counted] * 3


@pytest.mark.case(12)
def test_a_session_moved_across_the_cut_off_takes_the_whole_activity_along(programme, scope):
    days = [(date(2025, 12, 13), *made.MORNING), (date(2025, 12, 14), *made.MORNING)]
    event = made.make_event(programme, sessions=days)
    first, second = made.sessions_of(event)
    later = made.make_session(event, date(2025, 12, 16))
    second.moved_to_id, second.state = later.id, SessionState.MOVED
    made.make_entry(first, made.make_registration(event, make_person(programme)))
    made.close(event)
    before = Scope(programme, date(2024, 12, 15), date(2025, 12, 14))

    assert [compute(code, scope).value for code in ("I1", "I2")] == [1, 1]
    assert [compute(code, before).value for code in ("I1", "I2")] == [0, 0]


@pytest.mark.case(12)
def test_a_course_across_the_cut_off_is_whole_in_the_later_period(programme, scope):
    days = [(date(2025, 12, day), *made.MORNING) for day in (13, 14, 15, 16)]
    event = made.make_event(programme, sessions=days)
    early = made.sessions_of(event)[0]
    made.make_entry(early, made.make_registration(event, make_person(programme)))
    made.close(event)
    before = Scope(programme, date(2024, 12, 15), date(2025, 12, 14))

    assert [compute("I2", scope).value, compute("I2", before).value] == [1, 0]


def test_one_delegate_of_two_cooperatives_covers_both_and_is_one_person(programme, scope):
    _come(programme, make_organisation(programme), make_organisation(programme))

    assert _coverage(scope) == (2, 2, {"unknown": 0, "left": 0})
    assert compute("I3", scope).value == 1
    assert [row.facts["people"] for row in attendance_per_organisation(scope).list_rows()] == [1, 1]


def test_a_cooperative_whose_chair_was_replaced_by_a_man_has_left(programme, scope):
    organisation = make_organisation(programme, woman_head=None)
    woman, man = make_person(programme), make_person(programme, sex=Sex.MALE)
    make_post(woman, organisation, valid_to=date(2026, 8, 10))
    make_post(man, organisation, valid_from=date(2026, 8, 11))
    _come(programme, organisation)

    assert _coverage(scope) == (0, 0, {"unknown": 0, "left": 1})
    assert compute("I7", scope).value is None


def test_a_cooperative_that_came_after_its_chair_was_replaced_never_left(programme, scope):
    organisation = make_organisation(programme, woman_head=None)
    make_post(make_person(programme), organisation, valid_to=date(2026, 1, 10))
    man = make_person(programme, sex=Sex.MALE)
    make_post(man, organisation, valid_from=date(2026, 1, 11))
    _come(programme, organisation)

    assert _coverage(scope) == (0, 0, {"unknown": 0, "left": 0})


@pytest.mark.case(4)
def test_a_cooperative_women_led_after_its_only_activity_is_covered(programme, scope):
    organisation = make_organisation(programme, woman_head=None)
    man = make_person(programme, sex=Sex.MALE)
    make_post(man, organisation, valid_to=date(2026, 8, 10))
    make_post(make_person(programme), organisation, valid_from=date(2026, 8, 11))
    _come(programme, organisation)

    assert _coverage(scope) == (1, 1, {"unknown": 0, "left": 0})
    (row,) = compute("I7", scope).list_rows()
    assert (row.row_id, row.facts["part"]) == (organisation.id, "counted")
    # That she came says nothing of what a manager understands: no figure of it is made up.
    with pytest.raises(NotFoundError):
        compute("I8", scope)


def test_a_cooperative_nobody_knows_the_chair_of_is_in_no_percentage(programme, scope):
    _come(programme, make_organisation(programme, woman_head=None))

    assert _coverage(scope) == (0, 0, {"unknown": 1, "left": 0})


def test_a_cooperative_dissolved_in_the_year_leaves_the_target_and_its_people_stay(
    programme, scope
):
    organisation = make_organisation(programme, status=None)
    make_status(organisation, valid_to=date(2026, 6, 9))
    make_status(organisation, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 6, 10))
    _come(programme, organisation)

    (row,) = attendance_per_organisation(scope).list_rows()
    assert _coverage(scope) == (0, 0, {"unknown": 0, "left": 1})
    assert [compute(code, scope).value for code in ("I2", "I3")] == [1, 1]
    assert (row.facts["operating"], row.facts["people"]) == (False, 1)


def test_the_absorbed_cooperative_keeps_its_attendance_and_the_other_inherits_none(
    programme, scope
):
    absorbed = make_organisation(programme, status=None)
    make_status(absorbed, valid_to=date(2026, 6, 10))
    absorbing = make_organisation(programme)
    _come(programme, absorbed)

    assert _coverage(scope) == (0, 1, {"unknown": 0, "left": 1})
    assert {
        row.row_id: row.facts["attended"] for row in attendance_per_organisation(scope).list_rows()
    } == {absorbed.id: 1, absorbing.id: 0}


def test_the_annex_prints_the_name_valid_on_the_last_day(programme, scope):
    organisation = make_organisation(programme, name="Tên cũ")
    (old,) = history(OrganisationName, organisation.id)
    old.valid_to = date(2026, 5, 31)
    make_name(organisation, "Tên mới", valid_from=date(2026, 6, 1))
    _come(programme, organisation)

    (row,) = attendance_per_organisation(scope).list_rows()

    assert row.facts["name"] == "Tên mới"


def test_a_kind_without_women_led_ones_has_a_denominator_of_zero(programme, scope):
    _come(programme, make_organisation(programme))
    make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP, woman_head=False)

    figure = compute("I7", scope)

    assert figure.breakdown["kind"] == {
        "cooperative": {"numerator": 1, "denominator": 1},
        "cooperative_group": {"numerator": 0, "denominator": 0},
        "linked_group": {"numerator": 0, "denominator": 0},
    }


def test_with_nothing_held_counts_are_zero_and_shares_are_missing(scope):
    figures = {code: compute(code, scope).value for code in ("I1", "I2", "I3", "I7", "I11")}

    assert figures == {"I1": 0, "I2": 0, "I3": 0, "I7": None, "I11": None}


def test_a_union_of_cooperatives_is_no_target(programme, scope):
    _come(programme, make_organisation(programme, kind=OrganisationKind.COOPERATIVE_UNION))

    assert _coverage(scope) == (0, 0, {"unknown": 0, "left": 0})


def test_a_walk_in_of_no_organisation_counts_as_a_person_and_covers_nobody(programme, scope):
    make_organisation(programme)
    event = made.make_event(programme, sessions=[(DAY, *made.MORNING)])
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_walk_in(event))
    made.close(event)

    assert [compute(code, scope).value for code in ("I2", "I3")] == [1, 1]
    assert _coverage(scope) == (0, 1, {"unknown": 0, "left": 0})


def test_who_did_not_state_her_sex_is_in_no_share(programme, scope):
    for sex in (Sex.FEMALE, Sex.MALE, Sex.MALE, Sex.NOT_STATED):
        _come(programme, sex=sex)

    figure = compute("I11", scope)

    assert (figure.numerator, figure.denominator) == (1, 3)
    assert figure.breakdown == {"sex": {"female": 1, "male": 2, "not_stated": 1}}


def test_a_code_that_is_not_computed_is_refused(scope):
    with pytest.raises(NotFoundError):
        compute("I99", scope)
