"""What is told of a session's day and hour, each thing by itself, and that it blocks nothing."""

import re
from datetime import date, time

import pytest
import time_machine

from coopevents import names
from coopevents.accounts.models import Role
from coopevents.calendars import clashes
from coopevents.calendars.warnings import Kind
from coopevents.db import db
from coopevents.events import service as events
from coopevents.events.models import (
    EventState,
    EventTrainer,
    PartInEvent,
    SessionState,
)
from coopevents.i18n import force_locale
from coopevents.invitations.models import InvitationState
from coopevents.territory import units
from coopevents.workdays import service as workdays
from coopevents.workdays.models import DayKind
from coopevents.workdays.service import DayPlan
from tests.browsing import signed_in
from tests.event_factories import make_event, make_invitation, make_session, sessions_of
from tests.factories import find_commune, make_organisation, make_person

TUESDAY = date(2026, 10, 6)
SATURDAY = date(2026, 10, 10)

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(autouse=True)
def in_2026():
    with time_machine.travel("2026-01-05T03:00:00Z", tick=True):
        yield


def name_day(on: date, name: str, kind=DayKind.HOLIDAY, document=None) -> None:
    workdays.name_days(
        DayPlan(on, kind, dict.fromkeys(("vi", "en", "ar"), name), document=document)
    )


def held(
    programme, on: date = TUESDAY, starts="08:00", ends="11:00", *, place="Hội trường A", **more
):
    """Plan an activity of one session in a room of its own."""
    event = make_event(programme, sessions=[(on, starts, ends)], **more)
    event.place = place
    return event


def told(event) -> list[tuple[Kind, str]]:
    """Answer what is told of the activity's sessions, in their order."""
    found = clashes.of_event(event).values()
    return [(caution.kind, caution.text) for cautions in found for caution in cautions]


def name_trainer(event, full_name: str, *, session=None, person=None) -> None:
    db.session.add(
        EventTrainer(
            event_id=event.id,
            session_id=session and session.id,
            person_id=person and person.id,
            full_name=full_name,
            name_fold=names.fold(full_name),
            part=PartInEvent.TRAINER,
        )
    )
    db.session.flush()


def test_nothing_is_told_of_a_working_day_with_the_hour_free(programme):
    name_day(date(2026, 10, 7), "Ngày nghỉ")
    held(programme, starts="11:00", ends="12:00")
    held(programme, on=date(2026, 10, 8))

    assert told(held(programme)) == []


def test_a_holiday_is_named(programme):
    name_day(date(2026, 9, 2), "Quốc khánh")

    assert told(held(programme, date(2026, 9, 2))) == [
        (Kind.HOLIDAY, "Wednesday, 2 Sep 2026 is a holiday: Quốc khánh.")
    ]


def test_tet_is_told_with_its_first_and_last_day_on_its_weekend_too(programme):
    for number in range(16, 21):
        name_day(date(2026, 2, number), "Nghỉ Tết Nguyên đán")

    sentence = "lies in Tết, from 14 Feb 2026 to 22 Feb 2026."
    assert told(held(programme, date(2026, 2, 17))) == [
        (Kind.TET, f"Tuesday, 17 Feb 2026 {sentence}")
    ]
    assert told(held(programme, date(2026, 2, 22))) == [
        (Kind.TET, f"Sunday, 22 Feb 2026 {sentence}")
    ]
    assert told(held(programme, date(2026, 2, 23))) == []


def test_new_years_day_is_a_holiday_and_not_tet(programme):
    name_day(date(2027, 1, 1), "Tết Dương lịch")

    assert told(held(programme, date(2027, 1, 1))) == [
        (Kind.HOLIDAY, "Friday, 1 Jan 2027 is a holiday: Tết Dương lịch.")
    ]


def test_a_weekend_day_is_told(programme):
    assert told(held(programme, SATURDAY)) == [
        (
            Kind.CLOSED_DAY,
            "Saturday, 10 Oct 2026: the office is closed on this day of the week.",
        )
    ]


@pytest.mark.case(39)
def test_a_swapped_saturday_and_hung_kings_day_warn_and_block_nothing(client, programme):
    swapped, festival = date(2025, 4, 26), date(2025, 4, 7)
    name_day(swapped, "Làm bù cho 02/05", DayKind.WORKING, document="10363/VPCP-KGVX")
    name_day(festival, "Giỗ Tổ Hùng Vương")
    event = held(programme, swapped, state=EventState.DRAFT)
    make_session(event, festival)
    officer = signed_in(client, programme, Role.OFFICER)

    found = told(event)
    events.publish(event)
    page = officer.get(f"/events/{event.id}?lang=en").text

    assert found == [
        (
            Kind.HUNG_KINGS,
            "Monday, 7 Apr 2025 is Hùng Kings' day, the festival of Phú Thọ itself.",
        ),
        (
            Kind.SWAPPED,
            (
                "Saturday, 26 Apr 2025 is a working day by decision 10363/VPCP-KGVX"
                " (Làm bù cho 02/05)."
            ),
        ),
    ]
    assert event.state is EventState.PUBLISHED
    assert "is a working day by decision 10363/VPCP-KGVX" in page
    assert "the festival of Phú Thọ itself" in page


