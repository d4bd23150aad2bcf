from collections.abc import Callable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.db import Json, db
from coopevents.delegates.words import POST_LABELS
from coopevents.directory import queries as directory
from coopevents.directory.forms import KIND_NAMES
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _
from coopevents.intake import forms, queries, sample, service, undoing
from coopevents.intake.encodings import Encoding, converted
from coopevents.intake.forms import WorkbookForm
from coopevents.intake.models import AT_WORK, ImportBatch, ImportRow, ImportState, Pile
from coopevents.intake.service import AlreadyUploadedError
from coopevents.intake.showing import COUNTS, Words, communes_in
from coopevents.listing import MIME_TYPES, Format
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme
from coopevents.territory import units

bp = Blueprint("intake", __name__, url_prefix="/organisations/import")

ROWS_A_PAGE = 50
QUESTIONS_A_PAGE = 50
BATCHES_A_PAGE = 20
NAMES_SHOWN = 3
"""So many names are shown before and after their letters are converted."""


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _batch(batch_id: int) -> ImportBatch:
    return queries.get_batch(batch_id, _programme().register_id)


def _page_of(batch: ImportBatch) -> Response:
    return make_response(redirect(url_for("intake.show_batch", batch_id=batch.id), 303))


@bp.route("", methods=["GET", "POST"])
def import_register() -> ResponseReturnValue:
    """Take a workbook in, to be looked at; show those that were."""
    programme = _programme()
    if request.method == "GET":
        day = request.args.get("as_of", type=date.fromisoformat) or clock.today()
        return _show_imports(programme, WorkbookForm(as_of=day))
    form = WorkbookForm()
    if not form.validate_on_submit():
        return _show_imports(programme, form), 422
    try:
        batch = service.upload(
            *(programme.register, programme.territory),
            *(form.file.data.filename, form.file.data.read()),
            as_of=form.as_of.data or clock.today(),
            instead_of=request.form.get("instead_of", type=int),
        )
    except AlreadyUploadedError as refusal:
        db.session.rollback()
        page = _show_imports(programme, WorkbookForm(), same=refusal.batch)
        return page, refusal.status
    except DomainError as refusal:
        db.session.rollback()
        return _show_imports(programme, WorkbookForm(), refusal=refusal), refusal.status
    db.session.commit()
    return _page_of(batch)


def _show_imports(programme: Programme, form: WorkbookForm, **more: Any) -> str:
    batches = queries.list_batches(
        programme.register,
        before=request.args.get("before", type=int),
        limit=BATCHES_A_PAGE + 1,
    )
    shown = batches[:BATCHES_A_PAGE]
    return render_template(
        "intake/import.html",
        form=form,
        batches=shown,
        before=shown[-1].id if len(batches) > BATCHES_A_PAGE else None,
        **more,
    )


@bp.get("/sample.xlsx")
def sample_file() -> Response:
    """Answer a workbook to start from, with invented rows in a commune of today."""
    territory = units.territory_on(_programme().territory, clock.today())
    commune = next(iter(units.communes_of(territory)), None)
    answer = Response(
        sample.workbook((commune.name, "") if commune else sample.PLACE),
        content_type=MIME_TYPES[Format.XLSX],
    )
    answer.headers.set("Content-Disposition", "attachment", filename=sample.FILE_NAME)
    return answer


@bp.get("/<int:batch_id>")
def show_batch(batch_id: int) -> ResponseReturnValue:
    """Show how far the import is, and what somebody should decide or correct."""
    batch = _batch(batch_id)
    if batch.state is ImportState.UPLOADED:
        return redirect(url_for(".choose_columns", batch_id=batch.id))
    if batch.state in AT_WORK:
        return render_template("intake/at_work.html", batch=batch, is_running=True)
    if batch.state in {ImportState.WRONG, ImportState.CHECKED}:
        return _show_check(batch)
    return _show_written(batch)


@bp.get("/<int:batch_id>/progress")
def progress(batch_id: int) -> ResponseReturnValue:
    """Answer the part of the page that says how far the work is."""
    batch = _batch(batch_id)
    is_running = batch.state in AT_WORK
    answer = make_response(
        render_template("intake/progress.html", batch=batch, is_running=is_running)
    )
    if not is_running:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _show_check(batch: ImportBatch) -> str:
    is_wrong = batch.state is ImportState.WRONG
    asked = request.args.get("pile")
    if asked is None:
        pile: Pile | None = Pile.WRONG if is_wrong else _first_pile(batch)
    else:
        pile = Pile(asked) if asked in set(Pile) else None
    after = request.args.get("after", 0, type=int)
    rows = queries.list_rows(batch, pile, after=after, limit=ROWS_A_PAGE + 1)
    shown = rows[:ROWS_A_PAGE]
    return render_template(
        "intake/check.html",
        batch=batch,
        is_wrong=is_wrong,
        form=WorkbookForm(as_of=batch.as_of, formdata=None),
        pile=pile,
        piles=queries.count_piles(batch),
        undecided=queries.count_undecided(batch),
        undone=queries.list_undone(batch.register_id, batch.file_hash),
        tables=_tables(batch, shown),
        words=_words([row.told for row in shown], [row.changes for row in shown]),
        organisations=_names(batch, [row.organisation_id for row in shown]),
        after=after,
        next_after=shown[-1].id if len(rows) > ROWS_A_PAGE else None,
        pile_names=forms.PILE_NAMES,
        kinds=KIND_NAMES,
    )


