"""Files that no room refers to are deleted."""

from collections.abc import Collection
from datetime import datetime, timedelta

from coopevents import clock, files
from coopevents.materials import queries as materials
from coopevents.outcomes.advice import papers as advice_papers

FILE_GRACE = timedelta(days=1)
"""So long a file lies on the disk that no row refers to: its row may be on the way."""


def sweep_files() -> int:
    """Delete the files older than a day that no room refers to; answer how many went."""
    return files.sweep(clock.now() - FILE_GRACE, _files_referred)


def _files_referred(hashes: Collection[str], since: datetime) -> set[str]:
    return materials.referred(hashes, since) | advice_papers.referred(hashes, since)
