"""Deleting files that no row refers to."""

import structlog

from coopevents.jobs import Job, celery
from coopevents.lifecycle import tidying

logger = structlog.get_logger()


@celery.task(name=Job.SWEEP_FILES.value)
def sweep_files() -> None:
    """Delete what was left on the disk by uploads that failed, and what was removed."""
    deleted = tidying.sweep_files()
    if deleted:
        logger.info("files were deleted that no row refers to", files=deleted)
