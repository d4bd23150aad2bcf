"""Whom a browser has shown to know: kept in its own signed cookie for half a day, and nowhere else.

No name stands there, only numbers of the register.
"""

from collections.abc import Collection
from datetime import timedelta

from flask import session

from coopevents import clock
from coopevents.answering.known import NOBODY, Seen
from coopevents.invitations.models import Invitation

LASTS = timedelta(hours=12)
"""Who answers in the morning may look again in the evening; a phone lent the day after shows
nothing. The session's cookie itself is good for no longer."""

MOST = 10
"""Invitations that one browser remembers: a cookie is small."""

KEY = "seen"


def of(invitation: Invitation) -> Seen:
    """Answer whom this browser may show by name: an invited person's own link names her anyway."""
    if invitation.person_id is not None:
        return Seen(everybody=True)
    until, everybody, people = _kept().get(str(invitation.id), (0, False, []))
    if until <= clock.now().timestamp():
        return NOBODY
    return Seen(everybody, frozenset(people))


def add(invitation: Invitation, more: Seen) -> None:
    """Let this browser show these too, from now on for half a day."""
    before, now = of(invitation), clock.now()
    people: Collection[int] = before.people | more.people
    entry = ((now + LASTS).timestamp(), before.everybody or more.everybody, sorted(people))
    others = [
        (id_, kept)
        for id_, kept in _kept().items()
        if id_ != str(invitation.id) and kept[0] > now.timestamp()
    ]
    latest = sorted(others, key=lambda other: other[1][0])[1 - MOST :]
    session[KEY] = dict([*latest, (str(invitation.id), entry)])


def _kept() -> dict[str, tuple[float, bool, list[int]]]:
    kept: dict[str, tuple[float, bool, list[int]]] = session.get(KEY, {})
    return kept
