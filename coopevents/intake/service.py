"""The register and its workbooks: uploaded, checked, decided, written as one batch, undone.

A batch on its way is its own record: what a worker does with it, it finds in the row (`running`),
and what is not finished a sweep finds again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import PurePath

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from coopevents import clock, jobs, names
from coopevents.audit import service as audit
from coopevents.db import Json, db
from coopevents.directory.models import Register
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _
from coopevents.intake import batches, checking, merging, queries
from coopevents.intake.book import Book
from coopevents.intake.checking import Check, Source
from coopevents.intake.encodings import Encoding, converted, recognise
from coopevents.intake.entries import Duplicate, LookAlike
from coopevents.intake.files import open_book
from coopevents.intake.headings import SheetMapping, headings_of
from coopevents.intake.matching import keep_apart
from coopevents.intake.models import (
    AT_WORK,
    UNWRITTEN,
    Decision,
    ImportBatch,
    ImportFile,
    ImportMapping,
    ImportQuestion,
    ImportState,
)
from coopevents.intake.workbook import guesses
from coopevents.intake.writing import Note
from coopevents.jobs import Job
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit

ROWS_AT_ONCE = 5_000
"""A workbook of so many rows is checked while whoever sent it waits; a longer one by a worker."""


@dataclass
class ImportResult:
    """What an import wrote, or would write, and what a person should look at."""

    file_name: str
    as_of: date
    batch_id: int | None = None
    already: bool = False
    """The very same file was imported before: nothing was done."""
    encoding: str = Encoding.UNICODE.value
    """The letters of the file; others than Unicode were converted."""
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
    encoding: Encoding | None = None,
    dry_run: bool = False,
    note: Note = lambda _done: None,
) -> ImportResult:
    """Have the register hold what the workbook says of the organisations on the day, at once.

    `territory` is the province whose communes it names; `encoding` None converts letters that are
    recognised as a code of before Unicode. A row that repeats another is left out, one that looks
    like another organisation is kept as one of its own. Importing a file again changes nothing;
    `dry_run` reads and compares, and writes nothing. Raises InputError with the places that are
    wrong, DomainError for a day before the last workbook's.
    """
    result = ImportResult(file_name=PurePath(file_name).name, as_of=as_of)
    batches.lock(register)
    file_hash = hashlib.sha256(data).hexdigest()
    known = queries.find_written(register.id, file_hash)
    if known:
        result.batch_id, result.already, result.as_of = known.id, True, known.as_of
        return result
    batches.require_newer(register.id, as_of)
    book = open_book(data, result.file_name)
    letters = recognise(book) if encoding is None else encoding
    book = converted(book, letters) if letters is not Encoding.UNICODE else book
    result.encoding = letters.value
    source = Source(register, territory, book, guesses(book), as_of)
    found = checking.check(source, keep_apart, lambda done: note(done // 2))
    found.problems.refuse_any()
    _fill(result, found)
    if dry_run:
        return result
    batch = batches.begin(register, territory, result.file_name, file_hash, as_of)
    batch.summary = found.summary()
    result.batch_id = batch.id
    batches.write(batch, found, lambda done: note(50 + done // 2))
    return result


def _fill(result: ImportResult, found: Check) -> None:
    plan, reading = found.plan, found.reading
    result.new = dict(merging.told_by(plan))
    result.changed, result.same, result.absent = (
        *(len(plan.updates), len(plan.same), len(plan.absent)),
    )
    result.certificates = len(plan.certificates)
    result.duplicates, result.look_alikes = reading.duplicates, reading.look_alikes
    result.warnings = reading.warnings


def upload(
    register: Register,
    territory: AdministrativeUnit,
    file_name: str,
    data: bytes,
    *,
    as_of: date,
    instead_of: int | None = None,
) -> ImportBatch:
    """Keep the workbook as a new batch, what its columns mean guessed from the headings.

    `instead_of` is a batch on its way that this corrected file takes the place of.
    Raises InputError for what is no workbook, AlreadyUploadedError for the very same file,
    DomainError for a day before the last workbook's.
    """
    if instead_of is not None:
        leave(queries.get_batch(instead_of, register.id))
    file_hash = hashlib.sha256(data).hexdigest()
    same = queries.find_same_file(register.id, file_hash)
    if same:
        raise AlreadyUploadedError(same)
    batches.require_newer(register.id, as_of)
    book = open_book(data, PurePath(file_name).name)
    batch = batches.begin(register, territory, book.file_name, file_hash, as_of)
    db.session.add(ImportFile(batch_id=batch.id, data=data))
    found = recognise(book)
    batch.encoding_found = found.value
    if found is Encoding.UNICODE:
        batch.encoding = found.value
        _guess(batch, book)
    db.session.flush()
    audit.record(
        "import.uploaded", "import_batch", batch.id, changes={"file": (None, batch.file_name)}
    )
    return batch


class AlreadyUploadedError(DomainError):
    """The very same file stands in the register, or is on its way there."""

    def __init__(self, batch: ImportBatch) -> None:
        super().__init__(_("This very file was imported before; nothing is changed."))
        self.batch = batch


def open_file(batch: ImportBatch, encoding: Encoding | None = None) -> Book:
    """Answer the workbook of the batch in the letters that were chosen, or in others."""
    book = open_book(queries.get_file(batch), batch.file_name)
    letters = encoding or Encoding(batch.encoding or Encoding.UNICODE)
    return book if letters is Encoding.UNICODE else converted(book, letters)


def choose_encoding(batch: ImportBatch, encoding: Encoding) -> None:
    """Have the letters read so; what the columns mean is guessed anew."""
    _require(batch, ImportState.UPLOADED, ImportState.WRONG, ImportState.CHECKED)
    batch.encoding = encoding.value
    batch.state = ImportState.UPLOADED
    _guess(batch, open_file(batch))


def mappings_of(batch: ImportBatch) -> list[SheetMapping]:
    """Answer what the columns of the sheets mean, as it was guessed or chosen."""
    return [SheetMapping.from_json(kept) for kept in batch.mappings]


def _guess(batch: ImportBatch, book: Book) -> None:
    known = guesses(book, queries.remembered(batch.body_id))
    batch.mappings = [mapping.as_json() for mapping in known]


def choose_columns(batch: ImportBatch, book: Book, mappings: Sequence[SheetMapping]) -> None:
    """Have the columns mean what was chosen, remember it for the body, and have it all checked.

    Raises InputError for a choice that lacks a required column, or has one twice.
    """
    _require(batch, ImportState.UPLOADED, ImportState.WRONG, ImportState.CHECKED)
    if not mappings:
        raise InputError(_("Choose at least one sheet to read."))
    wrong: dict[str, str] = {}
    for mapping in mappings:
        missing = mapping.missing(with_district=batch.as_of < units.REFORM)
        places = list(mapping.columns.values())
        if missing:
            wrong[mapping.sheet] = _(
                "These columns are missing: %(columns)s.", columns=", ".join(missing)
            )
        elif len(places) != len(set(places)):
            wrong[mapping.sheet] = _("One column of the sheet was chosen twice.")
    if wrong:
        raise InputError(_("The columns are not clear yet."), fields=wrong)
    batch.mappings = [mapping.as_json() for mapping in mappings]
    _remember(batch, book, mappings)
    request_check(batch, rows=sum(len(sheet.rows) for sheet in book.sheets))


def _remember(batch: ImportBatch, book: Book, mappings: Sequence[SheetMapping]) -> None:
    sheets = {sheet.name: sheet for sheet in book.sheets}
    told: dict[str, str] = {}
    for mapping in mappings:
        columns = {place: column for column, place in mapping.columns.items()}
        for place, heading in headings_of(sheets[mapping.sheet], mapping):
            if place in columns and heading:
                told[names.fold(heading)] = columns[place]
    if not told:
        return
    rows = [
        {
            "body_id": batch.body_id,
            "heading_fold": heading,
            "column": column,
            "remembered_at": clock.now(),
        }
        for heading, column in sorted(told.items())
    ]
    added = insert(ImportMapping).values(rows)
    db.session.execute(
        added.on_conflict_do_update(
            constraint="uq_import_mappings_body_id_heading_fold",
            set_={
                "column": added.excluded.column,
                "remembered_at": added.excluded.remembered_at,
            },
        )
    )


def request_check(batch: ImportBatch, *, rows: int) -> None:
    """Have the workbook read and compared: now where it is short, by a worker where it is long."""
    _require(batch, ImportState.UPLOADED, ImportState.WRONG, ImportState.CHECKED)
    _begin(batch, ImportState.CHECKING)
    if rows > ROWS_AT_ONCE:
        jobs.enqueue(Job.RUN_IMPORT, batch.id)
    else:
        check(batch, lambda _done: None)


def check(batch: ImportBatch, note: Note) -> None:
    """Read the workbook, compare it with the register, and keep what was found with the batch."""
    show(batch, compare(batch, note))


def compare(batch: ImportBatch, note: Note) -> Check:
    """Answer what the workbook of the batch says and would change, as it was decided so far."""
    source = Source(
        register=db.session.get_one(Register, batch.register_id),
        territory=db.session.get_one(AdministrativeUnit, batch.territory_id),
        book=open_file(batch),
        mappings=mappings_of(batch),
        as_of=batch.as_of,
    )
    return checking.check(source, checking.stored_answers(batch), note)


def show(batch: ImportBatch, found: Check) -> None:
    """Let whoever decides see what the check found."""
    checking.store(batch, found)
    batch.state = ImportState.WRONG if found.is_wrong else ImportState.CHECKED
    batch.plan_hash = found.plan.digest()


def decide(batch: ImportBatch, decisions: Mapping[int, tuple[Decision, int | None] | None]) -> None:
    """Write down what was decided about rows, by question; with the last one, check it all anew.

    Raises InputError for an answer that no question offers.
    """
    _require(batch, ImportState.CHECKED)
    questions = {question.id: question for question in queries.list_questions(batch)}
    told: dict[str, tuple[None, str]] = {}
    for question_id, answer in decisions.items():
        question = questions.get(question_id)
        if question is None or answer is None or not _offers(question, *answer):
            raise InputError(_("Please choose one."))
        question.decision, question.same_as = answer
        told[f"{question.sheet}!{question.row}"] = (None, _in_short(question))
        question.decided_at = clock.now()
        question.decided_by_id = batches.user_id()
    db.session.flush()
    audit.record("import.decided", "import_batch", batch.id, changes=told)
    if not queries.count_undecided(batch):
        request_check(batch, rows=int(batch.summary.get("rows", 0)))


def _in_short(question: ImportQuestion) -> str:
    """Answer what was decided as the audit keeps it: `same HTX!47`, `same 12`, `different`."""
    if question.same_as is None:
        return str(question.decision)
    one = question.candidates[question.same_as]
    where = one.get("organisation_id") or f"{one['sheet']}!{one['row']}"
    return f"{question.decision} {where}"


def _offers(question: ImportQuestion, decision: Decision, same_as: int | None) -> bool:
    if decision is Decision.SAME:
        return same_as is not None and 0 <= same_as < len(question.candidates)
    return same_as is None


def request_writing(batch: ImportBatch) -> None:
    """Have a worker write the batch into the register. Raises DomainError while it may not be."""
    _require(batch, ImportState.CHECKED)
    undecided = queries.count_undecided(batch)
    if undecided:
        raise DomainError(_("Decide first which rows are the same organisation."))
    batches.require_newer(batch.register_id, batch.as_of)
    _begin(batch, ImportState.WRITING)
    batch.imported_by_id = batches.user_id()
    jobs.enqueue(Job.RUN_IMPORT, batch.id)


def request_undo(batch: ImportBatch) -> None:
    """Have a worker take the batch out again. Raises DomainError naming what newer touched it."""
    _require(batch, ImportState.WRITTEN)
    batches.require_untouched(batch)
    _begin(batch, ImportState.UNDOING)
    batch.undone_by_id = batches.user_id()
    jobs.enqueue(Job.RUN_IMPORT, batch.id)


def undo_at_once(batch: ImportBatch) -> None:
    """Take the batch out of the register here and now. Raises DomainError as `request_undo`."""
    _require(batch, ImportState.WRITTEN)
    batch.undone_by_id = batches.user_id()
    batches.undo(batch)


def leave(batch: ImportBatch) -> None:
    """Give the batch up before it is written; its file is kept no longer."""
    _require(batch, *(UNWRITTEN - {ImportState.WRITING}))
    batch.state = ImportState.LEFT
    batch.claimed_by = batch.claimed_at = None
    batches.forget(batch)
    audit.record("import.left", "import_batch", batch.id, changes={"file": (batch.file_name, None)})


def _begin(batch: ImportBatch, state: ImportState) -> None:
    batch.state = state
    batch.claimed_by = batch.claimed_at = batch.last_error = None
    batch.steps_done, batch.steps_total = 0, 100


def _require(batch: ImportBatch, *states: ImportState) -> None:
    """Refuse what cannot be done in the batch's state; whoever else acts on it waits."""
    db.session.execute(
        select(ImportBatch.id).where(ImportBatch.id == batch.id).with_for_update(key_share=True)
    )
    db.session.refresh(batch, ["state"])
    if batch.state in states:
        return
    if batch.state in AT_WORK:
        raise DomainError(_("This import is being worked on. Please wait a moment."))
    raise DomainError(_("This import has gone on meanwhile. Please open its page again."))
