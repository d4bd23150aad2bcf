"""Items of checklists for tests, written straight into their table."""

from datetime import date

from sqlalchemy import func, select

from coopevents import names
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role, User
from coopevents.checklists.models import Anchor, ChecklistItem
from coopevents.db import db
from coopevents.events.models import Event
from coopevents.programme.models import Programme


def make_item(
    event: Event,
    text: str = "Đặt hội trường",
    *,
    due_on: date | None = None,
    anchor: Anchor | None = None,
    offset_days: int | None = None,
    owner: User | None = None,
) -> ChecklistItem:
    """Put something on the list of the activity, below what stands there."""
    rank = db.session.scalar(
        select(func.coalesce(func.max(ChecklistItem.rank), 0) + 1).where(
            ChecklistItem.event_id == event.id
        )
    )
    item = ChecklistItem(
        event=event,
        text=text,
        due_on=due_on,
        anchor=anchor,
        offset_days=offset_days,
        owner=owner,
        rank=rank,
    )
    db.session.add(item)
    db.session.flush()
    return item


def make_user(programme: Programme, name: str, role: Role = Role.OFFICER) -> User:
    """Have somebody sign in for the programme."""
    user = accounts.create_user(
        f"{names.fold(name).replace(' ', '.')}@coop.example", name, "correct horse battery"
    )
    accounts.add_member(user, role, programme_id=programme.id, body=None)
    return user
