"""The month, the list and the page of open activities: what stands on them, and for whom."""

import re
from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.accounts.queries import find_body
from coopevents.calendars import queries
from coopevents.calendars.narrowing import Narrowing
from coopevents.calendars.queries import When
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.events.models import Event, EventState, SessionState
from coopevents.programme.models import Content
from coopevents.workdays import service as workdays
from coopevents.workdays.models import DayKind
from coopevents.workdays.service import DayPlan
from tests.browsing import post, signed_in
from tests.event_factories import make_event, make_session, sessions_of
from tests.factories import find_commune

DAY = date(2026, 10, 6)


@pytest.fixture(autouse=True)
def in_october_2026():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def cell(page: str, day: date) -> str:
    """Answer what stands in the month's cell of the day."""
    return re.search(rf'<td id="day-{day}".*?</td>', page, re.DOTALL)[0]


def titles(page: str) -> list[str]:
    """Answer the activities a list shows, in order."""
    return re.findall(r'<a href="/events/\d+"><bdi>([^<]+)</bdi>', page)


def listed(programme, *, when=When.ALL, **narrowed) -> list[str]:
    found = queries.list_activities(programme.id, Narrowing(**narrowed), when=when)
    return [line.event.title for line in found.items]


def test_month_begins_on_monday_and_holds_whole_weeks(officer):
    page = officer.get("/calendar/?month=2026-10&lang=en").text

    days = re.findall(r'<td id="day-([\d-]+)"', page)
    assert (days[0], days[-1], len(days)) == ("2026-09-28", "2026-11-01", 35)
    assert re.findall(r'<th scope="col">(\w+)</th>', page)[0] == "Monday"


@pytest.mark.parametrize("asked", ["", "2026", "2026-13", "x-y", "0-1", "99999-1", "1-1"])
def test_month_that_is_none_is_this_month(officer, asked):
    page = officer.get(f"/calendar/?month={asked}").text

    assert 'id="day-2026-10-01"' in page


def test_a_month_says_that_nothing_is_in_it_and_opens_its_filters_once_asked(officer, programme):
    make_event(programme, title="Tập huấn", sessions=[(DAY, "08:00", "11:00")])

    full = officer.get("/calendar/?month=2026-10&lang=en").text
    empty = officer.get("/calendar/?month=2026-10&q=khác&lang=en").text

    told = "No activity in this month."
    assert (told in full, told in empty) == (False, True)
    folds = [re.search(r'class="filters-fold" *(open)?', page)[1] for page in (full, empty)]
    assert folds == [None, "open"]


def test_a_month_is_called_as_its_language_does(officer):
    named = [officer.get(f"/calendar/?month=2026-10&lang={code}").text for code in ("vi", "en")]

    assert ("tháng 10 năm 2026" in named[0], "October 2026" in named[1]) == (True, True)


def test_month_shows_each_session_with_its_hours_kind_and_state(officer, programme):
    make_event(programme, title="Tập huấn", sessions=[(DAY, "08:00", "11:00")])
    make_event(programme, title="Nháp", state=EventState.DRAFT, sessions=[(DAY, "13:30", "16:30")])

    shown = cell(officer.get("/calendar/?month=2026-10&lang=en").text, DAY)

    assert titles(shown) == ["Tập huấn", "Nháp"]
    assert re.findall(r"\d\d:\d\d–\d\d:\d\d", shown) == ["08:00–11:00", "13:30–16:30"]
    assert "Training" in shown
    assert re.findall(r'class="tag[^>]*>\s*(\w+)', shown) == ["Draft"]
    assert "<s>" not in shown


def test_month_strikes_through_what_is_off_and_links_the_new_day(officer, programme):
    event = make_event(programme, sessions=[(DAY, "08:00", "11:00"), (DAY, "13:00", "16:00")])
    moved, cancelled = sessions_of(event)
    later = make_session(event, date(2026, 11, 12))
    moved.state, moved.moved_to_id = SessionState.MOVED, later.id
    cancelled.state = SessionState.CANCELLED

    shown = cell(officer.get("/calendar/?month=2026-10&kind=&lang=en").text, DAY)

    assert shown.count("<s>") == 2
    assert 'href="/calendar/?month=2026-11#day-2026-11-12"' in shown
    assert re.findall(r'class="tag[^>]*>\s*(\w+)', shown) == ["Moved", "Cancelled"]


