"""Planning and running activities: plan, publish, mark sessions, close."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, inspect

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.events import queries
from coopevents.events.models import (
    MARKS,
    AgendaItem,
    Event,
    EventContent,
    EventHost,
    EventSession,
    EventState,
    EventTrainer,
    HostRole,
    SessionState,
)
from coopevents.events.plans import (
    AgendaPoint,
    EventDetails,
    EventPlan,
    SessionPlan,
    TrainerPlan,
    problems_of_hosts,
)
from coopevents.i18n import _
from coopevents.programme import service as programmes

OF_THE_EVENT = (
    *("kind_id", "title", "description", "place", "administrative_unit_id", "capacity"),
    *("offer_hours", "answer_by", "promotional", "listed_publicly"),
    *("contact_name", "contact_phone", "contact_email"),
)
"""What a plan says that the event's own row keeps, and that a draft may change."""

ONCE = ("is_sample", "submission_id", "year_plan_id", "copied_from_id", "proposed_audience")
"""What only planning says: where the activity comes from."""

OF_A_SESSION = (*("held_on", "starts_at", "ends_at", "topic", "place", "class_group", "required"),)


def plan(programme_id: int, planned: EventPlan) -> Event:
    """Write a draft with its hosts, contents, sessions, agendas and trainers.

    A plan sent before is the draft it became. Raises InputError for what cannot be.
    """
    programmes.refuse(planned.problems())
    sent = queries.find_submission(planned.submission_id, programme_id)
    if sent is not None:
        return sent
    columns = {name: getattr(planned, name) for name in (*OF_THE_EVENT, *ONCE)}
    event = Event(programme_id=programme_id, created_by_id=_user_id(), **columns)
    db.session.add(event)
    db.session.flush()
    _write_hosts(event, planned.lead_body_id, planned.co_host_ids, planned.third_host_ids)
    _write_contents(event, planned.content_ids)
    for session in planned.sessions:
        _write_session(event, session)
    add_trainers(event, planned.trainers)
    audit.record(
        "event.planned",
        "event",
        event.id,
        programme_id=programme_id,
        changes={"title": (None, event.title)},
    )
    return event


def change(event: Event, planned: EventPlan) -> None:
    """Rewrite a draft as it is now planned. A published activity is changed by its own acts.

    A session named by its id keeps its agenda and trainers; one that is not named is gone.
    """
    if event.state is not EventState.DRAFT:
        raise DomainError(_("Only a draft can be rewritten."))
    programmes.refuse(planned.problems())
    values = {name: getattr(planned, name) for name in OF_THE_EVENT}
    programmes.write(event, values, "event.changed", "event", event.programme_id)
    _write_hosts(event, planned.lead_body_id, planned.co_host_ids, planned.third_host_ids)
    _write_contents(event, planned.content_ids)
    _rewrite_sessions(event, planned.sessions)


def change_details(event: Event, details: EventDetails) -> None:
    """Change of an activity what concerns nobody's calendar, until it is over.

    Raises InputError for what cannot be.
    """
    require_running(event)
    programmes.refuse(
        problems_of_hosts(details.lead_body_id, details.co_host_ids, details.third_host_ids)
    )
    values = {name: getattr(details, name) for name in details.COLUMNS}
    programmes.write(event, values, "event.changed", "event", event.programme_id)
    _write_hosts(event, details.lead_body_id, details.co_host_ids, details.third_host_ids)
    _write_contents(event, details.content_ids)
    db.session.flush()


def require_running(event: Event) -> None:
    """Raise DomainError for an activity that is over: closed or cancelled."""
    if event.state in {EventState.CLOSED, EventState.CANCELLED}:
        raise DomainError(_("The activity is over, so it stays as it is."))


def set_agenda(session: EventSession, points: Sequence[AgendaPoint]) -> None:
    """Have the session's agenda read so, in this order."""
    before = [item.topic for item in queries.agenda_of([session.id])[session.id]]
    db.session.execute(delete(AgendaItem).where(AgendaItem.session_id == session.id))
    _write_agenda(session, points)
    audit.record(
        "session.agenda",
        "event_session",
        session.id,
        programme_id=session.event.programme_id,
        changes={"agenda": ("\n".join(before), "\n".join(point.topic for point in points))},
    )


