"""The line to the mail server: what it says becomes an outcome. Decides nothing."""

import re
import smtplib
import ssl

from flask import Flask, current_app
from flask_mail import Connection, Mail
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from coopevents.config import limiter_url
from coopevents.mail.message import Envelope
from coopevents.mail.outcomes import Outcome, Result, is_of_sender

TIMEOUT = 20
CLOSING = 421
"""The server ends the line, whatever it was asked."""

LEADING_DOT = re.compile(rb"(?m)^\.")

mail = Mail()


class UnreachableError(Exception):
    """The server cannot be spoken to: it does not answer, or does not let us in."""


class Line(Connection):
    """One connection to the mail server, opened when needed, and again when it broke."""

    host: smtplib.SMTP | None

    def configure_host(self) -> smtplib.SMTP:
        """Open the line: in time, encrypted to a server that proves who it is, and let in."""
        settings = self.mail
        context = ssl.create_default_context()
        server, port = settings.server, settings.port
        if settings.use_ssl:
            host: smtplib.SMTP = smtplib.SMTP_SSL(server, port, timeout=TIMEOUT, context=context)
        else:
            host = smtplib.SMTP(server, port, timeout=TIMEOUT)
        try:
            if settings.use_tls:
                host.starttls(context=context)
            if settings.username and settings.password:
                host.login(settings.username, settings.password)
            host.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException):
            host.close()
            raise
        return host

    def ensure_open(self) -> None:
        """See that the line stands. Raises UnreachableError when the server lets nobody in."""
        if self.host is not None:
            return
        try:
            self.host = self.configure_host()
        except (OSError, smtplib.SMTPException) as error:
            raise UnreachableError(_words(error)) from error

    def close(self) -> None:
        """Take leave of the server."""
        if self.host is None:
            return
        try:
            self.host.quit()
        except (OSError, smtplib.SMTPException):
            self.host.close()
        self.host = None

    def hand_over(self, envelope: Envelope) -> Outcome:
        """Give the mail to the server and answer what came of it; the line must be open."""
        try:
            outcome = self._greet(envelope) or self._give(envelope.data)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Result.BROKEN, _words(error))
        if outcome.result not in {Result.ACCEPTED, Result.UNKNOWN}:
            self._begin_anew(outcome)
        return outcome

    def _greet(self, envelope: Envelope) -> Outcome | None:
        host = self._open_host
        code, answer = host.mail(envelope.sender)
        if code != 250:
            # Whatever is wrong with our own address is not the recipient's end: it can be mended.
            refused = _refusal(code, answer)
            is_final = refused.result is Result.REFUSED
            return Outcome(Result.LATER, refused.words) if is_final else refused
        code, answer = host.rcpt(envelope.recipient)
        if code not in {250, 251}:
            return _refusal(code, answer)
        code, answer = host.docmd("DATA")
        return None if code == 354 else _refusal(code, answer)

    def _give(self, data: bytes) -> Outcome:
        host = self._open_host
        # Until the last byte of this has left, the server cannot have taken the mail.
        text = LEADING_DOT.sub(b"..", data)
        host.send(text + (b"" if text.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        try:
            code, answer = host.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Result.UNKNOWN, _words(error))
        return Outcome(Result.ACCEPTED) if code == 250 else _refusal(code, answer)

    def _begin_anew(self, outcome: Outcome) -> None:
        if self.host is None:
            return
        if outcome.result is Result.BROKEN:
            self.close()
            return
        try:
            self.host.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self.host is not None:
            self.host.close()
        self.host = None

    @property
    def _open_host(self) -> smtplib.SMTP:
        if self.host is None:
            raise smtplib.SMTPServerDisconnected("The line is not open.")
        return self.host


def _refusal(code: int, answer: bytes) -> Outcome:
    words = _said(code, answer)
    if code == CLOSING:
        return Outcome(Result.BROKEN, words)
    if is_of_sender(words):
        return Outcome(Result.BLOCKED, words)
    return Outcome(Result.LATER if 400 <= code < 500 else Result.REFUSED, words)


def _said(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode(errors='replace')}"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def init(app: Flask) -> None:
    """Give the app its mail settings, and the limit of what it may send in a minute."""
    mail.init_app(app)
    app.extensions.setdefault("coopevents.mail", {})["limiter"] = MovingWindowRateLimiter(
        storage_from_string(limiter_url(app.config["REDIS_URL"]), wrap_exceptions=True)
    )


def new_line() -> Line:
    """Answer a line to the server of the settings, not opened yet."""
    return Line(current_app.extensions["mail"])


def is_switched_off() -> bool:
    """Whether the settings forbid sending at all."""
    return bool(current_app.extensions["mail"].suppress)


def is_limited() -> bool:
    """Whether there is a limit to the mails of a minute, so that Redis is asked for each."""
    return bool(current_app.config["MAIL_RATE_PER_MINUTE"])


def may_send_now() -> bool:
    """Take one of the sendings allowed within any minute; False when there is none left.

    The count stands in Redis, for all workers together. While Redis does not answer, nothing may
    be sent where there is a limit.
    """
    limit = current_app.config["MAIL_RATE_PER_MINUTE"]
    if not limit:
        return True
    limiter: MovingWindowRateLimiter = current_app.extensions["coopevents.mail"]["limiter"]
    try:
        return limiter.hit(RateLimitItemPerMinute(limit), "mail")
    except (RedisError, StorageError):
        return False


def is_allowed(address: str) -> bool:
    """Whether MAIL_ALLOW, where it is set, names this address or its domain."""
    allowed = current_app.config["MAIL_ALLOW"]
    if allowed is None:
        return True
    address = address.lower()
    domain = address.rpartition("@")[2]
    return address in allowed or domain in allowed or f"@{domain}" in allowed
