"""Feeds: made once, shown once, read again and again; what a calendar program gets of them."""

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from icalendar import Calendar
from sqlalchemy import event as sa_event
from sqlalchemy import select

from coopevents import clock, tokens
from coopevents.accounts.models import Role, User
from coopevents.accounts.queries import find_body
from coopevents.calendars import feed as feeds
from coopevents.calendars import service
from coopevents.calendars.feed import Entry
from coopevents.calendars.models import CalendarFeed
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.duplicates import service as duplicates
from coopevents.errors import DomainError
from coopevents.events import changing, telling
from coopevents.events.effects import SessionCancellation
from coopevents.events.models import EventState, SessionState
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Answer, InvitationState
from coopevents.mail import calendar_file
from tests.browsing import fill_in, hidden, post, signed_in
from tests.event_factories import make_event, make_invitation, make_session, sessions_of
from tests.factories import make_organisation

DAY = date(2026, 10, 6)


@pytest.fixture(autouse=True)
def in_october_2026():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def user(officer):
    return db.session.scalars(select(User)).one()


def own_feed(programme, user, body=None, locale="en") -> str:
    """Make a feed of the officer's, and answer its address."""
    token = service.make_own_feed(programme.id, user.id, body and body.id, locale, uuid4())
    return f"/calendar/{token}.ics"


def organisation_feed(programme, organisation) -> str:
    token = service.make_organisation_feed(programme.id, organisation, "en", uuid4())
    return f"/calendar/{token}.ics"


def unfolded(data: bytes) -> list[str]:
    return data.decode().replace("\r\n ", "").split("\r\n")


def checked(data: bytes) -> list:
    """Answer the entries of a file, once it is what RFC 5545 asks of one."""
    assert data.endswith(b"\r\n")
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    lines = data.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()
    calendar = Calendar.from_ical(data.decode())
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert calendar["PRODID"]
    assert len(calendar.subcomponents) > 0
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    entries = calendar.walk("VEVENT")
    for entry in entries:
        for name in ("UID", "DTSTAMP", "DTSTART"):
            assert not isinstance(entry[name], list), name
        assert entry["DTSTAMP"].dt.utcoffset() == timedelta(0)
        for name in ("DTSTART", "DTEND"):
            assert entry[name].params["TZID"] in zones
        assert entry["DTEND"].dt > entry["DTSTART"].dt
        assert entry["STATUS"] in {"CONFIRMED", "TENTATIVE", "CANCELLED"}
        assert "ATTENDEE" not in entry
    uids = [str(entry["UID"]) for entry in entries]
    assert len(set(uids)) == len(uids)
    return entries


def read(client, address: str) -> list:
    answer = client.get(address)
    assert answer.status_code == 200
    return checked(answer.data)


def told(entry) -> tuple[str, str, int]:
    return str(entry["SUMMARY"]), str(entry["STATUS"]), int(entry["SEQUENCE"])


def test_a_feed_says_of_every_session_when_where_and_whom_to_ask(officer, user, programme):
    event = make_event(programme, title="Chè; rau, quả \\ mật", sessions=[(DAY, "07:30", "11:00")])
    event.description = "Dòng một\r\nDòng hai"
    sessions_of(event)[0].topic = "Luật Hợp tác xã"

    (entry,) = read(officer, own_feed(programme, user))

    assert told(entry) == ("Chè; rau, quả \\ mật", "CONFIRMED", 0)
    assert entry["DTSTART"].dt.astimezone(UTC) == datetime(2026, 10, 6, 0, 30, tzinfo=UTC)
    assert entry["DTEND"].dt.astimezone(UTC) == datetime(2026, 10, 6, 4, 0, tzinfo=UTC)
    assert entry["LOCATION"] == "Hội trường Liên minh Hợp tác xã"
    assert entry["DESCRIPTION"] == (
        "Luật Hợp tác xã\nDòng một\nDòng hai\n"
        "Contact: Lê Thị Mẫu, 0210 000 0000, office@coop.example"
    )
    assert entry["CONTACT"] == "Lê Thị Mẫu, 0210 000 0000"
    assert entry["ORGANIZER"] == "mailto:office@coop.example"
    assert entry["URL"] == f"http://localhost/events/{event.id}"