def _first_pile(batch: ImportBatch) -> Pile:
    """Answer the pile that most needs a look: what changes, then what is new."""
    counted = queries.count_piles(batch)
    return next((p for p in (Pile.CHANGED, Pile.NEW, Pile.SAME) if counted[p]), Pile.NEW)


def _tables(batch: ImportBatch, rows: Sequence[ImportRow]) -> list[Json]:
    """Answer the rows sheet by sheet, under the letters and headings of the file's columns."""
    sheets = {sheet["sheet"]: sheet["columns"] for sheet in batch.summary.get("sheets", [])}
    return [
        {
            "sheet": sheet,
            "columns": {
                "row": {"label": _("Row"), "head": True},
                **{
                    column: {"label": f"{letter} · {heading}", "align": _align(column)}
                    for column, letter, heading in sheets.get(sheet, ())
                },
            },
            "rows": list(found),
        }
        for sheet, found in groupby(rows, key=lambda row: row.sheet)
    ]


def _align(column: str) -> str:
    return "num" if column in COUNTS else "start"


def _words(told: Sequence[Json | None], changes: Sequence[Json | None] = ()) -> Words:
    return Words(queries.commune_names(communes_in(told, changes)), POST_LABELS)


def _names(batch: ImportBatch, ids: Sequence[int | None]) -> dict[int, str]:
    return directory.name_on([id_ for id_ in ids if id_ is not None], batch.as_of)


def _show_written(batch: ImportBatch) -> str:
    after = request.args.get("after", 0, type=int)
    changes = queries.list_changes(batch, after=after, limit=ROWS_A_PAGE + 1)
    shown = changes[:ROWS_A_PAGE]
    told = [change.after if change.before is None else None for change in shown]
    changed = [
        {name: [change.before[name], change.after[name]] for name in change.before}
        if change.before and change.after
        else None
        for change in shown
    ]
    is_written = batch.state is ImportState.WRITTEN
    return render_template(
        "intake/written.html",
        batch=batch,
        changes=list(zip(shown, told, changed, strict=True)),
        words=_words(told, changed),
        organisations=_names(batch, [change.subject_id for change in shown]),
        standing=is_written,
        touches=undoing.touches(batch) if is_written else [],
        after=after,
        next_after=shown[-1].id if len(changes) > ROWS_A_PAGE else None,
        kinds=KIND_NAMES,
    )


@bp.route("/<int:batch_id>/columns", methods=["GET", "POST"])
def choose_columns(batch_id: int) -> ResponseReturnValue:
    """Ask what the letters and the columns of the file mean; then have all of it checked."""
    batch = _batch(batch_id)
    if batch.state not in {ImportState.UPLOADED, ImportState.WRONG, ImportState.CHECKED}:
        return redirect(url_for(".show_batch", batch_id=batch.id))
    if batch.encoding is None:
        return _ask_about_letters(batch)
    book = service.open_file(batch)
    if request.method == "GET":
        return _ask_about_columns(batch, forms.first_forms(book, service.mappings_of(batch)))
    remembered = queries.remembered(batch.body_id)
    looked_at = [
        (sheet, forms.asked_mapping(place, sheet, request.form, remembered))
        for place, sheet in enumerate(book.sheets)
        if sheet.rows
    ]
    places = {sheet.name: place for place, sheet in enumerate(book.sheets)}
    if "look" in request.form:
        # Other headings: the columns are guessed anew from them.
        return _ask_about_columns(
            batch,
            [(sheet, forms.sheet_form(places[sheet.name], sheet, at)) for sheet, at in looked_at],
        )
    asked = [
        (sheet, forms.sheet_form(places[sheet.name], sheet, at, request.form))
        for sheet, at in looked_at
    ]
    if not all(form.validate() for _sheet, form in asked):
        return _ask_about_columns(batch, asked), 422
    mappings = [form.mapping(sheet) for sheet, form in asked]
    try:
        service.choose_columns(batch, book, [one for one in mappings if one is not None])
    except DomainError as refusal:
        db.session.rollback()
        return _ask_about_columns(_batch(batch_id), asked, refusal), refusal.status
    db.session.commit()
    return _page_of(batch)


