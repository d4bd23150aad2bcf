"""I12, I13 and I21 against plain Python over the rows, for histories made at random."""

import contextlib
import random
from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coopevents.accounts.models import HostBody
from coopevents.db import db
from coopevents.directory.classification import HEADING
from coopevents.directory.models import (
    DatePrecision,
    LineageKind,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.duplicates import service as duplicates
from coopevents.duplicates.models import OrganisationMerge
from coopevents.errors import DomainError
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    Founding,
    Move,
    Outcome,
    Purpose,
)
from coopevents.programme.models import ProgrammeBody
from coopevents.reports.figures import TARGET_KINDS, Scope
from coopevents.reports.founding_indicators import REORGANISED, missing
from coopevents.reports.indicators import compute
from tests.factories import (
    make_code,
    make_organisation,
    make_person,
    make_post,
    make_status,
    make_support,
)
from tests.outcomes.advice.cases import make_case, make_founding, make_move, take_back

FROM, TO = date(2025, 12, 15), date(2026, 12, 14)
START = date(2024, 8, 21)
DAYS = [
    *(START - timedelta(days=1), START, date(2025, 3, 1), FROM - timedelta(days=1), FROM),
    *(date(2026, 2, 3), date(2026, 5, 4), date(2026, 5, 5), TO, TO + timedelta(days=1)),
]
ORGANISATIONS = 7


class History:
    """What happens, each act chosen by three numbers."""

    def __init__(self, programme):
        self.programme = programme
        self.organisations = [
            make_organisation(
                programme,
                kind=TARGET_KINDS[number % 3],
                woman_head=None,
                founded_on=DAYS[number + 2],
            )
            for number in range(ORGANISATIONS)
        ]
        for one in self.organisations[:6]:
            make_post(make_person(programme), one, PostKind.GROUP_LEADER)
            make_code(one)
        for one in self.organisations[:2]:
            make_support(one, supported_on=one.founded_on)
        self.cases = [make_case(programme, self.organisations[3], opened_on=DAYS[4])]
        self.numbers = 0

    def one(self, number) -> Organisation:
        return self.organisations[number % ORGANISATIONS]

    def case(self, number) -> AdviceCase:
        return self.cases[number % len(self.cases)]

    def tell_day(self, first, second, third):
        one, day = self.one(first), DAYS[second % len(DAYS)]
        by_year = third % 3 == 0
        one.founded_on = day.replace(month=1, day=1) if by_year else day
        one.founded_precision = DatePrecision.YEAR if by_year else DatePrecision.DAY
        if third % 7 == 1:
            one.founded_on = one.founded_precision = None

    def give_number(self, first, _second, third):
        known = db.session.scalar(
            select(OrganisationCode).where(OrganisationCode.organisation_id == self.one(first).id)
        )
        if known is None:
            make_code(self.one(first), scheme="tax" if third % 4 == 0 else "registration")
        elif third % 3 == 0:
            db.session.delete(known)

    def support(self, first, second, third):
        day = None if third % 4 == 0 else DAYS[second % len(DAYS)]
        body = "department" if third % 5 == 1 else ("womens_union", "coop_alliance")[third % 2]
        if body == "department" and not db.session.scalar(
            select(HostBody).where(HostBody.key == body)
        ):
            db.session.add(HostBody(key=body))
            db.session.flush()
        known = {
            (row.organisation_id, row.supported_on, row.body_id)
            for row in _all(OrganisationSupport)
        }
        body_id = db.session.scalars(select(HostBody.id).where(HostBody.key == body)).one()
        if (self.one(first).id, day, body_id) not in known:
            make_support(self.one(first), body, supported_on=day)

    def advise(self, first, second, third):
        self.cases.append(
            make_case(
                self.programme,
                None if third % 2 else self.one(first),
                purpose=list(Purpose)[third % 5],
                opened_on=DAYS[second % len(DAYS)],
                body=("womens_union", "coop_alliance")[third % 2],
            )
        )

    def record(self, first, second, third):
        case, one = self.case(first), self.one(second)
        standing = _standing()
        if any(row.case_id == case.id or row.organisation_id == one.id for row in standing):
            return
        self.numbers += 1
        day = DAYS[third % len(DAYS)]
        number = f"{self.numbers:06d}" if third % 2 else None
        make_founding(case, one, day, number=number, certified_on=None if number else day)

    def take_back(self, first, _second, _third):
        if standing := _standing():
            take_back(standing[first % len(standing)])

    def close_or_reopen(self, first, second, third):
        case = self.case(first)
        moves = [move for move in _all(AdviceMove) if move.case_id == case.id]
        day = max([DAYS[second % len(DAYS)], *(move.moved_on for move in moves)])
        is_closed = bool(moves) and moves[-1].move is Move.CLOSED
        make_move(case, day, None if is_closed else list(Outcome)[third % 5])

    def correct_first_contact(self, first, second, _third):
        self.case(first).opened_on = DAYS[second % len(DAYS)]

    def convert(self, first, second, third):
        """A group that is advised, or was, becomes another organisation."""
        self.advise(first, third, 0)
        self.link(first, second, 7)

    def link(self, first, second, third):
        old, new = self.one(first), self.one(second)
        kind = [*LineageKind, LineageKind.CONVERT, LineageKind.CONVERT][third % 8]
        if old is not new:
            into = None if kind is LineageKind.DISSOLVE else new.id
            db.session.add(
                OrganisationLineage(kind=kind, effective_on=FROM, old_id=old.id, new_id=into)
            )

    def dissolve(self, first, second, _third):
        (status,) = [
            row for row in _all(OrganisationStatus) if row.organisation_id == self.one(first).id
        ][-1:]
        if status.status is OrganisationStatusKind.OPERATING:
            day = DAYS[second % len(DAYS)]
            status.valid_to = day - timedelta(days=1)
            db.session.flush()
            make_status(self.one(first), OrganisationStatusKind.DISSOLVED, valid_from=day)

    def change_head(self, first, second, third):
        one, day = self.one(first), DAYS[second % len(DAYS)]
        for post in _all(Post):
            is_open = post.organisation_id == one.id and post.valid_to is None
            if third % 2 and is_open and (post.valid_from or date.min) < day:
                post.valid_to = day - timedelta(days=1)
        db.session.flush()
        kind = [PostKind.GROUP_LEADER, PostKind.DIRECTOR, PostKind.ACCOUNTANT][third % 3]
        make_post(make_person(self.programme, sex=list(Sex)[third % 3]), one, kind, valid_from=day)

    def merge(self, first, second, _third):
        with contextlib.suppress(DomainError):
            duplicates.merge_organisations(self.one(first), self.one(second), "Nhập hai lần")

    def undo_merge(self, first, _second, _third):
        standing = [row for row in _all(OrganisationMerge) if row.undone_at is None]
        if standing:
            duplicates.undo_merge(standing[first % len(standing)])


