from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.sql.base import ExecutableOption

from coopevents import clock, names
from coopevents.db import Day, db, valid_on
from coopevents.directory import classification, identity, search
from coopevents.directory.classification import HEADING, WOMEN_HEADED, Rule
from coopevents.directory.models import (
    ContactPoint,
    HeadCount,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    Person,
    Post,
    Register,
)
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.succession import as_of, communes_of_former, standing_for

Dated_ = TypeVar(
    "Dated_",
    OrganisationName,
    OrganisationAddress,
    OrganisationStatus,
    OrganisationSector,
    OrganisationCode,
    Post,
)

COUNTED_UP_TO = 5_000
"""How far a list is counted: nobody reads on, and counting all of it takes longer than the page."""

LINKED: dict[type[Any], tuple[ExecutableOption, ...]] = {
    OrganisationAddress: (joinedload(OrganisationAddress.unit),),
    Post: (joinedload(Post.person).joinedload(Person.duplicate_of),),
}
"""What is read together with a dated row."""


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


def find_register(key: str | None = None) -> Register | None:
    """Answer the register with the key; without a key the only one, if there is just one."""
    registers = db.session.scalars(
        select(Register).where(Register.key == key) if key else select(Register).limit(2)
    ).all()
    return registers[0] if len(registers) == 1 else None


def find_organisation(organisation_id: int, register_id: int | None) -> Organisation | None:
    """Answer the organisation, if it stands in the register."""
    organisation = db.session.get(Organisation, organisation_id)
    return organisation if organisation and organisation.register_id == register_id else None


def get_organisation(organisation_id: int, register_id: int | None) -> Organisation:
    """Answer the organisation, if it stands in the register. Raises NotFoundError otherwise."""
    organisation = find_organisation(organisation_id, register_id)
    if organisation is None:
        raise NotFoundError(_("There is no such organisation."))
    return organisation


def operating(
    register: Register,
    on: date,
    kinds: Collection[OrganisationKind] | None = None,
    *,
    ground: Select[int] | None = None,
) -> Select[int]:
    """Answer the ids of the register's organisations that were operating on the day.

    `ground` leaves only those whose seat was in one of these communes.
    """
    found = select(Organisation.id).where(
        Organisation.register_id == register.id,
        Organisation.duplicate_of_id.is_(None),
        Organisation.id.in_(
            select(OrganisationStatus.organisation_id).where(
                OrganisationStatus.status == OrganisationStatusKind.OPERATING,
                valid_on(OrganisationStatus, on),
            )
        ),
    )
    if ground is not None:
        found = found.where(seated_on(ground, on))
    return found if kinds is None else found.where(Organisation.kind.in_(kinds))


def seated_on(ground: Select[int], on: Day) -> ColumnElement[bool]:
    """Answer the condition that an organisation had its seat in one of the communes on the day."""
    return Organisation.id.in_(
        select(OrganisationAddress.organisation_id).where(
            OrganisationAddress.administrative_unit_id.in_(ground),
            valid_on(OrganisationAddress, on),
        )
    )


def list_organisations(
    register: Register,
    *,
    on: date,
    kind: OrganisationKind | None = None,
    women_led: bool | None = None,
    commune_ids: Collection[int] | None = None,
    former_province_id: int | None = None,
    q: str | None = None,
    operating_only: bool = True,
    rule: Rule = WOMEN_HEADED,
    after: str | None = None,
    limit: int | None = 50,
    narrowed: Sequence[ColumnElement[bool]] = (),
    counted: bool = False,
) -> OrganisationPage:
    """Answer organisations as they were on the day, by name in Vietnamese order.

    `q` is looked for in every name an organisation has borne and in its codes, and ignores marks;
    names that hold it with the very marks typed come first. A commune stands for all that went
    whole into it. `women_led` False leaves out those of which the rule can say nothing. `limit`
    None answers all. Raises InputError for an `after` that is no cursor. `narrowed` are further
    conditions over organisations; `counted` also tells how many there are.
    """
    found = _lines(register, on, rule).where(Organisation.duplicate_of_id.is_(None))
    if operating_only:
        found = found.where(OrganisationStatus.status == OrganisationStatusKind.OPERATING)
    if kind is not None:
        found = found.where(Organisation.kind == kind)
    if women_led is not None:
        found = found.where(classification.class_of(rule, on).is_(women_led))
    if commune_ids is not None:
        found = _seated_in(found, commune_ids, on)
    if former_province_id is not None:
        ground = db.session.scalars(communes_of_former([former_province_id])).all()
        found = found.where(OrganisationAddress.administrative_unit_id.in_(ground))
    found = found.where(*narrowed)
    page = _page(_streams(found, q), after, limit)
    return replace(page, number=_count(found, q)) if counted else page


def _count(found: Select[Any], q: str | None) -> int:
    if q and names.clean(q):
        found = found.where(search.is_found_by(q))
    some = found.with_only_columns(Organisation.id, maintain_column_froms=True).order_by(None)
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
            cursor=f"{rank}.{row.id}.{row.name_sort.encode().hex()}",
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


