"""I14: new jobs for women, as verified counts of women-led organisations tell.

How it counts is said in words in `coopevents/data/indicator-rules.yaml` and, with its edge cases,
in `docs/counting-rules.md`.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from coopevents.db import Json, db
from coopevents.directory import classification
from coopevents.directory.models import Organisation
from coopevents.outcomes.jobs import queries as jobs
from coopevents.outcomes.jobs.counting import Step
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.queries import Ledger, Standing
from coopevents.reports.figures import TARGET_KINDS, Figure, Part, Row, Scope, number_of


@dataclass(frozen=True)
class _Said:
    """A count of the period, what it brought, and why it enters no number; None: it does."""

    standing: Standing
    step: Step | None
    why: str | None


def new_jobs(scope: Scope) -> Figure:
    """Answer I14: gross new jobs, each woman once. Source: F31, A7, domain model 4."""
    ledger = jobs.read_ledger(scope.programme)
    said = list(_said(scope, ledger))
    counted = [(one.standing, one.step) for one in said if one.step and one.why is None]
    kinds = dict.fromkeys((kind.value for kind in TARGET_KINDS), 0)
    halves: dict[str, int] = {}
    for standing, step in counted:
        kinds[standing.kind.value] += step.new.persons
        halves[step.half.key] = halves.get(step.half.key, 0) + step.new.persons
    persons = sum(step.new.persons for _standing, step in counted)
    workers = sum(step.new.workers for _standing, step in counted)
    apart: dict[str, int] = {}
    for one in said:
        if one.why is not None:
            apart[one.why] = apart.get(one.why, 0) + 1
    breakdown: Json = {
        "part": {"workers": workers, "members": persons - workers},
        "kind": kinds,
        "half_year": dict(sorted(halves.items())),
        "counted": {"organisations": len({step.organisation_id for _standing, step in counted})},
        "apart": apart,
    }
    # Where nobody counted there is no zero.
    return number_of("I14", persons if counted else None, breakdown, _rows(said))


def _said(scope: Scope, ledger: Ledger) -> Iterator[_Said]:
    for half in sorted({half for halves in ledger.counts.values() for half in halves}):
        if not max(scope.from_on, scope.programme.starts_on) <= half.last_on <= scope.to_on:
            continue
        standings = [halves[half] for halves in ledger.counts.values() if half in halves]
        ids = [standing.organisation_id for standing in standings]
        rule = classification.get_rule(scope.programme.women_led_rule)
        led = classification.classes_on(ids, rule, half.last_on)
        seated = _seated(scope, ids, half)
        for standing in standings:
            step = ledger.steps.get((standing.organisation_id, half))
            why = None if step and step.has_baseline else "no_baseline" if step else "unverified"
            yield _Said(standing, step, _out_of_scope(standing, ledger, led, seated) or why)


def _out_of_scope(
    standing: Standing, ledger: Ledger, led: dict[int, bool | None], seated: set[int]
) -> str | None:
    id_ = standing.organisation_id
    if standing.kind not in TARGET_KINDS:
        # The entry that was kept may be of another kind than the one that was counted.
        return "other_kind"
    if (id_, standing.count.half_year) in ledger.gone:
        return "gone"
    if not led[id_]:
        return "unknown" if led[id_] is None else "not_women_led"
    return None if id_ in seated else "elsewhere"


def _seated(scope: Scope, ids: list[int], half: HalfYear) -> set[int]:
    asked = select(Organisation.id).where(Organisation.id.in_(ids), scope.holds_seats(half.last_on))
    return set(db.session.scalars(asked))


def _rows(said: list[_Said]) -> list[Row]:
    """Answer a row for each organisation that counts, and for each reason why it does not."""
    grouped: dict[tuple[int, str | None], list[_Said]] = defaultdict(list)
    for one in said:
        grouped[one.standing.organisation_id, one.why].append(one)
    return [
        Row("organisation", id_, _facts(several, why)) for (id_, why), several in grouped.items()
    ]


def _facts(several: list[_Said], why: str | None) -> Json:
    last = several[-1].standing
    facts: Json = {
        "part": (Part.COUNTED if why is None else Part.APART).value,
        "kind": last.kind.value,
        "jobs": last.jobs.persons,
        "half_years": [one.standing.count.half_year.key for one in several],
    }
    if why is not None:
        return facts | {"why": why}
    steps = [one.step for one in several if one.step]
    persons = sum(step.new.persons for step in steps)
    workers = sum(step.new.workers for step in steps)
    return facts | {
        "baseline": steps[0].known.persons,
        "increment": persons,
        "workers": workers,
        "members": persons - workers,
    }
