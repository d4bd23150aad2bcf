from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, contains_eager, joinedload

from coopevents import clock
from coopevents.db import Day, db
from coopevents.directory import identity
from coopevents.directory.models import Person
from coopevents.events.models import Event, EventSession, EventState
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.registrations import offers
from coopevents.registrations.models import (
    ACTIVE,
    PLACED,
    Offer,
    Registration,
    RegistrationState,
    Representation,
    Seat,
    SeatState,
)

COUNTED_PERSON = func.coalesce(Person.duplicate_of_id, Person.id)
"""Whom the entry of a registration counts as."""

MOST_TO_HER = {
    state: rank
    for rank, state in enumerate(
        (
            RegistrationState.CONFIRMED,
            RegistrationState.OFFERED,
            RegistrationState.WAITING,
            RegistrationState.CANCELLED,
        )
    )
}


@dataclass(frozen=True)
class Delegate:
    """A delegate with the place held and the organisation stood for.

    `person` is whom her entry counts as now, whichever entry has the place.
    """

    registration: Registration
    person: Person
    representation: Representation | None


def list_delegates(invitation: Invitation) -> list[Delegate]:
    """Answer the delegates named on the invitation, in order of their seats."""
    said = {"invitation_id": invitation.id, "organisation_id": invitation.organisation_id}
    return [
        Delegate(registration, person.kept, standing)
        for registration, person, standing in db.session.execute(_delegates(), said)
    ]


@cache
def _delegates() -> Select[Registration, Person, Representation | None]:
    return (
        select(Registration, Person, Representation)
        .join(Seat, Seat.registration_id == Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(
            Representation,
            (Representation.person_id == Person.id)
            & (Representation.event_id == Registration.event_id)
            & (Representation.organisation_id == bindparam("organisation_id")),
        )
        .where(Seat.invitation_id == bindparam("invitation_id"), Seat.state == SeatState.FILLED)
        .options(joinedload(Person.duplicate_of))
        .order_by(Seat.number)
    )


def lapsed(today: Day | None = None) -> ColumnElement[bool]:
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
        Event.answer_by >= (clock.today() if today is None else today),
    )
    return and_(of_it.exists(), ~of_it.where(holds).exists())


