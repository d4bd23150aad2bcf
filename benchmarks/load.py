"""Asking a server as many people do: over several connections, one request after another."""

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
        head = f"{self.line} HTTP/1.1\r\nHost: {HOST}\r\n{self.headers}"
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body


def rate(port: int, calls: Sequence[Call], status: int, lines: int = 8) -> float:
    """Answer how many of the calls were answered a second; another status is an error."""
    return asyncio.run(_rate(port, calls, status, lines))


async def _rate(port: int, calls: Sequence[Call], status: int, lines: int) -> float:
    waiting = iter(calls)
    started = time.perf_counter()
    await asyncio.gather(*(_speak(port, waiting, status) for _line in range(lines)))
    return len(calls) / (time.perf_counter() - started)


async def _speak(port: int, waiting: Iterator[Call], status: int) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    for call in waiting:
        if writer.is_closing() or reader.at_eof():
            reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(call.sent())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        got = int(head.split(" ", 2)[1])
        if got != status:
            raise RuntimeError(f"{call.line} was answered with {got}.")
        length = head.partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length))
        if "connection: close" in head:
            writer.close()
    writer.close()
