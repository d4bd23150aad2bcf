"""Many want the last places at once: through HTTP, against two processes."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from coopevents import clock
from coopevents.db import db
from coopevents.invitations import service as invitations
from coopevents.programme.queries import the_programme
from coopevents.registrations import queries
from coopevents.registrations.models import RegistrationState
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation
from tests.journeys.processes import web

PLACES, ANSWERS = 10, 100


def accept(address: str) -> int:
    """Open a personal link as a phone does, name one delegate, and answer the final status."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(address, timeout=60).read().decode()
    hidden = {
        name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1]
        for name in ("csrf_token", "submission")
    }
    form = {
        **hidden,
        "delegates-0-full_name": "Nguyễn Thị Hoa",
        "delegates-0-sex": "female",
        "delegates-0-post": "director",
    }
    body = urllib.parse.urlencode(form).encode()
    return browser.open(f"{address}/accept", body, timeout=60).status


def test_a_hundred_at_once_get_ten_places_and_ninety_wait(own_app, tmp_path):
    programme = the_programme()
    day = clock.today() + timedelta(days=10)
    event = make_event(programme, sessions=[(day, "08:00", "11:00")], capacity=PLACES)
    links = []
    for number in range(ANSWERS):
        organisation = make_organisation(programme, email=f"m{number}@coop.example")
        links.append(invitations.new_link(make_invitation(event, organisation)))
    db.session.commit()

    with web(own_app.config, tmp_path / "web.log") as address:
        addresses = [address + urllib.parse.urlsplit(link).path for link in links]
        with ThreadPoolExecutor(ANSWERS) as phones:
            statuses = list(phones.map(accept, addresses))

    db.session.expire_all()
    counts = queries.count_by_state(event)
    assert statuses == [200] * ANSWERS
    assert counts[RegistrationState.CONFIRMED] == PLACES
    assert counts[RegistrationState.WAITING] == ANSWERS - PLACES
