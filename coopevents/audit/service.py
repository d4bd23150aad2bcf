"""Writing down who did what, in a chain that shows when a link is missing."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from coopevents import access, clock
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.editing import told

CHAIN_LOCK = 0x617564
"""The advisory lock under which entries are linked, one transaction after another."""


def record(
    act: str,
    subject_kind: str,
    subject_id: int | None,
    *,
    programme_id: int | None = None,
    changes: dict[str, tuple[Any, Any]] | None = None,
) -> None:
    """Have the act written with the current transaction, as its last step.

    `changes` maps a field to its value before and after. Nothing is written when the
    transaction is rolled back.
    """
    who = access.actor()
    entry = AuditEntry(
        programme_id=programme_id if programme_id is not None else who.programme_id,
        at=clock.now(),
        actor_kind=who.kind,
        actor_id=who.id,
        actor_label=who.label,
        act=act,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    db.session().info.setdefault("audit", []).append((entry, changes or {}))


def readable(changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Answer changes for people to read: a text language by language, a list line by line."""
    said: dict[str, tuple[Any, Any]] = {}
    for field, (before, after) in changes.items():
        if isinstance(before, dict) or isinstance(after, dict):
            old, new = before or {}, after or {}
            for part in {**old, **new}:
                if old.get(part) != new.get(part):
                    said[f"{field}.{part}"] = (old.get(part), new.get(part))
        elif before is not None or after is not None:
            said[field] = (_told(before), _told(after))
    return said


def _told(value: Any) -> str | None:
    return None if value is None else told(value)


@event.listens_for(Session, "before_commit")
def _write_chain(session: Session) -> None:
    # The lock is taken last of all, so that it is held for a moment only and nobody who holds it
    # waits for anything else.
    waiting = session.info.pop("audit", [])
    if not waiting or session.in_nested_transaction():
        return
    session.flush()
    session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
    previous = session.scalar(select(AuditEntry.chain_hash).order_by(AuditEntry.id.desc()).limit(1))
    values = [[_value(field, *both) for field, both in changes.items()] for _e, changes in waiting]
    entries = [entry for entry, _changes in waiting]
    for entry, own in zip(entries, values, strict=True):
        entry.commitments = [{"field": v.field, "hash": _commitment(v)} for v in own]
        entry.chain_hash = previous = link(previous, entry)
    # Written at once, and numbered in the order of the chain.
    session.add_all(entries)
    session.flush()
    for entry, own in zip(entries, values, strict=True):
        for value in own:
            value.entry_id = entry.id
        session.add_all(own)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop("audit", None)


def link(previous: bytes | None, entry: AuditEntry) -> bytes:
    """Answer the hash of an entry and of all before it: 32 bytes."""
    told = json.dumps(
        [
            entry.programme_id,
            entry.at.isoformat(),
            entry.actor_kind,
            entry.actor_id,
            entry.actor_label,
            entry.act,
            entry.subject_kind,
            entry.subject_id,
            entry.commitments,
        ],
        ensure_ascii=False,
        separators=(",", ":"),
        # The database keeps the keys of an object in an order of its own.
        sort_keys=True,
    )
    return hashlib.sha256((previous or b"") + told.encode()).digest()


def _value(field: str, before: Any, after: Any) -> AuditValue:
    return AuditValue(
        field=field,
        before=None if before is None else str(before),
        after=None if after is None else str(after),
        salt=secrets.token_bytes(16),
    )


def _commitment(value: AuditValue) -> str:
    told = json.dumps([value.field, value.before, value.after], ensure_ascii=False)
    return hashlib.sha256(value.salt + told.encode()).hexdigest()
