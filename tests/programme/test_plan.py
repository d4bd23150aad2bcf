"""The yearly plan beside what the target promises; contents and baselines."""

from datetime import date
from decimal import Decimal

import pytest

from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.programme import queries, service, words
from coopevents.programme.models import TargetKind
from coopevents.programme.plans import ActivityPlan, BaselinePlan
from coopevents.programme.queries import PlanCheck
from tests.event_factories import make_event
from tests.programme.test_targets import planned as planned_target

pytestmark = pytest.mark.usefixtures("english")

TEXT = {"vi": "Nội dung mẫu", "en": "Sample", "ar": "عينة"}


def promise(programme, title="Tập huấn", *, year=2026, **changes):
    plan = ActivityPlan(year, 3, "training", title, None, "Việt Trì", 60)
    return service.promise(programme, ActivityPlan(**{**vars(plan), **changes}))


@pytest.mark.parametrize(
    ("number", "too_few", "too_many"),
    [(0, True, False), (1, True, False), (2, False, False), (3, False, False), (4, False, True)],
)
def test_the_plan_is_held_against_the_target_in_force(programme, number, too_few, too_many):
    for n in range(number):
        promise(programme, f"Hoạt động {n}")

    check = queries.check_year_plan(programme, 2026)

    assert check == PlanCheck(number, 2, 3)
    assert (check.too_few, check.too_many) == (too_few, too_many)


def test_nothing_is_owed_for_the_year_the_programme_began_in(programme):
    assert queries.check_year_plan(programme, 2024) == PlanCheck(0, None, None)


def test_a_year_is_held_against_the_version_of_its_time(programme):
    plan = planned_target(
        programme,
        indicator="I1",
        kind=TargetKind.RANGE,
        lower_value=Decimal(4),
        upper_value=Decimal(5),
        per_year=True,
        effective_on=date(2027, 1, 1),
    )
    service.set_target(programme, plan)

    checks = [queries.check_year_plan(programme, year) for year in (2026, 2027)]

    assert [(check.lower, check.upper) for check in checks] == [(2, 3), (4, 5)]


def test_last_years_plan_is_copied_once(programme):
    promise(programme, "Tập huấn Luật", month=5)
    promise(programme, "Hội chợ", kind="trade_promotion")

    service.copy_plan(programme, 2027)

    copied = queries.list_year_plan(programme, 2027)
    assert [(row.month, row.kind, row.title, row.place, row.seats) for row in copied] == [
        (3, "trade_promotion", "Hội chợ", "Việt Trì", 60),
        (5, "training", "Tập huấn Luật", "Việt Trì", 60),
    ]
    assert len(queries.list_year_plan(programme, 2026)) == 2
    with pytest.raises(DomainError, match="2026"):
        service.copy_plan(programme, 2027)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"month": 13}, "month"), ({"seats": 0}, "seats"), ({"year": 26}, "year")],
)
def test_an_activity_that_cannot_be_is_refused(programme, changes, field):
    with pytest.raises(InputError) as refusal:
        promise(programme, **changes)

    assert list(refusal.value.fields) == [field]
    assert queries.list_year_plan(programme) == []


def test_the_plan_is_listed_by_as_many_questions_for_one_as_for_three(programme, count_queries):
    host = queries.list_bodies(programme)[0].body_id
    promise(programme, "Một", host_body_id=host)
    with count_queries() as one:
        [row.host.key for row in queries.list_year_plan(programme, 2026)]
    promise(programme, "Hai", host_body_id=queries.list_bodies(programme)[1].body_id)
    promise(programme, "Ba", host_body_id=host)
    db.session.expire_all()
    db.session.refresh(programme)
    with count_queries() as three:
        [row.host.key for row in queries.list_year_plan(programme, 2026)]

    assert one.number == three.number == 1


def test_a_content_that_an_activity_serves_stays(programme):
    content = service.add_content(programme, TEXT)
    make_event(programme, contents=(5,))

    with pytest.raises(DomainError):
        service.remove_content(content)

    assert [row.number for row in queries.list_contents(programme.id)] == [1, 2, 3, 4, 5]


def test_the_last_content_goes_again_and_no_other(programme):
    content = service.add_content(programme, TEXT)
    with pytest.raises(DomainError):
        service.remove_content(queries.list_contents(programme.id)[0])

    service.remove_content(content)

    assert [row.number for row in queries.list_contents(programme.id)] == [1, 2, 3, 4]


@pytest.mark.case(7)
def test_a_baseline_is_labelled_with_the_province_of_its_time(programme):
    baselines = queries.list_baselines(programme)

    labels = {words.territory_name(baseline.territory) for baseline in baselines}

    assert labels == {"Tỉnh Phú Thọ (former)"}
    assert {baseline.territory.valid_to for baseline in baselines} == {date(2025, 6, 30)}


def test_a_baseline_typed_with_a_point_is_refused_and_not_guessed(programme):
    plan = BaselinePlan(
        "groups_again", Decimal("1.146"), TEXT, programme.territory_id, date(2024, 8, 21)
    )

    with pytest.raises(InputError) as refusal:
        service.add_baseline(programme, plan)

    assert list(refusal.value.fields) == ["value"]


def test_a_baseline_keeps_its_key(programme):
    baseline = queries.list_baselines(programme)[0]
    plan = BaselinePlan("other", baseline.value, TEXT, programme.territory_id, baseline.as_of)

    with pytest.raises(InputError) as refusal:
        service.correct_baseline(baseline, plan)

    assert list(refusal.value.fields) == ["key"]
