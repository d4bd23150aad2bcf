"""Asking a server as many people do, several at once, each over a connection of her own.

Connections kept open would stay with whichever process of the server took them: eight of them on
one of two processes measure one processor.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Call:
    """A request: what its first line and its own headers say, and its body."""

    line: str
    headers: str = ""
    body: bytes = b""

    def sent(self) -> bytes:
        """Answer what goes over the line."""
        head = f"{self.line} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{self.headers}"
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body


def rate(port: int, calls: Sequence[Call], status: int, people: int = 8) -> float:
    """Answer how many of the calls were answered a second; another status is an error."""
    return asyncio.run(_rate(port, calls, status, people))


async def _rate(port: int, calls: Sequence[Call], status: int, people: int) -> float:
    waiting = iter(calls)
    started = time.perf_counter()
    await asyncio.gather(*(_speak(port, waiting, status) for _person in range(people)))
    return len(calls) / (time.perf_counter() - started)


async def _speak(port: int, waiting: Iterator[Call], status: int) -> None:
    for call in waiting:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(call.sent())
        answer = await reader.read()
        writer.close()
        got = int(answer.split(b" ", 2)[1])
        if got != status:
            raise RuntimeError(f"{call.line} was answered with {got}.")
