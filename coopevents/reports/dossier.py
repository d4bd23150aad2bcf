"""Everything an organisation got, in one place: its dossier.

What happened is told as entries, the latest first. A room that gives organisations something else
adds a function to `SOURCES`, and its entries stand among the others, on the page and on the sheet.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import CTE, func, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.accounts.models import HostBodyName
from coopevents.attendance import counting, grid
from coopevents.attendance.grid import Mark
from coopevents.attendance.models import WalkIn
from coopevents.db import db, valid_on
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    Channel,
    LineageKind,
    OcopCertificate,
    Organisation,
    OrganisationLineage,
    OrganisationSupport,
    Person,
)
from coopevents.events.models import Event, EventSession, EventState
from coopevents.i18n import _, _l, _n, translated
from coopevents.i18n import day as written
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import (
    Delivery,
    Invitation,
    InvitationRound,
    InvitationState,
)
from coopevents.mail.models import Message
from coopevents.ocop import queries as ocop
from coopevents.outcomes.advice import queries as advice
from coopevents.outcomes.advice import telling
from coopevents.outcomes.advice.words import OUTCOME_NAMES, PURPOSE_NAMES
from coopevents.outcomes.jobs import queries as jobs
from coopevents.outcomes.trade import story as trade
from coopevents.programme.models import Programme, ProgrammeBody

CHANNELS = {
    Channel.EMAIL: _l("e-mail"),
    Channel.PHONE: _l("phone"),
    Channel.ZALO: _l("Zalo"),
    Channel.PAPER: _l("letter"),
    Channel.COMMUNE_UNION: _l("the commune's Union"),
}
LINEAGE = {
    LineageKind.CONSOLIDATE: (
        _l("Consolidated into %(name)s"),
        _l("Came out of %(name)s, consolidated"),
    ),
    LineageKind.ABSORB: (_l("Absorbed by %(name)s"), _l("Absorbed %(name)s")),
    LineageKind.DIVIDE: (
        _l("Divided; %(name)s came out of it"),
        _l("Came out of %(name)s, divided"),
    ),
    LineageKind.SPLIT_OFF: (_l("%(name)s split off from it"), _l("Split off from %(name)s")),
    LineageKind.CONVERT: (_l("Converted into %(name)s"), _l("Converted from %(name)s")),
}
"""What an organisation's own lineage says of the other: as the old one, as the new one."""


@dataclass(frozen=True)
class Delegate:
    """Somebody who came for the organisation, and to how many of the sessions."""

    name: str
    sessions: int


@dataclass(frozen=True)
class Entry:
    """Something the organisation got, or that happened to it. `on` None: no day was told."""

    on: date | None
    text: str
    tone: str = "quiet"
    mark: Mark | None = None
    event_id: int | None = None
    details: tuple[str, ...] = ()
    delegates: tuple[Delegate, ...] = ()
    sessions: int = 0
    """How many sessions were held, of which the delegates came to some."""


@dataclass(frozen=True)
class Dossier:
    """What an organisation got, and how many held activities bear which mark."""

    entries: list[Entry]
    marks: Counter[Mark] = field(default_factory=Counter)

    @property
    def delegates(self) -> int:
        """How many times somebody came for it: once a person and activity."""
        return sum(len(entry.delegates) for entry in self.entries)


def compile_dossier(programme: Programme, organisation: Organisation, today: date) -> Dossier:
    """Answer everything the organisation got up to the day, in as many questions whatever that is.

    Activities held before it was founded bear no mark: nobody could have invited it.
    """
    entries = [entry for tell in SOURCES for entry in tell(programme, organisation, today)]
    entries.sort(key=lambda entry: entry.on or date.min, reverse=True)
    return Dossier(entries, Counter(entry.mark for entry in entries if entry.mark))


