"""The report as an official document of two bodies."""

from pathlib import Path
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from sqlalchemy import select

from coopevents import clock
from coopevents import documents as paper
from coopevents.accounts.models import HostBodyName
from coopevents.db import Json, db
from coopevents.documents import Column
from coopevents.i18n import official_day
from coopevents.programme.models import ProgrammeBody
from coopevents.reports import outcome_wording, wording
from coopevents.reports.annexes import holds_on
from coopevents.reports.snapshot import Snapshot

BY_THE_BODIES = "(Hai cơ quan bổ sung nội dung phần này trước khi ký.)"

TARGET_COLUMNS = (
    Column("TT", 11, ALIGN.CENTER),
    Column("Chỉ tiêu", 60),
    Column("Đơn vị", 22, ALIGN.CENTER),
    Column("Mục tiêu", 27, ALIGN.CENTER),
    Column("Thực hiện trong kỳ", 24, ALIGN.CENTER),
    Column("Ghi chú", 21),
)
ACTIVITY_COLUMNS = (
    Column("TT", 11, ALIGN.CENTER),
    Column("Tên hoạt động", 57),
    Column("Loại", 22, ALIGN.CENTER),
    Column("Nội dung CT", 16, ALIGN.CENTER),
    Column("Thời gian", 28, ALIGN.CENTER),
    Column("Số buổi", 15, ALIGN.CENTER),
    Column("Địa điểm", 34),
    Column("Chủ trì; phối hợp", 40),
    Column("Đơn vị được mời", 17, ALIGN.CENTER),
    Column("Người dự (nữ)", 17, ALIGN.CENTER),
)
ATTENDANCE_COLUMNS = (
    Column("TT", 11, ALIGN.CENTER),
    Column("Tên hợp tác xã, tổ hợp tác", 72),
    Column("Loại", 24, ALIGN.CENTER),
    Column("Xã, phường", 40),
    Column("Do phụ nữ làm chủ, quản lý", 25, ALIGN.CENTER),
    Column("Số HĐ được mời", 18, ALIGN.CENTER),
    Column("Số HĐ tham dự", 18, ALIGN.CENTER),
    Column("Người dự (nữ)", 22, ALIGN.CENTER),
    Column("Lần dự gần nhất", 27, ALIGN.CENTER),
)


def render(snapshot: Snapshot, path: Path) -> None:
    """Write the report of the snapshot to the path."""
    bodies = _bodies(snapshot)
    title = f"Kết quả thực hiện {snapshot.programme.name['vi']}, {wording.period_name(snapshot)}"
    document = paper.new_document(title)
    computed = snapshot.report.computed_at or snapshot.report.requested_at
    document.core_properties.created = clock.local(computed).replace(tzinfo=None)
    _write_head(document, snapshot, bodies)
    _write_title(document, snapshot, title)
    paper.write_text(document, wording.basis(snapshot, [body.name["vi"] for body in bodies]))
    _write_body(document, snapshot)
    _write_end(document, bodies)
    _write_annexes(document, snapshot)
    document.save(path)


def _bodies(snapshot: Snapshot) -> list[HostBodyName]:
    """Answer the bodies as they are called on the day of the report, the one that leads first."""
    day = wording.computed_on(snapshot)
    names = db.session.scalars(
        select(HostBodyName)
        .join(ProgrammeBody, ProgrammeBody.body_id == HostBodyName.body_id)
        .where(ProgrammeBody.programme_id == snapshot.programme.id)
        .order_by(ProgrammeBody.rank)
    )
    return [name for name in names if holds_on(name, day)]