def test_month_names_holidays_and_worked_saturdays_in_their_cells(officer):
    for on, kind, name in (
        (date(2026, 10, 7), DayKind.HOLIDAY, "Ngày nghỉ mẫu"),
        (date(2026, 10, 10), DayKind.WORKING, "Làm bù"),
    ):
        workdays.name_days(DayPlan(on, kind, {"vi": name, "en": name, "ar": name}))

    page = officer.get("/calendar/?month=2026-10&lang=en").text

    holiday, worked = cell(page, date(2026, 10, 7)), cell(page, date(2026, 10, 10))
    assert ("Ngày nghỉ mẫu" in holiday, "month-off" in holiday) == (True, True)
    assert ("Làm bù" in worked, "(worked)" in worked, "month-off" in worked) == (True, True, False)
    assert "Nobody has entered the holidays" not in page
    assert (
        "Nobody has entered the holidays of 2027"
        in officer.get("/calendar/?month=2027-01&lang=en").text
    )


def test_a_course_over_the_end_of_a_year_stands_in_both_months(officer, programme):
    make_event(
        programme,
        title="Cuối năm",
        sessions=[(date(2026, 12, 30), "08:00", "11:00"), (date(2027, 1, 2), "08:00", "11:00")],
    )

    december = officer.get("/calendar/?month=2026-12").text
    january = officer.get("/calendar/?month=2027-01").text

    assert titles(cell(december, date(2026, 12, 30))) == ["Cuối năm"]
    assert titles(cell(january, date(2027, 1, 2))) == ["Cuối năm"]
    for first, last in (
        (date(2026, 12, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 31)),
    ):
        assert listed(programme, from_on=first, to_on=last) == ["Cuối năm"]
    assert listed(programme, from_on=date(2026, 12, 31), to_on=date(2027, 1, 1)) == []


def test_a_full_day_links_to_the_list_of_that_day(officer, programme):
    for number in range(10):
        make_event(programme, title=f"Số {number}", sessions=[(DAY, "08:00", "11:00")])

    shown = cell(officer.get("/calendar/?month=2026-10&kind=&lang=en").text, DAY)
    address = re.search(r'href="(/events/\?[^"]+)"', shown)[1].replace("&amp;", "&")

    assert len(titles(shown)) == 8
    assert "2 more sessions" in shown
    assert len(titles(officer.get(address).text)) == 10


def test_filters_choose_the_same_in_month_and_list(officer, programme):
    commune = find_commune(programme)
    make_event(programme, title="Hội thảo chè", kind="seminar", hosts=("womens_union",))
    make_event(programme, title="Tập huấn lúa", hosts=("coop_alliance",), contents=(3,))
    joint = make_event(programme, title="Cùng làm", state=EventState.POSTPONED)
    joint.unit = commune
    db.session.flush()
    union, alliance = find_body("womens_union"), find_body("coop_alliance")
    (today,) = queries.communes_of(programme.id)
    kind = db.session.scalars(select(Event.kind_id).where(Event.title == "Hội thảo chè")).one()
    content = db.session.scalars(
        select(Content.id).where(Content.programme_id == programme.id, Content.number == 3)
    ).one()
    asked = {
        f"host={union.id}": ["Cùng làm", "Hội thảo chè"],
        f"host={alliance.id}": ["Cùng làm", "Tập huấn lúa"],
        "host=both": ["Cùng làm"],
        f"kind={kind}": ["Hội thảo chè"],
        "state=postponed": ["Cùng làm"],
        f"content={content}": ["Tập huấn lúa"],
        f"commune={today.id}": ["Cùng làm"],
        "q=hoi+thao": ["Hội thảo chè"],
        "q=lua+tap": ["Tập huấn lúa"],
        "q=%25": [],
        "host=77777&kind=x&state=x&content=0&commune=-1": [
            "Cùng làm",
            "Hội thảo chè",
            "Tập huấn lúa",
        ],
    }

    for question, expected in asked.items():
        month = officer.get(f"/calendar/?month=2026-10&{question}").text
        several = officer.get(f"/events/?{question}").text
        assert (sorted(titles(month)), sorted(titles(several))) == (expected, expected), question


