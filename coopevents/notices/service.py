"""Telling officers the news, and what they do with it: read it, or choose what they hear."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import delete, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.notices import queries
from coopevents.notices.models import About, Notice, NoticeChoice, NoticeDigest, NoticeKind
from coopevents.notices.words import Place

KEPT = timedelta(days=90)
"""How long news is kept, read or not: what happened stands elsewhere."""

SAME = ("user_id", "kind", "about_kind", "about_id")
LATEST = ("details", "in_application", "in_digest", "told_at")
"""What a line that is told again takes over from the last time."""


def tell(
    kind: NoticeKind,
    programme_id: int,
    *,
    about: tuple[About, int],
    values: Json,
    officer: str | None = None,
    user_id: int | None = None,
    number: int = 1,
) -> None:
    """Have whom it concerns hear of it: in the application, in the daily mail, as each chose.

    Everybody who may plan in the programme is told; only the officer with that sign-in address,
    where she may plan; only the user with that id, where she belongs to the programme. Nobody is
    told of what she did herself. While it is unread, the same about the same is one line.

    `values` has a `title`, and for a round the `event_id`. Call it last in an act: it holds the
    lines until the end of the transaction.
    """
    who = access.actor()
    rows = [
        {
            "programme_id": programme_id,
            "user_id": recipient.user_id,
            "kind": kind,
            "about_kind": about[0],
            "about_id": about[1],
            "details": values,
            "number": number,
            "mailed": 0,
            "in_application": recipient.place.in_application,
            "in_digest": recipient.place.in_digest,
            "told_at": clock.now(),
        }
        for recipient in queries.list_recipients(kind, programme_id, officer, user_id)
        if who.kind != "user" or recipient.user_id != who.id
    ]
    if not rows:
        return
    added = insert(Notice).values(rows)
    db.session.execute(
        added.on_conflict_do_update(
            index_elements=SAME,
            index_where=text("read_at IS NULL"),
            set_={
                "number": Notice.number + added.excluded.number,
                **{name: added.excluded[name] for name in LATEST},
            },
        )
    )


def mark_read(user_id: int, seen: Collection[tuple[int, int]]) -> None:
    """Mark as read the user's lines with these ids, each if it still tells of that many times.

    What happened since she looked is news still.
    """
    if not seen:
        return
    # A line that is being added to at this moment is news too, and waiting for it could tie a knot.
    shown = (
        select(Notice.id)
        .where(
            Notice.user_id == user_id,
            Notice.read_at.is_(None),
            tuple_(Notice.id, Notice.number).in_(seen),
        )
        .with_for_update(skip_locked=True)
    )
    ids = db.session.scalars(shown).all()
    db.session.execute(update(Notice).where(Notice.id.in_(ids)).values(read_at=clock.now()))


def choose(user_id: int, places: Mapping[NoticeKind, Place]) -> None:
    """Have the user hear of these kinds of news there from now on."""
    before = queries.places_of(user_id)
    changed = {kind: place for kind, place in places.items() if place != before[kind]}
    if not changed:
        return
    added = insert(NoticeChoice).values(
        [
            {
                "user_id": user_id,
                "kind": kind,
                "in_application": place.in_application,
                "in_digest": place.in_digest,
            }
            for kind, place in changed.items()
        ]
    )
    chosen = {name: added.excluded[name] for name in ("in_application", "in_digest")}
    db.session.execute(added.on_conflict_do_update(index_elements=["user_id", "kind"], set_=chosen))
    audit.record(
        "notices.chosen",
        "user",
        user_id,
        changes={
            kind.value: (_told(before[kind]), _told(place)) for kind, place in changed.items()
        },
    )


def _told(place: Place) -> str:
    chosen = {"application": place.in_application, "digest": place.in_digest}
    return ", ".join(name for name, wanted in chosen.items() if wanted)


def tidy() -> int:
    """Remove news that is too old, and answer how many lines that were."""
    before = clock.now() - KEPT
    db.session.execute(delete(NoticeDigest).where(NoticeDigest.at < before))
    removed = db.session.execute(delete(Notice).where(Notice.told_at < before).returning(Notice.id))
    return len(removed.all())
