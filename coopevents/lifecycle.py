"""Acts that change several rooms, each told once. No query and no rule of its own."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from coopevents import clock, files, news
from coopevents.attendance import service as attendance
from coopevents.audiences import service as audiences
from coopevents.audiences.audience import Preview
from coopevents.bounces import service as bounces
from coopevents.budgets import outline as budget_outline
from coopevents.changes import by_hand as changes_by_hand
from coopevents.changes import notices as change_notices
from coopevents.changes import service as changes
from coopevents.changes.consequences import Consequences
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.changes.notices import Happened
from coopevents.changes.remaining import Untold
from coopevents.channels import calling
from coopevents.channels import service as channels
from coopevents.channels.calling import Reply
from coopevents.channels.choosing import Chosen
from coopevents.channels.queries import Standing
from coopevents.charter import document, importer
from coopevents.charter.comparing import Comparison
from coopevents.checklists import outline as checklist_outline
from coopevents.checklists import service as checklists
from coopevents.db import Json
from coopevents.delegates import notices
from coopevents.delegates import service as delegating
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel
from coopevents.errors import DomainError, InputError
from coopevents.events import changing, outline, repeating, telling
from coopevents.events import queries as event_queries
from coopevents.events import service as events
from coopevents.events.effects import Change, effect_of
from coopevents.events.models import Event, EventSession, EventTemplate, SessionState
from coopevents.events.plans import Again, EventDetails, EventPlan
from coopevents.i18n import _
from coopevents.invitations import changed as invitations_changed
from coopevents.invitations import queries as invitation_queries
from coopevents.invitations import service as invitations
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Answer, Invitation, InvitationRound
from coopevents.kinds.importer import describe_kinds, load_kinds
from coopevents.mail import returning, unsubscribing
from coopevents.mail.models import Message, ReturnKind
from coopevents.mail.returned import Returned
from coopevents.materials import queries as materials
from coopevents.outcomes.advice import papers as advice_papers
from coopevents.programme import service as programmes
from coopevents.programme.models import Programme
from coopevents.registrations import places
from coopevents.registrations import queries as registration_queries
from coopevents.registrations.models import Offer, PlaceHold
from coopevents.reminders import outline as reminder_outline
from coopevents.reminders import queries as reminder_queries
from coopevents.reminders import service as reminders
from coopevents.reminders.models import Outcome
from coopevents.reports import queries as reports
from coopevents.requests import service as requests
from coopevents.requests.service import Asked
from coopevents.territory import importer as territory

FILE_GRACE = timedelta(days=1)
"""So long a file lies on the disk that no row refers to: its row may be on the way."""


def found(programme_file: Path = importer.DEFAULT_FILE) -> Programme:
    """Set up what every office needs first: the country's units, the programme, its activities."""
    said = read_programme(programme_file)
    programme = importer.find(said)
    if programme is None:
        programme = importer.write(said, programme_file.name)
        load_kinds(programme, said)
    return programme


def read_programme(programme_file: Path) -> Json:
    """Answer what the programme file says, checked against the units of the country."""
    territory.load_country()
    return importer.read_file(programme_file)


def describe_programme(programme: Programme) -> Json:
    """Answer the programme as the document its file holds."""
    return {**document.describe(programme), "event_kinds": describe_kinds(programme)}


def compare_programme(programme: Programme, said: Json) -> Comparison:
    """Answer what the file changes in the programme, and what it cannot."""
    reported = reports.reported_periods(programme)
    return importer.compare_with(programme, said, describe_kinds(programme), reported)


def update_programme(programme: Programme, said: Json, file_name: str) -> Comparison:
    """Write what the file adds and changes. Raises InputError when some of it cannot be."""
    programmes.lock(programme)
    comparison = compare_programme(programme, said)
    if comparison.refused:
        raise document.refused(file_name, comparison.refused)
    importer.update(programme, said, file_name, reports.reported_periods(programme))
    load_kinds(programme, said)
    return comparison


def sweep_files() -> int:
    """Delete the files older than a day that no room refers to; answer how many went."""
    return files.sweep(clock.now() - FILE_GRACE, _files_referred)


def _files_referred(hashes: Collection[str], since: datetime) -> set[str]:
    return materials.referred(hashes, since) | advice_papers.referred(hashes, since)