def test_filters_stay_in_the_links_between_months_and_pages(officer, programme):
    for number in range(52):
        make_event(programme, title=f"Lúa {number}")

    month = officer.get("/calendar/?month=2026-10&q=lua&state=published").text
    several = officer.get("/events/?q=lua&when=coming").text

    assert "/calendar/?month=2026-11&amp;q=lua&amp;state=published" in month
    assert "/events/?q=lua&amp;state=published" in month
    assert re.search(r'href="/events/\?after=[^"]+&amp;q=lua&amp;when=coming"', several)


def test_list_goes_on_where_its_page_ended_whatever_is_asked(programme):
    days = [DAY + timedelta(days=n % 4) for n in range(9)]
    for number, on in enumerate(days):
        make_event(programme, title=f"{on} {number}", sessions=[(on, "08:00", "11:00")])
    make_event(programme, title="no day", state=EventState.DRAFT)
    db.session.delete(sessions_of(db.session.scalars(select(Event)).all()[-1])[0])
    db.session.flush()

    for when in (When.ALL, When.COMING):
        seen, after = [], None
        while True:
            page = queries.list_activities(
                programme.id, Narrowing(), when=when, after=after, limit=2
            )
            seen += [line.event.title for line in page.items]
            if (after := page.next) is None:
                break
        whole = listed(programme, when=when)
        assert seen == whole
        assert len(set(seen)) == (10 if when is When.ALL else 9)


def test_what_is_over_and_what_comes_are_two_lists(programme):
    make_event(programme, title="over", sessions=[(date(2026, 9, 30), "08:00", "11:00")])
    make_event(programme, title="before", sessions=[(date(2026, 9, 1), "08:00", "11:00")])
    make_event(programme, title="later", sessions=[(date(2026, 12, 1), "08:00", "11:00")])
    make_event(
        programme,
        title="at it",
        sessions=[(date(2026, 9, 29), "08:00", "11:00"), (date(2026, 10, 1), "08:00", "11:00")],
    )

    assert listed(programme, when=When.COMING) == ["at it", "later"]
    assert listed(programme, when=When.PAST) == ["over", "before"]
    assert listed(programme) == ["later", "at it", "over", "before"]


@pytest.mark.parametrize("after", ["x", "2026-10-06", "2026-10-06.x", "2026-99-06.1"])
def test_list_refuses_a_cursor_that_is_none(programme, after):
    with pytest.raises(InputError):
        queries.list_activities(programme.id, Narrowing(), after=after)


def test_another_programmes_activities_are_in_no_page(officer, other_programme):
    event = make_event(other_programme, title="Của người khác", contents=())

    month = officer.get("/calendar/?month=2026-10").text
    several = officer.get("/events/").text
    toggled = post(officer, month, f"/calendar/events/{event.id}/listed", listed="yes")

    assert (titles(month), titles(several)) == ([], [])
    assert toggled.status_code == 404
    assert event.listed_publicly is False


def test_pages_ask_as_often_for_thirty_activities_as_for_one(officer, programme, count_queries):
    asked = {"/calendar/?month=2026-10": [], "/events/?q=tap": []}
    for number in (1, 2, 27):
        for place in range(number):
            event = make_event(
                programme, sessions=[(DAY + timedelta(days=place), "08:00", "11:00")]
            )
            event.unit = find_commune(programme)
        for path, counts in asked.items():
            with count_queries() as counted:
                assert officer.get(path).status_code == 200
            counts.append(counted.number)

    for path, counts in asked.items():
        assert counts == [counts[0]] * 3, path


def test_titles_are_found_without_marks_after_they_change(programme):
    event = make_event(programme, title="Chè")
    event.title = "Đậu tương ở Mỹ Lung"
    db.session.flush()

    assert listed(programme, q="dau mi") == ["Đậu tương ở Mỹ Lung"]
    assert listed(programme, q="che") == []


def open_page(client) -> str:
    return client.get("/activities?lang=en").text


