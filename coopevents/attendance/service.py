"""The roll call: marks are added, never changed; what they add up to is derived."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from coopevents import access, clock, names
from coopevents.attendance import conflicts, queries
from coopevents.attendance.models import (
    Action,
    AttendanceEntry,
    ConflictKind,
    EntrySource,
    WalkIn,
)
from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, PostKind, Sex
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event, EventSession, EventState, SessionState
from coopevents.i18n import _, _n
from coopevents.registrations.models import ACTIVE, Registration


class Outcome(StrEnum):
    """What became of a mark that was sent in."""

    STORED = "stored"
    ALREADY = "already"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Mark:
    """A mark as a door or an officer sends it. `uuid` is made where the mark is made."""

    uuid: UUID
    session_id: int
    action: Action
    registration_id: int | None = None
    walk_in_id: int | None = None
    voids: UUID | None = None
    reason: str | None = None
    device_at: datetime | None = None
    device: str | None = None
    source: EntrySource = EntrySource.TAP

    def as_json(self) -> Json:
        """Answer the mark as plain JSON, for one that is kept apart."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        plain: Json = json.loads(json.dumps(said, default=_plain))
        return plain


@dataclass(frozen=True)
class Result:
    """The outcome of a mark, with the reason of a conflict."""

    uuid: UUID
    outcome: Outcome
    reason: str = ""


def record_entries(event: Event, marks: Sequence[Mark]) -> list[Result]:
    """Add the marks to the ledger and answer what became of each, in order.

    A mark that was received before is `already`; one that cannot be is a `conflict`: it is kept
    apart until it is settled. Sending the same marks twice changes nothing.
    """
    _check_takes_marks(event)
    sessions = {session.id: session for session in events.list_sessions(event)}
    known = _known(mark.uuid for mark in marks)
    subjects = _subjects(event)
    targets = _known(mark.voids for mark in marks if mark.voids)
    voided = _voided(targets.values())
    results = []
    for mark in marks:
        if mark.uuid in known and _is_same(mark, known[mark.uuid]):
            results.append(Result(mark.uuid, Outcome.ALREADY))
            continue
        refusal = (
            ConflictKind.NUMBER_TAKEN
            if mark.uuid in known
            else _refusal(mark, sessions, subjects, targets, voided)
        )
        if refusal is not None:
            conflicts.keep(event, refusal, mark.as_json())
            reason = str(conflicts.REASONS[refusal])
            results.append(Result(mark.uuid, Outcome.CONFLICT, reason))
            continue
        entry = _entry(event, mark, targets)
        db.session.add(entry)
        known[mark.uuid] = targets[mark.uuid] = entry
        if mark.voids:
            voided.add(mark.voids)
        results.append(Result(mark.uuid, Outcome.STORED))
    db.session.flush()
    _note(event, results)
    return results


def void(event: Event, entry: AttendanceEntry, reason: str) -> None:
    """Take a mark back, with a reason; the ledger keeps both."""
    if not reason.strip():
        raise InputError(_("Say why the mark is taken back."), {"reason": _("A reason is needed.")})
    mark = Mark(
        uuid=uuid4(),
        session_id=entry.session_id,
        action=Action.VOID,
        registration_id=entry.registration_id,
        walk_in_id=entry.walk_in_id,
        voids=entry.uuid,
        reason=reason.strip(),
    )
    (result,) = record_entries(event, [mark])
    if result.outcome is not Outcome.STORED:
        raise DomainError(result.reason)


def add_walk_in(
    event: Event,
    organisation: Organisation | None,
    full_name: str,
    sex: Sex,
    post: PostKind,
    *,
    uuid: UUID,
    phone: str | None = None,
) -> WalkIn:
    """Write somebody who came without being registered; the same number twice is one walk-in."""
    _check_takes_marks(event)
    known = db.session.scalar(select(WalkIn).where(WalkIn.uuid == uuid))
    if known is not None:
        return known
    if not full_name.strip():
        raise InputError(_("A name is needed."), {"full_name": _("A name is needed.")})
    who = access.actor()
    walk_in = WalkIn(
        event_id=event.id,
        uuid=uuid,
        organisation_id=organisation.id if organisation else None,
        organisation_kind_snapshot=organisation.kind.value if organisation else None,
        full_name=names.clean(full_name),
        name_sort=names.person_sort_key(full_name),
        sex=sex,
        role_snapshot=post,
        phone=phone or None,
        added_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(walk_in)
    db.session.flush()
    audit.record("walk_in.added", "walk_in", walk_in.id, programme_id=event.programme_id)
    return walk_in


def walk_in_id(event: Event, said: dict[str, Any] | None, *, write: bool = True) -> int | None:
    """Answer the walk-in a mark from outside describes; None for none.

    One nobody knows yet is written down, unless `write` is False: then it is None too.
    """
    if said is None:
        return None
    if not write:
        return db.session.scalar(select(WalkIn.id).where(WalkIn.uuid == said["uuid"]))
    organisation_id = said["organisation_id"]
    organisation = (
        directory.get_organisation(organisation_id, event.programme.register_id)
        if organisation_id
        else None
    )
    return add_walk_in(
        event,
        organisation,
        said["full_name"],
        Sex(said["sex"]),
        PostKind(said["post"]),
        uuid=said["uuid"],
        phone=said["phone"],
    ).id


def refused_session(session: EventSession | None) -> ConflictKind | None:
    """Answer why nobody can be marked in the session; None where everybody can."""
    if session is None:
        return ConflictKind.OTHER_SESSION
    if session.state in {SessionState.CANCELLED, SessionState.MOVED}:
        return ConflictKind.NOT_HELD
    return ConflictKind.TO_COME if session.held_on > clock.today() else None


def require_no_mark(session: EventSession) -> None:
    """Refuse to say that the session was not held while somebody was marked in it."""
    marks = len(queries.states_of_session(session))
    if marks:
        raise DomainError(
            _n(
                "%(num)s mark of the roll stands in this session: take it back first.",
                "%(num)s marks of the roll stand in this session: take them back first.",
                marks,
            )
        )


def require_reconciled(event: Event) -> None:
    """Refuse to go on while a named person has no state in a held session.

    Source: domain model, invariant 12. Raises DomainError with how many are missing.
    """
    missing = queries.unreconciled(event)
    if missing:
        raise DomainError(
            _(
                "%(count)s marks are missing: in each session held, everybody named needs a state.",
                count=len(missing),
            )
        )


def _check_takes_marks(event: Event) -> None:
    if not event.kind.counts_attendance:
        raise DomainError(_("This activity takes no roll: it declares how many it reached."))
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("The roll is taken while the activity is published and not closed."))
    # Marks and closing wait for one another: no mark slips in behind a closing.
    event_service.lock(event)
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("The roll is taken while the activity is published and not closed."))


