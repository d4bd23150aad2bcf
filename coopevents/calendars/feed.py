"""What a feed shows: activities as entries of a calendar, and the file they make (RFC 5545).

The file is a function of the rows alone. It holds nothing of the hour it is read at, of the
server's time zone, or of who reads it, so that it changes exactly when an activity does.
"""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, vCalAddress, vText
from icalendar import Event as Component
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.calendars.models import CalendarFeed
from coopevents.db import db
from coopevents.directory import identity
from coopevents.events.chains import first_rows
from coopevents.events.models import (
    Event,
    EventHost,
    EventSession,
    EventState,
    HostRole,
    SessionState,
)
from coopevents.i18n import _
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.invitations.queries import latest_answers
from coopevents.mail import calendar_file

REFRESH = timedelta(hours=6)
"""How often a calendar program is asked to read the feed again."""

NAMES = uuid.UUID("6f0f5d3e-3a53-4d0e-9d0c-0c4b7a0f8d15")
"""The name space of entries nobody was mailed."""

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
"""What no text of a calendar file may hold. Line ends are written as RFC 5545 asks."""


@dataclass(frozen=True)
class Entry:
    """One session as a calendar shows it; `is_free` lets the reader's hour stay free."""

    uid: str
    sequence: int
    stamp: datetime
    starts: datetime
    ends: datetime
    status: str
    summary: str
    location: str
    description: str
    contact_name: str
    contact_phone: str
    contact_email: str
    url: str | None
    is_free: bool = False


@dataclass(frozen=True)
class Asked:
    """What an organisation was asked: its invitations to one activity, merged entries' too.

    The earliest bears the UID its mails carry. `answered_at` is when its answer came last.
    """

    invitations: Sequence[Invitation]
    answered_at: datetime | None

    @property
    def uid(self) -> str:
        """The UID that every mail about the activity bore."""
        return self.invitations[0].calendar_uid

    @property
    def state(self) -> InvitationState:
        """How it stands: accepted if any of them was, and gone only when all of them are."""
        states = {invitation.state for invitation in self.invitations}
        ranked = (
            InvitationState.ACCEPTED,
            InvitationState.PENDING,
            InvitationState.DECLINED,
            InvitationState.CANCELLED,
        )
        return next(state for state in ranked if state in states)

    @property
    def changed_at(self) -> datetime:
        """When what stands here was written last."""
        moments = [invitation.invited_at for invitation in self.invitations]
        return max([*moments, *([self.answered_at] if self.answered_at else [])])


def horizon() -> date:
    """Answer the first day a feed shows: what is older is no longer looked up in a calendar."""
    return date(clock.today().year - 1, 1, 1)


def entries_of(feed: CalendarFeed, base_url: str) -> list[Entry]:
    """Answer the entries of the feed in the order of their days."""
    asked = _asked(feed) if feed.organisation_id is not None else None
    sessions = _sessions(feed, None if asked is None else list(asked))
    first = first_rows(sessions)
    return [
        _entry(
            session,
            first[session.id],
            base_url,
            None if asked is None else asked[session.event_id],
        )
        for session in sessions
        if session.state is not SessionState.MOVED and session.held_on >= horizon()
    ]


def _sessions(feed: CalendarFeed, event_ids: list[int] | None) -> list[EventSession]:
    """Answer the sessions of the feed's activities, those that were moved away too.

    A draft is in nobody's calendar, nor is one that was called off before it was published.
    """
    once_published = or_(
        Event.state.in_([EventState.PUBLISHED, EventState.CLOSED]),
        and_(
            Event.state.in_([EventState.POSTPONED, EventState.CANCELLED]),
            Event.published_at.is_not(None),
        ),
    )
    recent = select(EventSession.event_id).where(EventSession.held_on >= horizon())
    found = (
        select(EventSession)
        .join(EventSession.event)
        .where(Event.programme_id == feed.programme_id, once_published, Event.id.in_(recent))
        .options(joinedload(EventSession.event).joinedload(Event.unit))
        .order_by(EventSession.held_on, EventSession.starts_at, EventSession.id)
    )
    if feed.body_id is not None:
        hosted = select(EventHost.event_id).where(
            EventHost.body_id == feed.body_id, EventHost.role != HostRole.THIRD
        )
        found = found.where(Event.id.in_(hosted))
    if event_ids is not None:
        found = found.where(Event.id.in_(event_ids))
    return list(db.session.scalars(found))


def _asked(feed: CalendarFeed) -> dict[int, Asked]:
    """Answer by activity what the organisation of the feed was asked, and what it answered."""
    kept = identity.kept_ids([feed.organisation_id or 0])
    entries = identity.with_merged(list(kept.values()))
    by_event: dict[int, list[Invitation]] = defaultdict(list)
    invitations = db.session.scalars(
        select(Invitation)
        .where(
            Invitation.programme_id == feed.programme_id, Invitation.organisation_id.in_(entries)
        )
        .order_by(Invitation.id)
    ).all()
    answers = latest_answers([invitation.id for invitation in invitations])
    for invitation in invitations:
        by_event[invitation.event_id].append(invitation)
    return {
        event_id: Asked(
            found, max((answers[i.id].answered_at for i in found if i.id in answers), default=None)
        )
        for event_id, found in by_event.items()
    }


