"""What the report and the page of targets say of jobs and reach."""

from dataclasses import replace
from datetime import date

import pytest
import time_machine
from docx import Document
from python_calamine import CalamineWorkbook

from coopevents.accounts.models import Role
from coopevents.programme.queries import get_period
from coopevents.reports import files, outcome_wording, service, snapshot, wording
from tests import event_factories as made
from tests.browsing import signed_in
from tests.factories import make_organisation
from tests.outcomes.factories import make_count, make_declaration


@pytest.fixture(autouse=True)
def _after_the_period(app):
    with time_machine.travel("2026-12-20T03:00:00Z", tick=True):
        yield


@pytest.fixture
def report(programme):
    """The report of 2026, with new jobs, counts that do not count, and reach."""
    tea = make_organisation(programme, name="HTX Chè", founded_on=date(2015, 5, 4))
    old = make_organisation(programme, name="HTX Cũ", founded_on=date(2015, 5, 4))
    make_count(programme, tea, "2024-1", 10)
    make_count(programme, tea, "2026-1", 15, 3, 1)
    make_count(programme, tea, "2026-2", 18, verified=False)
    make_count(programme, old, "2026-1", 9)
    for on in (date(2026, 3, 10), date(2026, 4, 10)):
        event = made.make_event(
            programme, kind="communication", sessions=[(on, *made.MORNING)], title="Loạt bài"
        )
        made.close(event)
    make_declaration(event, 1500)
    *_before, (compiled, _done) = service.compile_at_once(get_period(programme, "2026"))
    return compiled


def test_the_report_tells_of_jobs_and_of_reach(report):
    shot = snapshot.load(report)

    first, unverified, without_baseline = outcome_wording.on_jobs(shot)
    assert first == (
        "Trong kỳ có 7 việc làm mới cho lao động nữ theo số liệu đã xác minh của 1 đơn vị do "
        "phụ nữ làm chủ, quản lý: lao động 3, thành viên 4; hợp tác xã 7; tổ hợp tác 0; tổ "
        "(nhóm) liên kết 0."
    )
    assert unverified == "1 số liệu chưa xác minh, không tính."
    assert without_baseline == (
        "1 số liệu đầu tiên của đơn vị chưa có mức nền, chỉ làm mức nền, không tính là việc làm "
        "mới."
    )
    reached, silent = outcome_wording.on_reach(shot)
    assert reached == (
        "Hoạt động tuyên truyền đạt 1.500 lượt tiếp cận theo kê khai, không tính vào số lượt "
        "người tham dự: tin, bài 1.500."
    )
    assert silent == "1 hoạt động tuyên truyền chưa kê khai số lượt tiếp cận."
    paragraphs = [p.text for p in Document(str(files.find(report, "docx"))).paragraphs]
    assert "4. Việc làm cho lao động nữ" in paragraphs
    assert " ".join(outcome_wording.on_jobs(shot)) in paragraphs


def test_about_650_is_printed_as_about(client, programme, report):
    shot = snapshot.load(report)
    workbook = CalamineWorkbook.from_path(str(files.find(report, "xlsx")))
    sheet = workbook.get_sheet_by_name("Mục tiêu").to_python()
    page = signed_in(client, programme, Role.VIEWER).get("/programme/targets?lang=en").text

    (line,) = [line for line in wording.target_lines(shot) if line.target.startswith("khoảng")]
    assert (line.target, line.actual) == ("khoảng 650 (đến 2030)", "7")
    assert [row[2] for row in sheet if row[0] == "I14"] == ["khoảng 650"]
    assert "7 of about 650" in " ".join(page.split())
    assert "about 643" in page


def test_a_report_of_before_jobs_were_counted_is_printed_still(report):
    shot = snapshot.load(report)
    before = replace(
        shot, figures={c: f for c, f in shot.figures.items() if c not in {"I14", "I19"}}
    )

    assert outcome_wording.on_jobs(before) == [wording.NOT_YET + "."]
    assert outcome_wording.on_reach(before) == []
    assert "khoảng 650 (đến 2030)" in {line.target for line in wording.target_lines(before)}
    assert "Lượt tiếp cận tuyên truyền" not in {line.name for line in wording.target_lines(before)}


def test_where_nobody_counted_the_report_says_so(programme):
    *_before, (compiled, _done) = service.compile_at_once(get_period(programme, "2026"))
    shot = snapshot.load(compiled)

    assert outcome_wording.on_jobs(shot) == [
        "Trong kỳ chưa có số liệu việc làm nào được xác minh của đơn vị thuộc diện."
    ]
    assert outcome_wording.on_reach(shot) == []
