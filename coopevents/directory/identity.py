"""Which entry of the register counts as which, where one was made twice.

The room of duplicates decides that and takes it back. Here stands how everybody reads it: a
merged entry is in no list, and what is known of it counts as known of the entry that was kept.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Select,
    Subquery,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from coopevents.db import db, one_of
from coopevents.directory.models import Organisation, Person


def merged_organisations() -> Subquery:
    """Answer the entries that were merged and what each counts as: id, kept_id. They are few."""
    return (
        select(Organisation.id, Organisation.duplicate_of_id.label("kept_id"))
        .where(Organisation.duplicate_of_id.is_not(None))
        .subquery("merged_organisations")
    )


def merged_people() -> Subquery:
    """Answer the people that were merged and whom each counts as: id, kept_id, sex of that one."""
    kept = aliased(Person)
    return (
        select(Person.id, kept.id.label("kept_id"), kept.sex)
        .join(kept, kept.id == Person.duplicate_of_id)
        # The join says so already; said aloud, the database can tell how few they are.
        .where(Person.duplicate_of_id.is_not(None))
        .subquery("merged_people")
    )


def entries_of(organisation_ids: Collection[int] | BindParameter[Any]) -> Subquery:
    """Answer the entries whose facts are those of the organisations: id, asked_id."""
    own = select(Organisation.id, Organisation.id.label("asked_id"))
    merged = select(Organisation.id, Organisation.duplicate_of_id)
    return union_all(
        own.where(one_of(Organisation.id, organisation_ids)),
        merged.where(one_of(Organisation.duplicate_of_id, organisation_ids)),
    ).subquery("entries")


def entries_of_one(organisation_id: ColumnElement[int]) -> Select[int]:
    """Answer the same ids of one organisation, which a parameter names."""
    is_it = or_(Organisation.id == organisation_id, Organisation.duplicate_of_id == organisation_id)
    return select(Organisation.id).where(is_it)


def entries_alike(organisation_ids: Collection[int] | BindParameter[Any]) -> Subquery:
    """Answer the same, of one that was merged also the kept entry and what else it swallowed."""
    asked, entry = aliased(Organisation), aliased(Organisation)
    entries = entries_of(organisation_ids)
    was_merged = (one_of(asked.id, organisation_ids), asked.duplicate_of_id.is_not(None))
    others = select(entry.id, asked.id).join(entry, entry.duplicate_of_id == asked.duplicate_of_id)
    return union_all(
        select(entries.c.id, entries.c.asked_id),
        select(asked.duplicate_of_id, asked.id).where(*was_merged),
        others.where(*was_merged, entry.id != asked.id),
    ).subquery("alike")


def with_merged(organisation_ids: Collection[int]) -> list[int]:
    """Answer the ids and those of the entries that were merged into them."""
    entries = entries_of(organisation_ids)
    return list(db.session.scalars(select(entries.c.id)))


def has(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Answer the condition that such a row is about the enclosing statement's Organisation.

    A row about an entry merged into it is about it too. These are few, and asked for apart: the
    index then answers for every organisation by itself.
    """
    own = (
        select(table.id)
        .where(table.organisation_id == Organisation.id, *conditions)
        .correlate(Organisation)
        .exists()
    )
    merged = merged_organisations()
    through = (
        select(merged.c.kept_id)
        .join(table, table.organisation_id == merged.c.id)
        .where(*conditions)
    )
    return or_(own, Organisation.id.in_(through))


def with_kept(organisations: Select[int] | CompoundSelect[int]) -> Select[int]:
    """Answer the organisations, and the kept entry of each that was merged."""
    found, merged = organisations.subquery(), merged_organisations()
    kept = select(merged.c.kept_id).where(merged.c.id.in_(select(*found.c)))
    return select(union_all(select(*found.c), kept).subquery().c[0])


def counts_as(
    organisation_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    merged: Subquery,
) -> ColumnElement[int]:
    """Answer the organisation a row counts for; `merged` is joined to it from outside."""
    return func.coalesce(merged.c.kept_id, organisation_id)


def is_of(
    organisation_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
) -> ColumnElement[bool]:
    """Answer the condition that a row is about the enclosing statement's Organisation.

    It may be about that very entry or about one merged into it.
    """
    entry = aliased(Organisation)
    return organisation_id.in_(
        select(entry.id)
        .where(or_(entry.id == Organisation.id, entry.duplicate_of_id == Organisation.id))
        .correlate(Organisation)
    )


def kept_ids(organisation_ids: Collection[int]) -> dict[int, int]:
    """Answer what each of the organisations counts as: mostly itself."""
    merged = merged_organisations()
    kept: dict[int, int] = dict(
        db.session.execute(
            select(merged.c.id, merged.c.kept_id).where(one_of(merged.c.id, organisation_ids))
        ).all()
    )
    return {id_: kept.get(id_, id_) for id_ in organisation_ids}
