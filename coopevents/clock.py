"""The time: the one thing the tests replace."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Where the programme lives; `TIME_ZONE` sets another at the start (config.py)."""


_told_as: ContextVar[datetime | None] = ContextVar("told_as", default=None)


def now() -> datetime:
    """Answer the present moment, aware, in UTC."""
    return _told_as.get() or datetime.now(UTC)


@contextmanager
def as_if(moment: datetime) -> Iterator[None]:
    """Let what follows happen at `moment`: how sample data comes to have a past."""
    token = _told_as.set(moment)
    try:
        yield
    finally:
        _told_as.reset(token)


def use_zone(name: str) -> None:
    """Make `name` the zone in which days begin and end."""
    global LOCAL_ZONE
    LOCAL_ZONE = ZoneInfo(name)


def today() -> date:
    """Answer the local day: the one printed on an invitation and counted in a period."""
    return local(now()).date()


def local(moment: datetime) -> datetime:
    """Answer the same moment as the office's clock shows it."""
    return moment.astimezone(LOCAL_ZONE)


def at_local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Answer the moment the office's clock shows `hour`:`minute` on `day`, in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LOCAL_ZONE).astimezone(UTC)
