"""A list of organisations to take away: what an office asks of each, one line an organisation."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from coopevents.db import db, valid_on
from coopevents.directory import figures, identity, queries
from coopevents.directory.classification import HEADING
from coopevents.directory.lists import OrganisationLine
from coopevents.directory.models import (
    Channel,
    DatePrecision,
    HeadCount,
    Organisation,
    OrganisationCode,
    OrganisationSector,
    PostKind,
)
from coopevents.i18n import _, _n
from coopevents.i18n import number as written
from coopevents.listing import Column, Listing, Value

AT_ONCE = 1000
"""How many organisations are looked up together."""


@dataclass(frozen=True)
class Words:
    """What states and kinds are called, by the page that asks."""

    kinds: Mapping[Any, Any]
    states: Mapping[Any, Any]
    posts: Mapping[Any, Any]
    women_led: Mapping[bool | None, Any]


@dataclass(frozen=True)
class Known:
    """What is known of some organisations on a day, by their ids."""

    codes: dict[int, list[str]]
    sectors: dict[int, str]
    founded: dict[int, Any]
    heads: dict[int, tuple[str, PostKind]]
    contacts: dict[int, list[tuple[Channel, str]]]
    counts: dict[int, Any]
    stars: dict[int, int]


def in_words(number: int) -> str:
    """Answer how many organisations a list holds, as a sentence of its notes."""
    return _n("%(shown)s organisation", "%(shown)s organisations", number, shown=written(number))


def columns() -> list[Column]:
    """Answer the columns of the file, in the language spoken."""
    return [
        Column(_("Name"), 40),
        Column(_("Kind")),
        Column(_("Codes")),
        Column(_("Commune"), 22),
        Column(_("Former district"), 22),
        Column(_("State")),
        Column(_("Sector"), 22),
        Column(_("Founded"), 12),
        Column(_("Led by women"), 12),
        Column(_("Head"), 28),
        Column(_("Post"), 22),
        Column(_("Phone"), 18),
        Column(_("E-mail"), 28),
        Column(_("Members"), 10),
        Column(_("women among them"), 10),
        Column(_("Workers"), 10),
        Column(_("women among them"), 10),
        Column(_("Counted on"), 12),
        Column(_("Highest valid OCOP"), 10),
    ]


def listing(
    lines: Sequence[OrganisationLine], on: date, words: Words, notes: Sequence[str]
) -> Listing:
    """Answer the list as a file holds it: everything as it was on the day."""
    return Listing(_("Organisations"), columns(), _rows(lines, on, words), notes)


def _rows(lines: Sequence[OrganisationLine], on: date, words: Words) -> Iterator[list[Value]]:
    for first in range(0, len(lines), AT_ONCE):
        some = lines[first : first + AT_ONCE]
        known = _known([line.id for line in some], on)
        for line in some:
            yield _row(line, known, words)


def _row(line: OrganisationLine, known: Known, words: Words) -> list[Value]:
    head, counted = known.heads.get(line.id), known.counts.get(line.id)
    district = line.unit.parent if line.unit else None
    return [
        line.name,
        str(words.kinds[line.kind]),
        "; ".join(known.codes.get(line.id, [])),
        line.unit.name if line.unit else None,
        district.name if district and district.level.value == "district" else None,
        str(words.states[line.status.value]) if line.status else None,
        known.sectors.get(line.id),
        _founded(known.founded.get(line.id)),
        str(words.women_led[line.women_led]),
        head[0] if head else None,
        str(words.posts[head[1]]) if head else None,
        _ways(known.contacts.get(line.id, []), Channel.PHONE),
        _ways(known.contacts.get(line.id, []), Channel.EMAIL),
        *((counted.members, counted.women_members) if counted else (None, None)),
        *((counted.workers, counted.women_workers) if counted else (None, None)),
        counted.as_of if counted else None,
        known.stars.get(line.id),
    ]


def _founded(told: Any) -> Value:
    if told is None:
        return None
    day: date = told.founded_on
    return str(day.year) if told.founded_precision is DatePrecision.YEAR else day


def _ways(points: Iterable[tuple[Channel, str]], channel: Channel) -> str:
    return "; ".join(value for way, value in points if way is channel)


def _known(ids: list[int], on: date) -> Known:
    codes: dict[int, list[str]] = defaultdict(list)
    for organisation_id, code in db.session.execute(
        select(OrganisationCode.organisation_id, OrganisationCode.code)
        .where(OrganisationCode.organisation_id.in_(ids), valid_on(OrganisationCode, on))
        .order_by(OrganisationCode.scheme)
    ):
        codes[organisation_id].append(code)
    sectors = db.session.execute(
        select(OrganisationSector.organisation_id, OrganisationSector.sector).where(
            OrganisationSector.organisation_id.in_(ids), valid_on(OrganisationSector, on)
        )
    )
    founded = db.session.execute(
        select(Organisation.id, Organisation.founded_on, Organisation.founded_precision).where(
            Organisation.id.in_(ids), Organisation.founded_on.is_not(None)
        )
    )
    merged = identity.merged_organisations()
    chosen = select(Organisation.id).where(Organisation.id.in_(ids))
    counts = db.session.execute(
        select(
            identity.counts_as(HeadCount.organisation_id, merged).label("organisation_id"),
            HeadCount.as_of,
            HeadCount.members,
            HeadCount.women_members,
            HeadCount.workers,
            HeadCount.women_workers,
        )
        .outerjoin(merged, merged.c.id == HeadCount.organisation_id)
        .where(HeadCount.id.in_(figures.latest_head_counts(chosen, on)))
    )
    held = figures.held_on(on)
    stars = db.session.execute(
        select(held.c.organisation_id, func.max(held.c.stars))
        .where(held.c.organisation_id.in_(ids))
        .group_by(held.c.organisation_id)
    )
    return Known(
        codes=codes,
        sectors=dict(sectors.all()),
        founded={row.id: row for row in founded},
        heads=_heads(ids, on),
        contacts=_contacts(ids),
        counts={count.organisation_id: count for count in counts},
        stars=dict(stars.all()),
    )


def _heads(ids: list[int], on: date) -> dict[int, tuple[str, PostKind]]:
    """Answer who heads each organisation on the day, where a post that heads it is known."""
    heads: dict[int, tuple[str, PostKind]] = {}
    for organisation_id, posts in queries.posts_on(ids, on).items():
        # Where several head it, the first one entered stays.
        for post in posts:
            if post.kind in HEADING:
                heads.setdefault(organisation_id, (post.holder.full_name, post.kind))
    return heads


def _contacts(ids: list[int]) -> dict[int, list[tuple[Channel, str]]]:
    """Answer the ways to each organisation that may be used now, the first to be tried first."""
    return {
        organisation_id: [(point.channel, point.value) for point in points if point.is_usable]
        for organisation_id, points in queries.contact_points(ids).items()
    }
