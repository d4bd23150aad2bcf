"""I14 against plain Python over histories made at random, in which every job is a thing of its own.

The code keeps numbers; here each known job is an object that lies with an organisation and moves
to another along a link. Whatever a count has above the objects found is made anew, and that is what
is new.
"""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import pytest
import time_machine

from coopevents.db import db
from coopevents.directory.models import (
    LineageKind,
    OrganisationKind,
    OrganisationLineage,
    OrganisationStatusKind,
    PostKind,
    Sex,
)
from coopevents.outcomes.jobs import listing, queries
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.words import CountState
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import add, compute
from tests.factories import make_organisation, make_person, make_post, make_status
from tests.outcomes.factories import make_count

START, END = date(2024, 8, 21), date(2027, 12, 14)
HALVES = [HalfYear(year, half) for year in range(2024, 2028) for half in (1, 2)]
ENDING = (LineageKind.CONVERT, LineageKind.CONSOLIDATE, LineageKind.DIVIDE, LineageKind.ABSORB)


@dataclass
class Body:
    """An organisation as the test knows it."""

    row: object
    founded_on: date
    ended_on: date | None = None
    heads: list[tuple[date, bool | None]] = field(default_factory=list)
    counts: dict[HalfYear, tuple[int, bool]] = field(default_factory=dict)

    def was_there(self, day):
        return self.founded_on <= day and (self.ended_on is None or day < self.ended_on)

    def women_led(self, day):
        if self.ended_on is not None and day >= self.ended_on:
            return None
        return [woman for since, woman in self.heads if since <= day][-1]


class History:
    """Bodies, what became of them, and what was counted, invented and written down twice."""

    def __init__(self, programme, chance):
        self.programme, self.chance = programme, chance
        self.bodies: dict[int, Body] = {}
        self.links: list[tuple[date, LineageKind, int, int]] = []
        for _ in range(4):
            self.found(date(chance.choice([2015, 2025]), chance.randint(1, 12), 5))
        for day in sorted(self.any_day() for _ in range(5)):
            self.change(day)
        for _ in range(4):
            self.change_head(self.any_day())
        for body in self.bodies.values():
            self._write_heads(body)
            for half in HALVES:
                if body.was_there(half.last_on) and chance.random() < 0.75:
                    self.count(body, half)
        db.session.flush()

    def any_day(self):
        """Answer a day at random."""
        return date(2024, 3, 1) + timedelta(days=self.chance.randint(0, 1200))

    def found(self, day):
        kind = self.chance.choice(
            [OrganisationKind.COOPERATIVE, OrganisationKind.COOPERATIVE_GROUP]
        )
        row = make_organisation(
            self.programme, kind=kind, founded_on=day, woman_head=None, status=None
        )
        body = self.bodies[row.id] = Body(row, day)
        body.heads.append((day, self.chance.choice([True, True, True, False, None])))
        return row.id

    def change(self, day):
        there = [id_ for id_, body in self.bodies.items() if body.was_there(day - timedelta(1))]
        kind = self.chance.choice(list(LineageKind))
        needed = 2 if kind in {LineageKind.CONSOLIDATE, LineageKind.ABSORB} else 1
        if len(there) <= needed:
            return
        old = self.chance.sample(there, needed)
        into = {
            LineageKind.DISSOLVE: 0,
            LineageKind.ABSORB: 0,
            LineageKind.DIVIDE: 2,
        }.get(kind, 1)
        new = [self.found(day) for _ in range(into)]
        if kind is LineageKind.ABSORB:
            new = [old.pop()]
        for id_ in old:
            if kind in {*ENDING, LineageKind.DISSOLVE}:
                self.bodies[id_].ended_on = day
                make_status(self.bodies[id_].row, OrganisationStatusKind.DISSOLVED, valid_from=day)
            for new_id in new or [None]:
                self._link(kind, day, id_, new_id)

    def _link(self, kind, day, old_id, new_id):
        db.session.add(
            OrganisationLineage(kind=kind, effective_on=day, old_id=old_id, new_id=new_id)
        )
        if new_id is not None:
            self.links.append((day, kind, old_id, new_id))

    def change_head(self, day):
        body = self.chance.choice(list(self.bodies.values()))
        if day > body.heads[-1][0]:
            body.heads.append((day, self.chance.choice([True, False])))

    def _write_heads(self, body):
        ends = [since for since, _woman in body.heads[1:]] + [body.ended_on]
        for (since, woman), end in zip(body.heads, ends, strict=True):
            if woman is None or (end is not None and end <= since):
                continue
            sex = Sex.FEMALE if woman else Sex.MALE
            make_post(
                make_person(self.programme, sex=sex),
                body.row,
                PostKind.BOARD_CHAIR,
                valid_from=since,
                valid_to=end and end - timedelta(1),
            )

    def count(self, body, half):
        members, workers = self.chance.randint(0, 12), self.chance.randint(0, 12)
        both = self.chance.randint(0, min(members, workers))
        verified = self.chance.random() < 0.8
        row = make_count(
            self.programme, body.row, half.key, members, workers, both, verified=verified
        )
        if self.chance.random() < 0.3:
            members = self.chance.choice([None, members + 2])
            verified = self.chance.random() < 0.7
            make_count(
                self.programme,
                body.row,
                half.key,
                members,
                workers,
                both,
                verified=verified,
                corrects=row,
            )
        if members is not None:
            body.counts[half] = (members + workers - both, verified)


