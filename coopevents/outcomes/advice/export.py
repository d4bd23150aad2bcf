"""The list of cases to take away, in the columns of annex 5: what was founded, and with whose help.

Of what is founded everything is told as it was on that day; of the others as it is today.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.db import db
from coopevents.directory import dated, identity
from coopevents.directory.classification import HEADING
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import (
    DatePrecision,
    HeadCount,
    Organisation,
    Person,
    Post,
)
from coopevents.i18n import _
from coopevents.i18n import day as written
from coopevents.listing import Column, Listing, Value
from coopevents.outcomes.advice import telling
from coopevents.outcomes.advice.queries import CaseLine
from coopevents.outcomes.advice.words import AIMED_AT


@dataclass(frozen=True)
class _Known:
    """What is known of the organisations the cases are about, by their ids."""

    organisations: Mapping[int, Organisation]
    posts: Mapping[int, Sequence[Post]]
    counts: Mapping[int, Sequence[HeadCount]]


def list_foundings(
    lines: Sequence[CaseLine], bodies: Mapping[int, str], sexes: Mapping[Any, Any]
) -> Listing:
    """Answer the cases as a list to take away; `sexes` are words for them."""
    columns = [
        Column(_("No."), 6),
        Column(_("Name"), 40),
        Column(_("Kind"), 18),
        Column(_("Founded on"), 12),
        Column(_("Commune"), 22),
        Column(_("Head"), 28),
        Column(_("Sex"), 10),
        Column(_("Members"), 10),
        Column(_("women among them"), 10),
        Column(_("Women workers"), 10),
        Column(_("Advising body"), 36),
        Column(_("Document"), 40),
    ]
    notes = [_("As of %(day)s.", day=written(clock.today()))]
    rows = _rows(lines, _known(lines), bodies, sexes)
    return Listing(_("Foundings with advice"), columns, rows, notes)


def _rows(
    lines: Sequence[CaseLine],
    known: _Known,
    bodies: Mapping[int, str],
    sexes: Mapping[Any, Any],
) -> Iterator[list[Value]]:
    for number, line in enumerate(lines, start=1):
        organisation = known.organisations.get(line.organisation_id or 0)
        on = _founded_on(line, organisation)
        head = _head(known, line.organisation_id, on or clock.today())
        count = _count(known, line.organisation_id)
        aimed_at = organisation.kind if organisation else AIMED_AT.get(line.case.purpose)
        yield [
            number,
            line.name,
            str(KIND_NAMES[aimed_at]) if aimed_at else None,
            on,
            line.unit.name if line.unit else None,
            head.full_name if head else None,
            str(sexes[head.sex]) if head else None,
            count.members if count else None,
            count.women_members if count else None,
            count.women_workers if count else None,
            bodies.get(line.case.body_id),
            telling.proof(line.founding) if line.founding else None,
        ]


def _founded_on(line: CaseLine, organisation: Organisation | None) -> date | None:
    if line.founding is not None:
        return line.founding.registered_on
    only_day = organisation and organisation.founded_precision is DatePrecision.DAY
    return organisation.founded_on if organisation and only_day else None


def _head(known: _Known, organisation_id: int | None, on: date) -> Person | None:
    posts = [post for post in known.posts.get(organisation_id or 0, ()) if dated.holds_on(post, on)]
    return next((post.holder for post in posts if post.kind in HEADING), None)


def _count(known: _Known, organisation_id: int | None) -> HeadCount | None:
    """Answer the latest count of members and workers."""
    return next(iter(known.counts.get(organisation_id or 0, ())), None)


def _known(lines: Sequence[CaseLine]) -> _Known:
    ids = {line.organisation_id for line in lines if line.organisation_id}
    found = db.session.scalars(select(Organisation).where(Organisation.id.in_(ids)))
    posts: dict[int, list[Post]] = defaultdict(list)
    entries = identity.entries_of(ids)
    for id_, post in db.session.execute(
        select(entries.c.asked_id, Post)
        .join(entries, entries.c.id == Post.organisation_id)
        .options(joinedload(Post.person).joinedload(Person.duplicate_of))
        .order_by(Post.id)
    ):
        posts[id_].append(post)
    counts: dict[int, list[HeadCount]] = defaultdict(list)
    for id_, count in db.session.execute(
        select(entries.c.asked_id, HeadCount)
        .join(entries, entries.c.id == HeadCount.organisation_id)
        .order_by(HeadCount.as_of.desc())
    ):
        counts[id_].append(count)
    return _Known({one.id: one for one in found}, posts, counts)
