"""Declared reach: kept by rows, counted as I19, never among those who were present."""

import random
import uuid
from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from coopevents.accounts.models import Role
from coopevents.attendance import service as attendance
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.db import db
from coopevents.directory.models import Sex
from coopevents.errors import DomainError
from coopevents.events.models import EventState, SessionState
from coopevents.lifecycle import changing
from coopevents.outcomes.reach.models import ReachChannel, ReachDeclaration
from coopevents.reports import lines
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import add, compute
from tests import event_factories as made
from tests.browsing import fill_in, signed_in
from tests.factories import make_organisation, make_other_programme, make_person
from tests.outcomes.factories import make_declaration

PERIOD = (date(2025, 12, 15), date(2026, 12, 14))
MARCH = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _after_the_period(app):
    with time_machine.travel("2026-12-20T03:00:00Z", tick=True):
        yield


@pytest.fixture
def scope(programme):
    return Scope(programme, *PERIOD)


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def communicate(programme, on=MARCH, **more):
    """Plan communication work, published and not closed yet."""
    return made.make_event(
        programme,
        kind="communication",
        sessions=[(on, *made.MORNING)],
        title="Loạt bài về Luật Hợp tác xã",
        **more,
    )


@pytest.fixture
def articles(programme):
    return made.close(communicate(programme))


def test_reach_is_told_by_channel_and_event(programme, scope, articles, english):
    make_declaration(articles, 500)
    make_declaration(articles, 300)
    make_declaration(articles, 2000, ReachChannel.LOUDSPEAKER)
    silent = made.close(communicate(programme, date(2026, 4, 1)))

    figure = compute("I19", scope)

    assert figure.value == 2800
    assert figure.breakdown == {
        "channel": {"article": 800, "loudspeaker": 2000},
        "apart": {"not_declared": 1},
    }
    assert {row.row_id: row.facts.get("reached") for row in figure.list_rows()} == {
        articles.id: 2800,
        silent.id: None,
    }
    told = [line.details for line in lines.describe(figure.page(0, 9), PERIOD[1])]
    assert told == [
        "2026-03-10 · reached 2,800 times, as declared · Article: 800 · Loudspeaker: 2,000",
        "2026-04-01 · nobody declared how many it reached",
    ]


def test_where_nobody_declared_there_is_no_zero(programme, scope):
    nothing_held = compute("I19", scope).value
    held = made.close(communicate(programme))
    silent = compute("I19", scope).value
    make_declaration(held, 0)

    assert (nothing_held, silent, compute("I19", scope).value) == (0, None, 0)


def test_only_what_stands_counts(scope, articles):
    first = make_declaration(articles, 500)
    second = make_declaration(articles, 50, corrects=first)
    corrected = compute("I19", scope).value
    make_declaration(articles, None, corrects=second)

    assert (corrected, compute("I19", scope).value) == (50, None)


def test_what_is_not_closed_or_not_of_the_period_does_not_count(programme, scope):
    for event in (
        communicate(programme),
        made.close(communicate(programme, PERIOD[0] - timedelta(1))),
        made.close(communicate(programme, PERIOD[1] + timedelta(1))),
        made.close(made.make_event(make_other_programme(programme), contents=())),
    ):
        make_declaration(event, 500)

    assert compute("I19", scope).value == 0


def test_reach_enters_no_figure_of_who_was_present(programme, scope, articles):
    organisation = make_organisation(programme)
    registration = made.make_registration(
        articles, make_person(programme, sex=Sex.FEMALE), organisation
    )
    made.make_entry(made.sessions_of(articles)[0], registration)
    make_declaration(articles, 500)

    present = [compute(code, scope) for code in ("I2", "I3", "I7", "I11")]

    assert [figure.value for figure in present] == [0, 0, 0, None]
    with pytest.raises(ValueError, match="too many values"):
        add([compute("I19", scope), present[0]])


