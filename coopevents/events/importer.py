"""Reading the kinds of activity from a programme file."""

from typing import Any

from sqlalchemy import select

from coopevents.db import db
from coopevents.events.models import EventKind


def load_kinds(said: dict[str, Any]) -> None:
    """Write the kinds of activity that the programme file names and that are not there yet."""
    known = set(db.session.scalars(select(EventKind.key)))
    for rank, kind in enumerate(said["event_kinds"], start=1):
        if kind["key"] not in known:
            db.session.add(
                EventKind(
                    key=kind["key"],
                    name=kind["name"],
                    counts_attendance=kind.get("counts_attendance", True),
                    is_training=kind.get("is_training", False),
                    rank=rank,
                )
            )
    db.session.flush()
