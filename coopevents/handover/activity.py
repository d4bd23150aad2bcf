"""What the activity was: its facts, its sessions, its agenda, who spoke."""

from collections.abc import Sequence

from sqlalchemy import select

from coopevents.accounts import queries as accounts
from coopevents.db import db
from coopevents.events import queries as events
from coopevents.events.models import AgendaItem, Event, EventSession, EventTrainer
from coopevents.handover.parts import Section, Table
from coopevents.handover.words import WORDS
from coopevents.i18n import _, _l, day, hour, hours, moment, number, translated

COUNTS = {
    "both_bodies_host": _l("yes: both bodies host"),
    "a_body_does_not_host": _l("no: not both bodies host"),
}
"""Why it counts to the programme, or why not."""


def tell_activity(event: Event) -> Section:
    """Answer the facts of the activity, with the sessions that were cancelled or moved."""
    sessions = events.list_sessions(event)
    return Section(
        slug="hoat-dong",
        title=_("The activity"),
        facts=_facts(event),
        notes=[event.description] if event.description else [],
        tables=[
            _hosts(event),
            _contents(event),
            _sessions(sessions),
            _agenda(event, sessions),
            _trainers(event, sessions),
        ],
    )


def _facts(event: Event) -> list[tuple[str, str | None]]:
    counts = COUNTS.get(event.counts_reason, "")
    return [
        (_("Kind"), translated(event.kind.name)),
        (_("State"), str(WORDS[event.state])),
        (
            _("Counts to the programme"),
            str(counts or (_("no"), _("yes"))[event.counts_to_programme]),
        ),
        (
            _("Where"),
            ", ".join(filter(None, [event.place, event.unit.name if event.unit else None])),
        ),
        (_("Places"), number(event.capacity)),
        (_("Answers are due by"), day(event.answer_by)),
        (_("Contact person"), ", ".join(filter(None, [event.contact_name, event.contact_phone]))),
        (_("Promise of the yearly plan"), event.year_plan.title if event.year_plan else None),
        (_("Published on"), moment(event.published_at)),
        (_("Closed on"), moment(event.closed_at)),
        (_("Cancelled on"), moment(event.cancelled_at)),
        (_("Why it was cancelled"), event.cancel_reason),
    ]


def _hosts(event: Event) -> Table:
    names = accounts.names_of_bodies()
    return Table(
        _("Hosts"),
        [_("Body"), _("Role")],
        [(translated(names[h.body_id].name), h.role) for h in events.list_hosts(event)],
    )


def _contents(event: Event) -> Table:
    return Table(
        _("Contents of the programme"),
        [_("Number"), _("Content")],
        [(content.number, translated(content.text)) for content in events.list_contents(event)],
    )


def _sessions(sessions: Sequence[EventSession]) -> Table:
    by_id = {session.id: session for session in sessions}
    columns = [_("Session"), _("Topic"), _("Class"), _("Where"), _("State"), _("Reason")]
    rows = [
        (
            when(session),
            session.topic,
            session.class_group,
            session.place,
            session.state,
            _why(session, by_id.get(session.moved_to_id or 0)),
        )
        for session in sessions
    ]
    return Table(_("Sessions"), columns, rows)


def when(session: EventSession) -> str:
    """Answer the day and the hours of a session."""
    return f"{day(session.held_on)}, {hours(session.starts_at, session.ends_at)}"


def _why(session: EventSession, moved_to: EventSession | None) -> str:
    parts = [session.state_reason]
    if moved_to is not None:
        parts.append(_("moved to %(when)s", when=when(moved_to)))
    return "; ".join(filter(None, parts))


def _agenda(event: Event, sessions: Sequence[EventSession]) -> Table:
    days = {session.id: when(session) for session in sessions}
    places = {session.id: place for place, session in enumerate(sessions)}
    items = db.session.scalars(
        select(AgendaItem).where(AgendaItem.event_id == event.id).order_by(AgendaItem.rank)
    )
    rows = [
        (
            days[item.session_id],
            hour(item.starts_at) if item.starts_at else "",
            item.topic,
            item.speaker,
        )
        for item in sorted(items, key=lambda item: places[item.session_id])
    ]
    return Table(_("Agenda"), [_("Session"), _("Hour"), _("Topic"), _("Speaker")], rows)


def _trainers(event: Event, sessions: Sequence[EventSession]) -> Table:
    days = {session.id: when(session) for session in sessions}
    found = db.session.scalars(
        select(EventTrainer).where(EventTrainer.event_id == event.id).order_by(EventTrainer.id)
    )
    rows = [
        (one.full_name, one.part, one.unit, days.get(one.session_id or 0, _("all sessions")))
        for one in found
    ]
    columns = [_("Full name"), _("Part"), _("Comes from"), _("Session")]
    return Table(_("Trainers and speakers"), columns, rows)
