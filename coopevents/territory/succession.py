"""What became of a unit, what it came from, and which one it stands for on a day.

A unit that went whole into another goes on in it, and so may everything that lies in it. A unit
that was split goes on in none: where a thing lies today, somebody must say who knows.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, literal, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from coopevents.db import db, valid_on
from coopevents.territory.models import (
    AdministrativeSuccession,
    AdministrativeUnit,
    SuccessionKind,
    UnitLevel,
)

WHOLE = AdministrativeSuccession.kind == SuccessionKind.WHOLE


@dataclass(frozen=True)
class Step:
    """One unit went, whole or in part, into another."""

    old: AdministrativeUnit
    new: AdministrativeUnit
    kind: SuccessionKind


def became(unit: AdministrativeUnit) -> list[Step]:
    """Answer every step from the unit onwards, to the units that stand today; the nearest first."""
    return became_all([unit.id])[unit.id]


def came_from(unit: AdministrativeUnit) -> list[Step]:
    """Answer every step that led to the unit, back to the first there were; the nearest first."""
    return came_from_all([unit.id])[unit.id]


def became_all(unit_ids: Iterable[int]) -> dict[int, list[Step]]:
    """Answer for each unit what `became` answers. One query, however many they are."""
    return _steps(list(unit_ids), onwards=True)


def came_from_all(unit_ids: Iterable[int]) -> dict[int, list[Step]]:
    """Answer for each unit what `came_from` answers. One query, however many they are."""
    return _steps(list(unit_ids), onwards=False)


def parts_of(unit: AdministrativeUnit, steps: list[Step]) -> list[Step]:
    """Answer into which parts the unit was split, or what it had gone into whole by then.

    `steps` are those `became` answers. Empty where it never was split, or nothing is known.
    """
    onwards = [step for step in steps if step.old.id == unit.id]
    if len(onwards) == 1 and onwards[0].kind is SuccessionKind.WHOLE:
        return parts_of(onwards[0].new, steps)
    return onwards


def _steps(unit_ids: list[int], *, onwards: bool) -> dict[int, list[Step]]:
    link = AdministrativeSuccession
    here, there = (link.old_id, link.new_id) if onwards else (link.new_id, link.old_id)
    walk = (
        select(here.label("start_id"), link.id.label("link_id"), there, literal(1).label("far"))
        .where(here.in_(unit_ids))
        .cte("walk", recursive=True)
    )
    walk = walk.union(
        select(walk.c.start_id, link.id, there, walk.c.far + 1).join(
            walk, walk.c[there.key] == here
        )
    )
    old, new = aliased(AdministrativeUnit), aliased(AdministrativeUnit)
    far = func.min(walk.c.far)
    nearest = (
        select(walk.c.start_id, walk.c.link_id, far.label("far"))
        .group_by(walk.c.start_id, walk.c.link_id)
        .subquery()
    )
    rows = db.session.execute(
        select(nearest.c.start_id, old, new, link.kind)
        .join(link, link.id == nearest.c.link_id)
        .join(old, old.id == link.old_id)
        .join(new, new.id == link.new_id)
        .options(
            joinedload(old.parent).joinedload(AdministrativeUnit.parent), joinedload(new.parent)
        )
        .order_by(nearest.c.far, link.kind != SuccessionKind.WHOLE, link.kind, new.name_fold)
        .order_by(old.name_fold, link.id)
    )
    found: dict[int, list[Step]] = {unit_id: [] for unit_id in unit_ids}
    for start_id, before, after, kind in rows:
        found[start_id].append(Step(before, after, kind))
    return found


def as_of(unit_ids: Iterable[int], day: date) -> dict[int, AdministrativeUnit | None]:
    """Answer for each unit the one it stands for on the day. One query, however many they are.

    It is itself while it exists, and afterwards what it went into whole. None says that nobody
    can tell from the units alone: it was split, or nothing is known of what became of it. Before
    it existed it stands for the one unit that went whole into it, if it was made of no other.
    """
    wanted = list(dict.fromkeys(unit_ids))
    found: dict[int, AdministrativeUnit | None] = dict.fromkeys(wanted)
    if not wanted:
        return found
    link, unit = AdministrativeSuccession, AdministrativeUnit
    start = select(unit.id.label("start_id"), unit.id.label("now_id")).where(unit.id.in_(wanted))
    onwards = start.cte("onwards", recursive=True)
    onwards = onwards.union(
        select(onwards.c.start_id, link.new_id)
        .join(link, link.old_id == onwards.c.now_id)
        .where(WHOLE)
    )
    other = aliased(AdministrativeSuccession)
    alone = ~select(other.id).where(other.new_id == link.new_id, other.id != link.id).exists()
    back = start.cte("back", recursive=True)
    back = back.union(
        select(back.c.start_id, link.old_id)
        .join(link, link.new_id == back.c.now_id)
        .where(WHOLE, alone)
    )
    walked = union(select(onwards), select(back)).subquery()
    rows = db.session.execute(
        select(walked.c.start_id, unit)
        .join(unit, unit.id == walked.c.now_id)
        .where(valid_on(unit, day))
        .options(joinedload(unit.parent))
    )
    found.update(rows.all())
    return found


def standing_for(unit_ids: Collection[int]) -> Select[int]:
    """Answer the ids of the units and of all that went whole into them, however long ago.

    It is the condition of a filter by commune: what lies in one of these lies in the unit asked
    for. Parts of a unit that was split are not among them.
    """
    link = AdministrativeSuccession
    back = (
        select(AdministrativeUnit.id.label("unit_id"))
        .where(AdministrativeUnit.id.in_(unit_ids))
        .cte("standing_for", recursive=True)
    )
    back = back.union(select(link.old_id).join(back, back.c.unit_id == link.new_id).where(WHOLE))
    return select(back.c.unit_id)


def communes_within(provinces: Select[int]) -> Select[int]:
    """Answer the ids of the communes of the provinces, right below them or below a district."""
    district, commune = aliased(AdministrativeUnit), aliased(AdministrativeUnit)
    districts = select(district.id).where(
        district.parent_id.in_(provinces), district.level == UnitLevel.DISTRICT
    )
    return select(commune.id).where(
        commune.level == UnitLevel.COMMUNE,
        or_(commune.parent_id.in_(provinces), commune.parent_id.in_(districts)),
    )


def former_provinces(province: AdministrativeUnit) -> list[AdministrativeUnit]:
    """Answer the provinces that went into this one, by name."""
    return list(
        db.session.scalars(
            select(AdministrativeUnit)
            .where(AdministrativeUnit.id.in_(standing_for([province.id])))
            .where(AdministrativeUnit.id != province.id)
            .order_by(AdministrativeUnit.name_fold)
        )
    )


def communes_of_former(province_ids: Collection[int]) -> Select[int]:
    """Answer the ids of the communes that lie on the ground of provinces there were.

    Those are their communes, and the communes of later days that were made of these alone. One
    that has ground of two provinces is of neither.
    """
    link = AdministrativeSuccession
    own = communes_within(
        select(AdministrativeUnit.id).where(AdministrativeUnit.id.in_(province_ids))
    ).cte("own")
    ground = select(own.c.id.label("unit_id")).cte("ground", recursive=True)
    ground = ground.union(select(link.new_id).join(ground, ground.c.unit_id == link.old_id))
    mixed = (
        select(link.new_id.label("unit_id"))
        .where(
            link.new_id.in_(select(ground.c.unit_id)), link.old_id.not_in(select(ground.c.unit_id))
        )
        .cte("mixed", recursive=True)
    )
    mixed = mixed.union(select(link.new_id).join(mixed, mixed.c.unit_id == link.old_id))
    return select(ground.c.unit_id).where(ground.c.unit_id.not_in(select(mixed.c.unit_id)))


def gaps() -> list[AdministrativeUnit]:
    """Answer the communes of which the data does not tell what became of them or what they were.

    Those that ended and went into none, and those that began after others had been and came from
    none; those that ended first.
    """
    link, unit = AdministrativeSuccession, AdministrativeUnit
    lost = unit.valid_to.is_not(None) & unit.id.not_in(select(link.old_id))
    unexplained = unit.valid_from.is_not(None) & unit.id.not_in(select(link.new_id))
    return list(
        db.session.scalars(
            select(unit)
            .where(unit.level == UnitLevel.COMMUNE, lost | unexplained)
            .options(joinedload(unit.parent).joinedload(unit.parent))
            .order_by(unit.valid_to, unit.name_fold)
        )
    )
