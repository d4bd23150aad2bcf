"""Dated rows of one organisation: a new value begins on a day, and the old one ends before it."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy import select

from coopevents import access
from coopevents.db import db
from coopevents.directory.models import (
    ClassificationOverride,
    OrganisationAddress,
    OrganisationCode,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    Post,
)
from coopevents.errors import DomainError
from coopevents.i18n import _, day

Row = TypeVar(
    "Row",
    OrganisationName,
    OrganisationAddress,
    OrganisationStatus,
    OrganisationSector,
    OrganisationCode,
    ClassificationOverride,
    Post,
)
Values = Mapping[str, Any]
DAY = timedelta(days=1)


def rows_of(table: type[Row], organisation_id: int, **key: Any) -> list[Row]:
    """Answer the rows of one kind about an organisation, the earliest first."""
    return list(
        db.session.scalars(
            select(table)
            .where(table.organisation_id == organisation_id)
            .filter_by(**key)
            .order_by(table.valid_from.asc().nulls_first(), table.id)
        )
    )


def holds_on(row: Any, on: date) -> bool:
    """Whether a dated row holds on the day."""
    begun = row.valid_from is None or row.valid_from <= on
    return begun and (row.valid_to is None or row.valid_to >= on)


def begin(
    table: type[Row],
    organisation_id: int,
    since: date,
    values: Values,
    *,
    source: str | None = None,
    last_on: date | None = None,
    **key: Any,
) -> Row | None:
    """Have the values hold from the day until the next change known; answer what held before.

    With no later change they hold until `last_on`, or without end.

    In the middle of a history this splits the row that held that day; a change that is already
    known of a later day stays as it is. Raises DomainError where nothing would change, or where
    only a correction can mean what was asked.
    """
    rows = rows_of(table, organisation_id, **key)
    held = next((row for row in rows if holds_on(row, since)), None)
    later = next((row for row in rows if row.valid_from and row.valid_from > since), None)
    _refuse_needless(held, later, since, values)
    until = last_on
    if later and later.valid_from:
        until = later.valid_from - DAY
    if held:
        until = held.valid_to
        held.valid_to = since - DAY
        # The trigger that refuses two rows on one day must find the old one ended.
        db.session.flush()
    write(
        table, organisation_id, {**values, **key}, valid_from=since, valid_to=until, source=source
    )
    return held


def _refuse_needless(held: Row | None, later: Row | None, since: date, values: Values) -> None:
    if held and says(held, values):
        raise DomainError(_("The register says so already for %(day)s.", day=day(since)))
    if held and held.valid_from == since:
        raise DomainError(
            _(
                "A change of that very day, %(day)s, is already written: correct it.",
                day=day(since),
            )
        )
    if later and says(later, values):
        raise DomainError(
            _(
                "The register says so from %(day)s. If it was so earlier, correct that day.",
                day=day(later.valid_from),
            )
        )


def says(row: Any, values: Values) -> bool:
    """Whether the row already says all of it."""
    return all(getattr(row, name) == value for name, value in values.items())


def write(
    table: type[Row],
    organisation_id: int,
    values: Values,
    *,
    valid_from: date | None,
    valid_to: date | None = None,
    source: str | None = None,
) -> Row:
    """Write a row on behalf of whoever acts now."""
    row = table(
        organisation_id=organisation_id,
        valid_from=valid_from,
        valid_to=valid_to,
        source=source or None,
        recorded_by_id=user_id(),
        **values,
    )
    db.session.add(row)
    db.session.flush()
    return row


def move_beginning(row: Row, since: date | None, **key: Any) -> None:
    """Have the row begin on another day, and the one that ended the day before it end with that.

    For a day that was typed wrong. Raises DomainError where another row would vanish or two would
    hold on one day.
    """
    before = [other for other in rows_of(type(row), row.organisation_id, **key) if other is not row]
    before = [other for other in before if _is_earlier(other, row)]
    previous = before[-1] if before else None
    _require_room(row, previous, since)
    touching = previous and row.valid_from and previous.valid_to == row.valid_from - DAY
    if since is not None and (row.valid_from is None or since > row.valid_from):
        # Whichever gives way goes first: the trigger looks after each of the two.
        row.valid_from = since
        db.session.flush()
        if previous and touching:
            previous.valid_to = since - DAY
    else:
        if previous and touching and since:
            previous.valid_to = since - DAY
            db.session.flush()
        row.valid_from = since
    db.session.flush()


def _is_earlier(other: Row, row: Row) -> bool:
    if row.valid_from is None:
        return False
    return other.valid_from is None or other.valid_from < row.valid_from


def _require_room(row: Row, previous: Row | None, since: date | None) -> None:
    if since is None:
        if previous:
            raise DomainError(_("Something else held before it, so it needs a first day."))
        return
    if row.valid_to and since > row.valid_to:
        raise DomainError(_("It ended on %(day)s, before that.", day=day(row.valid_to)))
    if previous is None:
        return
    apart = row.valid_from and previous.valid_to and previous.valid_to < row.valid_from - DAY
    first = previous.valid_to if apart else previous.valid_from
    if first and since <= first:
        raise DomainError(
            _("What stands in the register before it holds until %(day)s.", day=day(first))
            if apart
            else _("What stands in the register before it began on %(day)s.", day=day(first))
        )


def user_id() -> int | None:
    """Answer the user who acts now, if it is one."""
    who = access.actor()
    return who.id if who.kind == "user" else None
