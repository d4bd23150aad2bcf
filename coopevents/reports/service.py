"""Compiling a report: ask for it, take it up, compute, keep the figures.

A report is computed from one moment of the data: whoever compiles sets the transaction to
REPEATABLE READ first, and notes the progress beside it (`note_progress`), where it can be seen.
"""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from coopevents import access, clock, jobs
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.jobs import Job
from coopevents.programme.models import ReportPeriod
from coopevents.reports import annexes, indicators, queries, snapshot
from coopevents.reports.figures import Figure, Scope
from coopevents.reports.models import Report, ReportState
from coopevents.territory.scope import Territory

FIGURES = {**indicators.INDICATORS, **annexes.ANNEXES}
"""Everything a report computes, by its code."""

STEPS = len(FIGURES) + 2
"""One for each figure, one for keeping them all, one for the documents."""

LEASE = timedelta(minutes=5)
"""Who has not been heard of for so long has died, and the report is taken up anew."""


class ClaimLostError(Exception):
    """Another worker has taken the report up, after this one was silent for too long."""


def request_report(period: ReportPeriod, territory: Territory = Territory.AS_IT_IS) -> Report:
    """Have the next version of the period's report compiled, in one of the two territories.

    Asking while one is being compiled answers that one.
    """
    if period.from_on > clock.today():
        raise DomainError(_("This period has not begun yet."))
    # Two people may press the button at the same moment: whoever holds the period asks first.
    db.session.execute(
        select(ReportPeriod.id).where(ReportPeriod.id == period.id).with_for_update()
    )
    report = queries.find_running(period)
    if report is None:
        report = _new_version(period, territory)
    jobs.enqueue(Job.COMPILE_REPORT, report.id)
    return report


def _new_version(period: ReportPeriod, territory: Territory) -> Report:
    who = access.actor()
    report = Report(
        programme_id=period.programme_id,
        period_id=period.id,
        version=queries.last_version(period) + 1,
        territory=territory,
        requested_by_id=who.id if who.kind == "user" else None,
        steps_total=STEPS,
    )
    db.session.add(report)
    db.session.flush()
    audit.record(
        "report.requested",
        "report",
        report.id,
        programme_id=report.programme_id,
        changes={"version": (None, report.version), "territory": (None, territory.value)},
    )
    return report


def claim(report_id: int, claimed_by: str) -> bool:
    """Take a requested report up for computing; answer whether it was there to be taken."""
    taken = db.session.execute(
        update(Report)
        .where(Report.id == report_id, Report.state == ReportState.REQUESTED)
        .values(
            state=ReportState.COMPUTING,
            claimed_by=claimed_by,
            claimed_at=clock.now(),
            steps_done=0,
            steps_total=STEPS,
            last_error=None,
        )
        .returning(Report.id)
    )
    return taken.first() is not None


def compute(report_id: int) -> Iterator[int]:
    """Compute every figure and store them all; tells after each step how many are done.

    Computing what is stored already changes nothing, so a report whose worker died goes on.
    """
    if snapshot.is_written(report_id):
        yield len(FIGURES) + 1
        return
    report = db.session.get_one(Report, report_id)
    scope = Scope.of(db.session.get_one(ReportPeriod, report.period_id), report.territory)
    figures: list[Figure] = []
    for done, figure in enumerate(FIGURES.values(), start=1):
        figures.append(figure(scope))
        yield done
    snapshot.write(report_id, figures)
    yield len(FIGURES) + 1


def note_progress(session: Session, report_id: int, claimed_by: str, steps_done: int) -> None:
    """Write down how far the computing is, and that whoever computes lives.

    `session` is one beside that which computes, so that the note is seen while it goes on.
    Raises ClaimLostError when the report is another's by now.
    """
    noted = session.execute(
        _held(report_id, claimed_by)
        .values(steps_done=steps_done, claimed_at=clock.now())
        .returning(Report.id)
    )
    if noted.first() is None:
        raise ClaimLostError(f"report {report_id} is no longer ours")


def seal(report_id: int, claimed_by: str) -> None:
    """Write down the hash over the stored figures and when they were computed, once for all.

    Raises ClaimLostError when the report is another's by now.
    """
    sealed = db.session.execute(
        _held(report_id, claimed_by)
        .values(
            figures_hash=snapshot.digest(report_id),
            computed_at=func.coalesce(Report.computed_at, clock.now()),
        )
        .returning(Report.id)
    ).first()
    if sealed is None:
        raise ClaimLostError(f"report {report_id} is no longer ours")


def finish(report_id: int, claimed_by: str) -> None:
    """Make the computed report a draft that people can read.

    Raises ClaimLostError when the report is another's by now.
    """
    finished = db.session.execute(
        _held(report_id, claimed_by)
        .values(state=ReportState.DRAFT, steps_done=Report.steps_total)
        .returning(Report.programme_id)
    ).first()
    if finished is None:
        raise ClaimLostError(f"report {report_id} is no longer ours")
    audit.record("report.compiled", "report", report_id, programme_id=finished.programme_id)


def record_failure(report_id: int, claimed_by: str, reason: str) -> None:
    """Say why the report could not be compiled; whoever wants it asks for it anew."""
    db.session.execute(
        _held(report_id, claimed_by).values(state=ReportState.FAILED, last_error=reason)
    )


def _held(report_id: int, claimed_by: str) -> Update:
    return update(Report).where(
        Report.id == report_id,
        Report.claimed_by == claimed_by,
        Report.state == ReportState.COMPUTING,
    )


def sweep() -> list[int]:
    """Give back what a dead worker held, ring for all that waits, and answer what was given back.

    Of two sweeps at once, one gives a report back.
    """
    given_back = list(
        db.session.scalars(
            update(Report)
            .where(Report.state == ReportState.COMPUTING, Report.claimed_at < clock.now() - LEASE)
            .values(state=ReportState.REQUESTED, claimed_by=None, claimed_at=None)
            .returning(Report.id)
        )
    )
    for report_id in queries.list_requested():
        jobs.enqueue(Job.COMPILE_REPORT, report_id)
    return given_back


def compile_at_once(
    period: ReportPeriod, territory: Territory = Territory.AS_IT_IS
) -> Iterator[tuple[Report, int]]:
    """Compile the next version here and now, within the transaction of whoever asks.

    Answers the report and how many steps are done, after each step. Raises DomainError when it is
    being compiled elsewhere.
    """
    if queries.find_running(period):
        raise DomainError(_("This report is being compiled already."))
    report = request_report(period, territory)
    mine = f"at once: {report.id}"
    claim(report.id, mine)
    for done in compute(report.id):
        yield report, done
    seal(report.id, mine)
    finish(report.id, mine)
    db.session.refresh(report)
    yield report, STEPS
