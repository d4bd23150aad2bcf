"""Naming delegates, changing them, giving their places back.

They count places: whoever calls them holds the event's row.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import chain, count
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.audit import service as audit
from coopevents.db import db, one_of
from coopevents.delegates import details, naming, representing
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, Organisation, Person
from coopevents.errors import DomainError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.registrations import passes, places, queries
from coopevents.registrations.models import (
    ACTIVE,
    Offer,
    OfferState,
    Registration,
    RegistrationState,
    Seat,
    SeatState,
)


def register_delegates(
    invitation: Invitation,
    delegates: Sequence[NamedDelegate],
    submission_id: UUID,
    channel: Channel = Channel.EMAIL,
) -> list[Registration]:
    """Make `delegates` the ones who come for the invitation, and answer their registrations.

    Those who came before and are not among them give their places back; whoever comes instead has
    their place, or theirs on the waiting list. Whoever else is new gets a free place, or waits.
    Naming the same people again changes nothing for them. Of an invited person, who can only come
    herself, `delegates` says no more than what she told of herself.
    """
    if invitation.person is not None:
        herself = invitation.person.kept
        return _register_invited(invitation, herself, delegates, submission_id, channel)
    naming.check(invitation, delegates)
    event = invitation.event
    sessions = _sessions_to_come(event)
    told = naming.meant(_organisation(invitation), delegates)
    people = [person for person, _said in told]
    places.rebalance(event, sessions)
    before = _named_before(invitation)
    waited_since = _release_others(invitation, people) if before else []
    registrations = _take_places(invitation, people, submission_id, waited_since)
    posts = [said.post for _person, said in told]
    representing.stand(_organisation(invitation), zip(registrations, posts, strict=True))
    return _settle(invitation, registrations, told, channel, before, sessions)


def _register_invited(
    invitation: Invitation,
    person: Person,
    told: Sequence[NamedDelegate],
    submission_id: UUID,
    channel: Channel,
) -> list[Registration]:
    """Give the invited person a place, or a spot on the waiting list.

    She represents nobody by it, whatever posts she holds: only as a delegate does she. Whoever is
    a delegate already keeps the one place she has.
    """
    event = invitation.event
    sessions = _sessions_to_come(event)
    places.rebalance(event, sessions)
    before = _named_before(invitation)
    registrations = _take_places(invitation, [person], submission_id, [])
    said = [(person, one) for one in told[:1]]
    return _settle(invitation, registrations, said, channel, before, sessions)


def _settle(
    invitation: Invitation,
    registrations: list[Registration],
    told: Sequence[tuple[Person, NamedDelegate]],
    channel: Channel,
    named_before: Collection[int],
    sessions: Sequence[EventSession],
) -> list[Registration]:
    """Keep what was told of whoever now has a place; let the list move up, and passes be made."""
    by_person = dict(zip((person.id for person, _said in told), registrations, strict=False))
    details.keep(by_person, told, channel, named_before)
    places.rebalance(invitation.event, sessions)
    passes.give(invitation.event, registrations)
    return registrations


def give_back(invitation: Invitation) -> None:
    """Cancel every place held through the invitation; the waiting list moves up."""
    require_open(invitation.event)
    _release_others(invitation, [])
    places.rebalance(invitation.event)


def withdraw(invitation: Invitation, registration_id: int) -> bool:
    """Let one delegate not come; False when she was taken off before, and nothing is written."""
    require_open(invitation.event)
    named = queries.list_delegates(invitation)
    staying = [one.person.kept for one in named if one.registration.id != registration_id]
    if len(staying) == len(named):
        return False
    _release_others(invitation, staying)
    places.rebalance(invitation.event)
    return True


def pass_on(invitation: Invitation, offer: Offer) -> bool:
    """Let the place that was offered go to whoever is next; False when the offer is over.

    Somebody whom another invitation names too stays there, and so does the offer: that one answers
    for itself.
    """
    db.session.refresh(offer)
    return offer.state is OfferState.OPEN and withdraw(invitation, offer.registration_id)


def keep_places(invitation: Invitation) -> None:
    """Let the delegates named before keep their places, as the invitee has now confirmed.

    Whoever lost hers meanwhile is on the waiting list, and moves up where a place is free.
    """
    require_open(invitation.event)
    if not queries.list_delegates(invitation):
        raise DomainError(_("Nobody is named yet: please name your delegates."))
    places.rebalance(invitation.event)


def require_open(event: Event) -> None:
    """Raise DomainError where nobody can be named, changed or called back about it any more."""
    _sessions_to_come(event)


def _sessions_to_come(event: Event) -> list[EventSession]:
    sessions = events.list_sessions(event)
    if not places.is_open(event, sessions):
        raise DomainError(_("Registration for this activity is closed."))
    return sessions


def _organisation(invitation: Invitation) -> Organisation:
    if invitation.organisation is None:
        raise DomainError(_("This invitation is to one person."))
    return invitation.organisation


def _named_before(invitation: Invitation) -> set[int]:
    return {one.person.kept.id for one in queries.list_delegates(invitation)}


def _take_places(
    invitation: Invitation,
    people: Sequence[Person],
    submission_id: UUID,
    waited_since: list[datetime],
) -> list[Registration]:
    """Answer the place of each of the people, or her spot on the waiting list, with a seat.

    `waited_since` are the spots of those whom they replace, the oldest first.
    """
    event = invitation.event
    standing = _registrations_of(invitation, people)
    free = places.free_for(event, [invitation.organisation_id])
    registrations, made = [], []
    for person in people:
        one = standing.get(person.id) or Registration(
            event_id=event.id, person_id=person.id, state=RegistrationState.CANCELLED
        )
        registrations.append(one)
        if one.state in ACTIVE:
            continue
        made.append((one, one.state))
        is_full = free is not None and free <= 0
        one.state = RegistrationState.WAITING if is_full else RegistrationState.CONFIRMED
        one.registered_at = waited_since.pop(0) if is_full and waited_since else clock.now()
        one.submission_id = submission_id
        free = None if free is None else free - 1
    db.session.add_all(registrations)
    db.session.flush()
    for one, before in made:
        audit.record(
            "registration.made",
            "registration",
            one.id,
            programme_id=event.programme_id,
            changes={"state": (before.value, one.state.value)},
        )
    _fill_seats(invitation, registrations)
    return registrations


def _registrations_of(invitation: Invitation, people: Sequence[Person]) -> dict[int, Registration]:
    """Answer the place of each, whichever of her entries has it: one she came by first."""
    ids = [person.id for person in people]
    named_here = (
        select(Seat.id)
        .where(Seat.invitation_id == invitation.id, Seat.registration_id == Registration.id)
        .exists()
    )
    rows = db.session.execute(
        select(func.coalesce(Person.duplicate_of_id, Person.id), Registration)
        .join(Registration.person)
        .where(
            Registration.event_id == invitation.event_id,
            or_(one_of(Person.id, ids), one_of(Person.duplicate_of_id, ids)),
        )
        .order_by(
            Registration.state.in_(ACTIVE).desc(),
            named_here.desc(),
            Person.duplicate_of_id.nulls_first(),
        )
    )
    found: dict[int, Registration] = {}
    for person_id, registration in rows:
        found.setdefault(person_id, registration)
    return found


def _release_others(invitation: Invitation, staying: Sequence[Person]) -> list[datetime]:
    """Give back the seats of those who do not stay; answer since when those of them waited."""
    kept, since = {person.id for person in staying}, []
    seats = db.session.scalars(
        select(Seat)
        .where(Seat.invitation_id == invitation.id, Seat.state == SeatState.FILLED)
        .options(
            joinedload(Seat.registration)
            .joinedload(Registration.person)
            .joinedload(Person.duplicate_of)
        )
    ).all()
    for seat in seats:
        registration = seat.registration
        if registration is None or registration.person.kept.id in kept:
            continue
        if registration.state is RegistrationState.WAITING:
            since.append(registration.registered_at)
        seat.state, seat.registration_id = SeatState.OPEN, None
        db.session.flush()
        _withdraw(invitation, registration)
    return sorted(since)


def _withdraw(invitation: Invitation, registration: Registration) -> None:
    """End what the person stands for here; the place goes unless another seat still holds it."""
    representing.withdraw(registration, invitation.organisation_id)
    still_held = db.session.scalar(
        select(Seat.id).where(Seat.registration_id == registration.id).limit(1)
    )
    if still_held is None:
        places.cancel(registration, invitation.event)
    db.session.flush()


def _fill_seats(invitation: Invitation, registrations: Sequence[Registration]) -> None:
    """Put each registration into a seat of the invitation, if it has none."""
    seats = db.session.scalars(
        select(Seat).where(Seat.invitation_id == invitation.id).order_by(Seat.number)
    ).all()
    seated = {seat.registration_id for seat in seats}
    further = (
        Seat(event_id=invitation.event_id, invitation_id=invitation.id, number=number)
        for number in count(len(seats) + 1)
    )
    unfilled = chain((seat for seat in seats if seat.state is not SeatState.FILLED), further)
    for registration in registrations:
        if registration.id not in seated:
            seat = next(unfilled)
            seat.registration_id, seat.state = registration.id, SeatState.FILLED
            db.session.add(seat)
    db.session.flush()
