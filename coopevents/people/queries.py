"""Finding people, the posts they hold, and the ways to reach them and organisations.

Whom a merged entry counts as is handed in as `kept` (merged_id, kept_id): the room that merges
stands to the left of this one.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CTE, and_, case, func, select
from sqlalchemy.orm import joinedload

from coopevents.db import db, valid_on
from coopevents.directory import identity
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
)
from coopevents.errors import NotFoundError
from coopevents.i18n import _

WRITTEN_ALIKE = (Channel.EMAIL, Channel.PHONE, Channel.ZALO)
"""Channels whose values are kept in one form, so that the same one is recognised."""


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


@dataclass(frozen=True)
class UnionWay:
    """A branch of the Women's Union, or an official of it, that can pass a message on."""

    label: str
    organisation_id: int
    person_id: int | None = None

    @property
    def key(self) -> str:
        """Answer how a form names the choice."""
        return f"{self.organisation_id}-{self.person_id or ''}"


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
    """Answer all posts of the organisation with who holds them, those that hold first.

    Those told of an entry that was merged into it are among them.
    """
    rows = db.session.execute(
        select(Post, Person)
        .outerjoin(kept, kept.c.merged_id == Post.person_id)
        .join(Person, Person.id == func.coalesce(kept.c.kept_id, Post.person_id))
        .where(Post.organisation_id.in_(identity.with_merged([organisation_id])))
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


def union_ways(register: Register, on: date) -> list[UnionWay]:
    """Answer the branches of the Union by name, each followed by its officials of that day."""
    rows = db.session.execute(
        select(Organisation.id, OrganisationName.name, Person.id, Person.full_name)
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .outerjoin(
            Post,
            and_(
                Post.organisation_id == Organisation.id,
                Post.kind == PostKind.UNION_OFFICIAL,
                valid_on(Post, on),
            ),
        )
        .outerjoin(Person, Person.id == Post.person_id)
        .where(
            Organisation.register_id == register.id,
            Organisation.kind == OrganisationKind.UNION_BRANCH,
            valid_on(OrganisationName, on),
        )
        .order_by(OrganisationName.name_sort, Organisation.id, Person.name_sort, Person.id)
    )
    ways: dict[str, UnionWay] = {}
    for organisation_id, branch, person_id, official in rows:
        whole = UnionWay(branch, organisation_id)
        ways.setdefault(whole.key, whole)
        if person_id is not None:
            named = UnionWay(f"{branch} – {official}", organisation_id, person_id)
            ways[named.key] = named
    return list(ways.values())
