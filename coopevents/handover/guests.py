"""Who was invited, who registered, who came."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from coopevents import clock
from coopevents.attendance import queries as attendance
from coopevents.attendance import roll
from coopevents.attendance.models import Action
from coopevents.attendance.roll import Group
from coopevents.changes.words import OUTCOME_WORDS
from coopevents.db import Json, db, one_of
from coopevents.delegates.words import POST_LABELS, SEX_LABELS
from coopevents.directory import queries as directory
from coopevents.directory.models import Person, Sex
from coopevents.events import queries as events
from coopevents.events import questions
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.handover.activity import when
from coopevents.handover.parts import Paper, Section, Table, workbook
from coopevents.handover.words import WORDS
from coopevents.i18n import _, day, moment, number, translated
from coopevents.invitations import queries as invitations
from coopevents.invitations.models import Delivery, Invitation, Reached
from coopevents.listing import Column, Listing, Value
from coopevents.mail import queries as mail
from coopevents.mail.models import Message, MessageState
from coopevents.registrations.models import Registration, Representation
from coopevents.reports.dossier_activities import CHANNELS

GONE = {SessionState.CANCELLED, SessionState.MOVED}


def tell_invitations(event: Event) -> Section:
    """Answer who was invited, over which ways, and what they answered; and the rounds."""
    invited = _invited(event)
    columns = [_("Round"), _("Kind"), _("Channel"), _("Letters and their states")]
    return Section(
        slug="moi",
        title=_("Invitations"),
        facts=[(_("Organisations and people invited"), number(len(invited)))],
        tables=[Table(_("Rounds"), columns, _rounds(event))],
        papers=[_invitation_list(event, invited)],
    )


def _invited(event: Event) -> list[tuple[Invitation, str]]:
    return [(one.invitation, one.name) for one in invitations.list_invited(event)]


def _rounds(event: Event) -> list[tuple[str, object, str, str]]:
    rounds = invitations.list_rounds(event)
    counted: dict[int, list[tuple[MessageState, int]]] = defaultdict(list)
    for batch_id, state, messages in db.session.execute(
        select(Message.batch_id, Message.state, func.count())
        .where(Message.batch_id.in_([one.batch_id for one in rounds if one.batch_id]))
        .group_by(Message.batch_id, Message.state)
        .order_by(Message.state)
    ):
        counted[batch_id or 0].append((state, messages))
    return [
        (
            moment(one.confirmed_at),
            one.kind,
            str(CHANNELS[one.channel]),
            ", ".join(f"{WORDS[state]}: {number(n)}" for state, n in counted[one.batch_id or 0]),
        )
        for one in rounds
    ]


def _invitation_list(event: Event, invited: Sequence[tuple[Invitation, str]]) -> Paper:
    ids = [invitation.id for invitation, _name in invited]
    answers, told = invitations.latest_answers(ids), _told(ids)
    asked, said = event.kind.questions, invitations.replies_given(ids)
    rows: list[list[Value]] = []
    for invitation, name in invited:
        answer = answers.get(invitation.id)
        rows.append(
            [
                name,
                invitation.seats,
                clock.local(invitation.invited_at).date(),
                "; ".join(told[invitation.id]),
                str(WORDS[invitation.state]),
                str(CHANNELS[answer.channel]) if answer and answer.channel else None,
                clock.local(answer.answered_at).date() if answer else None,
                answer.reason if answer else None,
                *(_reply(question, said.get(invitation.id, {})) for question in asked),
            ]
        )
    columns = [
        Column(_("Invited"), 44),
        Column(_("Seats"), 8),
        Column(_("Invited on"), 12),
        Column(_("Told by"), 30),
        Column(_("Answer"), 18),
        Column(_("Answered by"), 16),
        Column(_("Answered on"), 12),
        Column(_("Reason"), 40),
        *(Column(translated(question["text"]), 24) for question in asked),
    ]
    return workbook(Listing(_("Invitations"), columns, rows, notes=_notes(event)), "danh-sach-moi")


def _reply(question: Json, said: Json) -> Value:
    """Answer what was said to the question: a number stays one, so that it can be added up."""
    reply = said.get(question["key"])
    is_number = isinstance(reply, int) and not isinstance(reply, bool)
    return reply if reply is None or is_number else questions.in_words(question, reply)


def _told(ids: Sequence[int]) -> dict[int, list[str]]:
    """Answer by which ways each was told, and what became of it."""
    told: dict[int, list[str]] = defaultdict(list)
    for message in mail.messages_about("invitation", ids):
        told[message.about_id or 0].append(f"{_('e-mail')}: {WORDS[message.state]}")
    for delivery in db.session.scalars(
        select(Delivery).where(one_of(Delivery.invitation_id, ids)).order_by(Delivery.id)
    ):
        told[delivery.invitation_id].append(f"{CHANNELS[delivery.channel]}: {_outcome(delivery)}")
    return told


def _outcome(delivery: Delivery) -> str:
    known = delivery.outcome in set(Reached)
    return str(OUTCOME_WORDS[Reached(delivery.outcome)]) if known else delivery.outcome


def tell_attendance(event: Event) -> Section:
    """Answer who registered and who came, a list a session, and how many that were."""
    sessions = events.list_sessions(event)
    lists = list(zip(sessions, roll.expected_by_session(event, sessions), strict=True))
    held = [(session, groups) for session, groups in lists if _is_listed(session, groups)]
    came = attendance.turnout(event)
    columns = [
        _("Session"),
        _("State"),
        *(str(WORDS[action]) for action in MARKS),
        _("Not marked yet"),
    ]
    return Section(
        slug="diem-danh",
        title=_("Registrations and attendance"),
        facts=[
            (_("Organisations invited"), number(came.invited)),
            (_("Organisations present"), number(came.organisations)),
            (_("People present"), number(came.people)),
            (_("Women"), number(came.women)),
            (_("Men"), number(came.men)),
            (_("Sex not stated"), number(came.not_stated)),
        ],
        notes=[_("Counted are sessions marked as held; whoever came to several is one person.")],
        tables=[Table(_("Marks"), columns, [_marks(*each) for each in held])],
        papers=[
            _registration_list(event),
            *(_attendance_list(event, session, groups) for session, groups in held),
        ],
    )


MARKS = (Action.PRESENT, Action.EXCUSED, Action.ABSENT)


def _is_listed(session: EventSession, groups: Iterable[Group]) -> bool:
    marked = any(person.state for group in groups for person in group.people)
    return marked or session.state not in GONE


def _marks(session: EventSession, groups: Iterable[Group]) -> list[object]:
    counted = Counter(person.state for group in groups for person in group.people)
    return [when(session), session.state, *(counted[action] for action in MARKS), counted[None]]


def _attendance_list(event: Event, session: EventSession, groups: Iterable[Group]) -> Paper:
    rows = [
        [
            group.name,
            person.full_name,
            str(SEX_LABELS[person.sex]),
            str(POST_LABELS[person.post]),
            _("came unannounced") if person.kind == "walk_in" else None,
            str(WORDS[person.state]) if person.state else None,
        ]
        for group in groups
        for person in group.people
    ]
    columns = [
        Column(_("Organisation"), 40),
        Column(_("Full name"), 28),
        Column(_("Sex"), 10),
        Column(_("Post"), 20),
        Column(_("Note"), 20),
        Column(_("Mark"), 14),
    ]
    title = _("Attendance on %(when)s", when=when(session))
    stem = f"diem-danh-{session.held_on:%Y-%m-%d}-{session.starts_at:%H%M}"
    return workbook(Listing(title, columns, rows, notes=_notes(event)), stem)


def _registration_list(event: Event) -> Paper:
    found = db.session.execute(
        select(Registration, Representation)
        .outerjoin(
            Representation,
            (Representation.person_id == Registration.person_id)
            & (Representation.event_id == event.id)
            & Representation.withdrawn_at.is_(None),
        )
        .where(Registration.event_id == event.id)
        .options(joinedload(Registration.person).joinedload(Person.duplicate_of))
        .order_by(Registration.id, Representation.is_primary.desc(), Representation.id)
    ).all()
    stood: dict[int, list[Representation]] = defaultdict(list)
    for registration, representation in found:
        stood[registration.id] += [representation] if representation else []
    ids = {one.organisation_id for rows in stood.values() for one in rows}
    names = directory.name_on(ids, clock.today())
    registrations = {registration.id: registration for registration, _stands in found}
    rows: list[list[Value]] = [
        [
            one.person.kept.full_name,
            str(SEX_LABELS[Sex(one.person.kept.sex)]),
            "; ".join(names.get(each.organisation_id, "") for each in stood[one.id]),
            ", ".join(str(POST_LABELS[each.role_snapshot]) for each in stood[one.id][:1]),
            str(WORDS[one.state]),
            clock.local(one.registered_at).date(),
        ]
        for one in registrations.values()
    ]
    columns = [
        Column(_("Full name"), 28),
        Column(_("Sex"), 10),
        Column(_("Stands for"), 44),
        Column(_("Post"), 20),
        Column(_("State"), 18),
        Column(_("Registered on"), 14),
    ]
    return workbook(Listing(_("Registrations"), columns, rows, notes=_notes(event)), "dang-ky")


def _notes(event: Event) -> list[str]:
    return [event.title, _("As of %(day)s.", day=day(clock.today()))]
