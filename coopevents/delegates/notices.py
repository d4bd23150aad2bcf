"""What a cooperative is told about its places: one message that lists everybody.

A delegate with an address of her own is told too. Whoever holds the link may have typed it: it
reads of the others what the page shows, their masked names.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select

from coopevents import names
from coopevents.db import Json, db
from coopevents.directory.models import Channel, ContactPoint, Person
from coopevents.events import queries as events
from coopevents.events import telling
from coopevents.events.models import EventSession
from coopevents.i18n import force_locale, moment
from coopevents.invitations import invitees
from coopevents.invitations import queries as invitations
from coopevents.invitations import service as invitation_service
from coopevents.invitations.models import AccessLink, Invitation
from coopevents.mail import queries as mail_queries
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.registrations import places, queries
from coopevents.registrations.models import Offer
from coopevents.registrations.places import Moved
from coopevents.registrations.queries import Delegate

CONFIRMED = "registration_confirmed"

MOST_CONFIRMATIONS = 5
"""So many confirmations go to a delegate's own address within a day: a link floods no mailbox."""

A_DAY = timedelta(days=1)


def confirm(invitation: Invitation, submission_id: UUID, locale: str) -> None:
    """Queue the confirmation of one answer: to the cooperative, and to delegates with an address.

    The key names the answer, so that a second, later answer is told again and the same one never.
    """
    _tell(invitation, CONFIRMED, f"registration:{submission_id}", locale)


def tell_moved(moved: Moved, submission_id: UUID, locale: str) -> None:
    """Tell whoever answered for somebody who got a place, is offered one, or lost it.

    A delegate's own address is told once. Each is told in the language it was written to last:
    `locale`, that of whoever acted, may be another's.
    """
    for registration_id, came_by in queries.invitations_of(moved.promoted).items():
        key = f"promoted:{registration_id}:{submission_id}"
        for invitation in _her_own_first(came_by):
            _tell(invitation, "registration_promoted", key, _locale_of(invitation, locale))
    for offer in moved.offered:
        _tell_of_offer(offer, locale)
    for expired in moved.expired:
        key = f"offer-over:{expired.offer.id}"
        person = expired.offer.registration.person.kept
        for invitation in _her_own_first(expired.invitations):
            if places.is_open(invitation.event):
                spoken = _locale_of(invitation, locale)
                _send(invitation, "place_offer_over", key, spoken, {}, named=person)
    lapsed = queries.invitations_of(moved.lapsed)
    for invitation in {one.id: one for came_by in lapsed.values() for one in came_by}.values():
        key = f"lapsed:{invitation.id}:{submission_id}"
        spoken = _locale_of(invitation, locale)
        _tell(invitation, "registration_lapsed", key, spoken, with_calendar=False)


def _locale_of(invitation: Invitation, locale: str) -> str:
    return mail_queries.last_locale("invitation", invitation.id) or locale


def _tell_of_offer(offer: Offer, locale: str) -> None:
    registration = offer.registration
    came_by = queries.invitations_of([registration]).get(registration.id, [])
    for invitation in _her_own_first(came_by):
        spoken = _locale_of(invitation, locale)
        with force_locale(spoken):
            until = moment(offer.deadline_at)
        _send(
            invitation,
            "place_offered",
            f"offer:{offer.id}",
            spoken,
            {"until": until},
            named=registration.person.kept,
            not_after=offer.deadline_at,
        )


def _her_own_first(invitations_: Sequence[Invitation]) -> list[Invitation]:
    """Answer them so that an invited person's address gets the link to her own invitation."""
    return sorted(invitations_, key=lambda one: one.person_id is None)


def _tell(
    invitation: Invitation, template: str, key: str, locale: str, *, with_calendar: bool = True
) -> None:
    event, uid = invitation.event, invitation.calendar_uid
    sessions = events.list_sessions(event)
    context: Json = {}
    if with_calendar:
        context["calendar"] = telling.calendar(event, uid, "REQUEST", sessions=sessions)
    _send(invitation, template, key, locale, context, sessions=sessions)


