"""Writing what an import found, many rows at a time, each with where it came from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

from coopevents import names
from coopevents.accounts import queries as accounts
from coopevents.db import Base, Json
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
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    SupportKind,
)
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.intake import bulk
from coopevents.intake.bulk import Values
from coopevents.intake.entries import Entry, Ranking, Representative
from coopevents.intake.merging import Plan, Update, replaced
from coopevents.intake.models import ImportBatch, ImportChange, ImportIdentity

CONTACTS = (
    (Channel.EMAIL, "email", "email_as_typed", 1),
    (Channel.PHONE, "phone", "phone_as_typed", 2),
)

Note = Callable[[int], None]
"""Told how far the work is, out of 100."""


@dataclass(slots=True)
class Target:
    """An organisation to write to: a new one whole, a standing one only in what changed."""

    organisation_id: int
    entry: Entry
    since: date | None
    """The day from which it holds; None for what a new organisation always was."""
    update: Update | None = None

    def has(self, change: str) -> bool:
        """Whether this is to be written."""
        return self.update is None or change in self.update.changes


@dataclass
class Writer:
    """Writes the rows of one batch."""

    batch: ImportBatch
    union_id: int
    """The body whose support the register has a column for."""
    recorded_by_id: int | None
    changes: list[Values] = field(default_factory=list)

    def write(self, plan: Plan, note: Note) -> None:
        """Write everything of the plan, and what it changed; tells how far it is."""
        ids = self._write_organisations(plan.new)
        note(8)
        targets = [Target(id_, entry, None) for id_, entry in zip(ids, plan.new, strict=True)]
        targets += [
            Target(one.organisation_id, one.entry, self.batch.as_of, one) for one in plan.updates
        ]
        for update in plan.updates:
            self._end_what_changes(update)
        self._apply_ends()
        for done, (model, rows) in enumerate(self._tables(targets), start=1):
            bulk.copy(model, rows)
            note(8 + done * 8)
        self._write_people(targets)
        note(85)
        owners = {entry.spot: id_ for id_, entry in zip(ids, plan.new, strict=True)}
        self._write_certificates(plan, owners)
        self._remember(plan, owners)
        bulk.copy(ImportChange, chain(self._told(targets), self.changes))
        note(100)

    def _write_organisations(self, entries: list[Entry]) -> list[int]:
        return bulk.copy_for_ids(
            Organisation,
            (
                {
                    "register_id": self.batch.register_id,
                    "kind": entry.kind,
                    "founded_on": entry.founded and entry.founded.on,
                    "founded_precision": entry.founded and entry.founded.precision,
                    "import_batch_id": self.batch.id,
                }
                for entry in entries
            ),
            self.batch.id,
        )

    def _end_what_changes(self, update: Update) -> None:
        """Note what ends, and what moves back a place, because of the row."""
        facts, entry = update.facts, update.entry
        for change, kind, fact in (
            ("name", "organisation_name", facts.name),
            ("commune", "organisation_address", facts.address),
            ("sector", "organisation_sector", facts.sector),
        ):
            if change in update.changes and fact is not None:
                self._end(entry, kind, fact.id)
        if "representative" in update.changes:
            for post in replaced(facts.posts):
                self._end(entry, "post", post.id)
        moved, _first = _ranks(update)
        for point in facts.contacts:
            if moved[point.id] != point.rank:
                before, after = {"rank": point.rank}, {"rank": moved[point.id]}
                self._note(entry, "contact_point", point.id, before, after)

    def _end(self, entry: Entry, kind: str, id_: int) -> None:
        last = bulk.day_before(self.batch.as_of)
        self._note(entry, kind, id_, {"valid_to": None}, {"valid_to": last.isoformat()})

    def _apply_ends(self) -> None:
        last = bulk.day_before(self.batch.as_of)
        for kind, model in ENDED.items():
            bulk.set_each(model, "valid_to", [(id_, last) for id_, _after in self._noted(kind)])
        moved = [(id_, after["rank"]) for id_, after in self._noted("contact_point")]
        bulk.set_each(ContactPoint, "rank", moved)

    def _noted(self, kind: str) -> list[tuple[int, Json]]:
        return [
            (change["subject_id"], change["after"])
            for change in self.changes
            if change["subject_kind"] == kind
        ]

    def _tables(self, targets: list[Target]) -> Iterator[tuple[type[Base], Iterator[Values]]]:
        """Give each table with its rows, those of people left out."""
        yield OrganisationName, (self._name(one) for one in targets if one.has("name"))
        yield OrganisationAddress, (self._address(one) for one in targets if one.has("commune"))
        yield OrganisationStatus, (self._status(one) for one in targets if one.update is None)
        yield (
            OrganisationSector,
            (self._sector(one) for one in targets if one.entry.sector and one.has("sector")),
        )
        yield (
            HeadCount,
            (
                self._head_count(one)
                for one in targets
                if one.has("head_counts") and any(n is not None for n in one.entry.head_counts)
            ),
        )
        yield ContactPoint, (row for one in targets for row in self._contacts(one))
        yield (
            OrganisationSupport,
            (self._support(one) for one in targets if one.entry.supported and one.has("support")),
        )

    def _write_people(self, targets: list[Target]) -> None:
        named = [
            (one, one.entry.representative)
            for one in targets
            if one.entry.representative and one.has("representative")
        ]
        unknown = [who for one, who in named if not (one.update and one.update.person_id)]
        added = (self._person(who) for who in unknown)
        people = iter(bulk.copy_for_ids(Person, added, self.batch.id))
        bulk.copy(
            Post,
            (
                self._post((one.update and one.update.person_id) or next(people), one, who)
                for one, who in named
            ),
        )

    def _write_certificates(self, plan: Plan, owners: dict[tuple[str, int], int]) -> None:
        rows: list[Values] = [
            {
                "organisation_id": owner if isinstance(owner, int) else owners[owner.spot],
                "product": ranking.product,
                "stars": ranking.stars,
                "decision": ranking.decision,
                "issued_on": ranking.issued_on,
                "import_batch_id": self.batch.id,
            }
            for ranking, owner in plan.certificates
        ]
        ids = bulk.copy_for_ids(OcopCertificate, rows, self.batch.id)
        for id_, row, (ranking, _owner) in zip(ids, rows, plan.certificates, strict=True):
            told = {**row, "issued_on": ranking.issued_on.isoformat()}
            self._note(ranking, "ocop_certificate", id_, None, told)

    def _remember(self, plan: Plan, owners: dict[tuple[str, int], int]) -> None:
        """Keep what somebody decided, so that next year's workbook asks no more."""
        pairs = [
            (entry, owner if isinstance(owner, int) else owners.get(owner.spot))
            for entry, owner in plan.remembered
        ]
        bulk.copy(
            ImportIdentity,
            (
                {
                    "organisation_id": organisation_id,
                    "kind": entry.kind,
                    "name_fold": entry.name_fold,
                    "administrative_unit_id": entry.commune_id,
                    "founded_on": entry.founded and entry.founded.on,
                    "founded_precision": entry.founded and entry.founded.precision,
                    "import_batch_id": self.batch.id,
                }
                for entry, organisation_id in pairs
                if organisation_id is not None
            ),
        )

    def _told(self, targets: list[Target]) -> Iterator[Values]:
        for one in targets:
            before, after = None, one.entry.as_json()
            if one.update:
                changed = one.update.changes.items()
                before = {name: pair[0] for name, pair in changed}
                after = {name: pair[1] for name, pair in changed}
            yield self._change(one.entry, "organisation", one.organisation_id, before, after)

    def _origin(self, one: Target) -> Values:
        return {
            "organisation_id": one.organisation_id,
            "source": f"{self.batch.file_name}, {one.entry.sheet}!{one.entry.row}",
            "import_batch_id": self.batch.id,
            "recorded_by_id": self.recorded_by_id,
        }

    def _name(self, one: Target) -> Values:
        return {
            "name": one.entry.name,
            "name_fold": one.entry.name_fold,
            "name_sort": names.sort_key(one.entry.name),
            "valid_from": one.since,
            **self._origin(one),
        }

    def _address(self, one: Target) -> Values:
        return {
            "administrative_unit_id": one.entry.commune_id,
            "valid_from": one.since,
            **self._origin(one),
        }

    def _status(self, one: Target) -> Values:
        # Nothing operates before it is founded; of an organisation whose founding nobody knows
        # it is not known either since when it operates.
        return {
            "status": OrganisationStatusKind.OPERATING,
            "valid_from": one.entry.founded.on if one.entry.founded else None,
            **self._origin(one),
        }

    def _sector(self, one: Target) -> Values:
        return {"sector": one.entry.sector, "valid_from": one.since, **self._origin(one)}

    def _head_count(self, one: Target) -> Values:
        return {
            "as_of": self.batch.as_of,
            "members": one.entry.members,
            "women_members": one.entry.women_members,
            "workers": one.entry.workers,
            "women_workers": one.entry.women_workers,
            **self._origin(one),
        }

    def _contacts(self, one: Target) -> Iterator[Values]:
        first = _ranks(one.update)[1] if one.update else {}
        for channel, value, typed, rank in CONTACTS:
            if getattr(one.entry, value) and one.has(channel.value):
                yield {
                    "organisation_id": one.organisation_id,
                    "channel": channel,
                    "value": getattr(one.entry, value),
                    "value_as_typed": getattr(one.entry, typed),
                    "rank": first.get(channel, rank),
                    "import_batch_id": self.batch.id,
                }

    def _support(self, one: Target) -> Values:
        return {"body_id": self.union_id, "kind": SupportKind.FOUNDING, **self._origin(one)}

    def _person(self, who: Representative) -> Values:
        return {
            "register_id": self.batch.register_id,
            "full_name": who.full_name,
            "name_fold": who.name_fold,
            "name_sort": names.person_sort_key(who.full_name),
            "sex": who.sex,
            "import_batch_id": self.batch.id,
        }

    def _post(self, person_id: int, one: Target, who: Representative) -> Values:
        return {
            "person_id": person_id,
            "kind": who.post,
            "title": who.title,
            "valid_from": one.since,
            **self._origin(one),
        }

    def _note(self, told: Entry | Ranking, kind: str, id_: int, *values: Json | None) -> None:
        self.changes.append(self._change(told, kind, id_, *values))

    def _change(
        self, told: Entry | Ranking, kind: str, id_: int, before: Json | None, after: Json | None
    ) -> dict[str, Any]:
        return {
            "batch_id": self.batch.id,
            "sheet": told.sheet,
            "row": told.row,
            "subject_kind": kind,
            "subject_id": id_,
            "before": before,
            "after": after,
        }


ENDED: dict[str, type[Base]] = {
    "organisation_name": OrganisationName,
    "organisation_address": OrganisationAddress,
    "organisation_sector": OrganisationSector,
    "post": Post,
}
"""Dated rows that a workbook may end, by what a change calls them."""


def _ranks(update: Update) -> tuple[dict[int, int], dict[Channel, int]]:
    """Answer the places the known ways to reach it get, and those of the new ones by channel.

    A new way is put before the older ones of its channel.
    """
    ranks = {point.id: point.rank for point in update.facts.contacts}
    first: dict[Channel, int] = {}
    for channel, _value, _typed, otherwise in CONTACTS:
        if channel.value not in update.changes:
            continue
        own = [ranks[p.id] for p in update.facts.contacts if p.channel is channel]
        first[channel] = min(own, default=otherwise)
        for point in update.facts.contacts:
            ranks[point.id] += ranks[point.id] >= first[channel]
    return ranks, first


def writer_of(batch: ImportBatch, recorded_by_id: int | None) -> Writer:
    """Answer what writes the rows of the batch."""
    union = accounts.find_body(WOMENS_UNION)
    if union is None:
        raise DomainError(_("The Women's Union is not among the host bodies."))
    return Writer(batch, union.id, recorded_by_id)