OFTEN = ["advise", "record", "convert"]
ACTS = OFTEN + [
    name for name in vars(History) if name not in {"one", "case"} and not name.startswith("_")
]


class Plain:
    """The same figures, counted row by row in Python."""

    def __init__(self, programme, begin, end):
        self.begin, self.end = max(begin, programme.starts_on), end
        self.bodies = {row.body_id for row in _all(ProgrammeBody)}
        self.keys = {row.id: row.key for row in _all(HostBody)}
        self.organisations = {row.id: row for row in _all(Organisation)}
        self.kept = {id_: row.duplicate_of_id or id_ for id_, row in self.organisations.items()}
        self.sexes = {row.id: row.sex for row in _all(Person)}
        self.cases = {row.id: row for row in _all(AdviceCase)}
        self.foundings = _standing()
        self.lineage = _all(OrganisationLineage)

    def entries(self, one):
        return {id_ for id_, kept in self.kept.items() if kept == one.id}

    def day(self, one):
        """Answer the day of founding, its last possible day, and whether only its year is known."""
        entries = self.entries(one)
        recorded = [f.registered_on for f in self.foundings if f.organisation_id in entries]
        if recorded:
            return min(recorded), min(recorded), False
        if one.founded_on is None:
            return None, None, False
        by_year = one.founded_precision is DatePrecision.YEAR
        last = one.founded_on.replace(month=12, day=31) if by_year else one.founded_on
        return one.founded_on, last, by_year

    def led(self, one, day):
        sexes = {
            self.sexes[post.person_id]
            for post in _all(Post)
            if post.organisation_id in self.entries(one)
            and post.kind in HEADING
            and _holds(post, day)
        } - {Sex.NOT_STATED}
        return Sex.FEMALE in sexes if sexes else None

    def figure(self, kinds):
        """Answer what became of each founding, by its organisation: counted, or why not."""
        told = {}
        for one in self.organisations.values():
            first, last, by_year = self.day(one)
            within = first and (self.begin <= last) and first <= self.end
            if one.kind not in kinds or one.duplicate_of_id or not within:
                continue
            led = self.led(one, first)
            if led is not False:
                told[one.id] = self.why(one, first, last, by_year, led)
        return told

    def why(self, one, first, last, by_year, led):
        entries = self.entries(one)
        came = {row.kind for row in self.lineage if row.new_id in entries}
        if came & set(REORGANISED):
            return "reorganised"
        if by_year and not (self.begin <= first and last <= self.end):
            return "year_only"
        if led is None:
            return "unknown"
        codes = {
            row.organisation_id for row in _all(OrganisationCode) if row.scheme == "registration"
        }
        founded = {row.organisation_id for row in self.foundings}
        if not (codes | founded) & entries:
            return "no_number"
        supports = [
            row.supported_on
            for row in _all(OrganisationSupport)
            if row.organisation_id in entries and row.body_id in self.bodies
        ]
        contacts = [case.opened_on for case in self.advice(entries)]
        if any(day and day <= last for day in [*supports, *contacts]):
            return "counted"
        return "undated_support" if None in supports else "no_support"

    def advice(self, entries):
        groups = {
            self.kept[row.old_id]
            for row in self.lineage
            if row.kind is LineageKind.CONVERT and row.new_id in entries
        }
        led_to = {row.case_id for row in self.foundings if row.organisation_id in entries}
        for case in self.cases.values():
            of_group = case.organisation_id and self.kept[case.organisation_id] in groups
            if case.organisation_id in entries or of_group or case.id in led_to:
                yield case

    def operating(self, ids):
        return sum(
            row.status is OrganisationStatusKind.OPERATING and _holds(row, self.end)
            for row in _all(OrganisationStatus)
            if row.organisation_id in ids
        )

    def cases_by_act(self):
        """Answer for each case what of it lies within the days, where anything does."""
        told = {}
        for case in self.cases.values():
            moves = [m for m in _all(AdviceMove) if m.case_id == case.id and m.moved_on <= self.end]
            is_closed = bool(moves) and moves[-1].move is Move.CLOSED
            days = {
                "opened": case.opened_on,
                "closed": moves[-1].moved_on if is_closed else None,
                "led_to_founding": next(
                    (f.registered_on for f in self.foundings if f.case_id == case.id), None
                ),
            }
            did = [act for act, day in days.items() if day and self.begin <= day <= self.end]
            if did:
                told[case.id] = did
        return told