def name_on(organisation_ids: Iterable[int], day: date) -> dict[int, str]:
    """Answer what each organisation was called on the day.

    An organisation whose name on that day is not known is called by the nearest name it bore.
    """
    ids = list(organisation_ids)
    if not ids:
        return {}
    rows = db.session.scalars(
        select(OrganisationName)
        .where(OrganisationName.organisation_id.in_(ids))
        .order_by(
            # The last row of an organisation is the one that stays.
            valid_on(OrganisationName, day),
            _days_away(OrganisationName, day).nulls_first(),
        )
    )
    return {row.organisation_id: row.name for row in rows}


def called_on(day: date) -> ColumnElement[bool]:
    """Answer the condition that a row of names is the one `name_on` takes its name from."""
    other = aliased(OrganisationName)
    nearest = (
        select(other.id)
        .where(other.organisation_id == OrganisationName.organisation_id)
        .order_by(valid_on(other, day).desc(), _days_away(other, day).desc().nulls_last())
        .limit(1)
        .correlate(OrganisationName)
        .scalar_subquery()
    )
    return or_(valid_on(OrganisationName, day), OrganisationName.id == nearest)


def _days_away(name: Any, day: date) -> ColumnElement[Any]:
    """Answer minus the days that a row which does not hold on the day is away from it."""
    return func.least(
        literal(day, Date) - name.valid_from,
        name.valid_to - literal(day, Date),
    )


def address_on(organisation_ids: Iterable[int], day: date) -> dict[int, AdministrativeUnit]:
    """Answer the commune each organisation had its seat in on the day, where it is known."""
    rows = db.session.execute(
        select(OrganisationAddress.organisation_id, AdministrativeUnit)
        .join(OrganisationAddress.unit)
        .where(
            OrganisationAddress.organisation_id.in_(list(organisation_ids)),
            valid_on(OrganisationAddress, day),
        )
        .options(joinedload(AdministrativeUnit.parent))
    )
    return dict(rows.all())


def status_on(organisation_ids: Iterable[int], day: date) -> dict[int, OrganisationStatusKind]:
    """Answer whether each organisation was operating on the day, where it is known."""
    rows = db.session.execute(
        select(OrganisationStatus.organisation_id, OrganisationStatus.status).where(
            OrganisationStatus.organisation_id.in_(list(organisation_ids)),
            valid_on(OrganisationStatus, day),
        )
    )
    return dict(rows.all())


def contact_points(organisation_ids: Iterable[int]) -> dict[int, list[ContactPoint]]:
    """Answer the ways to reach each organisation, the first to be tried first."""
    found: dict[int, list[ContactPoint]] = defaultdict(list)
    entries = identity.entries_of(list(organisation_ids))
    rows = db.session.execute(
        select(entries.c.asked_id, ContactPoint)
        .join(entries, entries.c.id == ContactPoint.organisation_id)
        # What a merged entry knew comes after what the kept one knows.
        .order_by(entries.c.id != entries.c.asked_id, ContactPoint.rank, ContactPoint.id)
    )
    for organisation_id, point in rows:
        found[organisation_id].append(point)
    return dict(found)


def posts_on(organisation_ids: Iterable[int], day: date) -> dict[int, list[Post]]:
    """Answer who held which post in each organisation on the day; the people are loaded."""
    found: dict[int, list[Post]] = defaultdict(list)
    entries = identity.entries_of(list(organisation_ids))
    rows = db.session.execute(
        select(entries.c.asked_id, Post)
        .join(entries, entries.c.id == Post.organisation_id)
        .where(valid_on(Post, day))
        .options(*LINKED[Post])
        .order_by(Post.id)
    )
    for organisation_id, post in rows:
        found[organisation_id].append(post)
    return dict(found)


def head_of(organisation_id: int, day: date) -> Post | None:
    """Answer the post that heads the organisation on the day, or the first of another kind."""
    posts = posts_on([organisation_id], day).get(organisation_id, [])
    return min(posts, key=lambda post: post.kind not in HEADING, default=None)


def history(table: type[Dated_], organisation_id: int) -> list[Dated_]:
    """Answer the dated rows of one kind about an organisation, the latest first.

    Posts told of an entry that was merged into it are among them; names, addresses and states of
    such an entry stay its own.
    """
    rows = select(table).where(table.organisation_id == organisation_id)
    if table is Post:
        entries = identity.entries_of([organisation_id])
        rows = select(table).join(entries, entries.c.id == table.organisation_id)
    return list(
        db.session.scalars(
            rows.options(*LINKED.get(table, ())).order_by(
                table.valid_from.desc().nulls_last(), table.id.desc()
            )
        )
    )


def list_head_counts(organisation_id: int) -> list[HeadCount]:
    """Answer how many members and workers the organisation had, the latest day first."""
    entries = identity.entries_of([organisation_id])
    return list(
        db.session.scalars(
            select(HeadCount)
            .join(entries, entries.c.id == HeadCount.organisation_id)
            .order_by(HeadCount.as_of.desc())
        )
    )
