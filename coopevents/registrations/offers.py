"""Places offered to the waiting list, until somebody answers or their time is over."""

from collections.abc import Collection
from datetime import datetime
from functools import cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    select,
)
from sqlalchemy.orm import contains_eager

from coopevents import clock
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.registrations.models import (
    Offer,
    OfferState,
    Registration,
    Representation,
    Seat,
)


def is_due(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Answer the condition that nobody answered an offer in its time."""
    return and_(Offer.state == OfferState.OPEN, Offer.deadline_at <= now)


def list_due_offers(event: Event) -> list[Offer]:
    """Answer the offers of the activity whose time is over and that nobody answered."""
    return list(db.session.scalars(_due_offers(), {"event_id": event.id, "now": clock.now()}))


@cache
def _due_offers() -> Select[Offer]:
    return (
        select(Offer)
        .join(Offer.registration)
        .where(Registration.event_id == bindparam("event_id"), is_due(bindparam("now")))
        .options(contains_eager(Offer.registration))
        .order_by(Offer.deadline_at, Offer.id)
    )


def find_open_offer(registration_id: int) -> Offer | None:
    """Answer the offer that waits for an answer of this delegate."""
    return db.session.scalar(
        select(Offer).where(
            Offer.registration_id == registration_id, Offer.state == OfferState.OPEN
        )
    )


def open_offers(registration_ids: Collection[int]) -> dict[int, Offer]:
    """Answer the offers that wait for an answer, by the registration they are made to."""
    found = db.session.scalars(
        select(Offer).where(
            Offer.registration_id.in_(registration_ids), Offer.state == OfferState.OPEN
        )
    )
    return {offer.registration_id: offer for offer in found}


def get_offer(offer_id: int, invitation: Invitation) -> Offer:
    """Answer the offer, if it was made to somebody this invitation names.

    One that is over is told to whoever named her once, so that a button pressed twice is no error.
    """
    offer = db.session.scalar(
        select(Offer)
        .join(Offer.registration)
        .where(Offer.id == offer_id, Registration.event_id == invitation.event_id)
        .options(contains_eager(Offer.registration))
    )
    is_theirs = offer is not None and (
        _is_named(offer.registration, invitation)
        or (offer.state is not OfferState.OPEN and _was_named(offer.registration, invitation))
    )
    if offer is None or not is_theirs:
        raise NotFoundError(_("There is no such offer."))
    return offer


def _is_named(registration: Registration, invitation: Invitation) -> bool:
    seat = select(Seat.id).where(
        Seat.invitation_id == invitation.id, Seat.registration_id == registration.id
    )
    return bool(db.session.scalar(select(seat.exists())))


def _was_named(registration: Registration, invitation: Invitation) -> bool:
    stood = select(Representation.id).where(
        Representation.person_id == registration.person_id,
        Representation.event_id == registration.event_id,
        Representation.organisation_id == invitation.organisation_id,
    )
    return bool(db.session.scalar(select(stood.exists())))
