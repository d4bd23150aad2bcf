"""An officer watches a round leave: the numbers move on her open page while a worker sends."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from coopevents import clock
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.audience import Audience
from coopevents.db import db
from coopevents.lifecycle import inviting
from coopevents.mail.models import Batch, Message
from coopevents.programme.models import Programme
from tests.browsing import PASSWORD
from tests.event_factories import make_event
from tests.factories import make_organisation
from tests.journeys.serving import serving
from tests.smtp import SmtpServer
from workers.mail import deliver_messages

pytestmark = pytest.mark.browser

OFFICER = "canbo@coop.example"
GUESTS = 40
AT_REST = "Nothing of this round waits any more."
PATIENCE = 60_000


@pytest.fixture
def path(own_app: Flask, smtp_server: SmtpServer) -> str:
    """The page of a round to forty cooperatives that nobody has sent yet."""
    smtp_server.point(own_app)
    programme = db.session.scalars(select(Programme)).one()
    user = accounts.create_user(OFFICER, "Cán bộ (mẫu)", PASSWORD)
    accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    for number in range(GUESTS):
        make_organisation(programme, name=f"HTX {number:02}", email=f"m{number}@coop.example")
    day = clock.today() + timedelta(days=30)
    event = make_event(programme, title="Tập huấn", sessions=[(day, "07:30", "11:00")])
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    opened = inviting.invite(event, shown, "vi")
    db.session.execute(update(Batch).values(window="always"))
    db.session.commit()
    return f"/events/{event.id}/invitations/rounds/{opened.id}"


@pytest.fixture
def office(own_app: Flask, path: str) -> Iterator[str]:
    """A web server over the database of the test; answers its address."""
    with serving(own_app) as address:
        yield address


@pytest.fixture
def watching(page: Page, office: str, path: str) -> Page:
    """The page of the round, open before an officer, in English."""
    page.goto(f"{office}/sign-in?lang=en")
    page.get_by_role("button", name="English").click()
    page.get_by_label("E-mail").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{office}{path}")
    page.evaluate("window.sameDocument = true")
    return page


@contextmanager
def sending(app: Flask) -> Iterator[None]:
    """Let a worker send for the length of the `with`."""

    def send() -> None:
        with app.app_context():
            deliver_messages()

    worker = threading.Thread(target=send)
    worker.start()
    try:
        yield
    finally:
        worker.join()


def _number(page: Page, label: str) -> int:
    return int(page.locator(".figure", has_text=label).locator(".figure-number").inner_text())


def _bar(page: Page) -> float:
    return page.get_by_role("progressbar").evaluate("bar => bar.value")


def test_the_numbers_move_while_a_worker_sends(watching, own_app, smtp_server):
    smtp_server.delay = 0.8
    page: Page = watching
    before = (_number(page, "Waiting"), _number(page, "Sent"), _bar(page))

    with sending(own_app):
        sent = page.locator(".figure", has_text="Sent").locator(".figure-number")
        expect(sent).not_to_have_text("0")
        midway = (_number(page, "Sent"), _bar(page))
        expect(page.get_by_text(AT_REST)).to_be_visible(timeout=PATIENCE)

    assert before == (GUESTS, 0, 0)
    assert 0 < midway[0] < GUESTS
    assert 0 < midway[1] < GUESTS
    assert (_number(page, "Waiting"), _number(page, "Sent"), _bar(page)) == (0, GUESTS, GUESTS)
    assert page.evaluate("window.sameDocument") is True
    assert page.locator("[hx-get]").count() == 0
    assert page.get_by_role("button", name="Stop").count() == 0


def test_a_pause_shows_on_the_open_page_and_behind_the_bell(
    watching, office, path, own_app, smtp_server
):
    page: Page = watching
    smtp_server.answer = "451 4.3.0 come back later"

    with sending(own_app):
        expect(page.get_by_text("This round has paused.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("451 4.3.0 come back later")).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
    page.goto(f"{office}/notices/")
    expect(page.locator(".bell strong")).to_contain_text("1")
    page.get_by_role("link", name=re.compile("the sending has paused")).click()
    assert page.url == f"{office}{path}"
    smtp_server.answer = None
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("This round has paused.")).to_have_count(0)
    db.session.execute(update(Message).values(next_try_at=clock.now()))
    db.session.commit()
    with sending(own_app):
        expect(page.get_by_text(AT_REST)).to_be_visible(timeout=PATIENCE)

    assert set(smtp_server.count_by_recipient().values()) == {1}
    assert len(smtp_server.accepted) == GUESTS
