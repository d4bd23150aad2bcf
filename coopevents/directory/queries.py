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
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.sql.base import ExecutableOption

from coopevents import names
from coopevents.db import db, valid_on
from coopevents.directory import classification
from coopevents.directory.classification import HEADING, WOMEN_HEADED, Rule
from coopevents.directory.models import (
    ContactPoint,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    OrganisationStatusKind,
    Post,
    Register,
)
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit

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
    Post: (joinedload(Post.person),),
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
    register: Register, on: date, kinds: Collection[OrganisationKind] | None = None
) -> Select[int]:
    """Answer the ids of the register's organisations that were operating on the day."""
    found = select(Organisation.id).where(
        Organisation.register_id == register.id,
        Organisation.id.in_(
            select(OrganisationStatus.organisation_id).where(
                OrganisationStatus.status == OrganisationStatusKind.OPERATING,
                valid_on(OrganisationStatus, on),
            )
        ),
    )
    return found if kinds is None else found.where(Organisation.kind.in_(kinds))


def list_organisations(
    register: Register,
    *,
    on: date,
    kind: OrganisationKind | None = None,
    women_led: bool | None = None,
    commune_ids: Collection[int] | None = None,
    q: str | None = None,
    operating_only: bool = True,
    rule: Rule = WOMEN_HEADED,
    after: str | None = None,
    limit: int | None = 50,
    narrowed: Sequence[ColumnElement[bool]] = (),
    counted: bool = False,
) -> OrganisationPage:
    """Answer organisations as they were on the day, by name in Vietnamese order.

    `q` is looked for in every name an organisation has borne and ignores marks; names that hold
    it with the very marks typed come first. `women_led` False leaves out those of which the rule
    can say nothing. `limit` None answers all. Raises InputError for an `after` that is no cursor.
    `narrowed` are further conditions over organisations; `counted` also tells how many there are.
    """
    rank = _rank(q)
    sort = OrganisationName.name_sort.collate("C")
    led = Organisation.id.in_(classification.women_led(rule, on))
    unknown = Organisation.id.in_(classification.unknown(rule, on))
    found = _lines(register, on, rule, rank).order_by(rank, sort, Organisation.id)
    if operating_only:
        found = found.where(OrganisationStatus.status == OrganisationStatusKind.OPERATING)
    if kind is not None:
        found = found.where(Organisation.kind == kind)
    if women_led is not None:
        found = found.where(led if women_led else and_(~led, ~unknown))
    if commune_ids is not None:
        found = found.where(OrganisationAddress.administrative_unit_id.in_(commune_ids))
    if q:
        found = found.where(_has_borne(q))
    found = found.where(*narrowed)
    number = _count(found) if counted else None
    if after is not None:
        found = found.where(tuple_(rank, sort, Organisation.id) > tuple_(*_cursor(after)))
    return replace(_page(found, limit), number=number)


def _count(found: Select[Any]) -> int:
    some = found.with_only_columns(Organisation.id, maintain_column_froms=True).order_by(None)
    counted = select(func.count()).select_from(some.limit(COUNTED_UP_TO + 1).subquery())
    return db.session.scalar(counted) or 0


