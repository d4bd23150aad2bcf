"""Turning the rows of a register's workbook into entries, or into a list of what is wrong."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select

from coopevents import names
from coopevents.db import Json, db
from coopevents.directory.models import DatePrecision, OrganisationKind, Sex
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake import reading
from coopevents.intake.book import Book
from coopevents.intake.entries import (
    MOST_WRONG_ROWS,
    Entry,
    Ranking,
    Reading,
    Representative,
    Spot,
    WrongRow,
    day_as_json,
)
from coopevents.intake.headings import SheetMapping
from coopevents.intake.workbook import Line, Problems, Table, tables, unread
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit

Value = TypeVar("Value")

FEW_VALUES = frozenset(
    {reading.read_sex, reading.read_mark, reading.read_stars, reading.read_number}
)
"""Cells of these columns repeat each other: each text is understood once."""

ROWS_A_STEP = 2_000


def read(
    book: Book,
    mappings: Sequence[SheetMapping],
    territory: AdministrativeUnit,
    as_of: date,
    problems: Problems,
) -> Iterator[Reading]:
    """Read the workbook; gives what was read so far every few rows, and all of it at last.

    Everything wrong is added to `problems`. Raises InputError where no sheet lists anything.
    """
    found = Reading()
    if not mappings:
        raise InputError(
            _(
                "No sheet of the workbook has the headings of a register: %(sheets)s.",
                sheets=", ".join(sheet.name for sheet in book.sheets),
            )
        )
    understood = tables(book, mappings, problems, with_district=as_of < units.REFORM)
    problems.refuse_any()
    communes, known = Communes(territory, as_of), Known()
    number = 0
    for table in understood:
        found.warnings |= table.remarks
        reader = _Reader(table, communes, as_of, problems, found, known)
        for line in table.lines():
            reader.read(line)
            number += 1
            if number % ROWS_A_STEP == 0:
                yield found
    found.warnings |= unread(book, mappings)
    if not found.number_of_rows:
        raise InputError(_("%(file)s lists no organisation.", file=book.file_name))
    yield found


class Communes:
    """The communes of a province on a day, found by name and former district."""

    def __init__(self, territory: AdministrativeUnit, on: date) -> None:
        found = [unit for unit in units.communes_of(territory) if _existed(unit, on)]
        parents = db.session.execute(
            select(AdministrativeUnit.id, AdministrativeUnit.name_fold).where(
                AdministrativeUnit.id.in_({unit.parent_id for unit in found})
            )
        )
        districts = dict(parents.all())
        self.by_name: dict[str, list[tuple[str, int]]] = {}
        self.found: dict[tuple[str, str], int] = {}
        for unit in found:
            place = (districts.get(unit.parent_id or 0, ""), unit.id)
            self.by_name.setdefault(unit.name_fold, []).append(place)

    def find(self, name: str, district: str) -> int:
        """Answer the commune's id. Raises InputError for one that does not exist."""
        if (name, district) not in self.found:
            self.found[name, district] = self._find(name, district)
        return self.found[name, district]

    def _find(self, name: str, district: str) -> int:
        candidates = self.by_name.get(names.fold(name), [])
        wanted = names.fold(district)
        if not candidates:
            raise InputError(_("There is no commune “%(name)s” in the province.", name=name))
        if wanted:
            candidates = [place for place in candidates if place[0] in {wanted, ""}]
        if not candidates:
            raise InputError(
                _("There is no commune “%(name)s” in “%(district)s”.", name=name, district=district)
            )
        if len(candidates) > 1:
            raise InputError(
                _("Several communes are called “%(name)s”: name the district.", name=name)
            )
        return candidates[0][1]


def _existed(unit: AdministrativeUnit, on: date) -> bool:
    return (unit.valid_from is None or unit.valid_from <= on) and (
        unit.valid_to is None or unit.valid_to >= on
    )


class Known:
    """What was understood before of texts that repeat."""

    def __init__(self) -> None:
        self.folds: dict[str, str] = {}
        self.values: dict[tuple[Any, type, Any], Any] = {}
        self.posts: dict[str, Any] = {}

    def value(self, parse: Callable[[Any], Value], cell: Any) -> Value:
        """Answer what the cell says. Raises InputError as `parse` does."""
        if parse not in FEW_VALUES:
            return parse(cell)
        key = (parse, type(cell), cell)
        if key not in self.values:
            self.values[key] = parse(cell)
        answer: Value = self.values[key]
        return answer

    def fold(self, text: str) -> str:
        """Answer the folded text."""
        if text not in self.folds:
            self.folds[text] = names.fold(text)
        return self.folds[text]


