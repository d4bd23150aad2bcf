"""An activity from the yearly plan to its closing, and a fair to what came of it, in a browser.

Months pass in it, so the clock of the test is the clock of the server, which runs in a thread.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.events import queries as events
from coopevents.events import service
from coopevents.events.models import Event, EventState, SessionState
from coopevents.events.plans import AgendaPoint
from coopevents.invitations.queries import list_invited, list_rounds
from coopevents.outcomes.trade.models import TradeCall, TradeResult
from coopevents.programme.models import Programme
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import compute
from tests.browsing import PASSWORD
from tests.event_factories import close, make_event, sessions_of
from tests.factories import make_organisation
from tests.journeys.serving import serving
from tests.smtp import SmtpServer
from workers.mail import deliver_messages

DECEMBER = datetime(2026, 12, 1, 9, tzinfo=clock.LOCAL_ZONE)
OFFICER = "quanly@coop.example"
TITLE = "Tập huấn quản trị 2027"


@pytest.fixture
def time() -> Iterator[time_machine.Traveller]:
    """The clock of the office, which the test moves on."""
    with time_machine.travel(DECEMBER, tick=True) as traveller:
        yield traveller


@pytest.fixture
def office(own_app: Flask, time, smtp_server: SmtpServer) -> Iterator[str]:
    """A web server over a database of its own, and an administrator; answers its address."""
    smtp_server.point(own_app)
    programme = db.session.scalars(select(Programme)).one()
    user = accounts.create_user(OFFICER, "Cán bộ (mẫu)", PASSWORD)
    accounts.add_member(user, Role.ADMINISTRATOR, programme_id=programme.id, body=None)
    db.session.commit()
    with serving(own_app) as address:
        yield address


@pytest.fixture
def officer(page: Page, office: str) -> Page:
    """The administrator at her screen, in English."""
    sign_in(page, office)
    return page


def sign_in(page: Page, office: str) -> None:
    page.goto(f"{office}/sign-in?lang=en")
    page.get_by_role("button", name="English").click()
    page.get_by_label("E-mail").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def come_back(page: Page, office: str, time: time_machine.Traveller, moment: datetime) -> None:
    """Let it be that moment, long after the session of her browser ended."""
    time.move_to(moment)
    sign_in(page, office)


def the_programme() -> Programme:
    return db.session.scalars(select(Programme)).one()


def afresh(event_id: int) -> Event:
    """Answer the activity as it is kept now."""
    db.session.rollback()
    return db.session.get_one(Event, event_id)


def last_years_training(programme: Programme) -> Event:
    event = make_event(
        programme,
        title="Tập huấn quản trị 2026",
        sessions=[(date(2026, 5, 12), "07:30", "11:00"), (date(2026, 5, 13), "07:30", "11:00")],
    )
    service.set_agenda(sessions_of(event)[0], [AgendaPoint("Khai mạc")])
    return close(event)


def deliver(time: time_machine.Traveller, smtp: SmtpServer) -> list[str]:
    """Let the hold pass and the worker send; answer who got a mail by it."""
    before = len(smtp.accepted)
    time.shift(timedelta(minutes=5))
    deliver_messages()
    return sorted(one.recipient for one in smtp.accepted[before:])


def new_days(page: Page, *days: str) -> None:
    for number, day in enumerate(days):
        page.locator(f"[name=sessions-{number}-held_on]").fill(day)


def confirm(page: Page, why: str) -> None:
    page.get_by_label("Why").fill(why)
    page.get_by_role("button", name="Show what follows").click()


def test_an_activity_from_the_plan_to_its_closing(officer, office, time, smtp_server, own_app):
    programme = the_programme()
    for name, mailbox in (("An", "an"), ("Bình", "binh")):
        make_organisation(programme, name=f"HTX {name}", email=f"{mailbox}@coop.example")
    last_years_training(programme)
    db.session.commit()
    page: Page = officer

    # The plan of the year, and a draft like last year's.
    page.goto(f"{office}/programme/settings/plan/2027/new")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Plan it").click()
    page.get_by_role("link", name="Tập huấn quản trị 2026").click()
    page.get_by_label("First day").fill("2027-05-11")
    page.get_by_role("button", name="Save").click()
    event_id = int(page.url.rsplit("/", 1)[1])
    event = afresh(event_id)
    assert (event.title, event.state, event.year_plan.title) == (TITLE, EventState.DRAFT, TITLE)
    assert [s.held_on for s in events.list_sessions(event)] == [
        date(2027, 5, 11),
        date(2027, 5, 12),
    ]

    # Published, and two cooperatives invited; one answers.
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    page.goto(f"{office}/events/{event_id}/invitations/new")
    page.get_by_label("Cooperatives", exact=True).check()
    page.get_by_role("button", name="Show the names").click()
    page.get_by_role("button", name="Send to 2 organisations").click()
    assert deliver(time, smtp_server) == [
        "an@coop.example",
        "binh@coop.example",
    ]
    answer_for_an(page, office, smtp_server)

    # Postponed: what was shown to follow is what follows.
    come_back(page, office, time, datetime(2027, 4, 1, 9, tzinfo=clock.LOCAL_ZONE))
    deliver(time, smtp_server)
    page.goto(f"{office}/events/{event_id}/changes/postpone")
    new_days(page, "2027-06-08", "2027-06-09")
    confirm(page, "Trùng vụ gặt")
    expect(page.get_by_text("HTX An", exact=True).first).to_be_visible()
    assert afresh(event_id).calendar_sequence == 0
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    event = afresh(event_id)
    assert event.calendar_sequence == 1
    assert [i.invitation.state.value for i in list_invited(event)] == ["pending", "pending"]
    assert deliver(time, smtp_server) == ["an@coop.example", "binh@coop.example"]
    assert [one.kind.value for one in list_rounds(event)] == ["postponement", "invitation"]

    # A storm takes the second day; the first is held, its roll called, and the activity closed.
    come_back(page, office, time, datetime(2027, 6, 8, 12, tzinfo=clock.LOCAL_ZONE))
    page.goto(f"{office}/events/{event_id}")
    page.get_by_role("button", name="Was held").first.click()
    page.get_by_role("link", name="Cancel", exact=True).click()
    confirm(page, "Bão số 1")
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    assert deliver(time, smtp_server) == [
        "an@coop.example",
        "binh@coop.example",
    ]
    page.goto(f"{office}/events/{event_id}")
    held = page.get_by_role("row").filter(has_text="8 Jun 2027")
    held.get_by_role("link", name="Roll call").click()
    page.get_by_role("group", name="Nguyễn Thị Hoa").get_by_label("Present").check()
    page.get_by_role("button", name="Save the marks").click()
    page.goto(f"{office}/events/{event_id}/changes/close")
    page.get_by_role("button", name="Close the activity").click()

    event = afresh(event_id)
    states = [s.state for s in events.list_sessions(event)]
    assert event.state is EventState.CLOSED
    assert sorted(states) == sorted(
        [SessionState.MOVED, SessionState.MOVED, SessionState.HELD, SessionState.CANCELLED]
    )
    page.goto(f"{office}/programme/settings/plan/2027")
    expect(page.get_by_role("row").filter(has_text=TITLE)).to_contain_text("Closed")
    scope = Scope(the_programme(), date(2026, 12, 15), date(2027, 12, 14))
    assert compute("I1", scope).value == 1


def answer_for_an(page: Page, office: str, smtp: SmtpServer) -> None:
    """Have the cooperative name a delegate by the link of its mail, whose address is the test's."""
    (mail,) = [one for one in smtp.accepted if one.recipient == "an@coop.example"]
    text = mail.mail.get_payload(0).get_payload(decode=True).decode()
    token = re.search(r"/r/([\w-]+)", text)[1]
    page.goto(f"{office}/r/{token}?lang=en")
    page.get_by_text("Yes, somebody comes").click()
    row = page.get_by_role("group", name="Delegate 1", exact=True)
    row.get_by_label("Full name").fill("Nguyễn Thị Hoa")
    row.get_by_label("Sex").select_option(label="Female")
    row.get_by_label("Post in the cooperative").select_option(label="Director")
    page.get_by_role("button", name="Send the names").click()
    expect(page.get_by_text("Your answer has arrived.")).to_be_visible()
    # A page that is left while its style arrives leaves the server with half a file.
    page.wait_for_load_state()


