from datetime import date

import pytest
from sqlalchemy import event as sqlalchemy_event

from coopevents import clock
from coopevents.attendance import counting, queries
from coopevents.attendance.grid import Mark, attendance_by_organisation
from coopevents.attendance.models import Action
from coopevents.attendance.queries import Turnout
from coopevents.db import db
from coopevents.directory.models import OrganisationKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.errors import NotFoundError
from coopevents.events.models import EventState, SessionState
from coopevents.invitations.models import InvitationState
from coopevents.registrations.models import RegistrationState
from tests import event_factories as made
from tests.factories import make_organisation, make_person

YEAR = (date(2025, 12, 15), date(2026, 12, 14))
TWO_DAYS = [(date(2026, 10, 6), "08:00", "11:00"), (date(2026, 10, 7), "08:00", "11:00")]


def _held(programme, **more):
    return made.close(made.make_event(programme, **more))


def _present(programme):
    counted = counting.count_over(counting.held_events(programme.id, *YEAR))
    presence = counted.presence.c
    rows = db.session.execute(
        db.select(presence.event_id, presence.identity, presence.sex, presence.sessions)
    )
    return sorted(tuple(row) for row in rows)


def test_presence_counts_a_person_once_an_event_with_her_sessions(programme):
    event = _held(programme, sessions=TWO_DAYS)
    person = make_person(programme)
    registration = made.make_registration(event, person)
    for session in made.sessions_of(event):
        made.make_entry(session, registration)

    assert _present(programme) == [(event.id, person.id, Sex.FEMALE, 2)]


def test_presence_follows_the_last_mark_that_stands(programme):
    event = _held(programme)
    (session,) = made.sessions_of(event)
    changed = made.make_registration(event, make_person(programme))
    taken_back = made.make_registration(event, make_person(programme))
    came_after_all = make_person(programme)
    restored = made.make_registration(event, came_after_all)
    made.make_entry(session, changed, Action.PRESENT)
    made.make_entry(session, changed, Action.ABSENT)
    mistake = made.make_entry(session, taken_back, Action.PRESENT)
    made.make_entry(session, taken_back, Action.VOID, voids=mistake)
    made.make_entry(session, restored, Action.PRESENT)
    wrong = made.make_entry(session, restored, Action.EXCUSED)
    made.make_entry(session, restored, Action.VOID, voids=wrong)

    assert _present(programme) == [(event.id, came_after_all.id, Sex.FEMALE, 1)]


def test_presence_leaves_out_sessions_that_were_not_held(programme):
    event = made.make_event(programme, sessions=TWO_DAYS)
    first, second = made.sessions_of(event)
    first.state = SessionState.CANCELLED
    made.close(event)
    only_first = made.make_registration(event, make_person(programme))
    both = make_person(programme, sex=Sex.MALE)
    registration = made.make_registration(event, both)
    made.make_entry(first, only_first)
    made.make_entry(first, registration)
    made.make_entry(second, registration)

    assert _present(programme) == [(event.id, both.id, Sex.MALE, 1)]


def test_presence_leaves_out_events_that_were_not_closed(programme):
    event = made.make_event(programme)
    (session,) = made.sessions_of(event)
    session.state = SessionState.HELD
    made.make_entry(session, made.make_registration(event, make_person(programme)))

    assert _present(programme) == []


def test_presence_leaves_out_communication_work(programme):
    event = _held(programme, kind="communication")
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, make_person(programme)))

    assert _present(programme) == []


def test_presence_counts_a_matched_walk_in_as_the_person(programme):
    event = _held(programme, sessions=TWO_DAYS)
    first, second = made.sessions_of(event)
    person = make_person(programme)
    walk_in = made.make_walk_in(event)
    made.make_entry(first, walk_in)
    made.make_entry(second, made.make_registration(event, person))
    match = made.make_match(walk_in, person)

    together = _present(programme)
    match.undone_at = clock.now()
    apart = _present(programme)

    assert together == [(event.id, person.id, Sex.FEMALE, 2)]
    assert apart == [(event.id, -walk_in.id, Sex.FEMALE, 1), (event.id, person.id, Sex.FEMALE, 1)]


def test_presence_counts_merged_people_as_the_one_kept(programme):
    event = _held(programme)
    (session,) = made.sessions_of(event)
    oldest, middle, kept = (make_person(programme) for _ in range(3))
    made.make_entry(session, made.make_registration(event, oldest))
    made.make_entry(session, made.make_registration(event, kept))
    made.make_merge(middle, oldest)
    onward = made.make_merge(kept, middle)

    together = _present(programme)
    duplicates.undo_merge(onward)
    apart = _present(programme)

    assert together == [(event.id, kept.id, Sex.FEMALE, 1)]
    assert apart == [
        (event.id, middle.id, Sex.FEMALE, 1),
        (event.id, kept.id, Sex.FEMALE, 1),
    ]


