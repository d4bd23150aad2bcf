from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
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
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import joinedload
from sqlalchemy.sql.base import ExecutableOption

from coopevents import names
from coopevents.db import db, valid_on
from coopevents.directory import classification, identity
from coopevents.directory.classification import HEADING, WOMEN_HEADED, Rule
from coopevents.directory.models import (
    ContactPoint,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    OrganisationName,
    OrganisationStatus,
    OrganisationStatusKind,
    Person,
    Post,
    Register,
)
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit

Dated_ = TypeVar("Dated_", OrganisationName, OrganisationAddress, OrganisationStatus, Post)


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


@dataclass(frozen=True)
class OrganisationPage:
    """Some organisations in order, and where the next ones begin."""

    items: list[OrganisationLine]
    next: str | None


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
        Organisation.duplicate_of_id.is_(None),
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
) -> OrganisationPage:
    """Answer organisations as they were on the day, by name in Vietnamese order.

    `q` is looked for in every name an organisation has borne and ignores marks; names that hold
    it with the very marks typed come first. `women_led` False leaves out those of which the rule
    can say nothing. `limit` None answers all. Raises InputError for an `after` that is no cursor.
    """
    rank = _rank(q)
    sort = OrganisationName.name_sort.collate("C")
    led = Organisation.id.in_(classification.women_led(rule, on))
    unknown = Organisation.id.in_(classification.unknown(rule, on))
    found = (
        _lines(register, on, rule, rank)
        .where(Organisation.duplicate_of_id.is_(None))
        .order_by(rank, sort, Organisation.id)
    )
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
    if after is not None:
        found = found.where(tuple_(rank, sort, Organisation.id) > tuple_(*_cursor(after)))
    return _page(found, limit)


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
        identity.with_kept(
            select(OrganisationName.organisation_id).where(
                OrganisationName.name_fold.like(names.search_pattern(q))
            )
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
            # The last row of an organisation is the one that stays: the valid one, else the
            # nearest, which is fewest days away on one side or the other.
            valid_on(OrganisationName, day),
            func.least(
                literal(day, Date) - OrganisationName.valid_from,
                OrganisationName.valid_to - literal(day, Date),
            ).nulls_first(),
        )
    )
    return {row.organisation_id: row.name for row in rows}


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


def list_certificates(organisation_id: int) -> list[OcopCertificate]:
    """Answer the OCOP certificates of the organisation's products, the newest first."""
    entries = identity.entries_of([organisation_id])
    return list(
        db.session.scalars(
            select(OcopCertificate)
            .join(entries, entries.c.id == OcopCertificate.organisation_id)
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
                        Organisation.register_id == register.id,
                        Organisation.duplicate_of_id.is_(None),
                        valid_on(OrganisationAddress, on),
                    )
                )
            )
            .options(joinedload(AdministrativeUnit.parent))
            .order_by(AdministrativeUnit.name_fold, AdministrativeUnit.id)
        )
    )
