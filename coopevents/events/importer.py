"""The kinds of activity in a programme file."""

from sqlalchemy import func, select

from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.events import queries
from coopevents.events.models import EventKind
from coopevents.i18n import texts


def load_kinds(said: Json) -> None:
    """Write the kinds of activity that the programme file names and that are not there yet.

    One that is there is called as the file calls it; how it counts stays.
    """
    known = {kind.key: kind for kind in queries.list_kinds()}
    rank = db.session.scalar(select(func.max(EventKind.rank))) or 0
    for kind in said["event_kinds"]:
        standing = known.get(kind["key"])
        if standing is None:
            rank += 1
            db.session.add(EventKind(rank=rank, **kind))
        elif standing.name != kind["name"]:
            audit.record(
                "event_kind.renamed",
                "event_kind",
                standing.id,
                changes={"name": (standing.name, kind["name"])},
            )
            standing.name = kind["name"]
    db.session.flush()


def describe_kinds() -> list[Json]:
    """Answer the kinds of activity as a programme file names them."""
    return [
        {
            "key": kind.key,
            "name": texts(**kind.name),
            "is_training": kind.is_training,
            "counts_attendance": kind.counts_attendance,
        }
        for kind in queries.list_kinds()
    ]
