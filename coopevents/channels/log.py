"""All that an invitee was told of activities: over every channel, when, how and by whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased

from coopevents.accounts.models import User
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import Channel, Organisation
from coopevents.events.models import Event
from coopevents.invitations.models import Delivery, Invitation, InvitationRound, RoundKind
from coopevents.mail import late
from coopevents.mail.models import Message

SHOWN = 50


@dataclass(frozen=True)
class Entry:
    """Something the invitee was told, or that was tried."""

    at: datetime
    channel: Channel
    event_id: int
    title: str
    kind: RoundKind | None
    """What was told; None for an answer to something it did itself."""
    outcome: str
    """The state of a mail, or that it is delayed; or what was noted."""
    by: str
    note: str
    address: str
    call_back_at: datetime | None = None


def told_to(organisation: Organisation, programme_id: int) -> list[Entry]:
    """Answer what the organisation was told last, the latest first. Three queries."""
    entries = identity.with_merged([organisation.id])
    return _told(Invitation.organisation_id.in_(entries), programme_id)


def told_to_person(entries: Collection[int], programme_id: int) -> list[Entry]:
    """Answer what the person was told of her own invitations, by any entry of her. Two queries."""
    return _told(Invitation.person_id.in_(entries), programme_id)


def _told(invited: ColumnElement[bool], programme_id: int) -> list[Entry]:
    conditions = (invited, Invitation.programme_id == programme_id)
    found = [*_mails(*conditions), *_by_hand(*conditions)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:SHOWN]


def _mails(*invited: Any) -> list[Entry]:
    by = aliased(User)
    rows = db.session.execute(
        select(
            Message, Event.id, Event.title, InvitationRound.kind, by.full_name, late.is_delayed()
        )
        .join(
            Invitation, and_(Message.about_kind == "invitation", Message.about_id == Invitation.id)
        )
        .join(Event, Event.id == Invitation.event_id)
        .outerjoin(InvitationRound, InvitationRound.batch_id == Message.batch_id)
        .outerjoin(by, by.id == InvitationRound.confirmed_by_id)
        .where(*invited)
        .order_by(Message.id.desc())
        .limit(SHOWN)
    )
    return [
        Entry(
            message.sent_at or message.queued_at,
            Channel.EMAIL,
            event_id,
            title,
            kind,
            "delayed" if is_late else message.state.value,
            name or "",
            "",
            message.address,
        )
        for message, event_id, title, kind, name, is_late in rows
    ]


def _by_hand(*invited: Any) -> list[Entry]:
    by = aliased(User)
    rows = db.session.execute(
        select(Delivery, Event.id, Event.title, InvitationRound.kind, by.full_name)
        .join(Invitation, Invitation.id == Delivery.invitation_id)
        .join(Event, Event.id == Invitation.event_id)
        .join(InvitationRound, InvitationRound.id == Delivery.round_id)
        .outerjoin(by, by.id == Delivery.by_id)
        .where(*invited)
        .order_by(Delivery.id.desc())
        .limit(SHOWN)
    )
    return [
        Entry(
            delivery.at,
            delivery.channel,
            event_id,
            title,
            kind,
            delivery.outcome,
            name or "",
            delivery.note or "",
            "",
            delivery.call_back_at,
        )
        for delivery, event_id, title, kind, name in rows
    ]