def _ask_about_columns(
    batch: ImportBatch, asked: Sequence[tuple[Any, Any]], refusal: DomainError | None = None
) -> str:
    return render_template("intake/columns.html", batch=batch, sheets=asked, refusal=refusal)


def _ask_about_letters(batch: ImportBatch) -> str:
    found = Encoding(batch.encoding_found or Encoding.UNICODE)
    before = service.open_file(batch)
    after = converted(before, found)
    pairs = [
        (old, new)
        for old_sheet, new_sheet in zip(before.sheets, after.sheets, strict=True)
        for old_row, new_row in zip(old_sheet.rows, new_sheet.rows, strict=True)
        for old, new in zip(old_row, new_row, strict=True)
        if old != new
    ]
    # The longest texts show most of how the letters come out.
    shown = sorted(dict.fromkeys(pairs), key=lambda pair: -len(pair[1]))[:NAMES_SHOWN]
    return render_template("intake/letters.html", batch=batch, found=found, pairs=shown)


@bp.post("/<int:batch_id>/letters")
def choose_letters(batch_id: int) -> ResponseReturnValue:
    """Have the letters of the file converted, or left as they are."""
    batch = _batch(batch_id)
    letters = request.form.get("encoding", "")
    if letters not in {Encoding.UNICODE.value, batch.encoding_found}:
        raise InputError(_("Please choose one."))
    service.choose_encoding(batch, Encoding(letters))
    db.session.commit()
    return redirect(url_for(".choose_columns", batch_id=batch.id), 303)


@bp.route("/<int:batch_id>/questions", methods=["GET", "POST"])
def decide(batch_id: int) -> ResponseReturnValue:
    """Ask which rows are of one organisation; what was decided is kept with the import."""
    batch = _batch(batch_id)
    if batch.state is not ImportState.CHECKED:
        return _page_of(batch)
    if request.method == "POST":
        answers = {
            int(name.removeprefix("question-")): forms.decision_of(answer)
            for name, answer in request.form.items()
            if name.removeprefix("question-").isdecimal()
        }
        service.decide(batch, answers)
        db.session.commit()
        if batch.state is ImportState.CHECKED and queries.count_undecided(batch):
            last = max(answers, default=0)
            return redirect(url_for(".decide", batch_id=batch.id, after=last), 303)
        return _page_of(batch)
    return _show_questions(batch)


def _show_questions(batch: ImportBatch) -> str:
    after = request.args.get("after", 0, type=int)
    questions = queries.list_questions(batch, after=after, limit=QUESTIONS_A_PAGE + 1)
    shown = questions[:QUESTIONS_A_PAGE]
    candidates = [one for question in shown for one in question.candidates]
    ids = [one["organisation_id"] for one in candidates if one.get("organisation_id")]
    standing = queries.describe(ids, batch.as_of)
    told = [question.told for question in shown] + [one.get("told") for one in candidates]
    return render_template(
        "intake/questions.html",
        batch=batch,
        questions=shown,
        chosen={question.id: forms.chosen(question) for question in shown},
        standing=standing,
        words=_words(told),
        likenesses=forms.LIKENESSES,
        columns=forms.COLUMN_NAMES,
        after=after,
        next_after=shown[-1].id if len(questions) > QUESTIONS_A_PAGE else None,
        undecided=queries.count_undecided(batch),
    )


@bp.post("/<int:batch_id>/check")
def check(batch_id: int) -> ResponseReturnValue:
    """Have the file compared with the register as it stands now."""
    return _page_of(_done(batch_id, _request_check))


def _request_check(batch: ImportBatch) -> None:
    service.request_check(batch, rows=int(batch.summary.get("rows", 0)))


@bp.post("/<int:batch_id>/write")
def write(batch_id: int) -> ResponseReturnValue:
    """Have the import written into the register."""
    return _page_of(_done(batch_id, service.request_writing))


@bp.post("/<int:batch_id>/undo")
def undo(batch_id: int) -> ResponseReturnValue:
    """Have the import taken out of the register again."""
    return _page_of(_done(batch_id, service.request_undo))


@bp.post("/<int:batch_id>/leave")
def leave(batch_id: int) -> ResponseReturnValue:
    """Give the import up before it is written."""
    _done(batch_id, service.leave)
    return redirect(url_for(".import_register"), 303)


def _done(batch_id: int, act: Callable[[ImportBatch], object]) -> ImportBatch:
    batch = _batch(batch_id)
    act(batch)
    db.session.commit()
    return batch
