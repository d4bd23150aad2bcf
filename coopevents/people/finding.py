"""Looking for people: by name whatever its marks, by phone, by what they do and where."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, func, or_, select, tuple_
from sqlalchemy.orm import aliased

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
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.people.queries import contact_points_of, identities, posts_of

PHONE_PART = re.compile(r"[+\d][\d .()-]{2,}")
"""What is looked for as the end of a phone number rather than as a name."""

WHOLE_NUMBER = 9
"""From so many digits on, a leading 0 is the one that E.164 leaves out."""


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
    """A person in a list, with the posts of the day and all ways to reach her."""

    person: Person
    posts: list[Post]
    contacts: list[ContactPoint]


@dataclass(frozen=True)
class PersonPage:
    """Some people in order, and where the next ones begin."""

    items: list[PersonLine]
    next: str | None


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
    shown = rows[:limit]
    return PersonPage(
        items=lines_of([row[0] for row in shown], kept=kept, on=on),
        next=_place(shown[-1][0], shown[-1].rank, len(place)) if more else None,
    )


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


def lines_of(people: list[Person], *, kept: CTE, on: date) -> list[PersonLine]:
    """Answer the people with their posts of the day and the ways to reach them. Three queries."""
    entries = identities([person.id for person in people], kept)
    owner = {entry: id_ for id_, own in entries.items() for entry in own}
    posts: dict[int, list[Post]] = defaultdict(list)
    for post in posts_of(owner, on=on):
        posts[owner[post.person_id]].append(post)
    contacts: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in contact_points_of(owner):
        contacts[owner[point.person_id or 0]].append(point)
    return [PersonLine(person, posts[person.id], contacts[person.id]) for person in people]