def _known(uuids: Iterable[UUID]) -> dict[UUID, AttendanceEntry]:
    rows = db.session.scalars(select(AttendanceEntry).where(AttendanceEntry.uuid.in_(list(uuids))))
    return {entry.uuid: entry for entry in rows}


def _voided(entries: Iterable[AttendanceEntry]) -> set[UUID]:
    by_id = {entry.id: entry.uuid for entry in entries}
    rows = db.session.scalars(
        select(AttendanceEntry.voids_id).where(AttendanceEntry.voids_id.in_(list(by_id)))
    )
    return {by_id[voids_id] for voids_id in rows if voids_id is not None}


def _subjects(event: Event) -> dict[str, set[int]]:
    registrations = db.session.scalars(
        select(Registration.id).where(
            Registration.event_id == event.id, Registration.state.in_(ACTIVE)
        )
    )
    walk_ins = db.session.scalars(select(WalkIn.id).where(WalkIn.event_id == event.id))
    return {"registration": set(registrations), "walk_in": set(walk_ins)}


def _refusal(
    mark: Mark,
    sessions: dict[int, EventSession],
    subjects: dict[str, set[int]],
    targets: dict[UUID, AttendanceEntry],
    voided: set[UUID],
) -> ConflictKind | None:
    refused = refused_session(sessions.get(mark.session_id))
    if refused is not None:
        return refused
    if (mark.registration_id is None) == (mark.walk_in_id is None):
        return ConflictKind.TWO_SUBJECTS
    if mark.action is Action.VOID:
        return _refused_void(mark, targets, voided)
    if mark.registration_id and mark.registration_id not in subjects["registration"]:
        return ConflictKind.NOT_REGISTERED
    if mark.walk_in_id and mark.walk_in_id not in subjects["walk_in"]:
        return ConflictKind.NOT_NOTED
    return None


def _refused_void(
    mark: Mark, targets: dict[UUID, AttendanceEntry], voided: set[UUID]
) -> ConflictKind | None:
    target = targets.get(mark.voids) if mark.voids else None
    if target is None or target.session_id != mark.session_id:
        return ConflictKind.NO_SUCH_MARK
    if target.action is Action.VOID or mark.voids in voided:
        return ConflictKind.TAKEN_BACK
    return None if (mark.reason or "").strip() else ConflictKind.NO_REASON


def _is_same(mark: Mark, entry: AttendanceEntry) -> bool:
    return (
        entry.session_id == mark.session_id
        and entry.action is mark.action
        and entry.registration_id == mark.registration_id
        and entry.walk_in_id == mark.walk_in_id
    )


def _entry(event: Event, mark: Mark, targets: dict[UUID, AttendanceEntry]) -> AttendanceEntry:
    who = access.actor()
    target = targets.get(mark.voids) if mark.voids else None
    return AttendanceEntry(
        uuid=mark.uuid,
        programme_id=event.programme_id,
        event_id=event.id,
        session_id=mark.session_id,
        registration_id=target.registration_id if target else mark.registration_id,
        walk_in_id=target.walk_in_id if target else mark.walk_in_id,
        action=mark.action,
        voids_id=_id(target),
        reason=mark.reason,
        device_at=mark.device_at or clock.now(),
        device=mark.device,
        source=mark.source,
        by_id=who.id if who.kind == "user" else None,
        by_label=who.label,
    )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _id(entry: AttendanceEntry | None) -> int | None:
    if entry is None:
        return None
    # The mark it takes back may have come in the same delivery, and then has no key yet.
    db.session.flush()
    return entry.id


def _note(event: Event, results: Sequence[Result]) -> None:
    stored = sum(result.outcome is Outcome.STORED for result in results)
    if stored:
        audit.record(
            "roll.marked",
            "event",
            event.id,
            programme_id=event.programme_id,
            changes={"marks": (None, stored)},
        )
