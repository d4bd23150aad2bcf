"""An activity held again carries nothing that was sent, answered or attended.

It is asked of every table that hangs on an activity, by the foreign keys the models declare. One
that is added later fails here until `lead_a_life` gives it a row, and then is shown not to be
copied, or stands in COPIED with the columns that are.
"""

from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Column, Table, func, or_, select

from coopevents import clock
from coopevents.attendance import conflicts
from coopevents.attendance.models import Action, ConflictKind
from coopevents.changes import service as changes
from coopevents.changes.models import ChangeKind
from coopevents.channels.models import ChannelAssignment
from coopevents.checklists.models import Anchor
from coopevents.db import db
from coopevents.directory.models import Channel, Consent, ConsentPurpose
from coopevents.events import service
from coopevents.events.models import Event, EventState, SessionState
from coopevents.events.plans import Again, AgendaPoint, TrainerPlan
from coopevents.invitations import service as invitations
from coopevents.invitations.models import (
    Answer,
    Delivery,
    Invitation,
    InvitationRound,
    InvitationState,
    RoundKind,
)
from coopevents.letters.models import Letter, LetterCopy
from coopevents.lifecycle import planning
from coopevents.models import Base
from coopevents.programme import service as programmes
from coopevents.programme.plans import ActivityPlan
from coopevents.registrations import passes
from coopevents.registrations.models import Offer, PlaceHold, RegistrationState, Seat, SeatState
from coopevents.reminders import service as reminders
from coopevents.reminders.models import Anchor as ReminderAnchor
from coopevents.reminders.models import Outcome, ReminderRule
from coopevents.requests.models import (
    OpenRegistration,
    PlaceRequest,
    RequestConsent,
    RequestPurpose,
    RequestState,
)
from coopevents.territory.succession import as_of
from tests.budgets.making import make_line, make_payment, make_rate
from tests.checklists.making import make_item, make_user
from tests.event_factories import (
    make_entry,
    make_event,
    make_invitation,
    make_match,
    make_registration,
    make_session,
    make_walk_in,
    sessions_of,
)
from tests.factories import find_commune, make_organisation, make_person
from tests.materials.factories import make_material
from tests.outcomes.advice.cases import make_case, make_founding, make_move, make_note, make_paper
from tests.outcomes.factories import make_declaration
from tests.outcomes.trade import making as trade

TABLES = Base.metadata.tables

CARRIED = {
    *(
        "programme_id",
        "kind_id",
        "title",
        "title_fold",
        "description",
        "place",
        "administrative_unit_id",
    ),
    *("capacity", "offer_hours", "counts_to_programme", "counts_reason", "promotional"),
    *("contact_name", "contact_phone", "contact_email", "proposed_audience", "is_sample"),
}
"""What an activity's own row takes over."""

COPIED = {
    "event_hosts": {"body_id", "role"},
    "event_contents": {"content_id"},
    "event_sessions": {
        *("starts_at", "ends_at", "place", "class_group", "topic", "required"),
    },
    "agenda_items": {"rank", "starts_at", "topic", "speaker"},
    "event_trainers": {"person_id", "full_name", "name_fold", "part", "unit"},
    "checklist_items": {"text", "anchor", "offset_days", "owner_id", "rank"},
    "reminder_rules": {"anchor", "days_before"},
    "budget_lines": {"source", "source_name", "item", "quantity", "unit", "planned", "rank"},
    "allowance_rates": {"paid_for", "post_kind", "value"},
}
"""The tables of which an activity held again gets rows, and the columns these take over."""

MOVED_ON = {
    "event_sessions": {"held_on"},
    "events": {"answer_by"},
    "checklist_items": {"due_on"},
}
"""Days, which are counted from the new first day."""


def _hanging() -> list[str]:
    """Answer the tables whose rows belong to an activity, whatever they hang on in between."""
    found = ["events"]
    for _round in TABLES:
        found += [
            name
            for name, table in TABLES.items()
            if name not in found
            and any(key.column.table.name in found for key in table.foreign_keys)
        ]
    return found[1:]


HANGING = _hanging()


def _ids_of(event_id: int) -> dict[str, list[int]]:
    """Answer the rows of every hanging table that belong to the activity."""
    ids = {"events": [event_id]}
    for name in HANGING:
        table = TABLES[name]
        parents = [
            (column, key.column.table.name)
            for column in table.columns
            for key in column.foreign_keys
            if key.column.table.name in ids
            and key.column.name == "id"
            and key.column.table is not table
        ]
        belongs = or_(*(column.in_(ids[parent]) for column, parent in parents))
        ids[name] = list(db.session.scalars(select(table.c.id).where(belongs)))
    return ids