def count_taken(event: Event) -> int:
    """Answer how many places are taken: confirmed and offered ones, but for those that lapsed.

    Somebody who was entered twice sits on one chair.
    """
    return (
        db.session.scalar(
            select(func.count(COUNTED_PERSON.distinct()))
            .join_from(Registration, Registration.person)
            .where(Registration.event_id == event.id, Registration.state.in_(PLACED), ~lapsed())
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


def events_to_rebalance() -> list[Event]:
    """Answer the activities in which somebody waits, or lets an offer pass."""
    waits = select(Registration.id).where(
        Registration.event_id == Event.id, Registration.state == RegistrationState.WAITING
    )
    due = (
        select(Offer.id)
        .join(Registration, Registration.id == Offer.registration_id)
        .where(Registration.event_id == Event.id, offers.is_due(clock.now()))
    )
    to_come = select(EventSession.id).where(
        EventSession.event_id == Event.id, EventSession.held_on >= clock.today()
    )
    return list(
        db.session.scalars(
            select(Event)
            .where(
                Event.state == EventState.PUBLISHED,
                or_(due.exists(), and_(waits.exists(), to_come.exists())),
            )
            .order_by(Event.id)
        )
    )


def representations_of(registration: Registration) -> list[Representation]:
    """Answer for whom the delegate stands in this activity."""
    return list(
        db.session.scalars(
            select(Representation).where(
                Representation.person_id == registration.person_id,
                Representation.event_id == registration.event_id,
                Representation.withdrawn_at.is_(None),
            )
        )
    )


def organisations_of(registrations: Collection[Registration]) -> dict[int, set[int]]:
    """Answer for which organisations, as they count now, each delegate stands, by registration."""
    merged = identity.merged_organisations()
    rows = db.session.execute(
        select(Registration.id, identity.counts_as(Representation.organisation_id, merged))
        .join(
            Representation,
            (Representation.person_id == Registration.person_id)
            & (Representation.event_id == Registration.event_id),
        )
        .outerjoin(merged, merged.c.id == Representation.organisation_id)
        .where(
            Registration.id.in_([one.id for one in registrations]),
            Representation.withdrawn_at.is_(None),
        )
    )
    found: dict[int, set[int]] = {}
    for registration_id, organisation_id in rows:
        found.setdefault(registration_id, set()).add(organisation_id)
    return found


def count_by_state(event: Event) -> dict[RegistrationState, int]:
    """Answer how many people of the event stand in each state, zeros included.

    Somebody who was entered twice stands once, in the state that is most to her.
    """
    best = (
        select(COUNTED_PERSON, Registration.state)
        .join_from(Registration, Registration.person)
        .where(Registration.event_id == event.id)
        .ext(distinct_on(COUNTED_PERSON))
        .order_by(COUNTED_PERSON, case(MOST_TO_HER, value=Registration.state))
        .subquery()
    )
    rows = db.session.execute(select(best.c.state, func.count()).group_by(best.c.state))
    found: dict[RegistrationState, int] = dict(iter(rows))
    return {state: found.get(state, 0) for state in RegistrationState}


def list_waiting(event: Event, *, is_lapsed: bool = False) -> list[Registration]:
    """Answer the waiting list, the oldest first: who answered for the days that hold, or did not.

    Whoever did not answer for new days is given no place; nor is whoever has one by another entry.
    """
    said = {"event_id": event.id, "today": clock.today()}
    return list(db.session.scalars(_waiting(is_lapsed=is_lapsed), said))


@cache
def _waiting(*, is_lapsed: bool) -> Select[Registration]:
    has_lapsed = lapsed(bindparam("today", type_=Date()))
    other = aliased(Registration)
    placed = (
        select(COUNTED_PERSON)
        .join(other, other.person_id == Person.id)
        .where(other.event_id == bindparam("event_id"), other.state.in_(PLACED))
    )
    return (
        select(Registration)
        .join(Registration.person)
        .where(
            Registration.event_id == bindparam("event_id"),
            Registration.state == RegistrationState.WAITING,
            has_lapsed if is_lapsed else ~has_lapsed,
            COUNTED_PERSON.not_in(placed),
        )
        .options(contains_eager(Registration.person).joinedload(Person.duplicate_of))
        .order_by(Registration.registered_at, Registration.id)
    )


def list_offered(event: Event) -> list[Registration]:
    """Answer who is asked to take a place, in the order in which they came onto the list."""
    return list(
        db.session.scalars(
            select(Registration)
            .where(
                Registration.event_id == event.id,
                Registration.state == RegistrationState.OFFERED,
            )
            .options(joinedload(Registration.person).joinedload(Person.duplicate_of))
            .order_by(Registration.registered_at, Registration.id)
        )
    )


def invitations_of(registrations: Collection[Registration]) -> dict[int, list[Invitation]]:
    """Answer the invitations that each registration fills a seat of, by registration id.

    They are several of whoever stands for two organisations, or is invited herself as well.
    """
    if not registrations:
        return {}
    rows = db.session.execute(
        select(Seat.registration_id, Invitation)
        .join(Invitation, Invitation.id == Seat.invitation_id)
        .where(Seat.registration_id.in_([registration.id for registration in registrations]))
        .order_by(Seat.id)
    )
    found: dict[int, list[Invitation]] = defaultdict(list)
    for registration_id, invitation in rows:
        found[registration_id or 0].append(invitation)
    return dict(found)


def list_registrations(
    event: Event, *, after: int | None = None, limit: int = 50
) -> list[Registration]:
    """Answer the active registrations of the event in the order they came, a page at a time."""
    found = (
        select(Registration)
        .where(Registration.event_id == event.id, Registration.state.in_(ACTIVE))
        .options(joinedload(Registration.person).joinedload(Person.duplicate_of))
        .order_by(Registration.id)
        .limit(limit)
    )
    if after is not None:
        found = found.where(Registration.id > after)
    return list(db.session.scalars(found))
