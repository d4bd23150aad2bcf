"""A small real IMAP server in the test process: one mailbox, as much of RFC 3501 as a reader needs.

No library that is kept up offers one; this speaks to the standard library's client over a socket.
"""

import re
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Self

SIZED = re.compile(rb"BODY\.PEEK\[\]<0\.(\d+)>")


@dataclass
class Kept:
    """A mail in the mailbox."""

    number: int
    data: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """A mailbox on 127.0.0.1 and a free port, for the length of a `with`.

    `validity` is its UIDVALIDITY. `breaks_at` hangs up when a command begins so, once.
    """

    user, password = "bounces@coop.example", "p@ss/word"

    def __init__(self) -> None:
        """Prepare an empty mailbox."""
        self.mails: list[Kept] = []
        self.validity = 7
        self.commands: list[str] = []
        self.breaks_at: str | None = None
        self._server = _Server(("127.0.0.1", 0), _Talk)
        self._server.box = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        """Open the door."""
        self._thread.start()
        return self

    def __exit__(self, *_args: object) -> None:
        """Close the door."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Answer the setting that has the mailbox read."""
        port = self._server.server_address[1]
        return f"imap://bounces%40coop.example:p%40ss%2Fword@127.0.0.1:{port}/INBOX"

    def put(self, data: bytes) -> Kept:
        """Let a mail arrive."""
        number = max((mail.number for mail in self.mails), default=0) + 1
        self.mails.append(Kept(number, data))
        return self.mails[-1]

    def number_anew(self) -> None:
        """Give every mail another number, as a mailbox that was moved does."""
        self.validity += 1
        for number, mail in enumerate(self.mails, start=1):
            mail.number = number

    @property
    def read(self) -> list[int]:
        """Answer the numbers of the mails that are marked as read."""
        return [mail.number for mail in self.mails if r"\Seen" in mail.flags]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: ImapServer


class _Talk(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            box = self.server.box
            box.commands.append(command)
            if box.breaks_at and command.upper().startswith(box.breaks_at):
                box.breaks_at = None
                return
            verb = command.upper().removeprefix("UID ").split(" ")[0]
            answer = getattr(self, f"_{verb.lower()}", None)
            if answer is None:
                self._say(f"{tag} BAD {verb}")
                continue
            self._say(f"{tag} {answer(box, command)} done")
            if verb == "LOGOUT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _capability(self, _box: ImapServer, _command: str) -> str:
        self._say("* CAPABILITY IMAP4rev1")
        return "OK"

    def _login(self, box: ImapServer, command: str) -> str:
        given = [one.strip('"') for one in command.split(" ")[1:]]
        return "OK" if given == [box.user, box.password] else "NO wrong name or password"

    def _select(self, box: ImapServer, command: str) -> str:
        if command.split(" ", 1)[1].strip('"') != "INBOX":
            return "NO no such mailbox"
        self._say(f"* {len(box.mails)} EXISTS")
        self._say(f"* OK [UIDVALIDITY {box.validity}] valid")
        return "OK [READ-WRITE] selected"

    def _search(self, box: ImapServer, command: str) -> str:
        first = int(re.search(r"UID (\d+):\*", command)[1])  # type: ignore[index]
        # As RFC 3501 has it: `*` is the last mail, and a range may be written either way round.
        last = max((mail.number for mail in box.mails), default=0)
        low, high = sorted((first, last))
        found = [str(mail.number) for mail in box.mails if low <= mail.number <= high]
        self._say(" ".join(["* SEARCH", *found]))
        return "OK"

    def _fetch(self, box: ImapServer, command: str) -> str:
        number = int(command.split(" ")[2])
        size = int(SIZED.search(command.encode())[1])  # type: ignore[index]
        for mail in box.mails:
            if mail.number == number:
                data = mail.data[:size]
                self._say(f"* 1 FETCH (UID {number} BODY[]<0> {{{len(data)}}}")
                self.wfile.write(data + b")\r\n")
        return "OK"

    def _store(self, box: ImapServer, command: str) -> str:
        number, flag = int(command.split(" ")[2]), command.rsplit("(", 1)[1].rstrip(")")
        for mail in box.mails:
            if mail.number == number:
                mail.flags.add(flag)
        return "OK"

    def _logout(self, _box: ImapServer, _command: str) -> str:
        self._say("* BYE")
        return "OK"
