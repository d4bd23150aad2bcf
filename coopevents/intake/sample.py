"""A workbook to start from: the columns we know, with two invented rows marked as samples."""

import io
from datetime import date
from typing import Any

import xlsxwriter

from coopevents.intake.columns import COLUMNS, OCOP_COLUMNS, TITLES

FILE_NAME = "so-theo-doi-mau.xlsx"
PLACE = ("Xã Gia Điền", "Huyện Hạ Hoà")
FIRST_ROW = 6

ROWS: tuple[dict[str, Any], ...] = (
    {
        "name": "HTX chè Mẫu Một (mẫu)",
        "sector": "Nông nghiệp",
        "founded": date(2015, 3, 9),
        "person": "Nguyễn Thị Mẫu",
        "sex": "Nữ",
        "title": "Giám đốc",
        "phone": "0900000001",
        "email": "mau.mot@coop.example",
        "members": 1146,
        "women_members": 700,
        "workers": 12,
        "women_workers": 8,
        "women_mark": "x",
        "support": "x",
    },
    {
        "name": "HTX rau Mẫu Hai (mẫu)",
        "sector": "Dịch vụ",
        "founded": 2019,
        "person": "Trần Văn Mẫu",
        "sex": "Nam",
        "title": "Chủ tịch HĐQT",
        "phone": "0900000002",
        "email": "",
        "members": 9,
        "women_members": 4,
        "workers": 9,
        "women_workers": 4,
        "women_mark": "",
        "support": "",
    },
)
RANKING = {
    "name": "HTX chè Mẫu Một (mẫu)",
    "product": "Chè xanh (mẫu)",
    "stars": 4,
    "decision": "12/QĐ-UBND",
    "issued": date(2023, 5, 4),
}


def workbook(place: tuple[str, str] = PLACE) -> bytes:
    """Answer the sample as XLSX, its organisations in the commune and former district given."""
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept) as book:
        _fill(book, "HTX", list(COLUMNS), ROWS, place)
        _fill(book, "OCOP", list(OCOP_COLUMNS), (RANKING,), place)
    return kept.getvalue()


def _fill(
    book: Any, name: str, columns: list[str], rows: tuple[dict[str, Any], ...], place: Any
) -> None:
    common = {"font_name": "Times New Roman", "font_size": 12}
    head = book.add_format(
        {**common, "bold": True, "border": 1, "text_wrap": True, "align": "center"}
    )
    plain, text = book.add_format(common), book.add_format({**common, "num_format": "@"})
    day = book.add_format({**common, "num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet(name)
    sheet.write(0, 0, "SỔ THEO DÕI MẪU: các dòng dưới đây là ví dụ, hãy thay bằng dòng thật")
    sheet.write(FIRST_ROW - 2, 0, "STT", head)
    sheet.merge_range(FIRST_ROW - 2, 0, FIRST_ROW - 1, 0, "STT", head)
    sheet.set_column(1, len(columns), 18)
    _head(sheet, columns, head)
    for number, row in enumerate(rows):
        sheet.write(FIRST_ROW + number, 0, number + 1, plain)
        told = {"commune": place[0], "district": place[1], **row}
        for at, column in enumerate(columns, start=1):
            value = told[column]
            if isinstance(value, date):
                sheet.write_datetime(FIRST_ROW + number, at, value, day)
            elif column == "phone":
                # As text: a number would lose its leading zero.
                sheet.write_string(FIRST_ROW + number, at, value, text)
            else:
                sheet.write(FIRST_ROW + number, at, value, plain)
    sheet.freeze_panes(FIRST_ROW, 2)


def _head(sheet: Any, columns: list[str], head: Any) -> None:
    """Write the heading in two lines, wider ones merged over those that share them."""
    for at, column in enumerate(columns, start=1):
        above, _slash, own = TITLES[column].rpartition(" / ")
        if not above:
            sheet.merge_range(FIRST_ROW - 2, at, FIRST_ROW - 1, at, own, head)
            continue
        sheet.write(FIRST_ROW - 1, at, own, head)
        if at == 1 or not TITLES[columns[at - 2]].startswith(f"{above} / "):
            sheet.merge_range(FIRST_ROW - 2, at, FIRST_ROW - 2, at + 1, above, head)
