from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true, tuple_
from sqlalchemy.orm import joinedload

from coopevents import clock, names
from coopevents.accounts.models import Membership, Role, User
from coopevents.db import db
from coopevents.directory import identity, search
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation
from coopevents.errors import InputError, NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.outcomes.advice.counting import stands
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    AdviceNote,
    Founding,
    Move,
    Purpose,
)
from coopevents.programme.models import Programme
from coopevents.territory.models import AdministrativeUnit

KEEPERS = (Role.ADMINISTRATOR, Role.OFFICER)
"""Who can be in charge of a case."""


@dataclass(frozen=True)
class CaseLine:
    """A case as it stands: what it is called and where, whether it is closed, what it led to."""

    case: AdviceCase
    name: str
    unit: AdministrativeUnit | None
    last_move: AdviceMove | None
    founding: Founding | None

    @property
    def closing(self) -> AdviceMove | None:
        """How it was closed; None while it is open."""
        last = self.last_move
        return last if last is not None and last.move is Move.CLOSED else None

    @property
    def organisation_id(self) -> int | None:
        """The organisation of the register it is about by now, if there is one."""
        return self.founding.organisation_id if self.founding else self.case.organisation_id

    @property
    def cursor(self) -> str:
        """Answer where the next page begins."""
        return f"{self.case.opened_on.isoformat()}.{self.case.id}"


@dataclass(frozen=True)
class CasePage:
    """Some cases, the latest first, and where the next ones begin."""

    items: list[CaseLine]
    next: str | None


@dataclass(frozen=True)
class Asked:
    """Which cases are asked for; None: whichever."""

    body_id: int | None = None
    officer_id: int | None = None
    purpose: Purpose | None = None
    is_open: bool | None = None
    q: str | None = None


@dataclass(frozen=True)
class NoteLine:
    """A note as it reads now, and how it read before it was corrected, the latest first."""

    note: AdviceNote
    earlier: list[AdviceNote] = field(default_factory=list)


def get_case(case_id: int, programme_id: int | None, *, held: bool = False) -> AdviceCase:
    """Answer the case, if it is one of the programme's; `held`: for whoever asks to change alone.

    Raises NotFoundError otherwise.
    """
    asked = select(AdviceCase).where(
        AdviceCase.id == case_id, AdviceCase.programme_id == programme_id
    )
    if held:
        asked = asked.with_for_update(key_share=True, of=AdviceCase)
    case = db.session.scalar(asked.execution_options(populate_existing=held))
    if case is None:
        raise NotFoundError(_("There is no such advice case."))
    return case


def get_note(note_id: int, case: AdviceCase) -> AdviceNote:
    """Answer the note, if it is one of the case's. Raises NotFoundError otherwise."""
    note = db.session.scalar(
        select(AdviceNote).where(AdviceNote.id == note_id, AdviceNote.case_id == case.id)
    )
    if note is None:
        raise NotFoundError(_("There is no such note."))
    return note


def get_line(case: AdviceCase) -> CaseLine:
    """Answer the case as lists show it."""
    return _told(_cases(case.programme_id).where(AdviceCase.id == case.id))[0]


def list_cases(
    programme: Programme, asked: Asked, *, after: str | None = None, limit: int | None = 50
) -> CasePage:
    """Answer the cases asked for, the latest first contact first.

    `q` is looked for in working names and in whatever an organisation is or was called, and
    ignores marks. `limit` None answers all. Raises InputError for an `after` that is no cursor.
    """
    found = _cases(programme.id).where(*_conditions(programme, asked))
    if after is not None:
        found = found.where(tuple_(AdviceCase.opened_on, AdviceCase.id) < tuple_(*_cursor(after)))
    found = found.order_by(AdviceCase.opened_on.desc(), AdviceCase.id.desc())
    lines = _told(found if limit is None else found.limit(limit + 1))
    more = limit is not None and len(lines) > limit
    shown = lines[:limit]
    return CasePage(shown, shown[-1].cursor if more else None)


def _cases(programme_id: int) -> Select[AdviceCase, AdviceMove, Founding]:
    last = (
        select(func.max(AdviceMove.id))
        .where(AdviceMove.case_id == AdviceCase.id)
        .correlate(AdviceCase)
        .scalar_subquery()
    )
    return (
        select(AdviceCase, AdviceMove, Founding)
        .outerjoin(AdviceMove, AdviceMove.id == last)
        .outerjoin(Founding, (Founding.case_id == AdviceCase.id) & stands())
        .where(AdviceCase.programme_id == programme_id)
        .options(
            joinedload(AdviceCase.officer),
            joinedload(AdviceCase.unit).joinedload(AdministrativeUnit.parent),
        )
    )


def _conditions(programme: Programme, asked: Asked) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.body_id is not None:
        conditions.append(AdviceCase.body_id == asked.body_id)
    if asked.officer_id is not None:
        conditions.append(AdviceCase.officer_id == asked.officer_id)
    if asked.purpose is not None:
        conditions.append(AdviceCase.purpose == asked.purpose)
    if asked.is_open is not None:
        is_closed = func.coalesce(AdviceMove.move == Move.CLOSED, ~true())
        conditions.append(~is_closed if asked.is_open else is_closed)
    if asked.q and names.clean(asked.q):
        conditions.append(_is_called(programme, asked.q))
    return conditions


