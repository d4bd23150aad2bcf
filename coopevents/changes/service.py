"""Confirming a change: what was shown is what happens, once."""

import hashlib
import json
from collections.abc import Collection, Sequence
from uuid import UUID

from coopevents import access, clock
from coopevents.changes import remaining
from coopevents.changes.consequences import Consequences
from coopevents.changes.foreseeing import foresee
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.changes.remaining import Untold
from coopevents.db import Json, db
from coopevents.errors import DomainError, InputError
from coopevents.events.effects import Change
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.invitations import changed as invitations
from coopevents.invitations.changed import Told
from coopevents.invitations.models import InvitationRound

TOLD_IN = frozenset({EventState.PUBLISHED, EventState.POSTPONED, EventState.CANCELLED})
"""States in which telling an earlier change again still helps somebody."""

NOT_REPEATED = (
    *("first", "stopped", "withdrawn", "revised"),
    *("asked_again", "cancelled"),
)
"""What followed from a change once, and does not follow again when it is told again."""


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


def note_told(
    change: EventChange, invitation_ids: Collection[int], told: Told, submission_id: UUID
) -> bool:
    """Note whom an officer told of the change, how and when; a later note replaces an earlier.

    Answers False when this very form was noted before. Raises InputError for a moment before the
    change or to come, and for nobody.
    """
    opened = change.round
    if opened is None:
        raise DomainError(_("Nobody was to be told of this change."))
    if not invitation_ids:
        raise InputError.at("invitation_ids", _("Tick whom you told."))
    if set(invitation_ids) - set(remaining.named(change)):
        raise InputError.at("invitation_ids", _("This change was not for them to be told."))
    if told.at > clock.now():
        raise InputError.at("told_at", _("This is still to come."))
    if told.at < change.at.replace(second=0, microsecond=0):
        raise InputError.at("told_at", _("The change was not confirmed yet then."))
    return invitations.note_told(opened, invitation_ids, told, submission_id)


def again(event: Event, untold: Sequence[Untold], fingerprint: str) -> Sequence[Untold]:
    """Answer those whom another mail about the change can reach; the caller holds the event.

    Raises DomainError where they are others than were shown, or nothing of it is still to come.
    """
    found = [one for one in untold if one.mails and not one.is_over]
    if event.state not in TOLD_IN or not found:
        raise DomainError(_("Nobody is left to whom it could be sent again."))
    if fingerprint != fingerprint_of(found):
        raise DomainError(
            _("Whom it would be sent to has changed since you saw it. Please look again.")
        )
    return found


def fingerprint_of(untold: Sequence[Untold]) -> str:
    """Answer what stands for exactly the mails that would be sent again."""
    lost = sorted(mail.id for one in untold for mail in one.mails)
    return hashlib.sha256(json.dumps(lost).encode()).hexdigest()


def told_again(change: EventChange, untold: Sequence[Untold]) -> Json:
    """Answer what is kept of sending a change again: the change, and whom it concerned."""
    ids = {one.invitation_id for one in untold}
    addresses = {mail.address for one in untold for mail in one.mails}
    shown = change.consequences
    nothing: Json = {name: [] for name in NOT_REPEATED}
    return {
        **shown,
        **nothing,
        "kind": ChangeKind.TOLD_AGAIN.value,
        "by_mail": [
            one
            for one in shown["by_mail"]
            if one["invitation_id"] in ids and one["address"] in addresses
        ],
        "by_hand": [
            one
            for one in shown["by_hand"]
            if one["invitation_id"] in {o.invitation_id for o in untold if o.is_by_hand}
        ],
    }


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
