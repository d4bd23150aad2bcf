"""Names of jobs, and the only door to Celery: a bell that rings after the commit."""

from enum import StrEnum

import structlog
from celery import Celery
from flask import Flask
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session

from coopevents.config import celery_url
from coopevents.db import db

logger = structlog.get_logger()

celery = Celery("coopevents")

PATIENCE_SECONDS = 2
"""How long to wait for Redis to answer. It waits one second itself where a worker asks for work."""


class Job(StrEnum):
    """A job's name. Each has one task in `workers` and, where it has rows, one sweep."""

    DELIVER_MESSAGES = "mail.deliver"
    SWEEP_MAIL = "mail.sweep"
    READ_RETURNED = "mail.read_returned"
    COMPILE_REPORT = "reports.compile"
    SWEEP_REPORTS = "reports.sweep"
    RUN_IMPORT = "intake.run"
    SWEEP_IMPORTS = "intake.sweep"
    SWEEP_FILES = "files.sweep"
    SEND_REMINDERS = "reminders.send"
    SEND_DIGESTS = "notices.send_digests"
    TIDY_NOTICES = "notices.tidy"
    TIDY_REQUESTS = "requests.tidy"
    GIVE_PLACES = "registrations.give_places"
    BEAT_HEART = "system.beat_heart"


QUEUES = {
    Job.DELIVER_MESSAGES: "mail",
    Job.COMPILE_REPORT: "documents",
    Job.RUN_IMPORT: "documents",
}


def init(app: Flask) -> None:
    """Point Celery at the app's Redis."""
    url = celery_url(app.config["REDIS_URL"])
    celery.conf.update(
        broker_url=url,
        result_backend=None,
        task_ignore_result=True,
        broker_transport_options={
            # Longer than any job runs, so that Redis never hands one out twice while it runs.
            "visibility_timeout": 6 * 3600,
            # Kombu itself would try for six seconds, and for ever where Redis says nothing; people
            # wait for the ring, and the sweep does not need it.
            "max_retries": 0,
            "socket_connect_timeout": PATIENCE_SECONDS,
            "socket_timeout": PATIENCE_SECONDS,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_publish_retry=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue="default",
        task_routes={job.value: {"queue": queue} for job, queue in QUEUES.items()},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        timezone=app.config["TIME_ZONE"],
        enable_utc=True,
    )


def enqueue(job: Job, *args: int | str) -> None:
    """Ring for `job` once the current transaction has committed; twice asked rings once."""
    waiting = db.session().info.setdefault("jobs", [])
    if (job, args) not in waiting:
        waiting.append((job, args))


@event.listens_for(Session, "after_commit")
def _ring(session: Session) -> None:
    if session.in_nested_transaction():
        return
    waiting = session.info.pop("jobs", [])
    try:
        for job, args in waiting:
            celery.send_task(job.value, args=args)
    except (OperationalError, RedisError, OSError):
        # The row is the truth: the sweeps find what was not rung for. Nor is it tried for the
        # next: whoever waits for this commit would wait for each.
        logger.warning("no broker; the sweep will find it", jobs=[job.value for job, _ in waiting])


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("jobs", None)
