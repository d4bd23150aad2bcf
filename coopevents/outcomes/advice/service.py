"""Keeping advice cases: opened, changed, told of, closed and taken up again.

What happened is a ledger: a note is corrected by a further note, and a case is closed and taken
up again by rows that stay.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from coopevents import access, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory import checks
from coopevents.directory.lineage import GROUPS
from coopevents.directory.models import Organisation, Person
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, day
from coopevents.outcomes.advice import queries
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    AdviceNote,
    Founding,
    Move,
    NoteKind,
    Outcome,
    Purpose,
)
from coopevents.programme.models import Programme, ProgrammeBody
from coopevents.territory.models import AdministrativeUnit

Written = TypeVar("Written", AdviceCase, AdviceMove, AdviceNote, Founding)

NEEDS_FOUNDING = (Outcome.FOUNDED, Outcome.CONVERTED)
OF_THE_REGISTER = (Purpose.CONVERT, Purpose.STRENGTHEN)
"""What can only be done with an organisation that exists."""


@dataclass(frozen=True)
class GroupToBe:
    """People who have no organisation yet: what they call themselves, and where they are."""

    name: str
    unit: AdministrativeUnit


@dataclass(frozen=True)
class CasePlan:
    """What is said of a case."""

    purpose: Purpose
    body_id: int
    officer_id: int
    opened_on: date
    whom: Organisation | GroupToBe
    event_id: int | None = None


@dataclass(frozen=True)
class NoteEntry:
    """Something that happened: when, what, and whose call or visit it was."""

    happened_on: date
    kind: NoteKind
    text: str
    officer_id: int


def open_case(programme: Programme, plan: CasePlan, submission_id: UUID) -> AdviceCase:
    """Open a case with its first contact. A form sent twice opens one."""
    # Of two at once the second waits here, and then finds what the first wrote.
    hold(Programme, programme.id)
    if (known := sent_before(AdviceCase, submission_id)) is not None:
        if known.programme_id != programme.id:
            raise InputError(_("This form was sent already. Please open the page again."))
        return known
    told = _columns(programme, plan)
    case = AdviceCase(
        programme_id=programme.id,
        submission_id=submission_id,
        recorded_by_id=user_id(),
        **told,
    )
    db.session.add(case)
    tell("opened", case, {name: (None, value) for name, value in told.items()})
    return case


def change_case(case: AdviceCase, plan: CasePlan) -> None:
    """Change what is said of the case; the audit keeps what was said before."""
    told = _columns(case.programme, plan)
    first = min((line.note.happened_on for line in queries.list_notes(case)), default=None)
    moves = queries.list_moves(case)
    for on in (first, moves[0].moved_on if moves else None):
        if on is not None and plan.opened_on > on:
            raise InputError.at(
                "opened_on", _("Something is on record for %(day)s already.", day=day(on))
            )
    if plan.purpose is Purpose.STRENGTHEN and queries.find_founding(case) is not None:
        raise InputError.at(
            "purpose", _("It led to a founding already. Take that back first if it is wrong.")
        )
    changes: dict[str, tuple[Any, Any]] = {
        name: (getattr(case, name), value)
        for name, value in told.items()
        if getattr(case, name) != value
    }
    for name, value in told.items():
        setattr(case, name, value)
    if changes:
        tell("changed", case, changes)


def choose_contact(case: AdviceCase, person: Person | None) -> None:
    """Have the person be whom to ask about the case; None: nobody in particular."""
    if person is not None and person.register_id != case.programme.register_id:
        raise DomainError(_("The person does not stand in this register."))
    before, case.contact_id = case.contact_id, person.id if person else None
    if before != case.contact_id:
        tell("contact_chosen", case, {"contact_id": (before, case.contact_id)})


def _columns(programme: Programme, plan: CasePlan) -> dict[str, Any]:
    checks.require_day(plan.opened_on, "opened_on", ahead=checks.NOW)
    _require_body(programme, plan.body_id)
    if plan.event_id is not None and queries.find_event(plan.event_id, programme.id) is None:
        raise InputError.at("event_id", _("There is no such activity."))
    if isinstance(plan.whom, Organisation):
        _require_fitting(programme, plan, plan.whom)
        whom: dict[str, Any] = {"organisation_id": plan.whom.id}
    else:
        if plan.purpose in OF_THE_REGISTER:
            raise InputError.at(
                "purpose",
                _("This is done with an organisation of the register: choose that first."),
            )
        name = checks.named(plan.whom.name)
        whom = {
            "working_name": name,
            "name_fold": names.fold(name),
            "administrative_unit_id": plan.whom.unit.id,
        }
    return {
        "purpose": plan.purpose,
        "body_id": plan.body_id,
        "officer_id": plan.officer_id,
        "opened_on": plan.opened_on,
        "event_id": plan.event_id,
        **whom,
    }


def _require_body(programme: Programme, body_id: int) -> None:
    known = select(ProgrammeBody.id).where(
        ProgrammeBody.programme_id == programme.id, ProgrammeBody.body_id == body_id
    )
    if db.session.scalar(known) is None:
        raise InputError.at("body_id", _("This body did not sign the programme."))


def _require_fitting(programme: Programme, plan: CasePlan, organisation: Organisation) -> None:
    if organisation.register_id != programme.register_id:
        raise DomainError(_("The organisation does not stand in this register."))
    checks.require_kept(organisation)
    ended = checks.ended_on(organisation)
    if ended is not None and plan.opened_on >= ended:
        raise InputError.at("opened_on", _("The organisation ended on %(day)s.", day=day(ended)))
    if plan.purpose is Purpose.CONVERT and organisation.kind not in GROUPS:
        raise InputError.at("purpose", _("Only a group converts, and it becomes a cooperative."))


def add_note(case: AdviceCase, entry: NoteEntry, submission_id: UUID) -> AdviceNote:
    """Write down what happened in the case, with its own day. A form sent twice writes one."""
    hold(AdviceCase, case.id)
    if (known := sent_before(AdviceNote, submission_id)) is not None:
        require_of(known, case)
        return known
    note = _note(case, entry, submission_id)
    tell("noted", case, {"note": (None, note.text), "happened_on": (None, note.happened_on)})
    return note


def correct_note(old: AdviceNote, entry: NoteEntry, submission_id: UUID) -> AdviceNote:
    """Write what the note should have said, as a new row that points at the old one."""
    hold(AdviceCase, old.case_id)
    case = db.session.get_one(AdviceCase, old.case_id)
    if (known := sent_before(AdviceNote, submission_id)) is not None:
        require_of(known, case)
        return known
    later = select(AdviceNote.id).where(AdviceNote.corrects_id == old.id)
    if db.session.scalar(later) is not None:
        raise DomainError(_("This note was corrected already: correct what it reads now."))
    note = _note(case, entry, submission_id, corrects=old)
    changes = {
        name: (getattr(old, name), getattr(note, name))
        for name in ("happened_on", "kind", "text", "officer_id")
        if getattr(old, name) != getattr(note, name)
    }
    if not changes:
        raise InputError.at("text", _("It says the same as before."))
    tell("note_corrected", case, changes)
    return note


def _note(
    case: AdviceCase, entry: NoteEntry, submission_id: UUID, *, corrects: AdviceNote | None = None
) -> AdviceNote:
    _require_day_of(case, entry.happened_on, "happened_on")
    note = AdviceNote(
        case_id=case.id,
        happened_on=entry.happened_on,
        kind=entry.kind,
        text=checks.filled(entry.text, "text"),
        officer_id=entry.officer_id,
        corrects_id=corrects.id if corrects else None,
        submission_id=submission_id,
        recorded_by_id=user_id(),
    )
    db.session.add(note)
    db.session.flush()
    return note


def close_case(
    case: AdviceCase, outcome: Outcome, on: date, text: str, submission_id: UUID
) -> AdviceMove:
    """Close the case with what came of it. A form sent twice closes it once."""
    hold(AdviceCase, case.id)
    if (known := sent_before(AdviceMove, submission_id)) is not None:
        require_of(known, case)
        return known
    if queries.get_line(case).closing is not None:
        raise DomainError(_("The case is closed already."))
    if outcome in NEEDS_FOUNDING and queries.find_founding(case) is None:
        raise InputError.at("outcome", _("Record the founding first: it is what this case led to."))
    if (outcome is Outcome.CONVERTED) and case.purpose is not Purpose.CONVERT:
        raise InputError.at("outcome", _("This case was not to convert a group."))
    return _move(case, Move.CLOSED, on, submission_id, text=names.clean(text), outcome=outcome)


def reopen_case(case: AdviceCase, on: date, reason: str, submission_id: UUID) -> AdviceMove:
    """Take a closed case up again; that it was closed, and how, stays on record."""
    hold(AdviceCase, case.id)
    if (known := sent_before(AdviceMove, submission_id)) is not None:
        require_of(known, case)
        return known
    if queries.get_line(case).closing is None:
        raise DomainError(_("The case is open."))
    return _move(case, Move.REOPENED, on, submission_id, text=checks.filled(reason, "text"))


def _move(
    case: AdviceCase,
    move: Move,
    on: date,
    submission_id: UUID,
    *,
    text: str,
    outcome: Outcome | None = None,
) -> AdviceMove:
    _require_day_of(case, on, "moved_on")
    moves = queries.list_moves(case)
    if moves and on < moves[-1].moved_on:
        raise InputError.at(
            "moved_on",
            _("What was done last to the case is of %(day)s.", day=day(moves[-1].moved_on)),
        )
    row = AdviceMove(
        case_id=case.id,
        move=move,
        moved_on=on,
        outcome=outcome,
        text=text,
        submission_id=submission_id,
        recorded_by_id=user_id(),
    )
    db.session.add(row)
    changes = {"moved_on": (None, on), "outcome": (None, outcome), "text": (None, text or None)}
    tell(move.value, case, {k: pair for k, pair in changes.items() if pair[1] is not None})
    return row


def _require_day_of(case: AdviceCase, on: date, field: str) -> None:
    checks.require_day(on, field, ahead=checks.NOW)
    if on < case.opened_on:
        raise InputError.at(
            field,
            _(
                "The first contact was on %(day)s. If it was earlier, change that day first.",
                day=day(case.opened_on),
            ),
        )


def hold(table: type[Any], row_id: int) -> None:
    """Let whoever else wants to change the same thing wait until this is done."""
    db.session.execute(select(table.id).where(table.id == row_id).with_for_update(key_share=True))


def sent_before(table: type[Written], submission_id: UUID) -> Written | None:
    """Answer what the form wrote when it was sent the first time."""
    return db.session.scalar(select(table).where(table.submission_id == submission_id))


def require_of(row: AdviceMove | AdviceNote | Founding, case: AdviceCase) -> None:
    """Raise InputError where a form of another case was sent."""
    if row.case_id != case.id:
        raise InputError(_("This form was sent already. Please open the page again."))


def tell(act: str, case: AdviceCase, changes: dict[str, tuple[Any, Any]]) -> None:
    """Have the act written to the audit, with what it changed."""
    db.session.flush()
    audit.record(
        f"advice.{act}", "advice_case", case.id, programme_id=case.programme_id, changes=changes
    )


def user_id() -> int | None:
    """Answer who writes, where it is somebody who has signed in."""
    who = access.actor()
    return who.id if who.kind == "user" else None
