"""Uploads through a real server: far too large ones, and several at once."""

import http.client
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import select

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.events.models import Event
from coopevents.materials.models import Material
from coopevents.materials.views import LARGEST_UPLOAD
from coopevents.programme.models import Programme
from tests.browsing import PASSWORD, hidden
from tests.event_factories import make_event
from tests.journeys.processes import web
from tests.tools import office_files as made

GIGABYTE = 1 << 30
BOUNDARY = "a-boundary"
PIECE = b"a" * (1 << 18)


class Office:
    """A browser without a screen in which an officer has signed in, at a server of its own."""

    def __init__(self, address: str) -> None:
        self.host = urlsplit(address).netloc
        self.cookies: SimpleCookie = SimpleCookie()
        page = self.ask("GET", "/sign-in")[1]
        form = {"email": "lan@coop.example", "password": PASSWORD, "csrf_token": hidden(page)}
        self.ask("POST", "/sign-in", urlencode(form).encode())

    def headers(self) -> dict[str, str]:
        told = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        return {"Cookie": told, "Content-Type": "application/x-www-form-urlencoded"}

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str):
        line = http.client.HTTPConnection(self.host, timeout=60)
        line.request(method, path, body, {**self.headers(), **more})
        answer = line.getresponse()
        text = answer.read().decode()
        for value in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.load(value)
        line.close()
        return answer.status, text


def multipart(token: str, name: str = "a.pdf") -> tuple[bytes, bytes]:
    """Answer what stands before and behind a file in the form."""
    fields = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in (("csrf_token", token), ("kind", "plan"))
    )
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
    )
    return (fields + head).encode(), f"\r\n--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def server(own_app, tmp_path, monkeypatch) -> Iterator[str]:
    """A server over a database of its own, that spools into a folder we look at."""
    programme = db.session.scalars(select(Programme)).one()
    user = accounts.create_user("lan@coop.example", "Lan", PASSWORD)
    accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    for _event in range(2):
        make_event(programme)
    db.session.commit()
    (tmp_path / "spool").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "spool"))
    with web(own_app.config, tmp_path / "web.log") as address:
        yield address


@pytest.fixture
def office(server) -> Office:
    return Office(server)


def paths() -> list[str]:
    """Answer the addresses of the two activities' materials."""
    ids = db.session.scalars(select(Event.id).order_by(Event.id))
    return [f"/events/{event_id}/materials/" for event_id in ids]


def processes(folder: Path) -> list[Path]:
    """Answer the server's processes: those that spool into the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes():
                found.append(process)
        except OSError:
            continue
    return [process for process in found if process.name != str(os.getpid())]


class Watched:
    """The most the server had in memory beyond its beginning, and in files without a name."""

    memory = 0
    spooled = 0


@contextmanager
def watching(folder: Path) -> Iterator[Watched]:
    """Look at the server's processes again and again."""
    seen, ended = Watched(), threading.Event()
    begun = {process: _resident(process) for process in processes(folder)}

    def look() -> None:
        while not ended.is_set():
            seen.memory = max(seen.memory, *(_resident(p) - was for p, was in begun.items()))
            seen.spooled = max(seen.spooled, sum(_open_files(p, folder) for p in begun))
            time.sleep(0.01)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield seen
    finally:
        ended.set()
        looker.join()


def _resident(process: Path) -> int:
    for line in (process / "status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) << 10
    return 0


def _open_files(process: Path, folder: Path) -> int:
    size = 0
    for one in (process / "fd").iterdir():
        try:
            if str(one.readlink()).startswith(str(folder)):
                size += one.stat().st_size
        except OSError:
            continue
    return size


def kept_files(folder: Path) -> list[Path]:
    return [p for p in (folder / "files").rglob("*") if p.is_file() and p.name != ".lock"]


@pytest.mark.long
def test_a_gigabyte_is_cut_off_while_it_arrives(office, tmp_path):
    path = paths()[0]
    before, _after = multipart(hidden(office.ask("GET", path)[1]))
    sent = 0
    line = http.client.HTTPConnection(office.host, timeout=60)
    line.putrequest("POST", path)
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    for name, value in {**office.headers(), **kind, "Transfer-Encoding": "chunked"}.items():
        line.putheader(name, value)

    with watching(tmp_path / "spool") as seen:
        line.endheaders()
        # The server hangs up in the middle of it: that it does, and when, is what is asserted.
        with suppress(BrokenPipeError, ConnectionResetError):
            for piece in (before, *(PIECE for _ in range(GIGABYTE // len(PIECE)))):
                line.send(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
    line.close()

    assert LARGEST_UPLOAD < sent < LARGEST_UPLOAD + (32 << 20)
    assert 32 << 20 < seen.spooled <= LARGEST_UPLOAD + (2 << 20)
    assert seen.memory < 32 << 20
    assert kept_files(tmp_path) == []
    assert db.session.scalars(select(Material)).all() == []
    assert office.ask("GET", path)[0] == 200


@pytest.mark.long
def test_a_gigabyte_that_is_announced_is_refused_at_once(office, server):
    path = paths()[0]
    answers = {}
    for name, headers in {"officer": office.headers(), "stranger": {}}.items():
        line = http.client.HTTPConnection(office.host, timeout=60)
        line.putrequest("POST", path)
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        # A stranger is held to the limit of every other page.
        size = GIGABYTE if name == "officer" else 64 << 20
        for each, value in {**headers, **kind, "Content-Length": str(size)}.items():
            line.putheader(each, value)
        line.endheaders()
        answers[name] = line.getresponse().status
        line.close()

    assert answers == {"officer": 413, "stranger": 413}


@pytest.mark.long
def test_the_same_file_sent_by_many_at_once_is_kept_once(office, tmp_path):
    first, second = paths()
    token = hidden(office.ask("GET", first)[1])
    before, after = multipart(token)
    body = before + made.pdf() + after
    kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}

    with ThreadPoolExecutor(8) as many:
        sent = [many.submit(office.ask, "POST", p, body, **kind) for p in [first, second] * 6]
        statuses = [one.result()[0] for one in sent]

    rows = db.session.scalars(select(Material).order_by(Material.event_id)).all()
    assert statuses == [303] * 12
    assert [f"/events/{row.event_id}/materials/" for row in rows] == [first, second]
    assert [path.read_bytes() for path in kept_files(tmp_path)] == [made.pdf()]