def get_line(
    organisation_id: int, register: Register, *, on: date, rule: Rule = WOMEN_HEADED
) -> OrganisationLine:
    """Answer one organisation as lists show it. Raises NotFoundError if it had no name then."""
    row = db.session.execute(
        _lines(register, on, rule, _rank(None)).where(Organisation.id == organisation_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError(_("There is no such organisation."))
    return _line(row)


def _lines(register: Register, on: date, rule: Rule, rank: ColumnElement[int]) -> Select[Any]:
    led = Organisation.id.in_(classification.women_led(rule, on))
    unknown = Organisation.id.in_(classification.unknown(rule, on))
    return (
        select(
            Organisation.id,
            Organisation.kind,
            OrganisationName.name,
            OrganisationName.name_sort,
            AdministrativeUnit,
            OrganisationStatus.status,
            case((led, true()), (unknown, null()), else_=false()).label("women_led"),
            rank.label("rank"),
        )
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


def _page(found: Select[Any], limit: int | None) -> OrganisationPage:
    rows = db.session.execute(found if limit is None else found.limit(limit + 1)).all()
    lines = [_line(row) for row in rows]
    more = limit is not None and len(lines) > limit
    return OrganisationPage(
        items=lines[:limit], next=lines[limit - 1].cursor if limit and more else None
    )


def _line(row: Any) -> OrganisationLine:
    return OrganisationLine(
        id=row.id,
        kind=row.kind,
        name=row.name,
        unit=row.AdministrativeUnit,
        status=row.status,
        women_led=row.women_led,
        cursor=f"{row.rank}.{row.id}.{row.name_sort.encode().hex()}",
    )


def _cursor(after: str) -> tuple[int, str, int]:
    try:
        rank, id_, sort = after.split(".")
        return int(rank), bytes.fromhex(sort).decode(), int(id_)
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error


def _of(table: Any, on: date) -> ColumnElement[bool]:
    return and_(table.organisation_id == Organisation.id, valid_on(table, on))


def _has_borne(q: str) -> ColumnElement[bool]:
    return Organisation.id.in_(
        select(OrganisationName.organisation_id).where(
            OrganisationName.name_fold.like(names.search_pattern(q))
        )
    )


def _rank(q: str | None) -> ColumnElement[int]:
    """Answer 0 for names that hold the words with the very marks typed, 1 for the others."""
    if not q:
        return literal(0)
    return case((OrganisationName.name.icontains(names.clean(q), autoescape=True), 0), else_=1)


def name_on(organisation_ids: Iterable[int], day: date) -> dict[int, str]:
    """Answer what each organisation was called on the day.

    An organisation whose name on that day is not known is called by the nearest name it bore.
    """
    rows = db.session.scalars(
        select(OrganisationName)
        .where(OrganisationName.organisation_id.in_(list(organisation_ids)))
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
    rows = db.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.organisation_id.in_(list(organisation_ids)))
        .order_by(ContactPoint.rank, ContactPoint.id)
    )
    for point in rows:
        found[point.organisation_id or 0].append(point)
    return dict(found)


def posts_on(organisation_ids: Iterable[int], day: date) -> dict[int, list[Post]]:
    """Answer who held which post in each organisation on the day; the people are loaded."""
    found: dict[int, list[Post]] = defaultdict(list)
    rows = db.session.scalars(
        select(Post)
        .where(Post.organisation_id.in_(list(organisation_ids)), valid_on(Post, day))
        .options(joinedload(Post.person))
        .order_by(Post.id)
    )
    for post in rows:
        found[post.organisation_id].append(post)
    return dict(found)


def head_of(organisation_id: int, day: date) -> Post | None:
    """Answer the post that heads the organisation on the day, or the first of another kind."""
    posts = posts_on([organisation_id], day).get(organisation_id, [])
    return min(posts, key=lambda post: post.kind not in HEADING, default=None)


def history(table: type[Dated_], organisation_id: int) -> list[Dated_]:
    """Answer the dated rows of one kind about an organisation, the latest first."""
    return list(
        db.session.scalars(
            select(table)
            .where(table.organisation_id == organisation_id)
            .options(*LINKED.get(table, ()))
            .order_by(table.valid_from.desc().nulls_last(), table.id.desc())
        )
    )


def list_head_counts(organisation_id: int) -> list[HeadCount]:
    """Answer how many members and workers the organisation had, the latest day first."""
    return list(
        db.session.scalars(
            select(HeadCount)
            .where(HeadCount.organisation_id == organisation_id)
            .order_by(HeadCount.as_of.desc())
        )
    )


def list_certificates(organisation_id: int) -> list[OcopCertificate]:
    """Answer the OCOP certificates of the organisation's products, the newest first."""
    return list(
        db.session.scalars(
            select(OcopCertificate)
            .where(OcopCertificate.organisation_id == organisation_id)
            .order_by(OcopCertificate.issued_on.desc(), OcopCertificate.id)
        )
    )


def list_communes(register: Register, on: date) -> list[AdministrativeUnit]:
    """Answer the communes in which organisations of the register had their seat on the day."""
    return list(
        db.session.scalars(
            select(AdministrativeUnit)
            .where(
                AdministrativeUnit.id.in_(
                    select(OrganisationAddress.administrative_unit_id)
                    .join(Organisation, Organisation.id == OrganisationAddress.organisation_id)
                    .where(
                        Organisation.register_id == register.id, valid_on(OrganisationAddress, on)
                    )
                )
            )
            .options(joinedload(AdministrativeUnit.parent))
            .order_by(AdministrativeUnit.name_fold, AdministrativeUnit.id)
        )
    )
