"""Writing what an import found, many rows at a time, each with where it came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert

from coopevents import access, clock, names
from coopevents.accounts import queries as accounts
from coopevents.db import Base, Json, db
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
from coopevents.intake.importer import Entry, Ranking, Representative
from coopevents.intake.merging import Plan, Update, replaced
from coopevents.intake.models import ImportBatch, ImportChange

Values = dict[str, Any]
CONTACTS = (
    (Channel.EMAIL, "email", "email_as_typed", 1),
    (Channel.PHONE, "phone", "phone_as_typed", 2),
)


@dataclass(frozen=True)
class Writer:
    """Writes the rows of one batch."""

    batch: ImportBatch
    union_id: int
    """The body whose support the register has a column for."""

    def write(self, plan: Plan) -> None:
        """Write everything of the plan, and what it changed."""
        changes: list[Values] = []
        ids = self._write_new(plan.new, changes)
        for update in plan.updates:
            self._write_update(update, changes)
        self._write_certificates(plan.certificates, ids, changes)
        _insert(ImportChange, changes)
        db.session.flush()

    def _write_new(self, entries: list[Entry], changes: list[Values]) -> dict[int, int]:
        """Write organisations; answer their ids by the `id()` of the entry."""
        batch_id = self.batch.id
        ids = _insert_for_ids(
            Organisation,
            [
                {
                    "register_id": self.batch.register_id,
                    "kind": entry.kind,
                    "founded_on": entry.founded.on if entry.founded else None,
                    "founded_precision": entry.founded.precision if entry.founded else None,
                    "import_batch_id": batch_id,
                }
                for entry in entries
            ],
        )
        pairs = list(zip(ids, entries, strict=True))
        _insert(OrganisationName, [self._name(id_, entry) for id_, entry in pairs])
        _insert(OrganisationAddress, [self._address(id_, entry) for id_, entry in pairs])
        _insert(OrganisationStatus, [self._status(id_, entry) for id_, entry in pairs])
        _insert(
            OrganisationSector, [self._sector(id_, entry) for id_, entry in pairs if entry.sector]
        )
        _insert(
            HeadCount,
            [
                self._head_count(id_, entry)
                for id_, entry in pairs
                if any(count is not None for count in entry.head_counts)
            ],
        )
        _insert(
            ContactPoint, [point for id_, entry in pairs for point in self._contacts(id_, entry)]
        )
        _insert(
            OrganisationSupport,
            [self._support(id_, entry) for id_, entry in pairs if entry.supported],
        )
        self._write_people(pairs)
        changes += [
            self._change(entry, "organisation", id_, None, entry.as_json()) for id_, entry in pairs
        ]
        return {id(entry): id_ for id_, entry in pairs}

    def _write_people(self, pairs: list[tuple[int, Entry]]) -> None:
        named = [(id_, entry, entry.representative) for id_, entry in pairs]
        known = [(id_, entry, who) for id_, entry, who in named if who]
        people = _insert_for_ids(Person, [self._person(who) for _id, _entry, who in known])
        _insert(
            Post,
            [
                self._post(person_id, organisation_id, entry, who)
                for person_id, (organisation_id, entry, who) in zip(people, known, strict=True)
            ],
        )

    def _write_update(self, update: Update, changes: list[Values]) -> None:
        entry, organisation_id = update.entry, update.organisation_id
        if "head_counts" in update.changes:
            _insert(HeadCount, [self._head_count(organisation_id, entry)])
        if "support" in update.changes:
            _insert(OrganisationSupport, [self._support(organisation_id, entry)])
        if "sector" in update.changes:
            self._end(update.facts.sector)
            sector = self._sector(organisation_id, entry)
            _insert(OrganisationSector, [{**sector, "valid_from": self.batch.as_of}])
        if "representative" in update.changes and entry.representative:
            self._replace_representative(update, entry.representative)
        self._add_contacts(update)
        changes.append(
            self._change(
                entry,
                "organisation",
                organisation_id,
                {name: before for name, (before, _after) in update.changes.items()},
                {name: after for name, (_before, after) in update.changes.items()},
            )
        )

    def _add_contacts(self, update: Update) -> None:
        """Put each new way to reach the organisation before the older ones of its channel."""
        for channel, value, typed, rank in CONTACTS:
            if channel.value not in update.changes:
                continue
            known = update.facts.contacts
            first = min((p.rank for p in known if p.channel is channel), default=rank)
            for point in known:
                if point.rank >= first:
                    point.rank += 1
            row = self._contact(update.organisation_id, update.entry, channel, value, typed, first)
            _insert(ContactPoint, [row])

    def _replace_representative(self, update: Update, who: Representative) -> None:
        for post in replaced(update.facts.posts):
            self._end(post)
        # The trigger that refuses two posts on one day must find the old one ended.
        db.session.flush()
        if update.person is None:
            (person_id,) = _insert_for_ids(Person, [self._person(who)])
        else:
            person_id = update.person.id
        told = self._post(person_id, update.organisation_id, update.entry, who)
        _insert(Post, [{**told, "valid_from": self.batch.as_of}])

    def _end(self, row: Post | OrganisationSector | None) -> None:
        if row is not None:
            row.valid_to = self.batch.as_of - timedelta(days=1)
            db.session.flush()

    def _write_certificates(
        self,
        certificates: Sequence[tuple[Ranking, Entry | int]],
        ids: dict[int, int],
        changes: list[Values],
    ) -> None:
        rows = [
            {
                "organisation_id": owner if isinstance(owner, int) else ids[id(owner)],
                "product": ranking.product,
                "stars": ranking.stars,
                "decision": ranking.decision,
                "issued_on": ranking.issued_on,
                "import_batch_id": self.batch.id,
            }
            for ranking, owner in certificates
        ]
        for id_, row, (ranking, _owner) in zip(
            _insert_for_ids(OcopCertificate, rows), rows, certificates, strict=True
        ):
            told = {**row, "issued_on": ranking.issued_on.isoformat()}
            changes.append(self._change(ranking, "ocop_certificate", id_, None, told))

    def _origin(self, entry: Entry) -> Values:
        return {
            "source": f"{self.batch.file_name}, {entry.sheet}!{entry.row}",
            "import_batch_id": self.batch.id,
            "recorded_by_id": self.batch.imported_by_id,
        }

    def _name(self, organisation_id: int, entry: Entry) -> Values:
        return {
            "organisation_id": organisation_id,
            "name": entry.name,
            "name_fold": names.fold(entry.name),
            "name_sort": names.sort_key(entry.name),
            **self._origin(entry),
        }

    def _address(self, organisation_id: int, entry: Entry) -> Values:
        return {
            "organisation_id": organisation_id,
            "administrative_unit_id": entry.commune_id,
            **self._origin(entry),
        }

    def _status(self, organisation_id: int, entry: Entry) -> Values:
        # Nothing operates before it is founded; of an organisation whose founding nobody knows
        # it is not known either since when it operates.
        return {
            "organisation_id": organisation_id,
            "status": OrganisationStatusKind.OPERATING,
            "valid_from": entry.founded.on if entry.founded else None,
            **self._origin(entry),
        }

    def _sector(self, organisation_id: int, entry: Entry) -> Values:
        return {"organisation_id": organisation_id, "sector": entry.sector, **self._origin(entry)}

    def _head_count(self, organisation_id: int, entry: Entry) -> Values:
        return {
            "organisation_id": organisation_id,
            "as_of": self.batch.as_of,
            "members": entry.members,
            "women_members": entry.women_members,
            "workers": entry.workers,
            "women_workers": entry.women_workers,
            **self._origin(entry),
        }

    def _contacts(self, organisation_id: int, entry: Entry) -> list[Values]:
        return [
            self._contact(organisation_id, entry, channel, value, typed, rank)
            for channel, value, typed, rank in CONTACTS
            if getattr(entry, value)
        ]

    def _contact(
        self,
        organisation_id: int,
        entry: Entry,
        channel: Channel,
        value: str,
        typed: str,
        rank: int,
    ) -> Values:
        return {
            "organisation_id": organisation_id,
            "channel": channel,
            "value": getattr(entry, value),
            "value_as_typed": getattr(entry, typed),
            "rank": rank,
            "import_batch_id": self.batch.id,
        }

    def _support(self, organisation_id: int, entry: Entry) -> Values:
        return {
            "organisation_id": organisation_id,
            "body_id": self.union_id,
            "kind": SupportKind.FOUNDING,
            **self._origin(entry),
        }

    def _person(self, who: Representative) -> Values:
        return {
            "register_id": self.batch.register_id,
            "full_name": who.full_name,
            "name_fold": names.fold(who.full_name),
            "name_sort": names.person_sort_key(who.full_name),
            "sex": who.sex,
            "import_batch_id": self.batch.id,
        }

    def _post(
        self, person_id: int, organisation_id: int, entry: Entry, who: Representative
    ) -> Values:
        return {
            "person_id": person_id,
            "organisation_id": organisation_id,
            "kind": who.post,
            "title": who.title,
            **self._origin(entry),
        }

    def _change(
        self,
        told: Entry | Ranking,
        subject_kind: str,
        subject_id: int,
        before: Json | None,
        after: Json,
    ) -> Values:
        return {
            "batch_id": self.batch.id,
            "sheet": told.sheet,
            "row": told.row,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
            "before": before,
            "after": after,
        }


def writer_of(batch: ImportBatch) -> Writer:
    """Answer what writes the rows of the batch."""
    union = accounts.find_body(WOMENS_UNION)
    if union is None:
        raise DomainError(_("The Women's Union is not among the host bodies."))
    return Writer(batch, union.id)


def open_batch(
    register_id: int, file_name: str, file_hash: str, as_of: date, summary: Json
) -> ImportBatch:
    """Begin a batch on behalf of whoever acts now."""
    who = access.actor()
    batch = ImportBatch(
        register_id=register_id,
        file_name=file_name,
        file_hash=file_hash,
        as_of=as_of,
        summary=summary,
        imported_at=clock.now(),
        imported_by_id=who.id if who.kind == "user" else None,
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def _insert(table: type[Base], rows: list[Values]) -> None:
    if rows:
        db.session.execute(insert(table), rows)


def _insert_for_ids(table: type[Base], rows: list[Values]) -> list[int]:
    """Write the rows and answer their ids in the same order."""
    if not rows:
        return []
    return list(
        db.session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), rows)
    )