def test_a_feed_is_a_calendar_file_that_is_asked_for_again(officer, user, programme):
    answer = officer.get(own_feed(programme, user))

    lines = unfolded(answer.data)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=0"
    told_once = ("REFRESH", "X-WR", "NAME", "X-PUB")
    assert sorted(line for line in lines if line.startswith(told_once)) == [
        "NAME:Joint activities",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
        "X-WR-CALNAME:Joint activities",
    ]
    assert checked(answer.data) == []


def test_long_vietnamese_texts_are_folded_between_letters(officer, user, programme):
    event = make_event(programme, title="Tập huấn kỹ năng quản trị điều hành " * 20)
    event.description = "ế" * 3000 + "\x0b\x1f kết"

    (entry,) = read(officer, own_feed(programme, user))

    assert entry["SUMMARY"] == event.title
    assert entry["DESCRIPTION"].startswith("ế" * 3000 + "   kết")


def test_a_draft_is_in_no_feed_even_when_it_was_called_off(officer, user, programme):
    make_event(programme, title="Bí mật", state=EventState.DRAFT)
    dropped = make_event(programme, title="Bí mật", state=EventState.CANCELLED)
    dropped.published_at = None

    answer = officer.get(own_feed(programme, user))

    assert checked(answer.data) == []
    assert "Bí mật" not in answer.data.decode()


@pytest.mark.parametrize(
    ("state", "summary", "status"),
    [
        (EventState.PUBLISHED, "Họp", "CONFIRMED"),
        (EventState.CLOSED, "Họp", "CONFIRMED"),
        (EventState.POSTPONED, "Postponed: Họp", "TENTATIVE"),
        (EventState.CANCELLED, "Cancelled: Họp", "CANCELLED"),
    ],
)
def test_the_state_of_an_activity_is_told(officer, user, programme, state, summary, status):
    make_event(programme, title="Họp", state=state)

    (entry,) = read(officer, own_feed(programme, user))

    assert told(entry) == (summary, status, 0)
    assert entry["TRANSP"] == ("OPAQUE" if status == "CONFIRMED" else "TRANSPARENT")


def test_a_feed_speaks_the_language_it_was_made_in(client, officer, user, programme):
    make_event(programme, title="Họp", state=EventState.CANCELLED)
    address = own_feed(programme, user, locale="en")

    first = client.get(address)
    second = client.get(f"{address}?lang=vi")

    assert first.data == second.data


def test_an_entry_stays_the_same_one_through_edit_move_postponing_and_calling_off(
    officer, user, programme
):
    event = make_event(programme, title="Họp", sessions=[(DAY, "08:00", "11:00")])
    address = own_feed(programme, user)
    history = [read(officer, address)]

    def next_time() -> None:
        event.calendar_sequence += 1
        db.session.flush()
        history.append(read(officer, address))

    event.title = "Họp bàn"
    next_time()
    for on in (date(2026, 10, 9), date(2026, 10, 12)):
        (before,) = [s for s in sessions_of(event) if s.state is SessionState.PLANNED]
        after = make_session(event, on)
        before.state, before.moved_to_id = SessionState.MOVED, after.id
        next_time()
    event.state = EventState.POSTPONED
    next_time()
    event.state, event.cancelled_at = EventState.CANCELLED, clock.now()
    next_time()

    assert [len(entries) for entries in history] == [1] * 6
    assert len({str(entry["UID"]) for (entry,) in history}) == 1
    assert [int(entry["SEQUENCE"]) for (entry,) in history] == [0, 1, 2, 3, 4, 5]
    assert [entry["DTSTART"].dt.day for (entry,) in history] == [6, 6, 9, 12, 12, 12]
    stamps = [entry["DTSTAMP"].dt for (entry,) in history]
    assert stamps == sorted(stamps)