def _is_called(programme: Programme, q: str) -> ColumnElement[bool]:
    called = select(Organisation.id).where(
        Organisation.register_id == programme.register_id, search.is_found_by(q)
    )
    words = [
        or_(*(AdviceCase.name_fold.like(pattern) for pattern in either))
        for either in names.patterns(q)
    ]
    by_working_name: ColumnElement[bool] = true()
    for word in words:
        by_working_name &= word
    return or_(
        by_working_name,
        AdviceCase.organisation_id.in_(called),
        Founding.organisation_id.in_(called),
    )


def _cursor(after: str) -> tuple[date, int]:
    try:
        day, id_ = after.split(".")
        return date.fromisoformat(day), int(id_)
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error


def _told(found: Select[AdviceCase, AdviceMove, Founding]) -> list[CaseLine]:
    rows: Sequence[Any] = db.session.execute(found).all()
    about = {
        case.id: founding.organisation_id if founding else case.organisation_id
        for case, _move, founding in rows
    }
    ids = {id_ for id_ in about.values() if id_ is not None}
    today = clock.today()
    called, seats = directory.name_on(ids, today), directory.address_on(ids, today)
    return [
        CaseLine(
            case=case,
            name=called.get(about[case.id] or 0) or case.working_name or "",
            unit=seats.get(about[case.id] or 0) or case.unit,
            last_move=move,
            founding=founding,
        )
        for case, move, founding in rows
    ]


def list_moves(case: AdviceCase) -> list[AdviceMove]:
    """Answer how the case was closed and taken up again, in that order."""
    return list(
        db.session.scalars(
            select(AdviceMove).where(AdviceMove.case_id == case.id).order_by(AdviceMove.id)
        )
    )


def list_notes(case: AdviceCase) -> list[NoteLine]:
    """Answer what happened in the case, each as it reads now with what it read before."""
    rows = db.session.scalars(
        select(AdviceNote)
        .where(AdviceNote.case_id == case.id)
        .options(joinedload(AdviceNote.officer))
        .order_by(AdviceNote.id)
    ).all()
    by_id = {note.id: note for note in rows}
    corrected = {note.corrects_id for note in rows}
    return [NoteLine(note, _earlier(note, by_id)) for note in rows if note.id not in corrected]


def _earlier(note: AdviceNote, by_id: dict[int, AdviceNote]) -> list[AdviceNote]:
    earlier = []
    while note.corrects_id is not None:
        note = by_id[note.corrects_id]
        earlier.append(note)
    return earlier


def list_foundings(case: AdviceCase) -> list[Founding]:
    """Answer every row about what the case led to, those taken back too."""
    return list(
        db.session.scalars(
            select(Founding).where(Founding.case_id == case.id).order_by(Founding.id)
        )
    )


def find_founding(case: AdviceCase) -> Founding | None:
    """Answer what the case led to, unless that was taken back."""
    return db.session.scalar(select(Founding).where(Founding.case_id == case.id, stands()))


def find_founding_of(organisation: Organisation, programme_id: int) -> Founding | None:
    """Answer the founding of the organisation that a case of the programme led to."""
    return db.session.scalar(
        select(Founding)
        .join(AdviceCase, AdviceCase.id == Founding.case_id)
        .where(
            AdviceCase.programme_id == programme_id,
            Founding.organisation_id.in_(identity.with_merged([organisation.id])),
            stands(),
        )
        .order_by(Founding.id)
        .limit(1)
    )


def find_founding_by_number(number: str, programme: Programme) -> Founding | None:
    """Answer a standing founding of the programme with the registration number."""
    return db.session.scalar(
        select(Founding)
        .join(AdviceCase, AdviceCase.id == Founding.case_id)
        .where(
            AdviceCase.programme_id == programme.id,
            Founding.registration_number == number,
            stands(),
        )
        .limit(1)
    )


def cases_of(organisation_id: int, programme_id: int) -> list[CaseLine]:
    """Answer the programme's cases about the organisation, or that led to it."""
    entries = identity.with_merged([organisation_id])
    return _told(
        _cases(programme_id)
        .where(or_(AdviceCase.organisation_id.in_(entries), Founding.organisation_id.in_(entries)))
        .order_by(AdviceCase.opened_on, AdviceCase.id)
    )


def names_of_cases(case_ids: Collection[int]) -> dict[int, str]:
    """Answer whom each of the cases is for, by its id."""
    cases = db.session.scalars(select(AdviceCase).where(AdviceCase.id.in_(case_ids))).all()
    about = [case.organisation_id for case in cases if case.organisation_id]
    called = directory.name_on(about, clock.today())
    return {
        case.id: case.working_name or called.get(case.organisation_id or 0, "") for case in cases
    }


def list_officers(programme_id: int) -> list[User]:
    """Answer who can be in charge of a case of the programme, by name."""
    members = select(Membership.user_id).where(
        Membership.programme_id == programme_id, Membership.role.in_(KEEPERS)
    )
    found = db.session.scalars(select(User).where(User.id.in_(members), User.active)).all()
    return sorted(found, key=lambda user: names.person_sort_key(user.full_name))


def list_officers_in_charge(programme_id: int) -> list[User]:
    """Answer who is or was in charge of a case, by name, for the filter of the list."""
    in_charge = select(AdviceCase.officer_id).where(AdviceCase.programme_id == programme_id)
    found = db.session.scalars(select(User).where(User.id.in_(in_charge))).all()
    return sorted(found, key=lambda user: names.person_sort_key(user.full_name))


def find_event(event_id: int, programme_id: int) -> Event | None:
    """Answer the activity, if it is one of the programme's."""
    return db.session.scalar(
        select(Event).where(Event.id == event_id, Event.programme_id == programme_id)
    )
