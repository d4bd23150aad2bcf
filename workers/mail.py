"""Carrying the outbox to the mail server, over a few lines at once."""

import os
import socket
import threading
import time
import traceback
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog
from flask import Flask, current_app

from coopevents import clock, jobs, news
from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.mail import delivery, queries, service
from coopevents.mail.delivery import Line, UnreachableError
from coopevents.mail.message import Envelope
from coopevents.mail.models import Message
from coopevents.mail.outcomes import Outcome, Result
from coopevents.mail.rendering import render

logger = structlog.get_logger()

MOST = 10
"""Messages a line leases at once: few, so that the lines share a round evenly."""

RUN_SECONDS = 60
"""A task ends after this long and rings again, so that a worker can be stopped in the middle."""

UNREACHABLE_WAIT = timedelta(seconds=10)

_one_at_a_time = threading.Lock()
_rung = threading.Event()


@celery.task(name=Job.DELIVER_MESSAGES.value)
def deliver_messages() -> None:
    """Send what is due, once however often it rings.

    Within one process a second ring is left to the drain that is running, which looks again
    before it ends.
    """
    _rung.set()
    while _rung.is_set() and _one_at_a_time.acquire(blocking=False):
        try:
            _rung.clear()
            Drain(current_app._get_current_object()).run()  # type: ignore[attr-defined]
        finally:
            _one_at_a_time.release()


@celery.task(name=Job.SWEEP_MAIL.value)
def sweep_mail() -> None:
    """Set right what a dead worker left behind, and ring for what is due."""
    swept = service.sweep(current_app.config["MAIL_LEASE_SECONDS"])
    news.tell_troubles()
    db.session.commit()
    if any(swept):
        logger.warning("the outbox was swept", **swept._asdict())


class Drain:
    """One run of a worker over the outbox, until nothing is due."""

    def __init__(self, app: Flask) -> None:
        """Prepare a run under a name no other run has."""
        self._app = app
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4()}"
        self._ends_at = time.monotonic() + RUN_SECONDS
        self._given_up = threading.Event()

    def run(self) -> None:
        """Send what is due over as many lines as it is worth."""
        most_lines = self._app.config["MAIL_CONNECTIONS"]
        due = queries.count_due(most_lines * MOST)
        if due == most_lines * MOST:
            # More than enough for one process: another that is idle joins in.
            jobs.enqueue(Job.DELIVER_MESSAGES)
        db.session.commit()
        if not due or delivery.is_switched_off():
            return
        lines, size = min(most_lines, due), max(1, due // most_lines)
        if lines == 1:
            self._carry(size)
        else:
            with ThreadPoolExecutor(lines) as threads:
                for done in [threads.submit(self._carry_apart, size) for _ in range(lines)]:
                    done.result()
        if not self._given_up.is_set() and queries.count_due(1):
            jobs.enqueue(Job.DELIVER_MESSAGES)
        db.session.commit()

    def _carry_apart(self, size: int) -> None:
        # A thread has a context of its own, and with it a session of its own.
        with self._app.app_context():
            self._carry(size)

    def _carry(self, size: int) -> None:
        line = delivery.new_line()
        try:
            while not self._given_up.is_set() and time.monotonic() < self._ends_at:
                leased = service.lease(self._worker, size)
                db.session.commit()
                if not leased:
                    return
                self._send_all(line, leased)
        finally:
            line.close()

    def _send_all(self, line: Line, leased: Sequence[Message]) -> None:
        for position, message in enumerate(leased):
            if line.host is None or delivery.is_limited():
                # No transaction waits for the network.
                db.session.commit()
            try:
                line.ensure_open()
            except UnreachableError as error:
                logger.warning("the mail server cannot be reached", reason=str(error))
                self._give_up(leased[position:], UNREACHABLE_WAIT, str(error))
                return
            if not delivery.may_send_now():
                self._give_up(leased[position:], timedelta(0), None)
                return
            _send(line, message)
        db.session.commit()

    def _give_up(self, rest: Sequence[Message], wait: timedelta, why: str | None) -> None:
        # For all lines: what stops one stops the others. The next sweep rings again.
        self._given_up.set()
        service.give_back(rest, wait, why)
        db.session.commit()


def _send(line: Line, message: Message) -> None:
    """Send one message, and leave the record of it to the commit before the next one's hand-over.

    So a message costs one commit, and still no more than one a line is ever in doubt.
    """
    if not delivery.is_allowed(message.address):
        service.refuse(message, "the address is not in MAIL_ALLOW")
        return
    if not service.begin_hand_over(message):
        return
    envelope = _prepare(message)
    # Before the server hears of it: whoever else looks must see that it is in our hands.
    db.session.commit()
    outcome = envelope if isinstance(envelope, Outcome) else line.hand_over(envelope)
    service.record(message, outcome)
    if outcome.is_error:
        news.tell_troubles()
        # The batch is locked, and others wait for it.
        db.session.commit()


def _prepare(message: Message) -> Envelope | Outcome:
    try:
        return render(message, clock.now()).envelope()
    except Exception as error:  # noqa: BLE001 - a template may fail in any way
        # It must stop neither the other messages nor the worker.
        trace = traceback.format_exc()
        logger.error("a message could not be rendered", message=message.id, trace=trace)
        return Outcome(Result.LATER, f"{type(error).__name__}: {error}")
