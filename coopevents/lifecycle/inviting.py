"""Whoever is to come is invited, and reminded while there is no answer."""

from collections.abc import Sequence

from coopevents import news
from coopevents.audiences import service as audiences
from coopevents.audiences.audience import Preview
from coopevents.channels import service as channels
from coopevents.channels.choosing import Chosen
from coopevents.errors import DomainError
from coopevents.events import service as events
from coopevents.events import telling
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import InvitationRound
from coopevents.reminders import queries as reminder_queries
from coopevents.reminders import service as reminders
from coopevents.reminders.models import Outcome


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
