"""Tables of an opened file: which lines they have, and what is said of them beside the values."""

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from coopevents.directory.models import OrganisationKind
from coopevents.errors import InputError
from coopevents.i18n import _, _n
from coopevents.intake.files import open_book
from coopevents.intake.headings import SheetMapping
from coopevents.intake.workbook import MOST_PLACES, Problems, Table, guesses, tables, unread
from tests.intake import sheets

UNCOMPUTED = (
    "The formula was never computed: open the workbook in Excel and save it, or write "
    "the value itself."
)
MERGED = (
    "The cell is merged with %(first)s, so nobody can tell whether the value holds here: "
    "write it into each row."
)


def as_officers_save_it(*entries: dict[str, Any]) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(sheets.register(*entries)))


def read(book: openpyxl.Workbook | bytes) -> tuple[Table, dict[str, str]]:
    """Answer the only table of a workbook, and what is wrong in it: headings, then cells."""
    if not isinstance(book, bytes):
        file = io.BytesIO()
        book.save(file)
        book = file.getvalue()
    opened = open_book(book, "so.xlsx")
    problems = Problems("so.xlsx")
    (table,) = tables(opened, guesses(opened), problems, with_district=True)
    for line in table.lines():
        for column, why in line.faults.items():
            problems.add(line.place(column), why)
    return table, problems.places


def numbers(table: Table) -> list[int]:
    return [line.number for line in table.lines()]


def test_lines_bear_the_numbers_of_excel_and_gaps_are_none(app):
    book = as_officers_save_it(sheets.row(), sheets.row(), sheets.row())
    for cell in book["HTX"][8][1:]:
        cell.value = None

    table, problems = read(book)

    assert (numbers(table), problems) == ([7, 9], {})


@pytest.mark.parametrize("words", ["Tổng cộng", "TỔNG SỐ:", "Cộng", "Tổng", "Tổng cộng toàn tỉnh"])
@pytest.mark.parametrize("column", ["A", "B"])
def test_a_row_of_totals_is_no_entry(app, words, column):
    book = as_officers_save_it(sheets.row())
    book["HTX"][f"{column}8"], book["HTX"]["L8"] = words, "=SUM(L7:L7)"

    table, problems = read(book)

    assert (numbers(table), problems) == ([7], {})


def test_a_note_that_speaks_of_totals_drops_no_entry(app):
    data = sheets.register(sheets.row(note="Tổng số thành viên góp vốn: 5", name="HTX Cộng Hoà"))

    table, _problems = read(data)

    assert numbers(table) == [7]


@pytest.mark.parametrize(
    "cells", [range(1, 19), [f"({number})" for number in range(1, 19)], "ABCDEFGHIJKLMNOPQR"]
)
def test_a_line_that_numbers_the_columns_is_no_entry(app, cells):
    data = sheets.table(sheets.TOP, sheets.BELOW, list(cells), list(sheets.ROW.values()))

    table, problems = read(data)

    assert (numbers(table), problems) == ([4], {})


def test_hidden_rows_and_columns_are_read_and_said_so(app):
    book = as_officers_save_it(*(sheets.row() for _row in range(6)))
    for number in (8, 9, 10, 12, 40):
        book["HTX"].row_dimensions[number].hidden = True
    book["HTX"].column_dimensions["H"].hidden = True

    table, problems = read(book)

    assert (numbers(table), problems) == ([7, 8, 9, 10, 11, 12], {})
    assert table.remarks == {
        "HTX!8–10, 12": _n(
            "This row is hidden in the workbook; it was read.",
            "%(num)s rows are hidden in the workbook; they were read.",
            4,
        ),
        "HTX!H (Người đại diện / Giới tính)": _(
            "This column is hidden in the workbook; it was read."
        ),
    }


def test_a_hidden_sheet_is_read_only_when_somebody_maps_it(app):
    book = as_officers_save_it(sheets.row())
    old = book.copy_worksheet(book["HTX"])
    old.title, old.sheet_state = "Cũ", "hidden"
    book.create_sheet("Ghi chú").append(["Gọi lại"])
    book.create_sheet("Trống")
    file = io.BytesIO()
    book.save(file)
    opened = open_book(file.getvalue(), "so.xlsx")
    shown = guesses(opened)
    on_purpose = SheetMapping.from_json({**shown[0].as_json(), "sheet": "Cũ"})

    found = tables(opened, [on_purpose], Problems("so.xlsx"), with_district=True)

    assert [mapping.sheet for mapping in shown] == ["HTX"]
    assert unread(opened, shown) == {
        "Cũ": _("This sheet is hidden; it was not read."),
        "Ghi chú": _("This sheet has no headings of a register; it was not read."),
    }
    assert [(table.sheet, numbers(table)) for table in found] == [("Cũ", [7])]