def change_session(
    session: EventSession, *, topic: str, class_group: str | None, required: bool
) -> None:
    """Change of a session what concerns nobody's calendar."""
    values = {"topic": topic, "class_group": class_group, "required": required}
    programmes.write(
        session, values, "session.changed", "event_session", session.event.programme_id
    )


def add_trainers(
    event: Event, trainers: Iterable[TrainerPlan], session: EventSession | None = None
) -> None:
    """Have these people teach or speak, in one session or in the whole activity."""
    for planned in trainers:
        row = EventTrainer(
            event_id=event.id,
            session_id=session.id if session else None,
            person_id=planned.person_id,
            full_name=names.clean(planned.full_name),
            name_fold=names.fold(planned.full_name),
            part=planned.part,
            unit=names.clean(planned.unit),
        )
        said = {"full_name": row.full_name, "part": row.part}
        programmes.add(row, said, "trainer.added", "event_trainer", event.programme_id)


def link_trainer(trainer: EventTrainer, person_id: int | None, programme_id: int) -> None:
    """Say which person of the register the trainer is, or that it is none."""
    values = {"person_id": person_id}
    programmes.write(trainer, values, "trainer.linked", "event_trainer", programme_id)


def remove_trainer(trainer: EventTrainer, programme_id: int) -> None:
    """Have somebody teach no more."""
    said = {"full_name": trainer.full_name, "part": trainer.part}
    programmes.remove(trainer, said, "trainer.removed", "event_trainer", programme_id)


def publish(event: Event) -> None:
    """Let the activity be invited to. Publishing twice changes nothing."""
    if event.state is EventState.PUBLISHED:
        return
    if event.state is not EventState.DRAFT:
        raise DomainError(_("Only a draft can be published."))
    if not queries.list_sessions(event):
        raise DomainError(_("An activity needs a session before it is published."))
    event.state = EventState.PUBLISHED
    event.published_at = clock.now()
    db.session.flush()
    audit.record("event.published", "event", event.id, programme_id=event.programme_id)


def mark_session(event: Event, session: EventSession, state: SessionState) -> None:
    """Say that a session was held, or that it was not after all.

    Only one that has begun can have been held. Cancelling and moving tell people, so they are
    changes of the activity with their consequences shown, and no marks.
    """
    if state not in MARKS:
        raise DomainError(_("A session is marked as held or as planned."))
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("Sessions are marked while the activity is published."))
    if session.state is SessionState.MOVED:
        raise DomainError(_("This session was moved: mark the one it became."))
    if session.state is SessionState.CANCELLED and state is SessionState.PLANNED:
        raise DomainError(_("Those invited were told that it is cancelled: add another session."))
    if state is SessionState.HELD and session.starts_on_clock > clock.now():
        raise DomainError(_("This session has not begun, so it was not held yet."))
    before, session.state = session.state, state
    if before is SessionState.CANCELLED:
        event.calendar_sequence += 1
    db.session.flush()
    audit.record(
        "session.marked",
        "event_session",
        session.id,
        programme_id=event.programme_id,
        changes={"state": (before.value, state.value)},
    )


def close(event: Event) -> None:
    """Close the activity for good, so that it counts. Every session must be held or cancelled.

    Source: domain model, invariant 12. That each named person has a state is for attendance to
    say, which closing asks first (lifecycle.changing.close_event).
    """
    if event.state is EventState.CLOSED:
        return
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("Only a published activity can be closed."))
    sessions = queries.list_sessions(event)
    if any(session.state is SessionState.PLANNED for session in sessions):
        raise DomainError(_("Say of each session first whether it was held or cancelled."))
    if not any(session.state is SessionState.HELD for session in sessions):
        raise DomainError(_("No session was held: cancel the activity instead of closing it."))
    event.state = EventState.CLOSED
    event.closed_at = clock.now()
    db.session.flush()
    audit.record("event.closed", "event", event.id, programme_id=event.programme_id)


