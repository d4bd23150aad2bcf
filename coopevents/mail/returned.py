"""What a mail in the mailbox of returned mail says: pure reading, nothing is decided or kept.

A report of a mail server (RFC 3464) names our message in the headers it brings back, in the address
it was sent to, or in what it answers to. Older servers write only prose.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from enum import StrEnum

from coopevents.mail.models import ReturnKind

KEY = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
OUR_HEADER = "X-Coopevents-Message"
"""Says a message's key even where a relay gives the mail another Message-ID."""

_KEY = re.compile(KEY, re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"<{KEY}@[^<>\s]{{1,255}}>", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(r"\s*unsubscribe\s+([\w-]{22})\s*", re.IGNORECASE)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY_CODE = re.compile(r"\b([45])\d\d\b")
_SENT_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress")
WORDS_KEPT = 500


class Unread(StrEnum):
    """Why a mail is left to whoever reads the mailbox."""

    FOREIGN = "foreign"
    AUTOMATIC = "automatic"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Returned:
    """What a mail asks for, and how to find which of our messages it is about.

    `message_ids` and `keys` are tried in their order; `token` is that of a link to stop mail.
    """

    kind: ReturnKind
    message_ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    status: str = ""
    words: str = ""
    token: str = ""


def read(data: bytes) -> Returned | Unread:
    """Answer what the mail says, or why it is nothing for us. Never raises."""
    try:
        return _read(message_from_bytes(data))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        # Whatever anybody may send must not stop what comes after it.
        return Unread.MALFORMED


def _read(mail: Message) -> Returned | Unread:
    if not mail.keys():
        return Unread.MALFORMED
    asked = _UNSUBSCRIBE.fullmatch(_subject(mail))
    if asked and not _is_automatic(mail):
        return Returned(ReturnKind.UNSUBSCRIBE, token=asked[1])
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            return _report(mail, part)
    if mail["X-Failed-Recipients"]:
        return _prose(mail)
    if mail.get_param("report-type") == "delivery-status":
        return Unread.MALFORMED
    return Unread.AUTOMATIC if _is_automatic(mail) else Unread.FOREIGN


def _subject(mail: Message) -> str:
    subject = str(mail["Subject"] or "")
    try:
        return str(make_header(decode_header(subject)))
    except (MessageError, ValueError, LookupError):
        # A damaged subject must not hide the report below it.
        return subject


def _is_automatic(mail: Message) -> bool:
    submitted = (mail["Auto-Submitted"] or "no").split(";")[0].strip().lower()
    precedence = (mail["Precedence"] or "").strip().lower()
    return (
        submitted != "no"
        or precedence in {"auto_reply", "bulk", "junk"}
        or any(mail[name] for name in _AUTOMATIC)
    )


def _report(mail: Message, part: Message) -> Returned | Unread:
    blocks = [block for block in _blocks(part) if block["Action"] or block["Status"]]
    if not blocks:
        return Unread.MALFORMED
    kinds = [_kind(block) for block in blocks]
    if not any(kinds):
        # It arrived, or went on to a server that sends no reports.
        return Unread.AUTOMATIC
    # What only some of those behind an address did not get, the address did get.
    kind = kinds[0] if len(set(kinds)) == 1 else ReturnKind.DELAYED
    told = blocks[0]
    words = " ".join(str(told["Diagnostic-Code"] or "").split())
    return Returned(
        kind or ReturnKind.DELAYED,
        *_about(mail),
        status=_status(told),
        words=_clean(re.sub(r"^[\w-]+\s*;\s*", "", words)),
    )


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Message)]
    # Some servers encode it, as they must not.
    text = _text(part)
    return [message_from_string(block) for block in re.split(r"\r?\n\s*\r?\n", text.strip())]


def _kind(block: Message) -> ReturnKind | None:
    action = str(block["Action"] or "").split("(")[0].strip().lower()
    status = _status(block)
    if action in {"delivered", "relayed", "expanded"} or status.startswith("2"):
        return None
    if action == "delayed":
        return ReturnKind.DELAYED
    return ReturnKind.FAILED if status.startswith("5") else ReturnKind.GIVEN_UP


def _status(block: Message) -> str:
    said, diagnosis = str(block["Status"] or ""), str(block["Diagnostic-Code"] or "")
    return _status_in(said) or _status_in(diagnosis) or "4.0.0"


def _status_in(text: str) -> str:
    found = _STATUS.search(text)
    if found:
        return found[0]
    code = _REPLY_CODE.search(text)
    return f"{code[1]}.0.0" if code else ""


def _prose(mail: Message) -> Returned:
    text = "\n".join(_text(part) for part in mail.walk() if part.get_content_maintype() == "text")
    ids, keys = _about(mail)
    quoted = _MESSAGE_ID.findall(text)
    # What is quoted below may hold any number.
    said = text.split("This is a copy of the message")[0]
    status = _status_in(said)
    return Returned(
        ReturnKind.FAILED if not status.startswith("4") else ReturnKind.GIVEN_UP,
        (*ids, *quoted),
        keys,
        status=status or "5.0.0",
        words=_clean(_first_reason(said)),
    )


def _first_reason(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if _STATUS.search(line) or _REPLY_CODE.search(line)), "")


def _about(mail: Message) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ids, keys = [], []
    for headers in _brought_back(mail):
        ids += _MESSAGE_ID.findall(str(headers["Message-ID"] or ""))
        keys += _KEY.findall(str(headers[OUR_HEADER] or ""))
    for name in _SENT_TO:
        keys += _KEY.findall(str(mail[name] or ""))
    for name in ("In-Reply-To", "References"):
        ids += _MESSAGE_ID.findall(str(mail[name] or ""))
    return tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(key.lower() for key in keys))


def _brought_back(mail: Message) -> Iterator[Message]:
    for part in mail.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            yield part.get_payload(0)  # type: ignore[misc]
        elif kind in {"text/rfc822-headers", "message/rfc822-headers", "message/rfc822"}:
            yield message_from_string(_text(part))


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload.decode(errors="replace")
    inner = part.get_payload()
    if isinstance(inner, list):
        return "\n".join(str(one) for one in inner)
    return str(inner or "")


def _clean(words: str) -> str:
    return words.replace("\x00", "").encode(errors="replace").decode()[:WORDS_KEPT]
