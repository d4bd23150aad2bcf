"""What a dossier tells of activities: the organisation was invited, answered, came or did not."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CTE, func, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.attendance import counting, grid
from coopevents.attendance.grid import Mark
from coopevents.attendance.models import WalkIn
from coopevents.db import db, one_of
from coopevents.directory import identity
from coopevents.directory.models import (
    Channel,
    Organisation,
    Person,
)
from coopevents.events.models import Event, EventSession, EventState
from coopevents.i18n import _, _l, _n
from coopevents.i18n import day as written
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import (
    Delivery,
    Invitation,
    InvitationRound,
    InvitationState,
    Reached,
)
from coopevents.mail.models import Message
from coopevents.programme.models import Programme
from coopevents.reports.entries import Delegate, Entry

CHANNELS = {
    Channel.EMAIL: _l("e-mail"),
    Channel.PHONE: _l("phone"),
    Channel.ZALO: _l("Zalo"),
    Channel.PAPER: _l("letter"),
    Channel.COMMUNE_UNION: _l("the commune's Union"),
}


@dataclass(frozen=True)
class _Invited:
    """An invitation of the organisation, and what is said of it."""

    invitation: Invitation
    words: tuple[str, ...]


def tell_activities(programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer an entry for each held activity, and for each other it was invited to."""
    held = counting.held_events(programme.id, date.min, date.max)
    row = grid.GridRow(organisation.id, organisation.kind)
    grid.fill({organisation.id: row}, held, [organisation.id])
    invited, came = _invitations(programme, organisation), _delegates(held, organisation)
    columns = [
        (column, sessions)
        for column, sessions in zip(grid.events_of(held), _sessions(held), strict=True)
        if column.id in row.cells or column.last_on >= (organisation.founded_on or date.min)
    ]
    told = [
        Entry(
            on=column.last_on,
            text=column.title,
            tone=TONES[row.cell(column.id).mark],
            mark=row.cell(column.id).mark,
            event_id=column.id,
            details=_said(row.cell(column.id), invited.get(column.id)),
            delegates=came.get(column.id, ()),
            sessions=sessions,
        )
        for column, sessions in columns
    ]
    shown = {entry.event_id for entry in told}
    return told + [
        Entry(
            on=first_on,
            text=one.invitation.event.title,
            tone="busy",
            event_id=event_id,
            details=(*one.words, str(STATES[one.invitation.event.state])),
        )
        for event_id, (one, first_on) in _with_days(invited).items()
        if event_id not in shown
    ]


TONES = {Mark.CAME: "good", Mark.ABSENT: "bad", Mark.NOT_INVITED: "quiet"}
STATES = {
    EventState.DRAFT: _l("Draft"),
    EventState.PUBLISHED: _l("not held yet"),
    EventState.POSTPONED: _l("Postponed"),
    EventState.CANCELLED: _l("Cancelled"),
    EventState.CLOSED: _l("no session was held"),
}
ANSWERS = {
    InvitationState.PENDING: _l("no answer yet"),
    InvitationState.ACCEPTED: _l("accepted"),
    InvitationState.DECLINED: _l("declined"),
}


def _said(cell: grid.Cell, invited: _Invited | None) -> tuple[str, ...]:
    if invited is not None:
        return invited.words
    return (_("Came without an invitation"),) if cell.people else ()


def _invitations(programme: Programme, organisation: Organisation) -> dict[int, _Invited]:
    """Answer the standing invitations by event: over which ways, when, and what was answered."""
    found = db.session.scalars(
        select(Invitation)
        .join(Event, Event.id == Invitation.event_id)
        .where(
            Event.programme_id == programme.id,
            Invitation.organisation_id.in_(identity.with_merged([organisation.id])),
            Invitation.state != InvitationState.CANCELLED,
        )
        .options(joinedload(Invitation.event))
    ).all()
    ids = [invitation.id for invitation in found]
    answers, ways = invitations.latest_answers(ids), _ways(ids)
    told = {}
    for invitation in found:
        answer = answers.get(invitation.id)
        words = [
            _(
                "Invited on %(day)s by %(ways)s",
                day=written(clock.local(invitation.invited_at).date()),
                ways=", ".join(str(CHANNELS[way]) for way in ways[invitation.id]) or "—",
            ),
            _n("%(num)s seat", "%(num)s seats", invitation.seats),
            str(ANSWERS[invitation.state]),
        ]
        if answer is not None:
            words[-1] += f" ({CHANNELS[answer.channel]})" if answer.channel else ""
            words += [answer.reason] if answer.reason else []
        told[invitation.event_id] = _Invited(invitation, tuple(words))
    return told


def _ways(invitation_ids: list[int]) -> dict[int, list[Channel]]:
    """Answer over which channels each invitation went out: as mail, or noted by hand."""
    mailed = (
        select(Message.about_id, InvitationRound.channel)
        .join(InvitationRound, InvitationRound.batch_id == Message.batch_id)
        .where(Message.about_kind == "invitation", one_of(Message.about_id, invitation_ids))
    )
    noted = select(Delivery.invitation_id, Delivery.channel).where(
        one_of(Delivery.invitation_id, invitation_ids), Delivery.outcome != Reached.NOT_REACHED
    )
    ways: dict[int, list[Channel]] = defaultdict(list)
    for invitation_id, channel in db.session.execute(mailed.union(noted)):
        ways[invitation_id or 0].append(Channel(channel))
    return ways


def _with_days(invited: dict[int, _Invited]) -> dict[int, tuple[_Invited, date | None]]:
    days = dict(
        db.session.execute(
            select(EventSession.event_id, func.min(EventSession.held_on))
            .where(EventSession.event_id.in_(list(invited)))
            .group_by(EventSession.event_id)
        ).all()
    )
    return {event_id: (one, days.get(event_id)) for event_id, one in invited.items()}


def _sessions(held: CTE) -> Iterable[int]:
    """Answer how many sessions of each held event there were, in the order of the columns."""
    return db.session.scalars(
        select(held.c.sessions)
        .join(Event, Event.id == held.c.event_id)
        .order_by(held.c.last_on, Event.id)
    )


def _delegates(held: CTE, organisation: Organisation) -> dict[int, tuple[Delegate, ...]]:
    """Answer who came for the organisation, by event and given name."""
    counted = counting.count_over(held, [organisation.id])
    present, stood = counted.presence.c, counted.representing.c
    full_name = func.coalesce(Person.full_name, WalkIn.full_name)
    rows = db.session.execute(
        select(present.event_id, full_name, present.sessions)
        .join(
            counted.representing,
            (stood.event_id == present.event_id) & (stood.identity == present.identity),
        )
        .outerjoin(Person, Person.id == present.identity)
        .outerjoin(WalkIn, WalkIn.id == -present.identity)
        .order_by(func.coalesce(Person.name_sort, WalkIn.name_sort), present.identity)
    )
    came: dict[int, tuple[Delegate, ...]] = defaultdict(tuple)
    for event_id, name, sessions in rows:
        came[event_id] += (Delegate(name, sessions),)
    return came
