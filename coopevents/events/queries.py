from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Date, Select, bindparam, func, select
from sqlalchemy.orm import contains_eager, joinedload

from coopevents import clock
from coopevents.accounts.models import HostBody, HostBodyName
from coopevents.db import Translated, db, one_of, valid_on
from coopevents.directory.models import Person
from coopevents.errors import NotFoundError
from coopevents.events.models import (
    AgendaItem,
    Event,
    EventContent,
    EventHost,
    EventKind,
    EventSession,
    EventState,
    EventTemplate,
    EventTrainer,
    HostRole,
    SessionState,
)
from coopevents.i18n import _
from coopevents.programme.models import Content, ProgrammeBody


def get_event(event_id: int, programme_id: int | None) -> Event:
    """Answer the event, if it belongs to the programme. Raises NotFoundError otherwise."""
    event = db.session.get(
        Event, event_id, options=[joinedload(Event.kind), joinedload(Event.unit)]
    )
    if event is None or event.programme_id != programme_id:
        raise NotFoundError(_("There is no such activity."))
    return event


def find_submission(submission_id: UUID | None, programme_id: int) -> Event | None:
    """Answer the activity that an earlier sending of the same form wrote."""
    if submission_id is None:
        return None
    return db.session.scalar(
        select(Event).where(
            Event.submission_id == submission_id, Event.programme_id == programme_id
        )
    )


def get_session(session_id: int, event: Event) -> EventSession:
    """Answer the session, if it is one of the event's. Raises NotFoundError otherwise."""
    session = db.session.get(EventSession, session_id)
    if session is None or session.event_id != event.id:
        raise NotFoundError(_("There is no such session."))
    return session


def list_events(
    programme_id: int | None, *, state: EventState | None = None, limit: int = 200
) -> list[Event]:
    """Answer the programme's events, the one with the latest session first."""
    last_day = (
        select(func.max(EventSession.held_on))
        .where(EventSession.event_id == Event.id)
        .scalar_subquery()
    )
    found = (
        select(Event)
        .where(Event.programme_id == programme_id)
        .options(joinedload(Event.kind))
        .order_by(last_day.desc().nulls_first(), Event.id.desc())
        .limit(limit)
    )
    if state is not None:
        found = found.where(Event.state == state)
    return list(db.session.scalars(found))


