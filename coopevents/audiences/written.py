"""Organisations somebody wrote down: a workbook, or lines, each recognised or told why it is not.

Nobody is guessed: a name that two organisations bear, and nothing beside it tells which, is none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Text, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from coopevents import clock, names
from coopevents.db import db, one_of, valid_on
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    Organisation,
    OrganisationCode,
    OrganisationKind,
    OrganisationName,
    Register,
)
from coopevents.errors import InputError
from coopevents.i18n import _, _l
from coopevents.intake import files
from coopevents.intake.columns import COLUMNS
from coopevents.intake.matching import core
from coopevents.intake.reading import read_text
from coopevents.territory.succession import as_of

MOST_ROWS = 5_000
SHORTEST_CODE = 4
LONGEST_TEXT = 200

HEADINGS = {word for column in COLUMNS.values() for word in column.words} | {
    *("stt", "tt", "so tt", "ten", "ma so", "ma so htx", "ma so thue", "mst", "ghi chu", "name"),
}
"""What the heading of a list says, folded; a row with one of these is no organisation."""

KINDS = (
    (re.compile(r"(htx|hop tac xa)\b"), OrganisationKind.COOPERATIVE),
    (re.compile(r"(tht|to hop tac)\b"), OrganisationKind.COOPERATIVE_GROUP),
    (re.compile(r"(lhhtx|lien hiep (htx|hop tac xa))\b"), OrganisationKind.COOPERATIVE_UNION),
    (re.compile(r"(tlk|(to|nhom) lien ket)\b"), OrganisationKind.LINKED_GROUP),
)

KIND_OF_COMMUNE = re.compile(r"^(xa|phuong|thi tran) ")


class Why(StrEnum):
    """Why a row is no organisation of the register."""

    UNKNOWN = "unknown"
    SEVERAL = "several"


WHY_LABELS = {
    Why.UNKNOWN: _l("not in the register"),
    Why.SEVERAL: _l("several have this name: write the code or the commune beside it"),
}


@dataclass(frozen=True)
class Written:
    """A row: where it stands, and the texts of its cells."""

    place: str
    cells: Sequence[str]

    @property
    def text(self) -> str:
        """The row as one line."""
        return " · ".join(self.cells)[:LONGEST_TEXT]


@dataclass(frozen=True)
class NotRecognised:
    """A row that is no organisation of the register, and why."""

    place: str
    text: str
    why: Why


@dataclass(frozen=True)
class WrittenOtherwise:
    """A row whose organisation bears another name than is written: somebody should look."""

    place: str
    text: str
    organisation_id: int
    name: str


@dataclass
class Recognised:
    """What came of the rows. An organisation written twice stands once."""

    organisation_ids: list[int] = field(default_factory=list)
    otherwise: list[WrittenOtherwise] = field(default_factory=list)
    missing: list[NotRecognised] = field(default_factory=list)


@dataclass(frozen=True)
class _Named:
    """An organisation a row may mean."""

    id: int
    kind: OrganisationKind
    name: str


def rows_of_text(text: str) -> list[Written]:
    """Answer the lines that say something; tabs and semicolons part a line into cells."""
    lines = enumerate(text.splitlines(), start=1)
    rows = [
        Written(_("line %(number)s", number=place), _cells(re.split(r"[\t;]", line)))
        for place, line in lines
    ]
    return _within([row for row in rows if row.cells])


def rows_of_file(data: bytes, file_name: str) -> list[Written]:
    """Answer the rows below the heading of each sheet that is shown.

    Raises InputError for what is no workbook, and for more rows than a list of guests has.
    """
    rows: list[Written] = []
    for sheet in files.open_book(data, file_name).sheets:
        if sheet.hidden:
            continue
        told = [
            Written(
                _("%(sheet)s, row %(number)s", sheet=sheet.name, number=place),
                _cells([read_text(cell) for cell in row]),
            )
            for place, row in enumerate(sheet.rows, start=1)
        ]
        rows += _below_heading([row for row in told if row.cells])
    return _within(rows)


def _cells(texts: Iterable[str]) -> list[str]:
    return [text for text in map(names.clean, texts) if text]


def _below_heading(rows: list[Written]) -> list[Written]:
    """Leave out the heading, and the titles above it; a sheet without one is rows alone."""
    heads = [place for place, row in enumerate(rows) if _is_heading(row)]
    return rows[heads[0] + 1 :] if heads else rows


def _is_heading(row: Written) -> bool:
    return any(names.fold(cell).rstrip(" *:") in HEADINGS for cell in row.cells)


def _within(rows: list[Written]) -> list[Written]:
    if len(rows) > MOST_ROWS:
        raise InputError(_("The list has more than %(number)s rows.", number=MOST_ROWS))
    return rows


def recognise(register: Register, rows: Sequence[Written]) -> Recognised:
    """Answer which organisations the rows name. Four queries, however many rows.

    A code decides; then a name as it is written; then a name but for the words of its kind. Of
    namesakes the one whose commune stands in the row is meant.
    """
    by_code = _by_code(register, rows)
    whole, bare = _by_name(register, rows)
    communes = _communes({one.id for found in bare.values() for one in found})
    result = Recognised()
    seen: set[int] = set()
    for row in rows:
        found = _of_code(row, by_code) or _of_name(row, whole, bare, communes)
        if len(found) != 1:
            why = Why.SEVERAL if found else Why.UNKNOWN
            result.missing.append(NotRecognised(row.place, row.text, why))
            continue
        (one,) = found
        if one.id in seen:
            continue
        seen.add(one.id)
        result.organisation_ids.append(one.id)
        if not _is_written(row, one, by_code):
            result.otherwise.append(WrittenOtherwise(row.place, row.text, one.id, one.name))
    return result


Index = dict[str, list[_Named]]

KEPT_ID = func.coalesce(Organisation.duplicate_of_id, Organisation.id)


def _by_code(register: Register, rows: Sequence[Written]) -> Index:
    codes = {code for row in rows for cell in row.cells if (code := _code(cell))}
    found: Index = defaultdict(list)
    coded = (
        _kept(register)
        .add_columns(OrganisationCode.code)
        .join(OrganisationCode, OrganisationCode.organisation_id == Organisation.id)
        .where(one_of(OrganisationCode.code, codes))
    )
    for id_, kind, name, code in db.session.execute(coded):
        _add(found[code], _Named(id_, kind, name or ""))
    return found


def _by_name(register: Register, rows: Sequence[Written]) -> tuple[Index, Index]:
    """Answer whom each folded name means, and each name without the words of its kind."""
    folds = sorted({names.fold(cell) for row in rows for cell in row.cells})
    keys = select(func.organisation_name_key(func.unnest(literal(folds, ARRAY(Text())))))
    called = (
        _kept(register)
        .add_columns(OrganisationName.name_fold)
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(OrganisationName.name_key.in_(keys))
        .order_by(KEPT_ID)
    )
    whole: Index = defaultdict(list)
    bare: Index = defaultdict(list)
    for id_, kind, name, name_fold in db.session.execute(called):
        one = _Named(id_, kind, name or "")
        _add(whole[name_fold], one)
        _add(bare[core(name_fold)], one)
    return whole, bare


def _kept(register: Register) -> Select[Any]:
    """Answer the entries of the register as what they count as, by its name of today."""
    today_name = (
        select(OrganisationName.name)
        .where(
            OrganisationName.organisation_id == KEPT_ID, valid_on(OrganisationName, clock.today())
        )
        .correlate(Organisation)
        .scalar_subquery()
    )
    return (
        select(KEPT_ID, Organisation.kind, today_name)
        .where(Organisation.register_id == register.id)
        .distinct()
    )


def _add(found: list[_Named], one: _Named) -> None:
    # Two names it bore, or an entry merged into it, are still one organisation.
    if all(other.id != one.id for other in found):
        found.append(one)


Communes = dict[int, set[str]]


def _communes(organisation_ids: set[int]) -> Communes:
    """Answer the folded names of the commune of each: of its seat, and of today.

    Lists of before July 2025 name communes that went into others.
    """
    today = clock.today()
    seats = directory.address_on(organisation_ids, today)
    now = as_of([unit.id for unit in seats.values()], today)
    return {
        id_: {names.fold(unit.name), names.fold((now[unit.id] or unit).name)}
        for id_, unit in seats.items()
    }


def _of_code(row: Written, by_code: Index) -> list[_Named]:
    return next((found for cell in row.cells if (found := by_code.get(_code(cell) or ""))), [])


def _of_name(row: Written, whole: Index, bare: Index, communes: Communes) -> list[_Named]:
    """Answer whom the names in the row may mean: as they are written first."""
    folds = [names.fold(cell) for cell in row.cells]
    candidates = [(whole.get(fold, []), fold) for fold in folds]
    # A commune beside an unknown name may be called like some cooperative: not so with its kind.
    is_alone = len(folds) == 1
    candidates += [
        (bare.get(core(fold), []), fold) for fold in folds if is_alone or core(fold) != fold
    ]
    for found, fold in candidates:
        if right := _of_kind(found, fold):
            return _of_commune(right, folds, communes)
    return []


def _is_written(row: Written, one: _Named, by_code: Index) -> bool:
    """Whether the row says the organisation's code, or its name of today."""
    return bool(_of_code(row, by_code)) or names.fold(one.name) in map(names.fold, row.cells)


def _of_kind(found: list[_Named], fold: str) -> list[_Named]:
    """Leave out those of another kind than the words of the row say."""
    kind = next((kind for words, kind in KINDS if words.match(fold)), None)
    return [one for one in found if kind in {None, one.kind}]


def _of_commune(found: list[_Named], folds: list[str], communes: Communes) -> list[_Named]:
    if len(found) == 1:
        return found
    here = [
        one
        for one in found
        if any(_is_commune(fold, communes.get(one.id, set())) for fold in folds)
    ]
    return here or found


def _is_commune(fold: str, communes: set[str]) -> bool:
    """Whether the words name one of the communes, with or without what it is (xã, phường)."""
    return fold in communes or any(KIND_OF_COMMUNE.sub("", one) == fold for one in communes)


def _code(cell: str) -> str | None:
    """Answer the cell as a code, if it may be one: codes have digits."""
    code = "".join(cell.split()).upper()
    return code if len(code) >= SHORTEST_CODE and any(c.isdigit() for c in code) else None
