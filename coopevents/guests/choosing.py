"""From the persons picked to the exact list of who is invited, how, and who is not and why."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import func, or_, select

from coopevents import clock
from coopevents.audiences.audience import PREVIEW_SECONDS, Exclusion
from coopevents.channels.choosing import BY_HAND
from coopevents.config import derived_key
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel, ContactPoint, Person
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _, number
from coopevents.invitations import invitees
from coopevents.invitations.models import Invitation, InvitedAs
from coopevents.registrations.models import ACTIVE, Registration, Representation

MOST = 100
"""So many persons are picked by name at once; whoever wants more invites organisations."""

FIELD = "channel-"


@dataclass(frozen=True)
class Picked:
    """A person and as what she is to be invited."""

    person_id: int
    invited_as: InvitedAs


@dataclass(frozen=True)
class Guest:
    """A person of the list: who she is, where her mail goes, why she gets none."""

    person: Person
    invited_as: InvitedAs
    position: str
    delegate_of: tuple[str, ...]
    """Organisations she is named a delegate of already: one person invited twice."""
    mail: ContactPoint | None
    reason: Exclusion | None
    """Why no mail goes to her; None where one does."""
    channels: tuple[Channel, ...]
    """How else she may be invited, in the order they are tried. A letter can always be handed."""

    @property
    def picked(self) -> Picked:
        """Answer her as she was picked."""
        return Picked(self.person.id, self.invited_as)


@dataclass(frozen=True)
class GuestList:
    """Exactly who would be invited, each in the order she was picked, and who would not."""

    guests: Sequence[Guest]

    @property
    def by_mail(self) -> list[Guest]:
        """Answer who is invited by e-mail."""
        return [one for one in self.guests if one.mail is not None]

    @property
    def by_hand(self) -> list[Guest]:
        """Answer whom no e-mail reaches, and who may be invited another way."""
        return [one for one in self.guests if one.mail is None and one.channels]

    @property
    def left_out(self) -> list[Guest]:
        """Answer who gets no invitation."""
        return [one for one in self.guests if one.mail is None and not one.channels]


def get_people(event: Event, person_ids: Collection[int]) -> dict[int, Person]:
    """Answer whom these entries of the register count as.

    Raises NotFoundError for one that is another register's, or erased.
    """
    people = invitees.kept_people(person_ids)
    register_id = event.programme.register_id
    for id_ in person_ids:
        person = people.get(id_)
        if person is None or person.register_id != register_id or person.erased_at is not None:
            raise NotFoundError(_("There is no such person."))
    return people


def preview(event: Event, picked: Sequence[Picked]) -> GuestList:
    """Answer who would be invited to the event now. The number of queries does not grow.

    Somebody picked twice, or by two entries, stands on the list once: as she was picked last.
    """
    if len(picked) > MOST:
        raise InputError(_("Choose at most %(number)s persons at once.", number=number(MOST)))
    entries = get_people(event, [one.person_id for one in picked])
    people = {entries[one.person_id].id: entries[one.person_id] for one in picked}
    as_what = {entries[one.person_id].id: one.invited_as for one in picked}
    if not people:
        return GuestList([])
    points = invitees.points_of_people(people)
    positions = invitees.positions_of(people)
    invited, delegates = _invited(event, people), _delegates(event, people)
    guests = []
    for id_, person in people.items():
        own = points.get(id_, [])
        mails = [p for p in own if p.channel is Channel.EMAIL]
        usable = next((p for p in mails if p.is_usable), None)
        reason = Exclusion.ALREADY_INVITED if id_ in invited else _why_no_mail(mails, usable)
        guests.append(
            Guest(
                person,
                as_what[id_],
                positions.get(id_, ""),
                tuple(delegates.get(id_, ())),
                None if id_ in invited else usable,
                reason,
                () if id_ in invited or usable else _other_ways(own),
            )
        )
    return GuestList(guests)


def _why_no_mail(mails: Sequence[ContactPoint], usable: ContactPoint | None) -> Exclusion | None:
    if usable is not None:
        return None
    if not mails:
        return Exclusion.NO_EMAIL
    if any(point.unsubscribed_at for point in mails):
        return Exclusion.UNSUBSCRIBED
    return Exclusion.EMAIL_HELD


def _other_ways(points: Sequence[ContactPoint]) -> tuple[Channel, ...]:
    usable = [p.channel for p in points if p.is_usable and p.channel in BY_HAND]
    return tuple(dict.fromkeys([*usable, Channel.PAPER]))


def _invited(event: Event, person_ids: Collection[int]) -> set[int]:
    return set(
        db.session.scalars(
            select(func.coalesce(Person.duplicate_of_id, Person.id))
            .join(Invitation, Invitation.person_id == Person.id)
            .where(Invitation.event_id == event.id, _counts_as(person_ids))
        )
    )


def _counts_as(person_ids: Collection[int]) -> Any:
    return or_(Person.id.in_(person_ids), Person.duplicate_of_id.in_(person_ids))


def _delegates(event: Event, person_ids: Collection[int]) -> dict[int, list[str]]:
    """Answer of which organisations each of the people comes as a delegate already."""
    rows = db.session.execute(
        select(func.coalesce(Person.duplicate_of_id, Person.id), Representation.organisation_id)
        .join(Representation, Representation.person_id == Person.id)
        .join(
            Registration,
            (Registration.person_id == Person.id)
            & (Registration.event_id == Representation.event_id),
        )
        .where(
            Representation.event_id == event.id,
            Representation.withdrawn_at.is_(None),
            Registration.state.in_(ACTIVE),
            _counts_as(person_ids),
        )
        .order_by(Representation.id)
    ).all()
    names = directory.name_on({organisation for _person, organisation in rows}, clock.today())
    found: dict[int, list[str]] = {}
    for person_id, organisation_id in rows:
        found.setdefault(person_id, []).append(names.get(organisation_id, ""))
    return found


def chosen_by_hand(shown: GuestList, said: Mapping[str, str]) -> dict[int, Channel]:
    """Answer whom the form invites by hand, over which channel, by the person's id.

    Raises DomainError for somebody the list has not, or a channel that does not lead to her.
    """
    offers = {f"{FIELD}{one.person.id}": one for one in shown.by_hand}
    found = {}
    for name, value in said.items():
        if not name.startswith(FIELD) or not value:
            continue
        one = offers.get(name)
        if one is None or value not in one.channels:
            raise _stale()
        found[one.person.id] = Channel(value)
    return found


def preview_token(event: Event, shown: GuestList) -> str:
    """Answer a token that stands for exactly this list and state of the event."""
    return _serializer().dumps(
        {
            "event": event.id,
            "picked": [(one.person.id, one.invited_as.value) for one in shown.guests],
            "list": _digest(event, shown),
        }
    )


def confirmed(event: Event, token: str) -> GuestList:
    """Answer the previewed list, if it is still exactly what would be sent.

    Raises DomainError when the token is of another event, too old, or when the list, the register
    or the event has changed since: nobody is invited that nobody has seen.
    """
    try:
        said = _serializer().loads(token, max_age=PREVIEW_SECONDS)
    except BadData as error:
        raise _stale() from error
    if said["event"] != event.id:
        raise _stale()
    now = preview(event, [Picked(id_, InvitedAs(as_)) for id_, as_ in said["picked"]])
    if _digest(event, now) != said["list"]:
        raise _stale()
    return now


def _stale() -> DomainError:
    return DomainError(_("The list has changed since you saw it. Please look at it again."))


def _digest(event: Event, shown: GuestList) -> str:
    told = [
        (
            one.person.id,
            one.invited_as,
            one.mail and (one.mail.id, one.mail.value),
            one.channels,
            one.delegate_of,
        )
        for one in shown.guests
    ]
    return hashlib.sha256(json.dumps([event.version, told]).encode()).hexdigest()


def _serializer() -> URLSafeTimedSerializer:
    key = derived_key(current_app.config["SECRET_KEY"], "guest previews")
    return URLSafeTimedSerializer(key, salt="guests")
