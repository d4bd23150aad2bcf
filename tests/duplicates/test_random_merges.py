"""Every figure against plain Python over the rows, while entries are merged and merges undone."""

import contextlib
import random
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coopevents.attendance.models import Action, AttendanceEntry, WalkIn, WalkInMatch
from coopevents.db import db
from coopevents.directory.classification import HEADING
from coopevents.directory.figures import register_stats
from coopevents.directory.models import (
    ClassificationOverride,
    HeadCount,
    OcopCertificate,
    Organisation,
    OrganisationKind,
    OrganisationStatus,
    OrganisationStatusKind,
    OrganisationSupport,
    Person,
    Post,
    PostKind,
    Sex,
)
from coopevents.duplicates import service
from coopevents.duplicates.models import OrganisationMerge, PersonMerge
from coopevents.errors import DomainError
from coopevents.registrations.models import Registration, Representation
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import TARGET_KINDS, compute
from tests import event_factories as made
from tests.duplicates.figures import FROM, TO, facts, fingerprint
from tests.factories import (
    find_commune,
    make_certificate,
    make_head_count,
    make_organisation,
    make_override,
    make_person,
    make_post,
    make_support,
)

ORGANISATIONS, PEOPLE, EVENTS = 8, 10, 3


def _invent(programme, chance):
    commune = find_commune(programme)
    organisations = [
        make_organisation(
            programme,
            commune=commune,
            kind=chance.choice([*TARGET_KINDS, OrganisationKind.COOPERATIVE]),
            woman_head=None,
            status=chance.choice([OrganisationStatusKind.OPERATING] * 5 + [None]),
        )
        for _ in range(ORGANISATIONS)
    ]
    people = [make_person(programme, sex=chance.choice(list(Sex))) for _ in range(PEOPLE)]
    for person in people:
        for organisation in chance.sample(organisations, 2):
            make_post(person, organisation, chance.choice([*HEADING, PostKind.MEMBER]))
    for organisation in organisations:
        _invent_facts(chance, organisation)
    for number in range(EVENTS):
        _invent_event(programme, chance, FROM + timedelta(days=40 * number), organisations, people)


def _invent_facts(chance, organisation):
    if chance.random() < 0.6:
        make_certificate(organisation, stars=chance.randint(3, 5), issued_on=date(2025, 3, 1))
    if chance.random() < 0.6:
        make_support(organisation, supported_on=chance.choice([None, date(2025, 1, 1)]))
    for day in chance.sample([date(2025, 6, 1), date(2026, 1, 1), date(2026, 6, 1)], 2):
        make_head_count(organisation, day, members=chance.randint(7, 90), women=None)
    if chance.random() < 0.3:
        make_override(organisation, chance.random() < 0.5)


def _invent_event(programme, chance, day, organisations, people):
    event = made.make_event(programme, sessions=[(day, *made.MORNING), (day, "13:30", "16:00")])
    for organisation in chance.sample(organisations, 4):
        made.make_invitation(event, organisation)
    subjects = [
        made.make_registration(event, person, chance.choice(organisations))
        for person in chance.sample(people, 6)
    ]
    for _ in range(2):
        walk_in = made.make_walk_in(event, chance.choice([*organisations, None]))
        subjects.append(walk_in)
        if chance.random() < 0.5:
            made.make_match(walk_in, chance.choice(people))
    for session in made.sessions_of(event):
        for subject in subjects:
            if chance.random() < 0.7:
                made.make_entry(session, subject, chance.choice([Action.PRESENT, Action.ABSENT]))
    made.close(event)


