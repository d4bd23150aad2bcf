"""Starting the parts of coopevents as processes of their own, and stopping them again."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 90


def free_port() -> int:
    """Answer a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: dict[str, Any], **more: str) -> dict[str, str]:
    """Answer the environment from which a process makes the same settings."""
    names = ("SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "MAIL_WINDOW")
    numbers = ("MAIL_PORT", "MAIL_HOLD_SECONDS", "MAIL_CONNECTIONS", "DATA_DIR")
    told = {name: str(settings[name]) for name in (*names, *numbers)}
    return {**os.environ, **told, **more}


@contextmanager
def running(command: list[str], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen]:
    """Run the command for the time of the `with`; its output goes to the log."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def web(settings: dict[str, Any], log: Path) -> Iterator[str]:
    """Run gunicorn with two processes; answer its address once it answers."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"),
        *("--workers", "2", "--threads", "4", "--no-control-socket"),
    ]
    with running(command, environment(settings, BASE_URL=address), log) as process:
        wait_until(lambda: answers(f"{address}/healthz"), process, log)
        yield address


def answers(address: str) -> bool:
    """Whether the address answers with 200."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def wait_until(
    condition: Callable[[], bool],
    process: subprocess.Popen[bytes],
    log: Path,
    patience: float = PATIENCE_SECONDS,
) -> None:
    """Wait for the condition; fail with the end of the log when it cannot come true."""
    until = time.monotonic() + patience
    while not condition():
        if time.monotonic() > until or process.poll() is not None:
            raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-3000:])
        time.sleep(0.1)
