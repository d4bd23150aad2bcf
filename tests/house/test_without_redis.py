"""What holds while Redis is gone: answers get through at once, and guessing stays limited."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery import Celery
from flask import Flask
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import select

from coopevents import clock, jobs
from coopevents.config import limiter_url
from coopevents.db import db
from coopevents.invitations import service as invitations
from coopevents.invitations.models import InvitationState
from coopevents.jobs import Job
from coopevents.mail.models import Message, MessageState
from coopevents.web import limiter
from tests.browsing import hidden
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation
from workers.mail import sweep_mail

SOON = 1.0
"""Seconds. Kombu's own patience is six."""


@pytest.fixture
def silent() -> Iterator[str]:
    """A Redis that takes calls and says nothing; its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@pytest.fixture
def gone(tmp_path: Path) -> str:
    return f"unix://{tmp_path}/gone.sock?db=0"


def _lose_redis(app: Flask, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    storage = storage_from_string(limiter_url(url), **app.config["RATELIMIT_STORAGE_OPTIONS"])
    monkeypatch.setattr(limiter, "_storage", storage)
    monkeypatch.setattr(limiter, "_limiter", FixedWindowRateLimiter(storage))
    monkeypatch.setattr(limiter, "_storage_dead", False)
    assert limiter._fallback_limiter is not None
    limiter._fallback_limiter.storage.reset()
    monkeypatch.setitem(app.config, "REDIS_URL", url)
    monkeypatch.setattr(jobs, "celery", Celery("lost", set_as_current=False))
    jobs.init(app)


@pytest.fixture
def invitation(programme):
    day = clock.today() + timedelta(days=30)
    event = make_event(programme, sessions=[(day, "07:30", "11:00")])
    return make_invitation(event, make_organisation(programme, email="an@coop.example"))


@pytest.fixture
def path(invitation):
    return invitations.new_link(invitation).removeprefix("http://localhost")


DELEGATE = {
    "delegates-0-full_name": "Nguyễn Thị Hoa",
    "delegates-0-sex": "female",
    "delegates-0-post": "director",
}


def _accept(client, path):
    page = client.get(path).text
    hidden_fields = {name: hidden(page, name) for name in ("csrf_token", "submission")}
    return client.post(f"{path}/accept", data={**hidden_fields, **DELEGATE})


def test_an_answer_gets_through_at_once_and_its_mail_waits_for_the_sweep(
    app, client, monkeypatch, invitation, path, gone
):
    _lose_redis(app, monkeypatch, gone)

    began = time.perf_counter()
    answer = _accept(client, path)
    took = time.perf_counter() - began

    db.session.refresh(invitation)
    waiting = db.session.scalars(select(Message.state).where(Message.address == "an@coop.example"))
    assert (answer.status_code, invitation.state) == (303, InvitationState.ACCEPTED)
    assert waiting.all() == [MessageState.QUEUED]
    assert took < SOON


def test_what_was_not_rung_for_is_rung_for_by_the_sweep_once_redis_is_back(
    app, client, monkeypatch, path, gone
):
    rung = []
    with monkeypatch.context() as lost:
        _lose_redis(app, lost, gone)
        _accept(client, path)
    monkeypatch.setattr(jobs.celery, "send_task", lambda name, args: rung.append((name, args)))

    sweep_mail()

    assert rung == [(Job.DELIVER_MESSAGES, ())]


def test_a_ring_does_not_wait_for_a_redis_that_says_nothing(app, monkeypatch, silent):
    _lose_redis(app, monkeypatch, silent)
    jobs.enqueue(Job.DELIVER_MESSAGES)
    jobs.enqueue(Job.SWEEP_MAIL)

    began = time.perf_counter()
    db.session.commit()
    took = time.perf_counter() - began

    assert took < jobs.PATIENCE_SECONDS + SOON


def test_digits_are_tried_five_times_an_hour_without_redis_too(
    app, client, monkeypatch, path, gone
):
    _lose_redis(app, monkeypatch, gone)
    csrf = hidden(client.get(path).text)

    data = {"csrf_token": csrf, "digits": "0000"}
    statuses = [client.post(f"{path}/names", data=data).status_code for _each in range(6)]

    assert statuses == [422] * 5 + [429]


@pytest.mark.parametrize("url", ["gone", "silent"])
def test_wrong_codes_are_limited_without_redis_too(app, client, monkeypatch, url, request):
    _lose_redis(app, monkeypatch, request.getfixturevalue(url))
    csrf = hidden(client.get("/c").text)

    data = {"csrf_token": csrf, "code": "AAA-AAA-AAAA"}
    statuses = [client.post("/c", data=data).status_code for _each in range(11)]

    assert statuses == [422] * 10 + [429]