class _Reader:
    """Reads the lines of one table, noting what is wrong instead of stopping."""

    def __init__(
        self,
        table: Table,
        communes: Communes,
        as_of: date,
        problems: Problems,
        found: Reading,
        known: Known,
    ) -> None:
        self.table = table
        self.communes = communes
        self.as_of = as_of
        self.problems = problems
        self.found = found
        self.known = known
        self.wrong: dict[str, tuple[str, str]] = {}
        self.told: Json = {}

    def read(self, line: Line) -> None:
        """Add the line to what was found: understood, or with what is wrong in it."""
        self.wrong, self.told = {}, {}
        for column, why in line.faults.items():
            self._complain(line, column, why)
        kind = self.table.kind
        told = self._entry(line, kind) if kind else self._ranking(line)
        if self.wrong:
            self._keep_wrong((self.table.sheet, line.number))
        elif isinstance(told, Entry):
            self.found.entries.append(told)
            self._compare_mark(line, told)
        elif told is not None:
            self.found.rankings.append(told)

    def _keep_wrong(self, spot: Spot) -> None:
        self.found.wrong_count += 1
        if len(self.found.wrong_rows) < MOST_WRONG_ROWS:
            told = {key: value for key, value in self.told.items() if value not in (None, "")}
            self.found.wrong_rows[spot] = WrongRow(told, self.wrong)

    def _complain(self, line: Line, column: str, why: str) -> None:
        self.problems.add(line.place(column), why)
        self.wrong.setdefault(column, (reading.read_text(line.cell(column)), str(why)))

    def _entry(self, line: Line, kind: OrganisationKind) -> Entry | None:
        name, commune_id = self._needed(line, "name"), self._commune(line)
        founded = self._founded(line)
        counts = self._counts(line)
        sector = self._text(line, "sector")
        representative = self._representative(line)
        email = self._value(line, "email", reading.read_email)
        phone = self._value(line, "phone", reading.read_phone)
        supported = bool(self._value(line, "support", reading.read_mark))
        marked = None
        if "women_mark" in self.table.places:
            marked = self._value(line, "women_mark", reading.read_mark)
        if not name or commune_id is None:
            return None
        return Entry(
            sheet=self.table.sheet,
            row=line.number,
            kind=kind,
            name=name,
            name_fold=names.fold(name),
            commune_id=commune_id,
            sector=sector,
            founded=founded,
            representative=representative,
            email=email,
            email_as_typed=reading.read_text(line.cell("email")),
            phone=phone,
            phone_as_typed=reading.read_text(line.cell("phone")),
            supported=supported,
            marked=marked,
            **counts,
        )

    def _founded(self, line: Line) -> reading.Day | None:
        founded = self._value(line, "founded", reading.read_day)
        if founded and founded.on > self.as_of:
            self._complain(line, "founded", _("It lies after the day of the workbook."))
        self.told["founded"] = founded and day_as_json(founded)
        return founded

    def _counts(self, line: Line) -> dict[str, int | None]:
        counts = {
            column: self._value(line, column, reading.read_number)
            for column in ("members", "women_members", "workers", "women_workers")
        }
        for women, everyone in (("women_members", "members"), ("women_workers", "workers")):
            few, many = counts[women], counts[everyone]
            if few is not None and many is not None and few > many:
                self._complain(line, women, _("There are more women than people."))
        return counts

    def _ranking(self, line: Line) -> Ranking | None:
        name, commune_id = self._needed(line, "name"), self._commune(line)
        product, decision = self._needed(line, "product"), self._needed(line, "decision")
        stars = self._value(line, "stars", reading.read_stars)
        issued = self._value(line, "issued", reading.read_day)
        if stars is None:
            self._complain(line, "stars", _("The number of stars is missing."))
        if issued is None or issued.precision is not DatePrecision.DAY:
            self._complain(line, "issued", _("The day of the decision is missing."))
        self.told["issued"] = issued and day_as_json(issued)
        if not (name and product and decision and commune_id and stars and issued):
            return None
        return Ranking(
            sheet=self.table.sheet,
            row=line.number,
            place=line.place("name"),
            name=name,
            name_fold=names.fold(name),
            commune_id=commune_id,
            product=product,
            stars=stars,
            decision=decision,
            issued_on=issued.on,
        )

    def _value(self, line: Line, column: str, parse: Callable[[Any], Value]) -> Value | None:
        try:
            self.told[column] = value = self.known.value(parse, line.cell(column))
        except InputError as error:
            self._complain(line, column, str(error.message))
            return None
        return value

    def _text(self, line: Line, column: str) -> str:
        self.told[column] = text = reading.read_text(line.cell(column))
        return text

    def _needed(self, line: Line, column: str) -> str:
        text = self._text(line, column)
        if not text:
            why = {
                "name": _("The name is missing."),
                "product": _("The product is missing."),
                "decision": _("The number of the decision is missing."),
            }
            self._complain(line, column, why[column])
        return text

    def _commune(self, line: Line) -> int | None:
        name = reading.read_text(line.cell("commune"))
        if not name:
            self._complain(line, "commune", _("The commune is missing."))
            return None
        try:
            found = self.communes.find(name, reading.read_text(line.cell("district")))
        except InputError as error:
            self._complain(line, "commune", str(error.message))
            return None
        self.told["commune"] = found
        return found

    def _representative(self, line: Line) -> Representative | None:
        sex = self._value(line, "sex", reading.read_sex)
        full_name, title = self._text(line, "person"), self._text(line, "title")
        if not full_name:
            if title or sex is not Sex.NOT_STATED:
                self.found.warnings[line.place("person")] = _(
                    "Nobody is named here: the post was not recorded."
                )
            return None
        if title not in self.known.posts:
            self.known.posts[title] = reading.read_post(title)
        return Representative(
            full_name=full_name,
            name_fold=self.known.fold(full_name),
            sex=sex or Sex.NOT_STATED,
            post=self.known.posts[title],
            title=title or None,
        )

    def _compare_mark(self, line: Line, entry: Entry) -> None:
        """Warn where the column "managed by women" says another thing than the post.

        The mark itself is not stored: whether an organisation is women-led is computed.
        """
        who = entry.representative
        computed = who is not None and who.heads and who.sex is Sex.FEMALE
        if entry.marked is not None and entry.marked != computed:
            self.found.warnings[line.place("women_mark")] = _(
                "The mark disagrees with the post and the sex of the representative."
            )
