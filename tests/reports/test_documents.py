from datetime import date, datetime

import pytest
import python_calamine
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.models import OrganisationName
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.reports import files, service, snapshot, wording
from coopevents.reports.models import ReportState
from tests.factories import make_organisation


@pytest.fixture
def document(report):
    return Document(str(files.find(report, "docx")))


def _lines(table):
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_the_heading_names_both_bodies_and_the_nation(document):
    left, right = document.tables[0].rows[0].cells

    assert [p.text for p in left.paragraphs if p.text][:4] == [
        "HỘI LIÊN HIỆP PHỤ NỮ",
        "TỈNH PHÚ THỌ",
        "LIÊN MINH HỢP TÁC XÃ",
        "TỈNH PHÚ THỌ",
    ]
    assert left.paragraphs[-1].text.split() == ["Số:", "/BC-HLHPN-LMHTX"]
    assert [p.text for p in right.paragraphs if p.text][:2] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
    ]
    assert right.paragraphs[-1].text.startswith("Phú Thọ, ngày ")


def test_the_page_is_a4_with_official_margins_and_font(document):
    first, annexes = document.sections

    measures = (first.page_width, first.page_height, first.left_margin, first.right_margin)
    assert [round(measure.mm) for measure in measures] == [210, 297, 30, 15]
    assert first.different_first_page_header_footer is True
    assert annexes.orientation is WD_ORIENT.LANDSCAPE
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert document.styles["Normal"].font.size.pt == 14


def test_the_text_is_made_of_the_figures(document):
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)

    assert "BÁO CÁO" in text
    assert "Số liệu tính từ ngày 15/12/2025 đến hết ngày 14/12/2026." in text
    assert "đã phối hợp tổ chức 2 hoạt động, gồm: 1 hội thảo; 1 tập huấn." in text
    assert "Có 6 lượt người tham dự (nữ 4, nam 2), là 3 người không trùng (nữ 2, nam 1)." in text
    assert "là 66,7% (2/3 người)" in text
    assert "hợp tác xã 3/4 (75,0%); tổ hợp tác 0/0 (—); tổ (nhóm) liên kết 0/0 (—)" in text
    assert "Sổ theo dõi chưa ghi nhận tổ hợp tác nào do phụ nữ làm chủ" in text


def test_sample_data_is_marked_under_the_title_and_on_each_annex(document):
    marks = [p.text for p in document.paragraphs if p.text == wording.SAMPLE]

    assert len(marks) == 3


def test_a_report_without_sample_data_bears_no_such_mark(period):
    *_before, (report, _done) = service.compile_at_once(period)

    document = Document(str(files.find(report, "docx")))

    assert [p.text for p in document.paragraphs if p.text == wording.SAMPLE] == []


def test_targets_without_an_indicator_are_not_computed_and_not_zero(document):
    lines = _lines(document.tables[1])

    assert [line[4] for line in lines[1:]] == [
        *("0", "0", "—", wording.NOT_YET),
        *("2", "6", "3", "3", "75,0%", "66,7%", "0", "—", "0", "0", "0"),
    ]
    assert lines[5][3] == "2–3 (mỗi năm)"
    assert lines[3][3] == "khoảng 650 (đến 2030)"


def test_the_annexes_hold_a_row_for_each_activity_and_organisation(document):
    activities, attendance = document.tables[3], document.tables[4]

    assert [line[1] for line in _lines(activities)[1:]] == [
        "Tập huấn quản trị",
        "Hội thảo liên kết",
    ]
    assert _lines(activities)[1][4] == "10/03/2026 – 11/03/2026"
    assert _lines(attendance)[1:] == [
        [
            "1",
            "Hợp tác xã Bưởi Đoan Hùng",
            "HTX",
            "Phường Âu Cơ",
            "Có",
            "2",
            "2",
            "1 (0)",
            "06/10/2026",
        ],
        [
            "2",
            "Hợp tác xã Chè xanh Long Cốc",
            "HTX",
            "Phường Âu Cơ",
            "Có",
            "2",
            "2",
            "1 (1)",
            "06/10/2026",
        ],
        ["3", "Hợp tác xã Mì gạo Hùng Lô", "HTX", "Phường Âu Cơ", "Có", "2", "0", "0 (0)", "—"],
        [
            "4",
            "Hợp tác xã Rau sạch Đồng Lương",
            "HTX",
            "Phường Âu Cơ",
            "Có",
            "2",
            "2",
            "1 (1)",
            "06/10/2026",
        ],
    ]


