"""Inviting by hand, and noting what came of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.channels.choosing import Chosen
from coopevents.channels.models import ChannelAssignment
from coopevents.channels.queries import Standing
from coopevents.db import Json, db
from coopevents.directory.models import Channel
from coopevents.errors import DomainError
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.invitations import service as invitations
from coopevents.invitations.changed import Told, note_told
from coopevents.invitations.models import Delivery, InvitationRound, Reached, RoundKind
from coopevents.letters import codes


def invite(event: Event, chosen: Sequence[Chosen], seats: int, audience: Json) -> list[int]:
    """Write an invitation for each of these and who tells them; the caller holds the event."""
    if not chosen:
        return []
    invitations.require_open(event)
    ids = invitations.insert_invitations(event, [one.organisation_id for one in chosen], seats)
    by_channel: dict[Channel, list[int]] = defaultdict(list)
    for one in chosen:
        by_channel[one.channel].append(ids[one.organisation_id])
    for channel, its in by_channel.items():
        _assign(open_round(event, channel, audience), its)
    written = list(ids.values())
    codes.give(event, written)
    return written


def assign(event: Event, invitation_ids: Collection[int], channel: Channel) -> None:
    """Have these invitees told by hand over the channel from now on; the caller holds the event."""
    if channel is Channel.EMAIL:
        raise DomainError(_("An e-mail is not sent by hand."))
    if event.state not in {EventState.PUBLISHED, EventState.POSTPONED}:
        raise DomainError(_("Nobody is to be told of this activity any more."))
    # A round of its own, so that whoever was told over this channel before is told anew.
    _assign(open_round(event, channel, {}), sorted(invitation_ids))
    codes.give(event, invitation_ids)


def open_round(event: Event, channel: Channel, audience: Json) -> InvitationRound:
    """Write a round that is told by hand over the channel."""
    who = access.actor()
    opened = InvitationRound(
        programme_id=event.programme_id,
        event=event,
        channel=channel,
        kind=RoundKind.INVITATION,
        audience=audience,
        confirmed_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(opened)
    db.session.flush()
    return opened


def round_over(event: Event, channel: Channel) -> InvitationRound:
    """Answer the latest round over the channel that is told by hand, or write one."""
    found = db.session.scalar(
        select(InvitationRound)
        .where(
            InvitationRound.event_id == event.id,
            InvitationRound.channel == channel,
            InvitationRound.kind == RoundKind.INVITATION,
            InvitationRound.batch_id.is_(None),
        )
        .order_by(InvitationRound.id.desc())
        .limit(1)
    )
    return found or open_round(event, channel, {})


def note(standings: Sequence[Standing], told: Told, submission_id: UUID) -> bool:
    """Note what came of telling these by hand; False when this form was noted before.

    Each is noted in the round it is to be told by, if that is of this channel.
    """
    by_round: dict[int, list[Standing]] = defaultdict(list)
    rounds: dict[int, InvitationRound] = {}
    for one in standings:
        opened = (
            one.assignment.round
            if one.assignment is not None and one.channel is told.channel
            else round_over(one.invitation.event, told.channel)
        )
        rounds[opened.id] = opened
        by_round[opened.id].append(one)
    noted = [
        note_told(rounds[id_], [one.invitation.id for one in its], told, submission_id)
        for id_, its in by_round.items()
    ]
    return any(noted)


def take_back(delivery: Delivery, submission_id: UUID) -> None:
    """Say that the invitee was not told after all; what was noted stays readable."""
    opened = db.session.get_one(InvitationRound, delivery.round_id)
    told = Told(delivery.channel, clock.now(), Reached.NOT_REACHED)
    note_told(opened, [delivery.invitation_id], told, submission_id)


def _assign(opened: InvitationRound, invitation_ids: Sequence[int]) -> None:
    who = access.actor()
    if not invitation_ids:
        return
    db.session.execute(
        insert(ChannelAssignment),
        [
            {
                "round_id": opened.id,
                "invitation_id": invitation_id,
                "assigned_at": clock.now(),
                "assigned_by_id": who.id if who.kind == "user" else None,
            }
            for invitation_id in invitation_ids
        ],
    )
    audit.record(
        "round.by_hand",
        "invitation_round",
        opened.id,
        programme_id=opened.programme_id,
        changes={
            "channel": (None, opened.channel.value),
            "invitees": (None, len(invitation_ids)),
        },
    )
