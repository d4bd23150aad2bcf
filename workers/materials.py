"""Deleting files that no row refers to."""

import structlog

from coopevents.jobs import Job, celery
from coopevents.materials import service

logger = structlog.get_logger()


@celery.task(name=Job.SWEEP_MATERIALS.value)
def sweep_materials() -> None:
    """Delete what was left on the disk by uploads that failed, and what was removed."""
    deleted = service.sweep_files()
    if deleted:
        logger.info("files were deleted that no row refers to", files=deleted)
