"""What it takes to queue a message, and the row that it becomes."""

import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NotRequired, Required, TypedDict
from urllib.parse import urlsplit

from flask import current_app

from coopevents.db import Json
from coopevents.mail import unsubscribing
from coopevents.mail.models import Batch, MailKind, Priority
from coopevents.mail.unsubscribing import Kept
from coopevents.tokens import seal


class Draft(TypedDict, total=False):
    """What is needed to queue a message.

    `dedupe_key` says why it is sent, and includes whatever makes a second one legitimate.
    `context` is plain JSON; rendering.py tells which of its keys have a meaning of their own.
    `link` is a personal address, kept encrypted until the message has left. What is of a `kind`
    says how to stop that kind; a round to a contact point is one of invitations.
    `about` names the row it is about; after `not_after` it is not sent any more.
    """

    dedupe_key: Required[str]
    template: Required[str]
    address: Required[str]
    recipient_name: Required[str]
    locale: Required[str]
    context: Required[Json]
    priority: Required[Priority]
    programme_id: Required[int | None]
    batch: NotRequired[Batch | None]
    contact_point_id: NotRequired[int | None]
    link: NotRequired[str | None]
    kind: NotRequired[MailKind]
    about: NotRequired[tuple[str, int] | None]
    not_after: NotRequired[datetime | None]


def one_row(draft: Draft) -> dict[str, Any]:
    """Answer the row of one message, its link to stop such mail kept."""
    (row,) = to_rows([draft])
    return row


def to_rows(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Answer the rows of the messages in their order, their links to stop such mail kept."""
    stoppable = [kept for kept in map(_stoppable, drafts) if kept]
    stops = dict(zip(stoppable, unsubscribing.keep_links(stoppable), strict=True))
    host = _host()
    return [_row(draft, stops, host) for draft in drafts]


def _kind(draft: Draft) -> MailKind | None:
    if draft.get("contact_point_id") is None:
        return None
    given = draft.get("kind")
    return given or (MailKind.INVITATIONS if draft["priority"] is Priority.ROUND else None)


def _stoppable(draft: Draft) -> Kept | None:
    kind, point_id = _kind(draft), draft.get("contact_point_id")
    return Kept(point_id, kind, draft["address"]) if kind and point_id else None


def _row(draft: Draft, stops: dict[Kept, str], host: str) -> dict[str, Any]:
    batch, about, stoppable = draft.get("batch"), draft.get("about"), _stoppable(draft)
    return {
        "dedupe_key": draft["dedupe_key"],
        "template": draft["template"],
        "address": draft["address"],
        "recipient_name": draft["recipient_name"],
        "locale": draft["locale"],
        "kind": _kind(draft),
        "context": draft["context"],
        "priority": draft["priority"],
        "programme_id": draft["programme_id"],
        "batch_id": batch.id if batch else None,
        "contact_point_id": draft.get("contact_point_id"),
        "sealed_link": _sealed(draft.get("link"), stops[stoppable] if stoppable else None),
        "about_kind": about[0] if about else None,
        "about_id": about[1] if about else None,
        "not_after": draft.get("not_after"),
        "message_id": f"<{uuid.uuid4()}@{host}>",
    }


def _sealed(link: str | None, unsubscribe: str | None) -> str | None:
    addresses = {"link": link, "unsubscribe": unsubscribe}
    kept = {name: address for name, address in addresses.items() if address}
    return seal(json.dumps(kept)) if kept else None


def _host() -> str:
    host = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    return f"[IPv6:{host}]" if ":" in host else host
