"""The kinds of activity an office has: which there are, what each asks for, how it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from coopevents import clock, names
from coopevents.db import Json, Translated, db
from coopevents.errors import InputError
from coopevents.events import queries
from coopevents.events.models import Event, EventKind, EventState
from coopevents.i18n import _
from coopevents.programme import service as programmes

COUNTING = ("counts_attendance", "is_training", "takes_trade_results")
"""What decides in which figures its activities are; it stays once one of them was published."""


@dataclass(frozen=True)
class KindPlan:
    """What is said of a kind of activity. Papers and questions without a key are new."""

    name: Translated
    counts_attendance: bool
    is_training: bool
    takes_trade_results: bool
    fields: list[str]
    checklist: list[Json]
    documents: list[Json]
    questions: list[Json]


def add_kind(programme_id: int, planned: KindPlan) -> EventKind:
    """Offer a further kind of activity. Raises InputError for a name that is taken."""
    known = queries.list_all_kinds(programme_id)
    _refuse_taken_name(planned.name, known)
    kind = EventKind(
        programme_id=programme_id,
        key=_new_key(planned.name["vi"], {kind.key for kind in known}),
        rank=max((kind.rank for kind in known), default=0) + 1,
        **_values(planned),
    )
    programmes.add(kind, {"name": planned.name}, "event_kind.added", "event_kind", programme_id)
    return kind


def change_kind(kind: EventKind, planned: KindPlan) -> None:
    """Have the kind ask for this from now on; activities that stand keep what they have.

    Raises InputError where past figures would change with it.
    """
    others = [one for one in queries.list_all_kinds(kind.programme_id) if one is not kind]
    _refuse_taken_name(planned.name, others)
    values = _values(planned, kind.questions)
    if any(values[name] != getattr(kind, name) for name in COUNTING) and _was_published(kind):
        refused = _(
            "Activities of this kind are published or over, so it counts as it did. Add another"
            " kind for what is counted otherwise."
        )
        raise InputError(refused, {"counts_attendance": refused})
    programmes.write(kind, values, "event_kind.changed", "event_kind", kind.programme_id)


def retire(kind: EventKind) -> None:
    """Offer the kind no more; its activities stay what they are."""
    values = {"retired_at": kind.retired_at or clock.now()}
    programmes.write(kind, values, "event_kind.retired", "event_kind", kind.programme_id)


def bring_back(kind: EventKind) -> None:
    """Offer the kind again."""
    values = {"retired_at": None}
    programmes.write(kind, values, "event_kind.brought_back", "event_kind", kind.programme_id)


def _values(planned: KindPlan, standing: Sequence[Json] = ()) -> dict[str, Any]:
    values = dict(vars(planned))
    known = {
        question["key"]: {one["text"]["vi"]: one["key"] for one in question.get("choices", [])}
        for question in standing
    }
    values["questions"] = [
        _with_choices(row, known.get(row["key"], {})) for row in planned.questions
    ]
    for name in ("documents", "questions"):
        values[name] = _keyed(values[name])
    return values


def _keyed(rows: list[Json]) -> list[Json]:
    """Answer the rows with a key each, so that files and answers can name what they belong to."""
    known = {row["key"] for row in rows if row["key"]}
    keyed = []
    for row in rows:
        key = row["key"] or _new_key(row["text"]["vi"], known)
        known.add(key)
        keyed.append({**row, "key": key})
    return keyed


def _with_choices(row: Json, known: dict[str, str]) -> Json:
    """Answer the question with a key for each choice: the same words are the same choice."""
    if "choices" not in row:
        return row
    taken = set(known.values())
    keyed = []
    for text in row["choices"]:
        key = known.get(text["vi"]) or _new_key(text["vi"], taken)
        taken.add(key)
        keyed.append({"key": key, "text": text})
    return {**row, "choices": keyed}


def _new_key(text: str, taken: set[str]) -> str:
    """Answer a key made of the text that is not among those taken: hoi_cho, hoi_cho_2."""
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in names.fold(text)).split()
    stem = "_".join(words)[:50].strip("_") or "kind"
    stem = stem if stem[0].isalpha() else f"k_{stem}"
    number, key = 1, stem
    while key in taken:
        number += 1
        key = f"{stem}_{number}"
    return key


def _refuse_taken_name(name: Translated, others: list[EventKind]) -> None:
    for locale, text in name.items():
        if any(names.fold(one.name.get(locale, "")) == names.fold(text) for one in others):
            taken = _("There is a kind of this name already.")
            raise InputError(taken, {f"name_{locale}": taken})


def _was_published(kind: EventKind) -> bool:
    found = select(Event.id).where(Event.kind_id == kind.id, Event.state != EventState.DRAFT)
    return db.session.scalar(found.limit(1)) is not None