class Plain:
    """The same figures, counted row by row, from the merges that stand and nothing else."""

    def __init__(self):
        self.people = _standing(PersonMerge)
        self.organisations = _standing(OrganisationMerge)
        self.sexes = {row.id: row.sex for row in _all(Person)}
        self.kinds = {row.id: row.kind for row in _all(Organisation)}
        self.walk_ins = {row.id: row for row in _all(WalkIn)}
        self.matches = {row.walk_in_id: row.person_id for row in _all(WalkInMatch)}
        self.registered = {row.id: row.person_id for row in _all(Registration)}
        self.operating = {
            row.organisation_id
            for row in _all(OrganisationStatus)
            if row.status is OrganisationStatusKind.OPERATING
        } - self.organisations.keys()
        self.attendances = {(entry.event_id, self._who(entry)) for entry in self._present()}

    def _present(self):
        return [entry for entry in _all(AttendanceEntry) if entry.action is Action.PRESENT]

    def _who(self, entry):
        if entry.registration_id:
            return _end(self.people, self.registered[entry.registration_id])
        if entry.walk_in_id in self.matches:
            return _end(self.people, self.matches[entry.walk_in_id])
        return -entry.walk_in_id

    def came(self):
        found = {
            _end(self.organisations, row.organisation_id)
            for row in _all(Representation)
            if (row.event_id, _end(self.people, row.person_id)) in self.attendances
        }
        walk_ins = [self.walk_ins[e.walk_in_id] for e in self._present() if e.walk_in_id]
        return found | {
            _end(self.organisations, walk_in.organisation_id)
            for walk_in in walk_ins
            if walk_in.organisation_id
        }

    def women(self):
        return {who for _event, who in self.attendances if self._sex(who) is Sex.FEMALE}

    def _sex(self, who):
        return self.sexes[who] if who > 0 else self.walk_ins[-who].sex

    def led(self):
        led = {
            _end(self.organisations, post.organisation_id)
            for post in _all(Post)
            if post.kind in HEADING and self.sexes[_end(self.people, post.person_id)] is Sex.FEMALE
        }
        decided = {}
        for row in sorted(_all(ClassificationOverride), key=self._own_first):
            decided.setdefault(_end(self.organisations, row.organisation_id), row.women_led)
        return {
            id_ for id_ in led | decided.keys() if decided.get(id_, id_ in led)
        } - self.organisations.keys()

    def _own_first(self, row):
        return (row.organisation_id in self.organisations, row.organisation_id)

    def register(self):
        stars, members = defaultdict(int), {}
        for paper in _all(OcopCertificate):
            id_ = _end(self.organisations, paper.organisation_id)
            stars[id_] = max(stars[id_], paper.stars)
        for count in sorted(
            _all(HeadCount), key=lambda row: (-row.as_of.toordinal(), self._own_first(row))
        ):
            members.setdefault(_end(self.organisations, count.organisation_id), count.members)
        supported = {_end(self.organisations, s.organisation_id) for s in _all(OrganisationSupport)}
        cooperatives = self._of_kind(OrganisationKind.COOPERATIVE)
        groups = self._of_kind(OrganisationKind.COOPERATIVE_GROUP)
        led_stars = [stars[id_] for id_ in cooperatives & self.led() if id_ in stars]
        return {
            "cooperatives": len(cooperatives),
            "groups": len(groups),
            "women_led_cooperatives": len(cooperatives & self.led()),
            "ocop_cooperatives": len(cooperatives & set(stars)),
            "ocop_women_led": len(led_stars),
            "ocop_women_led_by_star": {str(n): led_stars.count(n) for n in (3, 4, 5)},
            "union_supported": {
                "cooperatives": len(cooperatives & supported),
                "groups": len(groups & supported),
                "members": sum(members[id_] for id_ in (cooperatives | groups) & supported),
            },
        }

    def target(self):
        return {id_ for id_ in self.operating & self.led() if self.kinds[id_] in TARGET_KINDS}

    def _of_kind(self, kind):
        return {id_ for id_ in self.operating if self.kinds[id_] is kind}


def _all(table):
    return list(db.session.scalars(select(table)))


def _standing(table):
    return {row.merged_id: row.kept_id for row in _all(table) if row.undone_at is None}


def _end(merges, id_):
    while id_ in merges:
        id_ = merges[id_]
    return id_


def _merge(entries, first, second):
    kept, merged = entries[first % len(entries)], entries[second % len(entries)]
    make = service.merge_people if isinstance(kept, Person) else service.merge_organisations
    # It may stand merged already, or be the very same.
    with contextlib.suppress(DomainError):
        make(kept, merged, "Nhập hai lần")


def _undo(merges, place):
    if merges:
        service.undo_merge(merges[place % len(merges)])


def _merges():
    return [
        row
        for table in (PersonMerge, OrganisationMerge)
        for row in _all(table)
        if not row.undone_at
    ]


steps = st.lists(
    st.tuples(
        st.sampled_from(["people", "people", "organisations", "organisations", "undo"]),
        st.integers(0, 29),
        st.integers(0, 29),
    ),
    min_size=1,
    max_size=10,
)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_merges_count_as_plain_python_does_and_undone_all_is_as_before(history, steps):
    programme, entries, before, untouched = history
    savepoint = db.session.begin_nested()
    try:
        for what, first, second in steps:
            if what == "undo":
                _undo(_merges(), first)
            else:
                _merge(entries[what], first, second)

        _compare(programme)
        assert facts() == untouched
        while standing := _merges():
            _undo(standing, steps[0][1])
        assert fingerprint(programme) == before
        assert {entry.duplicate_of_id for some in entries.values() for entry in some} == {None}
    finally:
        savepoint.rollback()
        db.session.expire_all()


def _compare(programme):
    plain, scope = Plain(), Scope(programme, FROM, TO)
    times, unique, cover = (compute(code, scope) for code in ("I2", "I3", "I7"))
    people = {who for _event, who in plain.attendances}

    assert times.value == len(plain.attendances)
    assert unique.value == len(people)
    assert unique.breakdown["sex"]["female"] == len(plain.women())
    assert (cover.numerator, cover.denominator) == (
        len(plain.target() & plain.came()),
        len(plain.target()),
    )
    assert register_stats(programme.register, TO).as_json() == plain.register()
    for table, merges in ((Person, plain.people), (Organisation, plain.organisations)):
        assert {row.id: row.duplicate_of_id or row.id for row in _all(table)} == {
            row.id: _end(merges, row.id) for row in _all(table)
        }


@pytest.fixture(params=range(2))
def history(request, programme):
    _invent(programme, random.Random(request.param))  # noqa: S311
    db.session.flush()
    entries = {"people": _all(Person), "organisations": _all(Organisation)}
    return programme, entries, fingerprint(programme), facts()


def test_the_history_has_some_of_everything(history):
    # So that the property above compares numbers rather than zeros.
    _programme, _entries, before, _untouched = history

    assert before["register"]["WOMEN_HEADED"] == Plain().register()
    assert all(before["register"]["WOMEN_HEADED"][key] for key in ("cooperatives", "groups"))
    assert all(before["indicators"][code][0] for code in ("I2", "I3", "I7"))
