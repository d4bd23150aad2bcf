"""The part of an import that a worker does: take a batch up, do what its state says, let it go.

Everything about the register changes in one transaction, and before it ends the worker must still
hold the batch: one that was silent for too long, and was followed by another, writes nothing.
"""

from datetime import timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from coopevents import access, clock, jobs
from coopevents.accounts import service as accounts
from coopevents.accounts.models import User
from coopevents.db import db
from coopevents.directory.models import Register
from coopevents.errors import DomainError
from coopevents.i18n import _, force_locale
from coopevents.intake import batches, queries, service
from coopevents.intake.models import AT_WORK, UNWRITTEN, ImportBatch, ImportState
from coopevents.intake.writing import Note
from coopevents.jobs import Job

LEASE = timedelta(minutes=5)
"""Who has not been heard of for so long has died, and the batch is taken up anew."""

KEPT_FOR = timedelta(days=7)
"""A workbook that nobody goes on with is forgotten: it holds names and phones."""

BEFORE = {
    ImportState.CHECKING: ImportState.UPLOADED,
    ImportState.WRITING: ImportState.CHECKED,
    ImportState.UNDOING: ImportState.WRITTEN,
}
"""Where a batch stands again when the work on it failed."""


class ClaimLostError(Exception):
    """Another worker has taken the batch up, after this one was silent for too long."""


def claim(batch_id: int, claimed_by: str) -> bool:
    """Take a waiting batch up; answer whether it was there to be taken."""
    taken = db.session.execute(
        update(ImportBatch)
        .where(
            ImportBatch.id == batch_id,
            ImportBatch.state.in_(AT_WORK),
            ImportBatch.claimed_by.is_(None),
        )
        .values(claimed_by=claimed_by, claimed_at=clock.now(), steps_done=0, steps_total=100)
        .returning(ImportBatch.id)
    )
    return taken.first() is not None


def run(batch_id: int, claimed_by: str, note: Note) -> None:
    """Do what the batch waits for, in the name and the language of whoever asked.

    Raises DomainError where it is refused, ClaimLostError when it is another's by now.
    """
    batch = db.session.get_one(ImportBatch, batch_id, populate_existing=True)
    if batch.claimed_by != claimed_by:
        raise ClaimLostError(f"import {batch_id} is no longer ours")
    asked = {
        ImportState.CHECKING: batch.uploaded_by_id,
        ImportState.WRITING: batch.imported_by_id,
        ImportState.UNDOING: batch.undone_by_id,
    }
    user = db.session.get(User, asked[batch.state] or 0)
    someone = accounts.user_actor(user) if user else access.SYSTEM
    with access.acting(someone), force_locale(batch.locale):
        if batch.state is ImportState.CHECKING:
            service.check(batch, note)
        elif batch.state is ImportState.WRITING:
            _write(batch, note)
        else:
            batches.lock(db.session.get_one(Register, batch.register_id))
            batches.undo(batch)
    _let_go(batch, claimed_by)


def _write(batch: ImportBatch, note: Note) -> None:
    batches.lock(db.session.get_one(Register, batch.register_id))
    batches.require_newer(batch.register_id, batch.as_of)
    if queries.find_written(batch.register_id, batch.file_hash):
        raise DomainError(_("This very file was imported before; nothing is changed."))
    found = service.compare(batch, lambda done: note(done * 4 // 10))
    if found.is_wrong or found.plan.open_questions or found.plan.digest() != batch.plan_hash:
        service.show(batch, found)
        batch.last_error = _(
            "The register has changed since you looked, so nothing was written. Please look again."
        )
        return
    batches.write(batch, found, lambda done: note(40 + done * 6 // 10))


def _let_go(batch: ImportBatch, claimed_by: str) -> None:
    held = db.session.execute(
        select(ImportBatch.id)
        .where(ImportBatch.id == batch.id, ImportBatch.claimed_by == claimed_by)
        .with_for_update(key_share=True)
    )
    if held.first() is None:
        raise ClaimLostError(f"import {batch.id} is no longer ours")
    batch.claimed_by = batch.claimed_at = None
    batch.steps_done = batch.steps_total
    db.session.flush()


def note_progress(session: Session, batch_id: int, claimed_by: str, done: int) -> None:
    """Write down how far the work is, and that whoever does it lives.

    `session` is one beside that which works, so that the note is seen while it goes on. Raises
    ClaimLostError when the batch is another's by now.
    """
    noted = session.execute(
        _held(batch_id, claimed_by)
        .values(steps_done=done, claimed_at=clock.now())
        .returning(ImportBatch.id)
    )
    if noted.first() is None:
        raise ClaimLostError(f"import {batch_id} is no longer ours")


def record_failure(batch_id: int, claimed_by: str, reason: str) -> None:
    """Have the batch stand where it stood before, and say why the work on it ended."""
    batch = db.session.get_one(ImportBatch, batch_id, populate_existing=True)
    if batch.claimed_by != claimed_by or batch.state not in BEFORE:
        return
    values = {"state": BEFORE[batch.state], "claimed_by": None, "claimed_at": None}
    if batch.state is ImportState.UNDOING:
        values["undone_by_id"] = None
    db.session.execute(_held(batch_id, claimed_by).values(**values, last_error=reason))


def _held(batch_id: int, claimed_by: str) -> Update:
    return update(ImportBatch).where(
        ImportBatch.id == batch_id,
        ImportBatch.claimed_by == claimed_by,
        ImportBatch.state.in_(AT_WORK),
    )


def sweep() -> list[int]:
    """Give back what a dead worker held, ring for all that waits, forget what nobody goes on with.

    Answers the batches that were given back; of two sweeps at once, one gives a batch back.
    """
    given_back = list(
        db.session.scalars(
            update(ImportBatch)
            .where(ImportBatch.state.in_(AT_WORK), ImportBatch.claimed_at < clock.now() - LEASE)
            .values(claimed_by=None, claimed_at=None)
            .returning(ImportBatch.id)
        )
    )
    for batch_id in queries.list_waiting():
        jobs.enqueue(Job.RUN_IMPORT, batch_id)
    forgotten = db.session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.state.in_(UNWRITTEN - AT_WORK),
            ImportBatch.uploaded_at < clock.now() - KEPT_FOR,
        )
        .with_for_update(skip_locked=True, key_share=True)
    )
    for batch in forgotten:
        batch.state = ImportState.LEFT
        batches.forget(batch)
    db.session.flush()
    return given_back
