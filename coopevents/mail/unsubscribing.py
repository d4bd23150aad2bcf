"""Stopping a kind of mail to an address, and taking that back: by whoever holds a mail's link."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB, insert

from coopevents import clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint
from coopevents.errors import DomainError, NotFoundError
from coopevents.i18n import _
from coopevents.mail import wanting
from coopevents.mail.models import MailKind, Message, UnsubscribeLink
from coopevents.people import reaching
from coopevents.tokens import derived_token, fingerprint

PURPOSE = "unsubscribe"


class Kept(NamedTuple):
    """Which address a link stops which kind of mail to."""

    contact_point_id: int
    kind: MailKind
    address: str


def keep_links(wanted: Sequence[Kept]) -> list[str]:
    """Answer the addresses of pages, in order, that stop each; a second mail has the same one.

    They are derived from the secret of this house, so that only hashes are kept, and one for each
    address instead of one for each mail.
    """
    if not wanted:
        return []
    tokens = [derived_token(PURPOSE, *(str(part) for part in one)) for one in wanted]
    now = clock.now().isoformat()
    rows = [
        {**one._asdict(), "token_hash": fingerprint(token), "created_at": now}
        for one, token in zip(wanted, tokens, strict=True)
    ]
    names = ("contact_point_id", "kind", "address", "token_hash", "created_at")
    columns = [UnsubscribeLink.__table__.columns[name] for name in names]
    nobody: Any = literal_column(f"NULL::{UnsubscribeLink.__tablename__}")
    given = func.jsonb_populate_recordset(nobody, literal(rows, JSONB())).table_valued(*columns)
    db.session.execute(
        insert(UnsubscribeLink)
        .from_select(names, select(given))
        .on_conflict_do_nothing(index_elements=["token_hash"])
    )
    return [link_address(token) for token in tokens]


def link_address(token: str) -> str:
    """Answer the address of the page that stops such mail; nothing in it tells who is meant."""
    return f"{current_app.config['BASE_URL']}/unsubscribe/{token}"


def open_link(token: str) -> UnsubscribeLink:
    """Answer what the link is for; opening changes nothing.

    Raises NotFoundError for a token that never was, DomainError (410) when the address it was made
    for is not in use any more.
    """
    link = find_link(token)
    if link is None:
        raise NotFoundError(_("This link is not known. Please check that it is complete."))
    if not points_of(link):
        raise DomainError(_("Nothing is sent to this address any more."), status=410)
    return link


def find_link(token: str) -> UnsubscribeLink | None:
    """Answer what the link is for; None for a token that never was."""
    return db.session.scalar(
        select(UnsubscribeLink).where(UnsubscribeLink.token_hash == fingerprint(token))
    )


def programme_of(link: UnsubscribeLink) -> int | None:
    """Answer the programme whose mail the address got last."""
    return db.session.scalar(
        select(Message.programme_id)
        .where(Message.contact_point_id == link.contact_point_id)
        .order_by(Message.id.desc())
        .limit(1)
    )


def points_of(link: UnsubscribeLink) -> Sequence[ContactPoint]:
    """Answer every entry of the register that reads the link's mailbox, as a family may share it.

    None when the entry the link was made for has another address by now.
    """
    point = db.session.get_one(ContactPoint, link.contact_point_id)
    stands = point.channel is Channel.EMAIL and point.value == link.address
    return reaching.sharing(point) if stands else []


def stopped_since(link: UnsubscribeLink) -> dict[MailKind, datetime | None]:
    """Answer since when each kind of mail is stopped; None where it goes on."""
    points = points_of(link)
    return {
        kind: min((at for p in points if (at := getattr(p, column))), default=None)
        for kind, column in wanting.COLUMNS.items()
    }


def stop(link: UnsubscribeLink, kind: MailKind) -> None:
    """Send no more of the kind to the address, and let nothing of it leave that is under way."""
    points, now = _locked(link), clock.now()
    for point in points:
        if getattr(point, wanting.COLUMNS[kind]) is None:
            setattr(point, wanting.COLUMNS[kind], now)
            audit.record(
                "contact.unsubscribed", "contact_point", point.id, changes={kind: (True, False)}
            )
    db.session.flush()
    wanting.drop(Message.contact_point_id.in_([point.id for point in points]))


def take_back(link: UnsubscribeLink, kind: MailKind) -> None:
    """Let the kind be sent to the address again; what was left out meanwhile stays left out."""
    for point in _locked(link):
        if getattr(point, wanting.COLUMNS[kind]) is not None:
            setattr(point, wanting.COLUMNS[kind], None)
            audit.record(
                "contact.subscribed_again", "contact_point", point.id, changes={kind: (False, True)}
            )
    db.session.flush()


def _locked(link: UnsubscribeLink) -> Sequence[ContactPoint]:
    ids = [point.id for point in points_of(link)]
    locked = select(ContactPoint).where(ContactPoint.id.in_(ids)).order_by(ContactPoint.id)
    return db.session.scalars(
        locked.with_for_update().execution_options(populate_existing=True)
    ).all()
