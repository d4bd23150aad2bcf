"""What changes the register: a batch written into it, or taken out again."""

from datetime import date

from sqlalchemy import delete, func, select

from coopevents import access, clock, i18n
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.models import Register
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.intake import checking, undoing
from coopevents.intake.checking import Check
from coopevents.intake.models import ImportBatch, ImportFile, ImportState
from coopevents.intake.writing import Note, writer_of
from coopevents.territory.models import AdministrativeUnit


def begin(
    register: Register, territory: AdministrativeUnit, file_name: str, file_hash: str, as_of: date
) -> ImportBatch:
    """Begin a batch on behalf of whoever acts now."""
    who = access.actor()
    batch = ImportBatch(
        register_id=register.id,
        territory_id=territory.id,
        body_id=who.body_id,
        file_name=file_name,
        file_hash=file_hash,
        as_of=as_of,
        state=ImportState.UPLOADED,
        locale=i18n.locale_code(),
        summary={},
        uploaded_by_id=user_id(),
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def lock(register: Register) -> None:
    """Let nobody else import into the register until this transaction ends.

    Whoever holds the register compares and writes alone; entering somebody else goes on.
    """
    db.session.refresh(register, with_for_update={"key_share": True})


def require_newer(register_id: int, as_of: date) -> None:
    """Refuse a workbook of an earlier day than the last one's."""
    last = db.session.scalar(
        select(func.max(ImportBatch.as_of)).where(
            ImportBatch.register_id == register_id,
            ImportBatch.state.in_({ImportState.WRITTEN, ImportState.UNDOING}),
        )
    )
    if last and as_of < last:
        raise DomainError(
            _(
                "The register holds a workbook of %(last)s; one of an earlier day would undo it.",
                last=last.strftime("%d/%m/%Y"),
            )
        )


def write(batch: ImportBatch, found: Check, note: Note) -> None:
    """Write what the check found into the register, as the batch; its rows are kept no longer."""
    writer_of(batch, user_id()).write(found.plan, note)
    # Only now: while the batch's row is changed, nobody can note beside how far it is.
    batch.imported_by_id, batch.imported_at = user_id(), clock.now()
    batch.state = ImportState.WRITTEN
    forget(batch)
    audit.record(
        "register.imported",
        "import_batch",
        batch.id,
        changes={
            "file": (None, batch.file_name),
            "new": (None, len(found.plan.new)),
            "changed": (None, len(found.plan.updates)),
        },
    )


def forget(batch: ImportBatch) -> None:
    """Keep the file and what was read of it no longer: it holds names and phones."""
    checking.forget(batch)
    db.session.execute(delete(ImportFile).where(ImportFile.batch_id == batch.id))


def require_untouched(batch: ImportBatch) -> None:
    """Refuse to undo what something newer holds on to."""
    found = undoing.touches(batch)
    if found:
        raise DomainError(
            _(
                "The import cannot be undone: newer entries rest on it (%(what)s).",
                what="; ".join(f"{touch.what}: {touch.number}" for touch in found),
            )
        )


def undo(batch: ImportBatch) -> None:
    """Take the batch out of the register; what it changed stays written down."""
    require_untouched(batch)
    undoing.undo(batch)
    batch.state = ImportState.UNDONE
    batch.undone_at = clock.now()
    audit.record(
        "register.import_undone",
        "import_batch",
        batch.id,
        changes={"file": (batch.file_name, None)},
    )


def user_id() -> int | None:
    """Answer who acts now, where it is somebody who signs in."""
    who = access.actor()
    return who.id if who.kind == "user" else None