def test_a_swapped_day_without_a_decision_is_told_too(programme):
    name_day(SATURDAY, "Làm bù", DayKind.WORKING)

    assert told(held(programme, SATURDAY)) == [
        (
            Kind.SWAPPED,
            "Saturday, 10 Oct 2026 is a working day in exchange for another (Làm bù).",
        )
    ]


@pytest.mark.parametrize("other_name", ["Trần Thị Hoà", "TRAN THI HOA"])
def test_one_trainer_in_two_activities_at_once_is_told_by_name(programme, other_name):
    event = held(programme)
    other = held(programme, starts="10:59", ends="12:00", place="Phòng B", title="Hội thảo")
    name_trainer(event, "Trần Thị Hòa")
    name_trainer(other, other_name)

    assert told(event) == [
        (
            Kind.TRAINER,
            "Trần Thị Hòa is also named for “Hội thảo” on 6 Oct 2026, 10:59–12:00.",
        )
    ]


def test_one_trainer_is_known_by_the_register_before_her_name(programme):
    hoa, other_hoa = (make_person(programme, full_name="Trần Thị Hòa") for _ in range(2))
    event = held(programme)
    same, namesake = held(programme, place="B", title="same"), held(programme, place="C")
    name_trainer(event, "Cô Hòa", person=hoa)
    name_trainer(same, "Trần Thị Hòa", person=hoa)
    name_trainer(namesake, "Cô Hòa", person=other_hoa)

    assert [text for _kind, text in told(event)] == [
        "Cô Hòa is also named for “same” on 6 Oct 2026, 08:00–11:00."
    ]


def test_a_trainer_of_another_session_is_free_at_this_hour(programme):
    event = held(programme)
    other = held(programme, place="B")
    later = make_session(other, date(2026, 10, 8))
    name_trainer(event, "Trần Thị Hòa")
    name_trainer(other, "Trần Thị Hòa", session=later)

    assert told(event) == []


@pytest.mark.parametrize(
    ("starts", "ends", "clashes_"), [("10:00", "12:00", True), ("11:00", "12:00", False)]
)
def test_one_room_at_overlapping_hours_is_told(programme, starts, ends, clashes_):
    event = held(programme, place="Hội trường Xã  Hy Cương")
    held(programme, starts=starts, ends=ends, place="hoi truong xa hy cuong", title="Họp")

    assert told(event) == (
        [
            (
                Kind.PLACE,
                "Hội trường Xã  Hy Cương is also taken by “Họp” on 6 Oct 2026, 10:00–12:00.",
            )
        ]
        if clashes_
        else []
    )


def test_a_room_of_one_name_in_another_commune_is_another_room(programme):
    first, second, *_rest = units.communes_of(programme.territory)
    event, there, nowhere = (held(programme, place="Nhà văn hóa") for _ in range(3))
    event.unit, there.unit = first, second

    assert [kind for kind, _text in told(event)] == [Kind.PLACE]
    assert clashes.of_event(event)[sessions_of(event)[0].id][0].event_id == nowhere.id


def test_a_session_elsewhere_is_judged_by_its_own_place(programme):
    event, other = held(programme), held(programme, place="Phòng B")
    sessions_of(other)[0].place = "Hội trường A"

    assert [kind for kind, _text in told(event)] == [Kind.PLACE]


def test_organisations_invited_twice_at_one_time_are_counted_and_named(programme):
    event = held(programme)
    other = held(programme, starts="10:00", ends="12:00", place="B", title="Hội chợ")
    invited = [make_organisation(programme, name=f"HTX {n}") for n in range(4)]
    for organisation in invited:
        make_invitation(event, organisation)
        make_invitation(other, organisation)
    make_invitation(event, make_organisation(programme, name="HTX chỉ một"))

    assert told(event) == [
        (
            Kind.INVITED,
            (
                "4 organisations are also invited to “Hội chợ” on 6 Oct 2026, 10:00–12:00:"
                " HTX 0, HTX 1, HTX 2, …."
            ),
        )
    ]


