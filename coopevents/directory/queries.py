from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    bindparam,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased, joinedload
from sqlalchemy.sql.base import ExecutableOption

from coopevents.db import Day, db, one_of, valid_on
from coopevents.directory import identity
from coopevents.directory.classification import HEADING
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
from coopevents.errors import NotFoundError
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

LINKED: dict[type[Any], tuple[ExecutableOption, ...]] = {
    OrganisationAddress: (joinedload(OrganisationAddress.unit),),
    Post: (joinedload(Post.person).joinedload(Person.duplicate_of),),
}
"""What is read together with a dated row."""


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


def name_on(organisation_ids: Iterable[int], day: date) -> dict[int, str]:
    """Answer what each organisation was called on the day.

    An organisation whose name on that day is not known is called by the nearest name it bore.
    """
    ids = list(organisation_ids)
    if not ids:
        return {}
    rows = db.session.scalars(
        select(OrganisationName)
        .where(one_of(OrganisationName.organisation_id, ids))
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
            one_of(OrganisationAddress.organisation_id, organisation_ids),
            valid_on(OrganisationAddress, day),
        )
        .options(joinedload(AdministrativeUnit.parent))
    )
    return dict(rows.all())


def status_on(organisation_ids: Iterable[int], day: date) -> dict[int, OrganisationStatusKind]:
    """Answer whether each organisation was operating on the day, where it is known."""
    rows = db.session.execute(
        select(OrganisationStatus.organisation_id, OrganisationStatus.status).where(
            one_of(OrganisationStatus.organisation_id, organisation_ids),
            valid_on(OrganisationStatus, day),
        )
    )
    return dict(rows.all())


def contact_points(organisation_ids: Iterable[int]) -> dict[int, list[ContactPoint]]:
    """Answer the ways to reach each organisation, the first to be tried first."""
    return _by_organisation(_points(identity.entries_of(list(organisation_ids))))


def contact_points_as_kept(organisation_ids: Collection[int]) -> dict[int, list[ContactPoint]]:
    """Answer the same; an entry that was merged is reached as the one that was kept."""
    return _by_organisation(_points_as_kept(), {"organisation_ids": list(organisation_ids)})


@cache
def _points_as_kept() -> Select[int, ContactPoint]:
    return _points(identity.entries_alike(bindparam("organisation_ids")))


def _points(entries: Subquery) -> Select[int, ContactPoint]:
    return (
        select(entries.c.asked_id, ContactPoint)
        .join(entries, entries.c.id == ContactPoint.organisation_id)
        .join(Organisation, Organisation.id == entries.c.id)
        # What a merged entry knew comes after what the kept one knows.
        .order_by(Organisation.duplicate_of_id.is_not(None), ContactPoint.rank, ContactPoint.id)
    )


def _by_organisation(
    points: Select[int, ContactPoint], said: Mapping[str, Any] | None = None
) -> dict[int, list[ContactPoint]]:
    found: dict[int, list[ContactPoint]] = defaultdict(list)
    for organisation_id, point in db.session.execute(points, said):
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
