"""Places are asked for, held and given, and whoever moves is told."""

from datetime import date
from uuid import UUID, uuid4

from coopevents import news
from coopevents.delegates import notices
from coopevents.events import service as events
from coopevents.events.models import Event
from coopevents.invitations.models import Invitation
from coopevents.registrations import places
from coopevents.registrations.models import PlaceHold
from coopevents.requests import service as requests
from coopevents.requests.service import Asked


def ask_for_place(event: Event, asked: Asked, locale: str) -> None:
    """Keep what somebody who is not invited asks for, and tell the officers, once a form."""
    if requests.ask(event, asked, locale) is not None:
        news.tell_request(event)


def rebalance(event: Event, locale: str) -> None:
    """End the offers nobody took, give free places to those who wait, and tell everybody."""
    events.lock(event)
    places.rebalance(event)
    tell_who_moved(uuid4(), locale)


def hold_places(
    event: Event, invitation: Invitation, number: int, until_on: date, locale: str
) -> None:
    """Hold places for an organisation until a day; its own delegates who wait get them."""
    places.hold(event, invitation, number, until_on)
    places.rebalance(event)
    tell_who_moved(uuid4(), locale)


def release_places(event: Event, held: PlaceHold, locale: str) -> None:
    """Hold places no more, and tell whoever moves up."""
    places.release(event, held)
    tell_who_moved(uuid4(), locale)


def tell_who_moved(submission_id: UUID, locale: str) -> None:
    notices.tell_moved(places.take_moved(), submission_id, locale)
