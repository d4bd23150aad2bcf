"""What a cooperative is told about its places: one message that lists everybody."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from coopevents.db import Json, db
from coopevents.directory.models import Channel, ContactPoint, Person
from coopevents.events import telling
from coopevents.i18n import force_locale, moment
from coopevents.invitations import invitees
from coopevents.invitations import queries as invitations
from coopevents.invitations import service as invitation_service
from coopevents.invitations.models import AccessLink, Invitation
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.registrations import places, queries
from coopevents.registrations.models import Offer
from coopevents.registrations.places import Moved


def confirm(invitation: Invitation, submission_id: UUID, locale: str) -> None:
    """Queue the confirmation of one answer: to the cooperative, and to delegates with an address.

    The key names the answer, so that a second, later answer is told again and the same one never.
    """
    _tell(invitation, "registration_confirmed", f"registration:{submission_id}", locale)


def tell_moved(moved: Moved, submission_id: UUID, locale: str) -> None:
    """Tell whoever answered for somebody who got a place, is offered one, or lost it.

    A delegate's own address is told once.
    """
    for registration_id, came_by in queries.invitations_of(moved.promoted).items():
        key = f"promoted:{registration_id}:{submission_id}"
        for invitation in _her_own_first(came_by):
            _tell(invitation, "registration_promoted", key, locale)
    for offer in moved.offered:
        _tell_of_offer(offer, locale)
    for expired in moved.expired:
        key = f"offer-over:{expired.offer.id}"
        person = expired.offer.registration.person
        for invitation in _her_own_first(expired.invitations):
            if places.is_open(invitation.event):
                _send(invitation, "place_offer_over", key, locale, _named(person))
    lapsed = queries.invitations_of(moved.lapsed)
    for invitation in {one.id: one for came_by in lapsed.values() for one in came_by}.values():
        key = f"lapsed:{invitation.id}:{submission_id}"
        _tell(invitation, "registration_lapsed", key, locale, with_calendar=False)


def _tell_of_offer(offer: Offer, locale: str) -> None:
    registration = offer.registration
    with force_locale(locale):
        until = moment(offer.deadline_at)
    context = {"until": until, **_named(registration.person)}
    key = f"offer:{offer.id}"
    came_by = queries.invitations_of([registration]).get(registration.id, [])
    for invitation in _her_own_first(came_by):
        _send(invitation, "place_offered", key, locale, context, not_after=offer.deadline_at)


def _her_own_first(invitations_: Sequence[Invitation]) -> list[Invitation]:
    """Answer them so that an invited person's address gets the link to her own invitation."""
    return sorted(invitations_, key=lambda one: one.person_id is None)


def _named(person: Person) -> Json:
    return {"delegate": person.kept.full_name}


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
    not_after: datetime | None = None,
) -> None:
    delegates = queries.list_delegates(invitation)
    name = invitations.invitee_name(invitation)
    context = {
        **telling.mail_context(invitation.event, locale),
        "delegates": [
            {"name": d.person.full_name, "state": d.registration.state.value} for d in delegates
        ],
        "personal": _personal(invitation, name, locale),
        **more,
    }
    # An invited person is her own delegate, and is told once.
    is_herself = invitation.person_id is not None
    own = [] if is_herself else own_addresses([d.person for d in delegates])
    # An address that a delegate shares with her cooperative is told once (case 18).
    theirs = _addresses(invitation)
    known = {contact.value for contact in theirs}
    told = [*theirs, *(contact for contact in own if contact.value not in known)]
    for contact in told:
        mail.queue_message(
            dedupe_key=f"{key}:{contact.id}",
            template=template,
            address=contact.value,
            recipient_name=name,
            contact_point_id=contact.id,
            locale=locale,
            context=context,
            priority=Priority.ANSWER,
            programme_id=invitation.programme_id,
            link=invitation_service.new_link(invitation),
            about=("invitation", invitation.id),
            not_after=not_after,
        )


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


def own_addresses(people: Collection[Person]) -> list[ContactPoint]:
    """Answer where mail reaches each of the people, by any of her entries, each address once."""
    ids = [person.id for person in people]
    found = db.session.scalars(
        select(ContactPoint)
        .join(Person, Person.id == ContactPoint.person_id)
        .where(
            or_(Person.id.in_(ids), Person.duplicate_of_id.in_(ids)),
            ContactPoint.channel == Channel.EMAIL,
            ContactPoint.held_at.is_(None),
            ContactPoint.dead_at.is_(None),
        )
        .order_by(Person.duplicate_of_id.is_not(None), ContactPoint.id)
    )
    return list({contact.value: contact for contact in reversed(list(found))}.values())[::-1]
