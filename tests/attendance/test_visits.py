"""Which activities a person came to, for her own page."""

from datetime import date

from coopevents.attendance.models import Action
from coopevents.attendance.visits import Visit, visits_of
from coopevents.directory.models import Sex
from coopevents.events.models import SessionState
from tests.event_factories import (
    close,
    make_entry,
    make_event,
    make_match,
    make_merge,
    make_registration,
    make_representation,
    make_walk_in,
    sessions_of,
)
from tests.factories import make_organisation, make_person

DAYS = [(date(2026, 3, 10), "08:00", "11:00"), (date(2026, 3, 11), "08:00", "11:00")]


def came(programme, person, *organisations, sessions: int = 1):
    """Let the person come to the first sessions of an activity of two, for the organisations."""
    event = make_event(programme, sessions=DAYS)
    registration = make_registration(event, person)
    for organisation in organisations:
        make_representation(event, person, organisation)
    for session in sessions_of(event)[:sessions]:
        make_entry(session, registration)
    return close(event)


def test_a_visit_tells_how_many_sessions_and_for_whom(programme):
    person = make_person(programme)
    tea, rice = make_organisation(programme), make_organisation(programme)
    event = came(programme, person, tea, rice)
    came(programme, make_person(programme), tea)

    visits = visits_of(programme.id, person.id, [person.id])

    assert visits == [Visit(event.id, event.title, date(2026, 3, 11), 1, 2, [tea.id, rice.id])]


def test_who_was_registered_and_did_not_come_made_no_visit(programme):
    person = make_person(programme)
    event = make_event(programme, sessions=DAYS)
    registration = make_registration(event, person)
    make_entry(sessions_of(event)[0], registration, Action.ABSENT)
    close(event)

    assert visits_of(programme.id, person.id, [person.id]) == []


def test_a_mark_in_a_session_that_was_not_held_is_no_visit(programme):
    person = make_person(programme)
    event = came(programme, person)
    first, _second = sessions_of(event)
    first.state = SessionState.CANCELLED

    assert visits_of(programme.id, person.id, [person.id]) == []


def test_what_a_merged_entry_and_a_recognised_walk_in_came_to_is_hers(programme):
    kept, merged = make_person(programme), make_person(programme)
    make_merge(kept, merged)
    as_merged = came(programme, merged)
    event = make_event(programme, sessions=[(date(2026, 5, 1), "08:00", "11:00")])
    walk_in = make_walk_in(event, full_name="Khách", sex=Sex.FEMALE)
    make_match(walk_in, kept)
    make_entry(sessions_of(event)[0], walk_in)
    close(event)

    visits = visits_of(programme.id, kept.id, [kept.id, merged.id])

    assert [visit.event_id for visit in visits] == [event.id, as_merged.id]


def test_more_visits_take_no_more_questions(programme, count_queries):
    person, numbers = make_person(programme), []
    for _number in range(3):
        came(programme, person, make_organisation(programme))
        with count_queries() as asked:
            visits = visits_of(programme.id, person.id, [person.id])
        numbers.append((len(visits), asked.number))

    assert numbers == [(1, 1), (2, 1), (3, 1)]
