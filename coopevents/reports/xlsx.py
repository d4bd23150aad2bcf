"""The figures and annexes of a report as a workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from coopevents.db import Json
from coopevents.reports import outcome_wording, wording
from coopevents.reports.models import ReportFigure
from coopevents.reports.snapshot import Snapshot

OPTIONS = {
    # A name that begins with "=" is a name, not a formula, and one with "http" is no link.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}

LINE_HEIGHT = 16
"""In points, for 11-point letters with Vietnamese marks."""

DETAILS = {
    "female": "nữ",
    "male": "nam",
    "not_stated": "không khai",
    "unknown": "chưa rõ người đứng đầu",
    "left": "đã dự nhưng cuối kỳ không còn thuộc diện",
    "still_operating": "còn hoạt động",
    "from_group": "chuyển đổi từ tổ hợp tác",
    "later_cooperative": "sau đó chuyển đổi thành hợp tác xã",
    "reorganised": "không tính: do hợp nhất, chia, tách",
    "converted": "không tính: chuyển đổi từ tổ hợp tác",
    "year_only": "không tính: chỉ biết năm thành lập",
    "no_number": "không tính: chưa có số đăng ký hoặc chứng thực",
    "undated_support": "không tính: hỗ trợ không ghi ngày",
    "no_support": "không tính: chưa ghi nhận hỗ trợ",
    "opened": "mở",
    "closed": "đóng",
    "led_to_founding": "dẫn đến thành lập",
    "found_cooperative": "thành lập hợp tác xã",
    "found_group": "thành lập tổ hợp tác",
    "found_linked_group": "thành lập tổ (nhóm) liên kết",
    "convert": "chuyển đổi thành hợp tác xã",
    "strengthen": "củng cố",
    "womens_union": "Hội Liên hiệp Phụ nữ",
    "coop_alliance": "Liên minh Hợp tác xã",
    "activities": "số hoạt động xúc tiến thương mại",
    "stands": "gian hàng",
    "products": "sản phẩm",
    "women_led": "do phụ nữ quản lý tại ngày diễn ra",
    "not_women_led": "không do phụ nữ quản lý",
    "memorandum": "bản ghi nhớ",
    "contract": "hợp đồng",
    "order": "đơn hàng",
    "expected_self_declared": "giá trị dự kiến, tự khai (đồng)",
    "expected_verified": "giá trị dự kiến, đã xác minh (đồng)",
    "expected_not_told": "dự kiến, không cho biết giá trị",
    "memorandum_self_declared": "giá trị bản ghi nhớ, tự khai (đồng)",
    "memorandum_verified": "giá trị bản ghi nhớ, đã xác minh (đồng)",
    "memorandum_not_told": "bản ghi nhớ không cho biết giá trị",
    "signed_self_declared": "giá trị đã ký, tự khai (đồng)",
    "signed_verified": "giá trị đã ký, đã xác minh (đồng)",
    "signed_not_told": "đã ký, không cho biết giá trị",
    "delivered_self_declared": "trong đó đã giao, tự khai (đồng)",
    "delivered_verified": "trong đó đã giao, đã xác minh (đồng)",
    "delivered_not_told": "đã giao, không cho biết giá trị",
    "undecided": "cặp hợp đồng có thể trùng, chưa quyết định",
    "not_declared": "chưa kê khai",
    **outcome_wording.CHANNELS,
    **outcome_wording.JOBS,
    **wording.KINDS,
}
"""What the parts of a breakdown are called."""


@dataclass(frozen=True)
class Sheet:
    """A sheet: a heading, a head row, and rows. Widths are in characters."""

    name: str
    title: str
    columns: Sequence[tuple[str, float]]
    rows: Sequence[Sequence[Any]]


class Formats:
    """How cells look in one workbook."""

    def __init__(self, workbook: Any) -> None:
        """Register the formats with the workbook."""
        common = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}
        cell = {**common, "border": 1, "text_wrap": True}
        self.title = workbook.add_format({**common, "bold": True, "font_size": 14})
        self.note = workbook.add_format({**common, "italic": True})
        self.head = workbook.add_format(
            {**cell, "bold": True, "align": "center", "bg_color": "#E7EFE9"}
        )
        self.text = workbook.add_format(cell)
        self.number = workbook.add_format({**cell, "num_format": "#,##0"})
        self.decimal = workbook.add_format({**cell, "num_format": "#,##0.0"})
        self.day = workbook.add_format({**cell, "num_format": "dd/mm/yyyy", "align": "center"})

    def of(self, value: Any) -> Any:
        """Answer the format for a value of its kind."""
        if isinstance(value, date):
            return self.day
        if isinstance(value, float):
            return self.decimal
        return self.number if isinstance(value, int) else self.text


def render(snapshot: Snapshot, path: Path) -> None:
    """Write the workbook of the snapshot to the path."""
    with xlsxwriter.Workbook(path, OPTIONS) as workbook:
        workbook.set_properties(
            {
                "title": f"Số liệu báo cáo {wording.period_name(snapshot)}",
                "author": "coopevents",
                "created": wording.computed_on(snapshot),
            }
        )
        formats = Formats(workbook)
        note = _note(snapshot)
        for sheet in _sheets(snapshot):
            _write(workbook.add_worksheet(sheet.name), sheet, note, formats)


def _note(snapshot: Snapshot) -> str:
    period = snapshot.period
    note = (
        f"Số liệu từ ngày {wording.day(period.from_on)} đến hết ngày {wording.day(period.to_on)}; "
        f"tính ngày {wording.day(wording.computed_on(snapshot))}; phiên bản "
        f"{snapshot.report.version}. {wording.territory(snapshot)}"
    )
    return f"{note} {wording.SAMPLE}" if wording.is_sample(snapshot) else note


def _sheets(snapshot: Snapshot) -> list[Sheet]:
    return [
        _figures(snapshot),
        _versions(snapshot),
        _activities(snapshot),
        _attendance(snapshot),
        _rules(snapshot),
    ]


def _figures(snapshot: Snapshot) -> Sheet:
    rows = []
    names = {**DETAILS, **wording.kind_names(snapshot.facts("A2"))}
    # A report from before a figure was counted has none of it.
    for code in (code for code in wording.COMPUTED if code in snapshot.figures):
        figure, rule = snapshot.figures[code], snapshot.rules[code]
        rows.append(
            (
                code,
                rule.name["vi"],
                rule.unit["vi"],
                _value(figure),
                figure.numerator,
                figure.denominator,
                f"v{figure.rule_version}",
                _details(figure, names),
            )
        )
    columns = [
        ("Mã", 7),
        ("Chỉ tiêu", 46),
        ("Đơn vị", 13),
        ("Giá trị", 17),
        ("Tử số", 10),
        ("Mẫu số", 10),
        ("Quy tắc", 9),
        ("Chi tiết", 70),
    ]
    title = f"Kết quả thực hiện Chương trình phối hợp, {wording.period_name(snapshot)}"
    return Sheet("Chỉ tiêu", title, columns, rows + _targets(snapshot))


def _value(figure: ReportFigure) -> Any:
    if figure.value is None:
        return wording.DASH
    return int(figure.value) if figure.denominator is None else float(figure.value)


def _details(figure: ReportFigure, names: dict[str, str]) -> str:
    """Answer the breakdown in one line."""
    parts = []
    for dimension, values in figure.breakdown.items():
        for key, value in values.items():
            name = _detail_name(dimension, key, names)
            parts.append(f"{name}: {_told(value, names)}")
    return "; ".join(parts)


def _told(value: Any, names: dict[str, str]) -> str:
    if not isinstance(value, dict):
        return wording.number(value)
    if "denominator" in value:
        return wording.share(value["numerator"], value["denominator"])
    return ", ".join(f"{names.get(key, key)} {wording.number(n)}" for key, n in value.items())


def _detail_name(dimension: str, key: str, names: dict[str, str]) -> str:
    numbered = {"content": f"nội dung {key}", "stars": f"{key} sao"}
    if dimension == "half_year":
        return outcome_wording.half_year(key)
    return numbered.get(dimension) or names.get(key, key)


def _targets(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    return [
        (facts["indicator"], facts["text"]["vi"], "", wording.NOT_YET, None, None, "", "")
        for facts in snapshot.facts("A1")
        if facts["indicator"] not in snapshot.figures
    ]


def _versions(snapshot: Snapshot) -> Sheet:
    """Answer the targets in the versions the figures are held against."""
    columns = [
        ("Mã", 7),
        ("Mục tiêu", 60),
        ("Từ", 9),
        ("Đến", 9),
        ("Hằng năm", 9),
        ("Thời hạn", 12),
        ("Phiên bản", 10),
        ("Áp dụng từ", 12),
        ("Văn bản", 34),
        ("Địa bàn", 24),
    ]
    rows = [
        (
            facts["indicator"],
            facts["text"]["vi"],
            wording.least(facts),
            wording.number(Decimal(facts["upper"])) if facts["upper"] else None,
            "Có" if facts["per_year"] else "Không",
            _day(facts["due_on"]),
            facts.get("version"),
            _day(facts["effective_on"]),
            facts.get("document"),
            wording.target_territory(facts) if facts.get("territory") else None,
        )
        for facts in snapshot.facts("A1")
    ]
    return Sheet("Mục tiêu", "Các mục tiêu theo phiên bản áp dụng trong kỳ", columns, rows)


def _activities(snapshot: Snapshot) -> Sheet:
    columns = [
        ("TT", 5),
        ("Hoạt động", 46),
        ("Loại", 18),
        ("Nội dung CT", 11),
        ("Từ ngày", 12),
        ("Đến ngày", 12),
        ("Số buổi", 8),
        ("Địa điểm", 34),
        ("Xã, phường", 20),
        ("Chủ trì", 32),
        ("Phối hợp", 32),
        ("Hoạt động phối hợp", 12),
        ("Đơn vị mời", 10),
        ("Đơn vị dự", 10),
        ("Người dự", 10),
        ("Nữ", 8),
        ("Nam", 8),
        ("Không khai", 8),
        ("Tên đơn vị dự, tại ngày hoạt động", 60),
    ]
    rows = [_activity(place, facts) for place, facts in enumerate(snapshot.facts("A2"), start=1)]
    return Sheet("Hoạt động", "Các hoạt động đã tổ chức trong kỳ", columns, rows)


def _activity(place: int, facts: Json) -> tuple[Any, ...]:
    return (
        place,
        facts["title"],
        facts["kind_name"]["vi"],
        ", ".join(str(number) for number in facts["contents"]),
        date.fromisoformat(facts["first_on"]),
        date.fromisoformat(facts["last_on"]),
        facts["sessions"],
        facts["place"],
        facts["commune"] and wording.commune(facts),
        wording.hosts(facts, "lead"),
        wording.hosts(facts, "co_host", "third"),
        "Có" if facts["joint"] else "Không",
        facts["invited"],
        facts["organisations"],
        facts["people"],
        facts["women"],
        facts["men"],
        facts["not_stated"],
        wording.represented(facts),
    )


def _attendance(snapshot: Snapshot) -> Sheet:
    columns = [
        ("TT", 6),
        ("Tên hợp tác xã, tổ hợp tác", 52),
        ("Loại", 18),
        ("Xã, phường", 24),
        ("Do phụ nữ làm chủ, quản lý", 14),
        ("Đang hoạt động", 11),
        ("Số hoạt động được mời", 12),
        ("Số hoạt động tham dự", 12),
        ("Người dự", 10),
        ("Nữ", 8),
        ("Lần dự gần nhất", 14),
    ]
    rows = [
        (
            place,
            facts["name"],
            wording.SHORT_KINDS[facts["kind"]],
            facts["commune"] and wording.commune(facts),
            wording.WOMEN_LED[facts["women_led"]],
            "Có" if facts["operating"] else "Không",
            facts["invited"],
            facts["attended"],
            facts["people"],
            facts["women"],
            _day(facts["last_attended_on"]),
        )
        for place, facts in enumerate(snapshot.facts("A4"), start=1)
    ]
    title = f"Tham dự theo hợp tác xã, tổ hợp tác, {wording.period_name(snapshot)}"
    return Sheet("Tham dự theo HTX", title, columns, rows)


def _day(said: str | None) -> date | None:
    return date.fromisoformat(said) if said else None


def _rules(snapshot: Snapshot) -> Sheet:
    columns = [("Mã", 7), ("Phiên bản", 10), ("Tên", 44), ("Đơn vị", 13), ("Cách đếm", 110)]
    rows = [
        (code, f"v{rule.version}", rule.name["vi"], rule.unit["vi"], rule.text["vi"])
        for code, rule in snapshot.rules.items()
    ]
    return Sheet("Quy tắc đếm", "Quy tắc đếm của từng số liệu", columns, rows)


def _write(worksheet: Any, sheet: Sheet, note: str, formats: Formats) -> None:
    head = 3
    worksheet.write_string(0, 0, sheet.title, formats.title)
    worksheet.write_string(1, 0, note, formats.note)
    for place, (name, width) in enumerate(sheet.columns):
        worksheet.set_column(place, place, width)
        worksheet.write_string(head, place, name, formats.head)
    worksheet.set_row(head, 2 * LINE_HEIGHT)
    for line, row in enumerate(sheet.rows, start=head + 1):
        worksheet.set_row(line, _height(row, sheet.columns))
        for place, value in enumerate(row):
            _write_cell(worksheet, line, place, value, formats)
    worksheet.freeze_panes(head + 1, 2)
    worksheet.autofilter(head, 0, max(head + len(sheet.rows), head + 1), len(sheet.columns) - 1)
    worksheet.set_landscape()
    worksheet.set_paper(9)
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(head)


def _height(row: Sequence[Any], columns: Sequence[tuple[str, float]]) -> int:
    """Answer how high a row is, in points, for its longest text to be seen whole.

    Not every program measures wrapped text by itself when it opens a workbook.
    """
    lines = (
        -(-len(str(value or "")) // int(width))
        for value, (_name, width) in zip(row, columns, strict=True)
    )
    return LINE_HEIGHT * max(1, *lines)


def _write_cell(worksheet: Any, line: int, place: int, value: Any, formats: Formats) -> None:
    if value is None or value == "":
        worksheet.write_blank(line, place, None, formats.text)
    elif isinstance(value, date):
        worksheet.write_datetime(line, place, value, formats.day)
    elif isinstance(value, int | float):
        worksheet.write_number(line, place, value, formats.of(value))
    else:
        worksheet.write_string(line, place, str(value), formats.text)
