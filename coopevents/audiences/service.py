"""Inviting the organisations of a previewed list by e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app

from coopevents import access
from coopevents.audiences.audience import Invitee, Preview
from coopevents.audit import service as audit
from coopevents.db import db, insert_all
from coopevents.directory.models import Channel
from coopevents.errors import DomainError
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations import service as invitations
from coopevents.invitations.models import AccessLink, InvitationRound, LinkPurpose, RoundKind
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.tokens import fingerprint, new_token


@dataclass(frozen=True)
class Written:
    """An invitation that was just written, with the secret its mail carries."""

    invitation_id: int
    token: str
    invitee: Invitee


def open_round(event: Event, shown: Preview) -> InvitationRound:
    """Write a held round for the event. Raises DomainError where nothing may be sent."""
    invitations.require_open(event)
    if not shown.invitees:
        raise DomainError(_("This audience holds nobody who can be invited."))
    batch = mail.open_batch(
        programme_id=event.programme_id,
        hold_seconds=current_app.config["MAIL_HOLD_SECONDS"],
        window=current_app.config["MAIL_WINDOW"],
    )
    who = access.actor()
    opened = InvitationRound(
        programme_id=event.programme_id,
        event=event,
        batch=batch,
        channel=Channel.EMAIL,
        kind=RoundKind.INVITATION,
        audience=shown.audience.as_json(),
        confirmed_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(opened)
    db.session.flush()
    audit.record(
        "round.confirmed",
        "invitation_round",
        opened.id,
        programme_id=event.programme_id,
        changes={"invitees": (None, len(shown.invitees)), "seats": (None, shown.seats)},
    )
    return opened


def write_invitations(event: Event, shown: Preview) -> list[Written]:
    """Write an invitation and a personal link for every invitee, in their order."""
    ids = invitations.insert_invitations(
        event, [one.organisation_id for one in shown.invitees], shown.seats
    )
    written = [Written(ids[one.organisation_id], new_token(), one) for one in shown.invitees]
    expires_at = invitations.link_expiry(event)
    links = [
        {
            "invitation_id": one.invitation_id,
            "purpose": LinkPurpose.ANSWER,
            "token_hash": fingerprint(one.token),
            "expires_at": expires_at,
        }
        for one in written
    ]
    db.session.execute(insert_all(AccessLink, links))
    return written


def queue_invitations(
    event: Event,
    opened: InvitationRound,
    written: Sequence[Written],
    common: dict[str, Any],
    locale: str,
) -> None:
    """Queue one message an invitation; its words are the round's, its names its own."""
    not_after = events.first_start(events.list_sessions(event))
    mail.queue_messages(
        [
            {
                "dedupe_key": f"invitation:{one.invitation_id}:round:{opened.id}",
                "template": "invitation",
                "address": one.invitee.address,
                "recipient_name": one.invitee.name,
                "contact_point_id": one.invitee.contact_point_id,
                "locale": locale,
                "context": {**common, "personal": {"organisation": one.invitee.name}},
                "priority": Priority.ROUND,
                "programme_id": event.programme_id,
                "batch": opened.batch,
                "link": invitations.link_address(one.token),
                "about": ("invitation", one.invitation_id),
                "not_after": not_after,
            }
            for one in written
        ]
    )
