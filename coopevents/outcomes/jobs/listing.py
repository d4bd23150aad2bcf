"""The list of a half-year: every women-led organisation, and what is known of its jobs."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement

from coopevents.directory import classification, lists
from coopevents.directory.lists import OrganisationLine
from coopevents.directory.models import Organisation, OrganisationKind
from coopevents.outcomes.jobs import queries
from coopevents.outcomes.jobs.counting import Step
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import JobCount
from coopevents.outcomes.jobs.queries import KINDS, Ledger, Standing
from coopevents.outcomes.jobs.words import CountState
from coopevents.programme.models import Programme


@dataclass(frozen=True)
class Line:
    """An organisation in the list of a half-year."""

    organisation: OrganisationLine
    standing: Standing | None
    before: int | None
    """How many women it had in the half-year before; None: nobody knows."""
    baseline: int | None
    """How many it began with; None: no count of it is verified yet."""
    step: Step | None
    """What the count brought, once it is verified."""

    @property
    def count(self) -> JobCount | None:
        """The count that stands."""
        return self.standing.count if self.standing else None

    @property
    def persons(self) -> int | None:
        """How many women it has; None: nobody knows, which is not zero."""
        return self.count.persons if self.count else None

    @property
    def difference(self) -> int | None:
        """By how many that differs from the half-year before."""
        return _difference(self.persons, self.before)

    @property
    def since_baseline(self) -> int | None:
        """By how many that differs from what it began with."""
        return _difference(self.persons, self.baseline)

    @property
    def state(self) -> CountState:
        """How far the count is."""
        if self.standing is None:
            return CountState.MISSING
        return CountState.VERIFIED if self.standing.verification else CountState.UNVERIFIED


def _difference(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then


class Filter(TypedDict, total=False):
    """Which organisations a list is of."""

    kind: OrganisationKind | None
    commune_ids: Collection[int] | None
    q: str | None


@dataclass(frozen=True)
class HalfYearList:
    """A page of the organisations asked for, and where the next one begins."""

    half: HalfYear
    lines: list[Line]
    next: str | None


def list_half_year(
    programme: Programme,
    half: HalfYear,
    today: date,
    *,
    state: CountState | None = None,
    after: str | None = None,
    limit: int | None = None,
    **asked: Unpack[Filter],
) -> HalfYearList:
    """Answer the women-led organisations operating on the half-year's last day, or today before it.

    As many questions whatever their number; `limit` None answers all. Only what tells of these is
    read. Raises InputError for an `after` that is no cursor.
    """
    narrowed = [] if state is None else [_is_in(state, programme, half)]
    found = lists.list_organisations(
        programme.register,
        after=after,
        limit=limit,
        **_asked(programme, half, today, asked, narrowed),
    )
    ids = [organisation.id for organisation in found.items]
    ledger = queries.read_ledger(programme, organisation_ids=ids)
    return HalfYearList(half, [_line(one, half, ledger) for one in found.items], found.next)


def count_states(
    programme: Programme, half: HalfYear, today: date, **asked: Unpack[Filter]
) -> Counter[CountState]:
    """Answer of how many organisations of the whole list the count is how far."""
    told = lists.tally_organisations(
        programme.register,
        queries.is_verified(programme, half),
        **_asked(programme, half, today, asked),
    )
    return Counter({_STATES[verified]: number for verified, number in told.items()})


_STATES = {None: CountState.MISSING, False: CountState.UNVERIFIED, True: CountState.VERIFIED}


def _is_in(state: CountState, programme: Programme, half: HalfYear) -> ColumnElement[bool]:
    verified = next(told for told, of_state in _STATES.items() if of_state is state)
    return queries.is_verified(programme, half).is_not_distinct_from(verified)


def _asked(
    programme: Programme,
    half: HalfYear,
    today: date,
    asked: Filter,
    narrowed: Sequence[ColumnElement[bool]] = (),
) -> lists.Asked:
    return {
        "kind": asked.get("kind"),
        "commune_ids": asked.get("commune_ids"),
        "q": asked.get("q"),
        "on": min(half.last_on, today),
        "women_led": True,
        "rule": classification.get_rule(programme.women_led_rule),
        "narrowed": [Organisation.kind.in_(KINDS), *narrowed],
    }


def _line(organisation: OrganisationLine, half: HalfYear, ledger: Ledger) -> Line:
    of_halves = ledger.counts.get(organisation.id, {})
    before = of_halves.get(half.before)
    return Line(
        organisation,
        of_halves.get(half),
        before.count.persons if before else None,
        ledger.baselines.get(organisation.id),
        ledger.steps.get((organisation.id, half)),
    )


def next_missing(
    programme: Programme,
    half: HalfYear,
    today: date,
    organisation_id: int,
    **asked: Unpack[Filter],
) -> int | None:
    """Answer the next organisation of the list after this one of which nothing is known.

    After the last the list begins anew. None: something is known of all.
    """
    here = lists.cursor_of(organisation_id, min(half.last_on, today))
    for after in (here, None):
        found = list_half_year(
            programme, half, today, state=CountState.MISSING, after=after, limit=1, **asked
        )
        if found.lines:
            return found.lines[0].organisation.id
    return None


def verifiable(lines: Sequence[Line], user_id: int | None) -> list[Line]:
    """Answer the lines whose count waits for somebody like the user: she did not enter it."""
    return [
        line
        for line in lines
        if line.state is CountState.UNVERIFIED
        and line.count is not None
        and (line.count.recorded_by_id is None or line.count.recorded_by_id != user_id)
    ]
