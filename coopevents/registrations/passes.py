"""Passes: making, showing again and ending what lets a delegate in at the door.

A pass says who she is and opens nothing else: no answer is given with it. Only its hash is kept.
Its token is made again from its seed under SECRET_KEY, so that a page can show it as often as it is
looked at; under a new SECRET_KEY passes already handed out go on, and pages make others.
"""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.audit import service as audit
from coopevents.db import db, insert_all
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.registrations.models import Pass, Registration, RegistrationState
from coopevents.tokens import derived_token, fingerprint

PURPOSE = "passes"


class Standing(StrEnum):
    """What a pass is worth now."""

    HOLDS = "holds"
    WAITS = "waits"
    """She is on the waiting list, or a place is offered to her: it will hold once she has one."""
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    """The activity is."""
    OVER = "over"
    """She does not come any more, or the activity has ended."""


def give(event: Event, registrations: Collection[Registration]) -> int:
    """Make a pass for each of these delegates of the activity that has none that can be shown.

    Answers how many were made.
    """
    shown = tokens_of([one.id for one in registrations])
    seeds = [(one.id, uuid4()) for one in registrations if one.id not in shown]
    if not seeds:
        return 0
    rows = [
        {
            "registration_id": registration_id,
            "seed": seed,
            "token_hash": fingerprint(_token(seed)),
        }
        for registration_id, seed in seeds
    ]
    db.session.execute(insert_all(Pass, rows))
    audit.record(
        "passes.made",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={"passes": (None, len(seeds))},
    )
    return len(seeds)


def revoke(registration: Registration) -> None:
    """Let no pass of the delegate hold any more."""
    db.session.execute(
        update(Pass)
        .where(Pass.registration_id == registration.id, Pass.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )


def tokens_of(registration_ids: Collection[int]) -> dict[int, str]:
    """Answer the token of each delegate's pass, the latest of those that can be shown again."""
    found = {}
    rows = db.session.execute(
        select(Pass.registration_id, Pass.seed, Pass.token_hash)
        .where(Pass.registration_id.in_(registration_ids), Pass.revoked_at.is_(None))
        .order_by(Pass.id)
    )
    for registration_id, seed, token_hash in rows:
        token = _token(seed)
        if fingerprint(token) == token_hash:
            found[registration_id] = token
    return found


def _token(seed: UUID) -> str:
    return derived_token(PURPOSE, str(seed))


def address_of(token: str) -> str:
    """Answer the address that opens a pass, and that its QR code holds."""
    return f"{current_app.config['BASE_URL']}/p/{token}"


def get_pass(token: str) -> Pass:
    """Answer the pass with this token, one that holds no more too.

    Raises NotFoundError for a token that never was.
    """
    found = _find(token)
    if found is None:
        raise NotFoundError(_("This pass is not known. Please check that its link is complete."))
    return found


def registration_of(token: str) -> Registration | None:
    """Answer the delegate whom the pass lets in now; None where it lets nobody in."""
    found = _find(token)
    if found is None or standing_of(found) is not Standing.HOLDS:
        return None
    return found.registration


def _find(token: str) -> Pass | None:
    return db.session.scalar(
        select(Pass)
        .where(Pass.token_hash == fingerprint(token))
        .options(
            joinedload(Pass.registration).options(
                joinedload(Registration.person), joinedload(Registration.event)
            )
        )
    )


def standing_of(shown: Pass) -> Standing:
    """Answer what the pass is worth now. It holds until the end of the activity's last day."""
    registration, event = shown.registration, shown.registration.event
    if shown.revoked_at is not None or registration.state is RegistrationState.CANCELLED:
        return Standing.OVER
    if event.state is EventState.POSTPONED:
        return Standing.POSTPONED
    if event.state is EventState.CLOSED or _has_ended(event):
        return Standing.OVER
    if event.state is EventState.CANCELLED:
        return Standing.CANCELLED
    if registration.state is not RegistrationState.CONFIRMED:
        return Standing.WAITS
    return Standing.HOLDS


def are_shown(event: Event) -> bool:
    """Whether passes to the activity let anybody in: until the end of its last day."""
    return event.state is EventState.PUBLISHED and not _has_ended(event)


def _has_ended(event: Event) -> bool:
    end = events.last_end(events.list_sessions(event))
    return end is not None and clock.local(end).date() < clock.today()
