"""Who has a place: counting, holding, giving and offering free places to the waiting list.

Whoever changes the number of places, or of those who want one, holds the event's row and ends with
`rebalance`: what is free then is given or offered to the head of the list, and never more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import update

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import identity
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event, EventSession, EventState
from coopevents.i18n import _, number
from coopevents.invitations.models import Invitation
from coopevents.registrations import holds, offers, passes, queries
from coopevents.registrations.models import (
    PLACED,
    Offer,
    OfferState,
    PlaceHold,
    Registration,
    RegistrationState,
    Seat,
    SeatState,
)
from coopevents.workdays.deadlines import after_hours


@dataclass(frozen=True)
class Expired:
    """Somebody let an offer pass: who, and the invitations she came by."""

    offer: Offer
    invitations: Sequence[Invitation]


@dataclass
class Moved:
    """Who moved in this transaction, so that they can be told."""

    promoted: list[Registration] = field(default_factory=list)
    offered: list[Offer] = field(default_factory=list)
    expired: list[Expired] = field(default_factory=list)
    lapsed: list[Registration] = field(default_factory=list)


def take_moved() -> Moved:
    """Answer, once, who moved in this transaction."""
    moved: Moved = db.session().info.pop("moved", None) or Moved()
    return moved


def _moved() -> Moved:
    moved: Moved = db.session().info.setdefault("moved", Moved())
    return moved


def is_open(event: Event, sessions: Sequence[EventSession] | None = None) -> bool:
    """Whether delegates can still be named or changed: until the first session begins.

    `sessions` are the activity's, where the caller has read them already.
    """
    start = events.first_start(events.list_sessions(event) if sessions is None else sessions)
    return event.state is EventState.PUBLISHED and start is not None and start > clock.now()


def has_free_place(event: Event, organisation_ids: Collection[int | None]) -> bool:
    """Whether somebody who stands for these organisations finds a place."""
    free = free_for(event, organisation_ids)
    return free is None or free > 0


def free_for(event: Event, organisation_ids: Collection[int | None]) -> int | None:
    """Answer how many places are free for who stands for these organisations; None for any number.

    What is held for others is not free. The caller holds the event's row.
    """
    if event.capacity is None:
        return None
    held = holds.held_places(event)
    own = set(identity.kept_ids([of for of in organisation_ids if of]).values()) if held else set()
    for_others = sum(places for of, places in held.items() if of not in own)
    return event.capacity - queries.count_taken(event) - for_others


def rebalance(event: Event, sessions: Sequence[EventSession] | None = None) -> None:
    """End the offers nobody took, and give what is free to the waiting list, in its order.

    A place that lapsed is free, and goes when somebody needs it. A place held for an organisation
    goes to its own delegates only. The caller holds the event's row. Nothing is given or offered
    once the first session has begun. `sessions` as in `is_open`.
    """
    if event.state is not EventState.PUBLISHED:
        return
    _expire_offers(event)
    if not is_open(event, sessions):
        return
    if event.capacity is None:
        for registration in queries.list_waiting(event):
            _give(event, registration)
        return
    _give_free(event, event.capacity)
    _end_lapsed(event, event.capacity)


def _give_free(event: Event, capacity: int) -> None:
    free = capacity - queries.count_taken(event)
    if free <= 0:
        return
    held = holds.held_places(event)
    waiting = queries.list_waiting(event)
    stand_for = queries.organisations_of(waiting)
    for registration in in_turn(waiting, stand_for, holds.organisations_placed(event)):
        if free <= 0:
            return
        own = stand_for.get(registration.id, set())
        if free <= sum(places for of, places in held.items() if of not in own):
            continue
        _give(event, registration)
        free -= 1
        held = {of: max(places - (of in own), 0) for of, places in held.items()}


def in_turn(
    waiting: Iterable[Registration],
    stand_for: Mapping[int, Collection[int]],
    placed: Collection[int],
) -> list[Registration]:
    """Answer the waiting list in the order in which places are given, the oldest first.

    Whoever would be the first of an organisation comes before the second of another; who stands for
    none is nobody's second. `stand_for` names the organisations of each registration, `placed`
    those that have a place already.
    """
    first: list[Registration] = []
    later: list[Registration] = []
    served = set(placed)
    for registration in waiting:
        own = set(stand_for.get(registration.id, ()))
        (later if own and own <= served else first).append(registration)
        served |= own
    return first + later


def _give(event: Event, registration: Registration) -> None:
    if event.offer_hours is None:
        registration.state = RegistrationState.CONFIRMED
        _moved().promoted.append(registration)
        _tell_audit("registration.promoted", registration, event, "waiting")
        return
    start = events.first_start(events.list_sessions(event))
    deadline = after_hours(clock.now(), event.offer_hours)
    offer = Offer(
        registration_id=registration.id, deadline_at=min(deadline, start) if start else deadline
    )
    registration.state = RegistrationState.OFFERED
    db.session.add(offer)
    db.session.flush()
    _moved().offered.append(offer)
    _tell_audit("registration.offered", registration, event, "waiting")


def _expire_offers(event: Event) -> None:
    for offer in offers.list_due_offers(event):
        if _end(offer, OfferState.EXPIRED):
            came_by = queries.invitations_of([offer.registration])
            cancel(offer.registration, event)
            _moved().expired.append(Expired(offer, came_by.get(offer.registration_id, [])))


def take(offer: Offer) -> bool:
    """Give the place that was offered; False when it was taken before, and nothing is written.

    Raises DomainError for an offer that is over.
    """
    registration = offer.registration
    event = registration.event
    event_service.lock(event)
    db.session.refresh(offer)
    if offer.state is OfferState.TAKEN:
        return False
    if not is_open(event) or offer.deadline_at <= clock.now() or not _end(offer, OfferState.TAKEN):
        raise DomainError(_("This offer is over: the place went to whoever was next."))
    registration.state = RegistrationState.CONFIRMED
    _tell_audit("registration.offer_taken", registration, event, "offered")
    return True


def cancel(registration: Registration, event: Event) -> None:
    """End the registration: its seats are open again, and it stands for nobody."""
    for representation in queries.representations_of(registration):
        representation.withdrawn_at = clock.now()
    db.session.execute(
        update(Seat)
        .where(Seat.registration_id == registration.id)
        .values(state=SeatState.OPEN, registration_id=None)
        .execution_options(synchronize_session="fetch")
    )
    before, registration.state = registration.state, RegistrationState.CANCELLED
    end_offer_of(registration, OfferState.PASSED)
    passes.revoke(registration)
    _tell_audit("registration.cancelled", registration, event, before.value)


def end_offer_of(registration: Registration, state: OfferState) -> None:
    """End the offer the registration has, where it has one."""
    offer = offers.find_open_offer(registration.id)
    if offer is not None:
        _end(offer, state)


def _end(offer: Offer, state: OfferState) -> bool:
    """Move an open offer into its last state; False when somebody else did before."""
    moved = db.session.execute(
        update(Offer)
        .where(Offer.id == offer.id, Offer.state == OfferState.OPEN)
        .values(state=state, ended_at=clock.now())
        .returning(Offer.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(offer)
    return moved is not None


def _end_lapsed(event: Event, capacity: int) -> None:
    """Put whoever let her place lapse, and lost it to somebody, at the end of the waiting list."""
    counts = queries.count_by_state(event)
    over = sum(counts[state] for state in PLACED) - capacity
    ended = queries.list_lapsed(event, over) if over > 0 else []
    for registration in ended:
        end_offer_of(registration, OfferState.EXPIRED)
        before, registration.state = registration.state, RegistrationState.WAITING
        registration.registered_at = clock.now()
        _tell_audit("registration.lapsed", registration, event, before.value)
    _moved().lapsed.extend(ended)


def hold(event: Event, invitation: Invitation, places: int, until_on: date) -> PlaceHold:
    """Hold so many places for the invited organisation's delegates until the end of the day.

    Those it has taken already count. Raises InputError when they are not free.
    """
    event_service.lock(event)
    _refuse_hold(event, invitation, places, until_on)
    for over in holds.list_holds_over(event, invitation.organisation_id):
        over.released_at = clock.now()
    db.session.flush()
    who = access.actor()
    held = PlaceHold(
        event_id=event.id,
        organisation_id=invitation.organisation_id,
        places=places,
        until_on=until_on,
        created_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(held)
    db.session.flush()
    audit.record(
        "places.held",
        "place_hold",
        held.id,
        programme_id=event.programme_id,
        changes={"places": (None, places), "until_on": (None, until_on.isoformat())},
    )
    return held


def _refuse_hold(event: Event, invitation: Invitation, places: int, until_on: date) -> None:
    if invitation.organisation_id is None:
        raise DomainError(_("This invitation is to one person."))
    if event.capacity is None:
        raise DomainError(_("Nobody is turned away from this activity: no place has to be held."))
    if not is_open(event):
        raise DomainError(_("Registration for this activity is closed."))
    if until_on < clock.today():
        raise InputError.at("until_on", _("This day is over."))
    if places > invitation.seats:
        raise InputError.at(
            "places",
            _("The invitation has %(seats)s seats: hold no more.", seats=number(invitation.seats)),
        )
    kept = identity.kept_ids([invitation.organisation_id])[invitation.organisation_id]
    if kept in holds.held_places(event):
        raise InputError.at("invitation_id", _("Places are held for it already."))
    free = event.capacity - queries.count_taken(event) - sum(holds.held_places(event).values())
    own = holds.count_placed_of(event, kept)
    if places - own > free:
        raise InputError.at(
            "places", _("Only %(number)s places are free.", number=number(max(free, 0) + own))
        )


def release(event: Event, held: PlaceHold) -> None:
    """Hold the places no more; the waiting list moves up."""
    event_service.lock(event)
    if held.released_at is not None:
        return
    held.released_at = clock.now()
    db.session.flush()
    audit.record("places.released", "place_hold", held.id, programme_id=event.programme_id)
    rebalance(event)


def _tell_audit(act: str, registration: Registration, event: Event, before: str) -> None:
    db.session.flush()
    audit.record(
        act,
        "registration",
        registration.id,
        programme_id=event.programme_id,
        changes={"state": (before, registration.state.value)},
    )
