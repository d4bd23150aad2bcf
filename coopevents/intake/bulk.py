"""Many rows at once into a table, without an object for each."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from enum import Enum
from itertools import chain
from typing import Any

from sqlalchemy import Column, Table, bindparam, select, update
from sqlalchemy.dialects.postgresql import JSONB

from coopevents.db import Base, db

Values = Mapping[str, Any]


def copy(model: type[Base], rows: Iterable[Values]) -> int:
    """Write the rows as they come, and answer how many there were.

    All of them fill the columns that the first one fills; what the model fills by itself, such as
    the moment, is the same for all.
    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return 0
    table = _table(model)
    given = [table.columns[name] for name in first]
    filled = [(column, _default(column)) for column in table.columns if _fills(column, first)]
    constant = [_plain(column)(value) for column, value in filled]
    plain = [(column.name, _plain(column)) for column in given]
    names = ", ".join(f'"{column.name}"' for column in [*given, *(c for c, _value in filled)])
    db.session.flush()
    cursor = db.session.connection().connection.cursor()
    number = 0
    with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as pipe:
        for row in chain([first], waiting):
            pipe.write_row([*(as_text(row[name]) for name, as_text in plain), *constant])
            number += 1
    return number


def copy_for_ids(model: type[Base], rows: Iterable[Values], batch_id: int) -> list[int]:
    """Write the rows of a batch, and answer their ids in the same order.

    They must be all the rows that the batch has in the table.
    """
    copy(model, rows)
    table = _table(model)
    found = select(table.c.id).where(table.c.import_batch_id == batch_id)
    # A row gets its number as it comes, so their order is that of their numbers.
    return list(db.session.scalars(found.order_by(table.c.id)))


def set_each(model: type[Base], name: str, values: list[tuple[int, Any]]) -> None:
    """Set one column of each of the rows."""
    if not values:
        return
    table = _table(model)
    statement = (
        update(table)
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam("new_value")})
    )
    # Triggers that compare days must find the change made.
    db.session.connection().execute(
        statement, [{"row_id": id_, "new_value": value} for id_, value in values]
    )


def day_before(day: date) -> date:
    """Answer the last day of what ends when something begins."""
    return day - timedelta(days=1)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - a model of ours is a table, never a join
    return table


def _fills(column: Column[Any], given: Values) -> bool:
    return column.name not in given and column.default is not None


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg


def _plain(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, JSONB):
        return _json
    return _value


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
