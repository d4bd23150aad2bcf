"""Marks that were sent in and are not in the ledger: kept, shown, settled by an officer.

Whoever sent one was told so and may forget it, so nothing of it is lost here. An officer looks at
it, marks whoever was there herself, and says what she did.
"""

import hashlib
import json
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from coopevents import access, clock
from coopevents.attendance.models import ConflictKind, MarkConflict
from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.errors import InputError, NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _, _l

REASONS = {
    ConflictKind.OTHER_SESSION: _l("This session is not of this activity."),
    ConflictKind.NOT_HELD: _l("This session was not held."),
    ConflictKind.TO_COME: _l("This session is still to come."),
    ConflictKind.TWO_SUBJECTS: _l("A mark is of one person."),
    ConflictKind.NOT_REGISTERED: _l("This person is not registered for this activity."),
    ConflictKind.NOT_NOTED: _l("This person was not noted for this activity."),
    ConflictKind.NO_SUCH_MARK: _l("There is no such mark in this session."),
    ConflictKind.TAKEN_BACK: _l("This mark was taken back before."),
    ConflictKind.NO_REASON: _l("Say why the mark is taken back."),
    ConflictKind.NUMBER_TAKEN: _l("Another mark has this number."),
    ConflictKind.REFUSED: _l("This person could not be written down."),
}


def keep(event: Event, kind: ConflictKind, said: Json, detail: str = "") -> None:
    """Keep a mark as it was sent; the same one sent again is kept once.

    `said` has what was sent as plain JSON, with its `uuid`; `detail` says more than the kind does.
    """
    who = access.actor()
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False)
    db.session.execute(
        insert(MarkConflict)
        .values(
            programme_id=event.programme_id,
            event_id=event.id,
            uuid=UUID(str(said["uuid"])),
            kind=kind,
            detail=detail,
            said=said,
            digest=hashlib.sha256(plain.encode()).hexdigest(),
            received_at=clock.now(),
            by_id=who.id if who.kind == "user" else None,
            by_label=who.label,
        )
        .on_conflict_do_nothing(index_elements=["event_id", "uuid", "digest"])
    )


def list_conflicts(event: Event, *, is_open: bool | None = None) -> list[MarkConflict]:
    """Answer the marks of the activity that are not in its ledger, those still open first."""
    found = select(MarkConflict).where(MarkConflict.event_id == event.id)
    if is_open is not None:
        settled = MarkConflict.settled_at
        found = found.where(settled.is_(None) if is_open else settled.is_not(None))
    return list(
        db.session.scalars(
            found.options(joinedload(MarkConflict.settled_by)).order_by(
                MarkConflict.settled_at.is_not(None), MarkConflict.id
            )
        )
    )


def get_conflict(conflict_id: int, event: Event) -> MarkConflict:
    """Answer the conflict, if it is one of the activity's. Raises NotFoundError otherwise."""
    conflict = db.session.get(MarkConflict, conflict_id)
    if conflict is None or conflict.event_id != event.id:
        raise NotFoundError(_("There is no such mark."))
    return conflict


def settle(conflict: MarkConflict, note: str) -> None:
    """Keep what was done about it; who the walk-in was is needed no more. Once is enough."""
    if conflict.settled_at is not None:
        return
    if not note.strip():
        raise InputError.at("note", _("Say what was done about it."))
    who = access.actor()
    conflict.settled_at = clock.now()
    conflict.settled_by_id = who.id if who.kind == "user" else None
    conflict.note = note.strip()
    conflict.said = {name: value for name, value in conflict.said.items() if name != "walk_in"}
    db.session.flush()
    audit.record(
        "mark_conflict.settled",
        "mark_conflict",
        conflict.id,
        programme_id=conflict.programme_id,
        changes={"note": (None, conflict.note)},
    )
