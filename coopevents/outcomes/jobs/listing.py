"""The list of a half-year: every women-led organisation, and what is known of its jobs."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from coopevents.directory import classification
from coopevents.directory import queries as directory
from coopevents.directory.models import OrganisationKind
from coopevents.directory.queries import OrganisationLine
from coopevents.outcomes.jobs import queries
from coopevents.outcomes.jobs.counting import Step
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import JobCount
from coopevents.outcomes.jobs.queries import KINDS, Standing
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


@dataclass(frozen=True)
class HalfYearList:
    """The organisations asked for, and how many of them are how far."""

    half: HalfYear
    lines: list[Line]
    states: Counter[CountState]


def list_half_year(
    programme: Programme,
    half: HalfYear,
    today: date,
    *,
    kind: OrganisationKind | None = None,
    commune_ids: Collection[int] | None = None,
    q: str | None = None,
    state: CountState | None = None,
) -> HalfYearList:
    """Answer the women-led organisations operating on the half-year's last day, or today before it.

    As many questions whatever their number. `states` counts before `state` narrows the list.
    """
    found = directory.list_organisations(
        programme.register,
        on=min(half.last_on, today),
        kind=kind,
        women_led=True,
        commune_ids=commune_ids,
        q=q or None,
        rule=classification.get_rule(programme.women_led_rule),
        limit=None,
    ).items
    ledger = queries.read_ledger(programme)
    lines = []
    for organisation in found:
        if organisation.kind not in KINDS:
            continue
        of_halves = ledger.counts.get(organisation.id, {})
        before = of_halves.get(half.before)
        lines.append(
            Line(
                organisation,
                of_halves.get(half),
                before.count.persons if before else None,
                ledger.baselines.get(organisation.id),
                ledger.steps.get((organisation.id, half)),
            )
        )
    states = Counter(line.state for line in lines)
    shown = [line for line in lines if state is None or line.state is state]
    return HalfYearList(half, shown, states)


def verifiable(lines: Sequence[Line], user_id: int | None) -> list[Line]:
    """Answer the lines whose count waits for somebody like the user: she did not enter it."""
    return [
        line
        for line in lines
        if line.state is CountState.UNVERIFIED
        and line.count is not None
        and (line.count.recorded_by_id is None or line.count.recorded_by_id != user_id)
    ]
