"""The outbox: queue once, claim once, try again, give up aloud. Every move is conditional."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, Unpack

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Update,
    and_,
    bindparam,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from coopevents import clock, jobs
from coopevents.audit import service as audit
from coopevents.db import db, insert_all
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.jobs import Job
from coopevents.mail import queries, trouble, wanting
from coopevents.mail.drafts import Draft, one_row, to_rows
from coopevents.mail.models import Batch, BatchState, Message, MessageState, Priority
from coopevents.mail.moves import move
from coopevents.mail.outcomes import QUICK, Outcome, is_of_sender, state_after, wait_after

PAUSE_AFTER, LOOK_BACK = 5, 20
"""A batch pauses itself when so many of its last so many hand-overs went wrong."""

BLOCKED_AFTER = 3
"""It does so sooner when so many in a row were refused for what we are: the next will be too."""

WORDS_KEPT = 500

ANSWERABLE = frozenset({MessageState.SENDING, MessageState.UNCERTAIN})
"""The server may answer after a sweep has given up waiting: then we know after all."""

# Made once: every message passes through these two, and making a statement costs as much as
# carrying it out.
_NOW = bindparam("now", type_=DateTime(timezone=True))
_IS_OURS = and_(Message.id == bindparam("of"), Message.claimed_by == bindparam("worker"))
_BEGIN = move(
    {MessageState.CLAIMED},
    MessageState.SENDING,
    _IS_OURS,
    or_(Message.not_after.is_(None), Message.not_after >= _NOW),
    wanting.is_wanted(),
    claimed_at=_NOW,
    tries=Message.tries + 1,
).returning(Message.tries)
_SENT = move(ANSWERABLE, MessageState.SENT, _IS_OURS, sent_at=_NOW, last_error=None).returning(
    Message.id
)


def open_batch(programme_id: int, hold_seconds: int, window: str) -> Batch:
    """Open a batch whose messages wait `hold_seconds`, and then leave in the hours of `window`."""
    batch = Batch(
        programme_id=programme_id,
        hold_until=clock.now() + timedelta(seconds=hold_seconds),
        window=window,
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def queue_message(**draft: Unpack[Draft]) -> Message:
    """Queue a message and ring for it after the commit; the same key again is the same message."""
    statement = (
        insert(Message)
        .values(**one_row(draft))
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
    )
    message = db.session.scalars(statement.returning(Message)).one_or_none()
    if message is None:
        return db.session.scalars(
            select(Message).where(Message.dedupe_key == draft["dedupe_key"])
        ).one()
    jobs.enqueue(Job.DELIVER_MESSAGES)
    return message


def queue_messages(drafts: Iterable[Draft]) -> int:
    """Queue the messages of a round; answer how many of them were new."""
    rows = to_rows(list(drafts))
    if not rows:
        return 0
    statement = (
        insert_all(Message, rows)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(Message.id)
    )
    new = len(db.session.execute(statement).all())
    jobs.enqueue(Job.DELIVER_MESSAGES)
    return new


def release(batch: Batch) -> None:
    """End the hold of the batch: its messages leave as soon as its window is open."""
    _change(batch, {BatchState.HELD}, BatchState.RUNNING, hold_until=clock.now())
    audit.record("batch.released", "batch", batch.id, programme_id=batch.programme_id)
    jobs.enqueue(Job.DELIVER_MESSAGES)


def pause_batch(batch: Batch, reason: str) -> None:
    """Let nothing more of the batch leave until it is resumed."""
    _change(batch, {BatchState.HELD, BatchState.RUNNING}, BatchState.PAUSED, paused_reason=reason)
    _take_back(Message.batch_id == batch.id)
    audit.record("batch.paused", "batch", batch.id, programme_id=batch.programme_id)


def resume_batch(batch: Batch) -> None:
    """Let a paused batch go on; its errors are counted from zero again."""
    _change(batch, {BatchState.PAUSED}, BatchState.RUNNING, paused_reason=None, error_count=0)
    audit.record("batch.resumed", "batch", batch.id, programme_id=batch.programme_id)
    jobs.enqueue(Job.DELIVER_MESSAGES)


def stop_batch(batch: Batch) -> int:
    """Cancel what of the batch has not left, and answer how many messages that was.

    A message already in the hands of the mail server goes its way. The act is entered in the
    journal by whoever's round it is.
    """
    _change(batch, set(BatchState), BatchState.STOPPED)
    return _cancel(
        {MessageState.QUEUED, MessageState.RETRY, MessageState.CLAIMED},
        "stopped",
        Message.batch_id == batch.id,
    )


def _change(batch: Batch, origins: set[BatchState], to: BatchState, **values: Any) -> None:
    changed = db.session.execute(
        update(Batch)
        .where(Batch.id == batch.id, Batch.state.in_(origins))
        .values(state=to, **values)
        .returning(Batch.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(batch)
    if changed is None:
        raise DomainError(_("Somebody else has just changed this round. Please look again."))


def lease(worker: str, limit: int) -> list[Message]:
    """Claim up to `limit` messages that may leave now, and answer them in their order.

    No two workers get the same one. The messages stand outside the session: they are read after
    commits, and a row of the session that is read after a commit opens a transaction.
    """
    now = clock.now()
    order = (Message.priority, Message.next_try_at, Message.id)
    # A WITH query that locks runs exactly once; a subquery with LIMIT may be run again and claim
    # more than it should.
    due = (
        select(Message.id)
        .outerjoin(Message.batch)
        .where(queries.due(now))
        .order_by(*order)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
        .cte("due")
    )
    claim = move(
        {MessageState.QUEUED, MessageState.RETRY},
        MessageState.CLAIMED,
        Message.id.in_(select(due.c.id)),
        claimed_by=worker,
        claimed_at=now,
    ).returning(*Message.__table__.columns)
    leased = [Message(**row._asdict()) for row in db.session.execute(claim)]
    return sorted(leased, key=lambda m: (m.priority, m.next_try_at, m.id))


def give_back(messages: Sequence[Message], wait: timedelta, why: str | None) -> None:
    """Put leased messages back whose hand-over has not begun; it does not count as a try."""
    _take_back(
        tuple_(Message.id, Message.claimed_by).in_([(m.id, m.claimed_by) for m in messages]),
        next_try_at=clock.now() + wait,
        last_error=why,
    )


def _take_back(*conditions: ColumnElement[bool], **values: Any) -> int:
    return _count(move({MessageState.CLAIMED}, MessageState.QUEUED, *conditions, **values))


def begin_hand_over(message: Message) -> bool:
    """Note that the message is about to be given to the mail server.

    False when it is not ours any more: the lease was lost, the message cancelled, its batch
    stopped or paused meanwhile, or its time is over. One that is not wanted any more is cancelled.
    """
    begun = db.session.execute(
        _BEGIN, {"of": message.id, "worker": message.claimed_by, "now": clock.now()}
    ).first()
    if begun is None:
        wanting.drop(Message.id == message.id, Message.claimed_by == message.claimed_by)
        return False
    message.tries = begun.tries
    return True


def record(message: Message, outcome: Outcome) -> MessageState | None:
    """Write down what came of the hand-over, and answer the state it leaves the message in.

    None when the message is not ours any more. Five errors within the last twenty hand-overs of
    a batch pause it, and three refusals in a row that are about us.
    """
    is_ours = {"of": message.id, "worker": message.claimed_by}
    if not outcome.is_error:
        sent = db.session.execute(_SENT, {**is_ours, "now": clock.now()}).first()
        return MessageState.SENT if sent else None
    batch = _lock(message.batch_id)
    state = state_after(outcome, message.priority, message.tries)
    values: dict[str, Any] = {"last_error": outcome.words[:WORDS_KEPT]}
    wait = wait_after(outcome.result, message.tries)
    if state is MessageState.RETRY and wait is not None:
        values.update(next_try_at=clock.now() + wait)
    moved = move(ANSWERABLE - {state}, state, _IS_OURS, **values).returning(Message.id)
    if not db.session.execute(moved, is_ours).first():
        return None
    if batch is not None:
        _count_error(batch, outcome)
    trouble.note_state(message, state)
    return state


def _lock(batch_id: int | None) -> Batch | None:
    # Before the message's row, as everybody who needs both does.
    if batch_id is None:
        return None
    return db.session.get(Batch, batch_id, with_for_update=True, populate_existing=True)


def _count_error(batch: Batch, outcome: Outcome) -> None:
    batch.error_count += 1
    db.session.flush()
    is_going = batch.state in {BatchState.HELD, BatchState.RUNNING}
    if not is_going or batch.error_count < min(PAUSE_AFTER, BLOCKED_AFTER):
        return
    last = queries.last_errors(batch, LOOK_BACK)
    # Of a small round a few messages are tried again and again: they are all its row.
    row = [outcome.words, *last[:BLOCKED_AFTER]]
    is_blocked = all(is_of_sender(words or "") for words in row)
    is_wrong = min(batch.error_count, len(last) - last.count(None)) >= PAUSE_AFTER
    if is_blocked or is_wrong:
        pause_batch(batch, outcome.words[:WORDS_KEPT])
        trouble.note_paused(batch.id, is_blocked=is_blocked)


def refuse(message: Message, why: str) -> None:
    """Cancel a leased message that must not be sent at all."""
    is_ours = and_(Message.id == message.id, Message.claimed_by == message.claimed_by)
    _cancel({MessageState.CLAIMED}, why, is_ours)


def _cancel(origins: set[MessageState], why: str, *conditions: ColumnElement[bool]) -> int:
    return _count(move(origins, MessageState.CANCELLED, *conditions, last_error=why))


def _count(statement: Update) -> int:
    return len(db.session.execute(statement.returning(Message.id)).all())


class Swept(NamedTuple):
    """What a sweep found and set right, in numbers of messages."""

    missed: int
    """Their time was over: cancelled."""
    returned: int
    """Leased, and the worker never began: waiting again."""
    again: int
    """Handed over, and the worker never came back: answers to somebody's own act, sent again
    under the same Message-ID."""
    uncertain: int
    """The same, for rounds: waiting for a person."""


def sweep(lease_seconds: int) -> Swept:
    """Set right what a dead worker or a lost bell left behind, and ring when anything is due.

    A claim older than `lease_seconds` is taken for one of a worker that does not live any more.
    """
    now = clock.now()
    is_old = Message.claimed_at < now - timedelta(seconds=lease_seconds)
    waiting = {MessageState.QUEUED, MessageState.RETRY}
    # A message that ends its worker every time must not do so for ever.
    is_sent_again = and_(Message.priority == Priority.ANSWER, Message.tries <= len(QUICK))
    sending = {MessageState.SENDING}
    lost = "the worker ended between handing the message over and noting the answer"
    again = move(
        sending, MessageState.RETRY, is_old, is_sent_again, last_error=lost, next_try_at=now
    )
    swept = Swept(
        missed=_cancel(waiting, "missed", queries.WAITING, Message.not_after < now),
        returned=_take_back(is_old),
        again=_count(again),
        uncertain=trouble.count_uncertain(
            move(sending, MessageState.UNCERTAIN, is_old, last_error=lost)
        ),
    )
    if queries.count_due(1):
        jobs.enqueue(Job.DELIVER_MESSAGES)
    return swept


def decide_uncertain(message: Message, *, resend: bool) -> None:
    """Note what a person found out: the message arrived, or it is to be sent again."""
    batch = _lock(message.batch_id)
    if resend and batch is not None and batch.state is BatchState.STOPPED:
        raise DomainError(_("This round was stopped: nothing more of it is sent."))
    if resend and message.not_after is not None and message.not_after < clock.now():
        raise DomainError(
            _("What it says does not hold any more, or comes too late: it is not sent again.")
        )
    to = MessageState.QUEUED if resend else MessageState.SENT
    values: dict[str, Any] = {"next_try_at": clock.now()} if resend else {"sent_at": clock.now()}
    decided = _count(
        move({MessageState.UNCERTAIN}, to, Message.id == message.id, last_error=None, **values)
    )
    db.session.refresh(message)
    if not decided:
        raise DomainError(_("This message is not uncertain any more. Please look again."))
    act = "message.resent" if resend else "message.taken_as_sent"
    audit.record(act, "message", message.id, programme_id=message.programme_id)
    if resend:
        jobs.enqueue(Job.DELIVER_MESSAGES)
