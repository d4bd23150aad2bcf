from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint, Person
from coopevents.events.models import Event, EventState
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.registrations.models import (
    ACTIVE,
    PLACED,
    Registration,
    RegistrationState,
    Representation,
    Seat,
    SeatState,
)


@dataclass(frozen=True)
class Delegate:
    """A delegate with the place held and the organisation stood for."""

    registration: Registration
    person: Person
    representation: Representation | None


def list_delegates(invitation: Invitation) -> list[Delegate]:
    """Answer the delegates named on the invitation, in order of their seats."""
    rows = db.session.execute(
        select(Registration, Person, Representation)
        .join(Seat, Seat.registration_id == Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(
            Representation,
            (Representation.person_id == Person.id)
            & (Representation.event_id == Registration.event_id)
            & (Representation.organisation_id == invitation.organisation_id),
        )
        .where(Seat.invitation_id == invitation.id, Seat.state == SeatState.FILLED)
        .order_by(Seat.number)
    )
    return [Delegate(*row) for row in rows]


def lapsed() -> ColumnElement[bool]:
    """Answer the condition that a registration keeps nobody from a place any more.

    The days were changed, answers for the new ones were due, and none of the invitations it came
    by was answered. An accepted invitation that is pending again is one that was asked anew.
    """
    of_it = (
        select(Seat.id)
        .join(Invitation, Invitation.id == Seat.invitation_id)
        .join(Event, Event.id == Seat.event_id)
        .where(Seat.registration_id == Registration.id)
        .correlate(Registration)
    )
    holds = or_(
        Invitation.state != InvitationState.PENDING,
        Event.state != EventState.PUBLISHED,
        Event.answer_by.is_(None),
        Event.answer_by >= clock.today(),
    )
    return and_(of_it.exists(), ~of_it.where(holds).exists())


def count_taken(event: Event) -> int:
    """Answer how many places are taken: confirmed and offered ones, but for those that lapsed."""
    return (
        db.session.scalar(
            select(func.count()).where(
                Registration.event_id == event.id, Registration.state.in_(PLACED), ~lapsed()
            )
        )
        or 0
    )


def list_lapsed(event: Event, limit: int) -> list[Registration]:
    """Answer the places that lapsed, the one registered last first."""
    return list(
        db.session.scalars(
            select(Registration)
            .where(Registration.event_id == event.id, Registration.state.in_(PLACED), lapsed())
            .options(joinedload(Registration.person))
            .order_by(Registration.registered_at.desc(), Registration.id.desc())
            .limit(limit)
        )
    )


def events_with_lapsed_places() -> list[Event]:
    """Answer the activities in which somebody waits while another's place has lapsed."""
    of_event = Registration.event_id == Event.id
    held = select(Registration.id).where(of_event, Registration.state.in_(PLACED), lapsed())
    waits = select(Registration.id).where(
        of_event, Registration.state == RegistrationState.WAITING, ~lapsed()
    )
    return list(
        db.session.scalars(
            select(Event)
            .where(
                Event.state == EventState.PUBLISHED,
                Event.answer_by < clock.today(),
                held.exists(),
                waits.exists(),
            )
            .order_by(Event.id)
        )
    )


def count_by_state(event: Event) -> dict[RegistrationState, int]:
    """Answer how many registrations of the event stand in each state, zeros included."""
    rows = db.session.execute(
        select(Registration.state, func.count())
        .where(Registration.event_id == event.id)
        .group_by(Registration.state)
    )
    found: dict[RegistrationState, int] = dict(iter(rows))
    return {state: found.get(state, 0) for state in RegistrationState}


def list_waiting(event: Event, limit: int) -> list[Registration]:
    """Answer the head of the waiting list, without those who did not answer for new days."""
    return list(
        db.session.scalars(
            select(Registration)
            .where(
                Registration.event_id == event.id,
                Registration.state == RegistrationState.WAITING,
                ~lapsed(),
            )
            .options(joinedload(Registration.person))
            .order_by(Registration.registered_at, Registration.id)
            .limit(limit)
        )
    )


def invitations_of(registrations: list[Registration]) -> dict[int, Invitation]:
    """Answer the invitation that each registration fills a seat of, by registration id."""
    rows = db.session.execute(
        select(Seat.registration_id, Invitation)
        .join(Invitation, Invitation.id == Seat.invitation_id)
        .where(Seat.registration_id.in_([registration.id for registration in registrations]))
        .order_by(Seat.id)
    )
    return {registration_id: invitation for registration_id, invitation in rows if registration_id}


def list_registrations(
    event: Event, *, after: int | None = None, limit: int = 50
) -> list[Registration]:
    """Answer the active registrations of the event in the order they came, a page at a time."""
    found = (
        select(Registration)
        .where(Registration.event_id == event.id, Registration.state.in_(ACTIVE))
        .options(joinedload(Registration.person))
        .order_by(Registration.id)
        .limit(limit)
    )
    if after is not None:
        found = found.where(Registration.id > after)
    return list(db.session.scalars(found))


def own_addresses(people: list[Person]) -> list[ContactPoint]:
    """Answer the e-mail address of each of the people who gave one and wants mail."""
    return [
        contact
        for contact in db.session.scalars(
            select(ContactPoint)
            .where(
                ContactPoint.person_id.in_([person.id for person in people]),
                ContactPoint.channel == Channel.EMAIL,
            )
            .order_by(ContactPoint.id)
        )
        if contact.held_at is None and contact.dead_at is None
    ]