def test_a_cancelled_session_raises_the_sequence_and_the_others_stand(officer, user, programme):
    event = make_event(
        programme,
        title="Họp",
        sessions=[(DAY, "08:00", "11:00"), (DAY + timedelta(days=1), "08:00", "11:00")],
    )
    address = own_feed(programme, user)
    before = [str(entry["UID"]) for entry in read(officer, address)]

    changing.carry_out(SessionCancellation("Bão số 3", sessions_of(event)[0].id), event)
    after = read(officer, address)

    assert [str(entry["UID"]) for entry in after] == before
    assert [told(entry) for entry in after] == [
        ("Cancelled: Họp", "CANCELLED", 1),
        ("Họp", "CONFIRMED", 1),
    ]


def test_a_feed_is_the_same_bytes_until_an_activity_changes(officer, user, programme):
    event = make_event(programme)
    address = own_feed(programme, user)
    first = officer.get(address)

    with time_machine.travel("2026-11-20T03:00:00Z", tick=True):
        second = officer.get(address)
        kept = officer.get(address, headers={"If-None-Match": first.headers["ETag"]})
        event.title = "Khác"
        db.session.flush()
        changed = officer.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.data == second.data
    assert (kept.status_code, kept.data) == (304, b"")
    assert changed.status_code == 200
    assert kept.headers["Cache-Control"] == "private, max-age=0"


def test_a_reader_who_asks_by_day_is_told_of_an_invitation_that_ended(client, programme):
    organisation = make_organisation(programme)
    invitation = make_invitation(make_event(programme), organisation)
    address = organisation_feed(programme, organisation)
    assert len(read(client, address)) == 1

    invitation.state = InvitationState.CANCELLED
    db.session.flush()
    later = {"If-Modified-Since": "Thu, 31 Dec 2026 23:59:59 GMT"}
    answer = client.get(address, headers=later)

    assert "Last-Modified" not in answer.headers
    assert [str(entry["STATUS"]) for entry in checked(answer.data)] == ["CANCELLED"]


def test_reading_a_feed_writes_nothing(officer, user, programme):
    make_event(programme)
    address = own_feed(programme, user)
    statements: list[str] = []

    @sa_event.listens_for(db.engine, "before_cursor_execute")
    def keep(_connection, _cursor, statement, *_more):
        statements.append(statement.lstrip().split()[0].upper())

    try:
        answer = officer.get(address)
    finally:
        sa_event.remove(db.engine, "before_cursor_execute", keep)

    assert answer.status_code == 200
    # The savepoint, and that nothing may be written in it, are the bench's own.
    assert set(statements) - {"SAVEPOINT", "RELEASE", "ROLLBACK", "SET"} == {"SELECT"}


def test_a_feed_shows_this_year_and_the_last(officer, user, programme):
    make_event(programme, title="old", sessions=[(date(2024, 12, 31), "08:00", "11:00")])
    make_event(programme, title="last year", sessions=[(date(2025, 1, 1), "08:00", "11:00")])
    make_event(programme, title="next year", sessions=[(date(2027, 5, 1), "08:00", "11:00")])

    entries = read(officer, own_feed(programme, user))

    assert [str(entry["SUMMARY"]) for entry in entries] == ["last year", "next year"]


def test_a_feed_of_one_body_holds_what_it_hosts(officer, user, programme):
    make_event(programme, title="Hội", hosts=("womens_union",))
    make_event(programme, title="Liên minh", hosts=("coop_alliance",))
    make_event(programme, title="Cùng làm")

    entries = read(officer, own_feed(programme, user, find_body("womens_union")))

    assert [str(entry["SUMMARY"]) for entry in entries] == ["Hội", "Cùng làm"]


