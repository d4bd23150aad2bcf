"""An activity without its days: what "as last year" and templates carry over, and nothing else.

What is not named here is not carried: no mark of sending, no answer, no attendance, no state. The
house test in tests/house/test_copying.py asks it of every table that hangs on an activity.
"""

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from coopevents.db import Json
from coopevents.errors import DomainError, InputError
from coopevents.events import queries
from coopevents.events.models import (
    AgendaItem,
    Event,
    EventSession,
    EventTrainer,
    HostRole,
    PartInEvent,
    SessionState,
)
from coopevents.events.plans import AgendaPoint, EventPlan, SessionPlan, TrainerPlan
from coopevents.i18n import _, day
from coopevents.territory import succession

OF_THE_EVENT = (
    *("title", "description", "place", "administrative_unit_id"),
    *("capacity", "offer_hours", "promotional"),
    *("contact_name", "contact_phone", "contact_email"),
)
OF_A_SESSION = ("topic", "place", "class_group", "required")


def describe(event: Event) -> Json:
    """Answer the outline of the activity, as plain JSON. Days are counted from its first session.

    A session that was moved is told as it was held in the end; a cancelled one is told, because
    it was planned.
    """
    sessions = [s for s in queries.list_sessions(event) if s.state is not SessionState.MOVED]
    if not sessions:
        raise DomainError(_("An activity without sessions cannot be repeated."))
    first = min(session.held_on for session in sessions)
    agenda = queries.agenda_of([session.id for session in sessions])
    trainers = queries.list_trainers(event)
    hosts = queries.list_hosts(event)
    return {
        **{name: getattr(event, name) for name in OF_THE_EVENT},
        "kind": event.kind.key,
        "hosts": [{"body_id": host.body_id, "role": host.role.value} for host in hosts],
        "contents": [content.number for content in queries.list_contents(event)],
        "answer_days": (first - event.answer_by).days if event.answer_by else None,
        "trainers": [_trainer(one) for one in trainers if one.session_id is None],
        "sessions": [
            _session(session, first, agenda[session.id], trainers) for session in sessions
        ],
    }


def _session(
    session: EventSession, first: date, agenda: list[AgendaItem], trainers: list[EventTrainer]
) -> Json:
    return {
        **{name: getattr(session, name) for name in OF_A_SESSION},
        "day": (session.held_on - first).days,
        "starts_at": _hour(session.starts_at),
        "ends_at": _hour(session.ends_at),
        "agenda": [
            {
                "topic": item.topic,
                "starts_at": _hour(item.starts_at) if item.starts_at else None,
                "speaker": item.speaker,
            }
            for item in agenda
        ],
        "trainers": [_trainer(one) for one in trainers if one.session_id == session.id],
    }


def _trainer(trainer: EventTrainer) -> Json:
    return {
        "full_name": trainer.full_name,
        "part": trainer.part.value,
        "unit": trainer.unit,
        "person_id": trainer.person_id,
    }


def _hour(value: time) -> str:
    return f"{value:%H:%M}"


def to_plan(outline: Json, first_on: date, programme_id: int) -> EventPlan:
    """Answer the plan of an activity like the outline, its first session on the day.

    Contents the programme has no more are left out; the commune is the one that stands for it on
    the day. Raises InputError for days beyond every calendar,
    NotFoundError when the kind is not there any more.
    """
    hosts = _hosts(outline)
    contents = {c.number: c.id for c in queries.programme_contents(programme_id)}
    sessions = [_session_plan(said, first_on) for said in outline["sessions"]]
    wait = outline["answer_days"]
    # A template kept before a setting came does not name it.
    same: dict[str, Any] = {name: outline[name] for name in OF_THE_EVENT if name in outline}
    del same["administrative_unit_id"]
    return EventPlan(
        **same,
        administrative_unit_id=_commune_on(outline["administrative_unit_id"], first_on),
        kind_id=queries.get_kind(outline["kind"], programme_id).id,
        lead_body_id=hosts[HostRole.LEAD][0],
        co_host_ids=hosts[HostRole.CO_HOST],
        third_host_ids=hosts[HostRole.THIRD],
        content_ids=[contents[number] for number in outline["contents"] if number in contents],
        answer_by=None if wait is None else _later(first_on, -wait),
        trainers=_trainer_plans(outline["trainers"]),
        sessions=sessions,
    )


def _hosts(outline: Json) -> dict[HostRole, list[int]]:
    return {
        role: [host["body_id"] for host in outline["hosts"] if host["role"] == role]
        for role in HostRole
    }


def _session_plan(said: Json, first_on: date) -> SessionPlan:
    own: dict[str, Any] = {name: said[name] for name in OF_A_SESSION}
    return SessionPlan(
        **own,
        held_on=_later(first_on, said["day"]),
        starts_at=time.fromisoformat(said["starts_at"]),
        ends_at=time.fromisoformat(said["ends_at"]),
        agenda=[
            AgendaPoint(
                topic=point["topic"],
                starts_at=time.fromisoformat(point["starts_at"]) if point["starts_at"] else None,
                speaker=point["speaker"],
            )
            for point in said["agenda"]
        ],
        trainers=_trainer_plans(said["trainers"]),
    )


def _trainer_plans(said: Iterable[Json]) -> list[TrainerPlan]:
    return [TrainerPlan(**{**one, "part": PartInEvent(one["part"])}) for one in said]


def _later(first_on: date, days: int) -> date:
    try:
        return first_on + timedelta(days=days)
    except OverflowError as error:
        refused = _("An activity cannot begin on %(day)s.", day=day(first_on))
        raise InputError(refused, {"first_on": refused}) from error


def _commune_on(unit_id: int | None, on: date) -> int | None:
    """Answer the commune that stands for the unit on the day; None where it fell apart."""
    if unit_id is None:
        return None
    unit = succession.as_of([unit_id], on).get(unit_id)
    return None if unit is None else unit.id
