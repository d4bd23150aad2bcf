from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import and_, literal, or_, select
from sqlalchemy.orm import aliased, joinedload

from coopevents.db import db, valid_on
from coopevents.directory import queries as directory
from coopevents.directory.models import ContactPoint, Organisation, Person, Post, Register
from coopevents.duplicates import traits
from coopevents.duplicates.matching import Sign
from coopevents.duplicates.models import DistinctPair, OrganisationMerge, PersonMerge
from coopevents.errors import NotFoundError
from coopevents.i18n import _

OneEntry = TypeVar("OneEntry", Organisation, Person)
Merge = OrganisationMerge | PersonMerge

MERGES: dict[type[Any], type[Any]] = {Organisation: OrganisationMerge, Person: PersonMerge}
"""Where the merges of a kind of entry stand."""


@dataclass(frozen=True)
class Brief:
    """An entry as a list of pairs shows it: its name, and what tells it from its namesake."""

    id: int
    name: str
    details: list[str]


@dataclass(frozen=True)
class ToldMerge:
    """A merge that stands, seen from one of its two entries."""

    merge: Any
    is_merged: bool
    """Whether it is this entry that was merged; otherwise the other was merged into it."""
    other_id: int
    name: str
    """What the other is called."""


@dataclass(frozen=True)
class MergePage:
    """Some merges, the latest first, and where the next ones begin."""

    items: list[Any]
    next: int | None


def get_entry(table: type[OneEntry], entry_id: int, register_id: int | None) -> OneEntry:
    """Answer the entry, if it stands in the register. Raises NotFoundError otherwise."""
    entry = db.session.get(table, entry_id)
    if entry is None or entry.register_id != register_id:
        raise NotFoundError(
            _("There is no such person.")
            if table is Person
            else _("There is no such organisation.")
        )
    return entry


def get_merge(table: type[Any], merge_id: int, register_id: int | None) -> Any:
    """Answer the merge of people or of organisations. Raises NotFoundError if there is none."""
    merge = db.session.get(MERGES[table], merge_id)
    if merge is None or merge.merged.register_id != register_id:
        raise NotFoundError(_("There is no such merge."))
    return merge


