"""The demo's processes: how they end, and what their end leaves behind."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from coopevents.demo.founded import NEW
from tests.journeys.processes import PROJECT, free_port

# Beside those of the register and those founded since, the agency an invited official works for.
ORGANISATIONS = 1881 + len(NEW) + sum(new.becomes is not None for new in NEW) + 1
"""Those of the sample register, and those founded since; a group that converts is two entries."""

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.long]

READY_SECONDS, STOP_SECONDS = 120, 15
READY = "coopevents is ready"
PROGRAM = Path(sys.executable).with_name("coopevents")


class Demo:
    """The demo as `make demo` runs it, on a terminal of its own."""

    def __init__(self, data_dir: Path, port: int | None = None, **environ: str) -> None:
        self.data_dir, self.port, self.said = data_dir, port or free_port(), ""
        settings = {name: text for name, text in os.environ.items() if not name.startswith("MAIL")}
        settings |= {"PORT": str(self.port), "DATA_DIR": str(data_dir), **environ}
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(PROJECT)
            os.execve(PROGRAM, [str(PROGRAM), "demo"], settings)  # noqa: S606 - the child of a fork
        self.status: int | None = None

    def wait(self, condition: Callable[[], bool], seconds: float) -> None:
        """Read along until the condition holds."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"Not so after {seconds} s:\n{self.said}")
            if select.select([self._terminal], [], [], 0.1)[0]:
                with suppress(OSError):
                    self.said += os.read(self._terminal, 65536).decode()

    def ready(self) -> "Demo":
        """Wait until it says so."""
        self.wait(lambda: READY in self.said or self._ended(), READY_SECONDS)
        assert READY in self.said, self.said
        return self

    def _ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def end(self, how: Callable[[], object]) -> int | None:
        """End it this way; answer its exit status when none of its processes is left."""
        how()
        self.wait(self._ended, STOP_SECONDS)
        left_at_once = processes(self.data_dir)
        self.wait(lambda: processes(self.data_dir) == [], STOP_SECONDS)
        if self.status == 0:
            assert left_at_once == []
        return self.status

    def kill(self, stop_signal: int) -> int | None:
        """Send the signal to its main process."""
        return self.end(lambda: os.kill(self.pid, stop_signal))

    def press_ctrl_c(self) -> int | None:
        """Do what ends it at a terminal."""
        return self.end(lambda: os.write(self._terminal, b"\x03"))

    def close(self) -> int | None:
        """Close the window it runs in."""
        os.close(self._terminal)
        self._terminal = os.open(os.devnull, os.O_RDONLY)
        return self.end(lambda: None)

    def discard(self) -> None:
        """End it whatever has become of it."""
        if not self._ended():
            self.kill(signal.SIGKILL)
        os.close(self._terminal)


