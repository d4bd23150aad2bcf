"""Places nobody confirmed for the new days go to whoever needs them, and to nobody else."""

from datetime import date, datetime, time
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock
from coopevents.changes import service as changes
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events.effects import NewTime, Postponement
from coopevents.events.models import EventState
from coopevents.invitations.models import InvitationState
from coopevents.lifecycle import changing, replying
from coopevents.mail.models import Message
from coopevents.registrations import queries
from coopevents.registrations.models import RegistrationState
from tests.event_factories import make_event, make_invitation, sessions_of
from tests.factories import make_organisation
from workers.registrations import give_places

pytestmark = pytest.mark.usefixtures("app")

CONFIRMED, WAITING = RegistrationState.CONFIRMED, RegistrationState.WAITING
DUE = date(2026, 6, 20)


def at(day: int, hour: int = 9) -> time_machine.travel:
    return time_machine.travel(datetime(2026, 6, day, hour, tzinfo=clock.LOCAL_ZONE), tick=True)


@pytest.fixture
def event(programme):
    """A full activity of two places, postponed: both have to confirm by the 20th."""
    event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")], capacity=2)
    with at(1):
        for name in ("Hoa", "Mai"):
            accept(invited(event, name), name)
        (session,) = sessions_of(event)
        to = NewTime(session.id, date(2026, 6, 29), time(7, 30), time(11))
        postponement = Postponement("Bão", (to,), DUE)
        shown = changes.confirmed(event, postponement, None)
        changing.change_event(event, postponement, shown, uuid4(), "vi")
    db.session.commit()
    return event


INVITED = {}


def invited(event, name: str):
    organisation = make_organisation(
        event.programme, name=f"HTX {name}", email=f"{name.lower()}@coop.example"
    )
    INVITED[name] = make_invitation(event, organisation)
    return INVITED[name]


def accept(invitation, name: str) -> None:
    delegate = NamedDelegate(name, Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(invitation, [delegate], uuid4(), Channel.EMAIL, "vi")


def confirm(name: str) -> None:
    replying.confirm_again(INVITED[name], uuid4(), Channel.EMAIL, "vi")


def states() -> dict[str, RegistrationState]:
    db.session.expire_all()
    return {
        name: queries.list_delegates(invitation)[0].registration.state
        for name, invitation in INVITED.items()
    }


def told(template: str) -> list[str]:
    found = select(Message.address).where(Message.template == template).order_by(Message.id)
    return list(db.session.scalars(found))


@pytest.fixture(autouse=True)
def nobody_yet():
    INVITED.clear()


def test_until_answers_are_due_the_places_are_taken(event):
    with at(20, 23):
        accept(invited(event, "Lan"), "Lan")
        give_places()

        assert queries.count_taken(event) == 2
    assert states() == {"Hoa": CONFIRMED, "Mai": CONFIRMED, "Lan": WAITING}


def test_the_day_after_who_waits_gets_the_place_and_both_are_told(event):
    with at(20):
        accept(invited(event, "Lan"), "Lan")
    with at(21, 0):
        give_places()
        give_places()

    # Of two that lapsed, whoever registered last gives way, and only as many as are needed.
    assert states() == {"Hoa": CONFIRMED, "Mai": WAITING, "Lan": CONFIRMED}
    assert told("registration_promoted") == ["lan@coop.example"]
    assert told("registration_lapsed") == ["mai@coop.example"]


def test_nobody_is_told_at_night_that_her_place_is_gone(app, event, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_WINDOW", "07:30-17:00")
    with at(18):
        accept(invited(event, "Lan"), "Lan")

    told_at = []
    for hour in (0, 6, 8):
        with at(22, hour):
            give_places()
        told_at.append(told("registration_lapsed"))

    assert told_at == [[], [], ["mai@coop.example"]]


def test_nobody_loses_a_place_that_nobody_needs(event):
    with at(25):
        give_places()

        assert queries.count_taken(event) == 0
    assert states() == {"Hoa": CONFIRMED, "Mai": CONFIRMED}
    assert told("registration_lapsed") == []


def test_whoever_names_somebody_after_the_day_takes_a_lapsed_place_at_once(event):
    with at(21):
        accept(invited(event, "Lan"), "Lan")

    assert states() == {"Hoa": CONFIRMED, "Mai": WAITING, "Lan": CONFIRMED}
    assert told("registration_lapsed") == ["mai@coop.example"]


def test_whoever_confirmed_in_time_keeps_the_place(event):
    with at(19):
        confirm("Mai")
    with at(21):
        accept(invited(event, "Lan"), "Lan")
        accept(invited(event, "Cúc"), "Cúc")

        assert queries.count_taken(event) == 2
    assert states() == {"Hoa": WAITING, "Mai": CONFIRMED, "Lan": CONFIRMED, "Cúc": WAITING}


def test_confirming_late_keeps_a_place_still_there_or_queues_behind_who_waits(event):
    with at(21):
        accept(invited(event, "Lan"), "Lan")
        confirm("Hoa")
        confirm("Mai")

        assert queries.count_taken(event) == 2
        assert states() == {"Hoa": CONFIRMED, "Mai": WAITING, "Lan": CONFIRMED}
        replying.decline_invitation(INVITED.pop("Hoa"), "", uuid4(), Channel.EMAIL, "vi")

    assert states() == {"Mai": CONFIRMED, "Lan": CONFIRMED}


def test_who_let_it_lapse_and_did_not_confirm_does_not_move_up(event):
    with at(21):
        accept(invited(event, "Lan"), "Lan")
        replying.decline_invitation(INVITED.pop("Hoa"), "", uuid4(), Channel.EMAIL, "vi")

    assert INVITED["Mai"].state is InvitationState.PENDING
    assert states() == {"Mai": WAITING, "Lan": CONFIRMED}


def test_no_place_lapses_while_the_new_days_are_not_known_or_no_answer_is_due(event):
    with at(25):
        event.state = EventState.POSTPONED
        db.session.flush()
        undated = queries.count_taken(event)
        event.state, event.answer_by = EventState.PUBLISHED, None
        db.session.flush()

        assert (undated, queries.count_taken(event)) == (2, 2)
