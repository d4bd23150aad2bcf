"""Reminders whose day has come."""

import structlog

from coopevents.db import db
from coopevents.i18n import LOCALES
from coopevents.jobs import Job, celery
from coopevents.lifecycle import inviting
from coopevents.reminders import queries

logger = structlog.get_logger()


@celery.task(name=Job.SEND_REMINDERS.value)
def send_reminders() -> None:
    """Remind by each rule whose day has come; two that ring at once remind once."""
    for rule_id in queries.list_due():
        outcome = inviting.run_reminder(rule_id, LOCALES[0])
        db.session.commit()
        if outcome is not None:
            logger.info("a reminder ran", rule=rule_id, outcome=outcome.value)
