"""How a round goes at this moment, and how soon it is worth looking again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coopevents import clock
from coopevents.errors import DomainError
from coopevents.invitations import queries
from coopevents.invitations.models import InvitationRound
from coopevents.mail import queries as mail
from coopevents.mail import window
from coopevents.mail.models import Batch, BatchState, MessageState
from coopevents.mail.outcomes import is_of_sender

OFTEN, SELDOM, RARELY = 2, 10, 60
"""Seconds between two looks: while messages leave, while only later tries are left, overnight."""

SOON = timedelta(minutes=5)


@dataclass(frozen=True)
class Progress:
    """The round in numbers.

    `is_blocked` says whether it has paused because the mail server takes nothing from us at all.
    `pace` is the seconds after which to look again, None when nothing moves by itself any more;
    `leaves_at` is when the first message may leave, None when they may now.
    """

    counts: dict[MessageState, int]
    answered: int
    leaves_at: datetime | None
    pace: int | None
    is_blocked: bool


def of_round(shown: InvitationRound, batch: Batch) -> Progress:
    """Answer how the round goes."""
    counts = mail.count_by_state(batch)
    leaves_at = _leaves_at(batch)
    return Progress(
        counts,
        queries.count_answered(shown),
        leaves_at,
        _pace(batch, counts, leaves_at),
        is_of_sender(batch.paused_reason or ""),
    )


def _leaves_at(batch: Batch) -> datetime | None:
    now = clock.now()
    held = batch.hold_until if mail.is_held(batch) else now
    try:
        opens = window.opens_next(batch.window, held)
    except DomainError:
        # The office hours were never entered: nobody can say.
        return None
    return opens if opens > now else None


def _pace(batch: Batch, counts: dict[MessageState, int], leaves_at: datetime | None) -> int | None:
    in_hand = counts[MessageState.CLAIMED] + counts[MessageState.SENDING]
    if in_hand:
        return OFTEN
    may_leave = batch.state in {BatchState.HELD, BatchState.RUNNING}
    if not may_leave or not counts[MessageState.QUEUED] + counts[MessageState.RETRY]:
        return None
    if leaves_at is not None and leaves_at > clock.now() + SOON:
        return RARELY
    return OFTEN if counts[MessageState.QUEUED] else SELDOM
