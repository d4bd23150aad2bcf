"""Compiling reports, and taking up those whose worker died."""

import os
import socket
import uuid

import structlog
from sqlalchemy import text

from coopevents import news
from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.reports import files, service
from coopevents.reports.service import ClaimLostError

logger = structlog.get_logger()


@celery.task(name=Job.COMPILE_REPORT.value)
def compile_report(report_id: int) -> None:
    """Compute the report's figures and write its documents; ringing twice computes once."""
    mine = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"
    taken = service.claim(report_id, mine)
    db.session.commit()
    if not taken:
        return
    try:
        _compile(report_id, mine)
    except ClaimLostError:
        db.session.rollback()
        logger.warning("the report was taken up by another worker", report=report_id)
    except Exception as error:
        db.session.rollback()
        service.record_failure(report_id, mine, f"{type(error).__name__}: {error}")
        news.tell_report(report_id)
        db.session.commit()
        raise


def _compile(report_id: int, mine: str) -> None:
    # All figures see the data of one moment, or women and men would not add up to people when
    # somebody takes a roll meanwhile.
    db.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    for done in service.compute(report_id):
        _note(report_id, mine, done)
    db.session.commit()
    service.seal(report_id, mine)
    db.session.commit()
    files.write(report_id)
    service.finish(report_id, mine)
    news.tell_report(report_id)
    db.session.commit()


def _note(report_id: int, mine: str, done: int) -> None:
    with db.session.session_factory() as beside:
        service.note_progress(beside, report_id, mine, done)
        beside.commit()


@celery.task(name=Job.SWEEP_REPORTS.value)
def sweep_reports() -> None:
    """Give back what dead workers held, and ring for every report that waits."""
    given_back = service.sweep()
    db.session.commit()
    if given_back:
        logger.warning("reports were taken from dead workers", reports=given_back)
