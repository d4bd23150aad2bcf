"""What a workbook says and would change, found out and kept for whoever decides."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete

from coopevents.db import Json, db
from coopevents.directory.models import Register
from coopevents.intake import bulk, importer, merging, queries
from coopevents.intake.book import Book
from coopevents.intake.bulk import Values
from coopevents.intake.entries import Entry, Ranking, Reading, Spot
from coopevents.intake.headings import SheetMapping, headings_of
from coopevents.intake.matching import Answer, Answers, Candidate, Question
from coopevents.intake.merging import Plan
from coopevents.intake.models import Decision, ImportBatch, ImportQuestion, ImportRow, Pile
from coopevents.intake.workbook import Problems, column_letter
from coopevents.intake.writing import Note
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.units import territory_on

MOST_WARNINGS = 200


@dataclass(frozen=True)
class Source:
    """A workbook, what its columns mean, and where and when it tells of."""

    register: Register
    territory: AdministrativeUnit
    book: Book
    mappings: Sequence[SheetMapping]
    as_of: date


@dataclass
class Check:
    """What a workbook says; and what it would change, where nothing in it is wrong."""

    sheets: list[Json]
    """The sheets that were read, with the letter and heading of each column."""
    order: dict[str, int]
    reading: Reading
    problems: Problems
    plan: Plan
    rows: int

    @property
    def is_wrong(self) -> bool:
        """Whether something must be corrected in the file first."""
        return bool(self.problems)

    def summary(self) -> Json:
        """Answer the numbers of the check, as the batch keeps them."""
        plan, warnings = self.plan, self.reading.warnings
        return {
            "rows": self.rows,
            "wrong": self.reading.wrong_count,
            "wrong_places": len(self.problems),
            "new": dict(merging.told_by(plan)),
            "changed": len(plan.updates),
            "same": len(plan.same),
            "left_out": len(plan.left_out),
            "absent": len(plan.absent),
            "certificates": len(plan.certificates),
            "questions": len(plan.questions),
            "warnings": dict(list(warnings.items())[:MOST_WARNINGS]),
            "number_of_warnings": len(warnings),
            "sheets": self.sheets,
        }


def _sheet(book: Book, mapping: SheetMapping) -> Json:
    sheet = next(sheet for sheet in book.sheets if sheet.name == mapping.sheet)
    headings = dict(headings_of(sheet, mapping))
    return {
        "sheet": mapping.sheet,
        "kind": mapping.kind and mapping.kind.value,
        "columns": [
            [column, column_letter(place), headings.get(place, "")]
            for column, place in sorted(mapping.columns.items(), key=lambda pair: pair[1])
        ],
    }


def check(source: Source, answers: Answers, note: Note) -> Check:
    """Answer what the workbook says and would change; nothing is written.

    Raises InputError for a workbook without a table of ours, or without a required column.
    """
    problems = Problems(source.book.file_name)
    order = {sheet.name: place for place, sheet in enumerate(source.book.sheets)}
    expected = sum(len(sheet.rows) for sheet in source.book.sheets) or 1
    reading = Reading()
    for reading in importer.read(
        source.book,
        source.mappings,
        territory_on(source.territory, source.as_of),
        source.as_of,
        problems,
    ):
        note(min(100, 100 * reading.number_of_rows // expected) * 60 // 100)
    rows, sheets = reading.number_of_rows, [_sheet(source.book, one) for one in source.mappings]
    # The cells are understood by now; a long workbook's are most of the memory it takes.
    source.book.sheets.clear()
    plan = Plan()
    if not problems:
        plan = merging.plan(source.register, reading, source.as_of, problems, answers)
    note(100)
    return Check(sheets, order, reading, problems, plan, rows)


def stored_answers(batch: ImportBatch) -> Answers:
    """Answer what was decided about the rows of the batch so far."""
    decided = {(one.sheet, one.row): one for one in queries.list_questions(batch) if one.decision}

    def answer(question: Question) -> Answer | None:
        known = decided.get(question.entry.spot)
        if known is None or known.decision is None:
            return None
        if known.decision is not Decision.SAME:
            return Answer(known.decision)
        chosen = known.candidates[known.same_as or 0]
        for candidate in question.candidates:
            if _where(candidate.as_json()) == _where(chosen):
                return Answer(Decision.SAME, candidate)
        # What it was said to be the same as is gone: somebody must look again.
        return None

    return answer


def _where(candidate: Json) -> tuple[Any, ...]:
    return tuple(candidate.get(key) for key in ("sheet", "row", "organisation_id"))


def store(batch: ImportBatch, found: Check) -> None:
    """Keep the rows and questions of the check with the batch, in place of those of the last."""
    forget(batch, questions=False)
    batch.summary = found.summary()
    bulk.copy(ImportRow, _rows(batch, found))
    _store_questions(batch, found)


def forget(batch: ImportBatch, *, questions: bool = True) -> None:
    """Keep the rows of the batch no longer."""
    db.session.flush()
    for model in (ImportRow, ImportQuestion) if questions else (ImportRow,):
        db.session.execute(delete(model).where(model.batch_id == batch.id))


def _rows(batch: ImportBatch, found: Check) -> Iterator[Values]:
    """Give all rows in the order of the file, then the organisations it does not tell of."""
    wrong = found.reading.wrong_rows
    piles = {} if found.is_wrong else _piles(found.plan)
    # What lies on no pile stands in the register already, or nobody has compared it yet.
    rest = (Pile.RIGHT if found.is_wrong else Pile.SAME, None, None)

    def place(row: Values) -> tuple[int, int]:
        return found.order[row["sheet"]], row["row"]

    understood = (
        _row(batch, told, *piles.get((told.sheet, told.row), rest))
        for told in found.reading.rows()
        if (told.sheet, told.row) not in wrong
    )
    mistaken = (
        {
            **_row_of(batch, spot, Pile.WRONG),
            "told": row.told,
            "wrong": {column: list(pair) for column, pair in row.wrong.items()},
        }
        for spot, row in wrong.items()
    )
    # A sheet of certificates may stand before the organisations: then sorting is needed.
    yield from heapq.merge(sorted(understood, key=place), sorted(mistaken, key=place), key=place)
    for organisation_id in found.plan.absent:
        yield {**_row_of(batch, ("", 0), Pile.ABSENT), "organisation_id": organisation_id}


def _piles(plan: Plan) -> dict[Spot, tuple[Pile, int | None, Json | None]]:
    piles: dict[Spot, tuple[Pile, int | None, Json | None]] = {}
    for entry in plan.new:
        piles[entry.spot] = (Pile.NEW, None, None)
    for update in plan.updates:
        changes = update.changes_as_json()
        piles[update.entry.spot] = (Pile.CHANGED, update.organisation_id, changes)
    for entry, organisation_id in plan.same:
        piles[entry.spot] = (Pile.SAME, organisation_id, None)
    for entry in plan.left_out:
        piles[entry.spot] = (Pile.LEFT_OUT, None, None)
    for ranking, owner in plan.certificates:
        known = owner if isinstance(owner, int) else None
        piles[ranking.sheet, ranking.row] = (Pile.CERTIFICATE, known, None)
    return piles


def _row(
    batch: ImportBatch,
    told: Entry | Ranking,
    pile: Pile,
    organisation_id: int | None,
    changes: Json | None,
) -> Values:
    return {
        **_row_of(batch, (told.sheet, told.row), pile),
        "organisation_id": organisation_id,
        "told": told.as_json(),
        "changes": changes,
    }


def _row_of(batch: ImportBatch, spot: Spot, pile: Pile) -> dict[str, Any]:
    return {
        "batch_id": batch.id,
        "pile": pile,
        "sheet": spot[0],
        "row": spot[1],
        "organisation_id": None,
        "told": {},
        "wrong": None,
        "changes": None,
    }


def _store_questions(batch: ImportBatch, found: Check) -> None:
    decided: dict[Spot, tuple[datetime | None, int | None]] = {
        (one.sheet, one.row): (one.decided_at, one.decided_by_id)
        for one in queries.list_questions(batch)
    }
    db.session.execute(delete(ImportQuestion).where(ImportQuestion.batch_id == batch.id))
    by_spot = {e.spot: e for e in found.reading.entries} if found.plan.questions else {}
    bulk.copy(
        ImportQuestion,
        (
            {
                "batch_id": batch.id,
                "sheet": question.entry.sheet,
                "row": question.entry.row,
                "told": question.entry.as_json(),
                "candidates": [_candidate(one, by_spot) for one in question.candidates],
                "proposed": question.proposed.value,
                **_decided(question, answer, decided.get(question.entry.spot)),
            }
            for question, answer in found.plan.questions
        ),
    )


def _candidate(candidate: Candidate, by_spot: dict[Spot, Entry]) -> Json:
    told = by_spot[candidate.spot].as_json() if candidate.spot else None
    return {**candidate.as_json(), "told": told}


def _decided(
    question: Question,
    answer: Answer | None,
    by: tuple[datetime | None, int | None] | None,
) -> Values:
    place = None
    if answer and answer.candidate:
        place = question.candidates.index(answer.candidate)
    at, by_id = by if answer and by else (None, None)
    return {
        "decision": answer and answer.decision,
        "same_as": place,
        "decided_at": at,
        "decided_by_id": by_id,
    }