def test_such_an_activity_takes_no_roll_and_closes_without(programme):
    event = communicate(programme)
    (session,) = made.sessions_of(event)
    registration = made.make_registration(event, make_person(programme))

    mark = Mark(uuid.uuid4(), session.id, Action.PRESENT, registration_id=registration.id)
    with pytest.raises(DomainError):
        attendance.record_entries(event, [mark])
    session.state = SessionState.HELD
    db.session.flush()
    changing.close_event(event)

    assert event.state is EventState.CLOSED


def test_closing_without_a_declaration_is_warned_of_and_not_refused(officer, programme):
    event = communicate(programme)
    made.sessions_of(event)[0].state = SessionState.HELD
    training = made.make_event(programme)

    silent = officer.get(f"/events/{event.id}?lang=en").text
    closed = fill_in(officer, f"/events/{event.id}/changes/close")
    another = communicate(programme)
    make_declaration(another)

    assert "Nobody has declared yet how many this activity reached" in silent
    assert "roll-call" not in silent
    assert closed.status_code == 303
    for page in (another, training):
        told = officer.get(f"/events/{page.id}?lang=en").text
        assert "Nobody has declared yet" not in told


FILLED = {
    "channel": "article",
    "reached": "1.500",
    "reached_on": "2026-03-10",
    "evidence": "Báo Phú Thọ",
}


def standing(event):
    found = db.session.scalars(
        select(ReachDeclaration)
        .where(ReachDeclaration.event_id == event.id)
        .order_by(ReachDeclaration.id)
    )
    return [(row.channel.value, row.reached, row.reason) for row in found]


def test_reach_is_declared_corrected_and_taken_back(officer, articles):
    path = f"/events/{articles.id}/reach"

    declared = fill_in(officer, f"{path}?lang=en", **FILLED)
    (row,) = db.session.scalars(select(ReachDeclaration))
    unexplained = fill_in(officer, f"{path}/{row.id}/correct?lang=en", reached="900")
    corrected = fill_in(officer, f"{path}/{row.id}/correct", reached="900", reason="Ghi nhầm")
    late = fill_in(officer, f"{path}/{row.id}/correct", reached="800", reason="Ghi nhầm")
    last = db.session.scalars(select(ReachDeclaration).order_by(ReachDeclaration.id.desc())).first()
    taken = fill_in(officer, f"{path}/{last.id}/withdraw", reason="Bài không đăng")
    page = officer.get(f"{path}?lang=en").text

    codes = [answer.status_code for answer in (declared, unexplained, corrected, late, taken)]
    assert codes == [303, 422, 303, 409, 303]
    assert standing(articles) == [
        ("article", 1500, None),
        ("article", 900, "Ghi nhầm"),
        ("article", None, "Bài không đăng"),
    ]
    assert [page.count(words) for words in ("Replaced by a newer one", "taken back")] == [2, 1]


def test_a_form_sent_twice_is_one_declaration(officer, articles):
    opened = officer.get(f"/events/{articles.id}/reach").text

    for _ in range(2):
        fill_in(officer, f"/events/{articles.id}/reach", opened, **FILLED)

    assert db.session.scalar(select(func.count()).select_from(ReachDeclaration)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"channel": "rumour"}, "Not a valid choice."),
        ({"channel": ""}, "Please choose by what people were reached."),
        ({"reached": ""}, "Please fill this in."),
        ({"reached": "nhiều"}, "Write a whole number"),
        ({"reached": "100000001"}, "Give a number from 0 to"),
        ({"reached_on": "2027-01-01"}, "lies in the future"),
        ({"reached_on": "0001-01-01"}, "Give a day between 1900 and 2200."),
        ({"evidence": " "}, "Please fill this in."),
        ({"submission": ""}, "This form is too old."),
    ],
)
def test_bad_input_is_refused_with_a_sentence(officer, articles, typed, said):
    answer = fill_in(officer, f"/events/{articles.id}/reach?lang=en", **{**FILLED, **typed})

    assert (answer.status_code, said in answer.text) == (422, True)
    assert standing(articles) == []


def test_an_activity_with_a_roll_declares_nothing(officer, programme):
    training = made.close(made.make_event(programme))
    opened = officer.get(f"/events/{training.id}/reach?lang=en").text

    answer = fill_in(
        officer, f"/events/{training.id}/reach", opened, **FILLED, submission=str(uuid.uuid4())
    )

    assert "who came is counted, not declared" in opened
    assert answer.status_code == 409
    assert standing(training) == []


