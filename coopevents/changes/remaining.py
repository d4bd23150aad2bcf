"""Who was to be told of a change and was not: asked of mails and notes, and kept nowhere."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select

from coopevents import clock
from coopevents.changes import queries
from coopevents.changes.consequences import Why, last_day
from coopevents.changes.models import EventChange
from coopevents.db import Json, db
from coopevents.directory.models import Channel
from coopevents.events.models import Event
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import Delivery, InvitationRound, Reached
from coopevents.mail.models import Message, MessageState
from coopevents.mail.withdrawing import WITHDRAWN

LOST = frozenset({MessageState.CANCELLED, MessageState.FAILED, MessageState.BOUNCED})
STOPPED = "stopped"


@dataclass(frozen=True)
class Untold:
    """An invitee who still holds what was before a change."""

    change: EventChange
    """The latest change it had to be told of."""
    invitation_id: int
    name: str
    why: Why
    channels: tuple[Channel, ...] = ()
    mails: tuple[Message, ...] = ()
    """The mails that told nobody, and whose addresses take mail: they can be sent again."""
    is_by_hand: bool = False
    """Whether it had to be told by hand from the beginning."""

    @property
    def is_over(self) -> bool:
        """Whether everything the change is about is past, so that telling it helps nobody."""
        day = last_day(self.change.consequences["days"])
        return day is not None and day < clock.today()


@dataclass(frozen=True)
class Noted:
    """What an officer noted of telling somebody, and whether nothing later was noted."""

    delivery: Delivery
    name: str
    holds: bool

    @property
    def correction(self) -> UUID:
        """The number of the form that takes it back: pressed twice it is taken back once."""
        return uuid5(NAMESPACE_OID, f"delivery {self.delivery.id}")


def list_untold(event: Event, of: EventChange | None = None) -> list[Untold]:
    """Answer who still has to be told of the latest change that concerns them, in that order.

    With `of` those of that change alone. A later change that names an invitee takes its place.
    The number of questions grows neither with changes nor with those invited.
    """
    changes = [change for change in queries.list_changes(event) if named(change)]
    if not changes:
        return []
    latest: dict[int, EventChange] = {}
    for change in changes:
        for invitation_id in named(change):
            latest.setdefault(invitation_id, change)
    rounds = [change.round_id for change in changes if change.round_id is not None]
    reached = {
        key
        for key, delivery in invitations.latest_deliveries(rounds).items()
        if delivery.outcome == Reached.REACHED
    }
    mails = _mails(rounds)
    points = queries.points_by_id(
        {m.contact_point_id for own in mails.values() for m in own if m.contact_point_id}
    )
    usable = {point.id for point in points.values() if point.is_usable}
    found: list[Untold] = []
    for change in changes:
        if of is not None and change is not of:
            continue
        for invitation_id in named(change):
            key = (change.round_id or 0, invitation_id)
            if latest[invitation_id] is change and key not in reached:
                found += _untold(change, invitation_id, mails[key], usable)
    return found


def list_noted(change: EventChange) -> list[Noted]:
    """Answer what was noted of telling the change by hand, the latest first."""
    if change.round_id is None:
        return []
    names = named(change)
    rows = invitations.list_deliveries(change.round_id)
    latest: dict[int, Delivery] = {}
    for row in rows:
        latest.setdefault(row.invitation_id, row)
    return [
        Noted(row, names.get(row.invitation_id, ""), latest[row.invitation_id] is row)
        for row in rows
    ]


def find_change_told_by(opened: InvitationRound) -> EventChange | None:
    """Answer the change that the round of mails tells, if it tells one."""
    return db.session.scalar(select(EventChange).where(EventChange.round_id == opened.id))


def named(change: EventChange) -> dict[int, str]:
    """Answer the names of the invitees who were to be told of the change, by their invitations."""
    shown = change.consequences
    names = {one["invitation_id"]: one["name"] for one in shown.get("by_hand", ())}
    mailed = shown.get("by_mail", ())
    # A delegate's own mail is named after her; her organisation's goes before.
    for one in sorted(mailed, key=lambda one: bool(one["is_delegate"])):
        names.setdefault(one["invitation_id"], one["name"])
    return names


def _mails(rounds: Sequence[int]) -> dict[tuple[int, int], list[Message]]:
    """Answer the mails of these rounds, by the round and the invitation each is about."""
    found: dict[tuple[int, int], list[Message]] = defaultdict(list)
    rows = db.session.execute(
        select(InvitationRound.id, Message)
        .join(Message, Message.batch_id == InvitationRound.batch_id)
        .where(InvitationRound.id.in_(rounds), Message.about_kind == "invitation")
        .order_by(Message.id)
    )
    for round_id, message in rows:
        found[round_id, message.about_id or 0].append(message)
    return found


def _untold(
    change: EventChange, invitation_id: int, mails: Sequence[Message], usable: set[int]
) -> Iterable[Untold]:
    shown = change.consequences
    hand = next((o for o in shown["by_hand"] if o["invitation_id"] == invitation_id), None)
    mailed = [o for o in shown["by_mail"] if o["invitation_id"] == invitation_id]
    lost = _lost(mails, mailed)
    if hand is None and not lost:
        return
    again = tuple(m for m in lost if m.contact_point_id is None or m.contact_point_id in usable)
    yield Untold(
        change,
        invitation_id,
        named(change)[invitation_id],
        Why(hand["why"]) if hand else _why(lost),
        tuple(Channel(channel) for channel in hand["channels"]) if hand else (),
        again,
        is_by_hand=hand is not None,
    )


def _lost(mails: Sequence[Message], mailed: Sequence[Json]) -> list[Message]:
    """Answer the mails to the invitee that told nobody; none where its own one is on its way.

    What a delegate is told at her own address is told to her organisation too.
    """
    own = {one["contact_point_id"] for one in mailed if not one["is_delegate"]}
    notices = [m for m in mails if m.template != "invitation" and m.last_error != WITHDRAWN]
    deciding = [m for m in notices if m.contact_point_id in own] or notices
    if not deciding or any(m.state not in LOST for m in deciding):
        return []
    return [m for m in notices if m.state in LOST]


def _why(lost: Sequence[Message]) -> Why:
    return Why.STOPPED if all(m.last_error == STOPPED for m in lost) else Why.NOT_ARRIVED
