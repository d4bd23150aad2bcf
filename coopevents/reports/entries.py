"""What a dossier tells: one entry for each thing that happened."""

from dataclasses import dataclass
from datetime import date

from coopevents.attendance.grid import Mark


@dataclass(frozen=True)
class Delegate:
    """Somebody who came for the organisation, and to how many of the sessions."""

    name: str
    sessions: int


@dataclass(frozen=True)
class Entry:
    """Something the organisation got, or that happened to it. `on` None: no day was told."""

    on: date | None
    text: str
    tone: str = "quiet"
    mark: Mark | None = None
    event_id: int | None = None
    details: tuple[str, ...] = ()
    delegates: tuple[Delegate, ...] = ()
    sessions: int = 0
    """How many sessions were held, of which the delegates came to some."""
