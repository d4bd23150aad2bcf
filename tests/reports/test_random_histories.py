"""Every figure against plain Python over the rows, for histories made at random."""

import random
from collections import defaultdict
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from coopevents import clock
from coopevents.attendance.grid import LISTED_KINDS, Mark, attendance_by_organisation
from coopevents.attendance.models import Action, AttendanceEntry, WalkIn, WalkInMatch
from coopevents.db import db
from coopevents.directory.models import (
    Organisation,
    OrganisationKind,
    OrganisationStatus,
    OrganisationStatusKind,
    Person,
    Post,
    Sex,
)
from coopevents.duplicates.models import PersonMerge
from coopevents.events.models import (
    Event,
    EventHost,
    EventKind,
    EventSession,
    EventState,
    HostRole,
    SessionState,
)
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.programme.models import ProgrammeBody
from coopevents.registrations.models import Registration, Representation
from coopevents.reports.figures import Part, Scope
from coopevents.reports.indicators import TARGET_KINDS, compute
from tests import event_factories as made
from tests.factories import find_commune, make_organisation, make_person

FROM, TO = date(2025, 12, 15), date(2026, 12, 14)
EDGES = (date(2025, 12, 14), date(2025, 12, 15), date(2026, 12, 14), date(2026, 12, 15))
HEADS = ("board_chair", "director", "group_leader")


def _invent(programme, chance):
    commune = find_commune(programme)
    organisations = [
        make_organisation(
            programme,
            commune=commune,
            kind=chance.choice([*TARGET_KINDS, *OrganisationKind]),
            woman_head=chance.choice([True, True, False, None]),
            status=chance.choice(
                [OrganisationStatusKind.OPERATING] * 4 + list(OrganisationStatusKind)
            ),
        )
        for _ in range(8)
    ]
    for post in db.session.scalars(select(Post)):
        if chance.random() < 0.25:
            post.valid_to = date(2026, chance.randint(1, 12), 1)
    people = [make_person(programme, sex=chance.choice(list(Sex))) for _ in range(12)]
    for _ in range(6):
        _invent_event(programme, chance, organisations, people)
    kept, merged, onward, undone = chance.sample(people, 4)
    made.make_merge(kept, merged)
    made.make_merge(onward, kept)
    made.make_merge(undone, kept, undone_at=clock.now())


def _invent_event(programme, chance, organisations, people):
    hosts = [*made.BOTH] if chance.random() < 0.8 else [chance.choice(made.BOTH)]
    if chance.random() < 0.2:
        hosts.append("department")
    start = chance.choice(
        [*EDGES, *(FROM + timedelta(days=chance.randint(0, 360)) for _ in "four")]
    )
    event = made.make_event(
        programme,
        kind=chance.choice(["training", "seminar", "trade_promotion", "communication"]),
        hosts=tuple(hosts),
        sessions=[
            (start + timedelta(days=n), "08:00", "11:00") for n in range(chance.randint(1, 3))
        ],
        counts_to_programme=chance.random() < 0.9,
        contents=tuple(chance.sample([1, 2, 3, 4], chance.randint(0, 3))),
    )
    for organisation in chance.sample(organisations, 4):
        invitation = made.make_invitation(event, organisation)
        if chance.random() < 0.2:
            invitation.state = InvitationState.CANCELLED
    subjects = _invent_delegates(chance, event, organisations, people)
    for session in made.sessions_of(event):
        _invent_marks(chance, session, subjects)
        session.state = chance.choice([SessionState.HELD] * 3 + [SessionState.CANCELLED])
        session.required = chance.random() < 0.8
        session.class_group = chance.choice([None, None, "Lớp 1", "Lớp 2"])
        session.ends_at = time(chance.choice([9, 11]))
    if chance.random() < 0.85:
        event.state, event.closed_at = EventState.CLOSED, clock.now()
    db.session.flush()


def _invent_delegates(chance, event, organisations, people):
    subjects = []
    for person in chance.sample(people, 6):
        subjects.append(made.make_registration(event, person, chance.choice(organisations)))
        second = chance.choice(organisations)
        if chance.random() < 0.3 and not _stands_for(event, person, second):
            withdrawn = clock.now() if chance.random() < 0.3 else None
            made.make_representation(event, person, second, withdrawn_at=withdrawn)
    for _ in range(2):
        walk_in = made.make_walk_in(
            event, chance.choice([*organisations, None]), sex=chance.choice(list(Sex))
        )
        subjects.append(walk_in)
        if chance.random() < 0.5:
            undone = clock.now() if chance.random() < 0.3 else None
            made.make_match(walk_in, chance.choice(people), undone_at=undone)
    return subjects


def _stands_for(event, person, organisation):
    return db.session.scalar(
        select(Representation.id).where(
            Representation.event_id == event.id,
            Representation.person_id == person.id,
            Representation.organisation_id == organisation.id,
        )
    )