@pytest.mark.parametrize("gone", [InvitationState.DECLINED, InvitationState.CANCELLED])
def test_an_organisation_that_does_not_come_is_no_clash(programme, gone):
    event, other = held(programme), held(programme, place="B")
    organisation = make_organisation(programme)
    make_invitation(event, organisation)
    make_invitation(other, organisation).state = gone

    assert told(event) == []


def test_an_organisation_entered_twice_is_one(programme):
    event, other = held(programme), held(programme, place="B", title="Họp")
    kept, twice = make_organisation(programme, name="HTX An"), make_organisation(programme)
    make_invitation(event, kept)
    make_invitation(other, twice)
    twice.duplicate_of_id = kept.id
    db.session.flush()

    assert told(event) == [
        (
            Kind.INVITED,
            "1 organisation is also invited to “Họp” on 6 Oct 2026, 08:00–11:00: HTX An.",
        )
    ]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [("A", "a", True), ("A", "B", False), (None, "A", True), (None, None, True)],
)
def test_two_sessions_of_one_class_at_one_time_are_told_once(client, programme, one, other, clash):
    event = held(programme)
    second = make_session(event, TUESDAY, "10:00", "12:00")
    sessions_of(event)[0].class_group, second.class_group = one, other
    officer = signed_in(client, programme, Role.OFFICER)
    sentence = (
        "Two sessions of the same class overlap on Tuesday, 6 Oct 2026:"
        " 08:00–11:00 and 10:00–12:00."
    )

    page = officer.get(f"/events/{event.id}?lang=en").text

    assert told(event) == [(Kind.CLASS_GROUP, sentence)] * (2 if clash else 0)
    assert page.count(sentence) == int(clash)


@pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.POSTPONED])
def test_an_activity_called_off_takes_up_no_room_and_is_told_nothing(programme, state):
    event, other = held(programme, SATURDAY), held(programme, SATURDAY, state=state)

    assert [kind for kind, _text in told(event)] == [Kind.CLOSED_DAY]
    assert told(other) == []


def test_a_cancelled_session_takes_up_no_room(programme):
    event, other = held(programme), held(programme)
    sessions_of(other)[0].state = SessionState.CANCELLED

    assert (told(event), told(other)) == ([], [])


def test_another_programme_is_no_neighbour(programme, other_programme):
    event = held(programme)
    held(other_programme, contents=())

    assert told(event) == []


def test_warnings_ask_as_often_for_thirty_activities_as_for_one(programme, count_queries):
    asked = []
    for number in (2, 1, 27):
        for _one in range(number):
            event = held(programme)
            name_trainer(event, "Trần Thị Hòa")
            make_invitation(event, make_organisation(programme))
        with count_queries() as counted:
            clashes.of_event(event)
        asked.append(counted.number)

    assert asked == [asked[0]] * 3


def test_a_month_marks_what_has_a_warning(client, programme):
    held(programme, SATURDAY, title="Thứ bảy")
    held(programme, title="Thứ ba")
    officer = signed_in(client, programme, Role.OFFICER)

    page = officer.get("/calendar/?month=2026-10&lang=en").text

    assert page.count("month-caution") == 1
    assert "the office is closed on this day of the week" in page


def test_hours_that_touch_do_not_meet(programme):
    event = held(programme)
    held(programme, starts="07:00", ends="08:00")

    assert (told(event), sessions_of(event)[0].starts_at) == ([], time(8))


def test_communes_unknown_are_taken_for_the_same(programme):
    event, other = held(programme), held(programme)
    event.unit = find_commune(programme)

    assert ([k for k, _ in told(event)], [k for k, _ in told(other)]) == ([Kind.PLACE],) * 2


def test_a_month_tells_the_first_things_of_a_full_hour_and_the_page_all(client, programme):
    event = held(programme, SATURDAY, title="Họp")
    for number in range(5):
        held(programme, SATURDAY, title=f"Khác {number}")
    officer = signed_in(client, programme, Role.OFFICER)

    month = officer.get("/calendar/?month=2026-10&q=hop&lang=en").text
    page = officer.get(f"/events/{event.id}?lang=en").text

    closed = "the office is closed on this day of the week"
    assert re.search(r'month-caution" title="([^"]+)"', month)[1].count("also taken by") == 2
    assert re.search(r'month-caution" title="([^"]+)"', month)[1].count(closed) == 1
    assert page.count("also taken by") == 5


def test_a_name_keeps_its_direction_in_a_sentence_that_runs_leftwards(programme):
    event = held(programme, place="Phòng A1")
    held(programme, place="Phòng A1", title="Họp (2)")

    with force_locale("ar"):
        ((_kind, text),) = told(event)

    assert ("\u2068Phòng A1\u2069" in text, "\u2068Họp (2)\u2069" in text) == (True, True)
