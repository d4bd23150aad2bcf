"""What came of handing a message over, and when another try is worth it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from coopevents.mail.models import MessageState, Priority

POLICY = "5.7."
"""How the status of a refusal begins that is about whoever sends, and not about the address."""

_OF_SENDER = re.compile(rf"5\d\d {re.escape(POLICY)}|53[058] ")
"""With or without a status, 530, 535 and 538 ask for a sign-in (RFC 4954)."""


class Result(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good, and for this recipient: an address that does not exist."""
    LATER = "later"
    """For now: the server asked to come back (greylisting, a full mailbox)."""
    BLOCKED = "blocked"
    """For what we are, whoever it is for: a server that lets us send nothing. It can be mended."""
    BROKEN = "broken"
    """The line broke before the text was handed over whole: the server cannot have taken it."""
    UNKNOWN = "unknown"
    """The text was handed over whole, and the line broke before the server answered."""


@dataclass(frozen=True)
class Outcome:
    """The end of one hand-over, with the words of the server or of the error."""

    result: Result
    words: str = ""

    @property
    def is_error(self) -> bool:
        """Whether this counts towards the pause of a batch."""
        return self.result is not Result.ACCEPTED


QUICK = (
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
SLOW = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=10),
    timedelta(minutes=20),
    timedelta(minutes=30),
)
DELAYS = {
    Result.LATER: SLOW,
    Result.BLOCKED: SLOW,
    Result.BROKEN: QUICK,
    Result.UNKNOWN: QUICK,
}


def is_of_sender(words: str) -> bool:
    """Whether a server that said this refuses whoever sends, and not the address."""
    return _OF_SENDER.match(words) is not None


def wait_after(result: Result, tries: int) -> timedelta | None:
    """Answer how long to wait after the try with number `tries`; None when it was the last."""
    delays = DELAYS.get(result, ())
    return delays[tries - 1] if tries <= len(delays) else None


def state_after(outcome: Outcome, priority: Priority, tries: int) -> MessageState:
    """Answer the state in which the try with number `tries` leaves a message.

    Nobody knows whether a message reached the server when the line broke before its answer. An
    answer to somebody's own act is then sent again under the same Message-ID; an invitation or
    reminder waits for a person.
    """
    if outcome.result is Result.ACCEPTED:
        return MessageState.SENT
    is_last = wait_after(outcome.result, tries) is None
    if outcome.result is Result.UNKNOWN and (is_last or priority is Priority.ROUND):
        return MessageState.UNCERTAIN
    return MessageState.FAILED if is_last else MessageState.RETRY