def plan_event(programme_id: int, planned: EventPlan) -> Event:
    """Write a draft with the checklist of its kind."""
    event = events.plan(programme_id, planned)
    checklists.start(event)
    reminders.start(event)
    return event


def change_draft(event: Event, planned: EventPlan) -> bool:
    """Rewrite a draft, and let what has to be done follow its sessions and its kind.

    Answers False where its checklist stays that of the kind before: somebody has begun it.
    """
    kind = event.kind
    events.change(event, planned)
    return checklists.follow_kind(event, kind)


def mark_session(event: Event, session: EventSession, state: SessionState) -> None:
    """Say whether a session was held, and let what has to be done follow."""
    if state is SessionState.PLANNED:
        attendance.require_no_mark(session)
    events.mark_session(event, session, state)
    checklists.reschedule(event)


def repeat_event(event: Event, again: Again) -> Event:
    """Write a draft like the activity, its first session on the day."""
    return plan_outline(event.programme, outline_of(event), again, copied=event)


def keep_template(event: Event, name: str) -> EventTemplate:
    """Keep what can be repeated of the activity under a name."""
    return repeating.save_template(event.programme_id, name, outline_of(event))


def outline_of(event: Event) -> Json:
    """Answer all that can be repeated of the activity, room by room, as plain JSON."""
    return {
        "event": outline.describe(event),
        "audience": invitation_queries.first_audience(event),
        "checklist": checklist_outline.describe(event),
        "budget": budget_outline.describe(event),
        "reminders": reminder_outline.describe(event),
    }


def plan_outline(
    programme: Programme,
    said: Json,
    again: Again,
    copied: Event | None = None,
) -> Event:
    """Write a draft as the outline says, its first session on the day."""
    planned = replace(
        outline.to_plan(said["event"], again.first_on, programme.id),
        title=again.title,
        proposed_audience=said["audience"],
        submission_id=again.submission_id,
        year_plan_id=again.promise_id,
        copied_from_id=copied.id if copied else None,
        is_sample=bool(copied and copied.is_sample),
    )
    sent = event_queries.find_submission(again.submission_id, programme.id)
    if sent is not None:
        return sent
    event = events.plan(programme.id, planned)
    checklists.start_with(event, checklist_outline.to_plans(said["checklist"]))
    budget_outline.write(event, said["budget"])
    # A template kept before there were reminders names none.
    reminders.start_with(event, reminder_outline.to_rules(said.get("reminders", [])))
    return event


def change_details(event: Event, details: EventDetails, locale: str) -> None:
    """Change what concerns nobody's calendar; more places go to the head of the waiting list.

    Raises InputError for fewer places than are taken.
    """
    events.lock(event)
    taken = registration_queries.count_taken(event)
    held = sum(registration_queries.held_places(event).values())
    if details.capacity is not None and details.capacity < taken + held:
        refused = _("%(taken)s places are taken or held already.", taken=taken + held)
        raise InputError(refused, {"capacity": refused})
    events.change_details(event, details)
    places.rebalance(event)
    _tell_who_moved(uuid4(), locale)


def invite(event: Event, shown: Preview, locale: str) -> InvitationRound:
    """Invite everybody on the previewed list: round, invitations, links and messages at once."""
    events.lock(event)
    opened = audiences.open_round(event, shown)
    written = audiences.write_invitations(event, shown)
    common = {**telling.mail_context(event, locale), "seats": shown.seats}
    audiences.queue_invitations(event, opened, written, common, locale)
    return opened


def remind(event: Event, shown: str, locale: str) -> InvitationRound:
    """Remind exactly the list that was shown. Raises DomainError where it is another one now."""
    events.lock(event)
    reminders.require_open(event)
    silent = reminder_queries.list_silent(event)
    if reminders.fingerprint(silent) != shown:
        raise DomainError(_("The list has changed since you saw it. Please look at it again."))
    return reminders.open_round(event, silent, telling.mail_context(event, locale), locale)


def run_reminder(rule_id: int, locale: str) -> Outcome | None:
    """Remind by the rule if its day has come; None where another has done it meanwhile."""
    rule = reminder_queries.lock_due(rule_id)
    if rule is None:
        return None
    outcome = reminders.run(rule, telling.mail_context(rule.event, locale), locale).outcome
    if outcome is Outcome.MISSED:
        news.tell_missed_reminder(rule.event)
    return outcome


