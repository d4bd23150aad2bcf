"""Declaring how many communication work reached: added, corrected by a new row, taken back."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.editing import clean
from coopevents.errors import DomainError, InputError
from coopevents.events import service as events
from coopevents.events.models import Event, EventState
from coopevents.i18n import _, day, number
from coopevents.outcomes.reach import queries
from coopevents.outcomes.reach.models import ReachChannel, ReachDeclaration

MOST = 100_000_000
"""More than all people of the country: a slip of the finger."""


@dataclass(frozen=True)
class Told:
    """What is declared: by which channel how many were reached, on which day, and what shows it."""

    channel: ReachChannel
    reached: int
    reached_on: date
    evidence: str


def declare(event: Event, told: Told, submission_id: UUID) -> ReachDeclaration:
    """Write one more declaration; the same form sent twice is one. Raises InputError."""
    sent = _begin(event, submission_id)
    if sent is not None:
        return sent
    row = ReachDeclaration(**_base(event, submission_id), **_checked(told))
    return _write(row, "reach.declared", None)


def correct(
    event: Event, before: ReachDeclaration, told: Told, reason: str | None, submission_id: UUID
) -> ReachDeclaration:
    """Write what is right in the place of what was declared wrong, and why."""
    sent = _begin(event, submission_id)
    if sent is not None:
        return sent
    _require_standing(before)
    values = _checked(told)
    if all(getattr(before, name) == value for name, value in values.items()):
        raise InputError(_("This is what stands already."))
    row = ReachDeclaration(**_base(event, submission_id), **values)
    row.corrects_id, row.reason = before.id, _needed(reason, "reason")
    return _write(row, "reach.corrected", before)


def withdraw(
    event: Event, before: ReachDeclaration, reason: str | None, submission_id: UUID
) -> ReachDeclaration:
    """Take back what should not have been declared: it counts nothing, and is no zero."""
    sent = _begin(event, submission_id)
    if sent is not None:
        return sent
    _require_standing(before)
    row = ReachDeclaration(
        **_base(event, submission_id),
        channel=before.channel,
        reached=None,
        reached_on=before.reached_on,
        evidence=before.evidence,
        corrects_id=before.id,
        reason=_needed(reason, "reason"),
    )
    return _write(row, "reach.withdrawn", before)


def _begin(event: Event, submission_id: UUID) -> ReachDeclaration | None:
    """Hold the activity, and answer what this very form has written before."""
    if event.kind.counts_attendance:
        raise DomainError(_("This activity takes a roll: who came is counted, not declared."))
    events.lock(event)
    if event.state not in {EventState.PUBLISHED, EventState.CLOSED}:
        raise DomainError(_("Reach is declared of published and closed activities."))
    sent = queries.find_sent(submission_id)
    if sent is not None and sent.event_id != event.id:
        raise InputError(_("This form is damaged. Please open the page again."))
    return sent


def _require_standing(before: ReachDeclaration) -> None:
    if before.is_withdrawn or queries.is_corrected(before):
        raise DomainError(_("Somebody corrected this declaration meanwhile. Nothing was written."))


def _checked(told: Told) -> dict[str, Any]:
    if not 0 <= told.reached <= MOST:
        raise InputError.at("reached", _("Give a number from 0 to %(most)s.", most=number(MOST)))
    if told.reached_on > clock.today():
        raise InputError.at(
            "reached_on", _("%(day)s lies in the future.", day=day(told.reached_on))
        )
    return {
        "channel": told.channel,
        "reached": told.reached,
        "reached_on": told.reached_on,
        "evidence": _needed(told.evidence, "evidence"),
    }


def _base(event: Event, submission_id: UUID) -> dict[str, Any]:
    who = access.actor()
    return {
        "programme_id": event.programme_id,
        "event_id": event.id,
        "submission_id": submission_id,
        "recorded_by_id": who.id if who.kind == "user" else None,
        "by_label": who.label,
    }


def _write(row: ReachDeclaration, act: str, before: ReachDeclaration | None) -> ReachDeclaration:
    db.session.add(row)
    db.session.flush()
    named = ("channel", "reached", "reached_on", "evidence")
    changes: dict[str, tuple[Any, Any]] = {
        name: (getattr(before, name) if before else None, getattr(row, name)) for name in named
    }
    if row.reason:
        changes["reason"] = (None, row.reason)
    audit.record(act, "reach_declaration", row.id, programme_id=row.programme_id, changes=changes)
    return row


def _needed(text: str | None, field: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise InputError.at(field, _("Please fill this in."))
    return cleaned
