"""An advice case in words: what happened in it by its days, and what it lacks to count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import OrganisationKind
from coopevents.i18n import _, _l, day
from coopevents.outcomes.advice import queries
from coopevents.outcomes.advice.models import AdviceCase, AdviceNote, Founding, Outcome, Purpose
from coopevents.outcomes.advice.queries import CaseLine, NoteLine
from coopevents.outcomes.advice.words import NOTE_NAMES, OUTCOME_NAMES

LACKS = {
    "other_kind": _l("only cooperatives and cooperative groups are counted."),
    "no_day": _l("nobody has told on which day it was founded."),
    "outside": _l("it was founded before the programme began, or after its end."),
    "not_women_led": _l("a woman did not head it on the day it was founded."),
    "reorganised": _l("it came out of a merger or a division: it is not new."),
    "converted": _l("it was a group before: by this rule it is not new."),
    "year_only": _l("only the year of its founding is known."),
    "unknown": _l("nobody knows who headed it on the day it was founded."),
    "no_number": _l("there is no registration number, and no certification of its contract."),
    "undated_support": _l("the support on record has no day, and no first contact was in time."),
    "no_support": _l("no support and no first contact of ours is of that day or earlier."),
}
"""The rest of a sentence that says what keeps a founding out of I12 and I13."""

REACHED = (Outcome.FOUNDED, Outcome.CONVERTED, Outcome.STRENGTHENED)


@dataclass(frozen=True)
class Entry:
    """Something that happened in a case, on its own day."""

    on: date
    what: str
    text: str
    by: str
    tone: str = "quiet"
    recorded_at: datetime | None = None
    """When it was written down, where that was another day."""
    note_id: int | None = None
    """The note, for whoever corrects it."""
    earlier: tuple["Entry", ...] = ()
    """How it read before it was corrected."""
    struck: bool = False


def timeline(case: AdviceCase) -> list[Entry]:
    """Answer what happened in the case, the latest day first."""
    foundings, moves = queries.list_foundings(case), queries.list_moves(case)
    writers = _names(
        {case.recorded_by_id}
        | {row.recorded_by_id for row in foundings}
        | {move.recorded_by_id for move in moves}
    )
    told = [_opened(case, writers)]
    told += [_noted(line) for line in queries.list_notes(case)]
    told += [
        Entry(
            on=move.moved_on,
            what=_("Closed: %(outcome)s", outcome=OUTCOME_NAMES[move.outcome])
            if move.outcome
            else _("Taken up again"),
            text=move.text,
            by=writers.get(move.recorded_by_id, ""),
            tone="good" if move.outcome in REACHED else "busy" if move.outcome is None else "quiet",
            recorded_at=_late(move.moved_on, move.recorded_at),
        )
        for move in moves
    ]
    told += _founded(foundings, writers)
    # Of one day, what was told last stands first.
    told.reverse()
    return sorted(told, key=lambda entry: entry.on, reverse=True)


def _opened(case: AdviceCase, writers: dict[int | None, str]) -> Entry:
    return Entry(
        on=case.opened_on,
        what=_("First contact"),
        text="",
        by=writers.get(case.recorded_by_id, ""),
        recorded_at=_late(case.opened_on, case.recorded_at),
    )


def _noted(line: NoteLine) -> Entry:
    earlier = tuple(_note(note, struck=True) for note in line.earlier)
    return _note(line.note, earlier=earlier)


def _note(note: AdviceNote, *, earlier: tuple[Entry, ...] = (), struck: bool = False) -> Entry:
    return Entry(
        on=note.happened_on,
        what=str(NOTE_NAMES[note.kind]),
        text=note.text,
        by=note.officer.full_name,
        tone="busy",
        recorded_at=note.recorded_at
        if note.corrects_id
        else _late(note.happened_on, note.recorded_at),
        note_id=note.id,
        earlier=earlier,
        struck=struck,
    )


def _founded(foundings: list[Founding], writers: dict[int | None, str]) -> Iterator[Entry]:
    names = directory.name_on({row.organisation_id for row in foundings}, clock.today())
    taken_back = {row.corrects_id: row for row in foundings}
    for row in foundings:
        if row.corrects_id is not None:
            continue
        undone = taken_back.get(row.id)
        yield Entry(
            on=row.registered_on,
            what=_("Founded: %(name)s", name=names.get(row.organisation_id, "")),
            text=proof(row),
            by=writers.get(row.recorded_by_id, ""),
            tone="quiet" if undone else "good",
            recorded_at=_late(row.registered_on, row.recorded_at),
            struck=undone is not None,
        )
        if undone is not None:
            yield Entry(
                on=clock.local(undone.recorded_at).date(),
                what=_("Founding taken back: %(name)s", name=names.get(row.organisation_id, "")),
                text=undone.reason or "",
                by=writers.get(undone.recorded_by_id, ""),
                tone="bad",
            )


def proof(founding: Founding) -> str:
    """Answer the paper behind a founding: its number, or who certified the contract and when."""
    said = []
    if founding.registration_number:
        said.append(_("registration number %(number)s", number=founding.registration_number))
    if founding.certified_on:
        said.append(
            _(
                "contract certified by %(who)s on %(day)s",
                who=founding.certified_by,
                day=day(founding.certified_on),
            )
        )
    return "; ".join(said)


def _late(on: date, recorded_at: datetime) -> datetime | None:
    return recorded_at if clock.local(recorded_at).date() != on else None


def _names(user_ids: set[int | None]) -> dict[int | None, str]:
    known = [id_ for id_ in user_ids if id_ is not None]
    found = db.session.execute(select(User.id, User.full_name).where(User.id.in_(known)))
    return dict(found.all())


def lacking(line: CaseLine, missing: list[str] | None) -> list[str]:
    """Answer in whole sentences what keeps the case's founding from being counted.

    `missing` is what the counting rule says of the organisation; None while there is none.
    """
    if line.case.purpose is Purpose.STRENGTHEN:
        return []
    if missing is None:
        return [_("Not counted in the target yet: no founding is on record.")]
    return [_("Not counted in the target yet: %(reason)s", reason=LACKS[why]) for why in missing]


def target_of(line: CaseLine) -> str | None:
    """Answer which target the founding is for, by its kind or by what the case is to lead to."""
    if line.case.purpose is Purpose.STRENGTHEN:
        return None
    kind = line.founding.organisation.kind if line.founding else None
    if kind is None:
        groups = (Purpose.FOUND_GROUP, Purpose.FOUND_LINKED_GROUP)
        return "I13" if line.case.purpose in groups else "I12"
    return "I12" if kind is OrganisationKind.COOPERATIVE else "I13"
