"""The task itself, over a database in which a commit is a commit."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.db import db
from coopevents.programme import queries as programmes
from coopevents.reports import annexes, files, service, snapshot
from coopevents.reports.models import Report, ReportFigure, ReportState
from tests.reports.conftest import make_year

COMPILE = """
import sys, time
from coopevents import create_app
from coopevents.reports import service
import coopevents.config
app = create_app()
first = service.FIGURES["A9"]
def slow(scope):
    print("computing", flush=True)
    time.sleep(60)
    return first(scope)
service.FIGURES["A9"] = slow
from workers import reports
with app.app_context():
    reports.compile_report.run(int(sys.argv[1]))
"""


@pytest.fixture
def tasks(office, monkeypatch):
    """The worker's tasks, run in this process within the office's context."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, office.config[name])
    monkeypatch.setenv("SECRET_KEY", office.config["SECRET_KEY"])
    monkeypatch.setenv("DATA_DIR", str(office.config["DATA_DIR"]))
    from workers import reports

    return reports


@pytest.fixture
def requested(office, tasks):
    """The id of a report that was asked for."""
    programme = programmes.the_programme()
    make_year(programme)
    report = service.request_report(programmes.get_period(programme, "2026"))
    db.session.commit()
    return report.id


def _report(report_id):
    db.session.rollback()
    return db.session.get_one(Report, report_id, populate_existing=True)


def test_the_task_computes_and_writes_and_ringing_again_changes_nothing(tasks, requested):
    tasks.compile_report.run(requested)
    first = _report(requested)
    written = (first.state, first.steps_done, first.computed_at, first.figures_hash)
    tasks.compile_report.run(requested)

    again = _report(requested)

    assert written == (
        ReportState.DRAFT,
        service.STEPS,
        again.computed_at,
        snapshot.digest(requested),
    )
    assert files.find(again, "docx").stat().st_size > 10_000


def test_the_figures_are_of_one_moment_and_the_progress_is_seen_meanwhile(
    tasks, requested, monkeypatch
):
    seen = []

    def change_meanwhile(scope):
        with db.session.session_factory() as other:
            seen.append(other.get_one(Report, requested).steps_done)
            other.execute(db.text("UPDATE people SET sex = 'male'"))
            other.commit()
        return annexes.activities(scope)

    # Everybody is made a man after the first figure: a report of one moment must not see it.
    figures = dict(service.FIGURES)
    first = {"I1": figures.pop("I1"), "A2": change_meanwhile}
    figures.pop("A2")
    monkeypatch.setattr(service, "FIGURES", first | figures)

    tasks.compile_report.run(requested)

    women = db.session.scalars(select(ReportFigure).where(ReportFigure.indicator == "I11")).one()
    assert (women.numerator, women.denominator) == (2, 3)
    assert seen == [1]


def test_a_task_that_fails_says_why(tasks, requested, monkeypatch):
    def fail(scope):
        raise ValueError("no such figure")

    monkeypatch.setitem(service.FIGURES, "I7", fail)

    with pytest.raises(ValueError, match="no such figure"):
        tasks.compile_report.run(requested)

    report = _report(requested)
    assert (report.state, report.last_error) == (ReportState.FAILED, "ValueError: no such figure")


def test_a_killed_worker_is_followed_by_another_once(tasks, requested):
    worker = subprocess.Popen(
        [sys.executable, "-c", COMPILE, str(requested)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert any("computing" in line for line in worker.stdout)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    held = _report(requested)
    assert (held.state, held.steps_done) == (ReportState.COMPUTING, len(service.FIGURES) - 1)

    tasks.sweep_reports.run()
    assert _report(requested).state is ReportState.COMPUTING
    with time_machine.travel(clock.now() + service.LEASE + timedelta(minutes=1), tick=False):
        tasks.sweep_reports.run()
    assert _report(requested).state is ReportState.REQUESTED
    tasks.compile_report.run(requested)
    tasks.compile_report.run(requested)

    assert _report(requested).state is ReportState.DRAFT
    number = db.session.scalar(select(func.count()).select_from(ReportFigure))
    assert number == len(service.FIGURES)


def test_a_worker_that_died_after_storing_is_followed_without_computing_again(
    tasks, requested, monkeypatch
):
    service.claim(requested, "dead")
    list(service.compute(requested))
    db.session.commit()
    with time_machine.travel(clock.now() + service.LEASE + timedelta(minutes=1), tick=False):
        tasks.sweep_reports.run()
    monkeypatch.setattr(service, "FIGURES", {"I1": None})

    tasks.compile_report.run(requested)

    assert _report(requested).state is ReportState.DRAFT
