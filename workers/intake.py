"""Checking, writing and undoing imports, and taking up those whose worker died."""

import os
import socket
import uuid

import structlog

from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.intake import running
from coopevents.intake.running import ClaimLostError
from coopevents.jobs import Job, celery

logger = structlog.get_logger()


@celery.task(name=Job.RUN_IMPORT.value)
def run_import(batch_id: int) -> None:
    """Do what the batch waits for, whole or not at all; ringing twice does it once."""
    mine = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"
    taken = running.claim(batch_id, mine)
    db.session.commit()
    if not taken:
        return
    try:
        running.run(batch_id, mine, _Noter(batch_id, mine))
        db.session.commit()
    except ClaimLostError:
        db.session.rollback()
        logger.warning("the import was taken up by another worker", batch=batch_id)
    except DomainError as refusal:
        _give_up(batch_id, mine, str(refusal))
    except Exception:
        _give_up(batch_id, mine, _("Something went wrong on our side; nothing was saved."))
        raise


def _give_up(batch_id: int, mine: str, why: str) -> None:
    db.session.rollback()
    running.record_failure(batch_id, mine, why)
    db.session.commit()


class _Noter:
    """Notes each step once, where it is seen while the work goes on."""

    def __init__(self, batch_id: int, mine: str) -> None:
        self._batch_id = batch_id
        self._mine = mine
        self._last = 0

    def __call__(self, done: int) -> None:
        """Note that so much of a hundred is done."""
        if done <= self._last:
            return
        self._last = done
        with db.session.session_factory() as beside:
            running.note_progress(beside, self._batch_id, self._mine, done)
            beside.commit()


@celery.task(name=Job.SWEEP_IMPORTS.value)
def sweep_imports() -> None:
    """Give back what dead workers held, and ring for every import that waits."""
    given_back = running.sweep()
    db.session.commit()
    if given_back:
        logger.warning("imports were taken from dead workers", batches=given_back)
