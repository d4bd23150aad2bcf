"""The kinds of activity in a programme file."""

import yaml

from coopevents.audit import service as audit
from coopevents.config import ROOT
from coopevents.db import Json, db
from coopevents.events import queries
from coopevents.events.models import EventKind
from coopevents.i18n import texts
from coopevents.programme.models import Programme

STARTING = ROOT / "coopevents" / "data" / "event-kinds.yaml"
"""What a kind of activity asks for when an office begins, by its key."""

TRADE = "trade_promotion"


def load_kinds(programme: Programme, said: Json) -> None:
    """Write the kinds of activity that the programme file names and that are not there yet.

    One that is there is called as the file calls it; how it counts stays.
    """
    known = {kind.key: kind for kind in queries.list_all_kinds(programme.id)}
    starting = yaml.safe_load(STARTING.read_text(encoding="utf-8"))
    rank = max((kind.rank for kind in known.values()), default=0)
    for kind in said["event_kinds"]:
        standing = known.get(kind["key"])
        if standing is None:
            rank += 1
            asks = starting.get(kind["key"], {})
            db.session.add(
                EventKind(
                    programme_id=programme.id,
                    rank=rank,
                    takes_trade_results=kind["key"] == TRADE,
                    **kind,
                    **asks,
                )
            )
        elif standing.name != kind["name"]:
            audit.record(
                "event_kind.renamed",
                "event_kind",
                standing.id,
                programme_id=programme.id,
                changes={"name": (standing.name, kind["name"])},
            )
            standing.name = kind["name"]
    db.session.flush()


def describe_kinds(programme: Programme) -> list[Json]:
    """Answer the kinds of activity as a programme file names them."""
    return [
        {
            "key": kind.key,
            "name": texts(**kind.name),
            "is_training": kind.is_training,
            "counts_attendance": kind.counts_attendance,
        }
        for kind in queries.list_all_kinds(programme.id)
    ]
