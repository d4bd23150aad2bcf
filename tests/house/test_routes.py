"""Every route says who may use it, and nothing that changes anything answers to a GET."""

import pytest

from coopevents import create_app
from coopevents.accounts.models import Role
from coopevents.permissions import GRANTS, Gate, Permission
from coopevents.routes import ROUTES


@pytest.fixture(scope="module")
def rules(worker_settings):
    """Every route there is, those of the demo too."""
    return list(create_app({**worker_settings, "DEMO": True}).url_map.iter_rules())


def test_every_route_stands_in_the_table(rules):
    assert {rule.endpoint for rule in rules} == set(ROUTES)


def test_every_role_has_its_grants():
    assert set(GRANTS) == {role.value for role in Role}


def test_an_open_route_is_one_we_meant_to_open(rules):
    open_routes = {rule.endpoint for rule in rules if ROUTES[rule.endpoint] is Gate.PUBLIC}

    assert open_routes == {
        "accounts.set_language",
        "api-docs.openapi_json",
        "calendars_public.list_open",
        "calendars_public.read_feed",
        "demo.list_mails",
        "demo.show_html",
        "demo.show_mail",
        "home.start",
        "letters_public.enter_code",
        "letters_public.open_code",
        "mail_public.change",
        "mail_public.one_click",
        "mail_public.show",
        "materials_public.download",
        "passes.calendar",
        "passes.show_pass",
        "answering.accept",
        "answering.calendar",
        "answering.call_back",
        "answering.come",
        "answering.confirm_again",
        "answering.decline",
        "answering.make_passes",
        "answering.open_invitation",
        "answering.pass_place_on",
        "answering.renew",
        "answering.show_names",
        "answering.take_place",
        "answering.withdraw",
        "requests_public.ask",
        "requests_public.show_activity",
        "requests_public.show_kept",
        "security.login",
        "security.static",
        "static",
        "system.healthz",
        "system.readyz",
        "system.show_api",
    }


def test_no_permission_to_change_is_needed_to_look(rules):
    looking = {rule.endpoint for rule in rules if rule.methods <= {"GET", "HEAD", "OPTIONS"}}

    assert {e for e in looking if ROUTES[e] is Permission.MANAGE} == set()


def test_a_route_nobody_declared_is_refused(app, client):
    kept = ROUTES.pop("home.start")

    answer = client.get("/")

    ROUTES["home.start"] = kept
    assert answer.status_code == 403