def invite_over_channels(
    event: Event, shown: Preview, by_hand: Sequence[Chosen], locale: str
) -> InvitationRound | None:
    """Invite the previewed list by e-mail, and by hand whom an officer chose to.

    Answers the round of mails, if there is one.
    """
    events.lock(event)
    channels.invite(event, by_hand, shown.seats, shown.audience.as_json())
    if by_hand and not shown.invitees:
        return None
    return invite(event, shown, locale)


def record_call(
    standing: Standing, told: Told, reply: Reply | None, submission_id: UUID, locale: str
) -> None:
    """Note what came of a call, and the answer given in it; the same form twice is one call."""
    invitation = standing.invitation
    events.lock(invitation.event)
    if not changes_by_hand.note(invitation.event, [standing], told, submission_id):
        return
    calling.keep_number(told)
    if reply is None:
        return
    if reply.comes:
        accept_invitation(
            invitation,
            reply.delegates,
            submission_id,
            told.channel,
            locale,
            replies=reply.replies,
        )
    else:
        decline_invitation(invitation, reply.reason, submission_id, told.channel, locale)


def accept_invitation(
    invitation: Invitation,
    delegates: Sequence[NamedDelegate],
    submission_id: UUID,
    channel: Channel,
    locale: str,
    *,
    replies: Json | None = None,
) -> None:
    """Take the delegates in, and tell whoever must know; the same form twice is one answer.

    `replies` are what was said to the questions of the activity's kind, by their keys.
    """
    events.lock(invitation.event)
    if not invitations.answer(
        invitation,
        Answer.ACCEPTED,
        submission_id=submission_id,
        channel=channel,
        replies=replies,
    ):
        return
    delegating.register_delegates(invitation, delegates, submission_id, channel)
    notices.confirm(invitation, submission_id, locale)
    _tell_who_moved(submission_id, locale)
    news.tell_answer(invitation, Answer.ACCEPTED)


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
    delegating.give_back(invitation)
    _tell_who_moved(submission_id, locale)
    news.tell_answer(invitation, Answer.DECLINED)


def ask_for_a_call(
    invitation: Invitation, note: str, submission_id: UUID, channel: Channel
) -> None:
    """Keep that somebody wants to be called; places that are held stay held."""
    events.lock(invitation.event)
    if invitations.answer(
        invitation, Answer.CALL_BACK, submission_id=submission_id, channel=channel, reason=note
    ):
        delegating.require_open(invitation.event)
        news.tell_answer(invitation, Answer.CALL_BACK)


def renew_link(token: str, locale: str) -> None:
    """Send a new link in place of one that is over, to the contact on file, where there is one."""
    link = invitations.find_link_over(token)
    if link is not None:
        notices.send_fresh_link(link, locale)


def confirm_again(
    invitation: Invitation, submission_id: UUID, channel: Channel, locale: str
) -> None:
    """Take the same delegates in for the new days, and tell them; the same form is one answer."""
    events.lock(invitation.event)
    if not invitations.answer(
        invitation, Answer.ACCEPTED, submission_id=submission_id, channel=channel
    ):
        return
    delegating.keep_places(invitation)
    notices.confirm(invitation, submission_id, locale)
    _tell_who_moved(submission_id, locale)
    news.tell_answer(invitation, Answer.ACCEPTED)


def ask_for_place(event: Event, asked: Asked, locale: str) -> None:
    """Keep what somebody who is not invited asks for, and tell the officers, once a form."""
    if requests.ask(event, asked, locale) is not None:
        news.tell_request(event)


def rebalance(event: Event, locale: str) -> None:
    """End the offers nobody took, give free places to those who wait, and tell everybody."""
    events.lock(event)
    places.rebalance(event)
    _tell_who_moved(uuid4(), locale)


def take_place(invitation: Invitation, offer: Offer, submission_id: UUID, locale: str) -> None:
    """Take a place that was offered, and tell the cooperative; the same button is one answer."""
    if places.take(offer):
        notices.confirm(invitation, submission_id, locale)


def pass_place_on(
    invitation: Invitation, offer: Offer, submission_id: UUID, channel: Channel, locale: str
) -> None:
    """Let whoever is next have the place that was offered; with nobody left, nobody comes."""
    events.lock(invitation.event)
    if delegating.pass_on(invitation, offer):
        _decline_for_nobody(invitation, submission_id, channel)
    _tell_who_moved(submission_id, locale)