def _invent_marks(chance, session, subjects):
    actions = [Action.PRESENT, Action.PRESENT, Action.ABSENT, Action.EXCUSED]
    moment = clock.now()
    for subject in subjects:
        for step in range(chance.choice([0, 1, 1, 2])):
            # Offline marks arrive late: the order of receipt is not the order of the ids.
            received_at = moment + timedelta(seconds=chance.choice([step, -step]))
            entry = made.make_entry(
                session, subject, chance.choice(actions), received_at=received_at
            )
            if chance.random() < 0.2:
                made.make_entry(session, subject, Action.VOID, voids=entry)


class Plain:
    """The same figures, counted row by row in Python."""

    def __init__(self, programme):
        self.programme = programme
        self.entries = _all(AttendanceEntry)
        self.sessions = {row.id: row for row in _all(EventSession)}
        self.registrations = {row.id: row for row in _all(Registration)}
        self.walk_ins = {row.id: row for row in _all(WalkIn)}
        self.people = {row.id: row for row in _all(Person)}
        self.kinds = {row.id: row for row in _all(EventKind)}
        self.organisations = {row.id: row for row in _all(Organisation)}
        self.merges = {m.merged_id: m.kept_id for m in _all(PersonMerge) if m.undone_at is None}
        self.matches = {m.walk_in_id: m.person_id for m in _all(WalkInMatch) if m.undone_at is None}
        self.posts = [post for post in _all(Post) if post.kind.value in HEADS]
        self.operating = {
            row.organisation_id
            for row in _all(OrganisationStatus)
            if row.status is OrganisationStatusKind.OPERATING
        }
        self.held = {e.id: e for e in _all(Event) if self._last_held(e) and self._in_period(e)}
        self.present = self._present()

    def _last_held(self, event):
        days = [
            s.held_on
            for s in self.sessions.values()
            if s.event_id == event.id and s.state is SessionState.HELD
        ]
        return max(days, default=None)

    def _in_period(self, event):
        return event.state is EventState.CLOSED and FROM <= self._last_held(event) <= TO

    def _person(self, person_id):
        while person_id in self.merges:
            person_id = self.merges[person_id]
        return person_id

    def _who(self, entry):
        if entry.registration_id:
            return self._person(self.registrations[entry.registration_id].person_id)
        if entry.walk_in_id in self.matches:
            return self._person(self.matches[entry.walk_in_id])
        return -entry.walk_in_id

    def _present(self):
        voided = {e.voids_id for e in self.entries}
        last = {}
        for entry in sorted(self.entries, key=lambda e: (e.received_at, e.id)):
            if entry.action is not Action.VOID and entry.id not in voided:
                last[entry.session_id, entry.registration_id, entry.walk_in_id] = entry
        return [
            entry
            for entry in last.values()
            if entry.action is Action.PRESENT
            and entry.event_id in self.held
            and self.sessions[entry.session_id].state is SessionState.HELD
            and self.kinds[self.held[entry.event_id].kind_id].counts_attendance
        ]

    def joint(self):
        bodies = {b.body_id for b in _all(ProgrammeBody)}
        hosts = defaultdict(set)
        for host in _all(EventHost):
            if host.role is not HostRole.THIRD:
                hosts[host.event_id].add(host.body_id)
        return {e.id for e in self.held.values() if e.counts_to_programme and bodies <= hosts[e.id]}

    def attendances(self):
        return {(entry.event_id, self._who(entry)) for entry in self.present}

    def trained(self):
        """Answer who was present in a training: those that completed one, and the others."""
        complete, others = set(), set()
        for event in self.held.values():
            if self.kinds[event.kind_id].is_training:
                sessions = [
                    s
                    for s in self.sessions.values()
                    if s.event_id == event.id and s.state is SessionState.HELD
                ]
                was_in = defaultdict(set)
                for entry in self.present:
                    if entry.event_id == event.id:
                        was_in[self._who(entry)].add(entry.session_id)
                for who, ids in was_in.items():
                    (complete if _completed(sessions, ids) else others).add(who)
        return complete, others - complete

    def sex(self, identity):
        return self.people[identity].sex if identity > 0 else self.walk_ins[-identity].sex

    def stood(self):
        found = set()
        attendances = self.attendances()
        for row in _all(Representation):
            who = (row.event_id, self._person(row.person_id))
            if row.withdrawn_at is None and who in attendances:
                found.add((*who, row.organisation_id))
        for entry in self.present:
            if entry.walk_in_id and self.walk_ins[entry.walk_in_id].organisation_id:
                organisation_id = self.walk_ins[entry.walk_in_id].organisation_id
                found.add((entry.event_id, self._who(entry), organisation_id))
        return found

    def target(self, day):
        return {o.id for o in self._of_kinds() if Sex.FEMALE in self._heads(o, day)}

    def unknown(self):
        return {o.id for o in self._of_kinds() if not self._heads(o, TO) - {Sex.NOT_STATED}}

    def _of_kinds(self):
        return [
            o
            for o in self.organisations.values()
            if o.id in self.operating and o.kind in TARGET_KINDS
        ]

    def _heads(self, organisation, day):
        return {
            self.people[post.person_id].sex
            for post in self.posts
            if post.organisation_id == organisation.id
            and (post.valid_to is None or post.valid_to >= day)
        }

    def left(self):
        return {
            organisation_id
            for event_id, _who, organisation_id in self.stood()
            if organisation_id not in self.target(TO)
            and organisation_id in self.target(self._last_held(self.held[event_id]))
        }


