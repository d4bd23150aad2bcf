"""Every page stands: its language, its one heading, its files, and nothing inline."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from coopevents.accounts.models import Role
from coopevents.programme.models import Programme
from tests.browsing import signed_in

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LIGHT_PAGE_BYTES = 50_000

direction = pytest.mark.parametrize(
    ("locale", "direction"), [("vi", "ltr"), ("en", "ltr"), ("ar", "rtl")]
)


class Page(HTMLParser):
    """What a page is made of, as far as these tests ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.language: tuple[str | None, str | None] = (None, None)
        self.title = ""
        self.headings = 0
        self.inline: list[str] = []
        self.files: list[str] = []
        self.ids: list[str] = []
        self.fields: dict[str, str | None] = {}
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self._inside = tag
        if tag == "html":
            self.language = (known.get("lang"), known.get("dir"))
        if tag == "h1":
            self.headings += 1
        if tag == "style" or (tag == "script" and "src" not in known):
            self.inline.append(tag)
        if tag == "input":
            self.fields[known.get("name") or ""] = known.get("value")
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.inline.append(f"{tag} {name}")
            if name in {"src", "href"} and (value or "").startswith("/static/"):
                self.files.append((value or "").partition("#")[0])
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""


@pytest.fixture
def staff(client: FlaskClient, programme: Programme) -> FlaskClient:
    """A browser in which an officer has signed in through the page."""
    return signed_in(client, programme, Role.OFFICER)


def _check(client: FlaskClient, path: str, status: int, locale: str, direction: str) -> Page:
    answer = client.get(f"{path}?lang={locale}")
    page = Page(answer.text)

    assert answer.status_code == status
    assert page.language == (locale, direction)
    assert page.title.removesuffix(" · coopevents").strip() != ""
    assert page.headings == 1
    assert page.inline == []
    assert len(page.ids) == len(set(page.ids))
    assert page.files != []
    assert [name for name in page.files if _fetch(client, name)[0] != 200] == []
    return page


def _fetch(client: FlaskClient, path: str) -> tuple[int, int]:
    """Answer the status and the weight of a file."""
    with client.get(path) as answer:
        return answer.status_code, len(answer.data)


@direction
def test_sign_in_page_stands(client, locale, direction):
    page = _check(client, "/sign-in", 200, locale, direction)

    assert {"email", "password", "remember"} <= page.fields.keys()


@direction
def test_refusal_stands_for_a_stranger(client, locale, direction):
    _check(client, "/no-such-page", 404, locale, direction)


@direction
def test_refusal_stands_for_an_officer(staff, locale, direction):
    page = _check(staff, "/no-such-page", 404, locale, direction)

    assert "/static/css/coopevents.css" in page.files


@direction
def test_dashboard_stands(staff, locale, direction):
    _check(staff, "/", 200, locale, direction)


@direction
def test_gallery_stands(staff, locale, direction):
    page = _check(staff, "/gallery", 200, locale, direction)

    mirrored = "/static/vendor/bootstrap/bootstrap.rtl.min.css" in page.files
    assert mirrored is (direction == "rtl")


def test_gallery_is_closed_to_a_stranger(client):
    answer = client.get("/gallery")

    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/gallery"


def test_language_chosen_on_the_sign_in_page_stays(client):
    token = Page(client.get("/sign-in").text).fields["csrf_token"]

    answer = client.post(
        "/language", data={"locale": "ar", "next": "/sign-in", "csrf_token": token}
    )

    assert answer.location == "/sign-in"
    assert Page(client.get("/sign-in").text).language == ("ar", "rtl")


def test_menu_shows_only_pages_that_are_there_and_open(staff):
    links = re.findall(r'class="menu-link"\s+href="([^"]*)"', staff.get("/").text)

    assert {"/", "/gallery"} <= set(links)
    assert [link for link in links if staff.get(link).status_code != 200] == []


def test_light_page_weighs_little(client):
    answer = client.get("/no-such-page")

    weight = len(answer.data) + sum(_fetch(client, name)[1] for name in Page(answer.text).files)
    assert weight < LIGHT_PAGE_BYTES


def test_light_page_has_no_script(client):
    assert "<script" not in client.get("/no-such-page").text


def _pages() -> list[Path]:
    return [
        path
        for path in sorted(TEMPLATES.rglob("*.html"))
        if path.relative_to(TEMPLATES).parts[0] not in {"mail", "documents"}
    ]


@pytest.mark.parametrize("path", _pages(), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_has_nothing_inline(path):
    text = path.read_text()

    assert (
        re.findall(r"\sstyle\s*=|<style|\shx-on|\son[a-z]+\s*=|<script(?![^>]*\ssrc=)", text) == []
    )


def test_style_sheets_name_only_files_that_are_there(app):
    sheets = sorted((Path(app.static_folder) / "css").glob("*.css"))

    missing = [
        (sheet.name, name)
        for sheet in sheets
        for name in re.findall(r'url\("([^"]+)"\)', sheet.read_text())
        if not (sheet.parent / name).is_file()
    ]

    assert len(sheets) > 0
    assert missing == []
