"""Report periods follow each other without overlap or gap, and reports pin them."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.programme import queries, service
from coopevents.programme.models import PeriodKind
from coopevents.programme.plans import PeriodPlan
from coopevents.reports import queries as report_queries
from coopevents.reports import service as reports

YEAR = PeriodKind.YEAR


def days(programme, kind=YEAR):
    return [(p.label, p.from_on, p.to_on) for p in queries.list_periods(programme, kind)]


def test_the_next_period_is_offered_right_after_the_last(programme):
    offered = queries.next_period(programme)

    assert offered == PeriodPlan(YEAR, "2031", date(2030, 12, 15), date(2031, 12, 14))
    assert service.add_period(programme, offered).label == "2031"


@pytest.mark.parametrize(
    ("begins", "told"),
    [
        (date(2030, 12, 14), "It overlaps 2030, which ends on 14/12/2030"),
        (date(2030, 12, 16), "It leaves a gap after 2030, which ends on 14/12/2030"),
    ],
)
def test_an_overlap_or_a_gap_is_refused_with_the_right_day(programme, begins, told):
    with pytest.raises(InputError) as refusal:
        service.add_period(programme, PeriodPlan(YEAR, "2031", begins, date(2031, 12, 14)))

    assert list(refusal.value.fields) == ["from_on"]
    assert "15/12/2030" in refusal.value.fields["from_on"]
    assert days(programme)[-1][0] == "2030"


def test_a_period_before_the_first_ends_on_the_day_before_it(programme):
    with pytest.raises(InputError) as refusal:
        service.add_period(programme, PeriodPlan(YEAR, "2023", date(2024, 1, 1), date(2024, 8, 19)))

    assert list(refusal.value.fields) == ["to_on"]
    assert "20/08/2024" in refusal.value.fields["to_on"]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (PeriodPlan(YEAR, "2030", date(2030, 12, 15), date(2031, 12, 14)), "label"),
        (PeriodPlan(YEAR, "2031", date(2030, 12, 15), date(2030, 12, 1)), "to_on"),
    ],
)
def test_a_period_that_cannot_be_is_refused_at_its_field(programme, plan, field):
    with pytest.raises(InputError) as refusal:
        service.add_period(programme, plan)

    assert list(refusal.value.fields) == [field]


def test_spans_may_lie_as_they_like(programme):
    for label in ("quý I", "quý I và II"):
        plan = PeriodPlan(PeriodKind.SPAN, label, date(2026, 1, 1), date(2026, 6, 30))
        service.add_period(programme, plan)

    assert len(days(programme, PeriodKind.SPAN)) == 2


def test_a_moved_end_alone_is_refused_and_with_its_neighbour_taken(programme):
    period = queries.get_period(programme, "2026")
    plan = PeriodPlan(YEAR, "2026", date(2025, 12, 15), date(2026, 11, 30))

    with pytest.raises(InputError) as refusal:
        service.change_period(period, plan, [])
    service.change_period(period, plan, [], move_neighbours=True)

    assert list(refusal.value.fields) == ["to_on"]
    assert days(programme)[2:4] == [
        ("2026", date(2025, 12, 15), date(2026, 11, 30)),
        ("2027", date(2026, 12, 1), date(2027, 12, 14)),
    ]
    # What the service lets through, the database does too.
    db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


def test_a_neighbour_is_never_swallowed(programme):
    period = queries.get_period(programme, "2026")
    plan = PeriodPlan(YEAR, "2026", date(2025, 12, 15), date(2027, 12, 14))

    with pytest.raises(InputError, match="2027"):
        service.change_period(period, plan, [], move_neighbours=True)

    assert days(programme)[2:4] == [
        ("2026", date(2025, 12, 15), date(2026, 12, 14)),
        ("2027", date(2026, 12, 15), date(2027, 12, 14)),
    ]


def test_a_period_with_a_report_keeps_its_days_also_beside_a_moved_one(programme):
    for _report in reports.compile_at_once(queries.get_period(programme, "2025")):
        pass
    reported = report_queries.reported_periods(programme)
    plan = PeriodPlan(YEAR, "2026", date(2025, 12, 10), date(2026, 12, 14))

    with pytest.raises(DomainError, match="2025"):
        service.change_period(
            queries.get_period(programme, "2026"), plan, reported, move_neighbours=True
        )

    assert days(programme)[1] == ("2025", date(2024, 12, 15), date(2025, 12, 14))


def test_the_database_itself_keeps_a_period_with_a_report(programme):
    period = queries.get_period(programme, "2025")
    for _report in reports.compile_at_once(period):
        pass

    with pytest.raises(IntegrityError, match="a report of period 2025 stands"):
        db.session.execute(
            text("UPDATE report_periods SET to_on = to_on + 1 WHERE id = :id"), {"id": period.id}
        )


def test_the_database_itself_refuses_a_gap(programme):
    db.session.execute(text("UPDATE report_periods SET to_on = to_on - 1 WHERE label = '2026'"))

    with pytest.raises(IntegrityError, match="leaves a gap"):
        db.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


@pytest.mark.parametrize(("label", "goes"), [("2030", True), ("2027", False), ("2024", True)])
def test_only_the_first_or_the_last_period_can_go(programme, label, goes):
    period = queries.get_period(programme, label)

    if goes:
        service.remove_period(period, [])
    else:
        with pytest.raises(DomainError):
            service.remove_period(period, [])

    assert (label not in [row[0] for row in days(programme)]) is goes
