"""The main job, end to end, in a browser, against the demo's own processes and its mails."""

import os
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from coopevents import clock
from coopevents.demo.accounts import OFFICER, PASSWORD
from tests.journeys.processes import free_port, running, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.long]

TITLE = "Tập huấn Luật Hợp tác xã – kiểm thử"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo, started as `make demo` starts it; answers its address."""
    folder = tmp_path_factory.mktemp("demo")
    port, log = free_port(), folder / "demo.log"
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAIL")},
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "MAIL_HOLD_SECONDS": "1",
    }
    program = str(Path(sys.executable).with_name("coopevents"))
    with running([program, "demo"], environ, log) as process:
        wait_until(lambda: "coopevents is ready" in log.read_text("utf-8"), process, log, 300)
        yield f"http://127.0.0.1:{port}"


def sign_in(page: Page, demo: str) -> None:
    page.goto(f"{demo}/sign-in?lang=en")
    page.get_by_role("button", name="English").click()
    page.get_by_label("E-mail").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def soon() -> datetime:
    """Answer the second full minute from now on the office's clock, when the session begins."""
    begins = clock.local(clock.now()) + timedelta(minutes=2)
    return begins.replace(second=0, microsecond=0)


def plan(page: Page, demo: str, begins: datetime) -> None:
    page.goto(f"{demo}/events/new")
    page.get_by_role("link", name="Training", exact=True).click()
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Lead host").select_option(label="Phú Thọ Women's Union")
    page.get_by_role("group", name="Co-hosts").get_by_label("Phú Thọ Cooperative Alliance").check()
    page.get_by_role("checkbox", name=re.compile("^1\\.")).check()
    page.get_by_label("Place", exact=True).fill("Hội trường")
    page.get_by_label("Places in all").fill("3")
    for number, (starts, ends) in enumerate(
        [(begins, begins + timedelta(minutes=1)), (begins + timedelta(minutes=2),) * 2]
    ):
        row = page.get_by_role("group", name=f"Session {number + 1}", exact=True)
        row.get_by_label("Day").fill(f"{starts:%Y-%m-%d}")
        row.get_by_label("From").fill(f"{starts:%H:%M}")
        row.get_by_label("Until").fill(f"{ends + timedelta(minutes=1):%H:%M}")
    page.get_by_label("Contact person", exact=True).fill("Cán bộ mẫu")
    page.get_by_label("Phone of the contact person").fill("0900 000 000")
    page.get_by_label("E-mail of the contact person").fill("phoihop@coop.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    page.goto(f"{demo}/events/")
    page.get_by_role("link", name=TITLE).click()


def invite(page: Page) -> int:
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_label("Women-led only").check()
    page.get_by_label("Cooperatives", exact=True).check()
    for commune in page.get_by_role("group", name="Communes").get_by_role("checkbox").all()[:12]:
        commune.check()
    page.get_by_role("button", name="Show the names").click()
    heading = page.get_by_role("heading", level=1).inner_text()
    every = int(re.search(r"\d+", heading)[0])
    mailed = page.get_by_role("table", name="These get an invitation").locator("tbody tr").count()
    others = page.get_by_role("table", name="No e-mail reaches these").locator("tbody tr").count()
    assert (mailed + others, others > 0) == (every, True)
    page.get_by_role("button", name="Invite them, as chosen above").click()
    expect(page.get_by_text(f"{mailed} of {mailed}")).to_be_visible(timeout=60_000)
    return mailed


def links_in_mails(page: Page, demo: str, number: int) -> list[str]:
    """Answer the personal link of each invitation, read from the catcher's pages."""
    page.goto(f"{demo}/demo/mails")
    mails = page.get_by_role("link", name=re.compile(re.escape(TITLE)))
    expect(mails).to_have_count(number)
    addresses = [link.get_attribute("href") for link in mails.all()]
    found = []
    for address in addresses:
        page.goto(demo + address)
        found.append(page.locator(".mail-text a", has_text="/r/").first.get_attribute("href"))
    return found


def register(page: Page, link: str, *names: str) -> None:
    page.goto(f"{link}?lang=en")
    page.get_by_text("Yes, somebody comes").click()
    for number, name in enumerate(names, start=1):
        row = page.get_by_role("group", name=f"Delegate {number}", exact=True)
        row.get_by_label("Full name").fill(name)
        row.get_by_label("Sex").select_option(label="Female")
        row.get_by_label("Post in the cooperative").select_option(label="Director")
    page.get_by_role("button", name="Send the names").click()
    expect(page.get_by_text("Your answer has arrived.")).to_be_visible()


def cancel_session(page: Page, reason: str) -> None:
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_label("Why").fill(reason)
    page.get_by_role("button", name="Show what follows").click()
    page.get_by_role("button", name=re.compile("^Confirm")).click()
    expect(page.get_by_text(reason)).to_be_visible()


def call_roll(page: Page) -> None:
    page.get_by_role("link", name="Roll call").first.click()
    for name, mark in (("Hoa Một", "Present"), ("Mai Hai", "Present"), ("Lan Ba", "Absent")):
        page.get_by_role("group", name=name).get_by_label(mark).check()
    page.get_by_role("button", name="Save the marks").click()
    page.get_by_label("Full name").fill("Khách Vãng Lai")
    page.get_by_role("button", name="Add and mark present").click()
    mistake = page.get_by_role("row").filter(has_text="Mai Hai")
    mistake.get_by_label("Reason").fill("Nhầm người")
    mistake.get_by_role("button", name="Take back").click()
    page.get_by_role("group", name="Mai Hai").get_by_label("Excused").check()
    page.get_by_role("button", name="Save the marks").click()
    expect(page.get_by_text("Nhầm người")).to_be_visible()


def test_an_activity_from_its_plan_to_the_report(demo, page, tmp_path):
    sign_in(page, demo)
    begins = soon()
    plan(page, demo, begins)
    event = page.url

    number = invite(page)
    links = links_in_mails(page, demo, number)
    register(page, links[0], "Hoa Một", "Mai Hai")
    register(page, links[1], "Lan Ba", "Đào Bốn")
    expect(page.get_by_text("On the waiting list")).to_be_visible()
    page.goto(f"{links[2]}?lang=en")
    page.get_by_text("No, nobody can come").click()
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_text("You answered that nobody can come.")).to_be_visible()

    page.wait_for_timeout(max(0, (begins - clock.local(clock.now())).total_seconds()) * 1000)
    page.goto(event)
    page.get_by_role("button", name="Was held").first.click()
    cancel_session(page, "Mưa bão")
    page.goto(event)
    call_roll(page)
    page.goto(event)
    page.get_by_role("link", name="Close", exact=True).click()
    page.get_by_role("button", name="Close the activity").click()
    page.goto(event)
    expect(page.get_by_text("Closed", exact=True).first).to_be_visible()
    expect(page.get_by_text("People present").locator("..")).to_contain_text("2")

    report = compile_report(page, demo)
    rows = report.get_by_role("link", name="Joint activities held")
    rows.click()
    expect(page.get_by_text(TITLE)).to_be_visible()
    page.go_back()
    told = Document(download(page, "Report (DOCX)", tmp_path))
    words = "\n".join(
        cell.text for table in told.tables for row in table.rows for cell in row.cells
    )
    assert "LIÊN MINH HỢP TÁC XÃ" in words
    assert TITLE in words
    sheets = load_workbook(download(page, "Tables (XLSX)", tmp_path))
    assert TITLE in [cell.value for row in sheets["Hoạt động"] for cell in row]
    page.goto(f"{demo}/attendance/by-organisation")
    expect(page.get_by_role("columnheader", name=re.compile(re.escape(TITLE)))).to_be_visible()


def compile_report(page: Page, demo: str) -> Page:
    """Have the report of the year that today belongs to compiled, and wait for its figures."""
    page.goto(f"{demo}/reports/")
    today = clock.today()
    year = today.year + (today.month == 12 and today.day > 14)
    page.get_by_role("button", name=f"Compile the report {year}", exact=True).click()
    expect(page.get_by_role("link", name="Joint activities held")).to_be_visible(timeout=60_000)
    return page


def download(page: Page, label: str, folder: Path) -> Path:
    with page.expect_download() as started:
        page.get_by_role("link", name=label).click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path
