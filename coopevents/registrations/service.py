"""Places at an event: naming delegates, the waiting list, giving places back.

Every function that counts places holds the event's row while it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.registrations import queries
from coopevents.registrations.models import (
    ACTIVE,
    PLACED,
    Registration,
    RegistrationState,
    Representation,
    RepresentationSource,
    Seat,
    SeatState,
)


@dataclass(frozen=True)
class NamedDelegate:
    """A delegate as the cooperative names her; `email` only if she wants her own confirmation."""

    full_name: str
    sex: Sex
    post: PostKind
    email: str | None = None


def register_delegates(
    invitation: Invitation, delegates: Sequence[NamedDelegate], submission_id: UUID
) -> list[Registration]:
    """Make `delegates` the ones who come for the invitation, and answer their registrations.

    Those who came before and are not among them give their places back. Whoever is new gets a
    place, or a spot on the waiting list when the event is full. Naming the same people again
    changes nothing for them.
    """
    event = invitation.event
    event_service.lock(event)
    _check_open(event)
    _check_delegates(invitation, delegates)
    organisation = _organisation(invitation)
    people = [_person(organisation, delegate) for delegate in delegates]
    _release_others(invitation, people)
    registrations = [_register(event, person, submission_id) for person in people]
    for registration, person, delegate in zip(registrations, people, delegates, strict=True):
        _fill_seat(invitation, registration)
        _represent(event, organisation, person, delegate.post)
    rebalance(event)
    return registrations


def give_back(invitation: Invitation) -> None:
    """Cancel every place held through the invitation; the waiting list moves up."""
    event_service.lock(invitation.event)
    _check_open(invitation.event)
    _release_others(invitation, [])
    rebalance(invitation.event)


def keep_places(invitation: Invitation) -> None:
    """Let the delegates named before keep their places, as the invitee has now confirmed.

    Whoever lost hers meanwhile is on the waiting list, and moves up where a place is free.
    """
    _check_open(invitation.event)
    if not queries.list_delegates(invitation):
        raise DomainError(_("Nobody is named yet: please name your delegates."))
    rebalance(invitation.event)


def rebalance(event: Event) -> list[Registration]:
    """Give free places to the head of the waiting list, in order; answer who got one.

    A place that lapsed is free, and goes when somebody needs it. The caller holds the event's row.
    Nothing is given once the first session has begun.
    """
    start = events.first_start(events.list_sessions(event))
    if event.capacity is None or start is None or start <= clock.now():
        return []
    free = event.capacity - queries.count_taken(event)
    promoted = queries.list_waiting(event, free) if free > 0 else []
    for registration in promoted:
        registration.state = RegistrationState.CONFIRMED
        audit.record(
            "registration.promoted",
            "registration",
            registration.id,
            programme_id=event.programme_id,
            changes={"state": ("waiting", "confirmed")},
        )
    db.session.flush()
    db.session().info.setdefault("promoted", []).extend(promoted)
    _end_lapsed(event, event.capacity)
    return promoted


def _end_lapsed(event: Event, capacity: int) -> None:
    """Put whoever let her place lapse, and lost it to somebody, at the end of the waiting list."""
    counts = queries.count_by_state(event)
    over = sum(counts[state] for state in PLACED) - capacity
    ended = queries.list_lapsed(event, over) if over > 0 else []
    for registration in ended:
        before, registration.state = registration.state, RegistrationState.WAITING
        registration.registered_at = clock.now()
        audit.record(
            "registration.lapsed",
            "registration",
            registration.id,
            programme_id=event.programme_id,
            changes={"state": (before.value, "waiting")},
        )
    db.session.flush()
    db.session().info.setdefault("lapsed", []).extend(ended)


def take_promoted() -> list[Registration]:
    """Answer, once, who moved up in this transaction, so that they can be told."""
    promoted: list[Registration] = db.session().info.pop("promoted", [])
    return promoted


def take_lapsed() -> list[Registration]:
    """Answer, once, who lost a place in this transaction, so that they can be told."""
    lapsed: list[Registration] = db.session().info.pop("lapsed", [])
    return lapsed


def is_open(event: Event) -> bool:
    """Whether delegates can still be named or changed: until the first session begins."""
    start = events.first_start(events.list_sessions(event))
    return event.state is EventState.PUBLISHED and start is not None and start > clock.now()


def _check_open(event: Event) -> None:
    if not is_open(event):
        raise DomainError(_("Registration for this activity is closed."))


def _check_delegates(invitation: Invitation, delegates: Sequence[NamedDelegate]) -> None:
    if not delegates:
        raise InputError(_("Name at least one delegate."))
    if len(delegates) > invitation.seats:
        raise InputError(
            _("This invitation has %(seats)s seats; you named more.", seats=invitation.seats)
        )
    for number, delegate in enumerate(delegates, start=1):
        place = f"delegates-{number - 1}-full_name"
        if not delegate.full_name.strip():
            raise InputError(
                _("Delegate %(number)s needs a name.", number=number),
                {place: _("A name is needed.")},
            )
        if any(_same_name(delegate, earlier) for earlier in delegates[: number - 1]):
            raise InputError(
                _(
                    "%(name)s is named twice. If these are two people, add what tells them apart.",
                    name=delegate.full_name,
                ),
                {place: _("Named twice.")},
            )


def _same_name(one: NamedDelegate, other: NamedDelegate) -> bool:
    return names.clean(one.full_name).lower() == names.clean(other.full_name).lower()


def _organisation(invitation: Invitation) -> Organisation:
    if invitation.organisation is None:
        raise DomainError(_("This invitation is to one person."))
    return invitation.organisation


def _person(organisation: Organisation, delegate: NamedDelegate) -> Person:
    """Answer the person meant: one this organisation is known by, or a new one.

    Only people of this organisation are recognised by name and sex; two namesakes of different
    cooperatives are two people until a person decides otherwise.
    """
    folded = names.fold(delegate.full_name)
    entries = identity.entries_of([organisation.duplicate_of_id or organisation.id])
    of_posts = select(Post.person_id).join(entries, entries.c.id == Post.organisation_id)
    of_events = select(Representation.person_id).join(
        entries, entries.c.id == Representation.organisation_id
    )
    known = db.session.scalars(
        select(Person)
        .where(
            Person.id.in_(of_posts.union(of_events)),
            Person.name_fold == folded,
            Person.erased_at.is_(None),
        )
        .options(joinedload(Person.duplicate_of))
        .order_by(Person.id)
    ).all()
    exact = [p for p in known if p.full_name == names.clean(delegate.full_name)]
    person = next((p.kept for p in (exact or known) if p.kept.sex is delegate.sex), None)
    if person is None:
        person = Person(
            register_id=organisation.register_id,
            full_name=names.clean(delegate.full_name),
            name_fold=folded,
            name_sort=names.person_sort_key(delegate.full_name),
            sex=delegate.sex,
        )
        db.session.add(person)
        db.session.flush()
    if delegate.email:
        _keep_email(person, delegate.email)
    return person


def _keep_email(person: Person, email: str) -> None:
    known = db.session.scalar(
        select(ContactPoint.id).where(
            ContactPoint.person_id == person.id, ContactPoint.value == email
        )
    )
    if known is None:
        db.session.add(ContactPoint(person_id=person.id, channel=Channel.EMAIL, value=email))
        db.session.flush()


def _register(event: Event, person: Person, submission_id: UUID) -> Registration:
    registration = db.session.scalar(
        select(Registration)
        .join(Registration.person)
        .where(
            Registration.event_id == event.id,
            # Somebody entered twice holds one place, whichever entry got it.
            or_(Person.id == person.id, Person.duplicate_of_id == person.id),
        )
        .order_by(Registration.state.in_(ACTIVE).desc(), Person.duplicate_of_id.nulls_first())
        .limit(1)
    )
    if registration is not None and registration.state in ACTIVE:
        return registration
    full = event.capacity is not None and queries.count_taken(event) >= event.capacity
    if registration is None:
        registration = Registration(
            event_id=event.id, person_id=person.id, state=RegistrationState.CANCELLED
        )
    before = registration.state
    registration.state = RegistrationState.WAITING if full else RegistrationState.CONFIRMED
    registration.registered_at = clock.now()
    registration.submission_id = submission_id
    db.session.add(registration)
    db.session.flush()
    audit.record(
        "registration.made",
        "registration",
        registration.id,
        programme_id=event.programme_id,
        changes={"state": (before.value, registration.state.value)},
    )
    return registration


def _release_others(invitation: Invitation, staying: Sequence[Person]) -> None:
    kept = {person.id for person in staying}
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
        seat.state, seat.registration_id = SeatState.OPEN, None
        db.session.flush()
        _withdraw(invitation, registration)


def _withdraw(invitation: Invitation, registration: Registration) -> None:
    """End what the person stands for here; the place goes unless another seat still holds it."""
    representation = _find_representation(
        registration.person_id, registration.event_id, invitation.organisation_id
    )
    if representation is not None:
        representation.withdrawn_at = clock.now()
    still_held = db.session.scalar(
        select(Seat.id).where(Seat.registration_id == registration.id).limit(1)
    )
    if still_held is None:
        before, registration.state = registration.state, RegistrationState.CANCELLED
        audit.record(
            "registration.cancelled",
            "registration",
            registration.id,
            programme_id=invitation.programme_id,
            changes={"state": (before.value, "cancelled")},
        )
    db.session.flush()


def _fill_seat(invitation: Invitation, registration: Registration) -> None:
    seats = db.session.scalars(
        select(Seat).where(Seat.invitation_id == invitation.id).order_by(Seat.number)
    ).all()
    if any(seat.registration_id == registration.id for seat in seats):
        return
    seat = next((seat for seat in seats if seat.state is not SeatState.FILLED), None)
    if seat is None:
        seat = Seat(
            event_id=invitation.event_id, invitation_id=invitation.id, number=len(seats) + 1
        )
    seat.registration_id, seat.state = registration.id, SeatState.FILLED
    db.session.add(seat)
    db.session.flush()


def _represent(event: Event, organisation: Organisation, person: Person, post: PostKind) -> None:
    representation = _find_representation(person.id, event.id, organisation.id)
    if representation is None:
        representation = Representation(
            person_id=person.id, event_id=event.id, organisation_id=organisation.id
        )
    representation.role_snapshot = post
    representation.organisation_kind_snapshot = organisation.kind.value
    representation.source = RepresentationSource.REGISTRATION
    representation.withdrawn_at = None
    db.session.add(representation)
    db.session.flush()


def _find_representation(
    person_id: int, event_id: int, organisation_id: int | None
) -> Representation | None:
    return db.session.scalar(
        select(Representation).where(
            Representation.person_id == person_id,
            Representation.event_id == event_id,
            Representation.organisation_id == organisation_id,
        )
    )