def _entry(session: EventSession, first_id: int, base_url: str, asked: Asked | None) -> Entry:
    event = session.event
    status = _status(session, asked)
    place = [session.place or event.place, event.unit.name if event.unit else None]
    stamp = event.changed_at if asked is None else max(event.changed_at, asked.changed_at)
    return Entry(
        uid=f"{asked.uid if asked else _uid(event)}-{first_id}",
        sequence=event.calendar_sequence,
        stamp=stamp,
        starts=session.starts_on_clock,
        ends=session.ends_on_clock,
        status=status,
        summary=_summary(event, status),
        location=", ".join(filter(None, place)),
        description="\n".join(_description(session, asked)),
        contact_name=event.contact_name,
        contact_phone=event.contact_phone,
        contact_email=event.contact_email,
        # An officer signs in there. An organisation's own link is known to its mail alone.
        url=f"{base_url}/events/{event.id}" if asked is None else None,
        is_free=asked is not None and asked.state is not InvitationState.ACCEPTED,
    )


def _uid(event: Event) -> str:
    # Made of what never changes of the row, and of the moment it was written, which no other
    # installation shares with it: nobody's calendar takes entries of two houses for one.
    return f"{uuid.uuid5(NAMES, f'{event.id}:{event.created_at.astimezone(UTC).isoformat()}')}"


def _status(session: EventSession, asked: Asked | None) -> str:
    event = session.event
    if session.state is SessionState.HELD:
        return "CONFIRMED"
    gone = asked is not None and asked.state is InvitationState.CANCELLED
    if gone or SessionState.CANCELLED is session.state or event.state is EventState.CANCELLED:
        return "CANCELLED"
    unsaid = asked is not None and asked.state is InvitationState.PENDING
    return "TENTATIVE" if unsaid or event.state is EventState.POSTPONED else "CONFIRMED"


def _summary(event: Event, status: str) -> str:
    # Many calendars show neither STATUS, so that the title has to say it.
    if status == "CANCELLED":
        return _("Cancelled: %(title)s", title=event.title)
    if event.state is EventState.POSTPONED and status == "TENTATIVE":
        return _("Postponed: %(title)s", title=event.title)
    return event.title


def _description(session: EventSession, asked: Asked | None) -> Iterator[str]:
    event = session.event
    if session.topic:
        yield session.topic
    if event.description:
        yield event.description
    if event.state is EventState.POSTPONED:
        yield _("The new day is not known yet.")
    if asked is not None and asked.state is not InvitationState.CANCELLED:
        yield _said(asked.state)
    yield _(
        "Contact: %(name)s, %(phone)s, %(email)s",
        name=event.contact_name,
        phone=event.contact_phone,
        email=event.contact_email,
    )


def _said(state: InvitationState) -> str:
    words = {
        InvitationState.ACCEPTED: _("You have accepted the invitation."),
        InvitationState.DECLINED: _("You have declined the invitation."),
    }
    return words.get(state, _("You have not answered the invitation yet."))


def build(title: str, entries: Sequence[Entry]) -> bytes:
    """Answer the file: UTF-8, lines folded at 75 octets and ended by CRLF.

    Hours are the office's, its zone described, as in the files that are mailed. The description
    also stands in a feed without entries: a calendar must hold something.
    """
    file = Calendar()
    file.add("prodid", calendar_file.PRODUCER)
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    for name in ("name", "x-wr-calname"):
        file.add(name, _text(title))
    file.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", _text("PT6H"))
    years = {horizon().year, *(clock.local(entry.starts).year for entry in entries)}
    file.add_component(calendar_file.zone(clock.LOCAL_ZONE, min(years), max(years)))
    for entry in entries:
        file.add_component(_component(entry))
    written: bytes = file.to_ical()
    return written


def _component(entry: Entry) -> Component:
    made = Component()
    made.add("uid", entry.uid)
    made.add("sequence", entry.sequence)
    stamp = entry.stamp.astimezone(UTC).replace(microsecond=0)
    for name in ("dtstamp", "last-modified"):
        made.add(name, stamp)
    made.add("dtstart", clock.local(entry.starts))
    made.add("dtend", clock.local(entry.ends))
    made.add("status", entry.status)
    made.add("transp", "TRANSPARENT" if _is_free(entry) else "OPAQUE")
    made.add("summary", _text(entry.summary))
    made.add("location", _text(entry.location))
    made.add("description", _text(entry.description))
    made.add("contact", _text(f"{entry.contact_name}, {entry.contact_phone}"))
    organizer = vCalAddress(f"mailto:{entry.contact_email}")
    # A parameter may not hold a double quote, and has no way to write one.
    organizer.params["CN"] = vText(CONTROL.sub(" ", entry.contact_name).replace('"', "'"))
    made.add("organizer", organizer)
    if entry.url:
        made.add("url", entry.url)
    return made


def _is_free(entry: Entry) -> bool:
    return entry.is_free or entry.status != "CONFIRMED"


def _text(text: str) -> vText:
    return vText(CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")))
