"""Acts that change several rooms, each told once. No query and no rule of its own."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from coopevents.attendance import service as attendance
from coopevents.charter import document, importer
from coopevents.charter.comparing import Comparison
from coopevents.db import Json
from coopevents.directory.models import Channel
from coopevents.events import service as events
from coopevents.events import telling
from coopevents.events.importer import describe_kinds, load_kinds
from coopevents.events.models import Event
from coopevents.invitations import service as invitations
from coopevents.invitations.audience import Preview
from coopevents.invitations.models import Answer, Invitation, InvitationRound
from coopevents.programme import service as programmes
from coopevents.programme.models import Programme
from coopevents.registrations import notices
from coopevents.registrations import service as registrations
from coopevents.registrations.service import NamedDelegate
from coopevents.reports import queries as reports
from coopevents.territory import importer as territory


def found(programme_file: Path = importer.DEFAULT_FILE) -> Programme:
    """Set up what every office needs first: the country's units, the programme, its activities."""
    said = read_programme(programme_file)
    programme = importer.find(said)
    if programme is None:
        programme = importer.write(said, programme_file.name)
        load_kinds(said)
    return programme


def read_programme(programme_file: Path) -> Json:
    """Answer what the programme file says, checked against the units of the country."""
    territory.load_country()
    return importer.read_file(programme_file)


def describe_programme(programme: Programme) -> Json:
    """Answer the programme as the document its file holds."""
    return {**document.describe(programme), "event_kinds": describe_kinds()}


def compare_programme(programme: Programme, said: Json) -> Comparison:
    """Answer what the file changes in the programme, and what it cannot."""
    reported = reports.reported_periods(programme)
    return importer.compare_with(programme, said, describe_kinds(), reported)


def update_programme(programme: Programme, said: Json, file_name: str) -> Comparison:
    """Write what the file adds and changes. Raises InputError when some of it cannot be."""
    programmes.lock(programme)
    comparison = compare_programme(programme, said)
    if comparison.refused:
        raise document.refused(file_name, comparison.refused)
    importer.update(programme, said, file_name, reports.reported_periods(programme))
    load_kinds(said)
    return comparison


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