def withdraw_delegate(
    invitation: Invitation,
    registration_id: int,
    submission_id: UUID,
    channel: Channel,
    locale: str,
) -> None:
    """Let one delegate not come, or leave the waiting list; with nobody left, nobody comes."""
    events.lock(invitation.event)
    if delegating.withdraw(invitation, registration_id):
        _decline_for_nobody(invitation, submission_id, channel)
    _tell_who_moved(submission_id, locale)


def _decline_for_nobody(invitation: Invitation, submission_id: UUID, channel: Channel) -> None:
    if not registration_queries.list_delegates(invitation):
        invitations.answer(
            invitation, Answer.DECLINED, submission_id=submission_id, channel=channel
        )


def hold_places(
    event: Event, invitation: Invitation, number: int, until_on: date, locale: str
) -> None:
    """Hold places for an organisation until a day; its own delegates who wait get them."""
    places.hold(event, invitation, number, until_on)
    places.rebalance(event)
    _tell_who_moved(uuid4(), locale)


def release_places(event: Event, held: PlaceHold, locale: str) -> None:
    """Hold places no more, and tell whoever moves up."""
    places.release(event, held)
    _tell_who_moved(uuid4(), locale)


def _tell_who_moved(submission_id: UUID, locale: str) -> None:
    notices.tell_moved(places.take_moved(), submission_id, locale)


def change_event(
    event: Event, change: Change, shown: Consequences, submission_id: UUID, locale: str
) -> EventChange:
    """Postpone, move or cancel, with everything that was shown to follow; the caller holds it."""
    place_before = telling.tell(event, locale).place
    before = effect_of(change, event).touched
    after = changing.carry_out(change, event)
    checklists.reschedule(event)
    invitations_changed.ask_again(event, shown.ids_asked_again, submission_id)
    invitations_changed.end(event, shown.cancelled)
    invitations_changed.keep_links_open(event)
    happened = Happened(event, change.reason, before, after, place_before, locale)
    opened = change_notices.tell(happened, shown)
    return changes.note(
        event,
        shown.kind,
        submission_id,
        reason=change.reason,
        told=shown.as_json(),
        opened=opened,
    )


def tell_change_again(
    event: Event, change: EventChange, untold: Sequence[Untold], submission_id: UUID, locale: str
) -> EventChange:
    """Send the notices of a change anew to those whom the first did not reach."""
    opened = change_notices.tell_again(change, untold, locale)
    return changes.note(
        event,
        ChangeKind.TOLD_AGAIN,
        submission_id,
        reason=change.reason,
        told=changes.told_again(change, untold),
        opened=opened,
    )


def record_returned(data: bytes, returned: Returned) -> bool:
    """Do what a mail that came to the mailbox asks for, once; False when it is about none of ours.

    An address that does not work is held, and somebody is to be called.
    """
    if returned.kind is ReturnKind.UNSUBSCRIBE:
        link = unsubscribing.find_link(returned.token)
        if link is not None and returning.note(data, returned, None):
            unsubscribing.stop(link, link.kind)
        return link is not None
    message = returning.find_message(returned)
    if message is not None and returning.note(data, returned, message):
        record_bounce(message, returned)
    return message is not None


def record_bounce(message: Message, returned: Returned) -> None:
    """Say that the message came back: the outbox, the register and the officers each learn it."""
    if returned.kind is ReturnKind.FAILED:
        returning.mark_bounced(message, returned)
        bounces.hold_address(message, returned)
    if returned.kind is not ReturnKind.DELAYED:
        bounces.open_calls(message, returned)
        news.tell_returned(message)


def publish_confirmed(event: Event, submission_id: UUID, told: Json) -> EventChange:
    """Publish the draft, and keep what was shown to follow."""
    events.publish(event)
    return changes.note(event, ChangeKind.PUBLISHED, submission_id, told=told)


def close_confirmed(event: Event, submission_id: UUID, told: Json) -> EventChange:
    """Close the activity, and keep what was shown to follow."""
    close_event(event)
    return changes.note(event, ChangeKind.CLOSED, submission_id, told=told)


def close_event(event: Event) -> None:
    """Close the activity, once every named person has a state in each session held."""
    events.lock(event)
    attendance.require_reconciled(event)
    events.close(event)
