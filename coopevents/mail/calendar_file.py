"""Calendar files: one entry a session, in the office's time zone, the same bytes every time."""

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, vCalAddress, vText

from coopevents import clock
from coopevents.db import Json

PRODUCER = "-//coopevents//coopevents//EN"


def build(calendar: Json, stamp: datetime, attendee: tuple[str, str] | None = None) -> str:
    """Answer the text of the calendar file.

    `calendar` is {method, uid, sequence, summary, description, location, organizer_name,
    organizer_email, sessions}, and each of its sessions {starts_at, ends_at} in ISO 8601, and
    where they differ {location, summary, key}. An entry's UID is `<uid>-<key>`; without a key,
    its place in the list. `attendee` (name, address) is required where METHOD is not PUBLISH.
    """
    sessions = calendar["sessions"]
    file = Calendar()
    file.add("prodid", PRODUCER)
    file.add("version", "2.0")
    file.add("method", calendar["method"])
    file.add_component(zone(clock.LOCAL_ZONE, *_years(sessions)))
    for number, session in enumerate(sessions, start=1):
        file.add_component(_entry(calendar, session, number, stamp, attendee))
    text: bytes = file.to_ical()
    return text.decode()


def _years(sessions: list[Json]) -> tuple[int, int]:
    years = {_local(session[end]).year for session in sessions for end in ("starts_at", "ends_at")}
    return min(years), max(years)


@lru_cache(maxsize=64)
def zone(here: ZoneInfo, first: int, last: int) -> Timezone:
    """Answer the zone described for the years from `first` to `last`."""
    # Given its name: Outlook shifts entries whose zone the file only names and does not describe.
    described = Timezone.from_tzinfo(here, here.key, date(first, 1, 1), date(last + 1, 1, 1))
    described.pop("comment", None)
    return described


def _entry(
    calendar: Json, session: Json, number: int, stamp: datetime, attendee: tuple[str, str] | None
) -> Event:
    entry = Event()
    entry.add("uid", f"{calendar['uid']}-{session.get('key', number)}")
    entry.add("sequence", calendar["sequence"])
    entry.add("dtstamp", stamp.replace(microsecond=0))
    entry.add("dtstart", _local(session["starts_at"]))
    entry.add("dtend", _local(session["ends_at"]))
    entry.add("summary", session.get("summary") or calendar["summary"])
    entry.add("status", "CANCELLED" if calendar["method"] == "CANCEL" else "CONFIRMED")
    for name, text in _optional(calendar, session):
        entry.add(name, text)
    if calendar.get("organizer_email"):
        entry.add("organizer", _person(calendar["organizer_name"], calendar["organizer_email"]))
    if attendee is not None and calendar["method"] != "PUBLISH":
        guest = _person(*attendee)
        guest.params["RSVP"] = vText("FALSE")
        entry.add("attendee", guest)
    return entry


def _optional(calendar: Json, session: Json) -> Iterator[tuple[str, str]]:
    for name in ("location", "description"):
        text = session.get(name) or calendar.get(name)
        if text:
            yield name, text


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    # A parameter may not hold a double quote, and has no way to write one.
    person.params["CN"] = vText(name.replace('"', "'"))
    return person


def _local(moment: str) -> datetime:
    return clock.local(datetime.fromisoformat(moment))
