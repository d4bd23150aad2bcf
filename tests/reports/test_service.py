from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.db import db
from coopevents.directory.models import OrganisationName, Person, Sex
from coopevents.errors import DomainError
from coopevents.events.models import Event, EventState
from coopevents.jobs import Job
from coopevents.programme import queries as programmes
from coopevents.programme.models import IndicatorRule
from coopevents.reports import queries, service, snapshot
from coopevents.reports.models import Report, ReportFigureRow, ReportState
from coopevents.reports.rules import RULES
from coopevents.reports.service import ClaimLostError


def _jobs():
    return db.session().info.get("jobs", [])


def test_asking_twice_answers_the_report_that_is_running(period):
    first = service.request_report(period)

    second = service.request_report(period)

    assert second is first
    assert (first.state, first.version) == (ReportState.REQUESTED, 1)
    assert _jobs() == [(Job.COMPILE_REPORT, (first.id,))]


def test_asking_after_a_report_is_compiled_makes_the_next_version(period, report):
    later = service.request_report(period)

    assert (report.version, later.version) == (1, 2)


def test_a_period_that_has_not_begun_is_refused(programme):
    future = programmes.get_period(programme, "2030")

    with time_machine.travel("2026-11-24T03:00:00Z", tick=False), pytest.raises(DomainError):
        service.request_report(future)


def test_the_compiled_report_holds_every_figure(report):
    shot = snapshot.load(report)

    told = {
        code: (int(figure.value or 0), figure.numerator, figure.denominator)
        for code, figure in shot.figures.items()
    }

    assert report.state is ReportState.DRAFT
    assert told == {
        "I1": (2, None, None),
        "I2": (6, None, None),
        "I3": (3, None, None),
        "I5": (3, None, None),
        "I7": (75, 3, 4),
        "I11": (66, 2, 3),
        "I12": (0, None, None),
        "I13": (0, None, None),
        "I14": (0, None, None),
        "I15": (0, None, None),
        "I16": (0, 0, 0),
        "I17": (0, None, None),
        "I19": (0, None, None),
        "I21": (0, None, None),
        "A1": (5, None, None),
        "A2": (2, None, None),
        "A4": (4, None, None),
        "A9": (0, None, None),
    }
    assert set(shot.rules) == set(shot.figures)


def test_later_changes_of_live_data_leave_snapshot_and_hash_as_they_were(report):
    before = [
        (row.figure_id, row.kind, row.row_id, row.facts)
        for row in db.session.scalars(select(ReportFigureRow).order_by(ReportFigureRow.id))
    ]
    for person in db.session.scalars(select(Person)):
        person.sex, person.full_name = Sex.MALE, "Người đã quên"
    for event in db.session.scalars(select(Event)):
        event.state, event.closed_at, event.title = EventState.PUBLISHED, None, "Khác"
    for name in db.session.scalars(select(OrganisationName)):
        name.name = "Hợp tác xã đã đổi tên"
    db.session.flush()
    db.session.expire_all()

    after = [
        (row.figure_id, row.kind, row.row_id, row.facts)
        for row in db.session.scalars(select(ReportFigureRow).order_by(ReportFigureRow.id))
    ]

    assert after == before
    assert snapshot.digest(report.id) == report.figures_hash


def test_the_same_facts_give_the_same_hash_and_others_another(period, report):
    *_before, (again, _done) = service.compile_at_once(period)
    same = again.figures_hash
    person = db.session.scalars(select(Person).where(Person.sex == Sex.MALE)).first()
    person.sex = Sex.FEMALE

    *_before, (changed, _done) = service.compile_at_once(period)

    assert same == report.figures_hash
    assert changed.figures_hash != same


def test_no_personal_name_is_in_the_snapshot(report):
    names = set(db.session.scalars(select(Person.full_name)))

    told = " ".join(str(facts) for facts in db.session.scalars(select(ReportFigureRow.facts)))

    assert [name for name in names if name in told] == []


def test_the_words_of_the_rules_are_stored_once(period, report):
    list(service.compile_at_once(period))

    stored = db.session.scalars(select(IndicatorRule.code)).all()

    assert sorted(stored) == sorted(RULES)


def test_of_two_workers_one_takes_the_report_up(period):
    report = service.request_report(period)

    assert service.claim(report.id, "first") is True
    assert service.claim(report.id, "second") is False


def test_the_sweep_gives_back_what_a_dead_worker_held_once(period):
    report = service.request_report(period)
    service.claim(report.id, "dead")
    db.session().info.pop("jobs")

    alive = service.sweep()
    with time_machine.travel(clock.now() + service.LEASE + timedelta(seconds=1), tick=False):
        first, second = service.sweep(), service.sweep()

    assert (alive, first, second) == ([], [report.id], [])
    assert _jobs() == [(Job.COMPILE_REPORT, (report.id,))]
    assert service.claim(report.id, "next") is True


def test_a_worker_that_lost_its_claim_can_neither_note_nor_finish(period):
    report = service.request_report(period)
    service.claim(report.id, "mine")

    with pytest.raises(ClaimLostError):
        service.note_progress(db.session(), report.id, "another", 1)
    with pytest.raises(ClaimLostError):
        service.seal(report.id, "another")
    with pytest.raises(ClaimLostError):
        service.finish(report.id, "another")


def test_a_report_whose_figures_are_stored_is_not_computed_again(period, report):
    before = db.session.scalar(select(func.count()).select_from(ReportFigureRow))

    steps = list(service.compute(report.id))

    assert steps == [service.STEPS - 1]
    assert db.session.scalar(select(func.count()).select_from(ReportFigureRow)) == before


def test_compiling_at_once_is_refused_while_another_compiles(period):
    service.request_report(period)

    with pytest.raises(DomainError):
        next(service.compile_at_once(period))


def test_a_failure_is_told_and_ends_the_running(period):
    report = service.request_report(period)
    service.claim(report.id, "mine")

    service.record_failure(report.id, "mine", "ValueError: no")

    db.session.refresh(report)
    assert (report.state, report.last_error) == (ReportState.FAILED, "ValueError: no")
    assert queries.find_running(period) is None
    assert db.session.scalar(select(func.count()).select_from(Report)) == 1