def test_a_draft_declares_nothing(officer, programme):
    draft = communicate(programme, state=EventState.DRAFT)
    opened = officer.get(f"/events/{draft.id}/reach").text

    answer = fill_in(
        officer, f"/events/{draft.id}/reach", opened, **FILLED, submission=str(uuid.uuid4())
    )

    assert answer.status_code == 409


def test_what_belongs_to_another_programme_or_activity_is_not_found(officer, programme, articles):
    other = made.close(communicate(programme))
    declared = make_declaration(other)
    foreign = made.make_event(make_other_programme(programme), contents=())

    assert officer.get(f"/events/{foreign.id}/reach").status_code == 404
    for act in ("correct", "withdraw"):
        path = f"/events/{articles.id}/reach/{declared.id}/{act}"
        assert officer.get(path).status_code == 404


def test_a_viewer_looks_and_changes_nothing(client, programme, articles):
    viewer = signed_in(client, programme, Role.VIEWER)
    declared = make_declaration(articles)

    page = viewer.get(f"/events/{articles.id}/reach?lang=en").text

    assert "Declare more" not in page
    assert viewer.get(f"/events/{articles.id}/reach/{declared.id}/correct").status_code == 403


def test_the_database_keeps_what_the_service_does(articles):
    first = make_declaration(articles)
    make_declaration(articles, 3, corrects=first)

    for wrong in ("UPDATE reach_declarations SET reached = 1", "DELETE FROM reach_declarations"):
        with pytest.raises(ProgrammingError), db.session.begin_nested():
            db.session.execute(text(wrong))
    for reached, corrects in ((4, first), (-1, None), (None, None)):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            make_declaration(articles, reached, corrects=corrects)


@pytest.mark.parametrize("seed", range(8))
def test_reach_equals_plain_python_over_histories_made_at_random(programme, seed):
    chance = random.Random(seed)  # noqa: S311
    expected: dict[date, int] = {}
    for _ in range(8):
        on = date(2025, 6, 1) + timedelta(days=chance.randint(0, 700))
        kind = chance.choice(["communication", "communication", "training"])
        event = made.make_event(programme, kind=kind, sessions=[(on, *made.MORNING)])
        if closed := chance.random() < 0.8:
            made.close(event)
        for _ in range(chance.randint(0, 3)):
            declared, reached = None, chance.randint(0, 900)
            for _ in range(chance.randint(1, 3)):
                declared = make_declaration(
                    event, reached, chance.choice(list(ReachChannel)), corrects=declared
                )
                stood, reached = reached, chance.choice([None, chance.randint(0, 900)])
                if stood is None:
                    break
            if closed and kind == "communication":
                expected[on] = expected.get(on, 0) + (stood or 0)
    edges = [date(2025, 6, 1), date(2025, 12, 15), date(2026, 6, 15), date(2027, 12, 1)]

    figures = [
        compute("I19", Scope(programme, first, after - timedelta(1)))
        for first, after in pairwise(edges)
    ]

    assert [figure.value or 0 for figure in figures] == [
        sum(number for on, number in expected.items() if first <= on < after)
        for first, after in pairwise(edges)
    ]
    whole = compute("I19", Scope(programme, edges[0], edges[-1]))
    assert add(figures) == (whole.value or 0) == sum(expected.values())
    assert sum(whole.breakdown["channel"].values()) == (whole.value or 0)


@pytest.mark.parametrize("number", [1, 3])
def test_the_figure_and_the_page_ask_as_many_questions_for_three_as_for_one(
    officer, programme, scope, count_queries, number
):
    for _ in range(number):
        event = made.close(communicate(programme))
        for _ in range(number):
            make_declaration(event)
    officer.get(f"/events/{event.id}/reach")

    with count_queries() as figure:
        compute("I19", scope)
    with count_queries() as page:
        officer.get(f"/events/{event.id}/reach")

    assert (figure.number, page.number) == (2, 7)
