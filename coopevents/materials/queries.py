from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events.models import Event, EventState
from coopevents.i18n import _, translated
from coopevents.materials.models import OTHER, Material


@dataclass(frozen=True)
class Paper:
    """A kind of paper that an activity's file should hold, and what of it is there."""

    key: str
    name: str
    materials: list[Material]


def papers(event: Event, materials: Iterable[Material]) -> list[Paper]:
    """Answer the materials by the papers that the kind of activity asks for, empty ones too.

    What is none of them comes last; a paper that is not asked for any more is among it.
    """
    found: dict[str, list[Material]] = {one["key"]: [] for one in event.kind.documents}
    rest: list[Material] = []
    for material in materials:
        found.get(material.kind, rest).append(material)
    names = kind_names(event)
    told = [Paper(key, names[key], kept) for key, kept in found.items()]
    return [*told, Paper(OTHER, names[OTHER], rest)]


def kind_names(event: Event) -> dict[str, str]:
    """Answer what each kind of paper is called that may be chosen for the activity."""
    names = {one["key"]: translated(one["text"]) for one in event.kind.documents}
    return {**names, OTHER: _("Other papers")}


def list_materials(event: Event) -> list[Material]:
    """Answer what stands among the activity's materials, in order."""
    return list(
        db.session.scalars(
            select(Material)
            .where(Material.event_id == event.id, Material.removed_at.is_(None))
            .options(joinedload(Material.uploaded_by))
            .order_by(Material.rank, Material.id)
        )
    )


def list_removed(event: Event) -> list[Material]:
    """Answer what was removed from the activity's materials, the latest first."""
    return list(
        db.session.scalars(
            select(Material)
            .where(Material.event_id == event.id, Material.removed_at.is_not(None))
            .options(joinedload(Material.removed_by))
            .order_by(Material.removed_at.desc(), Material.id.desc())
        )
    )


def list_shown(event: Event) -> list[Material]:
    """Answer the materials that those who are invited to the activity may take away."""
    if event.state is EventState.DRAFT:
        return []
    return list(db.session.scalars(_shown(), {"event_id": event.id}))


@cache
def _shown() -> Select[Material]:
    return (
        select(Material)
        .where(
            Material.event_id == bindparam("event_id"),
            Material.removed_at.is_(None),
            Material.shown_to_participants,
        )
        .order_by(Material.rank, Material.id)
    )


def get_material(material_id: int, event: Event) -> Material:
    """Answer the standing material of the activity. Raises NotFoundError otherwise."""
    material = db.session.get(Material, material_id)
    if material is None or material.event_id != event.id or material.removed_at is not None:
        raise NotFoundError(_("There is no such file."))
    return material


def get_shown(material_id: int, event: Event) -> Material:
    """Answer the material, if the activity shows it to those who are invited."""
    material = get_material(material_id, event)
    if not material.shown_to_participants or event.state is EventState.DRAFT:
        raise NotFoundError(_("There is no such file."))
    return material


def size_of(event: Event) -> int:
    """Answer how many bytes the activity's standing materials have together."""
    held = select(func.coalesce(func.sum(Material.size), 0)).where(
        Material.event_id == event.id, Material.removed_at.is_(None)
    )
    return int(db.session.scalar(held) or 0)


def standing_by_sent_hash(event: Event, hashes: Iterable[str]) -> dict[str, Material]:
    """Answer the activity's standing materials that were sent as these very files."""
    rows = db.session.scalars(
        select(Material).where(
            Material.event_id == event.id,
            Material.removed_at.is_(None),
            Material.sent_hash.in_(list(hashes)),
        )
    )
    return {material.sent_hash: material for material in rows}


def last_rank(event: Event) -> int:
    """Answer the place of the last material of the activity; 0 where there is none."""
    return (
        db.session.scalar(select(func.max(Material.rank)).where(Material.event_id == event.id)) or 0
    )


def referred(hashes: Iterable[str], since: datetime) -> set[str]:
    """Answer those of the files that a row refers to, or referred to until after the moment."""
    return set(
        db.session.scalars(
            select(Material.file_hash).where(
                Material.file_hash.in_(list(hashes)),
                or_(Material.removed_at.is_(None), Material.removed_at >= since),
            )
        )
    )
