"""Looking for people: by name whatever its marks, by phone, by what they do and where."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, select, tuple_, union
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

OFFICES = frozenset({OrganisationKind.AGENCY, OrganisationKind.UNION_BRANCH})
"""Whose people are officials. Nobody of theirs is counted as somebody of a cooperative."""

Rows = Select[*tuple[Any, ...]]
"""A statement that answers rows of several columns."""

Condition = Callable[[type[Person]], ColumnElement[bool]]
"""What is asked of an entry of the register."""


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
    offices: bool = False
    """Only people of agencies and of branches of the Women's Union."""


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
    wanted = select(Person, place[0].label("rank")).where(
        Person.register_id == register.id,
        Person.erased_at.is_(None),
        Person.id.not_in(select(kept.c.merged_id)),
    )
    if search.sex is not None:
        wanted = wanted.where(Person.sex == search.sex)
    if after is not None:
        wanted = wanted.where(tuple_(*place) > tuple_(*_cursor(after, len(place))))
    most = None if limit is None else limit + 1
    found = _that_match(wanted, search, kept, on, place, most)
    rows = db.session.execute(found.order_by(*place).limit(most)).all()
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


def _that_match(
    wanted: Rows, search: Search, kept: CTE, on: date, place: list[Any], most: int | None
) -> Rows:
    """Answer those of the wanted who match by their own entry or by one merged into it.

    As long as nobody else's rows are asked about, the database finds the first in order without
    looking at all. So the few people who are several entries are looked for apart.
    """
    conditions = _conditions(search, on)
    if not conditions:
        return wanted
    entries = union(
        select(kept.c.kept_id.label("person_id"), kept.c.kept_id.label("entry_id")),
        select(kept.c.kept_id, kept.c.merged_id),
    ).cte("entries")
    one = [condition(Person) for condition in conditions]
    several = [
        Person.id.in_(
            select(entries.c.person_id)
            .join(entry, entry.id == entries.c.entry_id)
            .where(condition(entry))
        )
        for condition in conditions
        for entry in [aliased(Person)]
    ]
    firsts = [
        wanted.with_only_columns(Person.id).where(*match).order_by(*place).limit(most).subquery()
        for match in (one, several)
    ]
    return wanted.where(Person.id.in_(union(*(select(first.c.id) for first in firsts))))


def _conditions(search: Search, on: date) -> list[Condition]:
    found: list[Condition] = []
    if search.q:
        found.append(partial(_is_called_or_phoned, search.q))
    holding = _post_conditions(search, on)
    if holding:
        found.append(partial(_holds_a_post, holding, on))
    return found


def _holds_a_post(
    holding: list[ColumnElement[bool]], on: date, entry: type[Person]
) -> ColumnElement[bool]:
    return (
        select(Post.id)
        .join(Organisation, Organisation.id == Post.organisation_id)
        .where(Post.person_id == entry.id, valid_on(Post, on), *holding)
        .exists()
    )


def _post_conditions(search: Search, on: date) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if search.post is not None:
        conditions.append(Post.kind == search.post)
    if search.union_officials:
        conditions.append(Post.kind == PostKind.UNION_OFFICIAL)
    if search.offices:
        conditions.append(Organisation.kind.in_(OFFICES))
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


def _is_called_or_phoned(q: str, entry: type[Person]) -> ColumnElement[bool]:
    if not PHONE_PART.fullmatch(q.strip()):
        return entry.name_fold.like(names.search_pattern(q))
    return entry.id.in_(
        select(ContactPoint.person_id).where(
            ContactPoint.channel.in_((Channel.PHONE, Channel.ZALO)),
            ContactPoint.value.endswith(_tail(q)),
        )
    )


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
