"""The administrative units of the country: read from the files that ship, found by name."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from coopevents import names
from coopevents.config import ROOT
from coopevents.db import db, valid_on
from coopevents.territory.models import (
    AdministrativeSuccession,
    AdministrativeUnit,
    SuccessionKind,
    UnitLevel,
)

DATA = ROOT / "coopevents" / "data"
REFORM = date(2025, 7, 1)
"""Since this day there are no districts, and a code may name another unit than before."""

PARENT_LEVELS = {
    UnitLevel.DISTRICT: (UnitLevel.PROVINCE,),
    UnitLevel.COMMUNE: (UnitLevel.DISTRICT, UnitLevel.PROVINCE),
}


def load_country(folder: Path = DATA) -> int:
    """Write all units and their successions, unless there are some; answer how many there are."""
    present = db.session.scalar(select(func.count()).select_from(AdministrativeUnit)) or 0
    if present:
        return present
    rows = _read(folder / "administrative-units.csv")
    for level in UnitLevel:
        _insert_level(level, [row for row in rows if row["level"] == level])
    _insert_successions(_read(folder / "administrative-succession.csv"))
    return len(rows)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _insert_level(level: UnitLevel, rows: list[dict[str, str]]) -> None:
    ids = _ids(PARENT_LEVELS.get(level, ()))
    values = [
        {
            "code": row["code"],
            "name": names.clean(row["name"]),
            "name_fold": names.fold(row["name"]),
            "level": level,
            "parent_id": ids[row["parent_code"], _era(row)] if row["parent_code"] else None,
            "valid_from": _day(row["valid_from"]),
            "valid_to": _day(row["valid_to"]),
            "latitude": _degrees(row["lat"]),
            "longitude": _degrees(row["lon"]),
        }
        for row in rows
    ]
    db.session.execute(insert(AdministrativeUnit), values)


def _insert_successions(rows: list[dict[str, str]]) -> None:
    ids = {level: _ids((level,)) for level in UnitLevel}
    values: list[dict[str, Any]] = []
    for row in rows:
        level = ids[UnitLevel(row["level"])]
        old, new = level.get((row["old_code"], "old")), level.get((row["new_code"], "new"))
        if old and new:
            values.append({"old_id": old, "new_id": new, "kind": row["kind"]})
    db.session.execute(insert(AdministrativeSuccession), values)


def _ids(levels: tuple[UnitLevel, ...]) -> dict[tuple[str, str], int]:
    units = db.session.execute(
        select(AdministrativeUnit.code, AdministrativeUnit.valid_to, AdministrativeUnit.id).where(
            AdministrativeUnit.level.in_(levels)
        )
    )
    return {(code, "old" if valid_to else "new"): id_ for code, valid_to, id_ in units}


def _era(row: dict[str, str]) -> str:
    return "old" if row["valid_to"] else "new"


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _degrees(text: str) -> float | None:
    return float(text) if text else None


def find_province(name: str, on: date) -> AdministrativeUnit | None:
    """Answer the province of that name on that day; marks, case and "tỉnh" make no difference."""
    folded = names.fold(name)
    wanted = {folded, f"tinh {folded}", f"thanh pho {folded}"}
    return db.session.scalar(
        select(AdministrativeUnit).where(
            AdministrativeUnit.level == UnitLevel.PROVINCE,
            AdministrativeUnit.name_fold.in_(wanted),
            valid_on(AdministrativeUnit, on),
        )
    )


def communes_of(province: AdministrativeUnit) -> list[AdministrativeUnit]:
    """Answer the communes of a province, directly below it or below its former districts."""
    district = (
        select(AdministrativeUnit.id)
        .where(
            AdministrativeUnit.parent_id == province.id,
            AdministrativeUnit.level == UnitLevel.DISTRICT,
        )
        .scalar_subquery()
    )
    return list(
        db.session.scalars(
            select(AdministrativeUnit)
            .where(
                AdministrativeUnit.level == UnitLevel.COMMUNE,
                (AdministrativeUnit.parent_id == province.id)
                | AdministrativeUnit.parent_id.in_(district),
            )
            .order_by(AdministrativeUnit.name_fold)
        )
    )


def territory_on(territory: AdministrativeUnit, day: date) -> AdministrativeUnit:
    """Answer the province as it was on the day: itself, or what it went into whole."""
    if territory.valid_to is None or territory.valid_to >= day:
        return territory
    successor = db.session.scalar(
        select(AdministrativeUnit)
        .join(AdministrativeSuccession, AdministrativeSuccession.new_id == AdministrativeUnit.id)
        .where(
            AdministrativeSuccession.old_id == territory.id,
            AdministrativeSuccession.kind == SuccessionKind.WHOLE,
        )
    )
    return successor or territory