def test_the_head_of_an_annex_is_repeated_and_its_columns_are_as_wide_as_their_cells(document):
    table = document.tables[4]

    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [column.width for column in table.columns] == [
        cell.width for cell in table.rows[1].cells
    ]


def test_the_workbook_holds_numbers_as_numbers_and_days_as_days(report):
    workbook = python_calamine.load_workbook(str(files.find(report, "xlsx")))

    assert workbook.sheet_names == [
        "Chỉ tiêu",
        "Mục tiêu",
        "Hoạt động",
        "Tham dự theo HTX",
        "Quy tắc đếm",
    ]
    figures = workbook.get_sheet_by_name("Chỉ tiêu").to_python()
    assert {row[0]: row[3:7] for row in figures[4 : 4 + len(wording.COMPUTED)]} == {
        "I1": [2.0, "", "", "v1"],
        "I2": [6.0, "", "", "v1"],
        "I3": [3.0, "", "", "v1"],
        "I5": [3.0, "", "", "v1"],
        "I7": [75.0, 3.0, 4.0, "v1"],
        "I11": [pytest.approx(66.6667, abs=0.001), 2.0, 3.0, "v1"],
        "I12": [0.0, "", "", "v2"],
        "I13": [0.0, "", "", "v2"],
        "I14": ["—", "", "", "v1"],
        "I15": [0.0, "", "", "v1"],
        "I16": ["—", 0.0, 0.0, "v1"],
        "I17": [0.0, "", "", "v1"],
        "I19": [0.0, "", "", "v1"],
        "I21": [0.0, "", "", "v1"],
    }
    attendance = workbook.get_sheet_by_name("Tham dự theo HTX").to_python()
    assert [row[6:11] for row in attendance[4:8]] == [
        [2.0, 2.0, 1.0, 0.0, date(2026, 10, 6)],
        [2.0, 2.0, 1.0, 1.0, date(2026, 10, 6)],
        [2.0, 0.0, 0.0, 0.0, ""],
        [2.0, 2.0, 1.0, 1.0, date(2026, 10, 6)],
    ]
    assert len(workbook.get_sheet_by_name("Quy tắc đếm").to_python()[4:]) == len(service.FIGURES)


def test_a_name_that_looks_like_a_formula_stays_a_name(period):
    make_organisation(period.programme, name='=HYPERLINK("http://evil.example")')
    *_before, (report, _done) = service.compile_at_once(period)

    workbook = python_calamine.load_workbook(str(files.find(report, "xlsx")))

    rows = workbook.get_sheet_by_name("Tham dự theo HTX").to_python()
    assert rows[4][1] == '=HYPERLINK("http://evil.example")'


def test_a_missing_file_is_made_again_from_the_snapshot_alone(report):
    first = Document(str(files.find(report, "docx")))
    files.find(report, "docx").unlink()
    for event in db.session.scalars(select(Event)):
        event.title = "Đã đổi"
    for name in db.session.scalars(select(OrganisationName)):
        name.name = "Đã đổi"
    db.session.flush()

    again = Document(str(files.find(report, "docx")))

    assert [_lines(table) for table in again.tables] == [_lines(table) for table in first.tables]


def test_no_half_written_file_is_left_beside_the_whole_one(report):
    path = files.find(report, "xlsx")

    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_files_of_a_report_that_is_not_compiled_are_refused(period):
    report = service.request_report(period)

    with pytest.raises(NotFoundError):
        files.find(report, "docx")
    report.state = ReportState.DRAFT
    with pytest.raises(NotFoundError):
        files.find(report, "exe")


def test_a_period_that_goes_on_is_called_provisional(report):
    shot = snapshot.load(report)
    report.computed_at = datetime.fromisoformat("2026-11-24T03:00:00+00:00")
    provisional = wording.basis(shot, ["A", "B"])
    report.computed_at = datetime.fromisoformat("2026-12-14T17:00:00+00:00")

    final = wording.basis(shot, ["A", "B"])

    assert "tạm tính đến ngày 24/11/2026" in provisional
    assert "tạm tính" not in final
