"""Pairs of entries found in one statement: only those are compared that share something.

What they share makes a block; a block of too many says nothing and is passed over. So the work
grows with the register and not with its square.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    and_,
    false,
    func,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from coopevents.db import db
from coopevents.directory.models import Organisation, Person
from coopevents.duplicates.matching import CROWD, Candidate, Sign, rank_sql
from coopevents.duplicates.models import DistinctPair
from coopevents.errors import InputError
from coopevents.i18n import _

Rows = Select[*tuple[Any, ...]]
Signs = Mapping[Sign, ColumnElement[Any]]

SHARED = (Sign.CODE, Sign.NAME, Sign.SIMILAR_NAME, Sign.COMMUNE, Sign.PHONE, Sign.EMAIL)
"""The signs by which pairs are found. The others are looked at once a pair is found."""


WORK_MEMORY = "64MB"


@dataclass(frozen=True)
class CandidatePage:
    """Some candidates, the likeliest first, how many there are in all, and where more begin."""

    items: list[Candidate]
    total: int
    next: str | None


def sharing(rows: Rows, signs: Sequence[Sign], *, most: int = CROWD) -> Rows:
    """Answer the pairs of rows whose columns but the id are the same, a flag for every sign.

    `signs` agree in each of them. Blocks of more than `most` rows make none.
    """
    told = rows.subquery()
    share = [column for column in told.c if column.name != "id"]
    block = (
        select(func.array_agg(told.c.id).label("ids"))
        .group_by(*share)
        .having(func.count().between(2, most))
        .subquery()
    )
    one, other = (
        func.unnest(block.c.ids).table_valued("id", name=name).render_derived()
        for name in ("one", "other")
    )
    found = select(
        one.c.id.label("first_id"),
        other.c.id.label("second_id"),
        *_flags(dict.fromkeys(signs, true())),
    )
    return found.select_from(block).join(one, true()).join(other, one.c.id < other.c.id)


def reaching(rows: Rows, sign: Sign, similar: Callable[[Any, Any], ColumnElement[bool]]) -> Rows:
    """Answer the pairs of rows with the same `tail` whose keys are the same or similar.

    `sign` agrees in each of them. A tail that more than a crowd shares makes none.
    """
    told = rows.cte()
    one, other = told.alias(), told.alias()
    flags = {
        sign: true(),
        Sign.NAME: one.c.key == other.c.key,
        Sign.SIMILAR_NAME: and_(one.c.key != other.c.key, similar(one, other)),
    }
    return (
        select(one.c.id.label("first_id"), other.c.id.label("second_id"), *_flags(flags))
        .select_from(one)
        .join(other, and_(one.c.tail == other.c.tail, one.c.id < other.c.id))
        .where(or_(flags[Sign.NAME], flags[Sign.SIMILAR_NAME]))
    )


def _flags(known: Signs) -> list[Any]:
    return [known.get(sign, false()).label(sign.value) for sign in SHARED]


def together(found: Iterable[Rows]) -> CTE:
    """Answer each pair once, with every sign that agrees in it."""
    every = union_all(*found).subquery()
    flags: dict[Sign, ColumnElement[Any]] = {
        sign: func.bool_or(every.c[sign.value]) for sign in SHARED
    }
    # By one of its names an organisation may be the same, by another only similar.
    flags[Sign.SIMILAR_NAME] = and_(flags[Sign.SIMILAR_NAME], ~flags[Sign.NAME])
    return (
        select(
            every.c.first_id,
            every.c.second_id,
            *(flag.label(sign.value) for sign, flag in flags.items()),
        )
        .group_by(every.c.first_id, every.c.second_id)
        .cte("pairs")
    )


def page(found: Rows, agree: Signs, differ: Signs, after: str | None, limit: int) -> CandidatePage:
    """Answer a page of the pairs, the likeliest first.

    `found` selects first_id and second_id. Raises InputError for an `after` that is no cursor.
    """
    ranked = found.add_columns(
        rank_sql(agree, differ).label("rank"),
        *(holds.label(f"agree_{sign}") for sign, holds in agree.items()),
        *(holds.label(f"differ_{sign}") for sign, holds in differ.items()),
    ).cte("ranked")
    # What is grouped and sorted on the way is as long as the register.
    db.session.execute(text(f"SET LOCAL work_mem = '{WORK_MEMORY}'"))
    place = tuple_(-ranked.c.rank, ranked.c.first_id, ranked.c.second_id)
    asked = (
        select(ranked, select(func.count()).select_from(ranked).scalar_subquery().label("total"))
        .order_by(ranked.c.rank.desc(), ranked.c.first_id, ranked.c.second_id)
        .limit(limit + 1)
    )
    if after is not None:
        asked = asked.where(place > tuple_(*_cursor(after)))
    rows = db.session.execute(asked).mappings().all()
    items = [_candidate(row, agree, differ) for row in rows[:limit]]
    return CandidatePage(
        items=items,
        total=rows[0]["total"] if rows else 0,
        next=items[-1].cursor if len(rows) > limit else None,
    )


def _candidate(row: Mapping[Any, Any], agree: Signs, differ: Signs) -> Candidate:
    return Candidate(
        row["first_id"],
        row["second_id"],
        row["rank"],
        tuple(sign for sign in agree if row[f"agree_{sign}"]),
        tuple(sign for sign in differ if row[f"differ_{sign}"]),
    )


def _cursor(after: str) -> tuple[int, int, int]:
    try:
        rank, first_id, second_id = map(int, after.split("."))
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error
    return -rank, first_id, second_id


def kept_apart(found: CTE, table: type[Organisation] | type[Person]) -> ColumnElement[bool]:
    """Answer the condition that somebody decided that the pair is two.

    A decision about an entry that was merged since is one about the entry it counts as.
    """
    first, second = (
        (DistinctPair.first_person_id, DistinctPair.second_person_id)
        if table is Person
        else (DistinctPair.first_organisation_id, DistinctPair.second_organisation_id)
    )
    one, other = aliased(table), aliased(table)
    ids = (
        func.coalesce(one.duplicate_of_id, one.id),
        func.coalesce(other.duplicate_of_id, other.id),
    )
    return tuple_(found.c.first_id, found.c.second_id).in_(
        select(func.least(*ids), func.greatest(*ids))
        .select_from(DistinctPair)
        .join(one, one.id == first)
        .join(other, other.id == second)
        .where(DistinctPair.taken_back_at.is_(None))
    )