def list_merges(
    table: type[Any], register: Register, *, before: int | None = None, limit: int = 50
) -> MergePage:
    """Answer the merges of people or of organisations, the latest first, undone ones too."""
    merges = MERGES[table]
    found = (
        select(merges)
        .join(table, table.id == merges.merged_id)
        .where(table.register_id == register.id)
        .options(
            joinedload(merges.kept),
            joinedload(merges.merged),
            joinedload(merges.merged_by),
            joinedload(merges.undone_by),
        )
        .order_by(merges.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        found = found.where(merges.id < before)
    rows = list(db.session.scalars(found))
    return MergePage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def merges_of(entry: Organisation | Person) -> list[Any]:
    """Answer the merges that stand about the entry: it was merged, or others were into it."""
    merges = MERGES[type(entry)]
    return list(
        db.session.scalars(
            select(merges)
            .where(
                merges.undone_at.is_(None),
                or_(merges.kept_id == entry.id, merges.merged_id == entry.id),
            )
            .options(
                joinedload(merges.kept), joinedload(merges.merged), joinedload(merges.merged_by)
            )
            .order_by(merges.id)
        )
    )


def told_merges(entry: Organisation | Person, on: date) -> list[ToldMerge]:
    """Answer the merges that stand about the entry, as its page tells them."""
    merges = merges_of(entry)
    others = {
        merge.id: merge.merged_id if merge.kept_id == entry.id else merge.kept_id
        for merge in merges
    }
    called = briefs(type(entry), set(others.values()), on)
    return [
        ToldMerge(
            merge,
            merge.merged_id == entry.id,
            others[merge.id],
            called[others[merge.id]].name,
        )
        for merge in merges
    ]


def merged_into(entry: Organisation | Person) -> list[int]:
    """Answer the entries that were merged into this one, at once or by steps."""
    merges = MERGES[type(entry)]
    below = (
        select(merges.merged_id)
        .where(merges.kept_id == entry.id, merges.undone_at.is_(None))
        .cte("below", recursive=True)
    )
    further = aliased(merges)
    below = below.union(
        select(further.merged_id).join(
            below, and_(further.kept_id == below.c.merged_id, further.undone_at.is_(None))
        )
    )
    return list(db.session.scalars(select(below.c.merged_id).order_by(below.c.merged_id)))


def counts_as(entry: Organisation | Person) -> int:
    """Answer the id of the entry that this one counts as: mostly its own."""
    return entry.duplicate_of_id or entry.id


def kept_person_ids(person_ids: Iterable[int]) -> dict[int, int]:
    """Answer whom each of the people counts as: mostly herself."""
    asked = list(person_ids)
    rows = db.session.execute(select(Person.id, traits.counted(Person)).where(Person.id.in_(asked)))
    return dict(rows.all())


def find_distinct_pair(
    one: Organisation | Person, other: Organisation | Person
) -> DistinctPair | None:
    """Answer the decision that stands that the two are two.

    One about entries that were merged into them since is one about them.
    """
    table = type(one)
    ends = _ends(table)
    first, second = aliased(table), aliased(table)
    roots = {counts_as(one), counts_as(other)}
    return db.session.scalar(
        select(DistinctPair)
        .join(first, first.id == ends[0])
        .join(second, second.id == ends[1])
        .where(
            DistinctPair.taken_back_at.is_(None),
            traits.counted(first).in_(roots),
            traits.counted(second).in_(roots),
            traits.counted(first) != traits.counted(second),
        )
        .limit(1)
    )


def get_distinct_pair(table: type[Any], pair_id: int, register_id: int | None) -> DistinctPair:
    """Answer the decision that two are two. Raises NotFoundError if there is none."""
    pair = db.session.get(DistinctPair, pair_id)
    one = entries_of_pair(pair)[0] if pair else None
    if pair is None or not isinstance(one, table) or one.register_id != register_id:
        raise NotFoundError(_("There is no such decision."))
    return pair


def list_distinct_pairs(
    table: type[Any], register: Register, *, before: int | None = None, limit: int = 50
) -> MergePage:
    """Answer the decisions that two are two, the latest first; those taken back are gone."""
    found = (
        select(DistinctPair)
        .join(table, table.id == _ends(table)[0])
        .where(table.register_id == register.id, DistinctPair.taken_back_at.is_(None))
        .options(joinedload(DistinctPair.decided_by))
        .order_by(DistinctPair.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        found = found.where(DistinctPair.id < before)
    rows = list(db.session.scalars(found))
    return MergePage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def entries_of_pair(pair: DistinctPair) -> tuple[Any, Any]:
    """Answer the two entries a decision is about."""
    if pair.first_person_id is not None:
        table: type[Any] = Person
        ids: list[int | None] = [pair.first_person_id, pair.second_person_id]
    else:
        table, ids = Organisation, [pair.first_organisation_id, pair.second_organisation_id]
    first, second = (db.session.get_one(table, id_) for id_ in ids)
    return first, second


def ids_of_pair(pair: DistinctPair) -> tuple[int, int]:
    """Answer the ids of the two entries a decision is about, the older first."""
    first = pair.first_person_id or pair.first_organisation_id or 0
    return first, pair.second_person_id or pair.second_organisation_id or 0


def briefs(table: type[Any], ids: Collection[int], on: date) -> dict[int, Brief]:
    """Answer how lists of pairs name the entries. As many queries for one as for many."""
    return _briefs_of_people(ids, on) if table is Person else _briefs_of_organisations(ids, on)


def _briefs_of_organisations(ids: Collection[int], on: date) -> dict[int, Brief]:
    called, seats = directory.name_on(ids, on), directory.address_on(ids, on)
    founded = dict(
        db.session.execute(
            select(Organisation.id, Organisation.founded_on).where(Organisation.id.in_(ids))
        ).all()
    )
    found = {}
    for id_ in ids:
        details = [seats[id_].name] if id_ in seats else []
        if since := founded.get(id_):
            details.append(_("founded %(year)s", year=since.year))
        found[id_] = Brief(id_, called.get(id_, str(id_)), details)
    return found


def _briefs_of_people(ids: Collection[int], on: date) -> dict[int, Brief]:
    """Answer each with where she holds a post, her year of birth and the end of her number."""
    posts: dict[int, set[int]] = {}
    for person_id, organisation_id in db.session.execute(
        select(Post.person_id, Post.organisation_id)
        .where(Post.person_id.in_(ids), valid_on(Post, on))
        .order_by(Post.id)
    ):
        posts.setdefault(person_id, set()).add(organisation_id)
    where = {id_ for some in posts.values() for id_ in some}
    called, seats = directory.name_on(where, on), directory.address_on(where, on)
    tails = dict(
        db.session.execute(
            select(ContactPoint.person_id, ContactPoint.tail)
            .where(
                ContactPoint.person_id.in_(ids),
                ContactPoint.channel.in_(traits.REACHES[Sign.PHONE]),
            )
            .order_by(ContactPoint.rank.desc(), ContactPoint.id.desc())
        ).all()
    )
    found = {}
    for person in db.session.scalars(select(Person).where(Person.id.in_(ids))):
        places = sorted(
            f"{called.get(id_, '')} ({seats[id_].name})" if id_ in seats else called.get(id_, "")
            for id_ in posts.get(person.id, ())
        )
        born = [_("born %(year)s", year=person.birth_year)] if person.birth_year else []
        phone = [f"…{tails[person.id]}"] if person.id in tails else []
        found[person.id] = Brief(person.id, person.full_name, places + born + phone)
    return found


def are_kin(one: Organisation, other: Organisation) -> bool:
    """Whether one of the two came out of the other, at once or by steps."""
    kin = traits.is_kin(literal(counts_as(one)), literal(counts_as(other)))
    return bool(db.session.scalar(select(kin)))


def _ends(table: type[Any]) -> tuple[Any, Any]:
    if table is Person:
        return DistinctPair.first_person_id, DistinctPair.second_person_id
    return DistinctPair.first_organisation_id, DistinctPair.second_organisation_id
