"""Everything that follows from a change, told before it happens, and then exactly what happens."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property

from coopevents import clock
from coopevents.changes.models import ChangeKind
from coopevents.db import Json
from coopevents.directory.models import Channel
from coopevents.events.models import EventState
from coopevents.invitations.models import InvitationState

A_DAY = timedelta(days=1)


class Why(StrEnum):
    """Why somebody must be called or written to."""

    OTHER_CHANNEL = "other_channel"
    """She was told over that channel, and is told over it again."""
    NO_EMAIL = "no_email"
    NOT_ARRIVED = "not_arrived"
    """What was sent came back, was refused or never left."""
    UNUSABLE = "unusable"
    """The address it went to takes no more."""
    STOPPED = "stopped"
    """Somebody stopped the mail before it left."""


def last_day(days: Iterable[Iterable[str]]) -> date | None:
    """Answer the last of the days before and after a change, as `Consequences.days` has them."""
    told = [date.fromisoformat(line.partition(" ")[0]) for part in days for line in part]
    return max(told, default=None)


def first_to_come(days: Iterable[Iterable[str]]) -> datetime | None:
    """Answer when the first of the sessions before and after a change begins that is to come."""
    starts = []
    for line in (line for part in days for line in part):
        day, _space, hours = line.partition(" ")
        opens = time.fromisoformat(hours.partition("-")[0])
        starts.append(clock.at_local(date.fromisoformat(day), opens.hour, opens.minute))
    return min((start for start in starts if start > clock.now()), default=None)


@dataclass(frozen=True)
class Mailed:
    """One mail that tells the change."""

    invitation_id: int
    name: str
    address: str
    contact_point_id: int | None
    is_delegate: bool = False
    """Whether it goes to a delegate's own address, beside her organisation's."""
    named: tuple[str, ...] = ()
    """Those who were to come, where the invitation had been accepted."""


@dataclass(frozen=True)
class ByHand:
    """Somebody an officer has to call or write to."""

    invitation_id: int
    name: str
    why: Why
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True)
class First:
    """Somebody who was not told anything yet, and whose first invitation says what holds now."""

    invitation_id: int
    name: str
    address: str
    seats: int
    contact_point_id: int | None = None
    is_new: bool = False
    """Whether its mail has to be written anew: the first was withdrawn while no day was known."""


@dataclass(frozen=True)
class Asking:
    """An answer that does not hold any more."""

    invitation_id: int
    name: str
    was: InvitationState


@dataclass(frozen=True)
class Reminding:
    """A planned reminder whose day becomes another one; None: it waits, or is dropped."""

    anchor: str
    days_before: int
    due_on: tuple[str | None, str | None]


@dataclass(frozen=True)
class Consequences:
    """All that follows from a change: who is told and how, what is asked anew, what stops."""

    kind: ChangeKind
    version: int
    by_mail: tuple[Mailed, ...] = ()
    by_hand: tuple[ByHand, ...] = ()
    first: tuple[First, ...] = ()
    stopped: tuple[str, ...] = ()
    """Names of those whose first invitation does not leave at all."""
    withdrawn: tuple[int, ...] = ()
    """Messages that have not left, and never do."""
    revised: tuple[int, ...] = ()
    """Messages that have not left, and leave with what holds now, in their files too."""
    asked_again: tuple[Asking, ...] = ()
    cancelled: tuple[int, ...] = ()
    """Invitations that end."""
    reminders: tuple[Reminding, ...] = ()
    confirmed: int = 0
    waiting: int = 0
    sequence: tuple[int, int] = (0, 0)
    method: str = "REQUEST"
    entries: int = 0
    links: int = 0
    answer_by: tuple[str | None, str | None] = (None, None)
    state: tuple[EventState, EventState] = (EventState.PUBLISHED, EventState.PUBLISHED)
    days: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    place: tuple[str, str] = ("", "")
    listed_publicly: bool = False
    at_any_hour: bool = field(default=False, compare=False)
    """Whether the mails leave outside the usual hours, for want of time."""

    @property
    def is_told_later(self) -> bool:
        """Whether nobody is told before the new days are known."""
        return self.kind is ChangeKind.PLACE_CHANGED and self.state[0] is EventState.POSTPONED

    @property
    def last_day(self) -> date | None:
        """The last day it is about: after it, telling it helps nobody. None where there is none."""
        return last_day(self.days)

    @property
    def ids_asked_again(self) -> tuple[int, ...]:
        """The invitations whose answers do not hold any more."""
        return tuple(one.invitation_id for one in self.asked_again)

    @property
    def due(self) -> date | None:
        """Until when answers are asked for afterwards."""
        due = self.answer_by[1]
        return date.fromisoformat(due) if due else None

    def as_json(self) -> Json:
        """Answer the same as plain JSON."""
        told: Json = json.loads(json.dumps(asdict(self)))
        return told

    @cached_property
    def fingerprint(self) -> str:
        """Answer what stands for exactly this: it differs when anybody or anything else does."""
        told = {**self.as_json(), "at_any_hour": None}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
