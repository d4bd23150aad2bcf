"""Another program with a token, and what it says."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.programme.models import Programme

PLAN: dict[str, Any] = {
    "kind": "training",
    "title": "Tập huấn quản trị hợp tác xã",
    "place": "Hội trường Liên minh Hợp tác xã",
    "lead_host": "womens_union",
    "co_hosts": ["coop_alliance"],
    "contents": [2],
    "capacity": 10,
    "contact_name": "Lê Thị Mẫu",
    "contact_phone": "0210 000 0000",
    "contact_email": "office@coop.example",
    "sessions": [
        {"held_on": "2026-06-10", "starts_at": "07:30", "ends_at": "11:00", "topic": "Sổ sách"},
        {"held_on": "2026-06-11", "starts_at": "07:30", "ends_at": "11:00"},
    ],
}


class Caller:
    """A program that bears a token."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a call; `If_Match` and the like become headers. In English unless said otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lang = "&lang=en" if "?" in path else "?lang=en"
        return self.client.open(
            f"/api/v1{path}{lang}", method=method, json=body, headers={**self.headers, **named}
        )

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read."""
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Act."""
        return self("POST", path, body, **headers)


@pytest.fixture
def bearing(app: Flask, client: FlaskClient, programme: Programme) -> Callable[..., Caller]:
    """Make a caller of a role, of this programme or of another."""

    def bearing(role: Role, programme_id: int | None = programme.id) -> Caller:
        _token, secret = accounts.create_token(f"{role} of a test", role, programme_id)
        return Caller(client, secret)

    return bearing


@pytest.fixture
def officer(bearing: Callable[..., Caller]) -> Caller:
    """A caller that may plan and run activities."""
    return bearing(Role.OFFICER)


def problem(answer: TestResponse) -> tuple[int, str, dict[str, str]]:
    """Answer the status, the sentence and the fields of a refusal."""
    assert answer.content_type == "application/problem+json"
    said = answer.get_json()
    assert said["status"] == answer.status_code
    return said["status"], said["detail"], said.get("fields", {})
