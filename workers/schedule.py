"""What happens by the clock. A ring nobody heard in time is dropped: the next one follows."""

from typing import Any

from coopevents.jobs import Job


def _every(seconds: int, job: Job) -> dict[str, Any]:
    return {"task": job.value, "schedule": seconds, "options": {"expires": seconds}}


SCHEDULE: dict[str, dict[str, Any]] = {
    "sweep the reports": _every(30, Job.SWEEP_REPORTS),
    "sweep the imports": _every(30, Job.SWEEP_IMPORTS),
    "sweep the files no row refers to": _every(3600, Job.SWEEP_FILES),
    "send the daily mails": _every(300, Job.SEND_DIGESTS),
    "remove old notices": _every(3600, Job.TIDY_NOTICES),
    "give free places to who waits": _every(60, Job.GIVE_PLACES),
    "close requests nobody decided, forget old ones": _every(300, Job.TIDY_REQUESTS),
    "sweep the outbox": _every(20, Job.SWEEP_MAIL),
    "send the reminders that are due": _every(300, Job.SEND_REMINDERS),
    "read returned mail": _every(120, Job.READ_RETURNED),
    "show that the worker lives": _every(60, Job.BEAT_HEART),
}
