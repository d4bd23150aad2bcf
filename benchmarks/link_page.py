"""The page behind a mailed link, and its answer, beside Flask that does next to nothing.

All answer to one activity: they wait for each other, as they do in the hour after a round.
"""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select

from benchmarks import bare, country, house, load, mail_round
from benchmarks.country import Size
from benchmarks.load import HOST, Call
from benchmarks.measure import Figure
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.events.models import Event
from coopevents.lifecycle import inviting
from coopevents.mail.models import Message
from coopevents.registrations.models import Registration
from coopevents.tokens import unseal

ANSWERS = 600
EARLY = 50
"""So many have answered before the answers that are measured."""
PAGES = 1500
BARE = 3000
PATIENCE = 30
FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


def run() -> list[Figure]:
    """Measure both, each beside its limit under the same server."""
    with ExitStack() as stack:
        stack.enter_context(house.scratch())
        country.fill(Size(organisations=ANSWERS * 2, people_each=1))
        house.run(bare.TABLES)
        paths = _links()
        ours = stack.enter_context(_served("wsgi:app"))
        limit = stack.enter_context(_served("benchmarks.bare:create_app()"))
        calls = [Call(f"GET {path}?lang=vi") for path in paths]
        get = load.rate(ours, (calls * (PAGES // len(calls) + 1))[:PAGES], 200)
        bare_get = load.rate(limit, [Call("GET /")] * BARE, 200)
        answers = _answers(ours, paths)
        load.rate(ours, answers[:EARLY], 303)
        # So does PostgreSQL by itself a minute after the first answers.
        house.run("ANALYZE")
        post = load.rate(ours, answers[EARLY:], 303)
        bare_post = load.rate(limit, [Call("POST /", FORM)] * BARE, 303)
        _require_everybody()
        return [
            _figure("link page, GET", get, bare_get, 0.25),
            _figure("answer with two delegates, POST", post, bare_post, 0.15),
        ]


def _figure(job: str, rate: float, limit: float, budget: float) -> Figure:
    ratio = rate / limit
    measured = f"{rate:.0f} /s, {ratio:.2f} of it"
    return Figure(job, measured, f"{limit:.0f} /s", f"≥ {budget}", ratio >= budget)


def _links() -> list[str]:
    """Invite so many organisations to one activity; answer the paths of their links."""
    event_id, _token = mail_round.event_of(ANSWERS)
    event = db.session.get_one(Event, event_id)
    shown = audience.preview(event, Audience(kinds=("cooperative", "cooperative_group")), 2)
    inviting.invite(event, shown, "vi")
    db.session.commit()
    sealed = db.session.scalars(select(Message.sealed_link).limit(ANSWERS))
    links = [json.loads(unseal(one or ""))["link"] for one in sealed]
    db.session.rollback()
    return [urlsplit(link).path for link in links]


@contextmanager
def _served(app: str) -> Iterator[int]:
    """Have gunicorn serve the application as an office runs it; answer its port."""
    command = [*(sys.executable, "-m", "gunicorn", app, "--bind", f"{HOST}:0"), "--workers", "2"]
    environment = {**os.environ, "BARE_DATABASE_URL": _database()}
    with subprocess.Popen(
        [*command, "--threads", "4", "--no-control-socket"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield _port(process)
        finally:
            process.terminate()


def _port(process: subprocess.Popen[str]) -> int:
    until = time.monotonic() + PATIENCE
    for line in process.stderr or []:
        if found := re.search(rf"http://{HOST}:(\d+)", line):
            return int(found[1])
        if time.monotonic() > until:
            break
    raise RuntimeError("The server does not say where it listens.")


def _database() -> str:
    return db.engine.url.render_as_string(hide_password=False)


def _answers(port: int, paths: list[str]) -> list[Call]:
    """Answer the forms, filled in, as a browser that has opened a page sends them."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"http://{HOST}:{port}{paths[0]}").read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("The page has no form.")
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    headers = f"{FORM}Cookie: {cookies}\r\n"
    return [
        Call(f"POST {path}/accept", headers, _filled_in(found[1], place).encode())
        for place, path in enumerate(paths)
    ]


def _filled_in(csrf: str, place: int) -> str:
    typed = {"csrf_token": csrf, "submission": str(uuid.uuid4())}
    for row in range(2):
        names = {
            "full_name": f"Nguyễn Thị Mẫu {place} {row}",
            "sex": "female",
            "post": "director",
            "phone": f"09{place:06d}{row:02d}",
        }
        typed |= {f"delegates-{row}-{name}": value for name, value in names.items()}
    return urlencode(typed)


def _require_everybody() -> None:
    """Refuse a figure made of answers that were not kept."""
    kept = db.session.scalar(select(func.count(Registration.id)))
    if kept != 2 * ANSWERS:
        raise RuntimeError(f"Of {2 * ANSWERS} delegates {kept} are registered.")
