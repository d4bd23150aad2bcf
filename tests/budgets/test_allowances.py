"""Who is paid what for coming: once a person, by the sessions she was marked present in."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from coopevents.attendance.models import Action, AttendanceEntry, WalkIn, WalkInMatch
from coopevents.budgets.allowances import allowances
from coopevents.budgets.models import AllowanceRate, PaidFor
from coopevents.db import db
from coopevents.directory.models import OrganisationName, Person, PostKind
from coopevents.events.models import SessionState
from coopevents.registrations.models import Registration, Representation
from tests.budgets.making import make_rate
from tests.event_factories import (
    close,
    make_entry,
    make_event,
    make_match,
    make_merge,
    make_registration,
    make_representation,
    make_session,
    make_walk_in,
    sessions_of,
)
from tests.factories import make_name, make_organisation, make_person

MORNING, AFTERNOON = ("08:00", "11:00"), ("13:30", "16:30")
TUESDAY, WEDNESDAY = date(2026, 10, 6), date(2026, 10, 7)


@pytest.fixture(autouse=True)
def after_the_sessions():
    with time_machine.travel("2026-10-20T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    """A training of three sessions on two days, all of them held."""
    made = make_event(
        programme,
        sessions=[(TUESDAY, *MORNING), (TUESDAY, *AFTERNOON), (WEDNESDAY, *MORNING)],
    )
    for session in sessions_of(made):
        session.state = SessionState.HELD
    db.session.flush()
    return made


@pytest.fixture
def sessions(event):
    return sessions_of(event)


def make_delegate(event, organisation, name, role=PostKind.MEMBER):
    programme = event.programme
    return make_registration(event, make_person(programme, full_name=name), organisation, role=role)


def told(event) -> list[tuple[str, int, int, int | None]]:
    return [
        (line.full_name, line.sessions, line.days, line.amount) for line in allowances(event).lines
    ]


def test_everybody_present_is_paid_for_what_she_attended(programme, event, sessions):
    organisation = make_organisation(programme, name="HTX Rau")
    whole = make_delegate(event, organisation, "Lê Thị An")
    half = make_delegate(event, organisation, "Lê Thị Bình")
    excused = make_delegate(event, organisation, "Lê Thị Chi")
    absent = make_delegate(event, organisation, "Lê Thị Dung")
    make_delegate(event, organisation, "Lê Thị Em")
    for session in sessions:
        make_entry(session, whole)
        make_entry(session, excused, Action.EXCUSED)
        make_entry(session, absent, Action.ABSENT)
    make_entry(sessions[0], half)
    make_entry(sessions[1], half)
    make_rate(event, 50_000)
    make_rate(event, 200_000, PaidFor.DAY)
    make_rate(event, 100_000, PaidFor.TRAVEL)

    due = allowances(event)

    assert told(event) == [
        ("Lê Thị An", 3, 2, 3 * 50_000 + 2 * 200_000 + 100_000),
        ("Lê Thị Bình", 2, 1, 2 * 50_000 + 200_000 + 100_000),
    ]
    assert (due.total, due.held_on, due.is_provisional) == (1_050_000, WEDNESDAY, True)


@pytest.mark.case(8)
def test_a_delegate_of_two_cooperatives_is_paid_once(programme, event, sessions):
    rice = make_organisation(programme, name="HTX Lúa")
    tea = make_organisation(programme, name="HTX Chè")
    registration = make_delegate(event, rice, "Lê Thị An", PostKind.DIRECTOR)
    make_representation(event, registration.person, tea, role=PostKind.MEMBER).is_primary = False
    make_entry(sessions[0], registration)
    make_rate(event)
    make_rate(event, 70_000, post_kind=PostKind.DIRECTOR)

    (line,) = allowances(event).lines

    assert (line.full_name, line.organisations) == ("Lê Thị An", ("HTX Chè", "HTX Lúa"))
    assert (line.post, line.sessions, line.amount) == (PostKind.DIRECTOR, 1, 70_000)


def test_somebody_entered_twice_is_paid_once(programme, event, sessions):
    organisation = make_organisation(programme)
    one = make_delegate(event, organisation, "Lê Thị Hòa", PostKind.DIRECTOR)
    other = make_delegate(event, organisation, "Lê Thị Hoà")
    make_merge(one.person, other.person)
    make_entry(sessions[0], one)
    make_entry(sessions[0], other)
    make_entry(sessions[1], other)
    make_rate(event)

    assert told(event) == [("Lê Thị Hòa", 2, 1, 100_000)]


def test_a_recognised_walk_in_is_paid_as_herself_and_another_by_the_name_she_gave(
    programme, event, sessions
):
    organisation = make_organisation(programme, name="HTX Rau")
    delegate = make_delegate(event, organisation, "Lê Thị An")
    known = make_person(programme, full_name="Phạm Thị Cúc")
    again = make_walk_in(event, organisation, full_name="Chị An")
    recognised = make_walk_in(event, organisation, full_name="Chị Cúc")
    recognised.role_snapshot = PostKind.ACCOUNTANT
    stranger = make_walk_in(event, full_name="Chị Dịu")
    make_match(again, delegate.person)
    make_match(recognised, known)
    undone = make_match(stranger, known, undone_at=datetime(2026, 10, 7, tzinfo=UTC))
    make_entry(sessions[0], delegate)
    for walk_in in (again, recognised, stranger):
        make_entry(sessions[0], walk_in)
    make_entry(sessions[1], again)
    make_rate(event)
    make_rate(event, 60_000, post_kind=PostKind.ACCOUNTANT)

    lines = allowances(event).lines

    assert undone.undone_at is not None
    assert told(event) == [
        ("Lê Thị An", 2, 1, 100_000),
        ("Phạm Thị Cúc", 1, 1, 60_000),
        ("Chị Dịu", 1, 1, 50_000),
    ]
    assert [(line.organisations, line.post, line.is_walk_in) for line in lines] == [
        (("HTX Rau",), PostKind.MEMBER, False),
        (("HTX Rau",), PostKind.ACCOUNTANT, False),
        ((), PostKind.MEMBER, True),
    ]


def test_a_mark_that_was_taken_back_pays_nothing(programme, event, sessions):
    registration = make_delegate(event, make_organisation(programme), "Lê Thị An")
    mark = make_entry(sessions[0], registration)
    make_entry(sessions[1], registration)
    make_entry(sessions[0], registration, Action.VOID, voids=mark)
    make_rate(event)

    assert told(event) == [("Lê Thị An", 1, 1, 50_000)]


@pytest.mark.case(13)
def test_a_cancelled_session_pays_nothing(programme, event, sessions):
    registration = make_delegate(event, make_organisation(programme), "Lê Thị An")
    for session in sessions:
        make_entry(session, registration)
    sessions[2].state = SessionState.CANCELLED
    make_rate(event)
    make_rate(event, 200_000, PaidFor.DAY)

    assert told(event) == [("Lê Thị An", 2, 1, 300_000)]
    assert allowances(event).held_on == TUESDAY


def test_a_rate_for_a_post_holds_instead_of_the_one_for_every_delegate(programme, event, sessions):
    organisation = make_organisation(programme)
    for name, role in (
        ("Lê Thị An", PostKind.UNION_OFFICIAL),
        ("Lê Thị Bình", PostKind.DIRECTOR),
    ):
        make_entry(sessions[0], make_delegate(event, organisation, name, role))
    make_rate(event, 50_000)
    make_rate(event, 0, post_kind=PostKind.UNION_OFFICIAL)
    make_rate(event, 30_000, PaidFor.TRAVEL, PostKind.DIRECTOR)

    assert told(event) == [("Lê Thị An", 1, 1, 0), ("Lê Thị Bình", 1, 1, 80_000)]


def test_without_a_rate_for_her_nobody_said_what_she_is_paid(programme, event, sessions):
    make_entry(sessions[0], make_delegate(event, make_organisation(programme), "Lê Thị An"))
    make_rate(event, 50_000, post_kind=PostKind.DIRECTOR)

    assert told(event) == [("Lê Thị An", 1, 1, None)]
    assert allowances(event).total is None


def test_there_is_no_list_before_a_session_was_held(programme):
    event = make_event(programme)
    registration = make_delegate(event, make_organisation(programme), "Lê Thị An")
    make_entry(sessions_of(event)[0], registration)

    assert (allowances(event).lines, allowances(event).held_on) == ([], None)


def test_the_list_of_a_closed_activity_is_final_and_bears_the_names_of_that_day(
    programme, event, sessions
):
    organisation = make_organisation(programme, name="HTX Mới")
    name_of(organisation.id).valid_from = date(2026, 10, 11)
    db.session.flush()
    make_name(organisation, "HTX Cũ", valid_to=date(2026, 10, 10))
    make_entry(sessions[0], make_delegate(event, organisation, "Lê Thị An"))
    close(event)

    due = allowances(event)

    assert due.is_provisional is False
    assert due.lines[0].organisations == ("HTX Cũ",)


@pytest.mark.parametrize("seed", range(6))
def test_the_list_is_what_a_naive_reader_of_the_ledger_finds(programme, seed):
    dice = random.Random(seed)  # noqa: S311
    event = invent(programme, dice)

    due = allowances(event)

    found = {
        (line.full_name, frozenset(line.organisations), line.sessions, line.days, line.amount)
        for line in due.lines
    }
    assert found == naive(event)
    assert len(due.lines) == len(found) > 0


def test_the_list_asks_as_many_questions_for_three_as_for_one(
    programme, event, sessions, count_queries
):
    def asked() -> int:
        db.session.expire_all()
        with count_queries() as counted:
            allowances(event)
        return counted.number

    organisation = make_organisation(programme)
    make_entry(sessions[0], make_delegate(event, organisation, "Lê Thị An"))
    make_entry(sessions[1], make_walk_in(event, organisation))
    before = asked()
    for name in ("Lê Thị Bình", "Lê Thị Chi"):
        make_entry(sessions[1], make_delegate(event, make_organisation(programme), name))
    make_entry(sessions[1], make_walk_in(event, organisation))

    assert asked() == before


def name_of(organisation_id):
    return db.session.scalars(
        select(OrganisationName).where(OrganisationName.organisation_id == organisation_id)
    ).one()


def invent(programme, dice):
    """Make an activity with everything that happens to a roll call."""
    event = make_event(programme, sessions=[(TUESDAY, *MORNING)])
    for offset in range(4):
        day = TUESDAY + timedelta(days=offset // 2)
        make_session(event, day, *dice.choice([MORNING, AFTERNOON]))
    for session in sessions_of(event):
        session.state = dice.choice([SessionState.HELD] * 3 + [SessionState.CANCELLED])
    sessions_of(event)[0].state = SessionState.HELD
    organisations = [make_organisation(programme, name=f"HTX {number}") for number in range(4)]
    delegates = [invent_delegate(event, organisations, dice, number) for number in range(10)]
    make_merge(delegates[0].person, delegates[1].person)
    walk_ins = [invent_walk_in(event, organisations, delegates, dice, n) for n in range(4)]
    invent_marks(event, [*delegates, *walk_ins], dice)
    make_rate(event, 50_000)
    make_rate(event, 80_000, post_kind=PostKind.DIRECTOR)
    make_rate(event, 120_000, PaidFor.DAY, PostKind.UNION_OFFICIAL)
    make_rate(event, 100_000, PaidFor.TRAVEL)
    return event


def invent_delegate(event, organisations, dice, number):
    role = dice.choice([PostKind.DIRECTOR, PostKind.MEMBER, PostKind.UNION_OFFICIAL])
    first, second = dice.sample(organisations, 2)
    registration = make_delegate(event, first, f"Đại biểu {number}", role)
    if dice.random() < 0.4:
        make_representation(event, registration.person, second).is_primary = False
    return registration


def invent_walk_in(event, organisations, delegates, dice, number):
    walk_in = make_walk_in(event, dice.choice([*organisations, None]), full_name=f"Khách {number}")
    if dice.random() < 0.5:
        unregistered = make_person(event.programme, full_name=f"Người quen {number}")
        make_match(walk_in, dice.choice([*(d.person for d in delegates[:3]), unregistered]))
    return walk_in


def invent_marks(event, subjects, dice):
    moment = datetime(2026, 10, 6, 1, tzinfo=UTC)
    for session in sessions_of(event):
        for subject in [one for one in subjects for _again in range(dice.randrange(3))]:
            moment += timedelta(minutes=1)
            action = dice.choice([Action.PRESENT] * 3 + [Action.ABSENT, Action.EXCUSED])
            mark = make_entry(session, subject, action, received_at=moment)
            if dice.random() < 0.2:
                make_entry(session, subject, Action.VOID, voids=mark, received_at=moment)


def naive(event):
    """Answer the same list, row by row and in plain words."""
    entries = db.session.scalars(
        select(AttendanceEntry)
        .where(AttendanceEntry.event_id == event.id)
        .order_by(AttendanceEntry.received_at, AttendanceEntry.id)
    ).all()
    voided = {entry.voids_id for entry in entries}
    last = {
        (entry.session_id, entry.registration_id, entry.walk_in_id): entry.action
        for entry in entries
        if entry.action is not Action.VOID and entry.id not in voided
    }
    held = {s.id: s.held_on for s in sessions_of(event) if s.state is SessionState.HELD}
    came, seen_as = defaultdict(set), {}
    for (session_id, registration_id, walk_in_id), action in last.items():
        if session_id in held and action is Action.PRESENT:
            who = identify(registration_id, walk_in_id)
            came[who].add(session_id)
            if walk_in_id:
                seen_as[who] = min(seen_as.get(who, walk_in_id), walk_in_id)
    return {line_of(event, who, came[who], seen_as.get(who), held) for who in came}


def identify(registration_id, walk_in_id):
    if registration_id is not None:
        return db.session.get(Registration, registration_id).person.kept
    match = db.session.scalar(select(WalkInMatch).where(WalkInMatch.walk_in_id == walk_in_id))
    if match is not None:
        return db.session.get(Person, match.person_id).kept
    return db.session.get(WalkIn, walk_in_id)


def line_of(event, who, session_ids, walk_in_id, held):
    standing = [
        row
        for row in db.session.scalars(
            select(Representation)
            .where(Representation.event_id == event.id)
            .order_by(Representation.is_primary.desc(), Representation.id)
        )
        if row.person.kept is who
    ]
    organisations = {row.organisation_id for row in standing}
    for walk_in in db.session.scalars(select(WalkIn).where(WalkIn.event_id == event.id)):
        marked = db.session.scalars(
            select(AttendanceEntry).where(AttendanceEntry.walk_in_id == walk_in.id)
        ).all()
        if identify(None, walk_in.id) is who and was_present(walk_in, marked, held):
            organisations |= {walk_in.organisation_id} - {None}
    names = {name_of(organisation_id).name for organisation_id in organisations}
    post = standing[0].role_snapshot if standing else None
    if post is None:
        post = db.session.get(WalkIn, walk_in_id).role_snapshot if walk_in_id else PostKind.OTHER
    sessions, days = len(session_ids), len({held[id_] for id_ in session_ids})
    return (who.full_name, frozenset(names), sessions, days, pay(event, post, sessions, days))


def was_present(walk_in, marked, held):
    voided = {entry.voids_id for entry in marked}
    last = {}
    for entry in sorted(marked, key=lambda one: (one.received_at, one.id)):
        if entry.action is not Action.VOID and entry.id not in voided:
            last[entry.session_id] = entry.action
    return any(id_ in held and action is Action.PRESENT for id_, action in last.items())


def pay(event, post, sessions, days):
    times = {PaidFor.SESSION: sessions, PaidFor.DAY: days, PaidFor.TRAVEL: 1}
    rates = db.session.scalars(select(AllowanceRate).where(AllowanceRate.event_id == event.id))
    table = {(rate.paid_for, rate.post_kind): rate.value for rate in rates}
    paid = [table.get((what, post), table.get((what, None))) for what in times]
    parts = [
        value * times[what] for what, value in zip(times, paid, strict=True) if value is not None
    ]
    return sum(parts) if parts else None
