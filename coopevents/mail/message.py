"""A mail whose letters arrive as they were written.

Flask-Mail encodes headers and then lets the policy fold them again, which loses and adds spaces in
long Vietnamese subjects and names; its bodies may have lines longer than SMTP allows.
"""

import base64
import binascii
import io
import re
from collections.abc import Iterator
from datetime import datetime
from email import policy
from email.generator import BytesGenerator
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime, parseaddr
from typing import Any, NamedTuple

from flask_mail import Attachment, BadHeaderError, Message

from coopevents.mail.returned import OUR_HEADER

POLICY = policy.compat32.clone(linesep="\r\n")
LINE = 76
BREAKS = re.compile(r"[\r\n\x00]")


class Mailbox(NamedTuple):
    """An address with the name of whom it belongs to, which may be empty."""

    name: str
    address: str


class Calendar(NamedTuple):
    """A calendar file and the METHOD it names in its text."""

    method: str
    text: str


class Envelope(NamedTuple):
    """What the mail server is told: from whom, to whom, and the mail itself."""

    sender: str
    recipient: str
    data: bytes


class SafeMessage(Message):
    """One mail to one mailbox, as text and HTML, and with a calendar file where one is given."""

    def __init__(
        self,
        *,
        subject: str,
        sender: Mailbox,
        recipient: Mailbox,
        body: str,
        html: str,
        message_id: str,
        sent_at: datetime,
        reply_to: Mailbox | None = None,
        unsubscribe: str | None = None,
        unsubscribe_by_mail: str | None = None,
        return_path: str | None = None,
        key: str = "",
        calendar: Calendar | None = None,
    ) -> None:
        """Take the parts of the mail. Raises BadHeaderError for a line break in a header."""
        extra = {"Auto-Submitted": "auto-generated"}
        if key:
            extra[OUR_HEADER] = key
        if unsubscribe:
            ways = [unsubscribe, unsubscribe_by_mail]
            extra["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways if way)
            extra["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        # Not by way of Flask-Mail's own: it makes a Message-ID for every message, and asks the
        # name service for that.
        self.subject, self.body, self.alts = subject, body, {"html": html}
        self.sender, self.recipients, self.reply_to = sender.address, [recipient], reply_to
        self.cc, self.bcc, self.attachments = [], [], []
        self.date, self.charset, self.extra_headers = sent_at.timestamp(), "utf-8", extra
        self.mail_options, self.rcpt_options = [], []
        self.from_mailbox, self.to_mailbox, self.reply_mailbox = sender, recipient, reply_to
        self.msgId = message_id
        self.sent_at = sent_at
        self.calendar = calendar
        self.return_path = return_path or sender.address
        headers = [subject, message_id, *sender, *recipient, *(reply_to or ()), *extra.values()]
        if any(BREAKS.search(text) for text in headers):
            raise BadHeaderError

    def envelope(self) -> Envelope:
        """Answer the mail made up for the server. Raises UnicodeError for an impossible address."""
        return Envelope(
            ascii_address(self.return_path),
            ascii_address(self.to_mailbox.address),
            self.as_bytes(),
        )

    def as_bytes(self) -> bytes:
        """Answer the mail as it travels, no line longer than 998 bytes, all of it ASCII."""
        out = io.BytesIO()
        BytesGenerator(out, mangle_from_=False, policy=POLICY).flatten(self._message())
        return out.getvalue()

    def _message(self) -> MIMEBase:
        message = self._parts()
        for name, value in self._headers():
            message[name] = value
        return message

    def _headers(self) -> Iterator[tuple[str, Any]]:
        yield "Subject", _words("Subject", self.subject)
        yield "From", _mailbox("From", self.from_mailbox)
        yield "To", _mailbox("To", self.to_mailbox)
        if self.reply_mailbox:
            yield "Reply-To", _mailbox("Reply-To", self.reply_mailbox)
        yield "Date", format_datetime(self.sent_at)
        yield "Message-ID", self.msgId
        yield from (self.extra_headers or {}).items()

    def _parts(self) -> MIMEBase:
        alternative = MIMEMultipart("alternative")
        alternative.attach(_text(self.body or "", "plain"))
        alternative.attach(_text(self.html or "", "html"))
        attachments = list(self.attachments)
        if self.calendar:
            # Mail programs that answer invitations read the alternative; the others offer the
            # file. Both say the same METHOD, or some take neither.
            method, text = self.calendar
            alternative.attach(_text(text, "calendar", method=method))
            kind = f"text/calendar; charset=utf-8; method={method}"
            attachments.append(Attachment("invite.ics", kind, text.encode()))
        if not attachments:
            return alternative
        mixed = MIMEMultipart("mixed")
        mixed.attach(alternative)
        for attachment in attachments:
            mixed.attach(_file(attachment))
        return mixed


def ascii_address(address: str) -> str:
    """Answer the address with its domain as the name service knows it.

    Raises UnicodeError where the part before the @ cannot travel.
    """
    local, _, domain = parseaddr(address)[1].rpartition("@")
    local.encode("ascii")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def _words(name: str, text: str) -> Header:
    # Encoded as one whole: piece by piece, the spaces between the pieces get lost.
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name=name, maxlinelen=LINE)


def _mailbox(header: str, mailbox: Mailbox) -> Header:
    address = ascii_address(mailbox.address)
    value = Header(header_name=header, maxlinelen=LINE)
    if not mailbox.name:
        value.append(address, "us-ascii")
        return value
    if mailbox.name.isascii():
        quoted = mailbox.name.replace("\\", "\\\\").replace('"', '\\"')
        value.append(f'"{quoted}"', "us-ascii")
    else:
        value.append(mailbox.name, "utf-8")
    value.append(f"<{address}>", "us-ascii")
    return value


def _text(text: str, subtype: str, **parameters: Any) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, charset="utf-8", **parameters)
    lines = text.replace("\r\n", "\n")
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(binascii.b2a_qp(lines.encode(), istext=True).decode("ascii"))
    return part


def _file(attachment: Attachment) -> MIMEBase:
    part = MIMEBase("application", "octet-stream")
    part.replace_header("Content-Type", attachment.content_type)
    data = attachment.data
    lines = base64.encodebytes(data.encode() if isinstance(data, str) else data)
    part.set_payload(lines.decode("ascii"))
    part["Content-Transfer-Encoding"] = "base64"
    name = str(attachment.filename)
    part.add_header(
        "Content-Disposition",
        attachment.disposition,
        filename=name if name.isascii() else ("utf-8", "", name),
    )
    return part