@pytest.mark.parametrize(
    ("last_session_on", "belongs"),
    [
        (date(2025, 12, 14), False),
        (date(2025, 12, 15), True),
        (date(2026, 12, 14), True),
        (date(2026, 12, 15), False),
    ],
)
def test_an_event_belongs_to_the_period_of_its_last_held_session(
    programme, last_session_on, belongs
):
    event = _held(programme, sessions=[(last_session_on, "20:00", "23:30")])
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, make_person(programme)))

    assert len(_present(programme)) == int(belongs)


def test_an_event_across_the_cut_off_goes_whole_into_the_later_period(programme):
    days = [(date(2025, 12, day), "08:00", "11:00") for day in (13, 14, 15, 16)]
    event = _held(programme, sessions=days)
    early, *_, late = made.sessions_of(event)
    late.state = SessionState.CANCELLED
    person = make_person(programme)
    made.make_entry(early, made.make_registration(event, person))

    assert _present(programme) == [(event.id, person.id, Sex.FEMALE, 1)]


def test_the_grid_tells_who_came_who_stayed_away_and_who_was_not_asked(programme):
    training = _held(programme, sessions=TWO_DAYS[:1])
    seminar = _held(programme, kind="seminar", sessions=TWO_DAYS[1:])
    eager, absent, walked_in, never = (make_organisation(programme) for _ in range(4))
    for organisation in (eager, absent):
        made.make_invitation(training, organisation)
    made.make_invitation(seminar, eager)
    (session,) = made.sessions_of(training)
    for sex in (Sex.FEMALE, Sex.FEMALE, Sex.MALE):
        person = make_person(programme, sex=sex)
        made.make_entry(session, made.make_registration(training, person, eager))
    missing = made.make_registration(training, make_person(programme), absent)
    made.make_entry(session, missing, Action.ABSENT)
    made.make_entry(session, made.make_walk_in(training, walked_in))

    grid = attendance_by_organisation(programme, *YEAR, also=[never.id])

    rows = {row.organisation_id: row for row in grid.rows}
    assert [event.id for event in grid.events] == [training.id, seminar.id]
    assert {
        row.organisation_id: [row.cell(event.id).mark for event in grid.events] for row in grid.rows
    } == {
        eager.id: [Mark.CAME, Mark.ABSENT],
        absent.id: [Mark.ABSENT, Mark.NOT_INVITED],
        walked_in.id: [Mark.CAME, Mark.NOT_INVITED],
        never.id: [Mark.NOT_INVITED, Mark.NOT_INVITED],
    }
    assert (rows[eager.id].invited, rows[eager.id].attended) == (2, 1)
    assert (rows[eager.id].people, rows[eager.id].women) == (3, 2)
    assert rows[eager.id].last_attended_on == date(2026, 10, 6)
    assert (rows[walked_in.id].invited, rows[walked_in.id].people) == (0, 1)
    assert (rows[never.id].people, rows[never.id].last_attended_on) == (0, None)


def test_the_grid_counts_a_person_who_comes_twice_once(programme):
    organisation, person = make_organisation(programme), make_person(programme)
    for day in TWO_DAYS:
        event = _held(programme, sessions=[day])
        (session,) = made.sessions_of(event)
        made.make_entry(session, made.make_registration(event, person, organisation))

    (row,) = attendance_by_organisation(programme, *YEAR).rows

    assert (row.attended, row.people, row.women) == (2, 1, 1)


def test_the_grid_shows_one_delegate_under_both_organisations_she_stands_for(programme):
    event = _held(programme)
    (session,) = made.sessions_of(event)
    first, second, withdrawn = (make_organisation(programme) for _ in range(3))
    person = make_person(programme)
    made.make_entry(session, made.make_registration(event, person, first))
    made.make_representation(event, person, second)
    made.make_representation(event, person, withdrawn, withdrawn_at=clock.now())

    grid = attendance_by_organisation(programme, *YEAR)

    assert {row.organisation_id: row.people for row in grid.rows} == {first.id: 1, second.id: 1}


def test_the_grid_forgets_invitations_taken_back_and_bodies_never_counted(programme):
    event = _held(programme)
    invitation = made.make_invitation(event, make_organisation(programme))
    invitation.state = InvitationState.CANCELLED
    made.make_invitation(event, make_organisation(programme, kind=OrganisationKind.UNION_BRANCH))

    assert attendance_by_organisation(programme, *YEAR).rows == []


def test_a_walk_in_whose_mark_was_voided_brings_no_organisation(programme):
    event = _held(programme)
    (session,) = made.sessions_of(event)
    person = make_person(programme)
    made.make_entry(session, made.make_registration(event, person))
    walk_in = made.make_walk_in(event, make_organisation(programme))
    made.make_match(walk_in, person)
    mistake = made.make_entry(session, walk_in)
    made.make_entry(session, walk_in, Action.VOID, voids=mistake)

    assert attendance_by_organisation(programme, *YEAR).rows == []