def test_a_feed_holds_nothing_of_another_programme(officer, user, programme, other_programme):
    make_event(other_programme, contents=())

    assert read(officer, own_feed(programme, user)) == []


def test_an_organisations_feed_holds_what_it_is_invited_to(client, programme):
    organisation = make_organisation(programme, name="HTX An")
    asked = make_event(programme, title="Mời")
    make_event(programme, title="Không mời")
    make_invitation(asked, organisation)

    answer = client.get(organisation_feed(programme, organisation))
    (entry,) = checked(answer.data)

    assert told(entry) == ("Mời", "TENTATIVE", 0)
    assert entry["TRANSP"] == "TRANSPARENT"
    assert "You have not answered the invitation yet." in entry["DESCRIPTION"]
    assert "URL" not in entry
    assert "X-WR-CALNAME:Invitations: HTX An" in unfolded(answer.data)


@pytest.mark.parametrize(
    ("given", "status", "free", "sentence"),
    [
        (Answer.ACCEPTED, "CONFIRMED", "OPAQUE", "You have accepted the invitation."),
        (Answer.DECLINED, "CONFIRMED", "TRANSPARENT", "You have declined the invitation."),
        (Answer.CALL_BACK, "TENTATIVE", "TRANSPARENT", "You have not answered the invitation yet."),
    ],
)
def test_an_organisations_feed_says_what_it_answered(
    client, programme, given, status, free, sentence
):
    organisation = make_organisation(programme)
    invitation = make_invitation(make_event(programme), organisation)
    address = organisation_feed(programme, organisation)
    (before,) = read(client, address)
    with time_machine.travel("2026-10-02T03:00:00Z", tick=True):
        invitations.answer(invitation, given, submission_id=uuid4(), channel=Channel.EMAIL)

        (entry,) = read(client, address)

    assert (str(entry["STATUS"]), str(entry["TRANSP"])) == (status, free)
    assert sentence in entry["DESCRIPTION"]
    assert entry["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert str(entry["UID"]) == str(before["UID"])


def test_an_invitation_taken_back_is_a_cancelled_entry(client, programme):
    organisation = make_organisation(programme)
    invitation = make_invitation(make_event(programme, title="Họp"), organisation)
    invitation.state = InvitationState.CANCELLED

    (entry,) = read(client, organisation_feed(programme, organisation))

    assert told(entry) == ("Cancelled: Họp", "CANCELLED", 0)


def test_an_organisations_entries_are_those_its_mails_brought(client, programme):
    organisation = make_organisation(programme)
    event = make_event(programme, sessions=[(DAY, "08:00", "11:00"), (DAY, "13:00", "16:00")])
    invitation = make_invitation(event, organisation)
    moved = sessions_of(event)[0]
    later = make_session(event, date(2026, 10, 20))
    mailed_first = telling.calendar(event, invitation.calendar_uid, "REQUEST")
    moved.state, moved.moved_to_id = SessionState.MOVED, later.id
    db.session.flush()

    mailed = telling.calendar(event, invitation.calendar_uid, "REQUEST")
    file = calendar_file.build(mailed, clock.now(), ("HTX", "htx@coop.example"))
    in_mail = Calendar.from_ical(file).walk("VEVENT")
    in_feed = read(client, organisation_feed(programme, organisation))

    def identity(entries) -> set[tuple]:
        return {(str(e["UID"]), e["DTSTART"].to_ical(), e["DTEND"].to_ical()) for e in entries}

    assert identity(in_mail) == identity(in_feed)
    assert len(in_feed) == 2
    assert {s["key"] for s in mailed["sessions"]} < {s["key"] for s in mailed_first["sessions"]}


def test_an_organisation_entered_and_invited_twice_has_one_entry(client, programme):
    event = make_event(programme)
    kept, twice = (make_organisation(programme, name="HTX An") for _ in range(2))
    first = make_invitation(event, kept)
    make_invitation(event, twice).state = InvitationState.ACCEPTED
    address = organisation_feed(programme, twice)
    duplicates.merge_organisations(kept, twice, "Nhập hai lần")

    (entry,) = read(client, address)

    assert str(entry["UID"]).startswith(first.calendar_uid)
    assert entry["STATUS"] == "CONFIRMED"


def test_a_feed_asks_as_often_for_thirty_activities_as_for_one(
    officer, user, programme, count_queries
):
    organisation = make_organisation(programme)
    addresses = [own_feed(programme, user), organisation_feed(programme, organisation)]
    asked = []
    for number in (1, 2, 27):
        for _one in range(number):
            make_invitation(make_event(programme), organisation)
        for address in addresses:
            with count_queries() as counted:
                assert officer.get(address).status_code == 200
            asked.append(counted.number)

    assert asked == asked[:2] * 3


def test_an_officers_feed_ends_when_she_leaves(client, officer, user, programme):
    address = own_feed(programme, user)
    user.active = False
    db.session.flush()

    assert client.get(address).status_code == 404


def test_unknown_and_revoked_feeds_are_refused_alike(client, officer, user, programme):
    make_event(programme)
    address = own_feed(programme, user)
    (feed,) = db.session.scalars(select(CalendarFeed))
    service.revoke_feed(feed)
    db.session.flush()

    revoked, unknown = client.get(address), client.get("/calendar/AAAAAAAAAAAAAAAAAAAAAA.ics")

    assert (revoked.status_code, unknown.status_code) == (404, 404)

    def anonymous(page: str) -> str:
        return re.sub(r'value="[^"]*"|\S*[\w-]{20,}\S*', "", page)

    assert anonymous(revoked.text) == anonymous(unknown.text)


def test_an_officer_makes_a_feed_and_sees_its_address_once(client, officer, user, programme):
    make_event(programme)

    made = fill_in(officer, "/calendar/feeds?lang=en", body_id=find_body("womens_union").id)
    token = re.search(r"http://localhost/calendar/([\w-]{22})\.ics", made.text)[1]
    (feed,) = db.session.scalars(select(CalendarFeed))

    assert made.status_code == 201
    assert (feed.token_hash, feed.user_id) == (tokens.fingerprint(token), user.id)
    assert feed.body_id == find_body("womens_union").id
    assert token not in officer.get("/calendar/feeds").text
    assert len(read(client, f"/calendar/{token}.ics")) == 1


def test_a_form_sent_twice_makes_one_feed(officer, user):
    page = officer.get("/calendar/feeds?lang=en").text
    fields = {"body_id": "", "submission": hidden(page, "submission")}

    first = post(officer, page, "/calendar/feeds?lang=en", **fields)
    second = post(officer, page, "/calendar/feeds?lang=en", **fields)

    assert (first.status_code, second.status_code) == (201, 409)
    assert "is shown only once" in second.text
    assert len(db.session.scalars(select(CalendarFeed)).all()) == 1


@pytest.mark.parametrize(
    "fields", [{"body_id": "999999"}, {"body_id": "x"}, {"submission": "x"}, {"submission": ""}]
)
def test_a_feed_that_cannot_be_made_is_refused(officer, user, fields):
    page = officer.get("/calendar/feeds").text
    sent = {"body_id": "", "submission": str(uuid4()), **fields}

    answer = post(officer, page, "/calendar/feeds", **sent)

    assert answer.status_code == 422
    assert db.session.scalars(select(CalendarFeed)).all() == []


def test_a_form_sent_without_its_number_is_given_no_other(officer, user):
    page = officer.get("/calendar/feeds").text

    answer = post(officer, page, "/calendar/feeds", body_id="")

    assert answer.status_code == 422
    assert db.session.scalars(select(CalendarFeed)).all() == []


def test_an_officer_revokes_her_own_feed_and_no_others(client, officer, user, programme):
    address = own_feed(programme, user)
    (feed,) = db.session.scalars(select(CalendarFeed))
    page = officer.get("/calendar/feeds").text
    colleague = signed_in(officer.application.test_client(), programme, Role.ADMINISTRATOR)
    foreign = colleague.get("/calendar/feeds").text

    refused = post(colleague, foreign, f"/calendar/feeds/{feed.id}/revoke")
    still = client.get(address).status_code
    revoked = post(officer, page, f"/calendar/feeds/{feed.id}/revoke")

    assert (refused.status_code, still, revoked.status_code) == (404, 200, 303)
    assert client.get(address).status_code == 404
    assert "Revoke" not in officer.get("/calendar/feeds?lang=en").text


def test_an_organisations_feed_is_made_and_revoked_from_its_page(client, officer, programme):
    organisation = make_organisation(programme)
    path = f"/organisations/{organisation.id}?lang=en"
    page = officer.get(path).text

    made = post(
        officer,
        page,
        f"/calendar/feeds/of/{organisation.id}",
        submission=hidden(page, "submission"),
    )
    address = re.search(r"(/calendar/[\w-]{22}\.ics)", made.text)[1]
    (feed,) = db.session.scalars(select(CalendarFeed))
    reads = client.get(address).status_code
    gone = f"/calendar/feeds/of/{organisation.id}/{feed.id}/revoke"
    revoked = post(officer, officer.get(path).text, gone)

    assert (made.status_code, feed.organisation_id, reads) == (201, organisation.id, 200)
    assert (revoked.status_code, client.get(address).status_code) == (303, 404)


def test_a_viewer_makes_no_feed_of_an_organisation(client, programme):
    viewer = signed_in(client, programme, Role.VIEWER)
    organisation = make_organisation(programme)
    page = viewer.get("/calendar/feeds").text

    answer = post(viewer, page, f"/calendar/feeds/of/{organisation.id}", submission=str(uuid4()))

    assert answer.status_code == 403


def test_a_feed_made_twice_is_refused_by_the_service(user, programme):
    number = uuid4()
    service.make_own_feed(programme.id, user.id, None, "vi", number)

    with pytest.raises(DomainError):
        service.make_own_feed(programme.id, user.id, None, "vi", number)


WRITE = """
import sys
from datetime import UTC, datetime
from coopevents.calendars.feed import Entry, build
moment = datetime(2026, 10, 6, 0, 30, tzinfo=UTC)
entry = Entry("a-1", 0, moment, moment, moment.replace(hour=4), "CONFIRMED", "Họp", "Việt Trì",
    "x", "Mẫu", "0210", "a@coop.example", None)
import time_machine
with time_machine.travel("2026-10-01T20:00:00Z", tick=False):
    sys.stdout.buffer.write(build("Lịch", [entry]))
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Ho_Chi_Minh", "Pacific/Apia"])
def test_the_servers_time_zone_changes_no_byte(project, zone):
    written = [
        subprocess.run(
            [sys.executable, "-c", WRITE],
            env={**os.environ, "TZ": name},
            cwd=project,
            capture_output=True,
            check=True,
        ).stdout
        for name in ("UTC", zone)
    ]

    assert written[0] == written[1]
    assert b"DTSTART;TZID=Asia/Ho_Chi_Minh:20261006T073000" in written[0]


def test_an_entry_without_an_hour_between_is_not_folded_into_another(app):
    moment = datetime(2026, 10, 6, tzinfo=UTC)
    made = [
        Entry(
            f"uid-{n}",
            n,
            moment,
            moment,
            moment + timedelta(hours=1),
            "CONFIRMED",
            "ạ" * n,
            "",
            "",
            "N",
            "0",
            "a@coop.example",
            None,
        )
        for n in range(1, 120)
    ]

    entries = checked(feeds.build("ạ" * 80, made))

    assert [str(entry["SUMMARY"]) for entry in entries] == [entry.summary for entry in made]