def test_a_value_merged_over_several_rows_is_ambiguous_in_all_but_the_first(app):
    book = as_officers_save_it(*(sheets.row() for _row in range(3)))
    book["HTX"].merge_cells("C7:D8")

    _table, problems = read(book)

    why = _(MERGED, first="C7")
    assert problems == {
        "HTX!D7 (Địa chỉ / Huyện/thành/thị)": why,
        "HTX!C8 (Địa chỉ / Xã/phường)": why,
        "HTX!D8 (Địa chỉ / Huyện/thành/thị)": why,
    }


def test_merged_titles_headings_and_section_lines_are_harmless(app):
    book = as_officers_save_it(sheets.row(), sheets.row())
    page = book["HTX"]
    for cell in page[7]:
        cell.value = None
    page["A7"] = "I. Huyện Hạ Hoà"
    for area in ("A1:R1", "A5:A6", "C5:D5", "A7:R7"):
        page.merge_cells(area)

    table, problems = read(book)

    assert (numbers(table), problems) == ([8], {})


def test_a_formula_gives_its_stored_value(app):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("HTX")
        page.write_row(0, 0, sheets.TOP)
        page.write_row(1, 0, sheets.BELOW)
        page.write_row(2, 1, ["HTX chè", "Xã Gia Điền"])
        page.write_formula(2, 11, "=6*2", None, 12)

    table, problems = read(file.getvalue())

    assert ([line.cell("members") for line in table.lines()], problems) == ([12.0], {})


def test_a_formula_never_computed_and_an_error_are_refused_by_their_cells(app):
    book = as_officers_save_it(sheets.row(), sheets.row())
    book["HTX"]["L7"], book["HTX"]["B8"], book["HTX"]["R8"] = "=6*2", "#N/A", "#REF!"

    _table, problems = read(book)

    assert problems == {
        "HTX!L7 (Thành viên / Tổng số)": _(UNCOMPUTED),
        "HTX!B8 (Tên hợp tác xã)": _(
            "The cell shows the error %(error)s: write the value itself.", error="#N/A"
        ),
    }


def test_an_error_that_is_all_a_row_holds_is_refused_too(app):
    book = as_officers_save_it(sheets.row(), sheets.row())
    for cell in book["HTX"][8]:
        cell.value = None
    book["HTX"]["B8"] = "#VALUE!"

    _table, problems = read(book)

    assert list(problems) == ["HTX!B8 (Tên hợp tác xã)"]


def test_a_csv_file_is_a_table_like_any_other(app):
    lines = [sheets.TOP, sheets.BELOW, [str(cell) for cell in sheets.ROW.values()]]
    data = "\n".join(";".join(line) for line in lines).encode()

    table, problems = read(data)

    (line,) = table.lines()
    assert (line.place("name"), problems) == ("so!B3 (Tên hợp tác xã)", {})


def mapping(**columns: int) -> SheetMapping:
    return SheetMapping("HTX", OrganisationKind.COOPERATIVE, False, 4, 2, columns)


def test_one_column_cannot_be_two_of_ours(app):
    opened = open_book(sheets.register(sheets.row()), "so.xlsx")
    (guessed,) = guesses(opened)
    problems = Problems("so.xlsx")

    tables(opened, [mapping(**{**guessed.columns, "title": 6})], problems, with_district=True)

    assert problems.places == {
        "HTX!G": _(
            "This column cannot be several at once: %(columns)s.", columns="Họ và tên · Chức vụ"
        )
    }


def test_a_sheet_of_no_known_kind_is_not_guessed(app):
    top = ["Tên đơn vị" if words == "Tên hợp tác xã" else words for words in sheets.TOP]
    data = sheets.table(top, sheets.BELOW, list(sheets.ROW.values()), sheet="Trang tính1")

    _table, problems = read(data)

    why = _("Which kind of organisation this sheet lists is not said.")
    assert problems == {"Trang tính1!1": why}


def test_a_mapping_of_another_file_is_refused(app):
    opened = open_book(sheets.register(sheets.row(), sheet="THT"), "so.xlsx")

    with pytest.raises(InputError) as refusal:
        tables(opened, [mapping(name=1)], Problems("so.xlsx"), with_district=True)

    assert str(refusal.value) == _("The file has no sheet “%(sheet)s”.", sheet="HTX")


def test_a_mapping_beyond_the_sheet_reads_empty_cells(app):
    opened = open_book(sheets.register(sheets.row()), "so.xlsx")
    (guessed,) = guesses(opened)

    (table,) = tables(
        opened,
        [mapping(**{**guessed.columns, "email": 300})],
        Problems("so.xlsx"),
        with_district=True,
    )

    (line,) = table.lines()
    assert (line.cell("email"), line.place("email")) == ("", "HTX!KO7 (Email)")


def test_problems_hold_so_many_places_and_count_the_others(app):
    problems = Problems("so.xlsx", keep=3)

    for number in range(5000):
        problems.add(f"HTX!A{number}", "first")
        problems.add(f"HTX!A{number}", "second")

    assert (len(problems), MOST_PLACES) == (5000, 20)
    assert problems.places == {f"HTX!A{number}": "first" for number in range(3)}
