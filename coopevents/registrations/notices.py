"""What a cooperative is told about its places: one message that lists everybody.

A delegate with an address of her own is told too. Whoever holds the link may have typed it: it
reads of the others what the page shows, their masked names.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from coopevents import names
from coopevents.db import Json
from coopevents.directory.models import Channel, ContactPoint, Person
from coopevents.events import telling
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
    """Tell every cooperative one of whose delegates got a place, is offered one, or lost it.

    Each in the language it was written to last: `locale`, that of whoever acted, may be another's.
    """
    by_id = queries.invitations_of(moved.promoted)
    for registration_id, invitation in by_id.items():
        key = f"promoted:{registration_id}:{submission_id}"
        _tell(invitation, "registration_promoted", key, _locale_of(invitation, locale))
    for offer in moved.offered:
        _tell_of_offer(offer, locale)
    for expired in moved.expired:
        if expired.invitation is not None and places.is_open(expired.invitation.event):
            key = f"offer-over:{expired.offer.id}"
            person = expired.offer.registration.person
            spoken = _locale_of(expired.invitation, locale)
            _send(expired.invitation, "place_offer_over", key, spoken, {}, named=person)
    lapsed = queries.invitations_of(moved.lapsed)
    for invitation in {one.id: one for one in lapsed.values()}.values():
        key = f"lapsed:{invitation.id}:{submission_id}"
        spoken = _locale_of(invitation, locale)
        _tell(invitation, "registration_lapsed", key, spoken, with_calendar=False)


def _locale_of(invitation: Invitation, locale: str) -> str:
    return mail_queries.last_locale("invitation", invitation.id) or locale


def _tell_of_offer(offer: Offer, locale: str) -> None:
    registration = offer.registration
    invitation = queries.invitations_of([registration]).get(registration.id)
    if invitation is None:
        return
    spoken = _locale_of(invitation, locale)
    with force_locale(spoken):
        until = moment(offer.deadline_at)
    _send(
        invitation,
        "place_offered",
        f"offer:{offer.id}",
        spoken,
        {"until": until},
        named=registration.person,
        not_after=offer.deadline_at,
    )


def _tell(
    invitation: Invitation, template: str, key: str, locale: str, *, with_calendar: bool = True
) -> None:
    context: Json = {}
    if with_calendar:
        uid = invitation.calendar_uid
        context["calendar"] = telling.calendar(invitation.event, uid, "REQUEST")
    _send(invitation, template, key, locale, context)


def _send(
    invitation: Invitation,
    template: str,
    key: str,
    locale: str,
    more: Json,
    *,
    named: Person | None = None,
    not_after: datetime | None = None,
) -> None:
    delegates = queries.list_delegates(invitation)
    name = invitations.invitee_name(invitation)
    context = {
        **telling.mail_context(invitation.event, locale),
        "personal": _personal(invitation, name, locale),
        **more,
    }
    # An invited person is her own delegate, and is told once.
    is_herself = invitation.person_id is not None
    own = [] if is_herself else queries.own_addresses([d.person for d in delegates])
    if template == CONFIRMED:
        often = mail_queries.addresses_told({c.value for c in own}, CONFIRMED, A_DAY)
        own = [c for c in own if often.get(c.value, 0) < MOST_CONFIRMATIONS]
    readers = [(contact, None) for contact in _addresses(invitation)]
    for contact, hers in [*readers, *((contact, contact.person_id) for contact in own)]:
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
    return usable[:1]
