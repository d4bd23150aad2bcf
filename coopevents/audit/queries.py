from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db


@dataclass(frozen=True)
class Told:
    """An act and the values it changed; an erased value is missing on both sides."""

    entry: AuditEntry
    values: list[AuditValue]


def list_acts(programme_id: int, subject_kinds: Collection[str], limit: int = 20) -> list[Told]:
    """Answer what was last done in the programme to things of these kinds, the latest first."""
    entries = db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.programme_id == programme_id, AuditEntry.subject_kind.in_(subject_kinds))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    ).all()
    values: dict[int, list[AuditValue]] = {entry.id: [] for entry in entries}
    for value in db.session.scalars(
        select(AuditValue).where(AuditValue.entry_id.in_(values)).order_by(AuditValue.id)
    ):
        values[value.entry_id].append(value)
    return [Told(entry, values[entry.id]) for entry in entries]
