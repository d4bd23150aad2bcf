"""Officers and their news, for tests."""

from typing import Any

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role, User
from coopevents.notices import service
from coopevents.notices.models import About, NoticeKind
from coopevents.programme.models import Programme
from tests.browsing import PASSWORD


def make_user(programme: Programme | None, name: str, role: Role = Role.OFFICER) -> User:
    """Answer a new user with that role in the programme, whose address begins with the name."""
    user = accounts.create_user(f"{name}@office.example", name.title(), PASSWORD)
    accounts.add_member(user, role, programme_id=programme and programme.id, body=None)
    return user


def tell(programme: Programme, kind: NoticeKind = NoticeKind.ACCEPTED, **more: Any) -> None:
    """Tell of the activity with number 7, or of what is given."""
    plain = {"about": (About.EVENT, 7), "values": {"title": "Tập huấn quản trị"}}
    service.tell(kind, programme.id, **{**plain, **more})
