"""Programs that use embedded servers, as processes of their own, and a look at what runs."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis

from coopevents import embedded
from coopevents.embedded import Servers, guardian

PROJECT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 30
NOBODY = 65534

USE = """
import sys
from pathlib import Path

from coopevents import embedded
from coopevents.config import SettingError

try:
    embedded.provide(Path(sys.argv[1]))
except SettingError as error:
    sys.exit(str(error))
print("ready", flush=True)
sys.stdin.read()
"""


def become(user: int) -> list[str]:
    """Answer what stands before a command that is to run as the user."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


class Program:
    """A program that asks for the servers and uses them until its input ends."""

    def __init__(self, data_dir: Path, *, user: int | None = None, **environ: str) -> None:
        """Start it, as `user` if one is given; `ready` or `refused` says how that went."""
        self.process = subprocess.Popen(
            [*(become(user) if user else []), sys.executable, "-c", USE, str(data_dir)],
            cwd=PROJECT,
            env={**os.environ, **environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ready(self) -> None:
        """Wait until it has its servers."""
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            raise AssertionError(self.process.communicate()[1])

    def refused(self) -> list[str]:
        """Answer the lines with which it gave up."""
        _said, complaint = self.process.communicate(timeout=PATIENCE_SECONDS)
        assert self.process.returncode == 1
        return complaint.splitlines()

    def end(self) -> None:
        """Let it end as programs do."""
        self.process.communicate(timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it as nobody should."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def program(data_dir: Path, *, user: int | None = None, **environ: str) -> Iterator[Program]:
    """Have a program use the servers for the time of the `with`, and all of them end with it."""
    one = Program(data_dir, user=user, **environ)
    try:
        one.ready()
        yield one
    finally:
        one.kill()
        wait_until(lambda: found(data_dir) == set())


@contextmanager
def using(data_dir: Path) -> Iterator[Servers]:
    """Use the servers in this process; they have stopped when the `with` is over."""
    servers = embedded.provide(data_dir)
    try:
        yield servers
    finally:
        embedded.release(data_dir)
        wait_until(lambda: found(data_dir) == set())


def found(data_dir: Path) -> set[str]:
    """Answer the names of the servers and guardians that work in the folder."""
    return set(pids(data_dir))


def pids(data_dir: Path) -> dict[str, int]:
    """Answer the process of each server and of the guardian; of PostgreSQL, its first."""
    running: dict[str, int] = {}
    for entry in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        with suppress(OSError):
            program = (entry / "exe").readlink().name
            folder = (entry / "cwd").readlink()
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if folder in {data_dir / "postgres", data_dir / "redis"}:
                running.setdefault(program, int(entry.name))
            elif guardian.__file__.encode() in words and os.fsencode(data_dir) in words:
                running.setdefault("guardian", int(entry.name))
    return running


ALL = {"postgres", "redis-server", "guardian"}


def write(servers: Servers, text: str) -> None:
    """Keep the text in both servers."""
    with connect(servers) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (text text)")
        connection.execute("INSERT INTO kept VALUES (%s)", [text])
    with redis.Redis.from_url(servers.redis_url) as client:
        client.rpush("kept", text)


def read(servers: Servers) -> tuple[list[str], list[str]]:
    """Answer what was kept in PostgreSQL, and what in Redis."""
    with connect(servers) as connection:
        rows = [row[0] for row in connection.execute("SELECT text FROM kept ORDER BY text")]
    with redis.Redis.from_url(servers.redis_url) as client:
        return rows, [item.decode() for item in client.lrange("kept", 0, -1)]


def connect(servers: Servers) -> psycopg.Connection:
    """Answer a connection of the owner to the application's database."""
    return psycopg.connect(re.sub(r"\+psycopg", "", servers.owner_url))


def answers(servers: Servers) -> bool:
    """Whether both servers answer."""
    try:
        with connect(servers) as connection, redis.Redis.from_url(servers.redis_url) as client:
            connection.execute("SELECT 1")
            return bool(client.ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"Not so after {seconds} s.")
        time.sleep(0.05)
