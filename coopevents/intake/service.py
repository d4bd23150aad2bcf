"""Writing the register: importing a workbook as one batch, all of it or nothing."""

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import PurePath

from sqlalchemy import func, select

from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.directory.models import OrganisationKind, Register
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.intake import importer, merging
from coopevents.intake.importer import Duplicate, LookAlike
from coopevents.intake.merging import Plan
from coopevents.intake.models import ImportBatch, ImportState
from coopevents.intake.workbook import Problems
from coopevents.intake.writing import open_batch, writer_of
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.units import territory_on


@dataclass
class ImportResult:
    """What an import wrote, or would write, and what a person should look at."""

    file_name: str
    as_of: date
    batch_id: int | None = None
    already: bool = False
    """The very same file was imported before: nothing was done."""
    new: dict[str, int] = field(default_factory=dict)
    """By kind: organisations that were not in the register."""
    changed: int = 0
    same: int = 0
    absent: int = 0
    certificates: int = 0
    duplicates: list[Duplicate] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)
    warnings: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> Json:
        """Answer the result as the command line prints it."""
        return {**asdict(self), "as_of": self.as_of.isoformat()}


def import_register(
    register: Register,
    territory: AdministrativeUnit,
    file_name: str,
    data: bytes,
    *,
    as_of: date,
    dry_run: bool = False,
) -> ImportResult:
    """Have the register hold what the workbook says of the organisations on the day.

    `territory` is the province whose communes it names. Importing a file again changes nothing;
    `dry_run` reads and compares, and writes nothing. Raises InputError with the places that are
    wrong, DomainError for a day before the last workbook's.
    """
    result = ImportResult(file_name=PurePath(file_name).name, as_of=as_of)
    # Two people may import at once: whoever holds the register compares and writes alone.
    db.session.refresh(register, with_for_update=True)
    file_hash = hashlib.sha256(data).hexdigest()
    known = _find_batch(register, file_hash)
    if known:
        result.batch_id, result.already, result.as_of = known.id, True, known.as_of
        return result
    _require_newer(register, as_of)
    problems = Problems(result.file_name)
    reading = importer.read(data, result.file_name, territory_on(territory, as_of), as_of, problems)
    plan = merging.plan(register, reading, as_of, problems)
    problems.refuse_any()
    _fill(result, reading, plan)
    if dry_run:
        return result
    batch = open_batch(register.id, result.file_name, file_hash, as_of, result.as_json())
    result.batch_id = batch.id
    writer_of(batch).write(plan)
    audit.record(
        "register.imported",
        "import_batch",
        batch.id,
        changes={
            "file": (None, result.file_name),
            "new": (None, sum(result.new.values())),
            "changed": (None, result.changed),
        },
    )
    return result


def _find_batch(register: Register, file_hash: str) -> ImportBatch | None:
    return db.session.scalar(
        select(ImportBatch)
        .where(
            ImportBatch.register_id == register.id,
            ImportBatch.file_hash == file_hash,
            ImportBatch.state == ImportState.WRITTEN,
        )
        .limit(1)
    )


def _require_newer(register: Register, as_of: date) -> None:
    last = db.session.scalar(
        select(func.max(ImportBatch.as_of)).where(
            ImportBatch.register_id == register.id, ImportBatch.state == ImportState.WRITTEN
        )
    )
    if last and as_of < last:
        raise DomainError(
            _(
                "The register holds a workbook of %(last)s; one of an earlier day would undo it.",
                last=last.strftime("%d/%m/%Y"),
            )
        )


def _fill(result: ImportResult, reading: importer.Reading, plan: Plan) -> None:
    for kind in OrganisationKind:
        number = sum(entry.kind is kind for entry in plan.new)
        if number:
            result.new[kind.value] = number
    result.changed, result.same, result.absent = len(plan.updates), plan.same, plan.absent
    result.certificates = len(plan.certificates)
    result.duplicates, result.look_alikes = reading.duplicates, reading.look_alikes
    result.warnings = reading.warnings
