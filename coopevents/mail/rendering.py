"""From a message's row to a mail: what a round has in common is rendered once.

A template is a folder `templates/mail/<template>/` with `subject.txt`, `body.txt` and `body.html`.
The keys of a message's context are its variables, except these:

- `personal`: texts of this recipient alone, by name. A template prints them as
  `{{ personal.name }}` and may ask whether one is empty, but nothing else: they are put in after
  rendering. `link`, `unsubscribe` and `recipient_name` are personal in the same way.
- `calendar`: what calendar_file.py needs; the file goes with the mail.
- `sender_name`: the name beside the sender's address.
- `reply_to`: {"name", "address"} of the person who reads answers.

A variable that the context lacks is an error.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NoReturn

import css_inline
from flask import Flask, current_app
from jinja2 import Environment, StrictUndefined
from markupsafe import escape

from coopevents.config import ROOT
from coopevents.db import Json
from coopevents.i18n import force_locale
from coopevents.mail import calendar_file
from coopevents.mail.message import Calendar, Mailbox, SafeMessage
from coopevents.mail.models import Message
from coopevents.tokens import unseal

MARK = f"mark{secrets.token_hex(8)}x"
"""Letters and digits that no text holds and no escaping or inlining changes."""

MARKED = re.compile(rf"{MARK}([0-9a-f]+)z")
ONLY_PRINT = "A mail template may only print a personal text, or ask whether it is empty."
ASIDE = frozenset({"personal", "calendar", "sender_name", "reply_to"})
STYLES = ROOT / "templates" / "mail" / "mail.css"


class _Blank:
    """Stands for a personal text while what is common is rendered."""

    def __init__(self, name: str) -> None:
        self._mark = f"{MARK}{name.encode().hex()}z"

    def __str__(self) -> str:
        return self._mark

    __html__ = __str__

    def _refuse(self, *_args: object) -> NoReturn:
        raise TypeError(ONLY_PRINT)

    __eq__ = __len__ = __iter__ = __getitem__ = __contains__ = __add__ = __radd__ = _refuse
    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Skeleton:
    """The three texts of a mail, with marks where personal texts go."""

    subject: str
    body: str
    html: str

    def fill(self, personal: dict[str, str]) -> tuple[str, str, str]:
        """Answer subject, text and HTML with the personal texts in them."""
        return (
            " ".join(_fill(self.subject, personal, str).split()),
            _fill(self.body, personal, str),
            _fill(self.html, personal, lambda text: str(escape(text))),
        )


def render(message: Message, sent_at: datetime) -> SafeMessage:
    """Answer the mail of the message, in its language. Writes nothing."""
    context = message.context
    common = {key: value for key, value in context.items() if key not in ASIDE}
    personal = _personal(message)
    subject, body, html = _skeleton(
        message.template,
        message.locale,
        json.dumps(common, sort_keys=True, ensure_ascii=False),
        frozenset(personal),
        frozenset(name for name, text in personal.items() if text),
        current_app.config["BASE_URL"],
    ).fill(personal)
    return SafeMessage(
        subject=subject,
        body=body,
        html=html,
        sender=Mailbox(_line(context.get("sender_name")), _sender()),
        recipient=Mailbox(_line(message.recipient_name), message.address),
        reply_to=_reply_to(context.get("reply_to")),
        message_id=message.message_id,
        sent_at=sent_at,
        unsubscribe=personal["unsubscribe"] or None,
        unsubscribe_by_mail=_stop_by_mail(personal["unsubscribe"]),
        return_path=_return_path(_key(message)),
        key=_key(message),
        calendar=_calendar(message),
    )


def _personal(message: Message) -> dict[str, str]:
    sealed = json.loads(unseal(message.sealed_link)) if message.sealed_link else {}
    return {
        **{name: str(text) for name, text in message.context.get("personal", {}).items()},
        "recipient_name": message.recipient_name,
        "link": sealed.get("link", ""),
        "unsubscribe": sealed.get("unsubscribe", ""),
    }


@lru_cache(maxsize=128)
def _skeleton(
    template: str,
    locale: str,
    common: str,
    names: frozenset[str],
    filled: frozenset[str],
    base_url: str,
) -> Skeleton:
    # Kept by everything that goes into it, so that two messages share one only when they may.
    blanks = {name: _Blank(name) if name in filled else "" for name in names}
    context: Json = {
        **json.loads(common),
        "personal": blanks,
        **{name: blanks[name] for name in ("recipient_name", "link", "unsubscribe")},
        "base_url": base_url,
        "parse_day": date.fromisoformat,
        "parse_moment": datetime.fromisoformat,
    }
    environment = _environment(current_app)
    with force_locale(locale):
        subject, body, html = (
            environment.get_template(f"mail/{template}/{name}").render(context)
            for name in ("subject.txt", "body.txt", "body.html")
        )
    skeleton = Skeleton(subject, body, _inliner().inline(html))
    for text in (skeleton.subject, skeleton.body, skeleton.html):
        _check(text)
    return skeleton


def _check(text: str) -> None:
    # A filter such as `upper` or `truncate` works on the mark instead of the personal text.
    if text.lower().count(MARK[:10]) != len(MARKED.findall(text)):
        raise TypeError(ONLY_PRINT)


def _fill(skeleton: str, personal: dict[str, str], write: Callable[[str], str]) -> str:
    return MARKED.sub(lambda mark: write(personal[bytes.fromhex(mark[1]).decode()]), skeleton)


def _environment(app: Flask) -> Environment:
    # Not Flask's own: a page may leave a gap where a variable is missing, a letter may not.
    kept = app.extensions.setdefault("coopevents.mail", {})
    if "environment" not in kept:
        kept["environment"] = app.jinja_env.overlay(undefined=StrictUndefined)
    environment: Environment = kept["environment"]
    return environment


@lru_cache(maxsize=1)
def _inliner() -> Any:
    return css_inline.CSSInliner(
        extra_css=STYLES.read_text(encoding="utf-8"), load_remote_stylesheets=False
    )


def _calendar(message: Message) -> Calendar | None:
    wanted = message.context.get("calendar")
    if not wanted or not wanted["sessions"]:
        return None
    attendee = (message.recipient_name, message.address)
    text = calendar_file.build(wanted, stamp=message.queued_at, attendee=attendee)
    return Calendar(wanted["method"], text)


def _reply_to(wanted: Json | None) -> Mailbox | None:
    if not wanted or not wanted.get("address"):
        return None
    return Mailbox(_line(wanted.get("name")), wanted["address"])


def _key(message: Message) -> str:
    return message.message_id.strip("<>").partition("@")[0]


def _return_path(key: str) -> str | None:
    """Answer where reports of mail servers go; `*` in the setting becomes the message's key."""
    address = current_app.config["BOUNCE_ADDRESS"]
    return address.replace("*", key) if address else None


def _stop_by_mail(unsubscribe: str) -> str | None:
    # Only where somebody reads what is written there.
    if not unsubscribe or not current_app.config["BOUNCE_MAILBOX"]:
        return None
    address = (current_app.config["BOUNCE_ADDRESS"] or _sender()).replace("+*", "")
    token = unsubscribe.rpartition("/")[2]
    return f"mailto:{address}?subject=unsubscribe%20{token}"


def _sender() -> str:
    return str(current_app.config["MAIL_DEFAULT_SENDER"])


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
