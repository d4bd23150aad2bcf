"""What the invited say: they come, do not come, ask for a call, or give a place back."""

from collections.abc import Sequence
from uuid import UUID

from coopevents import news
from coopevents.changes import by_hand as changes_by_hand
from coopevents.channels import calling
from coopevents.channels.calling import Reply
from coopevents.channels.queries import Standing
from coopevents.db import Json
from coopevents.delegates import notices
from coopevents.delegates import service as delegating
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel
from coopevents.events import service as events
from coopevents.invitations import service as invitations
from coopevents.invitations.changed import Told
from coopevents.invitations.models import Answer, Invitation
from coopevents.lifecycle import placing
from coopevents.registrations import places
from coopevents.registrations import queries as registration_queries
from coopevents.registrations.models import Offer


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
    placing.tell_who_moved(submission_id, locale)
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
    placing.tell_who_moved(submission_id, locale)
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
    placing.tell_who_moved(submission_id, locale)
    news.tell_answer(invitation, Answer.ACCEPTED)


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
    placing.tell_who_moved(submission_id, locale)


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
    placing.tell_who_moved(submission_id, locale)


def _decline_for_nobody(invitation: Invitation, submission_id: UUID, channel: Channel) -> None:
    if not registration_queries.list_delegates(invitation):
        invitations.answer(
            invitation, Answer.DECLINED, submission_id=submission_id, channel=channel
        )