def test_a_fair_and_what_came_of_it_three_months_later(officer, office, time):
    programme = the_programme()
    make_organisation(programme, name="HTX Chè xanh", phone="+84912000111")
    fair = make_event(
        programme,
        kind="trade_promotion",
        title="Hội chợ mẫu",
        sessions=[(date(2026, 12, 2), "08:00", "17:00")],
    )
    close(fair)
    db.session.commit()
    fair_id, page = fair.id, officer

    page.goto(f"{office}/events/{fair_id}/trade")
    page.get_by_role("link", name="Add an organisation").click()
    page.get_by_role("searchbox").fill("che xanh")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Choose").first.click()
    page.locator("[name=stands]").fill("2")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Add a product").click()
    page.get_by_label("Product").fill("Chè xanh Long Cốc")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Chè xanh Long Cốc").first).to_be_visible()

    come_back(page, office, time, datetime(2027, 3, 3, 9, tzinfo=clock.LOCAL_ZONE))
    page.goto(f"{office}/outcomes/trade/")
    page.get_by_role("link", name="Has results").first.click()
    page.get_by_label("What is sold").fill("Chè xanh")
    page.get_by_role("radio").nth(1).check()
    page.locator("[name=effective_on]").fill("2027-02-20")
    page.locator("[name=value]").fill("150.000.000")
    page.get_by_role("button", name="Save").click()

    db.session.rollback()
    (result,) = db.session.scalars(select(TradeResult))
    (call,) = db.session.scalars(select(TradeCall))
    assert (result.stage.value, result.value, result.effective_on) == (
        "signed",
        150_000_000,
        date(2027, 2, 20),
    )
    assert (call.outcome.value, call.due_month) == ("has_results", 3)
    figure = compute("I17", Scope(the_programme(), date(2026, 12, 15), date(2027, 12, 14)))
    assert figure.breakdown["value"]["signed_self_declared"] == 150_000_000