def _all(table):
    return list(db.session.scalars(select(table).order_by(table.id)))


def _standing():
    rows = _all(Founding)
    taken_back = {row.corrects_id for row in rows}
    return [row for row in rows if row.corrects_id is None and row.id not in taken_back]


def _holds(row, day):
    return (row.valid_from is None or row.valid_from <= day) and (
        row.valid_to is None or row.valid_to >= day
    )


def _parts(figure):
    return {row.row_id: row.facts.get("why", row.facts["part"]) for row in figure.list_rows()}


def _compare(programme, begin, end):
    plain, scope = Plain(programme, begin, end), Scope(programme, begin, end)
    for code, kinds in (("I12", TARGET_KINDS[:1]), ("I13", TARGET_KINDS[1:])):
        figure, expected = compute(code, scope), plain.figure(kinds)
        counted = {id_ for id_, part in expected.items() if part == "counted"}
        assert _parts(figure) == expected
        assert figure.value == len(counted)
        assert figure.breakdown["of_which"]["still_operating"] == plain.operating(counted)
        apart = Counter(part for part in expected.values() if part != "counted")
        assert figure.breakdown["apart"] == apart
    figure, did = compute("I21", scope), plain.cases_by_act()
    acts = Counter(act for several in did.values() for act in several)
    assert {row.row_id: row.facts["did"] for row in figure.list_rows()} == did
    assert figure.value == acts["opened"]
    assert figure.breakdown["did"] == {act: acts[act] for act in figure.breakdown["did"]}
    for dimension in ("body", "purpose"):
        parts = figure.breakdown[dimension].values()
        assert sum((Counter(part) for part in parts), Counter()) == +acts


@pytest.mark.long
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 10_000))
@example(seed=7)
@example(seed=9)
def test_foundings_and_cases_count_as_plain_python_does(programme, seed):
    chance = random.Random(seed)  # noqa: S311
    savepoint = db.session.begin_nested()
    try:
        history = History(programme)
        for _ in range(chance.randint(12, 30)):
            act, chosen = chance.choice(ACTS), [chance.randint(0, 209) for _ in "abc"]
            getattr(history, act)(*chosen)
            db.session.flush()

        for begin, end in (
            (FROM, TO),
            (START, FROM - timedelta(days=1)),
            (date(2020, 1, 1), date(2030, 12, 31)),
        ):
            _compare(programme, begin, end)
        _compare_with_what_pages_say(programme)
    finally:
        savepoint.rollback()
        db.session.expire_all()


def _compare_with_what_pages_say(programme):
    """What the page of a case lacks is nothing exactly when the figure counts it."""
    whole = Scope(programme, programme.starts_on, programme.ends_on)
    counted = {
        id_
        for code in ("I12", "I13")
        for id_, part in _parts(compute(code, whole)).items()
        if part == "counted"
    }
    kept = [one for one in _all(Organisation) if one.duplicate_of_id is None]
    assert {one.id for one in kept if not missing(programme, one.id)} == counted


def test_the_history_has_some_of_everything(programme):
    # So that the property above compares numbers rather than zeros.
    history = History(programme)
    history.record(0, 3, 6)
    history.close_or_reopen(0, 5, 0)
    whole = Scope(programme, START, date(2030, 12, 31))

    figures = {code: compute(code, whole) for code in ("I12", "I13", "I21")}

    assert {code: figure.value for code, figure in figures.items()} == {
        "I12": 2,
        "I13": 1,
        "I21": 1,
    }
    assert figures["I21"].breakdown["did"] == {"opened": 1, "closed": 1, "led_to_founding": 1}
    kinds = {one.kind for one in history.organisations}
    assert kinds == set(TARGET_KINDS) == {*OrganisationKind} & kinds
