"""The mailbox that returned mail comes to, over IMAP. Decides nothing."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

TIMEOUT = 20
MOST_BYTES = 256 * 1024
"""So much of a mail is read: a report stands at its beginning."""

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class UnreadableError(Exception):
    """The mailbox cannot be read: its server does not answer, or does not let us in."""


@dataclass(frozen=True)
class Mailbox:
    """An open mailbox. Numbers of its mails hold for as long as `validity` stays the same."""

    name: str
    validity: int
    _imap: imaplib.IMAP4

    def numbers_after(self, last: int) -> list[int]:
        """Answer the numbers of the mails that came after the one with number `last`."""
        _kind, found = self._imap.uid("SEARCH", f"UID {last + 1}:*")
        numbers = [int(one) for line in found if line for one in line.split()]
        # The last mail of all answers to every range.
        return sorted(number for number in numbers if number > last)

    def fetch(self, number: int) -> bytes | None:
        """Answer the beginning of the mail, which stays unread; None when it is gone."""
        _kind, parts = self._imap.uid("FETCH", str(number), f"(BODY.PEEK[]<0.{MOST_BYTES}>)")
        return next((part[1] for part in parts if isinstance(part, tuple)), None)

    def mark_read(self, number: int) -> None:
        """Mark the mail as read, for people who look into the mailbox."""
        self._imap.uid("STORE", str(number), "+FLAGS.SILENT", r"(\Seen)")


@contextmanager
def opened(url: str) -> Iterator[Mailbox]:
    """Open the mailbox of an address such as `imaps://user:password@host/INBOX`.

    Raises UnreadableError, also for a line that breaks in the middle.
    """
    try:
        with _connected(url) as imap:
            yield _select(imap, url)
    except (OSError, imaplib.IMAP4.error) as error:
        # Not its words: a server may repeat the name and the password in them.
        raise UnreadableError(type(error).__name__) from error


@contextmanager
def _connected(url: str) -> Iterator[imaplib.IMAP4]:
    imap = _connect(url)
    try:
        _let_in(imap, url)
        yield imap
    finally:
        try:
            imap.logout()
        except (OSError, imaplib.IMAP4.error):
            imap.shutdown()


def _connect(url: str) -> imaplib.IMAP4:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "imap":
        return imaplib.IMAP4(host, port or 143, timeout=TIMEOUT)
    context = ssl.create_default_context()
    return imaplib.IMAP4_SSL(host, port or 993, ssl_context=context, timeout=TIMEOUT)


def _let_in(imap: imaplib.IMAP4, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "imap" and parts.hostname not in LOCAL:
        # A password does not travel in the open.
        imap.starttls(ssl.create_default_context())
    imap.login(unquote(parts.username or ""), unquote(parts.password or ""))


def _select(imap: imaplib.IMAP4, url: str) -> Mailbox:
    parts = urlsplit(url)
    folder = unquote(parts.path.strip("/")) or "INBOX"
    kind, _said = imap.select('"' + re.sub(r'(["\\])', r"\\\1", folder) + '"')
    _name, validity = imap.response("UIDVALIDITY")
    if kind != "OK" or not validity or not validity[0]:
        raise imaplib.IMAP4.error
    name = f"{unquote(parts.username or '')}@{parts.hostname}/{folder}"
    return Mailbox(name, int(validity[0]), imap)