def test_open_page_is_not_there_while_nothing_is_listed(client, programme):
    make_event(programme)

    assert client.get("/activities").status_code == 404


def test_open_page_shows_what_is_listed_published_and_not_over(client, programme):
    def listed_event(title: str, state=EventState.PUBLISHED, on=DAY):
        event = make_event(programme, title=title, state=state, sessions=[(on, "08:00", "11:00")])
        event.listed_publicly = True

    listed_event("Mở")
    listed_event("Hôm nay", on=date(2026, 10, 1))
    listed_event("Đã xong", on=date(2026, 9, 30))
    for state in (EventState.DRAFT, EventState.POSTPONED, EventState.CANCELLED, EventState.CLOSED):
        listed_event(state.value, state)
    make_event(programme, title="Không công khai")

    page = open_page(client)

    assert re.findall(r"<h2>\s*<bdi>([^<]+)", page) == ["Hôm nay", "Mở"]


def test_open_page_forgets_an_activity_as_its_last_session_ends(client, programme):
    make_event(programme, sessions=[(DAY, "08:00", "11:00")]).listed_publicly = True

    with time_machine.travel("2026-10-06T03:59:00Z", tick=False):
        during = client.get("/activities").status_code
    with time_machine.travel("2026-10-06T04:00:00Z", tick=False):
        after = client.get("/activities").status_code

    assert (during, after) == (200, 404)


def test_open_page_names_no_person_and_needs_no_script(client, programme):
    event = make_event(programme)
    event.listed_publicly = True

    page = open_page(client)

    assert event.contact_name not in page
    assert (event.contact_phone in page, event.contact_email in page) == (True, True)
    assert "<script" not in page


def test_open_page_is_light_with_all_it_loads(client, programme, project):
    for number in range(30):
        event = make_event(programme, title=f"Tập huấn quản trị hợp tác xã {number}")
        event.description = "Nội dung tập huấn. " * 40
        event.listed_publicly = True

    page = open_page(client)
    loaded = re.findall(r'(?:href|src)="/static/([^"]+)"', page)
    weights = [(project / "coopevents" / "static" / name).stat().st_size for name in set(loaded)]

    assert page.count("<section>") == 20
    assert len(page.encode()) + sum(weights) < 50_000
    beyond = re.search(r'href="(/activities\?after=[^"]+)"', page)[1].replace("&amp;", "&")
    assert client.get(beyond).text.count("<section>") == 10


def test_listing_publicly_is_said_once_and_audited(officer, programme):
    event = make_event(programme)
    path = f"/calendar/events/{event.id}/listed"
    page = officer.get(f"/events/{event.id}?lang=en").text

    on = post(officer, page, path, listed="yes")
    version = event.version
    again = post(officer, page, path, listed="yes")

    assert (on.status_code, again.status_code, event.listed_publicly) == (303, 303, True)
    assert event.version == version
    assert "Take it off the page" in officer.get(f"/events/{event.id}?lang=en").text
    post(officer, page, path, listed="no")
    assert event.listed_publicly is False
    assert post(officer, page, path, listed="perhaps").status_code == 422


def test_a_cancelled_activity_cannot_be_listed(officer, programme):
    event = make_event(programme, state=EventState.CANCELLED)
    page = officer.get(f"/events/{event.id}").text

    answer = post(officer, page, f"/calendar/events/{event.id}/listed", listed="yes")

    assert (answer.status_code, event.listed_publicly) == (409, False)


def test_a_viewer_lists_nothing_publicly(client, programme):
    viewer = signed_in(client, programme, Role.VIEWER)
    event = make_event(programme)
    page = viewer.get(f"/events/{event.id}").text

    answer = post(viewer, page, f"/calendar/events/{event.id}/listed", listed="yes")

    assert (answer.status_code, event.listed_publicly) == (403, False)


def test_sessions_of_a_month_come_in_the_order_of_their_hours(programme):
    event = make_event(programme, sessions=[(DAY, "13:00", "16:00"), (DAY, "07:30", "11:00")])

    lines = queries.sessions_between(programme.id, DAY, DAY, Narrowing())

    assert [line.session.starts_at for line in lines] == [time(7, 30), time(13)]
    assert {line.session.event_id for line in lines} == {event.id}
