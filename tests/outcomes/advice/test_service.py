"""Keeping advice cases: opened once, changed with a trace, noted, closed and taken up again."""

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory.models import OrganisationKind, OrganisationStatusKind
from coopevents.errors import DomainError
from coopevents.outcomes.advice import queries, service
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    NoteKind,
    Outcome,
    Purpose,
)
from coopevents.outcomes.advice.service import CasePlan, GroupToBe, NoteEntry
from tests.event_factories import make_event
from tests.factories import (
    find_commune,
    make_organisation,
    make_other_programme,
    make_person,
    make_status,
)
from tests.outcomes.advice.cases import (
    OPENED,
    make_case,
    make_founding,
    make_move,
    make_note,
    make_officer,
)

TODAY, TOMORROW = date(2026, 10, 1), date(2026, 10, 2)


pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def officer(programme):
    return make_officer(programme)


@pytest.fixture
def plan(programme, officer):
    """Answer a plan in which some things are otherwise."""

    def with_(**said) -> CasePlan:
        told = {
            "purpose": Purpose.FOUND_COOPERATIVE,
            "body_id": make_case(programme).body_id,
            "officer_id": officer.id,
            "opened_on": OPENED,
            "whom": GroupToBe("Nhóm  chè Long Cốc", find_commune(programme)),
        }
        return CasePlan(**{**told, **said})

    return with_


@pytest.fixture
def case(programme):
    return make_case(programme)


def entry(case, text="Đến thăm", on=OPENED, kind=NoteKind.VISIT) -> NoteEntry:
    return NoteEntry(on, kind, text, case.officer_id)


def told(act: str) -> dict[str, tuple[str | None, str | None]]:
    """Answer what the audit keeps of the act: each field before and after."""
    db.session.commit()
    found = db.session.scalars(select(AuditEntry).where(AuditEntry.act == act)).one()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == found.id))
    return {value.field: (value.before, value.after) for value in values}


def refused(act, *said, **more) -> list[str]:
    """Answer the fields that the act's refusal names."""
    with pytest.raises(DomainError) as refusal:
        act(*said, **more)
    return list(refusal.value.fields)


def test_a_case_begins_with_a_group_that_has_no_organisation_yet(programme, plan, officer):
    event = make_event(programme)

    case = service.open_case(programme, plan(event_id=event.id), uuid.uuid4())

    assert (case.working_name, case.name_fold) == ("Nhóm chè Long Cốc", "nhom che long coc")
    assert (case.organisation_id, case.unit, case.event) == (None, find_commune(programme), event)
    audited = told("advice.opened")
    assert audited["working_name"] == (None, "Nhóm chè Long Cốc")
    assert audited["opened_on"] == (None, "2026-03-02")
    assert queries.get_line(case).closing is None


def test_a_case_may_be_for_an_organisation_of_the_register(programme, plan):
    group = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)

    case = service.open_case(programme, plan(whom=group, purpose=Purpose.CONVERT), uuid.uuid4())

    assert (case.organisation, case.working_name, case.unit) == (group, None, None)


def test_a_form_sent_twice_opens_one_case(programme, plan):
    form, said = uuid.uuid4(), plan()

    first = service.open_case(programme, said, form)
    again = service.open_case(programme, said, form)

    assert again is first
    assert db.session.scalars(select(AdviceCase).where(AdviceCase.submission_id == form)).all() == [
        first
    ]


def test_a_case_that_cannot_be_is_refused(programme, plan):
    ended = make_organisation(programme, status=None)
    make_status(ended, OrganisationStatusKind.DISSOLVED, valid_from=OPENED)
    elsewhere = make_other_programme(programme, own_register=True)
    foreign = make_organisation(programme)
    foreign.register_id = elsewhere.register_id
    event = make_event(programme)
    event.programme_id = elsewhere.id
    nameless = GroupToBe(" .. ", find_commune(programme))
    before = len(db.session.scalars(select(AdviceCase)).all())

    def fields(**said):
        return refused(service.open_case, programme, plan(**said), uuid.uuid4())

    assert fields(opened_on=TOMORROW) == ["opened_on"]
    assert fields(opened_on=date(1899, 1, 1)) == ["opened_on"]
    assert fields(body_id=10**6) == ["body_id"]
    assert fields(event_id=event.id) == ["event_id"]
    assert fields(event_id=10**6) == ["event_id"]
    assert fields(whom=nameless) == ["name"]
    assert fields(purpose=Purpose.STRENGTHEN) == ["purpose"]
    assert fields(purpose=Purpose.CONVERT, whom=make_organisation(programme)) == ["purpose"]
    assert fields(whom=ended) == ["opened_on"]
    assert fields(whom=foreign) == []
    # `plan` itself makes a case to learn the body from: one each time, and none besides.
    assert len(db.session.scalars(select(AdviceCase)).all()) == before + 10


