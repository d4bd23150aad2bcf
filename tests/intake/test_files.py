"""What stands in a file comes out of it, however the program that wrote it put it there."""

import io
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from coopevents.intake.book import UNCOMPUTED, Area, Sheet
from coopevents.intake.files import open_book
from tests.intake import archives, sheets


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def only_sheet(data: bytes) -> Sheet:
    (sheet,) = open_book(data, "so.xlsx").sheets
    return sheet


def test_rows_and_columns_keep_their_places_whatever_is_empty():
    book = openpyxl.Workbook()
    book.active["C3"] = "HTX chè"

    sheet = only_sheet(saved(book))

    assert sheet.rows == [["", "", ""], ["", "", ""], ["", "", "HTX chè"]]


def test_an_empty_sheet_has_no_rows():
    assert only_sheet(saved(openpyxl.Workbook())).rows == []


def test_a_cell_without_an_address_stands_after_the_one_before():
    data = archives.edited(
        sheets.table(["a", "b"], ["c", "d"]),
        (' r="A1"', ""),
        (' r="B1"', ""),
        (' r="A2"', ""),
        ('<c r="B2" t="s"><v>3</v></c>', '<c t="e"><v>#REF!</v></c>'),
    )

    assert only_sheet(data).troubles == {(1, 1): "#REF!"}


def test_elements_with_a_prefix_are_read_as_those_without():
    plain = archives.parts_of(sheets.table(["a", ""], [1, "b"]))
    text = plain["xl/worksheets/sheet1.xml"].decode()
    for name in ("worksheet", "sheetData", "row", "c", "v"):
        text = text.replace(f"<{name} ", f"<x:{name} ").replace(f"</{name}>", f"</x:{name}>")
        text = text.replace(f"<{name}>", f"<x:{name}>")
    text = text.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=").replace(
        '<x:row r="2"', '<x:row r="2" hidden="1"'
    )

    sheet = only_sheet(archives.zipped({**plain, "xl/worksheets/sheet1.xml": text.encode()}))

    assert sheet.hidden_rows == {1}


@pytest.mark.parametrize("calendar", ["1900", "1904"])
def test_dates_are_days_in_both_calendars(calendar):
    book = openpyxl.Workbook()
    if calendar == "1904":
        book.epoch = CALENDAR_MAC_1904
    moment = datetime.combine(date(2015, 3, 9), time(8, 30))
    book.active.append([date(2026, 2, 5), moment])

    assert only_sheet(saved(book)).rows == [[date(2026, 2, 5), moment]]


def test_a_formula_has_its_stored_value():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        page.write_formula(0, 0, "=6*7", None, 42)
        page.write_formula(0, 1, '="HTX "&"chè"', None, "HTX chè")

    sheet = only_sheet(file.getvalue())

    assert (sheet.rows, sheet.troubles) == ([[42.0, "HTX chè"]], {})


def test_a_formula_without_a_stored_value_and_an_error_are_no_empty_cells():
    book = openpyxl.Workbook()
    book.active.append(["=6*7", "", "#N/A", "=1/0"])

    sheet = only_sheet(saved(book))

    assert sheet.troubles == {(0, 0): UNCOMPUTED, (0, 2): "#N/A", (0, 3): UNCOMPUTED}


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell():
    data = archives.edited(
        sheets.table(["a", "b"]),
        ('<c r="B1" t="s"><v>1</v></c>', '<c r="B1" t="str"><f>""</f><v></v></c>'),
    )

    sheet = only_sheet(data)

    assert (sheet.rows, sheet.troubles) == ([["a", ""]], {})


def test_what_is_hidden_or_merged_is_noted_and_still_read():
    book = openpyxl.Workbook()
    page = book.active
    page.append(["a", "b", "c"])
    page.append(["d", "e", "f"])
    page.row_dimensions[2].hidden = True
    page.column_dimensions["B"].hidden = True
    page.merge_cells("A1:B1")
    shelf = book.create_sheet("Cũ")
    shelf["A1"] = "x"
    shelf.sheet_state = "veryHidden"

    shown, hidden = open_book(saved(book), "so.xlsx").sheets

    assert (shown.hidden, hidden.hidden, hidden.rows) == (False, True, [["x"]])
    assert (shown.hidden_rows, shown.hidden_columns) == ({1}, {1})
    assert shown.merges == [Area(0, 0, 0, 1)]
    assert shown.rows == [["a", "", "c"], ["d", "e", "f"]]


def test_cells_in_a_font_of_capitals_are_noted():
    book = openpyxl.Workbook()
    book.active.append(["chÌ", "chÌ", "chÌ"])
    for cell, font in zip(book.active[1], (".VnTime", ".VnTimeH", "Times New Roman"), strict=True):
        cell.font = Font(name=font)

    assert only_sheet(saved(book)).capitals == {(0, 1)}


def test_a_sheet_of_a_chart_is_left_out():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet("HTX")
        page.write(0, 0, 1)
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=HTX!$A$1:$A$1"})
        book.add_chartsheet("Biểu đồ").set_chart(chart)

    assert [sheet.name for sheet in open_book(file.getvalue(), "so.xlsx").sheets] == ["HTX"]


def test_a_file_is_what_it_holds_and_not_what_it_is_called():
    book = open_book("STT;Tên\n1;HTX chè\n".encode(), r"C:\Hồ sơ\so.xlsx")

    assert [sheet.rows for sheet in book.sheets] == [[["STT", "Tên"], ["1", "HTX chè"]]]
