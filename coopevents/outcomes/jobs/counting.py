"""What verified counts of women's jobs add up to: the new jobs each of them brought.

Of every organisation the jobs known so far are kept: its baseline, then the most it ever had. What
a count has above them is new. So a later fall takes nothing away, and who is taken on again after
it is not new a second time. An organisation that came out of others, or took others in, first takes
over the jobs known of those: who moved along is not new. Source: F31, I14 of the domain model,
cases 28 and 29; docs/counting-rules.md tells it with its edges.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from coopevents.outcomes.jobs.halves import HalfYear


@dataclass(frozen=True)
class Jobs:
    """How many women have a job, and how many of these are workers (members or not)."""

    persons: int
    workers: int


@dataclass(frozen=True)
class Link:
    """An organisation went into another on a day, or let it come out of itself.

    `founds` where the other had not been there before; `goes_on` where the first stays.
    """

    on: date
    old_id: int
    new_id: int
    founds: bool = True
    goes_on: bool = False


@dataclass(frozen=True)
class Step:
    """What one verified count brought.

    `known` are the jobs known before it, those taken over included. A new job is a worker's as far
    as there are more workers than were known; the others are those of members who do not work
    there. `has_baseline` False: it only told what there is, so nothing in it is new.
    """

    organisation_id: int
    half: HalfYear
    counted: Jobs
    known: Jobs
    new: Jobs
    has_baseline: bool = True


@dataclass
class Book:
    """The jobs known of each organisation, as counts are read in the order of their half-years.

    `starts_on` is the day the programme began; `founded_since` are the organisations founded then
    or later, of which no job is old.
    """

    starts_on: date
    founded_since: frozenset[int]
    links: tuple[Link, ...] = ()
    known: dict[int, Jobs] = field(default_factory=dict)
    latest: dict[int, tuple[HalfYear, int]] = field(default_factory=dict)
    spent: set[tuple[int, int]] = field(default_factory=set)

    def read(self, counts: Mapping[int, Mapping[HalfYear, Jobs]]) -> Iterator[Step]:
        """Answer what each count brought; `counts` holds verified ones, of whoever existed."""
        ranks = self._ranks()
        ordered = sorted(
            (half, ranks[id_], id_) for id_, of_halves in counts.items() for half in of_halves
        )
        for half, _rank, id_ in ordered:
            yield self._step(id_, half, counts[id_][half])

    def _ranks(self) -> dict[int, int]:
        # Whoever others came out of is read before them.
        ranks: dict[int, int] = defaultdict(int)
        for link in sorted(self.links, key=lambda link: link.on):
            ranks[link.new_id] = max(ranks[link.new_id], ranks[link.old_id] + 1)
        return ranks

    def _step(self, id_: int, half: HalfYear, counted: Jobs) -> Step:
        if half.last_on <= self.starts_on:
            # The stock at the beginning is what stood last, not the most there ever was.
            self.known[id_] = counted
            return self._told(id_, half, counted, counted)
        sources = list(self._sources(id_, half.last_on))
        if self._is_unknown(id_) or self._has_unknown(id_, sources):
            self.known[id_] = _most(self.known.get(id_, counted), counted)
            return self._told(id_, half, counted, self.known[id_], has_baseline=False)
        known = self._take_over(id_, sources, counted.persons)
        self.known[id_] = _most(known, counted)
        return self._told(id_, half, counted, known)

    def _told(
        self, id_: int, half: HalfYear, counted: Jobs, known: Jobs, *, has_baseline: bool = True
    ) -> Step:
        self.latest[id_] = (half, counted.persons)
        persons = max(0, counted.persons - known.persons)
        workers = min(persons, max(0, counted.workers - known.workers))
        return Step(id_, half, counted, known, Jobs(persons, workers), has_baseline)

    def _is_unknown(self, id_: int) -> bool:
        """Whether it is older than the programme, and nobody has counted its jobs yet."""
        if id_ in self.known or id_ in self.founded_since:
            return False
        return not any(link.founds and link.new_id == id_ for link in self.links)

    def _has_unknown(self, id_: int, sources: Iterable[Link]) -> bool:
        """Whether some of the jobs came along from where nobody ever counted; told once."""
        fresh = {
            (link.old_id, id_)
            for link in sources
            if self._is_unknown(link.old_id) and not self._was_counted_since(link)
        } - self.spent
        self.spent |= fresh
        return bool(fresh)

    def _was_counted_since(self, link: Link) -> bool:
        half, _persons = self.latest.get(link.new_id, (None, 0))
        return half is not None and half.last_on >= link.on

    def _sources(self, id_: int, until: date) -> Iterator[Link]:
        """Answer the links that lead to the organisation by the day, the nearest first."""
        waiting, seen = [(id_, until)], {id_}
        while waiting:
            here, bound = waiting.pop(0)
            for link in self.links:
                if link.new_id == here and link.on <= bound and link.old_id not in seen:
                    seen.add(link.old_id)
                    waiting.append((link.old_id, link.on))
                    yield link

    def _take_over(self, id_: int, sources: Iterable[Link], persons: int) -> Jobs:
        known = self.known.get(id_, Jobs(0, 0))
        for link in sources:
            theirs = self.known.get(link.old_id, Jobs(0, 0))
            moved = min(persons - known.persons, self._left(link, theirs))
            if moved > 0:
                workers = min(moved, theirs.workers)
                self.known[link.old_id] = Jobs(theirs.persons - moved, theirs.workers - workers)
                known = Jobs(known.persons + moved, known.workers + workers)
        return known

    def _left(self, link: Link, theirs: Jobs) -> int:
        """Answer how many jobs may have passed on: all, or those it was not found to have kept."""
        half, persons = self.latest.get(link.old_id, (None, 0))
        if link.goes_on and half is not None and half.last_on >= link.on:
            return theirs.persons - persons
        return theirs.persons


def _most(one: Jobs, other: Jobs) -> Jobs:
    return Jobs(max(one.persons, other.persons), max(one.workers, other.workers))
