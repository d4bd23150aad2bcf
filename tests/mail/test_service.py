"""Every move of a message, and no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from coopevents import clock
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.mail import queries, service
from coopevents.mail.models import BatchState, Message, MessageState, Priority
from coopevents.mail.moves import MOVES, move
from coopevents.mail.outcomes import Outcome, Result
from tests.mail.drafts import age, begun, queue, queue_round, state_of

ACCEPTED = Outcome(Result.ACCEPTED)
REFUSED = Outcome(Result.REFUSED, "550 no such user")
LATER = Outcome(Result.LATER, "451 come back")
BROKEN = Outcome(Result.BROKEN, "the line broke")
BLOCKED = Outcome(Result.BLOCKED, "554 5.7.1 relay access denied")
UNKNOWN = Outcome(Result.UNKNOWN, "no answer")


def _numbers(messages: list[Message]) -> list[str]:
    return [message.dedupe_key for message in messages]


def test_every_state_has_its_moves():
    assert set(MOVES) == set(MessageState)


@pytest.mark.parametrize(
    "settled", [MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED]
)
def test_a_move_out_of_a_settled_state_is_refused(settled):
    with pytest.raises(ValueError, match="does not move"):
        move({settled}, MessageState.QUEUED)


def test_lease_takes_answers_before_rounds_and_the_oldest_first(app):
    queue_round(2)
    queue(11)
    queue(10)

    leased = service.lease("a", 3)

    assert _numbers(leased) == ["test:11", "test:10", "test:0"]
    assert {message.state for message in leased} == {MessageState.CLAIMED}


def test_lease_gives_no_message_twice(app):
    queue_round(3)

    first, second = service.lease("a", 2), service.lease("b", 2)

    assert _numbers(first) + _numbers(second) == ["test:0", "test:1", "test:2"]


def test_lease_leaves_what_is_to_be_tried_later(app):
    message = queue()
    message.next_try_at = clock.now() + timedelta(seconds=5)
    db.session.flush()

    assert service.lease("a", 1) == []


def test_a_held_batch_waits_for_its_hold(app, time_machine):
    time_machine.move_to("2026-03-16T03:00:00Z")
    batch = queue_round(1)
    batch.hold_until = clock.now() + timedelta(seconds=120)
    db.session.flush()

    before = service.lease("a", 1)
    time_machine.shift(121)
    after = service.lease("a", 1)

    assert (len(before), len(after)) == (0, 1)


def test_release_ends_the_hold(app):
    batch = queue_round(1)
    batch.hold_until = clock.now() + timedelta(hours=1)
    db.session.flush()

    service.release(batch)

    assert len(service.lease("a", 1)) == 1


def test_a_batch_outside_its_window_waits(app, time_machine):
    time_machine.move_to("2026-03-14T03:00:00Z")  # A Saturday.
    batch = queue_round(1)
    batch.window = "07:30-17:00"
    db.session.flush()

    saturday = service.lease("a", 1)
    time_machine.move_to("2026-03-16T03:00:00Z")
    monday = service.lease("a", 1)

    assert (len(saturday), len(monday)) == (0, 1)


@pytest.mark.parametrize("state", [BatchState.PAUSED, BatchState.STOPPED])
def test_a_paused_or_stopped_batch_leases_nothing(app, state):
    batch = queue_round(1)
    batch.state = state
    db.session.flush()

    assert service.lease("a", 1) == []


def test_a_message_whose_time_is_over_is_not_leased_but_cancelled_as_missed(app):
    message = queue(not_after=clock.now() - timedelta(seconds=1), link="https://x.example/r/a")

    leased = service.lease("a", 1)
    swept = service.sweep(600)

    db.session.refresh(message)
    assert leased == []
    assert swept == (1, 0, 0, 0)
    assert (message.state, message.last_error) == (MessageState.CANCELLED, "missed")
    assert message.sealed_link is None


def test_begin_hand_over_counts_the_try(app):
    message = begun()

    assert message.tries == 1
    assert state_of(message) is MessageState.SENDING


def test_begin_hand_over_twice_is_refused(app):
    message = begun()

    assert service.begin_hand_over(message) is False


def test_begin_hand_over_of_a_lost_lease_is_refused(app):
    queue()
    mine = service.lease("a", 1)[0]
    age(700)
    service.sweep(600)
    theirs = service.lease("b", 1)[0]

    assert service.begin_hand_over(mine) is False
    assert service.begin_hand_over(theirs) is True


def test_begin_hand_over_after_its_time_is_refused(app, time_machine):
    time_machine.move_to("2026-03-16T03:00:00Z")
    queue(not_after=clock.now() + timedelta(seconds=30))
    message = service.lease("a", 1)[0]
    time_machine.shift(31)

    assert service.begin_hand_over(message) is False


def test_stop_cancels_what_has_not_left(app):
    batch = queue_round(4)
    leased = service.lease("a", 2)
    service.begin_hand_over(leased[0])

    cancelled = service.stop_batch(batch)

    assert cancelled == 3
    assert service.begin_hand_over(leased[1]) is False
    assert service.record(leased[0], ACCEPTED) is MessageState.SENT
    assert queries.count_by_state(batch)[MessageState.CANCELLED] == 3


def test_pause_takes_leased_messages_back_and_resume_lets_them_go(app):
    batch = queue_round(2)
    leased = service.lease("a", 1)

    service.pause_batch(batch, "a word is wrong")
    begun_while_paused = service.begin_hand_over(leased[0])
    service.resume_batch(batch)

    assert begun_while_paused is False
    assert len(service.lease("a", 5)) == 2
    assert (batch.state, batch.paused_reason) == (BatchState.RUNNING, None)


def test_resume_of_a_stopped_batch_is_refused(app):
    batch = queue_round(1)
    service.stop_batch(batch)

    with pytest.raises(DomainError):
        service.resume_batch(batch)

    assert batch.state is BatchState.STOPPED


def test_record_sent_forgets_the_link(app):
    message = begun(link="https://x.example/r/a")

    state = service.record(message, ACCEPTED)

    stored = queries.get_message(message.id)
    assert state is stored.state is MessageState.SENT
    assert stored.sealed_link is None
    assert stored.sent_at is not None


def test_record_twice_changes_nothing(app):
    message = begun()
    service.record(message, ACCEPTED)

    assert service.record(message, REFUSED) is None
    assert state_of(message) is MessageState.SENT


def test_record_refused_fails_at_once(app):
    message = begun()

    service.record(message, REFUSED)

    stored = queries.get_message(message.id)
    assert (stored.state, stored.last_error) == (MessageState.FAILED, "550 no such user")


@pytest.mark.parametrize(
    ("outcome", "minutes"),
    [
        (LATER, [1, 5, 10, 20, 30]),
        (BLOCKED, [1, 5, 10, 20, 30]),
        (BROKEN, [1 / 6, 0.5, 1, 5, 15]),
    ],
)
def test_record_tries_again_later_and_later_and_then_fails(app, time_machine, outcome, minutes):
    time_machine.move_to("2026-03-16T03:00:00Z", tick=False)
    message = begun()
    waited = []
    while service.record(message, outcome) is MessageState.RETRY:
        wait = queries.get_message(message.id).next_try_at - clock.now()
        waited.append(wait.total_seconds() / 60)
        time_machine.shift(wait)
        message = service.lease("a", 1)[0]
        service.begin_hand_over(message)

    assert waited == pytest.approx(minutes)
    assert state_of(message) is MessageState.FAILED


def test_an_unknown_end_of_an_answer_is_tried_again_under_the_same_message_id(app):
    message = begun()

    service.record(message, UNKNOWN)

    stored = queries.get_message(message.id)
    assert stored.state is MessageState.RETRY
    assert stored.message_id == message.message_id


def test_an_unknown_end_of_a_round_message_waits_for_a_person(app):
    message = begun(priority=Priority.ROUND)

    service.record(message, UNKNOWN)

    assert queries.list_uncertain() == [queries.get_message(message.id)]


def test_an_answer_that_comes_after_the_sweep_still_counts(app):
    message = begun(priority=Priority.ROUND)
    age(700)
    service.sweep(600)

    state = service.record(message, ACCEPTED)

    assert state is state_of(message) is MessageState.SENT


def test_five_errors_within_twenty_pause_the_batch(app):
    batch = queue_round(30)
    leased = service.lease("a", 30)
    states = []
    for number, message in enumerate(leased[:20]):
        service.begin_hand_over(message)
        service.record(message, REFUSED if number % 4 == 3 else ACCEPTED)
        states.append(batch.state)

    assert states == [BatchState.HELD] * 19 + [BatchState.PAUSED]
    assert (batch.error_count, batch.paused_reason) == (5, "550 no such user")
    assert queries.count_by_state(batch)[MessageState.QUEUED] == 10


def test_errors_that_are_far_between_pause_nothing(app):
    batch = queue_round(60)
    for number, message in enumerate(service.lease("a", 60)):
        service.begin_hand_over(message)
        service.record(message, REFUSED if number % 10 == 9 else ACCEPTED)

    assert (batch.state, batch.error_count) == (BatchState.HELD, 6)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([BLOCKED, BLOCKED, BLOCKED], BatchState.PAUSED),
        ([BLOCKED, BLOCKED, ACCEPTED, BLOCKED], BatchState.HELD),
        ([BLOCKED, BLOCKED, REFUSED, BLOCKED], BatchState.HELD),
        ([REFUSED, BLOCKED, BLOCKED, REFUSED], BatchState.HELD),
        ([REFUSED, BLOCKED, BLOCKED, BLOCKED], BatchState.PAUSED),
    ],
)
def test_refusals_in_a_row_that_are_about_us_pause_the_batch(app, outcomes, expected):
    batch = queue_round(30)

    for message, outcome in zip(service.lease("a", 30), outcomes, strict=False):
        service.begin_hand_over(message)
        service.record(message, outcome)

    counts = queries.count_by_state(batch)
    assert batch.state is expected
    assert counts[MessageState.RETRY] == outcomes.count(BLOCKED)
    assert counts[MessageState.FAILED] == outcomes.count(REFUSED)


def test_a_round_of_one_that_is_refused_for_what_we_are_pauses_too(app, time_machine):
    time_machine.move_to("2026-03-16T03:00:00Z", tick=False)
    batch = queue_round(1)
    states = []
    for _try in range(service.BLOCKED_AFTER):
        time_machine.shift(timedelta(hours=1))
        message = service.lease("a", 1)[0]
        service.begin_hand_over(message)
        service.record(message, BLOCKED)
        states.append((batch.state, state_of(message)))

    assert states == [
        (BatchState.HELD, MessageState.RETRY),
        (BatchState.HELD, MessageState.RETRY),
        (BatchState.PAUSED, MessageState.RETRY),
    ]


def test_give_back_does_not_count_as_a_try(app, time_machine):
    queue()
    leased = service.lease("a", 1)

    service.give_back(leased, timedelta(seconds=10), "nobody there")

    stored = queries.get_message(leased[0].id)
    assert (stored.state, stored.tries) == (MessageState.QUEUED, 0)
    assert (stored.last_error, service.lease("a", 1)) == ("nobody there", [])


def test_refuse_cancels_with_the_reason(app):
    queue()
    message = service.lease("a", 1)[0]

    service.refuse(message, "not allowed")

    stored = queries.get_message(message.id)
    assert (stored.state, stored.last_error) == (MessageState.CANCELLED, "not allowed")


def test_sweep_leaves_young_claims_alone(app):
    begun()
    age(599)

    assert service.sweep(600) == (0, 0, 0, 0)


def test_sweep_returns_what_was_leased_and_never_begun(app):
    queue()
    message = service.lease("a", 1)[0]
    age(601)

    swept = service.sweep(600)

    assert swept == (0, 1, 0, 0)
    assert state_of(message) is MessageState.QUEUED


def test_sweep_leaves_a_round_message_to_a_person_and_sends_an_answer_again(app):
    invitation = begun(number=1, priority=Priority.ROUND)
    answer = begun(number=2)
    age(601)

    swept = service.sweep(600)

    assert swept == (0, 0, 1, 1)
    assert state_of(invitation) is MessageState.UNCERTAIN
    assert state_of(answer) is MessageState.RETRY


def test_sweep_does_not_send_for_ever_what_ends_its_worker(app):
    message = begun()
    for _try in range(6):
        age(601)
        service.sweep(600)
        for again in service.lease("a", 1):
            service.begin_hand_over(again)

    assert state_of(message) is MessageState.UNCERTAIN


def test_a_person_has_an_uncertain_message_sent_again(app):
    message = begun(priority=Priority.ROUND)
    service.record(message, UNKNOWN)

    service.decide_uncertain(queries.get_message(message.id), resend=True)

    leased = service.lease("b", 1)
    assert [one.message_id for one in leased] == [message.message_id]


def test_a_person_takes_an_uncertain_message_as_arrived(app):
    message = begun(priority=Priority.ROUND, link="https://x.example/r/a")
    service.record(message, UNKNOWN)

    service.decide_uncertain(queries.get_message(message.id), resend=False)

    stored = queries.get_message(message.id)
    assert (stored.state, stored.sealed_link) == (MessageState.SENT, None)


def test_nobody_decides_on_a_message_that_is_not_uncertain(app):
    message = queue()

    with pytest.raises(DomainError):
        service.decide_uncertain(message, resend=True)

    assert message.state is MessageState.QUEUED


def test_an_uncertain_message_of_a_stopped_round_is_not_sent_again(app):
    batch = queue_round(1)
    message = service.lease("a", 1)[0]
    service.begin_hand_over(message)
    service.record(message, UNKNOWN)
    service.stop_batch(batch)

    with pytest.raises(DomainError):
        service.decide_uncertain(queries.get_message(message.id), resend=True)

    assert state_of(message) is MessageState.UNCERTAIN


def test_reads_tell_where_a_round_stands(app):
    batch = queue_round(3, about=("invitation", 5))
    leased = service.lease("a", 1)
    service.begin_hand_over(leased[0])
    service.record(leased[0], ACCEPTED)

    counts = queries.count_by_state(batch)

    assert {state: n for state, n in counts.items() if n} == {
        MessageState.SENT: 1,
        MessageState.QUEUED: 2,
    }
    assert len(queries.messages_about("invitation", [5, 6])) == 3
    assert queries.messages_about("event", [5]) == []


def test_oldest_unsent_names_what_could_have_left(app, time_machine):
    time_machine.move_to("2026-03-16T03:00:00Z", tick=False)
    batch = queue_round(2)
    queued_at = db.session.scalars(select(Message.queued_at)).first()
    time_machine.shift(60)

    late = queries.oldest_unsent()
    service.pause_batch(batch, "wait")
    paused = queries.oldest_unsent()

    assert (late, paused) == (queued_at, None)