class Plain:
    """The same figure, with an object for each job."""

    def __init__(self, history):
        self.history = history
        self.jobs: dict[int, list[object]] = {}
        self.last: dict[int, tuple[date, int]] = {}
        self.taken: set[tuple[int, int]] = set()
        self.new: dict[tuple[int, HalfYear], int] = {}
        for half in HALVES:
            for id_ in self._parents_first():
                persons, verified = history.bodies[id_].counts.get(half, (0, False))
                if verified:
                    self._read(id_, half, persons)

    def _parents_first(self):
        depth = defaultdict(int)
        for _on, _kind, old, new in sorted(self.history.links, key=lambda link: link[0]):
            depth[new] = max(depth[new], depth[old] + 1)
        return sorted(self.history.bodies, key=lambda id_: (depth[id_], id_))

    def _read(self, id_, half, persons):
        if half.last_on <= START:
            self.jobs[id_] = [object() for _ in range(persons)]
            self.last[id_] = (half.last_on, persons)
            return
        origins = self._origins(id_, half.last_on)
        unknown = {
            old
            for on, _kind, old, new in origins
            if self._is_unknown(old) and self.last.get(new, (date.min, 0))[0] < on
        }
        fresh = {(old, id_) for old in unknown} - self.taken
        self.taken |= fresh
        lying = self.jobs.setdefault(id_, []) if not self._is_unknown(id_) else None
        if lying is None or fresh:
            had = self.jobs.get(id_, [])
            self.jobs[id_] = had + [object() for _ in range(persons - len(had))]
            self.last[id_] = (half.last_on, persons)
            return
        for on, kind, old, _new in origins:
            theirs = self.jobs.get(old, [])
            kept = 0
            if kind is LineageKind.SPLIT_OFF and self.last.get(old, (date.min, 0))[0] >= on:
                kept = self.last[old][1]
            while len(lying) < persons and len(theirs) > kept:
                lying.append(theirs.pop())
        made = [object() for _ in range(persons - len(lying))]
        lying += made
        self.last[id_] = (half.last_on, persons)
        self.new[id_, half] = len(made)

    def _is_unknown(self, id_):
        founded = self.history.bodies[id_].founded_on >= START
        came_out = any(
            new == id_ and kind is not LineageKind.ABSORB
            for _on, kind, _old, new in self.history.links
        )
        return id_ not in self.jobs and not founded and not came_out

    def _origins(self, id_, until):
        """Answer the links that lead here, level by level, none later than the one it leads to."""
        found, seen, level = [], {id_}, [(id_, until)]
        links = sorted(self.history.links, key=lambda link: link[0])
        while level:
            below = []
            for here, bound in level:
                for link in links:
                    if link[3] == here and link[0] <= bound and link[2] not in seen:
                        seen.add(link[2])
                        found.append(link)
                        below.append((link[2], link[0]))
            level = below
        return found

    def value(self, from_on, to_on):
        """Answer the new jobs of the days by organisation."""
        found = defaultdict(int)
        for (id_, half), number in self.new.items():
            led = self.history.bodies[id_].women_led(half.last_on)
            if max(from_on, START) <= half.last_on <= to_on and led:
                found[id_] += number
        return dict(found)


