"""What an organisation came out of, and what it went into."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Integer, literal, or_, select
from sqlalchemy.orm import aliased

from coopevents.db import db
from coopevents.directory.dated import holds_on
from coopevents.directory.models import (
    LineageKind,
    Organisation,
    OrganisationLineage,
    OrganisationName,
)

LONGEST_CHAIN = 50
"""How many steps of a chain are followed: more than anybody lives through; ends a circle too."""


@dataclass(frozen=True)
class Step:
    """One link of a chain, with what the two were called when it was made."""

    kind: LineageKind
    on: date
    old_id: int
    old_name: str
    new_id: int | None
    new_name: str | None
    document: str | None


def came_out_of(organisation_id: int) -> list[OrganisationLineage]:
    """Answer the links by which it came out of others, or took others in, the earliest first."""
    return _links(OrganisationLineage.new_id == organisation_id)


def went_into(organisation_id: int) -> list[OrganisationLineage]:
    """Answer the links by which it ended, or by which others came out of it."""
    return _links(OrganisationLineage.old_id == organisation_id)


def _links(condition: ColumnElement[bool]) -> list[OrganisationLineage]:
    return list(
        db.session.scalars(
            select(OrganisationLineage)
            .where(condition)
            .order_by(OrganisationLineage.effective_on, OrganisationLineage.id)
        )
    )


def whole_chain(organisation_id: int) -> list[Step]:
    """Answer every link that leads to or from it, over however many steps, the earliest first.

    As many statements whatever the length. The name of what ended is that of the day before.
    """
    ids = _walk(organisation_id, forward=False) | _walk(organisation_id, forward=True)
    links = _links(or_(OrganisationLineage.old_id.in_(ids), OrganisationLineage.new_id.in_(ids)))
    names = _names({i for link in links for i in (link.old_id, link.new_id) if i})
    return [
        Step(
            link.kind,
            link.effective_on,
            link.old_id,
            _called(names, link.old_id, link.effective_on - timedelta(days=1)),
            link.new_id,
            _called(names, link.new_id, link.effective_on) if link.new_id else None,
            link.document,
        )
        for link in links
    ]


def _names(ids: Collection[int]) -> dict[int, list[OrganisationName]]:
    found: dict[int, list[OrganisationName]] = defaultdict(list)
    for row in db.session.scalars(
        select(OrganisationName)
        .where(OrganisationName.organisation_id.in_(ids))
        .order_by(OrganisationName.valid_from.asc().nulls_first())
    ):
        found[row.organisation_id].append(row)
    return found


def _called(names: dict[int, list[OrganisationName]], organisation_id: int, on: date) -> str:
    rows = names[organisation_id]
    return next((row.name for row in rows if holds_on(row, on)), rows[-1].name if rows else "")


def _walk(organisation_id: int, *, forward: bool) -> set[int]:
    start = (
        select(Organisation.id, literal(0, Integer).label("steps"))
        .where(Organisation.id == organisation_id)
        .cte("chain", recursive=True)
    )
    link = aliased(OrganisationLineage)
    here, there = (link.old_id, link.new_id) if forward else (link.new_id, link.old_id)
    chain = start.union(
        select(there, start.c.steps + 1)
        .join(start, here == start.c.id)
        .where(there.is_not(None), start.c.steps < LONGEST_CHAIN)
    )
    return set(db.session.scalars(select(chain.c.id)))
