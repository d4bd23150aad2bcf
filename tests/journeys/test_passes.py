"""A cooperative on one phone answers, shows its passes, changes its mind; a stranger looks on."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import icalendar
import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from coopevents import clock
from coopevents.db import db
from coopevents.invitations import service as invitations
from coopevents.programme.queries import the_programme
from coopevents.registrations import passes, queries
from tests.event_factories import make_event, make_invitation, make_representation
from tests.factories import make_organisation, make_person
from tests.journeys.serving import serving

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Invited:
    """A cooperative that was invited, and the address of its link."""

    address: str
    invitation_id: int
    calendar_uid: str


@pytest.fixture
def invited(own_app: Flask) -> Iterator[Invited]:
    """An invitation to a cooperative known by a phone and by one delegate of last year."""
    with serving(own_app) as address:
        own_app.config["BASE_URL"] = address
        yield _invite()


def _invite() -> Invited:
    programme = the_programme()
    organisation = make_organisation(
        programme, name="HTX Rau An", phone="+842103111222", woman_head=None
    )
    known, earlier = make_person(programme, full_name="Lê Thị Mai"), make_event(programme)
    make_representation(earlier, known, organisation)
    day = clock.today() + timedelta(days=10)
    event = make_event(
        programme, title="Tập huấn chuyển đổi số", sessions=[(day, "07:30", "11:00")]
    )
    invitation = make_invitation(event, organisation, seats=2)
    link = invitations.new_link(invitation)
    db.session.commit()
    return Invited(f"{link}?lang=en", invitation.id, invitation.calendar_uid)


@pytest.fixture(params=["with script", "without script"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """The browser of a small phone, once as it is and once without JavaScript."""
    context = browser.new_context(
        viewport=PHONE,
        accept_downloads=True,
        locale="en-GB",
        java_script_enabled=request.param == "with script",
    )
    yield context.new_page()
    context.close()


def name_delegate(page: Page, row: int, name: str) -> None:
    """Type a delegate into a row of the open form."""
    place = page.get_by_role("group", name=f"Delegate {row}")
    place.get_by_label("Full name").fill(name)
    place.get_by_label("Sex").select_option("female")
    place.get_by_label("Post in the cooperative").select_option("director")


def scanned(page: Page) -> str:
    """Answer what any phone's camera reads off the page."""
    picture = Image.open(io.BytesIO(page.screenshot()))
    (code,) = zxingcpp.read_barcodes(picture)
    return code.text


def test_from_an_answer_to_the_pass_and_back(invited, phone):
    phone.goto(invited.address)
    phone.get_by_text("Yes, somebody comes").click()
    name_delegate(phone, 1, "Nguyễn Thị Hoa")
    phone.get_by_role("button", name="Send the names").click()
    expect(phone.get_by_text("Your answer has arrived.")).to_be_visible()

    phone.get_by_text("Text to forward in Zalo").first.click()
    text = phone.get_by_role("textbox", name="Text to forward in Zalo").input_value()
    with phone.expect_download() as downloading:
        phone.get_by_role("link", name="Put it into your calendar").click()
    file = icalendar.Calendar.from_ical(Path(downloading.value.path()).read_bytes())
    phone.get_by_role("link", name="Pass with QR code").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Nguyễn Thị Hoa")
    pass_page, address = phone.url, scanned(phone)
    fits = phone.evaluate("document.documentElement.scrollWidth <= innerWidth")

    (entry,) = file.walk("VEVENT")
    assert str(entry["UID"]).startswith(f"{invited.calendar_uid}-")
    assert pass_page == f"{address}?lang=en"
    assert pass_page in text
    assert "HTX Rau An" in text
    assert passes.registration_of(address.rpartition("/")[2]).person.full_name == "Nguyễn Thị Hoa"
    assert fits is True

    phone.goto(invited.address)
    phone.get_by_text("Change your delegates").click()
    name_delegate(phone, 1, "Trần Thị Lan")
    phone.get_by_role("button", name="Save the change").click()
    expect(phone.locator(".named bdi").first).to_have_text("Trần Thị Lan")
    assert "Hoa" not in phone.content()

    gone = phone.goto(address + "?lang=en")
    expect(phone.get_by_role("heading", level=1)).to_have_text("This pass does not hold any more")
    assert gone.status == 410
    assert "Hoa" not in phone.content()


def test_somebody_known_is_masked_then_shown_then_ticked(invited, phone):
    phone.goto(invited.address)
    phone.get_by_text("Yes, somebody comes").click()
    expect(phone.get_by_label("Lê T. M.")).to_be_visible()
    assert "Thị Mai" not in phone.content()

    phone.get_by_text("See the names in full").click()
    phone.get_by_label("Last 4 digits of a phone").fill("9999")
    phone.get_by_role("button", name="Show the names").click()
    expect(phone.get_by_text("These are not the last digits of a phone we know.")).to_be_visible()
    phone.get_by_label("Last 4 digits of a phone").fill("1222")
    phone.get_by_role("button", name="Show the names").click()
    phone.get_by_text("Yes, somebody comes").click()
    phone.get_by_label("Lê Thị Mai").check()
    phone.get_by_role("button", name="Send the names").click()
    phone.get_by_role("link", name="Pass with QR code").click()

    db.session.rollback()
    registration = passes.registration_of(scanned(phone).rpartition("/")[2])
    assert registration.person.full_name == "Lê Thị Mai"
    assert len(queries.representations_of(registration)) == 1
    assert "1222" not in phone.url


def test_a_second_phone_sees_the_seats_but_neither_names_nor_passes(invited, phone, browser):
    phone.goto(invited.address)
    phone.get_by_text("Yes, somebody comes").click()
    name_delegate(phone, 1, "Nguyễn Thị Hoa")
    phone.get_by_role("button", name="Send the names").click()
    second = browser.new_context(viewport=PHONE, locale="en-GB")
    stranger = second.new_page()

    stranger.goto(invited.address)

    expect(stranger.locator(".named bdi")).to_have_text("Nguyễn T. H.")
    seen = stranger.content()
    second.close()
    assert ("Thị Hoa" in seen, "/p/" in seen) == (False, False)