def lead_a_life(programme) -> Event:
    """Make an activity to which everything happened: a row in every table that hangs on one."""
    event = make_event(
        programme, sessions=[(date(2026, 5, 12), "07:30", "11:00")], is_sample=True, capacity=9
    )
    (session,) = sessions_of(event)
    _say_everything(event, programme)
    service.set_agenda(session, [AgendaPoint("Khai mạc", time(8), "Bà Lê Thị Mẫu")])
    person = make_person(programme)
    service.add_trainers(event, [TrainerPlan(person.full_name, unit="Sở", person_id=person.id)])
    session.topic, session.place, session.class_group = "Luật", "Phòng 2", "Lớp 1"
    session.required = False
    _have_it_answered(event, programme)
    _have_it_attended(event, programme)
    _have_it_moved(event)
    _have_it_prepared(event, programme)
    _have_something_come_of_it(event, programme)
    db.session.flush()
    return event


def _say_everything(event: Event, programme) -> None:
    promise = programmes.promise(
        programme, ActivityPlan(2026, 5, "training", "Tập huấn", None, None, None)
    )
    old = find_commune(programme).id
    event.description, event.unit = "Nội dung", as_of([old], date(2027, 5, 11))[old]
    event.promotional = event.listed_publicly = True
    event.answer_by, event.year_plan_id = date(2026, 5, 5), promise.id
    event.copied_from_id = make_event(programme).id
    event.submission_id, event.calendar_sequence, event.offer_hours = uuid4(), 3, 8
    event.proposed_audience, event.cancel_reason = {"women_led": True}, "Bão"
    event.counts_reason = "both_bodies_host"
    event.cancelled_at = event.closed_at = clock.now()
    event.state = EventState.CLOSED


def _have_it_answered(event: Event, programme) -> None:
    invitation = make_invitation(event, make_organisation(programme))
    invitation.state = InvitationState.ACCEPTED
    told = InvitationRound(
        programme_id=programme.id,
        event_id=event.id,
        channel=Channel.PHONE,
        kind=RoundKind.REMINDER,
        audience={},
    )
    db.session.add(told)
    db.session.flush()
    db.session.add(
        Delivery(
            round_id=told.id, invitation_id=invitation.id, channel=Channel.PHONE, outcome="reached"
        )
    )
    rule = ReminderRule(event=event, anchor=ReminderAnchor.START, days_before=3)
    db.session.add(rule)
    db.session.flush()
    reminders.note_run(rule, Outcome.SENT, opened=told, people=1)
    _have_it_told_by_hand(told, invitation)
    _have_it_asked_for(event, invitation)
    invitations.new_link(invitation)
    invitations.answer(invitation, Answer.ACCEPTED, submission_id=uuid4(), channel=Channel.PHONE)
    registration = make_registration(event, make_person(programme), invitation.organisation)
    db.session.add(
        Seat(
            event_id=event.id,
            invitation_id=invitation.id,
            number=1,
            registration_id=registration.id,
            state=SeatState.FILLED,
        )
    )
    passes.give(event, [registration])
    waiting = make_registration(event, make_person(programme), state=RegistrationState.WAITING)
    db.session.add(
        PlaceHold(
            event_id=event.id,
            organisation_id=invitation.organisation_id,
            places=1,
            until_on=date(2026, 5, 8),
        )
    )
    db.session.add(
        Consent(
            person_id=registration.person_id,
            registration_id=registration.id,
            purpose=ConsentPurpose.PHOTOS,
            text_version="1",
            given=True,
            channel=Channel.PAPER,
        )
    )
    db.session.add(Offer(registration_id=waiting.id, deadline_at=clock.now() + timedelta(days=1)))


def _have_it_told_by_hand(told: InvitationRound, invitation: Invitation) -> None:
    letter = Letter(
        programme_id=told.programme_id,
        event_id=told.event_id,
        symbol="12/GM",
        dated_on=date(2026, 5, 1),
        year=2026,
        said={},
        submission_id=uuid4(),
    )
    db.session.add(letter)
    db.session.flush()
    db.session.add_all(
        [
            ChannelAssignment(round_id=told.id, invitation_id=invitation.id),
            LetterCopy(letter_id=letter.id, invitation_id=invitation.id),
        ]
    )


def _have_it_asked_for(event: Event, invitation: Invitation) -> None:
    asked = PlaceRequest(
        programme_id=event.programme_id,
        event_id=event.id,
        state=RequestState.APPROVED,
        locale="vi",
        organisation_name="HTX Mẫu",
        contact_name="Lê Thị Mẫu",
        email="mau@coop.example",
        people=2,
        submission_id=uuid4(),
        invitation_id=invitation.id,
        decided_at=clock.now(),
    )
    db.session.add_all(
        [asked, OpenRegistration(event_id=event.id, until_on=date(2026, 5, 8), audience="HTX")]
    )
    db.session.flush()
    db.session.add(
        RequestConsent(
            request_id=asked.id, purpose=RequestPurpose.THIS_ACTIVITY, text_version="2026-11"
        )
    )


