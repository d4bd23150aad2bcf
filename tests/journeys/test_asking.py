"""Somebody who is not invited asks for a place on her phone, and comes, without any script."""

import re
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from coopevents.db import db
from coopevents.invitations.models import InvitationState
from coopevents.invitations.queries import list_invited
from coopevents.registrations.queries import list_delegates
from tests.event_factories import make_event
from tests.factories import make_organisation
from tests.journeys.test_life import deliver, office, officer, the_programme, time

__all__ = ["office", "officer", "time"]

pytestmark = pytest.mark.browser

TITLE = "Hội thảo thương mại điện tử"


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A small phone whose browser runs no script."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=False, locale="en-GB"
    )
    shown = context.new_page()
    shown.set_default_timeout(30_000)
    yield shown
    context.close()


def fits(phone: Page) -> bool:
    """Whether nothing of the page lies beside the screen."""
    wide = phone.locator("html").bounding_box()
    main = phone.locator("main").bounding_box()
    return max(wide["width"], main["x"] + main["width"]) <= 360


def link_in(raw: bytes) -> str:
    """Answer the personal link of a mail."""
    mail = message_from_bytes(raw, policy=policy.default)
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"http://localhost(/r/\S+)", text)[1]


def test_a_place_is_asked_for_approved_and_taken(officer, office, time, smtp_server, phone):
    programme = the_programme()
    make_organisation(programme, name="Hợp tác xã Rau An")
    event = make_event(
        programme, title=TITLE, sessions=[(date(2027, 1, 12), "07:30", "11:00")], capacity=20
    )
    event.listed_publicly = True
    db.session.commit()
    page: Page = officer

    # An officer opens registration.
    page.goto(f"{office}/events/{event.id}/requests/")
    page.get_by_role("link", name="Open registration").click()
    page.get_by_label("Organisations that are not invited may ask for a place").check()
    page.get_by_label("Until the end of").fill("2027-01-05")
    page.get_by_label("For whom it is").fill("Women-led cooperatives")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Women-led cooperatives")).to_be_visible()

    # Somebody finds it, and asks; first with a slip.
    phone.goto(f"{office}/activities?lang=en")
    phone.get_by_role("link", name="Ask for a place").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(TITLE)
    phone.get_by_label("Name of your organisation").fill("HTX Rau An")
    phone.get_by_label("Your name").fill("Nguyễn Thị Hoa")
    phone.get_by_label("E-mail", exact=True).fill("hoa@coop.example")
    phone.get_by_label("How many of you would come?").fill("2")
    phone.get_by_role("button", name="Send the request").click()
    expect(phone.get_by_text("Something in the form is not right yet.")).to_be_visible()
    assert fits(phone)
    phone.get_by_label("decide on this request").check()
    phone.get_by_role("button", name="Send the request").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your request has arrived")
    assert fits(phone)
    assert deliver(time, smtp_server) == ["hoa@coop.example"]

    # The officer sees it, recognises it and approves.
    page.goto(f"{office}/events/{event.id}")
    page.get_by_role("link", name="Requests (1)").click()
    expect(page.get_by_text("Hợp tác xã Rau An")).to_be_visible()
    page.get_by_role("link", name="Open", exact=True).click()
    page.get_by_label("Hợp tác xã Rau An").check()
    page.get_by_role("button", name="Approve and send the link").click()
    expect(page.get_by_text("Approved")).to_be_visible()
    assert deliver(time, smtp_server) == ["hoa@coop.example"]

    # The link in the mail is answered as any other.
    link = link_in(smtp_server.accepted[-1].data)
    phone.goto(f"{office}{urlsplit(link).path}?lang=en")
    phone.get_by_text("Yes, somebody comes").click()
    first = phone.locator("fieldset").filter(has_text="Delegate 1")
    first.get_by_label("Full name").fill("Nguyễn Thị Hoa")
    first.get_by_label("Sex").select_option("female")
    first.get_by_label("Post in the cooperative").select_option("director")
    phone.get_by_role("button", name="Send the names").click()
    expect(phone.get_by_text("Your answer has arrived.")).to_be_visible()

    db.session.rollback()
    (invited,) = list_invited(event)
    named = [delegate.person.full_name for delegate in list_delegates(invited.invitation)]
    assert invited.invitation.state is InvitationState.ACCEPTED
    assert invited.invitation.seats == 2
    assert named == ["Nguyễn Thị Hoa"]
