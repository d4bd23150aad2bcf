"""What holds where a reverse proxy takes the requests, and speaks TLS."""

from typing import Any

import pytest
from flask import Flask

from coopevents import create_app
from tests.browsing import hidden


@pytest.fixture
def proxied(worker_settings: dict[str, Any]) -> Flask:
    return create_app({**worker_settings, "PROXIES": 1})


def test_a_form_is_taken_over_tls_from_a_browser_that_names_no_page_it_came_from(client):
    page = client.get("/c", base_url="https://localhost")

    sent = client.post(
        "/c",
        data={"csrf_token": hidden(page.text), "code": "AAA-AAA-AAAA"},
        base_url="https://localhost",
    )

    assert (page.headers["Referrer-Policy"], sent.status_code) == ("no-referrer", 422)


def _wrong_codes(app: Flask, address: str, times: int) -> list[int]:
    browser = app.test_client()
    # What a visitor writes herself stands before what the proxy adds.
    headers = {"X-Forwarded-For": f"10.0.0.9, {address}"}
    csrf = hidden(browser.get("/c", headers=headers).text)
    data = {"csrf_token": csrf, "code": "AAA-AAA-AAAA"}
    return [browser.post("/c", data=data, headers=headers).status_code for _ in range(times)]


@pytest.mark.usefixtures("app")
def test_visitors_behind_a_proxy_have_limits_of_their_own(proxied):
    first = _wrong_codes(proxied, "192.0.2.1", 11)
    second = _wrong_codes(proxied, "192.0.2.2", 1)

    assert first == [422] * 10 + [429]
    assert second == [422]


def test_nobody_names_her_own_address_where_no_proxy_stands(app):
    first = _wrong_codes(app, "192.0.2.1", 10)
    second = _wrong_codes(app, "192.0.2.2", 1)

    assert first + second == [422] * 10 + [429]
