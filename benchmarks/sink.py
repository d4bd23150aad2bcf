"""A mail server that takes everything and keeps nothing, in a process of its own.

It answers at once, or after `--delay` milliseconds as a relay across the country does.
"""

import argparse
import asyncio
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"


class Sink:
    """Counts the mails, and tells the number to whoever asks with VRFY."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._taken = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        """Take the mail."""
        if self._delay:
            await asyncio.sleep(self._delay)
        self._taken += 1
        return "250 taken"

    async def handle_VRFY(self, *_asked: Any) -> str:  # noqa: N802
        """Answer how many mails were taken so far."""
        return f"252 {self._taken}"


async def _run(delay: float) -> None:
    sink = Sink(delay)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, hostname="sink"), HOST, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


@contextmanager
def running(delay_ms: int = 0) -> Iterator[int]:
    """Have a sink run in a process of its own, and answer its port."""
    command = [sys.executable, "-m", "benchmarks.sink", "--delay", str(delay_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("The sink does not say where it listens.")
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def taken(port: int) -> int:
    """Answer how many mails the sink at the port has taken."""
    with smtplib.SMTP(HOST, port) as line:
        line.ehlo()
        return int(line.verify("all")[1])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=int, default=0, help="milliseconds")
    asyncio.run(_run(parser.parse_args().delay / 1000))
