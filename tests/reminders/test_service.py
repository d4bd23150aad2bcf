"""Who is reminded, once, and what becomes of reminders when the activity changes."""

from datetime import date, time
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update

from coopevents import clock
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.audit.models import AuditEntry
from coopevents.changes.foreseeing import foresee
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.errors import DomainError
from coopevents.events.effects import Cancellation, NewTime, PlaceChange, Postponement
from coopevents.events.plans import Again
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Answer, Invitation, InvitationRound, RoundKind
from coopevents.lifecycle import changing, inviting, planning
from coopevents.mail.models import Message, MessageState
from coopevents.notices.models import Notice, NoticeKind
from coopevents.reminders import queries, service
from coopevents.reminders.models import Anchor, Outcome, ReminderRun
from coopevents.reminders.queries import State
from tests.checklists.making import make_user
from tests.event_factories import MORNING, make_event, sessions_of
from tests.factories import make_organisation
from workers.reminders import send_reminders

DAY = date(2026, 10, 13)
INVITED = "2026-10-01T09:00:00+07:00"
DUE = "2026-10-12T09:00:00+07:00"


@pytest.fixture
def clock_at():
    """Have it be the moment, until another is asked for."""
    with time_machine.travel(INVITED) as traveller:
        yield traveller.move_to


@pytest.fixture
def event(programme, clock_at):
    make_user(programme, "Cán bộ Mẫu")
    for name in "abc":
        make_organisation(programme, name=f"HTX {name}", email=f"{name}@coop.example")
    event = make_event(programme, sessions=[(DAY, *MORNING)])
    shown = audience.preview(event, Audience(kinds=("cooperative",)), 2)
    inviting.invite(event, shown, "vi")
    _send_all()
    return event


def _send_all():
    db.session.execute(
        update(Message)
        .where(Message.state == MessageState.QUEUED)
        .values(state=MessageState.SENT, sent_at=clock.now())
    )
    db.session.expire_all()


def answer(event, place, given):
    invitation = db.session.scalars(
        select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id)
    ).all()[place]
    invitations.answer(invitation, given, submission_id=uuid4(), channel=Channel.EMAIL)


def reminded() -> list[str]:
    return sorted(db.session.scalars(select(Message.address).where(Message.template == "reminder")))


def states(event) -> list[State]:
    return [one.state for one in queries.list_reminders(event)]


def run(rule) -> Outcome | None:
    return inviting.run_reminder(rule.id, "vi")


