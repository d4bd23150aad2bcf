"""Confirming a change: what was shown is what happens, once."""

from uuid import UUID

from coopevents import access
from coopevents.changes.consequences import Consequences
from coopevents.changes.foreseeing import foresee
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.db import Json, db
from coopevents.errors import DomainError
from coopevents.events.effects import Change
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import InvitationRound


class StaleError(DomainError):
    """What was shown does not hold any more; `now` does."""

    def __init__(self, now: Consequences) -> None:
        super().__init__(
            _("What follows from this has changed since you saw it. Please look at it again.")
        )
        self.now = now


def confirmed(event: Event, change: Change, fingerprint: str | None) -> Consequences:
    """Answer what was shown, if it is still exactly what would happen; the caller holds the event.

    Raises StaleError otherwise. Without a fingerprint, whatever happens is taken.
    """
    now = foresee(event, change, locked=True)
    if fingerprint is not None and now.fingerprint != fingerprint:
        raise StaleError(now)
    return now


def note(
    event: Event,
    kind: ChangeKind,
    submission_id: UUID,
    *,
    reason: str = "",
    told: Json | None = None,
    opened: InvitationRound | None = None,
) -> EventChange:
    """Write down what was done to the activity, and all that followed from it."""
    who = access.actor()
    change = EventChange(
        programme_id=event.programme_id,
        event_id=event.id,
        kind=kind,
        reason=reason,
        submission_id=submission_id,
        round_id=opened.id if opened else None,
        consequences=told or {},
        by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(change)
    db.session.flush()
    return change