def list_events_by_id(
    programme_id: int | None, *, state: EventState | None, before: int | None, limit: int
) -> list[Event]:
    """Answer a page of the programme's events, the newest first, from below the cursor."""
    found = (
        select(Event)
        .where(Event.programme_id == programme_id)
        .options(joinedload(Event.kind))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if state is not None:
        found = found.where(Event.state == state)
    if before is not None:
        found = found.where(Event.id < before)
    return list(db.session.scalars(found))


def list_repeatable(programme_id: int | None, kind: str | None = None) -> list[Event]:
    """Answer the activities an officer may want to hold again, the latest first: at most 20."""
    last_day = func.max(EventSession.held_on)
    found = (
        select(Event)
        .join(Event.kind)
        .join(EventSession, EventSession.event_id == Event.id)
        .where(
            Event.programme_id == programme_id,
            Event.state.in_((EventState.PUBLISHED, EventState.POSTPONED, EventState.CLOSED)),
        )
        .group_by(Event.id, EventKind.id)
        .options(contains_eager(Event.kind))
        .order_by(last_day.desc(), Event.id.desc())
        .limit(20)
    )
    if kind is not None:
        found = found.where(EventKind.key == kind)
    return list(db.session.scalars(found))


def events_of_promises(promise_ids: Iterable[int]) -> dict[int, list[Event]]:
    """Answer the activities that keep each promise of a yearly plan, the cancelled ones too."""
    found: dict[int, list[Event]] = defaultdict(list)
    rows = db.session.scalars(
        select(Event).where(Event.year_plan_id.in_(list(promise_ids))).order_by(Event.id)
    )
    for event in rows:
        found[event.year_plan_id or 0].append(event)
    return found


def list_templates(programme_id: int | None) -> list[EventTemplate]:
    """Answer the templates of the programme by name."""
    return list(
        db.session.scalars(
            select(EventTemplate)
            .where(EventTemplate.programme_id == programme_id)
            .order_by(EventTemplate.name)
        )
    )


def get_template(template_id: int, programme_id: int | None) -> EventTemplate:
    """Answer the template, if it is one of the programme's. Raises NotFoundError otherwise."""
    template = db.session.get(EventTemplate, template_id)
    if template is None or template.programme_id != programme_id:
        raise NotFoundError(_("There is no such template."))
    return template


def list_sessions(event: Event) -> list[EventSession]:
    """Answer the event's sessions in the order they are held."""
    return sessions_of([event.id])[event.id]


def sessions_of(event_ids: Iterable[int]) -> dict[int, list[EventSession]]:
    """Answer the sessions of each event, in the order they are held."""
    found: dict[int, list[EventSession]] = defaultdict(list)
    for session in db.session.scalars(_sessions(), {"event_ids": list(event_ids)}):
        found[session.event_id].append(session)
    return found


@cache
def _sessions() -> Select[EventSession]:
    return (
        select(EventSession)
        .where(one_of(EventSession.event_id, bindparam("event_ids")))
        .order_by(EventSession.held_on, EventSession.starts_at, EventSession.id)
    )


def agenda_of(session_ids: Iterable[int]) -> dict[int, list[AgendaItem]]:
    """Answer the agenda of each session, in its order."""
    found: dict[int, list[AgendaItem]] = defaultdict(list)
    rows = db.session.scalars(
        select(AgendaItem)
        .where(AgendaItem.session_id.in_(list(session_ids)))
        .order_by(AgendaItem.session_id, AgendaItem.rank)
    )
    for item in rows:
        found[item.session_id].append(item)
    return found


def list_trainers(event: Event) -> list[EventTrainer]:
    """Answer who teaches or speaks: those of the whole activity first, then session by session."""
    return list(
        db.session.scalars(
            select(EventTrainer)
            .where(EventTrainer.event_id == event.id)
            .options(joinedload(EventTrainer.person))
            .order_by(EventTrainer.session_id.nulls_first(), EventTrainer.id)
        )
    )


def namesakes_of(trainers: Sequence[EventTrainer], register_id: int) -> dict[int, list[Person]]:
    """Answer who in the register bears the name of each trainer it is not known to know."""
    unknown = [trainer for trainer in trainers if trainer.person_id is None]
    found = defaultdict(list)
    rows = db.session.scalars(
        select(Person)
        .where(
            Person.register_id == register_id,
            Person.name_fold.in_({trainer.name_fold for trainer in unknown}),
            Person.erased_at.is_(None),
            Person.duplicate_of_id.is_(None),
        )
        .order_by(Person.name_sort, Person.id)
    ).all()
    for trainer in unknown:
        found[trainer.id] = [person for person in rows if person.name_fold == trainer.name_fold]
    return found


def get_trainer(trainer_id: int, event: Event) -> EventTrainer:
    """Answer the trainer, if it is one of the event's. Raises NotFoundError otherwise."""
    trainer = db.session.get(EventTrainer, trainer_id)
    if trainer is None or trainer.event_id != event.id:
        raise NotFoundError(_("There is no such trainer."))
    return trainer


def list_hosts(event: Event) -> list[EventHost]:
    """Answer who hosts the event, the lead first."""
    return hosts_of([event.id])[event.id]


def hosts_of(event_ids: Iterable[int]) -> dict[int, list[EventHost]]:
    """Answer who hosts each event, the lead first."""
    found: dict[int, list[EventHost]] = defaultdict(list)
    hosts = db.session.scalars(
        select(EventHost)
        .where(EventHost.event_id.in_(list(event_ids)))
        .options(joinedload(EventHost.body))
        .order_by(EventHost.role != HostRole.LEAD, EventHost.id)
    )
    for host in hosts:
        found[host.event_id].append(host)
    return found


def host_names(event: Event) -> list[Translated]:
    """Answer what the hosts of the event are called today, the lead first."""
    return list(db.session.scalars(_host_names(), {"event_id": event.id, "today": clock.today()}))


@cache
def _host_names() -> Select[Translated]:
    return (
        select(HostBodyName.name)
        .join(EventHost, EventHost.body_id == HostBodyName.body_id)
        .where(
            EventHost.event_id == bindparam("event_id"),
            valid_on(HostBodyName, bindparam("today", type_=Date())),
        )
        .order_by(EventHost.role != HostRole.LEAD, EventHost.id)
    )


def list_contents(event: Event) -> list[Content]:
    """Answer the contents of the programme that the event serves."""
    return list(
        db.session.scalars(
            select(Content)
            .join(EventContent, EventContent.content_id == Content.id)
            .where(EventContent.event_id == event.id)
            .order_by(Content.number)
        )
    )


def list_kinds(programme_id: int | None) -> list[EventKind]:
    """Answer the kinds of activity that can be planned, in the order the office knows them."""
    return [kind for kind in list_all_kinds(programme_id) if kind.retired_at is None]


def list_all_kinds(programme_id: int | None) -> list[EventKind]:
    """Answer every kind of activity of the programme, the retired ones too."""
    return list(
        db.session.scalars(
            select(EventKind).where(EventKind.programme_id == programme_id).order_by(EventKind.rank)
        )
    )


def get_kind(key: str, programme_id: int | None) -> EventKind:
    """Answer the programme's kind of activity of that key. Raises NotFoundError otherwise."""
    kind = db.session.scalar(
        select(EventKind).where(EventKind.programme_id == programme_id, EventKind.key == key)
    )
    if kind is None:
        raise NotFoundError(_("There is no such kind of activity."))
    return kind


def programme_contents(programme_id: int | None) -> list[Content]:
    """Answer the contents of the programme."""
    return list(
        db.session.scalars(
            select(Content).where(Content.programme_id == programme_id).order_by(Content.number)
        )
    )


def programme_body_ids(programme_id: int) -> set[int]:
    """Answer the ids of the bodies that signed the programme."""
    return set(
        db.session.scalars(
            select(ProgrammeBody.body_id).where(ProgrammeBody.programme_id == programme_id)
        )
    )


def list_bodies() -> list[HostBody]:
    """Answer every body that may host."""
    return list(db.session.scalars(select(HostBody).order_by(HostBody.id)))


def first_start(sessions: Sequence[EventSession]) -> datetime | None:
    """Answer when the first session that still stands begins."""
    return min((s.starts_on_clock for s in sessions if _stands(s)), default=None)


def last_end(sessions: Sequence[EventSession]) -> datetime | None:
    """Answer when the last session that still stands ends."""
    return max((s.ends_on_clock for s in sessions if _stands(s)), default=None)


def last_held_on(sessions: Sequence[EventSession]) -> date | None:
    """Answer the day that decides to which period the event belongs: its last held session's."""
    return max((s.held_on for s in sessions if s.state is SessionState.HELD), default=None)


def required(sessions: Iterable[EventSession]) -> list[EventSession]:
    """Answer the sessions that are to be attended: a cancelled one drops out, so does a moved one.

    Source: case 13. The row a moved session became is required in its place.
    """
    return [s for s in sessions if s.required and _stands(s)]


def _stands(session: EventSession) -> bool:
    return session.state in {SessionState.PLANNED, SessionState.HELD}
