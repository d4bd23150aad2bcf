"""Jobs that watch over the others."""

from typing import Any

from celery.signals import worker_ready

from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.system import service
from coopevents.system.health import WORKER


@celery.task(name=Job.BEAT_HEART.value)
def beat_heart() -> None:
    """Note that the worker lives."""
    service.beat_heart(WORKER)
    db.session.commit()


@worker_ready.connect
def beat_at_once(**_kwargs: Any) -> None:
    """Have the worker's first sign of life given when it starts, not when the clock next asks."""
    celery.send_task(Job.BEAT_HEART.value)
