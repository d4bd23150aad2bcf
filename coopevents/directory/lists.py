"""Lists of organisations: as they were on a day, narrowed, a page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Required, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import joinedload

from coopevents import clock, names
from coopevents.db import db, valid_on
from coopevents.directory import classification, search
from coopevents.directory.classification import WOMEN_HEADED, Rule
from coopevents.directory.models import (
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    OrganisationName,
    OrganisationStatus,
    OrganisationStatusKind,
    Register,
)
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.succession import as_of, communes_of_former, standing_for

COUNTED_UP_TO = 5_000
"""How far a list is counted: nobody reads on, and counting all of it takes longer than the page."""


@dataclass(frozen=True)
class OrganisationLine:
    """An organisation in a list, as it was on the day asked for."""

    id: int
    kind: OrganisationKind
    name: str
    unit: AdministrativeUnit | None
    status: OrganisationStatusKind | None
    women_led: bool | None
    """None: the rule can say nothing of it."""
    cursor: str
    commune_today: AdministrativeUnit | None
    """What the commune of its seat is today; None where that was split and nobody has said."""


@dataclass(frozen=True)
class OrganisationPage:
    """Some organisations in order, and where the next ones begin."""

    items: list[OrganisationLine]
    next: str | None
    number: int | None = None
    """How many there are on all pages, where it was asked. A number above `COUNTED_UP_TO` says
    only that there are more than that."""


class Asked(TypedDict, total=False):
    """Which organisations a list is of.

    `q` is looked for in every name an organisation has borne and in its codes, and ignores marks.
    A commune stands for all that went whole into it. `women_led` False leaves out those of which
    the rule can say nothing. `narrowed` are further conditions over organisations.
    """

    on: Required[date]
    kind: OrganisationKind | None
    women_led: bool | None
    commune_ids: Collection[int] | None
    former_province_id: int | None
    q: str | None
    operating_only: bool
    rule: Rule
    narrowed: Sequence[ColumnElement[bool]]


def list_organisations(
    register: Register,
    *,
    after: str | None = None,
    limit: int | None = 50,
    counted: bool = False,
    **asked: Unpack[Asked],
) -> OrganisationPage:
    """Answer organisations as they were on the day, by name in Vietnamese order.

    Names that hold what was searched for with the very marks typed come first. `limit` None
    answers all; `counted` also tells how many there are. Raises InputError for an `after` that is
    no cursor.
    """
    found, q = _found(register, asked), asked.get("q")
    page = _page(_streams(found, q), after, limit)
    return replace(page, number=_count(found, q)) if counted else page


def tally_organisations(
    register: Register, told: ColumnElement[Any], **asked: Unpack[Asked]
) -> dict[Any, int]:
    """Answer of how many organisations, on all pages of the list, each value is told."""
    found = _searched(_found(register, asked), asked.get("q"))
    some = found.with_only_columns(told.label("told"), maintain_column_froms=True).subquery()
    rows = db.session.execute(select(some.c.told, func.count()).group_by(some.c.told))
    return dict(rows.all())


def _found(register: Register, asked: Asked) -> Select[Any]:
    on, rule = asked["on"], asked.get("rule", WOMEN_HEADED)
    found = _lines(register, on, rule).where(Organisation.duplicate_of_id.is_(None))
    if asked.get("operating_only", True):
        found = found.where(OrganisationStatus.status == OrganisationStatusKind.OPERATING)
    if (kind := asked.get("kind")) is not None:
        found = found.where(Organisation.kind == kind)
    if (women_led := asked.get("women_led")) is not None:
        found = found.where(classification.class_of(rule, on).is_(women_led))
    if (commune_ids := asked.get("commune_ids")) is not None:
        found = _seated_in(found, commune_ids, on)
    if (former_province_id := asked.get("former_province_id")) is not None:
        ground = db.session.scalars(communes_of_former([former_province_id])).all()
        found = found.where(OrganisationAddress.administrative_unit_id.in_(ground))
    return found.where(*asked.get("narrowed", ()))


def _searched(found: Select[Any], q: str | None) -> Select[Any]:
    return found.where(search.is_found_by(q)) if q and names.clean(q) else found


def _count(found: Select[Any], q: str | None) -> int:
    some = (
        _searched(found, q)
        .with_only_columns(Organisation.id, maintain_column_froms=True)
        .order_by(None)
    )
    counted = select(func.count()).select_from(some.limit(COUNTED_UP_TO + 1).subquery())
    return db.session.scalar(counted) or 0


def get_line(
    organisation_id: int, register: Register, *, on: date, rule: Rule = WOMEN_HEADED
) -> OrganisationLine:
    """Answer one organisation as lists show it. Raises NotFoundError if it had no name then."""
    row = db.session.execute(
        _lines(register, on, rule).where(Organisation.id == organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(_("There is no such organisation."))
    return _told([(0, row)])[0]


def cursor_of(organisation_id: int, on: date) -> str | None:
    """Answer where a list goes on after the organisation; None if it had no name on the day."""
    name_sort = db.session.scalar(
        select(OrganisationName.name_sort).where(
            OrganisationName.organisation_id == organisation_id, valid_on(OrganisationName, on)
        )
    )
    return None if name_sort is None else _place(0, organisation_id, name_sort)


def _place(rank: int, organisation_id: int, name_sort: str) -> str:
    return f"{rank}.{organisation_id}.{name_sort.encode().hex()}"


def _lines(register: Register, on: date, rule: Rule) -> Select[Any]:
    told: tuple[Any, ...] = (
        Organisation.id,
        Organisation.kind,
        OrganisationName.name,
        OrganisationName.name_sort,
        AdministrativeUnit,
        OrganisationStatus.status,
        classification.class_of(rule, on).label("women_led"),
    )
    return (
        select(*told)
        .join(OrganisationName, _of(OrganisationName, on))
        .outerjoin(OrganisationAddress, _of(OrganisationAddress, on))
        .outerjoin(
            AdministrativeUnit,
            AdministrativeUnit.id == OrganisationAddress.administrative_unit_id,
        )
        .outerjoin(OrganisationStatus, _of(OrganisationStatus, on))
        .where(Organisation.register_id == register.id)
        .options(joinedload(AdministrativeUnit.parent))
    )


def _seated_in(found: Select[Any], commune_ids: Collection[int], on: date) -> Select[Any]:
    """Keep those whose seat was in one of the communes, or in what went whole into one.

    Both steps are taken by themselves, first the communes and then who sits there: the database
    cannot foresee how few these are, and would go through all names in their order.
    """
    units = db.session.scalars(standing_for(commune_ids)).all()
    seated = (
        select(OrganisationAddress.organisation_id)
        .where(
            OrganisationAddress.administrative_unit_id.in_(units),
            valid_on(OrganisationAddress, on),
        )
        .cte()
        .prefix_with("MATERIALIZED")
    )
    return found.join(seated, seated.c.organisation_id == Organisation.id)


def _streams(found: Select[Any], q: str | None) -> list[Select[Any]]:
    """Answer the statements whose rows follow one another: here names with the marks typed first.

    One statement that ranks its rows would have to rank all of them to show the first page; each
    of these reads the index of names in its order, and stops where the page is full.
    """
    if not q or not names.clean(q):
        return [found]
    as_typed = search.holds_words_as_typed(q)
    return [found.where(as_typed), found.where(search.is_found_by(q), ~as_typed)]


def _page(streams: list[Select[Any]], after: str | None, limit: int | None) -> OrganisationPage:
    place = tuple_(OrganisationName.name_sort, OrganisationName.organisation_id)
    first, begin = _cursor(after, len(streams)) if after is not None else (0, None)
    rows: list[tuple[int, Any]] = []
    for rank, stream in list(enumerate(streams))[first:]:
        asked = stream.order_by(OrganisationName.name_sort, OrganisationName.organisation_id)
        if begin and rank == first:
            asked = asked.where(place > tuple_(*begin))
        if limit is not None:
            asked = asked.limit(limit + 1 - len(rows))
        rows += [(rank, row) for row in db.session.execute(asked)]
        if limit is not None and len(rows) > limit:
            break
    lines = _told(rows if limit is None else rows[:limit])
    more = limit is not None and len(rows) > limit
    return OrganisationPage(items=lines, next=lines[-1].cursor if lines and more else None)


def _told(rows: list[tuple[int, Any]]) -> list[OrganisationLine]:
    units = [row.AdministrativeUnit for _rank, row in rows]
    today = as_of([unit.id for unit in units if unit], clock.today())
    return [
        OrganisationLine(
            id=row.id,
            kind=row.kind,
            name=row.name,
            unit=unit,
            status=row.status,
            women_led=row.women_led,
            cursor=_place(rank, row.id, row.name_sort),
            commune_today=today[unit.id] if unit else None,
        )
        for (rank, row), unit in zip(rows, units, strict=True)
    ]


def _cursor(after: str, streams: int) -> tuple[int, tuple[str, int]]:
    """Answer the stream a page begins in, and the row it begins after."""
    refusal = InputError(_("This list cannot be continued from there."))
    try:
        rank, id_, sort = after.split(".")
        begin = bytes.fromhex(sort).decode(), int(id_)
    except ValueError as error:
        raise refusal from error
    if rank not in map(str, range(streams)):
        raise refusal
    return int(rank), begin


def _of(table: Any, on: date) -> ColumnElement[bool]:
    return and_(table.organisation_id == Organisation.id, valid_on(table, on))
