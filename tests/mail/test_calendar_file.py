"""The calendar file, golden to the byte."""

import time
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from coopevents.mail.calendar_file import build

STAMP = datetime(2026, 3, 1, 2, 3, 4, 567, tzinfo=UTC)
TRAINING = {
    "method": "REQUEST",
    "uid": "5f1c@coopevents",
    "sequence": 2,
    "summary": "Tập huấn; kế toán, quản trị",
    "description": "Dòng một\nDòng hai",
    "location": "Hội trường xã Đồng Lương",
    "organizer_name": 'Bà "Hoa"',
    "organizer_email": "hoa@coop.example",
    "sessions": [
        {"starts_at": "2026-03-16T00:30:00+00:00", "ends_at": "2026-03-16T04:00:00+00:00"},
        {
            "starts_at": "2026-03-17T00:30:00+00:00",
            "ends_at": "2026-03-17T04:00:00+00:00",
            "location": "Nhà văn hóa",
        },
    ],
}
GUEST = ("HTX Đồng Lương", "htx@coop.example")

GOLDEN = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//coopevents//coopevents//EN
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Asia/Ho_Chi_Minh
BEGIN:STANDARD
DTSTART:20260101T000000
TZNAME:+07
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
SUMMARY:Tập huấn\\; kế toán\\, quản trị
DTSTART;TZID=Asia/Ho_Chi_Minh:20260316T073000
DTEND;TZID=Asia/Ho_Chi_Minh:20260316T110000
DTSTAMP:20260301T020304Z
UID:5f1c@coopevents-1
SEQUENCE:2
ATTENDEE;CN="HTX Đồng Lương";RSVP=FALSE:mailto:htx@coop.example
DESCRIPTION:Dòng một\\nDòng hai
LOCATION:Hội trường xã Đồng Lương
ORGANIZER;CN="Bà 'Hoa'":mailto:hoa@coop.example
STATUS:CONFIRMED
END:VEVENT
BEGIN:VEVENT
SUMMARY:Tập huấn\\; kế toán\\, quản trị
DTSTART;TZID=Asia/Ho_Chi_Minh:20260317T073000
DTEND;TZID=Asia/Ho_Chi_Minh:20260317T110000
DTSTAMP:20260301T020304Z
UID:5f1c@coopevents-2
SEQUENCE:2
ATTENDEE;CN="HTX Đồng Lương";RSVP=FALSE:mailto:htx@coop.example
DESCRIPTION:Dòng một\\nDòng hai
LOCATION:Nhà văn hóa
ORGANIZER;CN="Bà 'Hoa'":mailto:hoa@coop.example
STATUS:CONFIRMED
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Ho_Chi_Minh"])
def server_zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_the_file_is_the_same_wherever_the_server_stands(server_zone):
    text = build(TRAINING, STAMP, GUEST)

    assert text == GOLDEN.replace("\n", "\r\n")


def test_a_cancellation_says_so_in_method_and_status():
    text = build({**TRAINING, "method": "CANCEL", "sequence": 3}, STAMP, GUEST)

    parsed = Calendar.from_ical(text)
    entries = parsed.walk("VEVENT")
    assert parsed["METHOD"] == "CANCEL"
    assert [(e["STATUS"], e["SEQUENCE"]) for e in entries] == [("CANCELLED", 3)] * 2


def test_a_published_file_names_no_guest():
    text = build({**TRAINING, "method": "PUBLISH"}, STAMP, GUEST)

    assert [e.get("ATTENDEE") for e in Calendar.from_ical(text).walk("VEVENT")] == [None, None]


def test_a_key_keeps_the_uid_of_a_session_when_another_goes():
    sessions = [{**one, "key": key} for key, one in enumerate(TRAINING["sessions"], start=7)]

    both = build({**TRAINING, "sessions": sessions}, STAMP, GUEST)
    rest = build({**TRAINING, "sessions": sessions[1:]}, STAMP, GUEST)

    uids = [[e["UID"] for e in Calendar.from_ical(text).walk("VEVENT")] for text in (both, rest)]
    assert uids == [["5f1c@coopevents-7", "5f1c@coopevents-8"], ["5f1c@coopevents-8"]]


def test_no_line_is_longer_than_75_bytes():
    text = build({**TRAINING, "summary": "Tập huấn " * 40}, STAMP, GUEST)

    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert Calendar.from_ical(text).walk("VEVENT")[0]["SUMMARY"] == "Tập huấn " * 40