def _write_head(document: Any, snapshot: Snapshot, bodies: list[HostBodyName]) -> None:
    left, right = paper.add_pair(document, 66, 99)
    for body in bodies:
        for place, line in enumerate(body.heading):
            before = 4 if body is not bodies[0] and place == 0 else 0
            paper.write_line(left, line, size=12, bold=True, align=ALIGN.CENTER, before=before)
    paper.draw_rule(left, 22, 22)
    lead, day = bodies[0], wording.computed_on(snapshot)
    symbol = lead.number_pattern.format(number="\u00a0" * 8, year=day.year)
    paper.write_line(left, symbol, size=13, align=ALIGN.CENTER)
    nation, motto = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
    paper.write_line(right, nation, size=12, bold=True, align=ALIGN.CENTER)
    paper.write_line(right, motto, size=13, bold=True, align=ALIGN.CENTER)
    paper.draw_rule(right, 18, 18)
    place_and_day = f"{lead.place}, {official_day(day)}"
    paper.write_line(right, place_and_day, size=13, italic=True, align=ALIGN.CENTER, before=14)


def _write_title(document: Any, snapshot: Snapshot, title: str) -> None:
    paper.write_line(document, "BÁO CÁO", bold=True, align=ALIGN.CENTER, before=16)
    paper.write_line(document, title, bold=True, align=ALIGN.CENTER)
    if wording.is_sample(snapshot):
        paper.write_line(document, wording.SAMPLE, italic=True, align=ALIGN.CENTER)
    paper.draw_rule(document, 60, 60)


def _write_body(document: Any, snapshot: Snapshot) -> None:
    paper.write_heading(document, "I. CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO")
    paper.write_text(document, BY_THE_BODIES, italic=True)
    paper.write_heading(document, "II. KẾT QUẢ THỰC HIỆN")
    for heading, sentences in (
        (
            "1. Hoạt động phối hợp",
            wording.on_activities(snapshot) + outcome_wording.on_reach(snapshot),
        ),
        ("2. Người tham dự", wording.on_people(snapshot)),
        ("3. Hợp tác xã, tổ hợp tác tham dự", wording.on_coverage(snapshot)),
        ("4. Việc làm cho lao động nữ", outcome_wording.on_jobs(snapshot)),
    ):
        paper.write_heading(document, heading)
        paper.write_text(document, " ".join(sentences))
    paper.write_heading(document, "5. Kết quả so với chỉ tiêu")
    _write_caption(document, "Bảng 1. Kết quả thực hiện các chỉ tiêu")
    rows = [
        (place, line.name, line.unit, line.target, line.actual, line.note)
        for place, line in enumerate(wording.target_lines(snapshot), start=1)
    ]
    paper.add_table(document, TARGET_COLUMNS, rows)
    for heading in (
        "III. ĐÁNH GIÁ CHUNG",
        "IV. PHƯƠNG HƯỚNG, NHIỆM VỤ KỲ SAU",
        "V. KIẾN NGHỊ, ĐỀ XUẤT",
    ):
        paper.write_heading(document, heading)
        paper.write_text(document, BY_THE_BODIES, italic=True)


def _write_caption(document: Any, text: str) -> None:
    caption = paper.write_line(document, text, bold=True, size=13, align=ALIGN.CENTER, before=10)
    caption.paragraph_format.keep_with_next = True


def _activity_rows(snapshot: Snapshot) -> list[tuple[Any, ...]]:
    return [
        (
            place,
            facts["title"],
            facts["kind_name"]["vi"],
            ", ".join(str(number) for number in facts["contents"]) or wording.DASH,
            wording.days(facts),
            facts["sessions"],
            _where(facts),
            _who(facts),
            wording.number(facts["invited"]),
            f"{wording.number(facts['people'])} ({wording.number(facts['women'])})",
        )
        for place, facts in enumerate(snapshot.facts("A2"), start=1)
    ]


def _where(facts: Json) -> str:
    return ", ".join(
        part for part in (facts["place"], facts["commune"] and wording.commune(facts)) if part
    )


def _who(facts: Json) -> str:
    lead = wording.hosts(facts, "lead") or wording.DASH
    others = wording.hosts(facts, "co_host", "third")
    return f"{lead}; {others}" if others else lead


