"""The entry point of worker and beat: `celery -A workers.celery worker`, `… beat`."""

from typing import Any

from celery import Task
from celery.signals import worker_process_init

from coopevents import create_app
from coopevents.db import db
from coopevents.jobs import celery
from workers.schedule import SCHEDULE

flask_app = create_app()


class InContext(Task):
    """A task that runs within the application, with a database session of its own."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with flask_app.app_context():
            return super().__call__(*args, **kwargs)


celery.task_cls = InContext
celery.conf.update(
    include=[
        "workers.files",
        "workers.intake",
        "workers.mail",
        "workers.registrations",
        "workers.reminders",
        "workers.notices",
        "workers.reports",
        "workers.requests",
        "workers.returned",
        "workers.system",
    ],
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(flask_app.config["DATA_DIR"] / "beat-schedule"),
)
flask_app.config["DATA_DIR"].mkdir(parents=True, exist_ok=True)


@worker_process_init.connect
def forget_connections(**_kwargs: Any) -> None:
    """Leave the parent's database connections to the parent: two processes on one are chaos."""
    with flask_app.app_context():
        db.engine.dispose(close=False)
