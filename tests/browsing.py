"""What a person at a browser does, for tests without a screen."""

import re
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.programme.models import Programme

PASSWORD = "correct horse battery"


def hidden(page: str, name: str = "csrf_token") -> str:
    """Answer the value of a field of the page that nobody sees."""
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]


def sign_in(client: FlaskClient, email: str, password: str) -> Any:
    """Fill in the sign-in page, and answer what came back."""
    form = {"email": email, "password": password, "csrf_token": hidden(client.get("/sign-in").text)}
    return client.post("/sign-in", data=form)


def signed_in(client: FlaskClient, programme: Programme | None, role: Role) -> FlaskClient:
    """Answer the browser, with a new user of that role signed in; None: of no programme."""
    user = accounts.create_user(f"{role}.{programme is None}@coop.example", "Người dùng", PASSWORD)
    accounts.add_member(user, role, programme_id=programme and programme.id, body=None)
    assert sign_in(client, user.email, PASSWORD).status_code == 302
    return client


def post(client: FlaskClient, page: str, path: str, **fields: Any) -> Any:
    """Send a form of the page, with its token."""
    return client.post(path, data={"csrf_token": hidden(page), **fields})


class _Fields(HTMLParser):
    """What a browser would send of the page's last form, were its button pressed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._name = ""
        self._text: list[str] | None = None
        self._first = True
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        name = known.get("name", "")
        if tag == "form":
            self.sent = {}
        elif tag == "select":
            self._name, self._first = name, True
        elif tag == "option" and (self._first or "selected" in known):
            self.sent[self._name], self._first = known["value"], False
        elif tag == "textarea":
            self._name, self._text = name, []
        elif tag == "input" and name and _is_sent(known):
            self.sent[name] = known.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None:
            self.sent[self._name] = "".join(self._text).removeprefix("\r\n").strip("\n")
            self._text = None


def _is_sent(known: dict[str, str]) -> bool:
    kind = known.get("type")
    return kind not in {"submit", "file"} and (
        kind not in {"checkbox", "radio"} or "checked" in known
    )


def fill_in(client: FlaskClient, path: str, page: str | None = None, **typed: Any) -> Any:
    """Open the form at the path (or use the page), type these values, and press its button."""
    page = page or client.get(path).text
    return client.post(path, data={**_Fields(page).sent, **typed})
