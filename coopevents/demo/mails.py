"""The mails the catcher kept, read back."""

import email
import mailbox
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from flask import current_app


@dataclass(frozen=True)
class Caught:
    """A mail as its list shows it."""

    key: str
    to: str
    subject: str
    at: datetime


@dataclass(frozen=True)
class Opened:
    """A mail with its parts."""

    key: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    files: list[tuple[str, str]]


def folder() -> Path:
    """Answer where the catcher keeps its mails."""
    return Path(current_app.config["DATA_DIR"]) / "mails"


def list_caught(limit: int = 200) -> list[Caught]:
    """Answer the latest mails, newest first."""
    files = sorted(
        (path for path in (folder() / "new").glob("*") if path.is_file()),
        key=lambda path: path.stat().st_mtime_ns,
        reverse=True,
    )
    return [_listed(path) for path in files[:limit]]


def _listed(path: Path) -> Caught:
    with path.open("rb") as file:
        head = email.message_from_binary_file(file)
    return Caught(
        key=path.name,
        to=_words(str(head["To"] or "")),
        subject=_words(str(head["Subject"] or "")),
        at=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
    )


def open_mail(key: str) -> Opened | None:
    """Answer the mail with its parts, or None when there is none of that name."""
    box = mailbox.Maildir(str(folder()), create=False)
    if key not in box:
        return None
    raw = box.get_bytes(key)
    message: EmailMessage = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
    plain = email.message_from_bytes(raw)
    return Opened(
        key=key,
        sender=_words(str(plain["From"] or "")),
        to=_words(str(plain["To"] or "")),
        subject=_words(str(plain["Subject"] or "")),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        files=[
            (str(part.get_filename()), part.get_content_type())
            for part in message.iter_attachments()
            if part.get_filename()
        ],
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _words(header: str) -> str:
    return str(make_header(decode_header(header)))
