"""The files of an activity: taken in, shown to those who are invited, described, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coopevents import access, clock, files, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.events.models import Event
from coopevents.files import Draft
from coopevents.i18n import _
from coopevents.materials import queries
from coopevents.materials.models import Material

QUOTA = 500 << 20
"""So many bytes the materials of one activity may have together."""


@dataclass(frozen=True)
class Added:
    """What came of files that were sent: those that are new, and those that were there."""

    new: list[Material]
    known: list[Material]


@dataclass(frozen=True)
class Description:
    """What an officer says of a material."""

    title: str
    kind: str
    rank: int
    shown_to_participants: bool


def add(event: Event, drafts: Sequence[Draft], kind: str, *, shown: bool) -> Added:
    """Have the files among the activity's materials; one that is there already is not kept twice.

    Raises InputError for a kind of paper there is not, and for more than the quota.
    """
    if kind not in queries.kind_names(event):
        raise InputError.at("kind", _("There is no such kind of paper."))
    # Whoever holds the event counts alone, so that two who send at once keep within the quota.
    db.session.refresh(event, with_for_update={"of": Event})
    known = queries.standing_by_sent_hash(event, [one.sent_hash for one in drafts])
    new = {one.sent_hash: one for one in drafts if one.sent_hash not in known}
    _require_room(event, sum(one.size for one in new.values()))
    rank = queries.last_rank(event)
    added = []
    for place, arrived in enumerate(new.values(), start=rank + 1):
        files.keep(arrived)
        added.append(_write(event, arrived, kind, rank=place, shown=shown))
    db.session.flush()
    for material in added:
        _tell(
            "material.added",
            material,
            {name: (None, getattr(material, name)) for name in ("name", *TOLD, "file_hash")},
        )
    return Added(added, list(known.values()))


def _require_room(event: Event, size: int) -> None:
    if size and queries.size_of(event) + size > QUOTA:
        message = _(
            "The materials of one activity may have %(size)s MB together, and these would not fit.",
            size=QUOTA >> 20,
        )
        raise InputError.at("files", message)


def _write(event: Event, arrived: Draft, kind: str, *, rank: int, shown: bool) -> Material:
    material = Material(
        event=event,
        file_hash=arrived.hash,
        sent_hash=arrived.sent_hash,
        size=arrived.size,
        content_type=arrived.type.mime,
        name=arrived.name,
        kind=kind,
        title=arrived.name.removesuffix(f".{arrived.type.extension}"),
        shown_to_participants=shown,
        rank=rank,
        uploaded_by_id=_user_id(),
    )
    db.session.add(material)
    return material


TOLD = ("title", "kind", "rank", "shown_to_participants")


def describe(material: Material, told: Description) -> None:
    """Let the material be called, placed and shown so."""
    if told.kind != material.kind and told.kind not in queries.kind_names(material.event):
        raise InputError.at("kind", _("There is no such kind of paper."))
    title = names.clean(told.title)
    if not title:
        raise InputError.at("title", _("Please fill this in."))
    after = {**told.__dict__, "title": title}
    changes = {
        name: (getattr(material, name), after[name])
        for name in TOLD
        if getattr(material, name) != after[name]
    }
    if not changes:
        return
    for name in changes:
        setattr(material, name, after[name])
    _tell("material.changed", material, changes)


def show(material: Material, *, shown: bool) -> None:
    """Let those who are invited take the material away, or no longer."""
    if material.shown_to_participants is shown:
        return
    material.shown_to_participants = shown
    _tell("material.changed", material, {"shown_to_participants": (not shown, shown)})


def remove(material: Material, reason: str) -> None:
    """Take the material away from its activity, for a reason; its row stays.

    Its content goes with the sweep a day later, unless another row refers to it.
    """
    reason = names.clean(reason)
    if not reason:
        raise InputError.at("reason", _("Please fill this in."))
    # Of two who remove it at once, the second finds it gone.
    db.session.refresh(material, with_for_update={"of": Material})
    queries.get_material(material.id, material.event)
    material.removed_at = clock.now()
    material.removed_by_id = _user_id()
    material.removed_reason = reason
    material.shown_to_participants = False
    _tell("material.removed", material, {"name": (material.name, None), "reason": (None, reason)})


def _tell(act: str, material: Material, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(
        act,
        "material",
        material.id,
        programme_id=material.event.programme_id,
        changes=audit.readable(changes),
    )


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
