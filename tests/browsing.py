"""What a person at a browser does, for tests without a screen."""

import re
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