def _write_end(document: Any, bodies: list[HostBodyName]) -> None:
    paper.write_line(document, "", size=6)
    for cell, body in zip(paper.add_pair(document, 82, 83), bodies, strict=False):
        for line in body.heading:
            paper.write_line(cell, line, size=12, bold=True, align=ALIGN.CENTER)
        for signer in body.signers[:1]:
            for line in (signer["prefix"], signer["title"]):
                paper.write_line(cell, line, size=13, bold=True, align=ALIGN.CENTER)
            for _gap in range(4):
                paper.write_line(cell, "", size=13)
            paper.write_line(cell, signer["name"], bold=True, align=ALIGN.CENTER)
    receivers = [f"- {body.name['vi']};" for body in bodies]
    title = paper.write_line(document, "Nơi nhận:", size=12, bold=True, italic=True, before=6)
    title.paragraph_format.keep_with_next = True
    for receiver in receivers:
        line = paper.write_line(document, receiver, size=11)
        line.paragraph_format.keep_with_next = True
    paper.write_line(document, "- Lưu: VT.", size=11)


def _write_annexes(document: Any, snapshot: Snapshot) -> None:
    paper.turn_sideways(document)
    _write_annex_title(document, snapshot, "I", "CÁC HOẠT ĐỘNG ĐÃ TỔ CHỨC")
    paper.add_table(document, ACTIVITY_COLUMNS, _activity_rows(snapshot))
    _write_represented(document, snapshot)
    title = paper.write_line(document, "", size=2)
    title.paragraph_format.page_break_before = True
    _write_annex_title(document, snapshot, "II", "THAM DỰ THEO HỢP TÁC XÃ, TỔ HỢP TÁC")
    everyone = snapshot.facts("A4")
    shown = [f for f in everyone if f["invited"] or f["people"] or f["in_target"]]
    paper.write_line(
        document,
        _annex_note(snapshot, len(everyone) - len(shown)),
        size=12,
        italic=True,
        align=ALIGN.JUSTIFY,
    )
    paper.write_line(document, "", size=4)
    rows = [_attendance_row(place, facts) for place, facts in enumerate(shown, start=1)]
    paper.add_table(document, ATTENDANCE_COLUMNS, rows)


def _write_represented(document: Any, snapshot: Snapshot) -> None:
    """Name who was represented in each activity, as it was called then."""
    told = [
        f"{place}. {wording.represented(facts)}."
        for place, facts in enumerate(snapshot.facts("A2"), start=1)
        if facts.get("represented")
    ]
    if told:
        head = "Đơn vị tham dự từng hoạt động, theo số thứ tự, tên tại ngày hoạt động:"
        paper.write_line(document, head, size=12, italic=True, before=6)
    for line in told:
        paper.write_line(document, line, size=12, align=ALIGN.JUSTIFY)


def _write_annex_title(document: Any, snapshot: Snapshot, number: str, title: str) -> None:
    paper.write_line(document, f"PHỤ LỤC {number}", bold=True, align=ALIGN.CENTER)
    full = f"{title}, {wording.period_name(snapshot).upper()}"
    paper.write_line(document, full, bold=True, align=ALIGN.CENTER)
    if wording.is_sample(snapshot):
        paper.write_line(document, wording.SAMPLE, italic=True, align=ALIGN.CENTER)
    paper.write_line(document, "", size=4)


def _annex_note(snapshot: Snapshot, left_out: int) -> str:
    note = (
        f"Tên, địa chỉ và phân loại tại ngày {wording.day(snapshot.period.to_on)}. Một đại biểu có "
        "thể đại diện cho nhiều tổ chức, nên cộng theo hàng có thể lớn hơn số người tham dự."
    )
    if left_out:
        note += (
            " Bảng này nêu các tổ chức thuộc diện hỗ trợ, được mời hoặc đã tham dự; "
            f"{wording.number(left_out)} tổ chức khác chưa được mời có trong tệp Excel kèm theo."
        )
    return note


def _attendance_row(place: int, facts: Json) -> tuple[Any, ...]:
    return (
        place,
        facts["name"],
        wording.SHORT_KINDS[facts["kind"]],
        wording.commune(facts),
        wording.WOMEN_LED[facts["women_led"]],
        facts["invited"],
        facts["attended"],
        f"{facts['people']} ({facts['women']})",
        wording.day(facts["last_attended_on"]),
    )
