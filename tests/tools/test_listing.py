"""A list taken away as a file holds what the page showed, and runs nothing."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from coopevents.listing import Column, Format, Listing, answer, as_csv, as_workbook

ROWS = [
    ["HTX Chè Mẫu", "0012345", "+84900000001", 1146, date(2026, 2, 5), None],
    ["=HYPERLINK(1)", "@x", "-2", Decimal("12.5"), None, ""],
]


def listing(rows=ROWS) -> Listing:
    labels = ("Tên", "Mã số", "Điện thoại", "Thành viên", "Ngày", "Ghi chú")
    return Listing("Danh sách HTX", [Column(label) for label in labels], rows, ["Tính đến hôm nay"])


def cells(data: bytes) -> list[list[object]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]


def test_a_workbook_keeps_texts_numbers_and_days_apart():
    sheet = openpyxl.load_workbook(io.BytesIO(as_workbook(listing()))).active

    kinds = [[cell.data_type for cell in row] for row in sheet.iter_rows(min_row=5)]

    assert kinds == [["s", "s", "s", "n", "d", "n"], ["s", "s", "s", "n", "n", "n"]]
    assert [row[:4] for row in cells(as_workbook(listing()))] == [
        ["HTX Chè Mẫu", "0012345", "+84900000001", 1146],
        ["=HYPERLINK(1)", "@x", "-2", 12.5],
    ]
    assert sheet["A1"].value == "Danh sách HTX"
    assert sheet["A2"].value == "Tính đến hôm nay"


def test_a_csv_file_runs_no_formula():
    rows = list(csv.reader(io.StringIO(as_csv(listing()).decode("utf-8-sig"))))

    assert rows == [
        ["Tên", "Mã số", "Điện thoại", "Thành viên", "Ngày", "Ghi chú"],
        ["HTX Chè Mẫu", "0012345", "'+84900000001", "1146", "2026-02-05", ""],
        ["'=HYPERLINK(1)", "'@x", "'-2", "12.5", "", ""],
    ]


@pytest.mark.parametrize(
    ("form", "name"), [(Format.XLSX, "danh-sach-htx.xlsx"), (Format.CSV, "danh-sach-htx.csv")]
)
def test_the_file_is_named_by_its_title(app, form, name):
    answered = answer(listing(), form)

    assert answered.headers["Content-Disposition"] == f"attachment; filename={name}"


def test_a_title_no_sheet_may_bear_is_mended():
    data = as_workbook(Listing("a/b: [" + "x" * 40, [Column("A")], []))

    assert openpyxl.load_workbook(io.BytesIO(data)).sheetnames == ["a b   " + "x" * 25]
