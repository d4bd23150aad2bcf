from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select

from coopevents.accounts.models import Membership, User
from coopevents.db import db
from coopevents.notices.models import Notice, NoticeChoice, NoticeKind
from coopevents.notices.words import DEFAULTS, OF_REPORTS, Place
from coopevents.permissions import GRANTS, Permission

PLANNERS = [role for role, grants in GRANTS.items() if Permission.PLAN in grants]
"""The roles that are told what happens around activities."""


@dataclass(frozen=True)
class Recipient:
    """A user who is told, and where she wants to hear it."""

    user_id: int
    place: Place


def list_recipients(
    kind: NoticeKind, programme_id: int, officer: str | None, user_id: int | None
) -> list[Recipient]:
    """Answer who hears of such news: whoever may plan in the programme, in the order of their ids.

    Only the one with the sign-in address `officer`, where she is among them; only the user with
    `user_id`, whatever her role, where she belongs to the programme. Who wants to hear of it
    nowhere is left out.
    """
    may_hear = Membership.role.in_(PLANNERS) if user_id is None else Membership.user_id == user_id
    of_programme = select(Membership.user_id).where(
        Membership.programme_id == programme_id, may_hear
    )
    found = db.session.execute(
        select(User.id, User.email, NoticeChoice)
        .outerjoin(NoticeChoice, and_(NoticeChoice.user_id == User.id, NoticeChoice.kind == kind))
        .where(works_here(), User.id.in_(of_programme))
        .order_by(User.id)
    ).all()
    concerned = [row for row in found if row.email == (officer or "").strip().lower()] or found
    told = [Recipient(row.id, _place(kind, row.NoticeChoice)) for row in concerned]
    return [one for one in told if one.place.in_application or one.place.in_digest]


def works_here() -> ColumnElement[bool]:
    """Answer the condition that a user may still sign in."""
    return and_(User.active, User.erased_at.is_(None))


def _place(kind: NoticeKind, choice: NoticeChoice | None) -> Place:
    if choice is None:
        return DEFAULTS[kind]
    return Place(choice.in_application, choice.in_digest)


def places_of(user_id: int) -> dict[NoticeKind, Place]:
    """Answer where the user hears of each kind of news."""
    chosen = db.session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == user_id))
    by_kind = {choice.kind: choice for choice in chosen}
    return {kind: _place(kind, by_kind.get(kind)) for kind in NoticeKind}


def _in_tray(user_id: int, programme_id: int | None) -> ColumnElement[bool]:
    return and_(
        Notice.user_id == user_id, Notice.programme_id == programme_id, Notice.in_application
    )


def count_unread(user_id: int, programme_id: int | None) -> int:
    """Answer how many lines the user has not read: the number beside the bell."""
    unread = select(func.count()).where(_in_tray(user_id, programme_id), Notice.read_at.is_(None))
    return db.session.scalar(unread) or 0


def list_unread(user_id: int, programme_id: int | None, limit: int) -> Sequence[Notice]:
    """Answer the lines `count_unread` counts, the latest first, up to `limit`."""
    return db.session.scalars(
        select(Notice)
        .where(_in_tray(user_id, programme_id), Notice.read_at.is_(None))
        .order_by(Notice.told_at.desc(), Notice.id.desc())
        .limit(limit)
    ).all()


def list_read(user_id: int, programme_id: int | None, limit: int) -> Sequence[Notice]:
    """Answer what the user has read, the latest first, up to `limit`."""
    return db.session.scalars(
        select(Notice)
        .where(_in_tray(user_id, programme_id), Notice.read_at.is_not(None))
        .order_by(Notice.told_at.desc(), Notice.id.desc())
        .limit(limit)
    ).all()


def not_mailed(user_id: int, programme_id: int | None) -> ColumnElement[bool]:
    """Answer the condition that the user's daily mail has news to tell of a notice."""
    return and_(
        Notice.user_id == user_id,
        Notice.programme_id == programme_id,
        Notice.in_digest,
        Notice.read_at.is_(None),
        Notice.number > Notice.mailed,
        or_(Notice.kind.in_(OF_REPORTS), _plans(user_id, programme_id)),
    )


def _plans(user_id: int, programme_id: int | None) -> ColumnElement[bool]:
    return (
        select(Membership.id)
        .where(
            Membership.user_id == user_id,
            Membership.programme_id == programme_id,
            Membership.role.in_(PLANNERS),
        )
        .exists()
    )
