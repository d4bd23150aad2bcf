"""The daily mail: what a user has not read yet, at the beginning of the working day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from coopevents import clock
from coopevents.accounts import queries as accounts
from coopevents.accounts.models import Membership, User
from coopevents.db import db
from coopevents.i18n import LOCALES, day, force_locale
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.notices import queries, words
from coopevents.notices.models import Notice, NoticeDigest
from coopevents.workdays import queries as workdays

MOST = 30
"""So many lines stand in one mail; of more it tells the number."""


def day_due(now: datetime) -> date | None:
    """Answer the day whose mails are due: today, while the office is open."""
    local = clock.local(now)
    hours = workdays.hours_on(local.date())
    if hours is None or not hours[0] <= local.time() < hours[1]:
        return None
    return local.date()


def list_waiting(on: date) -> Sequence[int]:
    """Answer the users whose mail of the day was not seen to yet."""
    seen_to = select(NoticeDigest.user_id).where(NoticeDigest.on_day == on)
    return db.session.scalars(
        select(User.id)
        .where(
            queries.works_here(),
            User.id.in_(select(Membership.user_id)),
            User.id.not_in(seen_to),
        )
        .order_by(User.id)
    ).all()


def send(user_id: int, on: date) -> bool:
    """See to the user's mail of the day, and answer whether there was anything to tell.

    Of two who see to it at once, one does.
    """
    # Claimed before the news is looked at: of two who look at once, one would see none, and it
    # must not be that one who claims.
    claimed = db.session.scalar(
        insert(NoticeDigest)
        .values(user_id=user_id, on_day=on, told=0, at=clock.now())
        .on_conflict_do_nothing()
        .returning(NoticeDigest)
    )
    if claimed is None:
        return False
    user = db.session.get_one(User, user_id)
    programme_id = _programme_of(user)
    found = _take(user, programme_id)
    if not found:
        return False
    claimed.told = len(found)
    _queue(user, programme_id, on, found)
    for notice in found:
        _note_mailed(notice)
    return True


def _programme_of(user: User) -> int | None:
    # As the pages she sees: of the first membership that names one.
    members = accounts.list_memberships(user)
    return next((m.programme_id for m in members if m.programme_id is not None), None)


def _take(user: User, programme_id: int | None) -> Sequence[Notice]:
    # What is being added to at this moment waits for the next day, and nobody waits for us.
    return db.session.scalars(
        select(Notice)
        .where(queries.not_mailed(user.id, programme_id))
        .order_by(Notice.told_at.desc(), Notice.id.desc())
        .with_for_update(skip_locked=True)
    ).all()


def _queue(user: User, programme_id: int | None, on: date, found: Sequence[Notice]) -> None:
    base = current_app.config["BASE_URL"]
    locale = user.locale if user.locale in LOCALES else current_app.config["BABEL_DEFAULT_LOCALE"]
    with force_locale(locale):
        context = {
            "day": day(on),
            "lines": [
                {
                    "text": words.sentence(notice, notice.number - notice.mailed),
                    "address": f"{base}{words.path(notice)}",
                }
                for notice in found[:MOST]
            ],
            "more": max(0, len(found) - MOST),
        }
    mail.queue_message(
        dedupe_key=f"digest:{user.id}:{on.isoformat()}",
        template="digest",
        address=user.email,
        recipient_name=user.full_name,
        locale=locale,
        context=context,
        # After a crash it is sent again by itself: nobody would decide about it.
        priority=Priority.ANSWER,
        programme_id=programme_id,
        link=f"{base}/notices/",
        not_after=clock.at_local(on + timedelta(days=1)),
    )


def _note_mailed(notice: Notice) -> None:
    told = {"mailed": notice.number}
    if not notice.in_application:
        # The mail was the only place she wanted to read it.
        told["read_at"] = clock.now()  # type: ignore[assignment]
    db.session.execute(update(Notice).where(Notice.id == notice.id).values(**told))