def lock(event: Event) -> None:
    """Hold the event's row until the transaction ends, and read it afresh.

    Two people may want the last place at the same moment: whoever holds the row counts alone.
    """
    columns = [column.key for column in inspect(Event).column_attrs]
    # A refresh would forget what was changed and not written yet.
    db.session.flush()
    db.session.refresh(event, columns, with_for_update={"key_share": True})


def _write_hosts(
    event: Event, lead_id: int, co_host_ids: Iterable[int], third_ids: Iterable[int]
) -> None:
    roles = {lead_id: HostRole.LEAD}
    roles |= dict.fromkeys(co_host_ids, HostRole.CO_HOST)
    roles |= dict.fromkeys(third_ids, HostRole.THIRD)
    standing = {host.body_id: host.role for host in queries.list_hosts(event)}
    if roles != standing:
        # The table keeps one lead: the old rows go before the new ones come.
        db.session.execute(delete(EventHost).where(EventHost.event_id == event.id))
        db.session.add_all(
            EventHost(event_id=event.id, body_id=body_id, role=role)
            for body_id, role in roles.items()
        )
        db.session.flush()
    hosts = {body_id for body_id, role in roles.items() if role is not HostRole.THIRD}
    _decide_whether_it_counts(event, hosts)
    if standing and roles != standing:
        audit.record(
            "event.hosts",
            "event",
            event.id,
            programme_id=event.programme_id,
            changes={"hosts": (_in_words(standing), _in_words(roles))},
        )


def _in_words(roles: dict[int, HostRole]) -> str:
    return ", ".join(f"{body_id}: {role.value}" for body_id, role in sorted(roles.items()))


def _decide_whether_it_counts(event: Event, host_ids: set[int]) -> None:
    """Source: I1, and case 15 and 16: joint means that both bodies of the programme host."""
    missing = queries.programme_body_ids(event.programme_id) - host_ids
    event.counts_to_programme = not missing
    event.counts_reason = "both_bodies_host" if not missing else "a_body_does_not_host"


def _write_contents(event: Event, content_ids: Iterable[int]) -> None:
    wanted = set(content_ids)
    standing = {content.id for content in queries.list_contents(event)}
    db.session.execute(
        delete(EventContent).where(
            EventContent.event_id == event.id, EventContent.content_id.in_(standing - wanted)
        )
    )
    db.session.add_all(
        EventContent(event_id=event.id, content_id=content_id)
        for content_id in sorted(wanted - standing)
    )
    db.session.flush()


def _rewrite_sessions(event: Event, planned: Sequence[SessionPlan]) -> None:
    standing = {session.id: session for session in queries.list_sessions(event)}
    kept = {session.id for session in planned}
    db.session.execute(
        delete(EventSession).where(EventSession.id.in_([i for i in standing if i not in kept]))
    )
    for session in planned:
        row = standing.get(session.id or 0)
        if row is None:
            _write_session(event, session)
        else:
            values = {name: getattr(session, name) for name in OF_A_SESSION}
            programmes.write(row, values, "session.changed", "event_session", event.programme_id)


def _write_session(event: Event, planned: SessionPlan) -> EventSession:
    values: dict[str, Any] = {name: getattr(planned, name) for name in OF_A_SESSION}
    session = EventSession(event=event, **values)
    db.session.add(session)
    db.session.flush()
    _write_agenda(session, planned.agenda)
    add_trainers(event, planned.trainers, session)
    return session


def _write_agenda(session: EventSession, points: Sequence[AgendaPoint]) -> None:
    db.session.add_all(
        AgendaItem(
            event_id=session.event_id,
            session_id=session.id,
            rank=rank,
            topic=point.topic,
            starts_at=point.starts_at,
            speaker=point.speaker,
        )
        for rank, point in enumerate(points, start=1)
    )
    db.session.flush()


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
