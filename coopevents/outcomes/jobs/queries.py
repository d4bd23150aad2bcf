from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.dated import holds_on
from coopevents.directory.models import (
    LineageKind,
    Organisation,
    OrganisationKind,
    OrganisationLineage,
    OrganisationStatus,
    OrganisationStatusKind,
)
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.outcomes.jobs.counting import Book, Jobs, Link, Step
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import JobCount, JobCountVerification
from coopevents.programme.models import Programme

KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
)
"""The kinds of organisation whose jobs are counted."""


@dataclass(frozen=True)
class Standing:
    """The count that holds of an organisation and half-year, and whether it was verified."""

    organisation_id: int
    """The organisation it counts for: of an entry that was merged, the one that was kept."""
    kind: OrganisationKind
    count: JobCount
    verification: JobCountVerification | None

    @property
    def jobs(self) -> Jobs:
        """The numbers that are counted with."""
        return Jobs(self.count.persons or 0, self.count.women_workers or 0)


Counts = dict[int, dict[HalfYear, Standing]]
"""What stands, by organisation and half-year. What is not there is not known: it is not zero."""


def _uncorrected() -> ColumnElement[bool]:
    later = aliased(JobCount)
    return ~select(later.id).where(later.corrects_id == JobCount.id).correlate(JobCount).exists()


def standing_counts(
    programme: Programme, *, organisation_ids: Collection[int] | None = None
) -> Counts:
    """Answer the counts that stand, of some organisations or of all.

    Where both of two merged entries were counted, the kept one's own count holds.
    """
    merged = identity.merged_organisations()
    asked = (
        select(
            identity.counts_as(JobCount.organisation_id, merged),
            Organisation.kind,
            JobCount,
            JobCountVerification,
        )
        .outerjoin(merged, merged.c.id == JobCount.organisation_id)
        .join(Organisation, Organisation.id == identity.counts_as(JobCount.organisation_id, merged))
        .outerjoin(JobCountVerification, JobCountVerification.count_id == JobCount.id)
        .where(
            JobCount.programme_id == programme.id,
            JobCount.women_members.is_not(None),
            _uncorrected(),
        )
        .order_by(merged.c.id.nulls_first(), JobCount.id)
    )
    if organisation_ids is not None:
        entries = identity.entries_of(organisation_ids)
        asked = asked.where(JobCount.organisation_id.in_(select(entries.c.id)))
    found: Counts = defaultdict(dict)
    for id_, kind, count, verification in db.session.execute(asked):
        found[id_].setdefault(count.half_year, Standing(id_, kind, count, verification))
    return dict(found)


def last_row(programme_id: int, organisation_id: int, half: HalfYear) -> JobCount | None:
    """Answer the row of this very entry and half-year that nobody corrected, withdrawn or not."""
    return db.session.scalar(
        select(JobCount).where(
            JobCount.programme_id == programme_id,
            JobCount.organisation_id == organisation_id,
            JobCount.year == half.year,
            JobCount.half == half.half,
            _uncorrected(),
        )
    )


def get_count(count_id: int, programme_id: int) -> JobCount:
    """Answer the count, if it is the programme's. Raises NotFoundError otherwise."""
    count = db.session.get(JobCount, count_id)
    if count is None or count.programme_id != programme_id:
        raise NotFoundError(_("There is no such count of jobs."))
    return count


def list_rows(
    programme_id: int, organisation_id: int
) -> list[tuple[JobCount, JobCountVerification | None]]:
    """Answer every row about the organisation, the latest half-year and the latest row first."""
    entries = identity.entries_of([organisation_id])
    rows = db.session.execute(
        select(JobCount, JobCountVerification)
        .outerjoin(JobCountVerification, JobCountVerification.count_id == JobCount.id)
        .where(
            JobCount.programme_id == programme_id,
            JobCount.organisation_id.in_(select(entries.c.id)),
        )
        .order_by(JobCount.year.desc(), JobCount.half.desc(), JobCount.id.desc())
    )
    return [(row.JobCount, row.JobCountVerification) for row in rows]


@dataclass(frozen=True)
class Ledger:
    """What stands, who was no more when it was counted, and what each verified count brought."""

    counts: Counts
    gone: frozenset[tuple[int, HalfYear]]
    steps: dict[tuple[int, HalfYear], Step]
    baselines: dict[int, int]
    """What each verified organisation began with, what it took over at first included."""


