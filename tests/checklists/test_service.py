"""What has to be done follows the sessions, and stays where somebody put it."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents.audit.models import AuditEntry
from coopevents.changes.foreseeing import foresee
from coopevents.checklists import queries, service
from coopevents.checklists.due import Timing, due_days
from coopevents.checklists.models import Anchor
from coopevents.checklists.service import ItemPlan
from coopevents.db import db
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.events.effects import SessionCancellation
from coopevents.events.models import EventState, SessionState
from coopevents.lifecycle import changing, planning
from coopevents.workdays.models import CalendarDay, DayKind, OfficeHours
from tests.checklists.making import make_item
from tests.event_factories import kind_of, make_event, make_session, sessions_of
from tests.events.test_service import planned

TUESDAY = date(2026, 10, 6)


@pytest.fixture(autouse=True)
def in_july():
    with time_machine.travel("2026-07-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(TUESDAY, "08:00", "11:00")], state=EventState.DRAFT)


def shown(event) -> list[tuple[str, date | None]]:
    return [(item.text, item.due_on) for item in queries.list_items(event)]


def make_day(day: date, kind: DayKind) -> None:
    db.session.add(CalendarDay(day=day, kind=kind, name={"vi": "Ngày", "en": "Day", "ar": "يوم"}))
    db.session.flush()


def test_an_activity_begins_with_the_list_of_its_kind_in_the_language_of_the_office(event):
    service.start(event)

    assert shown(event) == [
        ("Hai cơ quan thống nhất kế hoạch, nội dung, kinh phí", date(2026, 8, 21)),
        ("Đặt hội trường, thiết bị", date(2026, 9, 4)),
        ("Mời giảng viên, báo cáo viên", date(2026, 9, 4)),
        ("Gửi giấy mời", date(2026, 9, 15)),
        ("Gọi lại các đơn vị chưa trả lời", date(2026, 9, 29)),
        ("In tài liệu, danh sách ký nhận", date(2026, 10, 1)),
        ("Đối chiếu danh sách ký nhận, kết thúc hoạt động", date(2026, 10, 9)),
        ("Quyết toán kinh phí", date(2026, 10, 16)),
    ]


def test_a_list_that_was_begun_is_not_begun_again(event):
    make_item(event, "Của tôi")

    started = service.start(event)

    assert started == []
    assert shown(event) == [("Của tôi", None)]


def test_planning_an_activity_begins_its_list(programme):
    event = planning.plan_event(programme.id, planned())

    assert queries.progress(queries.list_items(event)) == queries.Progress(0, 8)
    assert {item.event_id for item in queries.list_items(event)} == {event.id}


@pytest.mark.parametrize(
    ("anchor", "days", "due"),
    [
        (Anchor.BEFORE_FIRST, 0, TUESDAY),
        (Anchor.BEFORE_FIRST, 1, date(2026, 10, 5)),
        # Sunday and Saturday go back to Friday.
        (Anchor.BEFORE_FIRST, 2, date(2026, 10, 2)),
        (Anchor.BEFORE_FIRST, 3, date(2026, 10, 2)),
        (Anchor.AFTER_LAST, 0, date(2026, 10, 7)),
        (Anchor.AFTER_LAST, 3, date(2026, 10, 9)),
        (Anchor.AFTER_LAST, 4, date(2026, 10, 9)),
    ],
)
def test_a_day_off_is_moved_back_to_the_working_day_before(programme, anchor, days, due):
    event = make_event(
        programme, sessions=[(TUESDAY, "08:00", "11:00"), (date(2026, 10, 7), "08:00", "11:00")]
    )

    assert due_days(sessions_of(event), [Timing(anchor, days)]) == [due]


def test_a_holiday_and_a_swapped_saturday_are_seen(event):
    make_day(date(2026, 10, 2), DayKind.HOLIDAY)
    make_day(date(2026, 10, 3), DayKind.WORKING)

    days = due_days(
        sessions_of(event), [Timing(Anchor.BEFORE_FIRST, 2), Timing(Anchor.BEFORE_FIRST, 4)]
    )

    assert days == [date(2026, 10, 3), date(2026, 10, 1)]


def test_what_comes_after_the_last_session_is_never_moved_back_before_it(programme):
    friday = date(2026, 10, 9)
    event = make_event(programme, sessions=[(friday, "08:00", "11:00")])

    assert due_days(sessions_of(event), [Timing(Anchor.AFTER_LAST, 1)]) == [date(2026, 10, 12)]


def test_without_office_hours_a_day_stays_as_it_is(event):
    db.session.query(OfficeHours).delete()

    days = due_days(sessions_of(event), [Timing(Anchor.BEFORE_FIRST, 2)])

    assert days == [date(2026, 10, 4)]


def test_a_day_set_by_hand_may_be_a_day_off(event):
    assert due_days(sessions_of(event), [Timing(due_on=date(2026, 10, 4))]) == [date(2026, 10, 4)]


def test_an_activity_that_moves_takes_along_what_is_not_done_and_not_set_by_hand(event):
    before = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=7, due_on=date(2026, 9, 29))
    after = make_item(event, anchor=Anchor.AFTER_LAST, offset_days=3, due_on=date(2026, 10, 9))
    done = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=7, due_on=date(2026, 9, 29))
    by_hand = make_item(event, due_on=date(2026, 9, 1))
    any_time = make_item(event)
    service.mark_done(done)
    (session,) = sessions_of(event)
    later = make_session(event, date(2026, 11, 10))
    session.state, session.moved_to_id = SessionState.MOVED, later.id
    db.session.flush()

    moved = service.reschedule(event)

    assert [item.id for item in moved] == [before.id, after.id]
    assert [i.due_on for i in (before, after, done, by_hand, any_time)] == [
        date(2026, 11, 3),
        date(2026, 11, 13),
        date(2026, 9, 29),
        date(2026, 9, 1),
        None,
    ]


@pytest.mark.case(13)
def test_a_cancelled_session_counts_for_no_day(programme):
    event = make_event(
        programme, sessions=[(TUESDAY, "08:00", "11:00"), (date(2026, 10, 13), "08:00", "11:00")]
    )
    first, last = sessions_of(event)
    before = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=5)
    after = make_item(event, anchor=Anchor.AFTER_LAST, offset_days=3)
    service.reschedule(event)

    change = SessionCancellation("Bão số 3", first.id)
    changing.change_event(event, change, foresee(event, change), uuid4(), "vi")

    assert (before.due_on, after.due_on) == (date(2026, 10, 8), date(2026, 10, 16))
    assert last.state is SessionState.PLANNED


def test_without_a_session_that_stands_nobody_can_say_a_day(event):
    item = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=5, due_on=TUESDAY)
    (session,) = sessions_of(event)
    session.state = SessionState.CANCELLED
    db.session.flush()

    service.reschedule(event)

    assert item.due_on is None


def test_rewriting_a_draft_moves_its_list(programme):
    event = planning.plan_event(programme.id, planned())
    later = planned(
        sessions=[
            type(session)(date(2026, 10, 6), session.starts_at, session.ends_at)
            for session in planned().sessions
        ]
    )

    planning.change_draft(event, later)

    assert shown(event)[3] == ("Gửi giấy mời", date(2026, 9, 15))


def changed_to(event, kind: str) -> bool:
    """Make the draft one of that kind; answer whether its list is that of its kind."""
    return planning.change_draft(event, planned(kind_id=kind_of(event.programme, kind).id))


def test_a_list_nobody_touched_follows_the_kind_of_its_draft(programme):
    event = planning.plan_event(programme.id, planned())

    follows = changed_to(event, "trade_promotion")

    assert follows is True
    assert [text for text, _day in shown(event)] == [
        said["text"]["vi"] for said in kind_of(programme, "trade_promotion").checklist
    ]


def test_a_list_goes_where_its_new_kind_has_none(programme):
    event = planning.plan_event(programme.id, planned())
    kind_of(programme, "seminar").checklist = []

    there, back = changed_to(event, "seminar"), changed_to(event, "trade_promotion")

    assert (there, back) == (True, True)
    assert len(shown(event)) == len(kind_of(programme, "trade_promotion").checklist)


@pytest.mark.parametrize(
    "touch",
    [
        service.mark_done,
        service.drop_item,
        lambda item: service.move_item(item.event, item, up=False, seen_rank=item.rank),
        lambda item: service.add_item(item.event, ItemPlan("Mời báo chí"), uuid4()),
        lambda item: service.change_item(item.event, item, ItemPlan("Đặt xe")),
    ],
    ids=["done", "dropped", "moved", "added", "edited"],
)
def test_a_list_somebody_touched_stays_when_the_kind_changes(programme, touch):
    event = planning.plan_event(programme.id, planned())
    touch(queries.list_items(event)[0])
    before = [item.id for item in queries.list_items(event)]

    follows = changed_to(event, "trade_promotion")

    assert follows is False
    assert [item.id for item in queries.list_items(event)] == before


def test_a_list_stays_between_kinds_that_ask_for_the_same(programme):
    event = planning.plan_event(programme.id, planned())
    service.mark_done(queries.list_items(event)[0])
    kind_of(programme, "seminar").checklist = kind_of(programme, "training").checklist

    follows = changed_to(event, "seminar")

    assert follows is True
    assert len(shown(event)) == 8


def test_what_was_dropped_is_put_back_where_it_stood_and_due_as_sessions_stand(programme):
    event = planning.plan_event(programme.id, planned())
    before = [text for text, _day in shown(event)]
    item = queries.list_items(event)[3]
    service.drop_item(item)
    session = planned().sessions[0]
    later = type(session)(date(2026, 10, 6), session.starts_at, session.ends_at)
    planning.change_draft(event, planned(sessions=[later]))

    service.put_back(event, item)
    service.put_back(event, item)
    db.session.commit()

    assert [text for text, _day in shown(event)] == before
    assert shown(event)[3] == ("Gửi giấy mời", date(2026, 9, 15))
    acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.act == "checklist.put_back"))
    assert list(acts) == ["checklist.put_back"]


def test_a_form_sent_twice_adds_one_item(event):
    number = uuid4()

    first = service.add_item(event, ItemPlan(" Mời  báo chí "), number)
    again = service.add_item(event, ItemPlan("Mời báo chí"), number)

    assert again is first
    assert shown(event) == [("Mời báo chí", None)]


def test_an_item_that_says_nothing_is_refused(event):
    with pytest.raises(InputError) as refused:
        service.add_item(event, ItemPlan(" \n "))

    assert set(refused.value.fields) == {"text"}


def test_doing_twice_what_is_done_changes_nothing(event):
    item = make_item(event)
    service.mark_done(item)
    moment, version = item.done_at, item.version

    service.mark_done(item)

    assert (item.done_at, item.version) == (moment, version)


def test_what_is_not_done_after_all_is_due_by_the_sessions_of_now(event):
    item = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=7, due_on=date(2026, 9, 29))
    service.mark_done(item)
    (session,) = sessions_of(event)
    session.held_on = date(2026, 10, 13)
    db.session.flush()
    service.reschedule(event)

    service.mark_open(event, item)
    service.mark_open(event, item)

    assert (item.done_at, item.done_by_id, item.due_on) == (None, None, TUESDAY)


def test_what_is_dropped_is_on_no_list_and_takes_no_change(event):
    item = make_item(event)

    service.drop_item(item)
    dropped_at = item.dropped_at
    service.drop_item(item)

    assert (shown(event), item.dropped_at) == ([], dropped_at)
    with pytest.raises(DomainError):
        service.mark_done(item)
    with pytest.raises(DomainError):
        service.change_item(event, item, ItemPlan("Khác"))


def test_items_change_places_and_a_second_tap_moves_nothing(event):
    one, two, three = (make_item(event, text) for text in ("1", "2", "3"))
    seen = three.rank

    service.move_item(event, three, up=True, seen_rank=seen)
    service.move_item(event, three, up=True, seen_rank=seen)

    assert [text for text, _day in shown(event)] == ["1", "3", "2"]
    service.move_item(event, one, up=True, seen_rank=one.rank)
    service.move_item(event, two, up=False, seen_rank=two.rank)
    assert [text for text, _day in shown(event)] == ["1", "3", "2"]


def test_an_item_of_another_activity_is_not_there(programme, event):
    item = make_item(make_event(programme))

    with pytest.raises(NotFoundError):
        queries.get_item(item.id, event)


def test_every_act_is_told(event):
    service.start(event)
    item = service.add_item(event, ItemPlan("Mời báo chí"))
    service.change_item(event, item, ItemPlan("Mời đài"))
    service.change_item(event, item, ItemPlan("Mời đài"))
    service.mark_done(item)
    service.mark_open(event, item)
    service.move_item(event, item, up=True, seen_rank=item.rank)
    service.drop_item(item)
    db.session.commit()

    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()

    assert [act for act in acts if act.startswith("checklist.")] == [
        "checklist.started",
        "checklist.added",
        "checklist.changed",
        "checklist.done",
        "checklist.reopened",
        "checklist.moved",
        "checklist.dropped",
    ]
