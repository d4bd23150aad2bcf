"""An activity in the words of a language, as letters, mails and calendars tell it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coopevents.events import queries
from coopevents.events.chains import first_rows
from coopevents.events.models import Event, EventSession, EventState, SessionState
from coopevents.i18n import day, force_locale, hours, translated


@dataclass(frozen=True)
class Told:
    """What can be said of an activity in one language; `as_json` is what a message keeps."""

    title: str
    kind: str
    description: str
    place: str
    hosts: str
    sessions: list[dict[str, str]]
    answer_by: str
    contact_name: str
    contact_phone: str
    contact_email: str
    is_sample: bool

    def as_json(self) -> dict[str, Any]:
        """Answer the same as plain JSON."""
        return dict(self.__dict__)


def tell(event: Event, locale: str, sessions: Sequence[EventSession] | None = None) -> Told:
    """Answer the activity in the words of `locale`: its standing sessions, its hosts.

    `sessions` are the activity's, where the caller has read them already.
    """
    with force_locale(locale):
        return Told(
            title=event.title,
            kind=translated(event.kind.name),
            description=event.description,
            place=where(event.place, event.unit.name if event.unit else None),
            hosts=" – ".join(map(translated, queries.host_names(event))),
            sessions=[told_session(s) for s in standing(event, sessions)],
            answer_by=day(event.answer_by) if event.answer_by else "",
            contact_name=event.contact_name,
            contact_phone=event.contact_phone,
            contact_email=event.contact_email,
            is_sample=event.is_sample,
        )


def where(place: str, commune: str | None) -> str:
    """Answer where it is held, with its commune if that is known."""
    return ", ".join(filter(None, [place, commune]))


def mail_context(
    event: Event, locale: str, sessions: Sequence[EventSession] | None = None
) -> dict[str, Any]:
    """Answer what every mail about the activity needs, in the keys rendering.py knows."""
    told = tell(event, locale, sessions)
    return {
        "event": told.as_json(),
        "sender_name": told.hosts,
        "reply_to": {"name": told.contact_name, "address": told.contact_email},
    }


def standing(event: Event, sessions: Sequence[EventSession] | None = None) -> list[EventSession]:
    """Answer the sessions that were neither cancelled nor moved.

    Of an activity postponed without new days only those held stand: the days of the others are
    told to nobody any more.
    """
    gone = {SessionState.CANCELLED, SessionState.MOVED}
    if event.state is EventState.POSTPONED:
        gone.add(SessionState.PLANNED)
    every = queries.list_sessions(event) if sessions is None else sessions
    return [s for s in every if s.state not in gone]


def told_session(session: EventSession) -> dict[str, str]:
    """Answer one session in the words of the language in force."""
    return {
        "day": day(session.held_on),
        "hours": hours(session.starts_at, session.ends_at),
        "topic": session.topic,
        "place": session.place or "",
    }


def calendar(
    event: Event,
    uid: str,
    method: str,
    only: Sequence[EventSession] | None = None,
    sessions: Sequence[EventSession] | None = None,
) -> dict[str, Any]:
    """Answer the activity as a calendar file needs it: moments in UTC, one entry a session.

    With `only` those sessions and no others; `sessions` as in `tell`. The key of an entry is that
    of the row the session was first told by: so its UID stays when the session moves.
    """
    every = queries.list_sessions(event) if sessions is None else sessions
    first = first_rows(every)
    return {
        "method": method,
        "uid": uid,
        "sequence": event.calendar_sequence,
        "summary": event.title,
        "description": event.description,
        "location": where(event.place, event.unit.name if event.unit else None),
        "organizer_name": event.contact_name,
        "organizer_email": event.contact_email,
        "sessions": [
            {
                "key": first[s.id],
                "starts_at": s.starts_on_clock.isoformat(),
                "ends_at": s.ends_on_clock.isoformat(),
                "location": s.place or "",
            }
            for s in (standing(event, every) if only is None else only)
        ],
    }
