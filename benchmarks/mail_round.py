"""A round of 10,000 invitations from the click to the last mail, beside bare SMTP in one run."""

import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from datetime import time as hour
from pathlib import Path

from flask.testing import FlaskClient
from sqlalchemy import Select, func, select

from benchmarks import country, house, sink
from benchmarks.country import Size
from benchmarks.measure import Figure
from coopevents import clock
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.directory.models import OrganisationStatus, OrganisationStatusKind
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.plans import EventPlan, SessionPlan
from coopevents.invitations.models import Invitation
from coopevents.lifecycle import planning
from coopevents.mail.message import Envelope
from coopevents.mail.models import Message, MessageState
from coopevents.mail.rendering import render
from coopevents.programme.models import ProgrammeBody
from coopevents.programme.queries import the_programme

ROUND = 10_000
SMALL = 1_000
SLOW_ROUND = 4_000
SLOW_MS = 20
WORKERS = 2
LINES = 8
"""Connections of all workers together where the relay is slow."""

LIMIT_MAILS = 5_000
LIMIT_SLOW_MAILS = 800
PATIENCE = 300
"""Seconds after which a round is given up as lost."""


def run() -> list[Figure]:
    """Measure both relays; each beside its limit, over the same messages."""
    with ExitStack() as stack:
        quick = stack.enter_context(sink.running())
        slow = stack.enter_context(sink.running(SLOW_MS))
        settings = {
            "MAIL_SERVER": sink.HOST,
            "MAIL_PORT": str(quick),
            "MAIL_HOLD_SECONDS": "0",
            "MAIL_WINDOW": "always",
            "MAIL_RATE_PER_MINUTE": "0",
            "MAIL_CONNECTIONS": str(LINES // WORKERS),
        }
        os.environ.update(settings)
        app = stack.enter_context(house.scratch())
        country.fill(Size(organisations=ROUND * 5 // 4, people_each=1))
        client = house.officer(app)
        return [*_quick(client, quick), *_slow(client, slow)]


def _quick(client: FlaskClient, port: int) -> list[Figure]:
    _asked, small_rate, small_memory = _round(client, port, SMALL)
    asked, rate, memory = _round(client, port, ROUND)
    limit = _bare_rate(port, 1, LIMIT_MAILS)
    return [
        Figure(
            f"request that starts a round of {ROUND:,}",
            f"{asked:.1f} s",
            "–",
            "≤ 3 s",
            asked <= 3,
        ),
        _ratio(f"round of {ROUND:,}, {WORKERS} workers", rate, limit, 0.2),
        Figure(
            "memory of the workers",
            f"{memory:.0f} MB after {ROUND:,}",
            f"{small_memory:.0f} MB after {SMALL:,} ({small_rate:.0f} /s)",
            "≤ 1.1 ×",
            memory <= 1.1 * small_memory,
        ),
    ]


def _slow(client: FlaskClient, port: int) -> list[Figure]:
    _asked, rate, _memory = _round(client, port, SLOW_ROUND)
    limit = _bare_rate(port, LINES, LIMIT_SLOW_MAILS)
    return [_ratio(f"round of {SLOW_ROUND:,}, relay of {SLOW_MS} ms", rate, limit, 0.6)]


def _ratio(job: str, rate: float, limit: float, budget: float) -> Figure:
    ratio = rate / limit
    return Figure(
        job,
        f"{rate:.0f} /s, {ratio:.2f} of it",
        f"{limit:.0f} /s",
        f"≥ {budget}",
        ratio >= budget,
    )


def _round(client: FlaskClient, port: int, size: int) -> tuple[float, float, float]:
    """Answer the seconds of the request, the mails a second from click to last, and megabytes."""
    event_id, token = event_of(size)
    with _workers(port) as pid:
        before = sink.taken(port)
        started = time.perf_counter()
        answer = client.post(f"/events/{event_id}/invitations/", data={"preview_token": token})
        asked = time.perf_counter() - started
        if answer.status_code != 303:
            raise RuntimeError(f"The round was refused: {answer.status_code}.")
        while sink.taken(port) < before + size:
            if time.perf_counter() - started > PATIENCE:
                raise RuntimeError(f"{sink.taken(port) - before} of {size} mails came.")
            time.sleep(0.05)
        taken = time.perf_counter() - started
        memory = sum(_peak(child) for child in _children(pid))
    _require_each_once(event_id, size, sink.taken(port) - before)
    return asked, size / taken, memory


def event_of(size: int) -> tuple[int, str]:
    """Publish an activity; answer it, and the token of a list of so many organisations."""
    event = planning.plan_event(the_programme().id, _plan(clock.today() + timedelta(days=60)))
    event_service.publish(event)
    ids = db.session.scalars(
        select(OrganisationStatus.organisation_id)
        .where(OrganisationStatus.status == OrganisationStatusKind.OPERATING)
        .order_by(OrganisationStatus.organisation_id)
        .limit(size)
    ).all()
    shown = audience.preview(event, Audience(organisation_ids=tuple(ids)), 2)
    if len(shown.invitees) != size:
        raise RuntimeError(f"{len(shown.invitees)} of {size} organisations can be invited.")
    token = audience.preview_token(event, shown)
    db.session.commit()
    return event.id, token


def _plan(day: date) -> EventPlan:
    programme = the_programme()
    lead, co_host = db.session.scalars(
        select(ProgrammeBody.body_id)
        .where(ProgrammeBody.programme_id == programme.id)
        .order_by(ProgrammeBody.rank)
    )
    return EventPlan(
        kind_id=events.get_kind("training", programme.id).id,
        title="Tập huấn quản trị hợp tác xã",
        place="Hội trường tỉnh",
        lead_body_id=lead,
        co_host_ids=[co_host],
        contact_name="Nguyễn Thị Mẫu",
        contact_phone="0210 000 0000",
        contact_email="office@coop.example",
        sessions=[SessionPlan(day, hour(8), hour(11))],
    )


@contextmanager
def _workers(port: int) -> Iterator[int]:
    """Have the mail workers run as an office runs them, with beat, and answer their parent."""
    environment = {**os.environ, "MAIL_PORT": str(port)}
    celery = [sys.executable, "-m", "celery", "-A", "workers.celery"]
    commands = [
        [*celery, "worker", "--queues", "mail,default", "--concurrency", str(WORKERS)],
        [*celery, "beat", "--pidfile=", "--schedule", f"{os.environ['DATA_DIR']}/beat"],
    ]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
            for command in commands
        ]
        try:
            _wait_for_children(started[0].pid)
            yield started[0].pid
        finally:
            for process in started:
                process.terminate()


def _wait_for_children(pid: int) -> None:
    until = time.monotonic() + PATIENCE
    while len(_children(pid)) < WORKERS:
        if time.monotonic() > until:
            raise RuntimeError("The workers did not start.")
        time.sleep(0.1)
    # What they load at their first task is no part of a round.
    time.sleep(2)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _peak(pid: int) -> float:
    """Answer the most memory the process has held, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def _require_each_once(event_id: int, size: int, arrived: int) -> None:
    """Refuse a figure made of mails that are lost, twice, or not recorded."""
    until = time.monotonic() + 10
    sent = 0
    while sent < size and time.monotonic() < until:
        sent = db.session.scalar(_sent_of(event_id)) or 0
        db.session.rollback()
        time.sleep(0.1)
    if (sent, arrived) != (size, size):
        raise RuntimeError(f"Of {size} mails {arrived} arrived and {sent} are recorded.")


def _sent_of(event_id: int) -> Select[int]:
    return (
        select(func.count())
        .select_from(Message)
        .join(Invitation, Invitation.id == Message.about_id)
        .where(Invitation.event_id == event_id, Message.state == MessageState.SENT)
    )


def _bare_rate(port: int, lines: int, mails: int) -> float:
    """Answer the mails a second of ready-made messages over so many bare connections."""
    envelope = _ready_made()
    with ThreadPoolExecutor(lines) as threads:
        started = time.perf_counter()
        done = [threads.submit(_send_bare, port, envelope, mails // lines) for _ in range(lines)]
        for one in done:
            one.result()
        return mails / (time.perf_counter() - started)


def _send_bare(port: int, envelope: Envelope, mails: int) -> None:
    with smtplib.SMTP(sink.HOST, port) as line:
        for _mail in range(mails):
            line.sendmail(envelope.sender, [envelope.recipient], envelope.data)


def _ready_made() -> Envelope:
    message = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    return render(message, clock.now()).envelope()