@pytest.fixture(params=range(15))
def history(request, programme):
    with time_machine.travel("2028-01-15T03:00:00Z", tick=True):
        yield History(programme, random.Random(request.param))  # noqa: S311


def test_new_jobs_equal_plain_python_over_the_rows(programme, history):
    plain = Plain(history)

    figure = compute("I14", Scope(programme, START, END))

    told = {
        row.row_id: row.facts["increment"]
        for row in figure.list_rows()
        if row.facts["part"] == "counted"
    }
    expected = plain.value(START, END)
    assert told == expected
    assert figure.value == (sum(expected.values()) if expected else None)
    assert min(told.values(), default=0) >= 0
    assert sum(figure.breakdown["part"].values()) == sum(expected.values())
    assert sum(figure.breakdown["kind"].values()) == sum(expected.values())
    assert sum(figure.breakdown["half_year"].values()) == sum(expected.values())
    assert min(figure.breakdown["part"].values()) >= 0


def test_periods_that_follow_each_other_add_up(programme, history):
    between = {day for _ in range(3) if START < (day := history.any_day()) <= END}
    edges = sorted({START, *between, END + timedelta(1)})

    figures = [
        compute("I14", Scope(programme, first, after - timedelta(1)))
        for first, after in pairwise(edges)
    ]

    whole = compute("I14", Scope(programme, START, END))
    assert add(figures) == (whole.value or 0)


def test_one_that_became_nothing_else_brings_its_most_above_its_baseline(programme, history):
    linked = {id_ for _on, _kind, old, new in history.links for id_ in (old, new)}
    told = {
        row.row_id: row.facts["increment"]
        for row in compute("I14", Scope(programme, START, END)).list_rows()
        if row.facts["part"] == "counted"
    }

    for id_ in told.keys() - linked:
        body = history.bodies[id_]
        if {woman for _since, woman in body.heads} != {True}:
            continue
        verified = {half: persons for half, (persons, seen) in sorted(body.counts.items()) if seen}
        before = [persons for half, persons in verified.items() if half.last_on <= START]
        since = [persons for half, persons in verified.items() if half.last_on > START]
        baseline = 0 if body.founded_on >= START else (before or since)[-1 if before else 0]
        assert told[id_] == max(0, max(since) - baseline)


def test_a_ledger_of_one_tells_of_it_what_the_whole_ledger_tells(programme, history):
    whole = queries.read_ledger(programme)

    for id_ in whole.counts:
        one = queries.read_ledger(programme, organisation_ids=[id_])

        assert one.counts[id_] == whole.counts[id_]
        assert one.baselines.get(id_) == whole.baselines.get(id_)
        for half in whole.counts[id_]:
            assert one.steps.get((id_, half)) == whole.steps.get((id_, half))
            assert ((id_, half) in one.gone) is ((id_, half) in whole.gone)


def test_the_list_is_in_the_states_its_lines_are_in(programme, history):
    for half in HALVES[::3]:
        lines = listing.list_half_year(programme, half, END).lines

        assert listing.count_states(programme, half, END) == Counter(line.state for line in lines)
        for state in CountState:
            found = listing.list_half_year(programme, half, END, state=state).lines
            assert found == [line for line in lines if line.state is state]