def processes(data_dir: Path) -> list[str]:
    """Answer the command lines of all processes that belong to the data."""
    found = []
    sign = os.fsencode(data_dir)
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (entry / "cmdline").read_bytes()
            settings = (entry / "environ").read_bytes().split(b"\0")
            folder = os.fsencode((entry / "cwd").readlink())
            if sign in words or b"DATA_DIR=" + sign in settings or folder.startswith(sign):
                found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all demos of these tests have their data: filled once, each goes on with it."""
    return tmp_path_factory.mktemp("processes") / "dữ liệu"


@pytest.fixture
def demo(data_dir: Path) -> Iterator[Demo]:
    """The demo, ready."""
    running = Demo(data_dir)
    try:
        yield running.ready()
    finally:
        running.discard()


def organisations(data_dir: Path) -> int:
    [host] = set(re.findall(r"-k (\S+)", "\n".join(processes(data_dir))))
    with psycopg.connect(
        host=host, port=5432, user="coopevents_owner", dbname="coopevents"
    ) as connection:
        [number] = connection.execute("SELECT count(*) FROM organisations").fetchone() or [0]
        return int(number)


def test_demo_tells_what_it_does_and_ctrl_c_ends_all_of_it(demo, data_dir):
    filled = organisations(data_dir)

    status = demo.press_ctrl_c()

    lines = [line.removeprefix("^C").strip() for line in demo.said.splitlines()]
    assert [line for line in lines if line.endswith("…")] == [
        f"Starting PostgreSQL and Redis in {data_dir} …",
        "Making the tables …",
        "Filling them with the programme, a sample register and sample activities …",
        "Starting web, worker, beat and the catcher of mails …",
        "Stopping …",
    ]
    assert demo.said.rstrip().endswith("Everything has stopped.")
    assert (status, filled) == (0, ORGANISATIONS)


@pytest.mark.parametrize("stop_signal", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_demo_leaves_nothing_behind_and_goes_on_with_its_data(demo, data_dir, stop_signal):
    filled = organisations(data_dir)

    status = demo.kill(stop_signal)

    assert status == (-signal.SIGKILL if stop_signal == signal.SIGKILL else 0)
    assert filled == ORGANISATIONS


def test_demo_ends_when_its_window_is_closed(demo):
    assert demo.close() == 0


def test_demo_starts_at_once_after_it_was_killed(demo, data_dir):
    os.kill(demo.pid, signal.SIGKILL)
    demo.wait(demo._ended, STOP_SECONDS)

    again = Demo(data_dir, demo.port)

    assert READY in again.ready().said
    assert again.kill(signal.SIGTERM) == 0


def _words_of(process: Path) -> bytes:
    """Answer what a process was started with; nothing, if it ended since it was listed."""
    try:
        return (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_demo_says_which_log_tells_why_a_process_ended(demo, data_dir):
    [catcher] = [
        int(entry.name)
        for entry in Path("/proc").glob("[0-9]*")
        if str(data_dir).encode() in (words := _words_of(entry)) and b"catcher.py" in words
    ]
    time.sleep(4)

    os.kill(catcher, signal.SIGKILL)

    told = f"catcher ended and is started again; see {data_dir}/logs/catcher.log"
    demo.wait(lambda: told in demo.said, STOP_SECONDS)
    assert demo.kill(signal.SIGTERM) == 0


def refused(data_dir: Path, port: int, **environ: str) -> tuple[list[str], list[str]]:
    """Answer what a demo says that does not start, and what it complains of."""
    done = subprocess.run(
        [PROGRAM, "demo"],
        cwd=PROJECT,
        env={**os.environ, "PORT": str(port), "DATA_DIR": str(data_dir), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=READY_SECONDS,
    )
    assert done.returncode == 1
    return done.stdout.splitlines(), done.stderr.splitlines()


def test_second_demo_and_fresh_one_are_refused_while_the_first_runs(demo, data_dir):
    _said, second = refused(data_dir, free_port())
    _said, fresh = refused(data_dir, free_port(), FRESH="1")

    assert second == [f"Another demo runs in {data_dir}; stop it, or choose another DATA."]
    assert fresh == [f"A program uses {data_dir}; stop it first."]
    assert organisations(data_dir) == ORGANISATIONS


@pytest.fixture
def used_port() -> Iterator[int]:
    """A port on which something else listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_used_port_is_refused_in_one_line(tmp_path, used_port):
    _said, complaint = refused(tmp_path / "data", used_port)

    assert complaint == [f"PORT {used_port} is in use; choose another: PORT=8001"]


def test_sample_data_cut_short_are_thrown_away(tmp_path, used_port):
    folder = tmp_path / "data"
    refused(folder, used_port)
    (folder / "mails").mkdir()
    key = (folder / "secret-key").read_text()

    (folder / "sample-data-unfinished").touch()
    said, _complaint = refused(folder, used_port)

    assert said[0].strip() == f"Emptying {folder} …"
    assert not (folder / "mails").exists()
    assert not (folder / "sample-data-unfinished").exists()
    assert (folder / "secret-key").read_text() != key