def test_a_case_for_an_entry_that_was_merged_is_refused(programme, plan):
    kept, merged = make_organisation(programme), make_organisation(programme)
    merged.duplicate_of_id = kept.id

    assert refused(service.open_case, programme, plan(whom=merged), uuid.uuid4()) == []


def test_a_form_of_another_programme_opens_nothing_here(programme, plan):
    case = make_case(programme)
    case.programme_id = make_other_programme(programme, own_register=True).id

    assert refused(service.open_case, programme, plan(), case.submission_id) == []


def test_a_change_leaves_what_was_said_before_in_the_audit(programme, plan, case):
    other = make_officer(programme, "Trần Thị Mới")

    service.change_case(
        case,
        plan(
            officer_id=other.id,
            purpose=Purpose.FOUND_GROUP,
            whom=GroupToBe("Nhóm chè Tân Sơn", case.unit),
        ),
    )

    assert (case.officer, case.purpose, case.version) == (other, Purpose.FOUND_GROUP, 2)
    changes = told("advice.changed")
    assert changes["working_name"] == ("Nhóm phụ nữ trồng chè", "Nhóm chè Tân Sơn")
    assert changes["purpose"] == ("found_cooperative", "found_group")


def test_what_is_not_changed_is_not_told(programme, plan, case):
    unchanged = plan(
        body_id=case.body_id,
        officer_id=case.officer_id,
        whom=GroupToBe(case.working_name, case.unit),
    )

    service.change_case(case, unchanged)
    db.session.commit()

    assert (
        db.session.scalars(select(AuditEntry).where(AuditEntry.act == "advice.changed")).all() == []
    )


def test_the_first_contact_is_no_later_than_what_is_on_record(programme, plan, case):
    note = make_note(case, on=OPENED + timedelta(days=3))

    later = plan(opened_on=note.happened_on + timedelta(days=1))
    assert refused(service.change_case, case, later) == ["opened_on"]
    service.change_case(case, plan(opened_on=note.happened_on))
    assert case.opened_on == note.happened_on

    closed = make_case(programme)
    make_move(closed, OPENED + timedelta(days=2))
    assert refused(service.change_case, closed, plan(opened_on=TODAY)) == ["opened_on"]


def test_a_case_that_led_to_a_founding_was_not_to_strengthen(programme, plan):
    organisation = make_organisation(programme)
    case = make_case(programme, organisation)
    make_founding(case, organisation, OPENED)

    said = plan(purpose=Purpose.STRENGTHEN, whom=organisation)
    assert refused(service.change_case, case, said) == ["purpose"]


def test_somebody_of_the_register_is_chosen_to_be_asked_and_let_go_again(programme, case):
    person = make_person(programme)
    stranger = make_person(programme)
    stranger.register_id = make_other_programme(programme, own_register=True).register_id

    service.choose_contact(case, person)
    assert case.contact_id == person.id
    assert refused(service.choose_contact, case, stranger) == []
    service.choose_contact(case, None)
    assert case.contact_id is None


def test_a_note_keeps_its_own_day_and_the_day_it_was_written_down(case):
    note = service.add_note(case, entry(case, "  Nộp  hồ sơ ", date(2026, 3, 9)), uuid.uuid4())

    assert (note.happened_on, note.text) == (date(2026, 3, 9), "Nộp hồ sơ")
    assert note.recorded_at.date() == TODAY
    assert told("advice.noted") == {
        "note": (None, "Nộp hồ sơ"),
        "happened_on": (None, "2026-03-09"),
    }


def test_a_note_sent_twice_is_one(case):
    form = uuid.uuid4()

    first = service.add_note(case, entry(case), form)

    assert service.add_note(case, entry(case, "Khác"), form) is first
    assert [line.note for line in queries.list_notes(case)] == [first]


@pytest.mark.parametrize("on", [OPENED - timedelta(days=1), TOMORROW])
def test_a_note_lies_between_the_first_contact_and_today(case, on):
    assert refused(service.add_note, case, entry(case, on=on), uuid.uuid4()) == ["happened_on"]
    assert queries.list_notes(case) == []


def test_a_note_says_something(case):
    assert refused(service.add_note, case, entry(case, "  "), uuid.uuid4()) == ["text"]


