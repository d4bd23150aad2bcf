"""From a change that is proposed to all that would follow from it. Reads, and writes nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import current_app

from coopevents import clock, names
from coopevents.changes import queries
from coopevents.changes.consequences import (
    A_DAY,
    Asking,
    ByHand,
    Consequences,
    First,
    Mailed,
    Why,
)
from coopevents.changes.models import ChangeKind
from coopevents.changes.queries import Asked, Named
from coopevents.changes.remindings import moved_reminders
from coopevents.channels import queries as channels
from coopevents.directory.models import Channel, ContactPoint
from coopevents.events import queries as events
from coopevents.events import telling
from coopevents.events.chains import first_rows
from coopevents.events.effects import (
    Cancellation,
    Change,
    Effect,
    PlaceChange,
    Postponement,
    SessionCancellation,
    SessionMove,
    effect_of,
)
from coopevents.events.models import Event, EventSession, EventState
from coopevents.invitations import invitees
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import Answer, InvitationState
from coopevents.mail import queries as mail
from coopevents.mail import window
from coopevents.mail.models import Message
from coopevents.mail.withdrawing import LEFT, NOT_LEFT, WITHDRAWN, lock_about
from coopevents.registrations import queries as registrations
from coopevents.registrations.models import RegistrationState

KINDS: dict[type[Change], ChangeKind] = {
    Postponement: ChangeKind.POSTPONED,
    SessionMove: ChangeKind.SESSION_MOVED,
    PlaceChange: ChangeKind.PLACE_CHANGED,
    SessionCancellation: ChangeKind.SESSION_CANCELLED,
    Cancellation: ChangeKind.CANCELLED,
}

CONFIRMATIONS = frozenset(
    {
        *("registration_confirmed", "registration_promoted", "registration_lapsed"),
        *("place_offered", "place_offer_over"),
    }
)
FIRST_WORDS = frozenset({"invitation", invitees.ASKED_FOR})
"""Mails by which an invitee hears of the activity at all."""

POSTPONED, CHANGED = "event_postponed", "session_changed"


def foresee(event: Event, change: Change, *, locked: bool = False) -> Consequences:
    """Answer all that follows from the change as things stand now.

    With `locked` no message moves until the transaction ends, so that it stays true. Raises
    DomainError for a change that cannot be. The number of questions does not grow with those
    invited.
    """
    effect = effect_of(change, event)
    asked = queries.list_asked(event)
    ids = [one.invitation.id for one in asked]
    messages = lock_about("invitation", ids) if locked else mail.messages_about("invitation", ids)
    found = _Reader(event, change, effect, asked, messages).read()
    counts = registrations.count_by_state(event)
    sessions = events.list_sessions(event)
    return Consequences(
        kind=KINDS[type(change)],
        version=event.version,
        by_mail=tuple(found.by_mail),
        by_hand=tuple(found.by_hand),
        first=tuple(found.first),
        stopped=tuple(found.stopped),
        withdrawn=tuple(found.withdrawn),
        revised=tuple(found.revised),
        asked_again=tuple(_asked_again(asked)) if effect.asks_again else (),
        cancelled=tuple(ids) if isinstance(change, Cancellation) else (),
        reminders=moved_reminders(event, change, effect, sessions),
        confirmed=counts[RegistrationState.CONFIRMED] + counts[RegistrationState.OFFERED],
        waiting=counts[RegistrationState.WAITING],
        sequence=(event.calendar_sequence, event.calendar_sequence + 1),
        method=effect.method,
        entries=effect.standing if effect.method == "REQUEST" else len(effect.touched),
        links=queries.count_links(event),
        answer_by=(_iso(event.answer_by), _iso(effect.answer_by)),
        state=(event.state, effect.state),
        days=(
            tuple(_when(s) for s in sessions if s in effect.touched),
            tuple(_when(new) for new in effect.times),
        ),
        place=_places(event, change),
        listed_publicly=event.listed_publicly,
        at_any_hour=is_pressing(effect.soonest),
    )


def _places(event: Event, change: Change) -> tuple[str, str]:
    """Answer where it is held before and after, each with its commune."""
    before = telling.where(event.place, event.unit.name if event.unit else None)
    if not isinstance(change, PlaceChange):
        return before, before
    unit = queries.name_of_unit(change.administrative_unit_id)
    return before, telling.where(change.place.strip(), unit)


def _asked_again(asked: Sequence[Asked]) -> list[Asking]:
    answered = {InvitationState.ACCEPTED, InvitationState.DECLINED}
    return [
        Asking(one.invitation.id, one.name, one.invitation.state)
        for one in asked
        if one.invitation.state in answered
    ]


def is_pressing(soonest: datetime | None) -> bool:
    """Whether the usual hours open later than a day before what it is about begins."""
    if soonest is None:
        return False
    hold = timedelta(seconds=current_app.config["MAIL_HOLD_SECONDS"])
    opens = window.opens_next(current_app.config["MAIL_WINDOW"], clock.now() + hold)
    return opens > soonest - A_DAY


class _Reader:
    """Goes through the invitations and says of each who is told what, and on which way."""

    def __init__(
        self,
        event: Event,
        change: Change,
        effect: Effect,
        asked: Sequence[Asked],
        messages: Sequence[Message],
    ) -> None:
        self.by_mail: list[Mailed] = []
        self.by_hand: list[ByHand] = []
        self.first: list[First] = []
        self.stopped: list[str] = []
        self.withdrawn: list[int] = []
        self.revised: list[int] = []
        self._asked, self._effect = asked, effect
        ids = [one.invitation.id for one in asked]
        self._messages: dict[int, list[Message]] = defaultdict(list)
        for message in messages:
            self._messages[message.about_id or 0].append(message)
        points = {m.contact_point_id for m in messages if m.contact_point_id is not None}
        self._points = queries.points_by_id(points)
        owners = {p.person_id for p in self._points.values() if p.person_id is not None}
        self._owners = invitees.kept_people(owners)
        self._contacts = invitees.contact_points([one.invitation for one in asked])
        self._delegates = queries.delegates_of(event)
        self._ways = queries.ways_noted(ids)
        self._never_told = channels.ids_never_told(ids)
        self._printed = channels.ids_printed(ids)
        self._answers = invitations.latest_answers(ids)
        self._subjects = set(subjects(event, KINDS[type(change)], effect.touched))
        self._own_addresses: set[str] = set()
        self._is_cancelled = isinstance(change, Cancellation)
        self._is_dated = effect.state is EventState.PUBLISHED
        self._tells_decliners = effect.asks_again

    def read(self) -> "_Reader":
        if self._effect.is_told_later:
            return self
        for one in self._asked:
            own = self._messages[one.invitation.id]
            kept = {_way(m) for m in own if m.state in NOT_LEFT and self._stop(m)}
            if not self._effect.is_over:
                self._tell(one, own, kept)
        return self

    def _stop(self, message: Message) -> bool:
        """Say what becomes of a message that has not left; True where it tells all by itself."""
        asks_again = self._effect.asks_again
        if not self._is_dated:
            self.withdrawn.append(message.id)
        elif message.template in FIRST_WORDS or (
            message.template in CONFIRMATIONS and not asks_again
        ):
            self.revised.append(message.id)
        elif message.template == POSTPONED and not asks_again:
            self.revised.append(message.id)
            return True
        elif (
            message.template == CHANGED and not asks_again and not self._is_about_the_same(message)
        ):
            self.revised.append(message.id)
        else:
            self.withdrawn.append(message.id)
        return False

    def _is_about_the_same(self, message: Message) -> bool:
        return bool(self._subjects & set(message.context.get("about", [])))

    def _tell(self, one: Asked, own: list[Message], kept: set[int | str]) -> None:
        invitation = one.invitation
        if invitation.state is InvitationState.DECLINED and not self._tells_decliners:
            return
        read = [m for m in own if m.state in LEFT]
        ways = tuple(self._ways.get(invitation.id, ()))
        # It may lie on her desk, though nobody has noted that it came.
        paper = (Channel.PAPER,) if invitation.id in self._printed else ()
        if ways:
            self.by_hand.append(ByHand(invitation.id, one.name, Why.OTHER_CHANNEL, ways))
        if read:
            self._tell_readers(one, read, kept, by_hand=bool(ways))
        elif self._first(one, own):
            if not ways and (paper or self._has_answered(invitation.id)):
                self.by_hand.append(ByHand(invitation.id, one.name, Why.OTHER_CHANNEL, paper))
        elif paper and not ways:
            self.by_hand.append(ByHand(invitation.id, one.name, Why.OTHER_CHANNEL, paper))
        elif not ways and (
            self._has_answered(invitation.id) or not self._never_asked(invitation.id, own)
        ):
            why = Why.NOT_ARRIVED if own else Why.NO_EMAIL
            self.by_hand.append(ByHand(invitation.id, one.name, why))

    def _tell_readers(
        self, one: Asked, read: list[Message], kept: set[int | str], *, by_hand: bool
    ) -> None:
        """Mail whoever read the old days at the addresses where they were read."""
        delegates = self._delegates.get(one.invitation.id, [])
        named = tuple(d.full_name for d in delegates) if self._effect.asks_again else ()
        points = {m.contact_point_id: m for m in read}
        known = {d.person_id for d in delegates}
        read_at = [p for i in points if (p := self._points.get(i or 0))]
        theirs = [p for p in read_at if self._owner(p) in known]
        point = self._point_of_invitee(one, points)
        asked_from = self._asked_from(one, read)
        if asked_from and point is not None and point.id not in points:
            # Nobody read anything there.
            point = None
        if point is None:
            if not asked_from and not by_hand:
                self.by_hand.append(ByHand(one.invitation.id, one.name, Why.UNUSABLE))
        elif point.id not in kept:
            self.by_mail.append(
                Mailed(one.invitation.id, one.name, point.value, point.id, named=named)
            )
        seen = {point.value} if point else set()
        for address in asked_from:
            if address not in seen | kept:
                self.by_mail.append(Mailed(one.invitation.id, one.name, address, None, named=named))
            seen.add(address)
        for own in theirs:
            # She wants no invitations perhaps, but this follows an act of her own.
            is_reached = own.held_at is None and own.dead_at is None
            if is_reached and own.id not in kept and own.value not in seen | self._own_addresses:
                self._own_addresses.add(own.value)
                self.by_mail.append(
                    Mailed(
                        one.invitation.id,
                        next(d.full_name for d in delegates if d.person_id == self._owner(own)),
                        own.value,
                        own.id,
                        is_delegate=True,
                        named=_as_shown_to(self._owner(own), delegates) if named else (),
                    )
                )

    def _owner(self, point: ContactPoint) -> int | None:
        """Answer whose point it is, whichever of her entries has it."""
        owner = self._owners.get(point.person_id or 0)
        return owner.id if owner else None

    def _point_of_invitee(
        self, one: Asked, points: dict[int | None, Message]
    ) -> ContactPoint | None:
        """Answer where its mail went before, if that still works; else where it goes today."""
        contacts = self._contacts[one.invitation.id]
        usable = [c for c in contacts if c.channel is Channel.EMAIL and c.is_usable]
        before = [c for c in usable if c.id in points]
        return next(iter([*before, *usable]), None)

    def _asked_from(self, one: Asked, mails: Sequence[Message]) -> list[str]:
        """Answer where these mails told whoever asked for the place: it may stand nowhere else."""
        alive = set(invitees.addresses_given(self._messages[one.invitation.id]))
        alive -= {p.value for p in self._contacts[one.invitation.id] if p.held_at or p.dead_at}
        given = dict.fromkeys(m.address for m in mails if m.template == invitees.ASKED_FOR)
        return [address for address in given if address in alive]

    def _first(self, one: Asked, own: list[Message]) -> bool:
        """Whether the invitee was told nothing yet and is told now, or not at all, by a first."""
        waiting = [m for m in own if m.state in NOT_LEFT and m.template in FIRST_WORDS]
        invitation = one.invitation
        if waiting and self._is_dated:
            (message, *_others) = waiting
            self.first.append(First(invitation.id, one.name, message.address, invitation.seats))
            return True
        if waiting:
            self.stopped.append(one.name)
            return True
        if not any(m.last_error == WITHDRAWN for m in own):
            return False
        point = self._point_of_invitee(one, {})
        asked_from = next(iter(self._asked_from(one, own)), None)
        address, point_id = (point.value, point.id) if point else (asked_from, None)
        if self._is_dated and address is not None:
            self.first.append(
                First(invitation.id, one.name, address, invitation.seats, point_id, is_new=True)
            )
        return not self._is_dated or address is not None

    def _has_answered(self, invitation_id: int) -> bool:
        answer = self._answers.get(invitation_id)
        return answer is not None and answer.answer is not Answer.TO_CONFIRM

    def _never_asked(self, invitation_id: int, own: list[Message]) -> bool:
        """Whether the invitee knows nothing yet: its round was stopped, or nobody called so far."""
        if not own and invitation_id in self._never_told:
            return True
        return bool(own) and all(m.last_error == "stopped" for m in own)


def _way(message: Message) -> int | str:
    """Answer where a mail goes: to a contact point, or to an address no register knows."""
    return message.contact_point_id or message.address


def _as_shown_to(reader: int | None, delegates: Sequence[Named]) -> tuple[str, ...]:
    """Answer the delegates as one of them reads of them: whoever typed her address is not known."""
    return tuple(
        d.full_name if d.person_id == reader else names.masked(d.full_name) for d in delegates
    )


def subjects(event: Event, kind: ChangeKind, touched: Sequence[EventSession]) -> list[str]:
    """Answer what a change is about: the place, or the sessions by their first rows."""
    if kind is ChangeKind.PLACE_CHANGED:
        return ["place"]
    first = first_rows(events.list_sessions(event))
    return [str(first[session.id]) for session in touched]


def _when(one: object) -> str:
    day, starts, ends = (getattr(one, name) for name in ("held_on", "starts_at", "ends_at"))
    return f"{day.isoformat()} {starts:%H:%M}-{ends:%H:%M}"


def _iso(day: object) -> str | None:
    return str(day) if day is not None else None
