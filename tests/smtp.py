"""A real SMTP server in the test process. It remembers what it accepted, and misbehaves as told."""

import asyncio
import threading
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

PATIENCE = 30


@dataclass(frozen=True)
class Accepted:
    """A mail the server took: what was in it, to whom it goes, and where it would come back to."""

    message_id: str
    recipient: str
    data: bytes
    sender: str = ""

    @property
    def mail(self) -> Message:
        """Answer the mail, parsed."""
        return message_from_bytes(self.data)


class SmtpServer:
    """A server on 127.0.0.1 and a free port, for the length of a `with`.

    `delay` is how long it thinks between taking a mail and saying so. `refuse` maps an address to
    the answer its RCPT gets, `answer` is what the text of every mail gets; with `drops` it takes
    the mail and hangs up without a word, with `hangs` it takes it and says nothing; `drops_for` and
    `hangs_for` name the addresses for which it does so. `once` is like `refuse`, the first time
    only.
    """

    def __init__(self) -> None:
        """Prepare a server that takes everything at once."""
        self.accepted: list[Accepted] = []
        self.delay = 0.0
        self.refuse: dict[str, str] = {}
        self.answer: str | None = None
        self.drops = False
        self.hangs = False
        self.drops_for: set[str] = set()
        self.hangs_for: set[str] = set()
        self.once: dict[str, str] = {}
        self.connections = 0
        self.port = 0
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._server: asyncio.Server | None = None
        self._protocols: list[SMTP] = []

    def __enter__(self) -> Self:
        """Open the door."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(PATIENCE)
        return self

    def __exit__(self, *_args: object) -> None:
        """Close the door and hang up on everybody."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def point(self, app: Flask) -> None:
        """Have the app send its mail here."""
        settings = app.extensions["mail"]
        settings.server, settings.port = "127.0.0.1", self.port

    @property
    def environ(self) -> dict[str, str]:
        """Answer the settings that have a process send its mail here."""
        return {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(self.port)}

    def count_by_recipient(self) -> Counter[str]:
        """Answer how many mails each address got."""
        return Counter(one.recipient for one in list(self.accepted))

    def wait_for(self, number: int) -> None:
        """Return as soon as the server has accepted so many mails in all."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.accepted) >= number, PATIENCE):
                raise TimeoutError(f"{len(self.accepted)} of {number} mails after {PATIENCE} s.")

    async def _open(self) -> None:
        self._server = await self._loop.create_server(self._protocol, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        for protocol in self._protocols:
            if protocol.transport is not None:
                protocol.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _protocol(self) -> SMTP:
        self.connections += 1
        protocol = SMTP(self, hostname="mail.example", loop=self._loop)
        self._protocols.append(protocol)
        return protocol

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take the address, or give the answer that was laid down for it."""
        refusal = self.once.pop(address, None) or self.refuse.get(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take the mail, and answer as told."""
        if self.answer:
            return self.answer
        data = envelope.original_content
        assert isinstance(data, bytes)
        self._keep(data, envelope.mail_from or "", envelope.rcpt_tos)
        to = set(envelope.rcpt_tos)
        if self.drops or to & self.drops_for:
            server.transport.abort()
        await asyncio.sleep(3600 if self.hangs or to & self.hangs_for else self.delay)
        return "250 OK"

    def _keep(self, data: bytes, sender: str, recipients: list[str]) -> None:
        # Before the answer: from here on the mail is the server's, whether the sender hears it
        # or not.
        message_id = str(message_from_bytes(data)["Message-ID"])
        with self._changed:
            self.accepted += [
                Accepted(message_id, recipient, data, sender) for recipient in recipients
            ]
            self._changed.notify_all()
