"""The mails to whoever asked for a place: each an answer to her own act.

Nothing she typed stands in them, so that the form carries nobody's words to somebody else.
"""

from datetime import timedelta

from flask import current_app

from coopevents import clock
from coopevents.db import Json
from coopevents.events import queries as events
from coopevents.events import telling
from coopevents.events.models import EventState
from coopevents.i18n import day, force_locale
from coopevents.invitations import invitees
from coopevents.invitations import queries as invitations
from coopevents.invitations import service as invitation_service
from coopevents.invitations.models import Invitation
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.requests import queries
from coopevents.requests.models import PlaceRequest

MOST_CONFIRMATIONS = 3
"""So many confirmations go to one address within a day: the form is no way to flood a mailbox."""

A_DAY = timedelta(days=1)


def public_address(event_id: int) -> str:
    """Answer the address of the public page of an activity."""
    return f"{current_app.config['BASE_URL']}/activities/{event_id}"


def say_received(asked: PlaceRequest) -> None:
    """Say that the request came, where an address was given and it was not told so too often."""
    if asked.email is None or queries.count_asked_from(asked.email, A_DAY) > MOST_CONFIRMATIONS:
        return
    _send(asked, "request_received", {})


def say_declined(asked: PlaceRequest, reason: str) -> None:
    """Say that the hosts cannot give a place, and why."""
    _send(asked, "request_declined", {"reason": reason})


def say_lapsed(asked: PlaceRequest) -> None:
    """Say that nobody decided in time, or that the activity is cancelled."""
    is_cancelled = asked.event.state is EventState.CANCELLED
    _send(asked, "request_lapsed", {"is_cancelled": is_cancelled})


def send_link(asked: PlaceRequest, invitation: Invitation, *, is_full: bool) -> None:
    """Send a link of its own to the invitation, in the name the register gives the organisation."""
    if asked.email is None:
        raise ValueError("There is no address to send a link to.")
    name = invitations.invitee_name(invitation)
    mail.queue_message(
        dedupe_key=f"request-approved:{asked.id}",
        template=invitees.ASKED_FOR,
        address=asked.email,
        recipient_name=name,
        locale=asked.locale,
        context={
            **telling.mail_context(asked.event, asked.locale),
            "seats": invitation.seats,
            "was_invited": asked.was_invited,
            "is_full": is_full,
            "personal": {"organisation": name},
        },
        priority=Priority.ANSWER,
        programme_id=asked.programme_id,
        link=invitation_service.new_link(invitation),
        about=("invitation", invitation.id),
        not_after=events.first_start(events.list_sessions(asked.event)),
    )


def _send(asked: PlaceRequest, template: str, more: Json) -> None:
    if asked.email is None:
        return
    with force_locale(asked.locale):
        asked_on = day(clock.local(asked.asked_at).date())
    mail.queue_message(
        dedupe_key=f"{template}:{asked.id}",
        template=template,
        address=asked.email,
        recipient_name="",
        locale=asked.locale,
        context={
            **telling.mail_context(asked.event, asked.locale),
            "asked_on": asked_on,
            "people": asked.people,
            **more,
        },
        priority=Priority.ANSWER,
        programme_id=asked.programme_id,
        link=public_address(asked.event_id),
        about=("place_request", asked.id),
    )
