"""What the report says of activities beside its figures."""

from datetime import date

import pytest

from coopevents.events.models import PartInEvent, SessionState
from coopevents.events.plans import TrainerPlan
from coopevents.events.service import add_trainers
from coopevents.reports import service, snapshot, wording
from coopevents.reports.annexes import under_way
from coopevents.reports.figures import Scope
from tests import event_factories as made
from tests.factories import make_person

COURSE = [(date(2026, 12, day), *made.MORNING) for day in (13, 14, 15, 16)]


def _said(period) -> str:
    *_before, (report, _done) = service.compile_at_once(period)
    return " ".join(wording.on_activities(snapshot.load(report)))


@pytest.mark.case(12)
def test_the_earlier_report_names_a_course_under_way_and_counts_nothing_of_it(programme, period):
    event = made.make_event(programme, title="Tập huấn bốn ngày", sessions=COURSE)
    for session in made.sessions_of(event):
        made.make_entry(session, made.make_registration(event, make_person(programme)))
    made.close(event)

    said = _said(period)

    assert "hai cơ quan chưa phối hợp tổ chức hoạt động nào" in said
    assert (
        "Đang thực hiện tại ngày cuối kỳ, tính vào kỳ kết thúc: "
        "Tập huấn bốn ngày (13/12/2026 – 16/12/2026)."
    ) in said


@pytest.mark.case(12)
@pytest.mark.parametrize(
    ("last_on", "named"), [(date(2026, 12, 14), []), (date(2026, 12, 16), ["Tập huấn"])]
)
def test_under_way_is_what_has_begun_and_goes_on(programme, last_on, named):
    scope = Scope(programme, date(2025, 12, 15), date(2026, 12, 14))
    sessions = [(date(2026, 12, 13), *made.MORNING), (last_on, *made.MORNING)]
    event = made.make_event(programme, title="Tập huấn", sessions=sessions)
    made.make_event(programme, title="Chưa bắt đầu", sessions=[(last_on, *made.MORNING)])
    made.sessions_of(event)[0].state = SessionState.HELD
    gone = made.make_event(programme, title="Buổi sau bị hủy", sessions=sessions)
    early, late = made.sessions_of(gone)
    early.state, late.state = SessionState.HELD, SessionState.CANCELLED

    rows = under_way(scope).list_rows()

    assert [row.facts["title"] for row in rows] == named


@pytest.mark.case(16)
def test_an_activity_of_one_body_is_told_by_name_and_is_no_joint_one(programme, period):
    event = made.make_event(programme, title="Họp mặt", hosts=("womens_union",))
    add_trainers(event, [TrainerPlan("Lê Thị Mẫu", part=PartInEvent.SPEAKER)])
    for session in made.sessions_of(event):
        made.make_entry(session, made.make_registration(event, make_person(programme)))
    made.close(event)

    said = _said(period)

    assert "hai cơ quan chưa phối hợp tổ chức hoạt động nào" in said
    assert "Ngoài ra có 1 hoạt động không do cả hai cơ quan cùng tổ chức" in said
    assert "Họp mặt (Hội Liên hiệp Phụ nữ tỉnh Phú Thọ, " in said


def test_a_sentence_names_ten_activities_and_says_how_many_more(programme, period):
    for number in range(12):
        event = made.make_event(programme, title=f"Họp {number}", hosts=("womens_union",))
        for session in made.sessions_of(event):
            made.make_entry(session, made.make_registration(event, make_person(programme)))
        made.close(event)

    said = _said(period)

    assert said.count("Họp ") == wording.NAMED_AT_MOST
    assert said.endswith("; và 2 hoạt động khác.")
