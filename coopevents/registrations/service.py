"""Naming delegates, changing them, giving their places back.

Every function that counts places holds the event's row while it does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import (
    Channel,
    ConsentPurpose,
    ContactPoint,
    Organisation,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.errors import DomainError, InputError
from coopevents.events import service as event_service
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.people import reaching
from coopevents.people.reaching import Way
from coopevents.registrations import consents, passes, places, queries, representing
from coopevents.registrations.models import (
    ACTIVE,
    Registration,
    RegistrationState,
    Representation,
    Seat,
    SeatState,
)


@dataclass(frozen=True)
class NamedDelegate:
    """A delegate as the cooperative names her; `email` only if she wants her own confirmation.

    `consents` is what she agrees to; None where nobody asked, and what stood before stands. What
    she agreed to before is taken back by it where she was named already, and so saw it ticked.
    `person` is whom she was chosen as, where she was not typed but ticked. `was_shown` is whether
    whoever typed her could see what she had agreed to, had she been named before.
    """

    full_name: str
    sex: Sex
    post: PostKind
    email: str | None = None
    birth_year: int | None = None
    phone: str | None = None
    consents: frozenset[ConsentPurpose] | None = None
    person: Person | None = None
    was_shown: bool = True


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
        return [
            _register_invited(invitation, invitation.person.kept, delegates, submission_id, channel)
        ]
    event = invitation.event
    event_service.lock(event)
    require_open(event)
    _check_delegates(invitation, delegates)
    organisation = _organisation(invitation)
    meant = _meant(organisation, delegates)
    people = [person for person, _delegate in meant]
    places.rebalance(event)
    before = _named_before(invitation)
    since = _release_others(invitation, people)
    registrations = [_register(invitation, person, submission_id, since) for person in people]
    for registration, (person, delegate) in zip(registrations, meant, strict=True):
        _fill_seat(invitation, registration)
        representing.stand(registration, organisation, delegate.post)
        _keep_details(registration, person, delegate, channel, was_named=person.id in before)
    places.rebalance(event)
    passes.give(event, registrations)
    return registrations


def _register_invited(
    invitation: Invitation,
    person: Person,
    told: Sequence[NamedDelegate],
    submission_id: UUID,
    channel: Channel,
) -> Registration:
    """Give the invited person a place, or a spot on the waiting list.

    She represents nobody by it, whatever posts she holds: only as a delegate does she. Whoever is
    a delegate already keeps the one place she has.
    """
    event = invitation.event
    event_service.lock(event)
    require_open(event)
    places.rebalance(event)
    before = _named_before(invitation)
    registration = _register(invitation, person, submission_id, [])
    _fill_seat(invitation, registration)
    for said in told[:1]:
        _keep_details(registration, person, said, channel, was_named=person.id in before)
    places.rebalance(event)
    passes.give(event, [registration])
    return registration


def give_back(invitation: Invitation) -> None:
    """Cancel every place held through the invitation; the waiting list moves up."""
    event_service.lock(invitation.event)
    require_open(invitation.event)
    _release_others(invitation, [])
    places.rebalance(invitation.event)


def withdraw(invitation: Invitation, registration_id: int) -> bool:
    """Let one delegate not come; False when she was taken off before, and nothing is written."""
    event_service.lock(invitation.event)
    require_open(invitation.event)
    named = [d.person.kept for d in queries.list_delegates(invitation)]
    leaving = next(
        (
            d.person.kept
            for d in queries.list_delegates(invitation)
            if d.registration.id == registration_id
        ),
        None,
    )
    if leaving is None:
        return False
    _release_others(invitation, [person for person in named if person is not leaving])
    places.rebalance(invitation.event)
    return True


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
    if not places.is_open(event):
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
        # Who was ticked and typed besides is one: to say so would tell a stranger her name.
        typed = [one for one in delegates[: number - 1] if one.person is None]
        if delegate.person is None and any(_same_name(delegate, one) for one in typed):
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


def _meant(
    organisation: Organisation, delegates: Sequence[NamedDelegate]
) -> list[tuple[Person, NamedDelegate]]:
    """Answer whom each of the delegates is, nobody twice: what was typed of her comes first."""
    found: dict[int, tuple[Person, NamedDelegate]] = {}
    for delegate in sorted(delegates, key=lambda one: one.person is not None):
        person = delegate.person or _person(organisation, delegate)
        found.setdefault(person.id, (person, delegate))
    return list(found.values())


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
    alike = [p.kept for p in (exact or known) if p.kept.sex is delegate.sex]
    person = next((p for p in alike if _may_be_born(p, delegate)), None)
    if person is None:
        person = Person(
            register_id=organisation.register_id,
            full_name=names.clean(delegate.full_name),
            name_fold=folded,
            name_sort=names.person_sort_key(delegate.full_name),
            sex=delegate.sex,
            birth_year=delegate.birth_year,
        )
        db.session.add(person)
        db.session.flush()
    if delegate.email:
        _keep_email(person, delegate)
    return person


def _may_be_born(person: Person, delegate: NamedDelegate) -> bool:
    """Whether the years of birth let them be one; a year nobody gave tells nothing (case 19)."""
    return delegate.birth_year is None or person.birth_year in {None, delegate.birth_year}


def _named_before(invitation: Invitation) -> set[int]:
    return {one.person.kept.id for one in queries.list_delegates(invitation)}


def _keep_details(
    registration: Registration,
    person: Person,
    delegate: NamedDelegate,
    channel: Channel,
    *,
    was_named: bool,
) -> None:
    """Keep her phone for this activity, and for later ones with her consent."""
    if person.birth_year is None and delegate.birth_year is not None:
        person.birth_year = delegate.birth_year
    if delegate.phone is not None:
        registration.phone = delegate.phone
    db.session.flush()
    if delegate.consents is None:
        return
    agreed = delegate.consents
    if not (was_named and delegate.was_shown):
        # An empty box of a form that knew nothing of her takes nothing back.
        agreed |= consents.standing([person.id])[person.id]
    consents.record(person, registration, agreed, channel)
    if ConsentPurpose.NEXT_INVITATIONS not in delegate.consents:
        return
    _invite_later(person)
    if delegate.phone is not None and all(
        delegate.phone != point.value for point in reaching.points_of(person)
    ):
        reaching.add_way(person, Way(Channel.PHONE, delegate.phone))


def _keep_email(person: Person, delegate: NamedDelegate) -> None:
    """Keep where her confirmation goes; without her consent no invitation goes there later."""
    known = db.session.scalar(
        select(ContactPoint.id).where(
            ContactPoint.person_id == person.id, ContactPoint.value == delegate.email
        )
    )
    if known is not None:
        return
    agreed, now = delegate.consents, clock.now()
    for_later = agreed is None or ConsentPurpose.NEXT_INVITATIONS in agreed
    db.session.add(
        ContactPoint(
            person_id=person.id,
            channel=Channel.EMAIL,
            value=delegate.email,
            created_at=now,
            unsubscribed_at=None if for_later else now,
        )
    )
    db.session.flush()


def _invite_later(person: Person) -> None:
    """Let invitations go where none went for want of her consent; what she stopped stays so."""
    for point in reaching.points_of(person):
        if point.unsubscribed_at == point.created_at:
            point.unsubscribed_at = None


def _register(
    invitation: Invitation, person: Person, submission_id: UUID, since: list[datetime]
) -> Registration:
    event = invitation.event
    registration = _find_registration(invitation, person)
    if registration is not None and registration.state in ACTIVE:
        return registration
    full = not places.has_free_place(event, [invitation.organisation_id])
    if registration is None:
        registration = Registration(
            event_id=event.id, person_id=person.id, state=RegistrationState.CANCELLED
        )
    before = registration.state
    registration.state = RegistrationState.WAITING if full else RegistrationState.CONFIRMED
    registration.registered_at = since.pop(0) if full and since else clock.now()
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


def _find_registration(invitation: Invitation, person: Person) -> Registration | None:
    """Answer the place of a person, whichever of her entries has it: one she came by first."""
    named_here = (
        select(Seat.id)
        .where(Seat.invitation_id == invitation.id, Seat.registration_id == Registration.id)
        .exists()
    )
    return db.session.scalar(
        select(Registration)
        .join(Registration.person)
        .where(
            Registration.event_id == invitation.event_id,
            or_(Person.id == person.id, Person.duplicate_of_id == person.id),
        )
        .order_by(
            Registration.state.in_(ACTIVE).desc(),
            named_here.desc(),
            Person.duplicate_of_id.nulls_first(),
        )
        .limit(1)
    )


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