def _completed(sessions, ids):
    hours = sum(s.ends_at.hour - s.starts_at.hour for s in sessions if s.id in ids)
    for group in {s.class_group for s in sessions} - {None} or {None}:
        needed = {s.id for s in sessions if s.required and s.class_group in {None, group}}
        if len(needed & ids) * 10 >= len(needed) * 8 and hours >= 3:
            return True
    return False


def _all(table):
    return list(db.session.scalars(select(table)))


def _ids(figure, part):
    return {row.row_id for row in figure.list_rows() if row.facts["part"] == part.value}


def _identities(figure, part):
    return {
        row.row_id if row.kind == "person" else -row.row_id
        for row in figure.list_rows()
        if row.facts["part"] == part.value
    }


@pytest.fixture(params=range(10))
def history(request, programme):
    _invent(programme, random.Random(request.param))  # noqa: S311
    db.session.flush()
    return Plain(programme), Scope(programme, FROM, TO)


def test_every_figure_equals_plain_python_over_the_rows(history):
    plain, scope = history
    attendances = plain.attendances()
    people = {identity for _event, identity in attendances}
    women = {who for who in people if plain.sex(who) is Sex.FEMALE}
    men = {who for who in people if plain.sex(who) is Sex.MALE}
    target, came = plain.target(TO), {organisation for *_who, organisation in plain.stood()}

    joint, times, unique, trained, cover, share = (
        compute(code, scope) for code in ("I1", "I2", "I3", "I5", "I7", "I11")
    )

    assert _ids(joint, Part.COUNTED) == plain.joint()
    assert joint.value == len(plain.joint())
    assert times.value == len(attendances)
    assert {
        (row.facts["event_id"], row.row_id if row.kind == "person" else -row.row_id)
        for row in times.list_rows()
    } == attendances
    assert unique.value == len(people)
    assert unique.breakdown["sex"] == {
        "female": len(women),
        "male": len(men),
        "not_stated": len(people - women - men),
    }
    complete, others = plain.trained()
    assert trained.value == len(complete)
    assert _identities(trained, Part.COUNTED) == complete
    assert _identities(trained, Part.APART) == others
    assert (share.numerator, share.denominator) == (len(women), len(women | men))
    assert (cover.numerator, cover.denominator) == (len(target & came), len(target))
    assert _ids(cover, Part.COUNTED) == target & came
    assert _ids(cover, Part.BASE) == target - came
    assert cover.breakdown["apart"] == {
        "unknown": len(plain.unknown()),
        "left": len(plain.left()),
    }
    assert _ids(cover, Part.APART) == plain.unknown() | plain.left()


def test_every_figure_lists_exactly_the_rows_it_counts(history):
    _plain, scope = history

    figures = [compute(code, scope) for code in ("I1", "I2", "I3", "I5", "I7", "I11")]

    for figure in figures:
        parts = [row.facts["part"] for row in figure.list_rows()]
        counted, base = parts.count(Part.COUNTED.value), parts.count(Part.BASE.value)
        if figure.denominator is None:
            assert (figure.value, base) == (counted, 0)
        else:
            assert (figure.numerator, figure.denominator) == (counted, counted + base)
    by_code = {figure.code: figure for figure in figures}
    assert by_code["I3"].value <= by_code["I2"].value


def test_the_grid_equals_plain_python_over_the_rows(history):
    plain, scope = history
    stood = plain.stood()
    invited = {
        (i.organisation_id, i.event_id)
        for i in _all(Invitation)
        if i.event_id in plain.held and i.state is not InvitationState.CANCELLED
    }
    came = {(organisation, event) for event, _who, organisation in stood}
    listed = {
        id_ for id_, _event in invited | came if plain.organisations[id_].kind in LISTED_KINDS
    }

    grid = attendance_by_organisation(scope.programme, FROM, TO)

    assert {event.id for event in grid.events} == set(plain.held)
    assert {row.organisation_id for row in grid.rows} == listed
    for row in grid.rows:
        for event_id in plain.held:
            here = (row.organisation_id, event_id)
            people = {who for e, who, o in stood if (o, e) == here}
            expected = Mark.CAME if people else Mark.ABSENT if here in invited else Mark.NOT_INVITED
            assert row.cell(event_id).mark is expected
            assert row.cell(event_id).people == len(people)
        people = {who for _e, who, o in stood if o == row.organisation_id}
        assert (row.people, row.women) == (
            len(people),
            len([who for who in people if plain.sex(who) is Sex.FEMALE]),
        )
