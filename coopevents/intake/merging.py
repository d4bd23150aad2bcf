"""What a workbook would change in a register: told before anything is written."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from coopevents import names
from coopevents.accounts import queries as accounts
from coopevents.db import Json, db, valid_on
from coopevents.directory.figures import WOMENS_UNION
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationAddress,
    OrganisationName,
    OrganisationSector,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    Register,
    Sex,
)
from coopevents.directory.queries import contact_points, posts_on, status_on
from coopevents.i18n import _
from coopevents.intake.importer import Entry, Identity, LookAlike, Ranking, Reading
from coopevents.intake.reading import Day
from coopevents.intake.workbook import Problems


@dataclass
class Facts:
    """What stands of one organisation on the day of the workbook."""

    head_count: HeadCount | None = None
    posts: list[Post] = field(default_factory=list)
    contacts: list[ContactPoint] = field(default_factory=list)
    sector: OrganisationSector | None = None
    supported: bool = False
    status: OrganisationStatusKind | None = None


@dataclass
class Update:
    """What a row changes of an organisation that stands already."""

    entry: Entry
    organisation_id: int
    facts: Facts
    changes: dict[str, tuple[Json, Json]] = field(default_factory=dict)
    """By what is changed: the values before and after."""
    person: Person | None = None
    """The representative, where she stands in another post already."""


@dataclass
class Plan:
    """What would be written."""

    new: list[Entry] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    certificates: list[tuple[Ranking, Entry | int]] = field(default_factory=list)
    """Each with the organisation: one of `new`, or the id of one that stands."""
    same: int = 0
    absent: int = 0
    """Organisations that stand in the register and not in the workbook; they are left alone."""


def plan(register: Register, reading: Reading, as_of: date, problems: Problems) -> Plan:
    """Answer what the workbook changes; rankings of nobody we know are added to `problems`.

    What differs and cannot be dated is left for a person, with a warning in `reading`.
    """
    merge = _Merge(register, reading, as_of, problems)
    matched = merge.match_entries()
    merge.compare(matched)
    merge.place_rankings()
    return merge.plan


class _Merge:
    def __init__(
        self, register: Register, reading: Reading, as_of: date, problems: Problems
    ) -> None:
        self.register = register
        self.reading = reading
        self.as_of = as_of
        self.problems = problems
        self.plan = Plan()
        self.standing: dict[Identity, list[int]] = defaultdict(list)
        self.by_name: dict[tuple[str, int], list[tuple[int, Day | None]]] = defaultdict(list)
        self._load_standing()

    def _load_standing(self) -> None:
        rows = db.session.execute(
            select(
                Organisation.id,
                Organisation.kind,
                Organisation.founded_on,
                Organisation.founded_precision,
                OrganisationName.name_fold,
                OrganisationAddress.administrative_unit_id,
            )
            .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
            .join(OrganisationAddress, OrganisationAddress.organisation_id == Organisation.id)
            .where(
                Organisation.register_id == self.register.id,
                valid_on(OrganisationName, self.as_of),
                valid_on(OrganisationAddress, self.as_of),
            )
            .order_by(Organisation.id)
        )
        for id_, kind, founded_on, precision, name_fold, commune_id in rows:
            founded = Day(founded_on, precision) if founded_on and precision else None
            self.standing[kind, name_fold, commune_id, founded].append(id_)
            self.by_name[name_fold, commune_id].append((id_, founded))

    def match_entries(self) -> dict[int, Entry]:
        """Sort the entries into new ones and ones that stand; answer these by organisation."""
        matched: dict[int, Entry] = {}
        for entry in self.reading.entries:
            waiting = self.standing.get(entry.identity)
            if waiting:
                matched[waiting.pop(0)] = entry
                continue
            self.plan.new.append(entry)
            for organisation_id, _founded in self.by_name.get(entry.name_and_commune, []):
                self.reading.look_alikes.append(
                    LookAlike(entry.sheet, entry.row, entry.name, None, organisation_id)
                )
        self.plan.absent = sum(map(len, self.standing.values()))
        return matched

    def compare(self, matched: dict[int, Entry]) -> None:
        """Find what the rows change of the organisations that stand."""
        facts = _facts(matched, self.as_of)
        for organisation_id, entry in matched.items():
            update = Update(entry, organisation_id, facts[organisation_id])
            self._compare_counts(update)
            self._compare_representative(update)
            self._compare_contacts(update)
            self._compare_sector(update)
            if entry.supported and not update.facts.supported:
                update.changes["support"] = ({"supported": False}, {"supported": True})
            if update.facts.status not in {None, OrganisationStatusKind.OPERATING}:
                self._warn(entry, _("The register knows it as no longer operating."))
            if update.changes:
                self.plan.updates.append(update)
            else:
                self.plan.same += 1

    def _compare_counts(self, update: Update) -> None:
        stood, told = update.facts.head_count, update.entry.head_counts
        before = _counts(stood)
        # An empty cell says nothing; it contradicts nobody.
        if all(new is None or new == old for new, old in zip(told, before, strict=True)):
            return
        if stood and stood.as_of == self.as_of:
            self._warn(update.entry, _("Other head counts of the same day stand already."))
            return
        update.changes["head_counts"] = ({"counts": before}, {"counts": told})

    def _compare_representative(self, update: Update) -> None:
        told = update.entry.representative
        if told is None:
            return
        namesakes = [
            post
            for post in update.facts.posts
            if post.person.name_fold == names.fold(told.full_name)
        ]
        for post in namesakes:
            if told.sex not in {Sex.NOT_STATED, post.person.sex}:
                self._warn(update.entry, _("The register states another sex of this person."))
        if any(post.kind is told.post for post in namesakes):
            return
        if any(post.valid_from and post.valid_from >= self.as_of for post in update.facts.posts):
            self._warn(update.entry, _("Another representative of the same day stands already."))
            return
        update.person = namesakes[0].person if namesakes else None
        update.changes["representative"] = (
            {"posts": [post.id for post in replaced(update.facts.posts)]},
            {"post": told.post.value, "full_name": told.full_name},
        )

    def _compare_contacts(self, update: Update) -> None:
        for channel, value in (
            (Channel.EMAIL, update.entry.email),
            (Channel.PHONE, update.entry.phone),
        ):
            known = [point.value for point in update.facts.contacts if point.channel is channel]
            if value and value not in known:
                update.changes[channel.value] = ({"values": known}, {"value": value})

    def _compare_sector(self, update: Update) -> None:
        told, stood = update.entry.sector, update.facts.sector
        if not told or (stood and names.fold(stood.sector) == names.fold(told)):
            return
        if stood and stood.valid_from and stood.valid_from >= self.as_of:
            self._warn(update.entry, _("Another trade of the same day stands already."))
            return
        update.changes["sector"] = (
            {"sector": stood.sector if stood else None},
            {"sector": told},
        )

    def place_rankings(self) -> None:
        """Give each certificate to its organisation."""
        owners: dict[tuple[str, int], list[Entry | int]] = defaultdict(list)
        for entry in self.plan.new:
            owners[entry.name_and_commune].append(entry)
        for key, standing in self.by_name.items():
            owners[key] += [organisation_id for organisation_id, _founded in standing]
        known = _certificates(self.register)
        told: dict[tuple[str, int, str, str, date], Ranking] = {}
        for ranking in self.reading.rankings:
            candidates = owners.get((names.fold(ranking.name), ranking.commune_id), [])
            if len(candidates) != 1:
                self.problems.add(ranking.place, _ownerless(len(candidates)))
                continue
            owner = candidates[0]
            certificate = (ranking.product, ranking.decision, ranking.issued_on)
            first = told.setdefault(
                (names.fold(ranking.name), ranking.commune_id, *certificate), ranking
            )
            stood = known.get((owner, *certificate)) if isinstance(owner, int) else None
            if first is ranking and stood is None:
                self.plan.certificates.append((ranking, owner))
            elif ranking.stars != (stood or first.stars):
                self._warn(ranking, _("Other stars of the same certificate stand already."))

    def _warn(self, told: Entry | Ranking, sentence: str) -> None:
        self.reading.warnings[f"{told.sheet}!{told.row}"] = sentence


def replaced(posts: Iterable[Post]) -> list[Post]:
    """Answer the posts a new representative ends: those a register named, not an officer."""
    return [post for post in posts if post.import_batch_id is not None]


def _counts(row: HeadCount | None) -> tuple[int | None, ...]:
    if row is None:
        return (None, None, None, None)
    return (row.members, row.women_members, row.workers, row.women_workers)


def _ownerless(candidates: int) -> str:
    if candidates:
        return str(_("Several organisations of this commune bear the name."))
    return str(_("No organisation of this commune bears the name."))


def _certificates(register: Register) -> dict[tuple[int, str, str, date], int]:
    rows = db.session.scalars(
        select(OcopCertificate)
        .join(Organisation, Organisation.id == OcopCertificate.organisation_id)
        .where(Organisation.register_id == register.id)
    )
    return {
        (row.organisation_id, row.product, row.decision, row.issued_on): row.stars for row in rows
    }


def _facts(organisation_ids: Collection[int], as_of: date) -> dict[int, Facts]:
    if not organisation_ids:
        return {}
    statuses = status_on(organisation_ids, as_of)
    points = contact_points(organisation_ids)
    posts = posts_on(organisation_ids, as_of)
    facts = {
        id_: Facts(posts=posts.get(id_, []), contacts=points.get(id_, []), status=statuses.get(id_))
        for id_ in organisation_ids
    }
    counts = db.session.scalars(
        select(HeadCount)
        .where(HeadCount.organisation_id.in_(organisation_ids), HeadCount.as_of <= as_of)
        .order_by(HeadCount.as_of)
    )
    for count in counts:
        facts[count.organisation_id].head_count = count
    sectors = db.session.scalars(
        select(OrganisationSector).where(
            OrganisationSector.organisation_id.in_(organisation_ids),
            valid_on(OrganisationSector, as_of),
        )
    )
    for sector in sectors:
        facts[sector.organisation_id].sector = sector
    union = accounts.find_body(WOMENS_UNION)
    supports = db.session.scalars(
        select(OrganisationSupport.organisation_id).where(
            OrganisationSupport.organisation_id.in_(organisation_ids),
            OrganisationSupport.body_id == (union.id if union else None),
        )
    )
    for organisation_id in supports:
        facts[organisation_id].supported = True
    return facts
