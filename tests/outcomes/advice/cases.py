"""Advice cases and what came of them for tests, written straight into their tables."""

import io
import uuid
from datetime import date

from sqlalchemy import select

from coopevents import files, names
from coopevents.accounts import service as accounts
from coopevents.accounts.models import HostBody, Role, User
from coopevents.db import db
from coopevents.directory.models import Organisation, Person
from coopevents.events.models import Event
from coopevents.outcomes.advice import papers
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    AdviceNote,
    AdvicePaper,
    Founding,
    Move,
    NoteKind,
    Outcome,
    Purpose,
)
from coopevents.programme.models import Programme
from tests.factories import find_commune

OPENED = date(2026, 3, 2)


def make_officer(programme: Programme, full_name: str = "Lê Thị Tư Vấn") -> User:
    """Answer the officer of the programme of that name, who may be in charge of cases."""
    known = db.session.scalar(select(User).where(User.full_name == full_name))
    if known is not None:
        return known
    email = f"{names.fold(full_name).replace(' ', '.')}@coop.example"
    user = accounts.create_user(email, full_name, "correct horse battery")
    accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    return user


def make_case(
    programme: Programme,
    organisation: Organisation | None = None,
    *,
    name: str = "Nhóm phụ nữ trồng chè",
    purpose: Purpose = Purpose.FOUND_COOPERATIVE,
    opened_on: date = OPENED,
    body: str = "womens_union",
    officer: User | None = None,
    contact: Person | None = None,
    event: Event | None = None,
) -> AdviceCase:
    """Advise the organisation, or without one a group to be of that working name."""
    case = AdviceCase(
        programme_id=programme.id,
        body_id=db.session.scalars(select(HostBody.id).where(HostBody.key == body)).one(),
        officer_id=(officer or make_officer(programme)).id,
        purpose=purpose,
        organisation_id=organisation.id if organisation else None,
        working_name=None if organisation else name,
        name_fold=None if organisation else names.fold(name),
        administrative_unit_id=None if organisation else find_commune(programme).id,
        contact_id=contact.id if contact else None,
        event_id=event.id if event else None,
        opened_on=opened_on,
        submission_id=uuid.uuid4(),
    )
    db.session.add(case)
    db.session.flush()
    return case


def make_move(
    case: AdviceCase, on: date = date(2026, 6, 1), outcome: Outcome | None = Outcome.GIVEN_UP
) -> AdviceMove:
    """Close the case with the outcome; None: take it up again."""
    move = AdviceMove(
        case_id=case.id,
        move=Move.CLOSED if outcome else Move.REOPENED,
        moved_on=on,
        outcome=outcome,
        text="",
        submission_id=uuid.uuid4(),
    )
    db.session.add(move)
    db.session.flush()
    return move


def make_note(
    case: AdviceCase,
    text: str = "Gọi điện hỏi thủ tục",
    on: date = OPENED,
    *,
    corrects: AdviceNote | None = None,
) -> AdviceNote:
    """Write down what happened in the case."""
    note = AdviceNote(
        case_id=case.id,
        happened_on=on,
        kind=NoteKind.CALL,
        text=text,
        officer_id=case.officer_id,
        corrects_id=corrects.id if corrects else None,
        submission_id=uuid.uuid4(),
    )
    db.session.add(note)
    db.session.flush()
    return note


def make_founding(
    case: AdviceCase,
    organisation: Organisation,
    on: date,
    *,
    number: str | None = "1807000001",
    certified_on: date | None = None,
    takes_back: Founding | None = None,
) -> Founding:
    """Say that the case led to the organisation; or take such a row back."""
    founding = Founding(
        case_id=case.id,
        organisation_id=organisation.id,
        registered_on=on,
        registration_number=number,
        certified_on=certified_on,
        certified_by="UBND xã" if certified_on else None,
        corrects_id=takes_back.id if takes_back else None,
        reason="Ghi nhầm" if takes_back else None,
        submission_id=uuid.uuid4(),
    )
    db.session.add(founding)
    db.session.flush()
    return founding


def take_back(founding: Founding) -> Founding:
    """Take the founding back."""
    return make_founding(
        db.session.get_one(AdviceCase, founding.case_id),
        founding.organisation,
        founding.registered_on,
        number=founding.registration_number,
        certified_on=founding.certified_on,
        takes_back=founding,
    )


def make_paper(
    case: AdviceCase, content: bytes | None = None, name: str = "Điều lệ.txt"
) -> AdvicePaper:
    """Add a document to the case; without `content`, a text that no other file has."""
    data = content if content is not None else uuid.uuid4().hex.encode()
    with files.draft(io.BytesIO(data), name) as arrived:
        (paper,) = papers.add(case, [arrived])
    return paper
