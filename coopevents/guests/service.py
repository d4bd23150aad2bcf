"""Inviting persons: officials, speakers and guests, each to come herself."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

from coopevents.audit import service as audit
from coopevents.channels import service as channels
from coopevents.db import db, insert_all
from coopevents.directory.models import Channel
from coopevents.errors import DomainError
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events import telling
from coopevents.events.models import Event
from coopevents.guests.choosing import Guest, GuestList
from coopevents.i18n import _
from coopevents.invitations import changed, invitees
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Invitation, InvitationRound, RoundKind
from coopevents.mail import service as mail
from coopevents.mail.models import Priority


def invite(
    event: Event, shown: GuestList, by_hand: Mapping[int, Channel], locale: str
) -> InvitationRound | None:
    """Invite everybody on the previewed list, and by hand whom an officer chose to, by person.

    Answers the held round of mails, if there is one.
    """
    event_service.lock(event)
    invitations.require_open(event)
    told = [one for one in shown.by_hand if one.person.id in by_hand]
    if not shown.by_mail and not told:
        raise DomainError(_("This list holds nobody who can be invited."))
    written = _write(event, [*shown.by_mail, *told])
    by_channel: dict[Channel, list[int]] = defaultdict(list)
    for one in told:
        by_channel[by_hand[one.person.id]].append(written[one.person.id].id)
    for channel, ids in by_channel.items():
        channels.assign(event, ids, channel)
    if not shown.by_mail:
        return None
    return _mail(event, shown.by_mail, written, locale)


def _write(event: Event, guests: Sequence[Guest]) -> dict[int, Invitation]:
    rows = [
        {
            "programme_id": event.programme_id,
            "event_id": event.id,
            "person_id": one.person.id,
            "invited_as": one.invited_as,
            "seats": 1,
            "calendar_uid": f"{uuid.uuid4()}@coopevents",
        }
        for one in guests
    ]
    made = db.session.scalars(insert_all(Invitation, rows).returning(Invitation))
    return {one.person_id or 0: one for one in made}


def _mail(
    event: Event, guests: Sequence[Guest], written: Mapping[int, Invitation], locale: str
) -> InvitationRound:
    opened = changed.open_round(event, RoundKind.INVITATION, by_mail=True, at_any_hour=False)
    opened.audience = {"persons": [[one.person.id, one.invited_as.value] for one in guests]}
    db.session.flush()
    asked = [written[one.person.id] for one in guests]
    greetings = invitees.greet(asked, locale)
    links = changed.new_links(event, [one.id for one in asked])
    common = {**telling.mail_context(event, locale), "seats": 1}
    not_after = events.first_start(events.list_sessions(event))
    mail.queue_messages(
        [
            {
                "dedupe_key": f"invitation:{invitation.id}:round:{opened.id}",
                "template": "invitation",
                "address": guest.mail.value,
                "recipient_name": guest.person.full_name,
                "contact_point_id": guest.mail.id,
                "locale": locale,
                "context": {**common, "personal": greetings[invitation.id]},
                "priority": Priority.ROUND,
                "programme_id": event.programme_id,
                "batch": opened.batch,
                "link": link,
                "about": ("invitation", invitation.id),
                "not_after": not_after,
            }
            for guest, invitation, link in zip(guests, asked, links, strict=True)
            if guest.mail is not None
        ]
    )
    audit.record(
        "round.confirmed",
        "invitation_round",
        opened.id,
        programme_id=event.programme_id,
        changes={"invitees": (None, len(guests))},
    )
    return opened