def test_a_correction_is_a_new_row_that_points_at_the_old(case):
    old = make_note(case, "Gọi điện")

    new = service.correct_note(old, entry(case, "Đến thăm", date(2026, 3, 4)), uuid.uuid4())

    assert (old.text, new.corrects_id) == ("Gọi điện", old.id)
    (line,) = queries.list_notes(case)
    assert (line.note, line.earlier) == (new, [old])
    assert told("advice.note_corrected") == {
        "happened_on": ("2026-03-02", "2026-03-04"),
        "kind": ("call", "visit"),
        "text": ("Gọi điện", "Đến thăm"),
    }


def test_a_note_is_corrected_once_and_its_correction_again(case):
    old = make_note(case)
    form = uuid.uuid4()

    new = service.correct_note(old, entry(case, "Hai"), form)

    assert service.correct_note(old, entry(case, "Hai"), form) is new
    assert refused(service.correct_note, old, entry(case, "Ba"), uuid.uuid4()) == []
    newest = service.correct_note(new, entry(case, "Ba"), uuid.uuid4())
    (line,) = queries.list_notes(case)
    assert (line.note, line.earlier) == (newest, [new, old])


def test_a_correction_says_something_else(case):
    old = make_note(case)
    same = NoteEntry(old.happened_on, old.kind, old.text, old.officer_id)

    assert refused(service.correct_note, old, same, uuid.uuid4()) == ["text"]


def test_a_form_of_another_case_is_refused(programme, case):
    other = make_case(programme)
    note, move = make_note(other), make_move(other)

    assert refused(service.add_note, case, entry(case), note.submission_id) == []
    assert refused(service.correct_note, make_note(case), entry(case), note.submission_id) == []
    closing = (Outcome.GIVEN_UP, TODAY, "", move.submission_id)
    assert refused(service.close_case, case, *closing) == []
    assert refused(service.reopen_case, case, TODAY, "Tiếp tục", move.submission_id) == []


def test_a_case_is_closed_and_taken_up_again_by_rows_that_stay(case):
    closed = service.close_case(case, Outcome.GIVEN_UP, date(2026, 5, 4), "Thiếu vốn", uuid.uuid4())
    assert queries.get_line(case).closing == closed

    again = service.reopen_case(case, date(2026, 6, 1), "Có vốn", uuid.uuid4())

    assert queries.get_line(case).closing is None
    assert queries.list_moves(case) == [closed, again]
    assert (closed.outcome, closed.text, again.outcome) == (Outcome.GIVEN_UP, "Thiếu vốn", None)
    assert told("advice.closed") == {
        "moved_on": (None, "2026-05-04"),
        "outcome": (None, "given_up"),
        "text": (None, "Thiếu vốn"),
    }


def test_a_case_is_closed_and_taken_up_once_each(case):
    form, other = uuid.uuid4(), uuid.uuid4()
    closing = (Outcome.REFERRED, TODAY, "")

    closed = service.close_case(case, *closing, form)
    assert service.close_case(case, *closing, form) is closed
    assert refused(service.close_case, case, *closing, uuid.uuid4()) == []
    again = service.reopen_case(case, TODAY, "Tiếp tục", other)
    assert service.reopen_case(case, TODAY, "Tiếp tục", other) is again
    assert refused(service.reopen_case, case, TODAY, "Lại", uuid.uuid4()) == []

    assert db.session.scalars(select(AdviceMove)).all() == [closed, again]


def test_a_closing_that_cannot_be_is_refused(programme, case):
    def fields(outcome=Outcome.GIVEN_UP, on=TODAY):
        return refused(service.close_case, case, outcome, on, "", uuid.uuid4())

    assert fields(on=OPENED - timedelta(days=1)) == ["moved_on"]
    assert fields(on=TOMORROW) == ["moved_on"]
    # Nothing was founded, so it did not end in that.
    assert fields(Outcome.FOUNDED) == ["outcome"]
    assert fields(Outcome.CONVERTED) == ["outcome"]
    make_founding(case, make_organisation(programme), OPENED)
    assert fields(Outcome.CONVERTED) == ["outcome"]
    closed = service.close_case(case, Outcome.FOUNDED, date(2026, 5, 4), "", uuid.uuid4())
    early = date(2026, 5, 3)
    assert refused(service.reopen_case, case, early, "Lại", uuid.uuid4()) == ["moved_on"]
    assert refused(service.reopen_case, case, TODAY, " ", uuid.uuid4()) == ["text"]
    assert queries.list_moves(case) == [closed]


def test_the_database_keeps_a_case_for_one_party(programme, case):
    case.organisation_id = make_organisation(programme).id

    with pytest.raises(IntegrityError, match="for_one"):
        db.session.flush()
    db.session.rollback()
