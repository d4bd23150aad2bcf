"""Reminding who has not answered: by rules that follow the activity, or by hand."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.i18n import _
from coopevents.invitations import changed as invitations
from coopevents.invitations import invitees
from coopevents.invitations.models import InvitationRound, RoundKind
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.reminders import due, queries
from coopevents.reminders.models import Anchor, Outcome, ReminderRule, ReminderRun
from coopevents.reminders.queries import Silent

DEFAULT = ((Anchor.ANSWER_BY, 2),)
"""What an activity begins with: two days before answers are asked by."""


def start(event: Event) -> None:
    """Write the reminders that a new activity begins with."""
    start_with(event, DEFAULT)


def start_with(event: Event, rules: Sequence[tuple[Anchor, int]]) -> None:
    """Write these reminders."""
    for anchor, days_before in rules:
        add_rule(event, anchor, days_before)


def add_rule(event: Event, anchor: Anchor, days_before: int) -> ReminderRule:
    """Have who has not answered reminded so many days before; asked twice it is one reminder."""
    if event.state in {EventState.CANCELLED, EventState.CLOSED}:
        raise DomainError(_("This activity is over: nobody is reminded of it."))
    who = access.actor()
    added: ReminderRule | None = db.session.scalar(
        insert(ReminderRule)
        .values(
            event_id=event.id,
            anchor=anchor,
            days_before=days_before,
            created_at=clock.now(),
            created_by_id=who.id if who.kind == "user" else None,
        )
        .on_conflict_do_nothing()
        .returning(ReminderRule)
    )
    if added is None:
        return next(
            rule
            for rule in queries.list_rules(event)
            if (rule.anchor, rule.days_before) == (anchor, days_before)
        )
    audit.record(
        "reminder.planned",
        "reminder_rule",
        added.id,
        programme_id=event.programme_id,
        changes={"days_before": (None, days_before), "anchor": (None, anchor.value)},
    )
    return added


def remove_rule(rule: ReminderRule) -> None:
    """Let the rule remind nobody any more; what it sent stays in its runs."""
    rule.removed_at = clock.now()
    db.session.flush()
    audit.record("reminder.removed", "reminder_rule", rule.id, programme_id=rule.event.programme_id)


def is_open(event: Event) -> bool:
    """Whether anybody can be reminded: it is published, and has not begun."""
    begins = events.first_start(events.list_sessions(event))
    return event.state is EventState.PUBLISHED and begins is not None and begins > clock.now()


def require_open(event: Event) -> None:
    """Refuse to remind of an activity that is not published, or has begun."""
    if not is_open(event):
        raise DomainError(_("Only of a published activity that has not begun is anybody reminded."))


def fingerprint(silent: Sequence[Silent]) -> str:
    """Answer what stands for exactly this list of names and addresses."""
    told = [(one.invitation_id, one.contact.value if one.contact else None) for one in silent]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def open_round(
    event: Event, silent: Sequence[Silent], common: dict[str, Any], locale: str
) -> InvitationRound:
    """Write a held round with a mail and a fresh link for each who can be reached by mail."""
    reached = [(one, one.contact) for one in silent if one.contact is not None]
    opened = invitations.open_round(event, RoundKind.REMINDER, by_mail=True, at_any_hour=False)
    links = invitations.new_links(event, [one.invitation_id for one, _contact in reached])
    greetings = invitees.greet([one.invitation for one, _contact in reached], locale)
    mail.queue_messages(
        [
            {
                "dedupe_key": f"reminder:{one.invitation_id}:round:{opened.id}",
                "template": "reminder",
                "address": contact.value,
                "recipient_name": one.name,
                "contact_point_id": contact.id,
                "locale": locale,
                "context": {
                    **common,
                    "personal": greetings.get(one.invitation_id, {"organisation": one.name}),
                },
                "priority": Priority.ROUND,
                "programme_id": event.programme_id,
                "batch": opened.batch,
                "link": link,
                "about": ("invitation", one.invitation_id),
                "not_after": events.first_start(events.list_sessions(event)),
            }
            for (one, contact), link in zip(reached, links, strict=True)
        ]
    )
    audit.record(
        "reminder.sent",
        "invitation_round",
        opened.id,
        programme_id=event.programme_id,
        changes={"invitees": (None, len(reached))},
    )
    return opened


def run(rule: ReminderRule, common: dict[str, Any], locale: str) -> ReminderRun:
    """Remind by the rule, or write down why nobody was: none to reach, or too late.

    Whoever was invited today is not reminded today.
    """
    silent = queries.list_silent(rule.event, before=clock.at_local(clock.today()))
    people = sum(one.contact is not None for one in silent)
    if not people:
        return note_run(rule, Outcome.NOBODY)
    if queries.is_missed(rule):
        return note_run(rule, Outcome.MISSED)
    opened = open_round(rule.event, silent, common, locale)
    return note_run(rule, Outcome.SENT, opened=opened, people=people)


def note_run(
    rule: ReminderRule, outcome: Outcome, *, opened: InvitationRound | None = None, people: int = 0
) -> ReminderRun:
    """Write down what came of the rule on its day of now."""
    event = rule.event
    day = due.due_on(event, events.list_sessions(event), rule.anchor, rule.days_before)
    run = ReminderRun(rule=rule, due_on=day, outcome=outcome, round=opened, people=people)
    db.session.add(run)
    db.session.flush()
    if outcome is Outcome.MISSED:
        audit.record("reminder.missed", "reminder_rule", rule.id, programme_id=event.programme_id)
    return run
