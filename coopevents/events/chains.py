"""A session that was moved is a new row; here stands which rows are one session to a calendar."""

from collections.abc import Iterable

from coopevents.events.models import EventSession


def first_rows(sessions: Iterable[EventSession]) -> dict[int, int]:
    """Answer for each session the id of the row it was told as first: itself, if never moved.

    `sessions` are all of their activities, those that were moved away included.
    """
    rows = list(sessions)
    before = {s.moved_to_id: s.id for s in rows if s.moved_to_id is not None}
    return {session.id: _first(session.id, before) for session in rows}


def _first(session_id: int, before: dict[int, int]) -> int:
    seen = {session_id}
    while (earlier := before.get(session_id)) is not None and earlier not in seen:
        seen.add(earlier)
        session_id = earlier
    return session_id
