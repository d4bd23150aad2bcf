"""Finding people, the posts they hold, and the ways to reach them and organisations.

Whom a merged entry counts as is handed in as `kept` (merged_id, kept_id): the room that merges
stands to the left of this one.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    case,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased, joinedload

from coopevents import names
from coopevents.db import db, valid_on
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    OrganisationKind,
    OrganisationName,
    Person,
    Post,
    PostKind,
    Register,
    Sex,
)
from coopevents.errors import InputError, NotFoundError
from coopevents.i18n import _

PHONE_PART = re.compile(r"[+\d][\d .()-]{2,}")
"""What is looked for as the end of a phone number rather than as a name."""

WHOLE_NUMBER = 9
"""From so many digits on, a leading 0 is the one that E.164 leaves out."""

WRITTEN_ALIKE = (Channel.EMAIL, Channel.PHONE, Channel.ZALO)
"""Channels whose values are kept in one form, so that the same one is recognised."""


@dataclass(frozen=True)
class Search:
    """Which people are looked for. Posts and organisations are those of the day asked for."""

    q: str | None = None
    """A part of her name, or the last digits of her phone number."""
    organisation: str | None = None
    """A part of a name of an organisation in which she holds a post."""
    sex: Sex | None = None
    post: PostKind | None = None
    kind: OrganisationKind | None = None
    union_officials: bool = False


@dataclass(frozen=True)
class PersonLine:
    """A person in a list, with the entries that count as hers."""

    person: Person
    posts: list[Post]
    contacts: list[ContactPoint]
    cursor: str


@dataclass(frozen=True)
class PersonPage:
    """Some people in order, and where the next ones begin."""

    items: list[PersonLine]
    next: str | None


@dataclass(frozen=True)
class PostLine:
    """A post of an organisation, and who is known to hold it now that entries were merged."""

    post: Post
    person: Person


@dataclass(frozen=True)
class Sharer:
    """Who else is reached by the same number or address: a person or an organisation."""

    name: str
    person_id: int | None = None
    organisation_id: int | None = None


def get_person(person_id: int, register_id: int | None) -> Person:
    """Answer the person, if she stands in the register. Raises NotFoundError otherwise."""
    person = db.session.get(Person, person_id)
    if person is None or person.register_id != register_id or person.erased_at is not None:
        raise NotFoundError(_("There is no such person."))
    return person


def get_post(post_id: int, register_id: int | None) -> Post:
    """Answer the post with its person, if it is one of the register. Raises NotFoundError."""
    post = db.session.get(Post, post_id, options=[joinedload(Post.person)])
    if post is None or post.person.register_id != register_id:
        raise NotFoundError(_("There is no such post."))
    return post


def get_contact_point(point_id: int, register_id: int | None) -> ContactPoint:
    """Answer the contact point, if its owner is of the register. Raises NotFoundError otherwise."""
    point = db.session.scalar(
        select(ContactPoint)
        .outerjoin(Person, Person.id == ContactPoint.person_id)
        .outerjoin(Organisation, Organisation.id == ContactPoint.organisation_id)
        .where(
            ContactPoint.id == point_id,
            func.coalesce(Person.register_id, Organisation.register_id) == register_id,
        )
    )
    if point is None:
        raise NotFoundError(_("There is no such way to reach anybody."))
    return point


def list_people(
    register: Register,
    search: Search,
    *,
    kept: CTE,
    on: date,
    after: str | None = None,
    limit: int | None = 50,
) -> PersonPage:
    """Answer people of the register by given name in Vietnamese order, as they stood on the day.

    Names that hold the words with the very marks typed come first. Who was merged into another
    stands as that other. `limit` None answers all. Raises InputError for a wrong `after`.
    """
    place = _order(search.q)
    found = _matching(register, search, kept, on)
    ordered = found.add_columns(place[0].label("rank")).order_by(*place)
    if after is not None:
        ordered = ordered.where(tuple_(*place) > tuple_(*_cursor(after, len(place))))
    rows = db.session.execute(ordered if limit is None else ordered.limit(limit + 1)).all()
    more = limit is not None and len(rows) > limit
    people = [(row[0], _place(row[0], row.rank, len(place))) for row in rows[:limit]]
    lines = _lines(people, kept, on)
    return PersonPage(items=lines, next=lines[-1].cursor if more else None)


def namesakes(register_id: int, full_name: str, *, kept: CTE) -> list[Person]:
    """Answer who in the register bears the name, whatever its marks."""
    return list(
        db.session.scalars(
            select(Person)
            .where(
                Person.register_id == register_id,
                Person.name_fold == names.fold(full_name),
                Person.erased_at.is_(None),
                Person.id.not_in(select(kept.c.merged_id)),
            )
            .order_by(Person.name_sort, Person.id)
        )
    )


def _matching(register: Register, search: Search, kept: CTE, on: date) -> Select[Any]:
    found = select(Person).where(
        Person.register_id == register.id,
        Person.erased_at.is_(None),
        Person.id.not_in(select(kept.c.merged_id)),
    )
    if search.q:
        found = found.where(_is_called_or_phoned(search.q, kept))
    if search.sex is not None:
        found = found.where(Person.sex == search.sex)
    holding = _post_conditions(search, on)
    if holding:
        holders = (
            select(func.coalesce(kept.c.kept_id, Post.person_id))
            .select_from(Post)
            .join(Organisation, Organisation.id == Post.organisation_id)
            .outerjoin(kept, kept.c.merged_id == Post.person_id)
            .where(valid_on(Post, on), *holding)
        )
        found = found.where(Person.id.in_(holders))
    return found


def _post_conditions(search: Search, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.post is not None:
        conditions.append(Post.kind == search.post)
    if search.union_officials:
        conditions.append(Post.kind == PostKind.UNION_OFFICIAL)
    if search.kind is not None:
        conditions.append(Organisation.kind == search.kind)
    if search.organisation:
        pattern = names.search_pattern(search.organisation)
        conditions.append(
            Post.organisation_id.in_(
                select(OrganisationName.organisation_id).where(
                    OrganisationName.name_fold.like(pattern), valid_on(OrganisationName, on)
                )
            )
        )
    return conditions


def _is_called_or_phoned(q: str, kept: CTE) -> ColumnElement[bool]:
    if PHONE_PART.fullmatch(q.strip()):
        return Person.id.in_(
            select(func.coalesce(kept.c.kept_id, ContactPoint.person_id))
            .select_from(ContactPoint)
            .outerjoin(kept, kept.c.merged_id == ContactPoint.person_id)
            .where(
                ContactPoint.channel.in_((Channel.PHONE, Channel.ZALO)),
                ContactPoint.value.endswith(_tail(q)),
            )
        )
    pattern = names.search_pattern(q)
    other = aliased(Person)
    merged = (
        select(kept.c.kept_id)
        .join(other, other.id == kept.c.merged_id)
        .where(other.name_fold.like(pattern))
    )
    return or_(Person.name_fold.like(pattern), Person.id.in_(merged))


def _tail(q: str) -> str:
    digits = re.sub(r"\D", "", q)
    return digits[1:] if len(digits) >= WHOLE_NUMBER and digits.startswith("0") else digits


def _order(q: str | None) -> list[ColumnElement[Any]]:
    by_name: list[ColumnElement[Any]] = [Person.name_sort.collate("C"), Person.__table__.c.id]
    if not q:
        return by_name
    exact = Person.full_name.icontains(names.clean(q), autoescape=True)
    return [case((exact, 0), else_=1), *by_name]


def _place(person: Person, rank: Any, parts: int) -> str:
    first = [str(rank)] if parts > 2 else []
    return ".".join([*first, person.name_sort.encode().hex(), str(person.id)])


def _cursor(after: str, parts: int) -> list[Any]:
    try:
        *rank, sort, id_ = after.split(".")
        place = [*map(int, rank), bytes.fromhex(sort).decode(), int(id_)]
    except ValueError:
        place = []
    if len(place) != parts:
        raise InputError(_("This list cannot be continued from there."))
    return place


def _lines(people: list[tuple[Person, str]], kept: CTE, on: date) -> list[PersonLine]:
    entries = identities([person.id for person, _cursor in people], kept)
    owner = {entry: id_ for id_, own in entries.items() for entry in own}
    posts: dict[int, list[Post]] = defaultdict(list)
    for post in posts_of(owner, on=on):
        posts[owner[post.person_id]].append(post)
    contacts: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in contact_points_of(owner):
        contacts[owner[point.person_id or 0]].append(point)
    return [
        PersonLine(person, posts[person.id], contacts[person.id], cursor)
        for person, cursor in people
    ]


def identities(person_ids: Collection[int], kept: CTE) -> dict[int, list[int]]:
    """Answer under which entries each of the people stands: her own first, then merged ones."""
    found = {id_: [id_] for id_ in person_ids}
    rows = db.session.execute(
        select(kept.c.kept_id, kept.c.merged_id)
        .where(kept.c.kept_id.in_(list(person_ids)))
        .order_by(kept.c.merged_id)
    )
    for kept_id, merged_id in rows:
        found[kept_id].append(merged_id)
    return found


def kept_instead_of(person: Person, kept: CTE) -> Person | None:
    """Answer the person this entry was merged into, if it was."""
    return db.session.scalar(
        select(Person).join(kept, kept.c.kept_id == Person.id).where(kept.c.merged_id == person.id)
    )


def posts_of(person_ids: Iterable[int], *, on: date | None = None) -> list[Post]:
    """Answer the posts of these people: those of the day, or all, the latest first."""
    found = (
        select(Post)
        .where(Post.person_id.in_(list(person_ids)))
        .options(joinedload(Post.organisation))
        .order_by(Post.valid_to.desc().nulls_first(), Post.valid_from.desc().nulls_last(), Post.id)
    )
    return list(db.session.scalars(found if on is None else found.where(valid_on(Post, on))))


def posts_in(organisation_id: int, *, kept: CTE) -> list[PostLine]:
    """Answer all posts of the organisation with who holds them, those that hold first."""
    rows = db.session.execute(
        select(Post, Person)
        .outerjoin(kept, kept.c.merged_id == Post.person_id)
        .join(Person, Person.id == func.coalesce(kept.c.kept_id, Post.person_id))
        .where(Post.organisation_id == organisation_id)
        .order_by(
            Post.valid_to.desc().nulls_first(),
            case({kind.value: place for place, kind in enumerate(PostKind)}, value=Post.kind),
            Person.name_sort,
            Post.id,
        )
    )
    return [PostLine(post, person) for post, person in rows]


def contact_points_of(person_ids: Iterable[int]) -> list[ContactPoint]:
    """Answer the ways to reach these people, the first to be tried first."""
    return list(
        db.session.scalars(
            select(ContactPoint)
            .where(ContactPoint.person_id.in_(list(person_ids)))
            .order_by(ContactPoint.rank, ContactPoint.id)
        )
    )


def reachable_by(organisation_ids: Iterable[int]) -> dict[int, dict[Channel, list[ContactPoint]]]:
    """Answer by which ways each organisation may be reached now, each channel's in their order.

    What is held, dead or unsubscribed is no way; an organisation without any is not in the answer.
    """
    found: dict[int, dict[Channel, list[ContactPoint]]] = defaultdict(lambda: defaultdict(list))
    rows = db.session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.organisation_id.in_(list(organisation_ids)),
            ContactPoint.held_at.is_(None),
            ContactPoint.dead_at.is_(None),
            ContactPoint.unsubscribed_at.is_(None),
        )
        .order_by(ContactPoint.rank, ContactPoint.id)
    )
    for point in rows:
        found[point.organisation_id or 0][point.channel].append(point)
    return {id_: dict(ways) for id_, ways in found.items()}


def shared_with(
    points: Collection[ContactPoint], register_id: int, on: date
) -> dict[int, list[Sharer]]:
    """Answer who else has the number or address of each of the points, by the point's id.

    A family or a cooperative may share one: that is shown, and nothing follows from it.
    """
    own = [point.id for point in points]
    values = {p.value for p in points if p.channel in WRITTEN_ALIKE}
    others = (
        select(ContactPoint.value)
        .distinct()
        .where(
            ContactPoint.value.in_(values),
            ContactPoint.channel.in_(WRITTEN_ALIKE),
            ContactPoint.id.not_in(own),
        )
    )
    people = others.add_columns(Person.full_name, Person.id).join(
        Person, and_(Person.id == ContactPoint.person_id, Person.register_id == register_id)
    )
    organisations = (
        others.add_columns(OrganisationName.name, Organisation.id)
        .join(Organisation, Organisation.id == ContactPoint.organisation_id)
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(Organisation.register_id == register_id, valid_on(OrganisationName, on))
    )
    sharers: dict[str, list[Sharer]] = defaultdict(list)
    for value, name, id_ in db.session.execute(people.where(Person.erased_at.is_(None))):
        sharers[value].append(Sharer(name, person_id=id_))
    for value, name, id_ in db.session.execute(organisations):
        sharers[value].append(Sharer(name, organisation_id=id_))
    return {
        p.id: sharers[p.value] for p in points if p.channel in WRITTEN_ALIKE and p.value in sharers
    }
