from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint
from coopevents.errors import NotFoundError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.events.service import lock
from coopevents.i18n import _
from coopevents.invitations import invitees
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import Answer, Invitation, InvitationState
from coopevents.mail.models import Message, MessageState
from coopevents.reminders import due
from coopevents.reminders.models import ReminderRule, ReminderRun


class State(StrEnum):
    """How a reminder stands."""

    PLANNED = "planned"
    UNDATED = "undated"
    """The activity has no day for now."""
    SENT = "sent"
    NOBODY = "nobody"
    MISSED = "missed"
    DROPPED = "dropped"
    """The activity was cancelled or closed before its day."""


@dataclass(frozen=True)
class Reminder:
    """A rule of an activity on the day it stands for now."""

    rule: ReminderRule
    due_on: date | None
    state: State
    run: ReminderRun | None


@dataclass(frozen=True)
class Silent:
    """An invitee that was told and has not answered; `contact` is where mail reaches it."""

    invitation: Invitation
    name: str
    contact: ContactPoint | None

    @property
    def invitation_id(self) -> int:
        """Answer the number of its invitation."""
        return self.invitation.id


def list_reminders(event: Event) -> list[Reminder]:
    """Answer the reminders of the activity, the earliest first."""
    rules = list_rules(event)
    sessions = events.list_sessions(event)
    runs = _runs([rule.id for rule in rules])
    found = []
    for rule in rules:
        day = due.due_on(event, sessions, rule.anchor, rule.days_before)
        found.append(_reminder(rule, event, day, runs))
    return sorted(found, key=lambda one: (one.due_on or date.max, one.rule.id))


def _reminder(
    rule: ReminderRule, event: Event, day: date | None, runs: dict[int, list[ReminderRun]]
) -> Reminder:
    run = next((run for run in runs[rule.id] if run.due_on == day), None)
    if run is not None:
        return Reminder(rule, day, State(run.outcome.value), run)
    if event.state in {EventState.CANCELLED, EventState.CLOSED}:
        return Reminder(rule, day, State.DROPPED, None)
    return Reminder(rule, day, State.PLANNED if day else State.UNDATED, None)


def list_rules(event: Event) -> list[ReminderRule]:
    """Answer the standing rules of the activity."""
    return list(
        db.session.scalars(
            select(ReminderRule)
            .where(ReminderRule.event_id == event.id, ReminderRule.removed_at.is_(None))
            .order_by(ReminderRule.id)
        )
    )


def get_rule(rule_id: int, event: Event) -> ReminderRule:
    """Answer the standing rule of the activity. Raises NotFoundError otherwise."""
    rule = db.session.get(ReminderRule, rule_id)
    if rule is None or rule.event_id != event.id or rule.removed_at is not None:
        raise NotFoundError(_("There is no such reminder."))
    return rule


def _runs(rule_ids: Sequence[int]) -> dict[int, list[ReminderRun]]:
    found: dict[int, list[ReminderRun]] = defaultdict(list)
    for run in db.session.scalars(select(ReminderRun).where(ReminderRun.rule_id.in_(rule_ids))):
        found[run.rule_id].append(run)
    return found


def list_due(event: Event | None = None) -> list[int]:
    """Answer the ids of the rules whose day has come and that have not run on it.

    Only published activities are looked at: those that are over are closed sooner or later.
    """
    found = (
        select(ReminderRule)
        .join(ReminderRule.event)
        .where(ReminderRule.removed_at.is_(None), Event.state == EventState.PUBLISHED)
        .options(joinedload(ReminderRule.event))
        .order_by(ReminderRule.id)
    )
    if event is not None:
        found = found.where(ReminderRule.event_id == event.id)
    rules = db.session.scalars(found).all()
    sessions = events.sessions_of({rule.event_id for rule in rules})
    runs = _runs([rule.id for rule in rules])
    today = clock.today()
    ids = []
    for rule in rules:
        day = due.due_on(rule.event, sessions[rule.event_id], rule.anchor, rule.days_before)
        if day is not None and day <= today and all(run.due_on != day for run in runs[rule.id]):
            ids.append(rule.id)
    return ids


def list_silent(event: Event, before: datetime | None = None) -> list[Silent]:
    """Answer the invitees that were told of the activity and have not answered, by name.

    Told is whoever's mail about the invitation the mail server has taken (`before` the moment,
    where one is given). Who asked to be called back has answered, and is called.
    """
    in_time = () if before is None else (Message.sent_at < before,)
    told = (
        select(Message.id)
        .where(
            Message.about_kind == "invitation",
            Message.about_id == Invitation.id,
            Message.state == MessageState.SENT,
            *in_time,
        )
        .exists()
    )
    rows = invitations.list_invited_where(event, Invitation.state == InvitationState.PENDING, told)
    answers = invitations.latest_answers([one.invitation.id for one in rows])
    contacts = invitees.contact_points([one.invitation for one in rows])
    return [
        Silent(one.invitation, one.name, _mail_of(contacts[one.invitation.id]))
        for one in rows
        if one.invitation.id not in answers
        or answers[one.invitation.id].answer is not Answer.CALL_BACK
    ]


def _mail_of(contacts: Sequence[ContactPoint]) -> ContactPoint | None:
    return next((c for c in contacts if c.channel is Channel.EMAIL and c.is_usable), None)


def lock_due(rule_id: int) -> ReminderRule | None:
    """Hold the rule and its activity, and answer it if it is still due: none runs twice."""
    rule = db.session.get(
        ReminderRule, rule_id, options=[joinedload(ReminderRule.event)], populate_existing=True
    )
    if rule is None:
        return None
    lock(rule.event)
    db.session.refresh(rule, with_for_update={"of": ReminderRule})
    return rule if rule_id in list_due(rule.event) else None


def is_missed(rule: ReminderRule) -> bool:
    """Whether the day of the rule is so long ago that nobody is reminded any more."""
    sessions = events.list_sessions(rule.event)
    day = due.due_on(rule.event, sessions, rule.anchor, rule.days_before)
    return day is None or due.is_too_late(rule.event, sessions, rule.anchor, day, clock.today())
