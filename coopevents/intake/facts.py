"""What stands of organisations on the day of a workbook, read for many of them at once."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select

from coopevents.accounts import queries as accounts
from coopevents.db import db, valid_on
from coopevents.directory import identity
from coopevents.directory.figures import WOMENS_UNION
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    HeadCount,
    OrganisationAddress,
    OrganisationName,
    OrganisationSector,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.directory.queries import status_on


@dataclass(frozen=True, slots=True)
class DatedFact:
    """A dated row: its text, or the commune it names."""

    id: int
    told: str
    valid_from: date | None
    valid_to: date | None
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class PostFact:
    """Somebody's post."""

    id: int
    kind: PostKind
    valid_from: date | None
    valid_to: date | None
    of_an_import: bool
    person_id: int
    name_fold: str
    full_name: str
    sex: Sex


@dataclass(frozen=True, slots=True)
class ContactFact:
    """A way to reach the organisation."""

    id: int
    channel: Channel
    value: str
    rank: int


@dataclass(slots=True)
class Facts:
    """What stands of one organisation on the day of the workbook."""

    head_counts: tuple[int | None, ...] = (None, None, None, None)
    counted_on: date | None = None
    posts: list[PostFact] = field(default_factory=list)
    contacts: list[ContactFact] = field(default_factory=list)
    sector: DatedFact | None = None
    name: DatedFact | None = None
    address: DatedFact | None = None
    supported: bool = False
    status: OrganisationStatusKind | None = None


def facts_of(organisation_ids: Collection[int], as_of: date) -> dict[int, Facts]:
    """Answer what stands of each organisation on the day, in as many queries for one as for all."""
    statuses = status_on(organisation_ids, as_of)
    facts = {id_: Facts(status=statuses.get(id_)) for id_ in organisation_ids}
    if not facts:
        return facts
    entries = _entries(facts)
    _add_dated(facts, as_of)
    _add_posts(facts, entries, as_of)
    _add_contacts(facts)
    _add_counts(facts, entries, as_of)
    union = accounts.find_body(WOMENS_UNION)
    supports = db.session.scalars(
        select(OrganisationSupport.organisation_id).where(
            OrganisationSupport.organisation_id.in_(entries),
            OrganisationSupport.body_id == (union.id if union else None),
        )
    )
    for entry_id in supports:
        facts[entries[entry_id]].supported = True
    return facts


def _entries(organisation_ids: Collection[int]) -> dict[int, int]:
    """Answer the organisation each entry tells of: they themselves, and what was merged into them.

    Who holds a post, what was counted and who supported it may stand with such an entry; its
    name, its seat and its trade are the kept one's alone.
    """
    entries = identity.entries_of(organisation_ids)
    return dict(db.session.execute(select(entries.c.id, entries.c.asked_id)).all())


def _add_dated(facts: dict[int, Facts], as_of: date) -> None:
    for model, text in (
        (OrganisationSector, OrganisationSector.sector),
        (OrganisationName, OrganisationName.name),
    ):
        rows = db.session.execute(
            select(model.organisation_id, model.id, text, model.valid_from, model.valid_to).where(
                model.organisation_id.in_(facts), valid_on(model, as_of)
            )
        )
        for organisation_id, id_, told, since, until in rows:
            fact = DatedFact(id_, told, since, until)
            if model is OrganisationSector:
                facts[organisation_id].sector = fact
            else:
                facts[organisation_id].name = fact
    addresses = db.session.execute(
        select(
            OrganisationAddress.organisation_id,
            OrganisationAddress.id,
            OrganisationAddress.administrative_unit_id,
            OrganisationAddress.valid_from,
            OrganisationAddress.valid_to,
        ).where(
            OrganisationAddress.organisation_id.in_(facts), valid_on(OrganisationAddress, as_of)
        )
    )
    for organisation_id, id_, unit_id, since, until in addresses:
        facts[organisation_id].address = DatedFact(id_, "", since, until, unit_id)


def _add_posts(facts: dict[int, Facts], entries: dict[int, int], as_of: date) -> None:
    rows: Any = db.session.execute(
        select(
            Post.organisation_id,
            Post.id,
            Post.kind,
            Post.valid_from,
            Post.valid_to,
            Post.import_batch_id,
            Person.id,
            Person.name_fold,
            Person.full_name,
            Person.sex,
        )
        .join(Person, Person.id == Post.person_id)
        .where(Post.organisation_id.in_(entries), valid_on(Post, as_of))
        .order_by(Post.id)
    )
    for entry_id, id_, kind, since, until, batch_id, *person in rows:
        fact = PostFact(id_, kind, since, until, batch_id is not None, *person)
        facts[entries[entry_id]].posts.append(fact)


def _add_contacts(facts: dict[int, Facts]) -> None:
    rows: Any = db.session.execute(
        select(
            ContactPoint.organisation_id,
            ContactPoint.id,
            ContactPoint.channel,
            ContactPoint.value,
            ContactPoint.rank,
        )
        .where(ContactPoint.organisation_id.in_(facts))
        .order_by(ContactPoint.rank, ContactPoint.id)
    )
    for organisation_id, *told in rows:
        facts[organisation_id].contacts.append(ContactFact(*told))


def _add_counts(facts: dict[int, Facts], entries: dict[int, int], as_of: date) -> None:
    rows = db.session.execute(
        select(
            HeadCount.organisation_id,
            HeadCount.as_of,
            HeadCount.members,
            HeadCount.women_members,
            HeadCount.workers,
            HeadCount.women_workers,
        )
        .where(HeadCount.organisation_id.in_(entries), HeadCount.as_of <= as_of)
        # Of one day the kept entry's count holds, as in every figure.
        .order_by(HeadCount.as_of, HeadCount.organisation_id.in_(facts))
    )
    for entry_id, counted_on, *counts in rows:
        told = facts[entries[entry_id]]
        told.counted_on = counted_on
        told.head_counts = tuple(counts)