def read_ledger(programme: Programme, *, organisation_ids: Collection[int] | None = None) -> Ledger:
    """Answer the counts of the programme and what they brought, in as many questions always.

    With `organisation_ids` only what tells of these: their own counts, and those of all that they
    came out of or went into. A page of a list costs one page.
    """
    links = _links(programme)
    if organisation_ids is not None:
        organisation_ids = _families(organisation_ids, links)
    counts = standing_counts(programme, organisation_ids=organisation_ids)
    gone = _gone(counts)
    verified = {
        id_: {
            half: standing.jobs
            for half, standing in of_halves.items()
            if standing.verification is not None and (id_, half) not in gone
        }
        for id_, of_halves in counts.items()
    }
    book = Book(programme.starts_on, _founded_since(programme, organisation_ids), links)
    steps = {(step.organisation_id, step.half): step for step in book.read(verified)}
    return Ledger(counts, gone, steps, _baselines(programme, steps.values()))


def _families(organisation_ids: Collection[int], links: Iterable[Link]) -> set[int]:
    """Answer the organisations with all that any links join to them, over any number of steps."""
    joined: dict[int, set[int]] = defaultdict(set)
    for link in links:
        joined[link.old_id].add(link.new_id)
        joined[link.new_id].add(link.old_id)
    found, waiting = set(organisation_ids), list(organisation_ids)
    while waiting:
        fresh = joined[waiting.pop()] - found
        found |= fresh
        waiting += fresh
    return found


def _baselines(programme: Programme, steps: Iterable[Step]) -> dict[int, int]:
    """Answer the baseline of each organisation; the steps come in the order of their half-years."""
    found: dict[int, int] = {}
    for step in steps:
        if step.half.last_on <= programme.starts_on or step.organisation_id not in found:
            found[step.organisation_id] = step.known.persons
    return found


def _gone(counts: Counts) -> frozenset[tuple[int, HalfYear]]:
    """Answer which counts are of an organisation that was dissolved on the half-year's last day.

    Its people are counted where they went, if anywhere.
    """
    ended: dict[int, list[OrganisationStatus]] = defaultdict(list)
    for row in db.session.scalars(
        select(OrganisationStatus).where(
            OrganisationStatus.status == OrganisationStatusKind.DISSOLVED,
            OrganisationStatus.organisation_id.in_(list(counts)),
        )
    ):
        ended[row.organisation_id].append(row)
    return frozenset(
        (id_, half)
        for id_, of_halves in counts.items()
        for half in of_halves
        if any(holds_on(row, half.last_on) for row in ended[id_])
    )


def _founded_since(
    programme: Programme, organisation_ids: Collection[int] | None
) -> frozenset[int]:
    """Answer the organisations, of some or of all, that were founded since the programme began.

    Of a founding known by its year 1 January is stored: one of the first year is taken for older.
    """
    asked = select(Organisation.id).where(
        Organisation.register_id == programme.register_id,
        Organisation.founded_on >= programme.starts_on,
    )
    if organisation_ids is not None:
        asked = asked.where(Organisation.id.in_(organisation_ids))
    return frozenset(db.session.scalars(asked))


def is_verified(programme: Programme, half: HalfYear) -> ColumnElement[bool | None]:
    """Answer of the enclosing statement's Organisation whether its count that stands is verified.

    Null: none stands. It is the very count `standing_counts` answers.
    """
    verified = (
        select(JobCountVerification.id)
        .where(JobCountVerification.count_id == JobCount.id)
        .correlate(JobCount)
        .exists()
    )
    return (
        select(verified)
        .where(
            JobCount.programme_id == programme.id,
            JobCount.year == half.year,
            JobCount.half == half.half,
            JobCount.women_members.is_not(None),
            identity.is_of(JobCount.organisation_id),
            _uncorrected(),
        )
        .order_by(
            JobCount.organisation_id != Organisation.id, JobCount.organisation_id, JobCount.id
        )
        .limit(1)
        .correlate(Organisation)
        .scalar_subquery()
    )


def _links(programme: Programme) -> tuple[Link, ...]:
    rows = db.session.scalars(
        select(OrganisationLineage)
        .join(Organisation, Organisation.id == OrganisationLineage.old_id)
        .where(
            Organisation.register_id == programme.register_id,
            OrganisationLineage.new_id.is_not(None),
        )
        .order_by(OrganisationLineage.effective_on, OrganisationLineage.id)
    ).all()
    kept = identity.kept_ids({id_ for row in rows for id_ in (row.old_id, row.new_id) if id_})
    links = [
        Link(
            row.effective_on,
            kept[row.old_id],
            kept[row.new_id],
            founds=row.kind is not LineageKind.ABSORB,
            goes_on=row.kind is LineageKind.SPLIT_OFF,
        )
        for row in rows
        if row.new_id is not None
    ]
    return tuple(link for link in links if link.old_id != link.new_id)