def _send(
    invitation: Invitation,
    template: str,
    key: str,
    locale: str,
    more: Json,
    *,
    named: Person | None = None,
    not_after: datetime | None = None,
    sessions: Sequence[EventSession] | None = None,
) -> None:
    delegates = queries.list_delegates(invitation)
    name = invitations.invitee_name(invitation)
    context = {
        **telling.mail_context(invitation.event, locale, sessions),
        "personal": _personal(invitation, name, locale),
        **more,
    }
    # An invited person is her own delegate, and is told once.
    is_herself = invitation.person_id is not None
    theirs = _addresses(invitation)
    # An address that a delegate shares with her cooperative is told once (case 18).
    known = {contact.value for contact in theirs}
    own = [] if is_herself else own_addresses([d.person for d in delegates])
    own = [one for one in own if one.point.value not in known]
    if template == CONFIRMED:
        often = mail_queries.addresses_told({c.point.value for c in own}, CONFIRMED, A_DAY)
        own = [c for c in own if often.get(c.point.value, 0) < MOST_CONFIRMATIONS]
    readers = [OwnAddress(contact, None) for contact in theirs]
    for contact, hers in [*readers, *own]:
        mail.queue_message(
            dedupe_key=f"{key}:{contact.id}",
            template=template,
            address=contact.value,
            recipient_name=name,
            contact_point_id=contact.id,
            locale=locale,
            context={**context, **_names(delegates, named, hers)},
            priority=Priority.ANSWER,
            programme_id=invitation.programme_id,
            link=invitation_service.new_link(invitation),
            about=("invitation", invitation.id),
            not_after=not_after,
        )


def _names(delegates: Sequence[Delegate], named: Person | None, reader_id: int | None) -> Json:
    """Answer whom the mail names; a delegate who reads it sees her own name in full, no other."""

    def shown(person: Person) -> str:
        is_seen = reader_id in {None, person.id}
        return person.full_name if is_seen else names.masked(person.full_name)

    of_all: Json = {
        "delegates": [
            {"name": shown(d.person), "state": d.registration.state.value} for d in delegates
        ]
    }
    return of_all if named is None else {**of_all, "delegate": shown(named)}


def send_fresh_link(link: AccessLink, locale: str) -> None:
    """Queue a new link in place of this one, which opens no more; without an address, nothing."""
    invitation = link.invitation
    for contact in _addresses(invitation):
        fresh, address = invitation_service.replace_link(link)
        name = invitations.invitee_name(invitation)
        mail.queue_message(
            dedupe_key=f"link:{fresh.id}",
            template="link_renewed",
            address=contact.value,
            recipient_name=name,
            contact_point_id=contact.id,
            locale=locale,
            context={
                **telling.mail_context(invitation.event, locale),
                "personal": _personal(invitation, name, locale),
            },
            priority=Priority.ANSWER,
            programme_id=invitation.programme_id,
            link=address,
            about=("invitation", invitation.id),
        )


def _personal(invitation: Invitation, name: str, locale: str) -> Json:
    return invitees.greet([invitation], locale).get(invitation.id, {"organisation": name})


def _addresses(invitation: Invitation) -> list[ContactPoint]:
    contacts = invitees.contact_points([invitation])
    usable = [
        contact
        for contact in contacts[invitation.id]
        if contact.channel is Channel.EMAIL and contact.held_at is None and contact.dead_at is None
    ]
    known = {contact.value for contact in contacts[invitation.id]}
    asked = invitees.asked_from(invitation) if not usable else []
    return usable[:1] or [contact for contact in asked if contact.value not in known]


class OwnAddress(NamedTuple):
    """Where mail reaches somebody, and who that counts as now; None for an invitee's address."""

    point: ContactPoint
    person_id: int | None


def own_addresses(people: Collection[Person]) -> list[OwnAddress]:
    """Answer where mail reaches each of the people, by any of her entries, each address once."""
    ids = [person.id for person in people]
    found = db.session.execute(
        select(ContactPoint, func.coalesce(Person.duplicate_of_id, Person.id))
        .join(Person, Person.id == ContactPoint.person_id)
        .where(
            or_(Person.id.in_(ids), Person.duplicate_of_id.in_(ids)),
            ContactPoint.channel == Channel.EMAIL,
            ContactPoint.held_at.is_(None),
            ContactPoint.dead_at.is_(None),
        )
        .order_by(Person.duplicate_of_id.is_not(None), ContactPoint.id)
    )
    own: dict[str, OwnAddress] = {}
    for point, person_id in found:
        own.setdefault(point.value, OwnAddress(point, person_id))
    return list(own.values())
