"""The declarative base, the session, and the column types every table shares."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from flask import Flask, current_app, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    DateTime,
    Engine,
    Enum,
    ForeignKey,
    Identity,
    MetaData,
    Text,
    and_,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from coopevents import clock

Json = dict[str, Any]
Day = date | ColumnElement[date] | InstrumentedAttribute[date] | InstrumentedAttribute[date | None]
"""A day, or a column that has one in every row."""

Translated = dict[str, str]
"""A text by language: {"vi": …, "en": …, "ar": …}. Vietnamese is always there."""


def _values(states: type[StrEnum]) -> list[str]:
    return [state.value for state in states]


class Base(DeclarativeBase):
    """What every table has: a BIGINT identity key and constraint names one can predict."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        datetime: DateTime(timezone=True),
        UUID: PG_UUID(as_uuid=True),
        Json: JSONB(),
        Translated: JSONB(),
        Translated | None: JSONB(),
        Json | None: JSONB(),
        list[Json]: JSONB(),
        list[str]: ARRAY(Text()),
        StrEnum: Enum(
            StrEnum, native_enum=False, create_constraint=True, length=40, values_callable=_values
        ),
    }

    append_only: ClassVar[bool] = False
    """True where a trigger of the database refuses UPDATE, DELETE and TRUNCATE."""

    no_overlap: ClassVar[tuple[str, ...]] = ()
    """Columns within which a trigger refuses two rows valid on one day; the first names a row
    of another table, which the trigger locks."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)


class Dated:
    """A fact with days of validity, and where it was learned.

    `valid_from` None means "since before anybody can say"; `valid_to` is the last day it held,
    None while it holds.
    """

    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    source: Mapped[str | None]
    import_batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batches.id"), index=True)


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods of requests that change nothing."""

READER = "reader"
"""Under this name stands the engine whose transactions PostgreSQL refuses to write in."""


class Session(FlaskSession):
    """A session that only reads while a GET is answered: a link opens a page and changes nothing.

    What it read it ends by COMMIT. At a ROLLBACK psycopg forgets which statements are prepared,
    and half of what a page asks for in PostgreSQL is planning them again.
    """

    def get_bind(self, *args: Any, **asked: Any) -> Engine | Connection:
        """Answer the engine that only reads, if a GET is answered and the application has one."""
        engine = super().get_bind(*args, **asked)
        if not (has_request_context() and request.method in SAFE and isinstance(engine, Engine)):
            return engine
        reader: Engine = current_app.extensions.get(READER, engine)
        self.info[READER] = reader is not engine
        return reader

    def close(self) -> None:
        """End the transaction, and forget every object."""
        if self.info.pop(READER, False):
            self.expunge_all()
            try:
                self.commit()
            except SQLAlchemyError:
                # Whoever could not read was answered so already.
                self.rollback()
        super().close()


db = SQLAlchemy(
    metadata=Base.metadata,
    # What was planned over an empty table is planned anew within minutes, however it has grown.
    engine_options={"pool_pre_ping": True, "pool_recycle": 300},
    session_options={"class_": Session},
)


def init(app: Flask) -> None:
    """Give the application its database, and an engine beside it that only reads."""
    db.init_app(app)
    with app.app_context():
        app.extensions[READER] = db.engine.execution_options(postgresql_readonly=True)


def insert_all(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> Insert:
    """Answer the statement that writes all the rows, which name the same columns.

    They travel as one parameter: 10,000 rows of 13 columns would be 130,000, and whoever sends
    those spends seconds on counting.
    """
    columns = [column for column in model.__table__.columns if column.key in rows[0]]
    nobody: ColumnElement[Any] = literal_column(f"NULL::{model.__tablename__}")
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    given = func.jsonb_populate_recordset(nobody, literal(plain, JSONB())).table_valued(*columns)
    return insert(model).from_select([column.key for column in columns], select(given))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def one_of(column: Any, values: Iterable[Any] | BindParameter[Any]) -> ColumnElement[bool]:
    """Answer the condition that the column has one of the values, however many these are.

    They travel as one array: `in_` sends each by itself, and PostgreSQL takes no more than 65,535.
    A parameter in their place is given when the statement is run.
    """
    array = ARRAY(column.type)
    if isinstance(values, BindParameter):
        given = bindparam(values.key, type_=array)
    else:
        given = bindparam(None, list(values), type_=array)
    condition: ColumnElement[bool] = column == any_(given)
    return condition


def valid_on(table: Any, day: Day) -> ColumnElement[bool]:
    """Answer the condition that a dated row held on the day; an unknown beginning is no limit.

    `day` is a date, or a column that has one.
    """
    return and_(
        or_(table.valid_from.is_(None), table.valid_from <= day),
        or_(table.valid_to.is_(None), table.valid_to >= day),
    )