def test_only_who_has_not_answered_is_reminded(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    answer(event, 0, Answer.DECLINED)
    answer(event, 1, Answer.CALL_BACK)
    clock_at(DUE)

    outcome = run(rule)

    (opened,) = db.session.scalars(
        select(InvitationRound).where(InvitationRound.kind == RoundKind.REMINDER)
    )
    assert outcome is Outcome.SENT
    assert reminded() == ["c@coop.example"]
    assert opened.batch.window != ""
    assert states(event) == [State.SENT]


def test_a_rule_reminds_once_a_day_however_often_it_rings(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    clock_at(DUE)

    outcomes = [run(rule) for _time in range(3)]

    assert outcomes == [Outcome.SENT, None, None]
    assert len(reminded()) == 3


def test_the_worker_runs_every_rule_that_is_due(event, clock_at):
    service.add_rule(event, Anchor.START, 1)
    service.add_rule(event, Anchor.START, 0)
    clock_at(DUE)

    send_reminders.run()
    send_reminders.run()

    assert len(reminded()) == 3
    assert states(event) == [State.SENT, State.PLANNED]


def test_before_its_day_nothing_leaves(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    clock_at("2026-10-11T23:59:00+07:00")

    assert (queries.list_due(), run(rule), states(event)) == ([], None, [State.PLANNED])


def test_who_was_not_told_is_not_reminded(event, programme, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    make_organisation(programme, name="HTX d", email="d@coop.example")
    late = audience.preview(event, Audience(kinds=("cooperative",)), 2)
    inviting.invite(event, late, "vi")
    clock_at(DUE)

    run(rule)

    assert reminded() == ["a@coop.example", "b@coop.example", "c@coop.example"]


def test_who_was_told_today_is_not_reminded_today(event, programme, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    clock_at(DUE)
    make_organisation(programme, name="HTX d", email="d@coop.example")
    inviting.invite(event, audience.preview(event, Audience(kinds=("cooperative",)), 2), "vi")
    _send_all()

    run(rule)

    assert "d@coop.example" not in reminded()


def test_when_everybody_has_answered_nothing_is_sent(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    for place in range(3):
        answer(event, place, Answer.DECLINED)
    clock_at(DUE)

    assert (run(rule), reminded(), states(event)) == (Outcome.NOBODY, [], [State.NOBODY])


def test_a_reminder_too_late_is_shown_as_missed(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 7)
    clock_at(DUE)

    outcome = run(rule)

    db.session.commit()
    told = db.session.scalars(select(Notice.kind)).all()
    written = select(func.count()).where(AuditEntry.act == "reminder.missed")
    assert (outcome, reminded(), states(event)) == (Outcome.MISSED, [], [State.MISSED])
    assert db.session.scalar(written) == 1
    assert told == [NoticeKind.REMINDER_MISSED]


def _change(event, change):
    changing.change_event(event, change, foresee(event, change), uuid4(), "vi")


@pytest.mark.case(14)
def test_a_reminder_moves_with_the_activity_and_reminds_anew(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    clock_at(DUE)
    run(rule)
    (session,) = sessions_of(event)
    _change(
        event, Postponement("Bão", (NewTime(session.id, date(2026, 10, 27), time(8), time(11)),))
    )
    _send_all()

    moved = queries.list_reminders(event)
    clock_at("2026-10-26T09:00:00+07:00")
    outcome = run(rule)

    assert [(one.due_on, one.state) for one in moved] == [(date(2026, 10, 26), State.PLANNED)]
    assert outcome is Outcome.SENT
    assert [run.due_on for run in db.session.scalars(select(ReminderRun))] == [
        date(2026, 10, 12),
        date(2026, 10, 26),
    ]


@pytest.mark.case(14)
def test_what_becomes_of_reminders_is_shown_before_a_change(event, clock_at):
    service.add_rule(event, Anchor.START, 1)
    (session,) = sessions_of(event)
    later = NewTime(session.id, date(2026, 10, 27), time(8), time(11))

    moved = foresee(event, Postponement("Bão", (later,)))
    waiting = foresee(event, Postponement("Bão", ()))
    dropped = foresee(event, Cancellation("Bão"))
    elsewhere = foresee(event, PlaceChange("Hỏng", "Nhà văn hóa", None))

    assert [one.due_on for one in moved.reminders] == [("2026-10-12", "2026-10-26")]
    assert [one.due_on for one in waiting.reminders] == [("2026-10-12", None)]
    assert [one.due_on for one in dropped.reminders] == [("2026-10-12", None)]
    assert elsewhere.reminders == ()


@pytest.mark.case(14)
def test_a_reminder_waits_while_nobody_knows_the_new_day(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    _change(event, Postponement("Bão", ()))
    clock_at(DUE)

    assert (run(rule), reminded()) == (None, [])


def test_a_reminder_is_dropped_with_the_activity(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    _change(event, Cancellation("Bão"))
    clock_at(DUE)

    assert (run(rule), reminded(), states(event)) == (None, [], [State.DROPPED])


def test_a_removed_rule_reminds_nobody_and_may_be_planned_again(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    service.remove_rule(rule)
    clock_at(DUE)

    gone = run(rule)
    again = service.add_rule(event, Anchor.START, 1)

    assert gone is None
    assert again.id != rule.id
    assert service.add_rule(event, Anchor.START, 1).id == again.id


def test_an_activity_held_again_takes_over_rules_and_nothing_sent(event, clock_at):
    rule = service.add_rule(event, Anchor.START, 1)
    clock_at(DUE)
    run(rule)

    copy = planning.repeat_event(
        event, Again(first_on=date(2027, 3, 2), title="Lần sau", submission_id=uuid4())
    )

    assert [(r.anchor, r.days_before) for r in queries.list_rules(copy)] == [(Anchor.START, 1)]
    assert states(copy) == [State.PLANNED]


def test_by_hand_exactly_those_who_were_shown_are_reminded(event):
    shown = service.fingerprint(queries.list_silent(event))
    answer(event, 0, Answer.DECLINED)

    with pytest.raises(DomainError):
        inviting.remind(event, shown, "vi")
    now = service.fingerprint(queries.list_silent(event))
    inviting.remind(event, now, "vi")

    assert reminded() == ["b@coop.example", "c@coop.example"]


def test_who_cannot_be_reached_by_mail_is_told_to_be_called(event):
    (first, *_rest) = queries.list_silent(event)
    first.contact.held_at = clock.now()
    db.session.flush()

    silent = queries.list_silent(event)

    assert [one.name for one in silent if one.contact is None] == ["HTX a"]


def test_of_an_activity_that_has_begun_nobody_is_reminded(event, clock_at):
    shown = service.fingerprint(queries.list_silent(event))
    clock_at("2026-10-13T09:00:00+07:00")

    with pytest.raises(DomainError):
        inviting.remind(event, shown, "vi")
