"""Workbooks as the officers keep them, small, written for a test."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter

TOP = (
    *("STT", "Tên hợp tác xã", "Địa chỉ", "", "Ngành nghề", "Ngày/năm thành lập"),
    *("Người đại diện", "", "", "", "", "Thành viên", "", "Lao động", ""),
    *("HTX do phụ nữ quản lý", "Hội LHPN hỗ trợ thành lập", "Ghi chú"),
)
BELOW = (
    *("", "", "Xã/phường", "Huyện/thành/thị", "", "", "Họ và tên", "Giới tính", "Chức vụ"),
    *("Điện thoại", "Email", "Tổng số", "Nữ", "Tổng số", "Nữ", "", "", ""),
)
OCOP = (
    *("STT", "Tên hợp tác xã", "Xã/phường", "Huyện/thành/thị", "Tên sản phẩm", "Hạng sao"),
    *("Số quyết định", "Ngày công nhận"),
)
FIRST_ROW = 7
"""The Excel row of the first entry."""

ROW: dict[str, Any] = {
    "number": 1,
    "name": "HTX chè Gia Điền",
    "commune": "Xã Gia Điền",
    "district": "Huyện Hạ Hoà",
    "sector": "Nông nghiệp",
    "founded": date(2015, 3, 9),
    "person": "Đặng Thị Mai",
    "sex": "Nữ",
    "title": "Giám đốc",
    "phone": "0900000001",
    "email": "mai@coop.example",
    "members": 12,
    "women_members": 7,
    "workers": 9,
    "women_workers": 4,
    "mark": "x",
    "support": "",
    "note": "",
}
RANKING = ("HTX chè Gia Điền", "Xã Gia Điền", "Huyện Hạ Hoà", "Chè xanh", 3, "12/QĐ-UBND")


def row(**changed: Any) -> dict[str, Any]:
    """Answer an entry of the register, unlike the usual one in what is given."""
    unknown = set(changed) - set(ROW)
    assert not unknown, unknown
    return {**ROW, **changed}


def register(
    *entries: dict[str, Any],
    rankings: Sequence[Sequence[Any]] = (),
    without: str | None = None,
    sheet: str = "HTX",
) -> bytes:
    """Answer a workbook with these entries and rankings, perhaps `without` one column's heading."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page = book.add_worksheet(sheet)
        page.write(0, 0, "LIÊN MINH HỢP TÁC XÃ TỈNH PHÚ THỌ")
        page.write(1, 0, "DANH SÁCH HỢP TÁC XÃ TRÊN ĐỊA BÀN TỈNH")
        for column, words in enumerate(TOP):
            page.write(4, column, "" if words == without else words)
        for column, words in enumerate(BELOW):
            page.write(5, column, "" if words == without else words)
        for number, entry in enumerate(entries, start=FIRST_ROW - 1):
            for column, value in enumerate(entry.values()):
                _write(page, number, column, value, day)
        if rankings:
            page = book.add_worksheet("OCOP")
            for column, words in enumerate(OCOP):
                page.write(2, column, words)
            for number, ranking in enumerate(rankings, start=3):
                for column, value in enumerate(ranking, start=1):
                    _write(page, number, column, value, day)
    return file.getvalue()


def table(*rows: Sequence[Any], sheet: str = "HTX") -> bytes:
    """Answer a workbook of one sheet with exactly these rows from its first on."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page = book.add_worksheet(sheet)
        for number, cells in enumerate(rows):
            for column, value in enumerate(cells):
                _write(page, number, column, value, day)
    return file.getvalue()


def _write(page: Any, number: int, column: int, value: Any, day: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(number, column, value, day)
    else:
        page.write(number, column, value)
