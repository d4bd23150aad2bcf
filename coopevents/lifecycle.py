"""Acts that change several rooms, each told once. No query and no rule of its own."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from coopevents.attendance import service as attendance
from coopevents.directory.models import Channel
from coopevents.events import service as events
from coopevents.events import telling
from coopevents.events.importer import load_kinds
from coopevents.events.models import Event
from coopevents.invitations import service as invitations
from coopevents.invitations.audience import Preview
from coopevents.invitations.models import Answer, Invitation, InvitationRound
from coopevents.programme import importer
from coopevents.programme.models import Programme
from coopevents.registrations import notices
from coopevents.registrations import service as registrations
from coopevents.registrations.service import NamedDelegate
from coopevents.territory import importer as territory


def found(programme_file: Path = importer.DEFAULT_FILE) -> Programme:
    """Set up what every office needs first: the country's units, the programme, its activities."""
    territory.load_country()
    programme, said = importer.load(programme_file)
    load_kinds(said)
    return programme


def invite(event: Event, shown: Preview, locale: str) -> InvitationRound:
    """Invite everybody on the previewed list: round, invitations, links and messages at once."""
    events.lock(event)
    opened = invitations.open_round(event, shown)
    written = invitations.write_invitations(event, shown)
    common = {**telling.mail_context(event, locale), "seats": shown.seats}
    invitations.queue_invitations(event, opened, written, common, locale)
    return opened


def accept_invitation(
    invitation: Invitation,
    delegates: Sequence[NamedDelegate],
    submission_id: UUID,
    channel: Channel,
    locale: str,
) -> None:
    """Take the delegates in, and tell whoever must know; the same form twice is one answer."""
    events.lock(invitation.event)
    if not invitations.answer(
        invitation, Answer.ACCEPTED, submission_id=submission_id, channel=channel
    ):
        return
    registrations.register_delegates(invitation, delegates, submission_id)
    notices.confirm(invitation, submission_id, locale)
    notices.tell_promoted(registrations.take_promoted(), submission_id, locale)


def decline_invitation(
    invitation: Invitation,
    reason: str,
    submission_id: UUID,
    channel: Channel,
    locale: str,
) -> None:
    """Keep the refusal and give back every place the invitation held."""
    events.lock(invitation.event)
    if not invitations.answer(
        invitation, Answer.DECLINED, submission_id=submission_id, channel=channel, reason=reason
    ):
        return
    registrations.give_back(invitation)
    notices.tell_promoted(registrations.take_promoted(), submission_id, locale)


def close_event(event: Event) -> None:
    """Close the activity, once every named person has a state in each session held."""
    events.lock(event)
    attendance.require_reconciled(event)
    events.close(event)