@pytest.mark.parametrize("organisations", [1, 3])
def test_the_grid_takes_as_many_queries_for_one_row_as_for_three(programme, organisations):
    event = _held(programme)
    (session,) = made.sessions_of(event)
    for _ in range(organisations):
        organisation = make_organisation(programme)
        made.make_entry(
            session, made.make_registration(event, make_person(programme), organisation)
        )
    statements = []
    connection = db.session.connection()
    sqlalchemy_event.listen(
        connection, "before_cursor_execute", lambda *said: statements.append(said[2])
    )

    grid = attendance_by_organisation(programme, *YEAR)

    assert len(grid.rows) == organisations
    assert len(statements) == 4


def test_turnout_tells_people_by_sex_and_organisations(programme):
    event = _held(programme, sessions=TWO_DAYS)
    first, second = made.sessions_of(event)
    organisation = make_organisation(programme)
    made.make_invitation(event, organisation)
    made.make_invitation(event, make_organisation(programme))
    for sex in (Sex.FEMALE, Sex.FEMALE, Sex.MALE, Sex.NOT_STATED):
        person = make_person(programme, sex=sex)
        registration = made.make_registration(event, person, organisation)
        made.make_entry(first, registration)
        made.make_entry(second, registration)

    assert queries.turnout(event) == Turnout(
        invited=2, people=4, women=2, men=1, not_stated=1, organisations=1
    )


def test_turnout_of_an_event_nobody_came_to_is_all_zero(programme):
    event = _held(programme)

    assert queries.turnout(event) == Turnout(0, 0, 0, 0, 0, 0)


def test_states_of_session_answers_the_mark_that_holds(programme):
    event = made.make_event(programme)
    (session,) = made.sessions_of(event)
    registration = made.make_registration(event, make_person(programme))
    unmarked = made.make_registration(event, make_person(programme))
    walk_in = made.make_walk_in(event)
    made.make_entry(session, registration, Action.PRESENT)
    made.make_entry(session, registration, Action.EXCUSED)
    made.make_entry(session, walk_in)

    states = queries.states_of_session(session)

    assert states == {
        ("registration", registration.id): Action.EXCUSED,
        ("walk_in", walk_in.id): Action.PRESENT,
    }
    assert ("registration", unmarked.id) not in states


def test_unreconciled_names_whoever_has_no_state_in_a_held_session(programme):
    event = made.make_event(programme, sessions=TWO_DAYS)
    first, second = made.sessions_of(event)
    first.state, second.state = SessionState.HELD, SessionState.CANCELLED
    marked = made.make_registration(event, make_person(programme))
    unmarked = made.make_registration(event, make_person(programme, full_name="Lê Thị An"))
    made.make_registration(event, make_person(programme), state=RegistrationState.CANCELLED)
    made.make_registration(event, make_person(programme), state=RegistrationState.WAITING)
    walk_in = made.make_walk_in(event, full_name="Trần Thị Bình")
    made.make_entry(first, marked, Action.ABSENT)
    db.session.flush()

    missing = queries.unreconciled(event)

    assert [(one.session_id, one.subject, one.full_name) for one in missing] == [
        (first.id, ("registration", unmarked.id), "Lê Thị An"),
        (first.id, ("walk_in", walk_in.id), "Trần Thị Bình"),
    ]


def test_unreconciled_is_empty_while_no_session_is_held(programme):
    event = made.make_event(programme)
    made.make_registration(event, make_person(programme))

    assert queries.unreconciled(event) == []


def test_the_ledger_keeps_voided_marks_and_shows_the_newest_first(programme):
    event = made.make_event(programme, sessions=TWO_DAYS)
    first, second = made.sessions_of(event)
    registration = made.make_registration(event, make_person(programme, full_name="Lê Thị An"))
    mistake = made.make_entry(first, registration)
    void = made.make_entry(first, registration, Action.VOID, voids=mistake)
    later = made.make_entry(second, registration)

    entries = queries.ledger(event)

    assert [(e.id, e.action, e.is_voided, e.voids_id, e.full_name) for e in entries] == [
        (later.id, Action.PRESENT, False, None, "Lê Thị An"),
        (void.id, Action.VOID, False, mistake.id, "Lê Thị An"),
        (mistake.id, Action.PRESENT, True, None, "Lê Thị An"),
    ]
    assert [e.id for e in queries.ledger(event, first)] == [void.id, mistake.id]
    assert [e.id for e in queries.ledger(event, before=void.id)] == [mistake.id]
    assert [e.id for e in queries.ledger(event, limit=1)] == [later.id]


def test_get_entry_finds_only_marks_of_the_event(programme):
    event, other = made.make_event(programme), made.make_event(programme)
    (session,) = made.sessions_of(event)
    entry = made.make_entry(session, made.make_registration(event, make_person(programme)))

    assert queries.get_entry(entry.id, event) is entry
    with pytest.raises(NotFoundError):
        queries.get_entry(entry.id, other)


def test_an_event_of_another_state_counts_nothing(programme):
    event = _held(programme)
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, make_person(programme)))
    event.state, event.closed_at = EventState.PUBLISHED, None
    db.session.flush()

    assert attendance_by_organisation(programme, *YEAR).events == []