def _have_it_attended(event: Event, programme) -> None:
    (session,) = sessions_of(event)
    session.state, session.state_reason = SessionState.HELD, "Đúng giờ"
    walk_in = make_walk_in(event)
    make_match(walk_in, make_person(programme))
    make_entry(session, walk_in, Action.PRESENT)
    conflicts.keep(event, ConflictKind.TO_COME, {"uuid": str(uuid4()), "action": "present"})


def _have_it_moved(event: Event) -> None:
    moved = make_session(event, date(2026, 5, 13))
    now = make_session(event, date(2026, 5, 20))
    moved.moved_to_id, moved.state = now.id, SessionState.MOVED


def _have_it_prepared(event: Event, programme) -> None:
    officer = make_user(programme, "Cán bộ Mẫu")
    item = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=21, owner=officer)
    item.due_on, item.done_at, item.done_by_id = date(2026, 4, 21), clock.now(), officer.id
    make_payment(make_line(event))
    make_rate(event)
    make_material(event)


def _have_something_come_of_it(event: Event, programme) -> None:
    organisation = make_organisation(programme)
    case = make_case(programme, event=event)
    make_note(case)
    make_founding(case, organisation, date(2026, 5, 20))
    make_move(case)
    make_paper(case)
    make_declaration(event)
    changes.note(event, ChangeKind.POSTPONED, uuid4(), reason="Bão", told={})
    stand, buyer = trade.make_stand(event, organisation), trade.make_buyer(programme)
    trade.make_product(stand)
    trade.make_meeting(stand, buyer)
    contract = trade.make_contract(programme, organisation, buyer=buyer)
    trade.make_result(contract, event, on=date(2026, 6, 10))
    trade.make_call(stand, 3)


@pytest.fixture
def lived(programme) -> Event:
    """An activity to which everything happened."""
    return lead_a_life(programme)


@pytest.fixture
def again(lived) -> Event:
    """The same held again."""
    return planning.repeat_event(lived, Again(date(2027, 5, 11), lived.title))


@pytest.mark.parametrize("table", HANGING)
def test_the_life_has_a_row_in_every_table_that_hangs_on_an_activity(lived, table):
    assert _ids_of(lived.id)[table], f"give the life of this test a row in {table}"


def test_nothing_is_copied_but_what_is_declared(lived, again):
    found = _ids_of(again.id)

    assert {name for name in HANGING if found[name]} == set(COPIED)


def _fresh(column: Column[Any]) -> Any:
    """Answer what a new row has in the column when nobody says anything."""
    return column.default.arg if column.default is not None and column.default.is_scalar else None


def _is_made_anew(table: Table, column: Column[Any]) -> bool:
    """Whether the column says which row it is, what it belongs to, or when it was written."""
    hangs = any(key.column.table.name in {"events", *HANGING} for key in column.foreign_keys)
    made = column.default is not None and column.default.is_callable
    return column.name in {"id", "version"} or (hangs and column.name != "copied_from_id") or made


@pytest.mark.parametrize("name", ["events", *COPIED])
def test_of_a_copied_row_only_the_declared_columns_are_taken_over(lived, again, name):
    table = TABLES[name]
    rows = {
        event.id: db.session.execute(
            select(table).where(table.c.id.in_(_ids_of(event.id)[name])).order_by(table.c.id)
        )
        .mappings()
        .all()
        for event in (lived, again)
    }
    before, after = rows[lived.id][0], rows[again.id][0]
    carried = COPIED.get(name, CARRIED)

    for column in table.columns:
        if _is_made_anew(table, column):
            continue
        if column.name in carried:
            assert after[column.name] == before[column.name], column
        elif column.name in MOVED_ON.get(name, ()):
            assert before[column.name] < after[column.name], column
        elif column.name == "copied_from_id":
            assert after[column.name] == lived.id
        elif column.name == "state":
            assert after[column.name] == _fresh(column) != before[column.name], column
        else:
            assert after[column.name] == _fresh(column), column


def test_no_column_that_is_taken_over_is_a_mark_of_what_happened():
    names = {name for columns in [CARRIED, *COPIED.values()] for name in columns}

    marks = {
        name
        for name in names
        if name.endswith(("_by", "_by_id")) or "state" in name or "sent" in name or "answer" in name
    }

    assert marks == set()


def test_nobody_is_written_to_when_an_activity_is_held_again(lived):
    written = [db.session.scalar(select(func.count()).select_from(TABLES[n])) for n in _LETTERS]

    planning.repeat_event(lived, Again(date(2027, 5, 11), lived.title))

    after = [db.session.scalar(select(func.count()).select_from(TABLES[n])) for n in _LETTERS]
    assert after == written


_LETTERS = ("messages", "batches")


def test_the_copy_of_a_copy_is_the_same(again):
    first = planning.outline_of(again)

    second = planning.outline_of(planning.repeat_event(again, Again(date(2028, 5, 9), again.title)))

    assert second == first