def bodies_of(programme: Programme, day: date) -> list[HostBodyName]:
    """Answer what the bodies of the programme are called on the day, the leading one first."""
    return list(
        db.session.scalars(
            select(HostBodyName)
            .join(ProgrammeBody, ProgrammeBody.body_id == HostBodyName.body_id)
            .where(ProgrammeBody.programme_id == programme.id, valid_on(HostBodyName, day))
            .order_by(ProgrammeBody.rank)
        )
    )


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
        .where(Message.about_kind == "invitation", Message.about_id.in_(invitation_ids))
    )
    noted = select(Delivery.invitation_id, Delivery.channel).where(
        Delivery.invitation_id.in_(invitation_ids)
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


def tell_founding(_programme: Programme, organisation: Organisation, day: date) -> list[Entry]:
    """Answer which bodies helped to found the organisation."""
    supports = db.session.execute(
        select(OrganisationSupport, HostBodyName)
        .outerjoin(
            HostBodyName,
            (HostBodyName.body_id == OrganisationSupport.body_id) & valid_on(HostBodyName, day),
        )
        .where(OrganisationSupport.organisation_id.in_(identity.with_merged([organisation.id])))
        .order_by(OrganisationSupport.id)
    )
    return [
        Entry(
            on=support.supported_on,
            text=_("Founded with help of %(body)s", body=translated(name.name) if name else "—"),
            tone="good",
            details=(support.source,) if support.source else (),
        )
        for support, name in supports
    ]


def tell_certificates(_programme: Programme, organisation: Organisation, day: date) -> list[Entry]:
    """Answer the OCOP certificates its products got, and those that were withdrawn."""
    told = []
    known = ocop.of_organisation(organisation.id, day)
    for certificate in (line.certificate for line in (*known.held, *known.passed_on)):
        told.append(_certified(certificate))
        if certificate.withdrawn_on:
            told.append(
                Entry(
                    on=certificate.withdrawn_on,
                    text=_("OCOP certificate withdrawn: %(product)s", product=certificate.product),
                    tone="bad",
                )
            )
    return told


def _certified(certificate: OcopCertificate) -> Entry:
    return Entry(
        on=certificate.issued_on,
        text=_(
            "OCOP certificate, %(stars)s stars: %(product)s",
            stars=certificate.stars,
            product=certificate.product,
        ),
        tone="good",
        details=(certificate.decision,),
    )


def tell_lineage(_programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer what the organisation came out of and went into."""
    entries = identity.with_merged([organisation.id])
    rows = db.session.scalars(
        select(OrganisationLineage)
        .where(OrganisationLineage.old_id.in_(entries) | OrganisationLineage.new_id.in_(entries))
        .order_by(OrganisationLineage.id)
    ).all()
    others = {row.id: (row.new_id if row.old_id in entries else row.old_id) for row in rows}
    called = directory.name_on([id_ for id_ in others.values() if id_], date.max)
    told = []
    for row in rows:
        other = called.get(others[row.id] or 0, "—")
        as_old, as_new = LINEAGE.get(row.kind, (_l("Dissolved"), _l("Dissolved")))
        text = str(as_old if row.old_id in entries else as_new)
        told.append(
            Entry(
                on=row.effective_on,
                text=text % {"name": other} if "%(name)s" in text else text,
                details=(row.document,) if row.document else (),
            )
        )
    return told


def tell_advice(programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer the advice it got, how that ended, and the founding that came of it."""
    told = []
    for line in advice.cases_of(organisation.id, programme.id):
        purpose = str(PURPOSE_NAMES[line.case.purpose])
        told.append(Entry(line.case.opened_on, _("Advice begun: %(what)s", what=purpose)))
        if line.founding:
            text = _("Founded with advice")
            paper = telling.proof(line.founding)
            told.append(Entry(line.founding.registered_on, text, "good", details=(paper,)))
        if line.closing and line.closing.outcome:
            outcome = str(OUTCOME_NAMES[line.closing.outcome])
            text = _("Advice ended: %(outcome)s", outcome=outcome)
            told.append(Entry(line.closing.moved_on, text))
    return told


def tell_trade(programme: Programme, organisation: Organisation, day: date) -> list[Entry]:
    """Answer the stands it had at fairs, and what its contracts came to."""
    return [
        Entry(on=one.on, text=one.text, tone="good", details=one.details)
        for one in trade.tell(programme, organisation, day)
    ]


def tell_jobs(programme: Programme, organisation: Organisation, _day: date) -> list[Entry]:
    """Answer how many women had a job in it, half-year by half-year, as it stands."""
    counts = jobs.standing_counts(programme, organisation_ids=[organisation.id])
    return [
        Entry(
            on=standing.count.counted_on,
            text=_(
                "Women's jobs, %(half)s: %(persons)s women (%(members)s members, %(workers)s"
                " workers, of them %(both)s both)",
                half=half.label,
                persons=standing.count.persons,
                members=standing.count.women_members,
                workers=standing.count.women_workers,
                both=standing.count.women_both,
            ),
            tone="good" if standing.verification else "wait",
            details=(
                standing.count.paper,
                _("verified by %(name)s", name=standing.verification.by_label)
                if standing.verification
                else _("not verified"),
            ),
        )
        for half, standing in counts.get(organisation.id, {}).items()
    ]


SOURCES: tuple[Callable[[Programme, Organisation, date], list[Entry]], ...] = (
    tell_activities,
    tell_founding,
    tell_certificates,
    tell_lineage,
    tell_advice,
    tell_trade,
    tell_jobs,
)
"""Who tells what an organisation got."""
