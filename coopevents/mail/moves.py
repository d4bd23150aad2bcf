"""The states of a message: every move there is, and the only way to make one."""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, Update, update

from coopevents.mail.models import Message, MessageState

_S = MessageState

MOVES: dict[MessageState, frozenset[MessageState]] = {
    # A message that is tried again may come back from an earlier try.
    _S.QUEUED: frozenset({_S.CLAIMED, _S.CANCELLED, _S.BOUNCED}),
    _S.RETRY: frozenset({_S.CLAIMED, _S.CANCELLED, _S.BOUNCED}),
    _S.CLAIMED: frozenset({_S.SENDING, _S.QUEUED, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.SENT, _S.RETRY, _S.FAILED, _S.UNCERTAIN, _S.BOUNCED}),
    # The first three when the server's answer comes after all, or when a person decides.
    _S.UNCERTAIN: frozenset({_S.SENT, _S.RETRY, _S.FAILED, _S.QUEUED, _S.BOUNCED}),
    _S.SENT: frozenset({_S.BOUNCED}),
    _S.FAILED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.BOUNCED: frozenset(),
}

SETTLED = frozenset({_S.SENT, _S.FAILED, _S.CANCELLED, _S.BOUNCED})
"""Nothing follows, so the personal link is not needed any more."""


def move(
    origins: Iterable[MessageState],
    to: MessageState,
    *conditions: ColumnElement[bool],
    **values: Any,
) -> Update:
    """Answer the statement that moves whichever messages still stand in one of `origins`.

    A lost race changes no row. Raises ValueError for a move that `MOVES` does not name.
    """
    origins = sorted(origins)
    wrong = [origin for origin in origins if to not in MOVES[origin]]
    if wrong:
        raise ValueError(f"A message does not move from {wrong[0]} to {to}.")
    if to not in {_S.CLAIMED, _S.SENDING, _S.UNCERTAIN}:
        values.update(claimed_by=None)
    if to in SETTLED:
        values.update(sealed_link=None)
    # Of the table, not of the class: no session has to look for rows it knows.
    table = cast("Table", Message.__table__)
    return update(table).where(table.c.state.in_(origins), *conditions).values(state=to, **values)
