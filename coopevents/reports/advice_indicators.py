"""I21: the advice cases that were opened, closed and led to a founding.

How they count is said in words in `coopevents/data/indicator-rules.yaml` and, with the edge
cases, in `docs/counting-rules.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from coopevents.accounts.models import HostBody
from coopevents.db import Json, db
from coopevents.outcomes.advice import counting as advice
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    Founding,
    Move,
    Outcome,
    Purpose,
)
from coopevents.reports.figures import Figure, Part, Row, Scope, number_of


@dataclass(frozen=True)
class _Case:
    """A case of which something lies in the days asked for."""

    id: int
    body: str
    purpose: Purpose
    opened_on: date
    closed_on: date | None
    """When it was closed, if it stood closed on the last day asked for."""
    outcome: Outcome | None
    founded_on: date | None
    """The legal day of what it led to, unless that was taken back."""


def advice_cases(scope: Scope) -> Figure:
    """Answer I21: cases by the day of their first contact. Source: F10, F27, domain model 4."""
    begin = max(scope.from_on, scope.programme.starts_on)
    did = {case: _did(case, begin, scope.to_on) for case in _cases(scope, begin)}
    counts: Json = {"did": _count(did.values())}
    for dimension in ("body", "purpose"):
        keys = sorted({getattr(case, dimension) for case in did})
        counts[dimension] = {
            str(key): _count(d for case, d in did.items() if getattr(case, dimension) == key)
            for key in keys
        }
    opened = counts["did"]["opened"]
    return number_of("I21", opened, counts, [_row(case, told) for case, told in did.items()])


ACTS = ("opened", "closed", "led_to_founding")


def _did(case: _Case, begin: date, end: date) -> list[str]:
    """Answer what of the case lies within the days."""
    days = zip(ACTS, (case.opened_on, case.closed_on, case.founded_on), strict=True)
    return [act for act, day in days if day is not None and begin <= day <= end]


def _count(several: Any) -> dict[str, int]:
    told = list(several)
    return {act: sum(act in did for did in told) for act in ACTS}


def _cases(scope: Scope, begin: date) -> list[_Case]:
    # A case taken up again by the last day stands open on it, however often it was closed before.
    last = (
        select(func.max(AdviceMove.id))
        .where(AdviceMove.case_id == AdviceCase.id, AdviceMove.moved_on <= scope.to_on)
        .correlate(AdviceCase)
        .scalar_subquery()
    )
    closing = AdviceMove.move == Move.CLOSED
    rows: Sequence[Any] = db.session.execute(
        select(
            AdviceCase.id,
            HostBody.key,
            AdviceCase.purpose,
            AdviceCase.opened_on,
            AdviceMove.moved_on,
            AdviceMove.outcome,
            Founding.registered_on,
        )
        .join(HostBody, HostBody.id == AdviceCase.body_id)
        .outerjoin(AdviceMove, (AdviceMove.id == last) & closing)
        .outerjoin(Founding, (Founding.case_id == AdviceCase.id) & advice.stands())
        .where(
            AdviceCase.programme_id == scope.programme.id,
            or_(
                AdviceCase.opened_on.between(begin, scope.to_on),
                AdviceMove.moved_on.between(begin, scope.to_on),
                Founding.registered_on.between(begin, scope.to_on),
            ),
        )
        .order_by(AdviceCase.opened_on, AdviceCase.id)
    ).all()
    return [_Case(*row) for row in rows]


def _row(case: _Case, did: list[str]) -> Row:
    opened = "opened" in did
    facts: Json = {
        "part": (Part.COUNTED if opened else Part.APART).value,
        "purpose": case.purpose.value,
        "body": case.body,
        "opened_on": case.opened_on.isoformat(),
        "did": did,
    }
    if case.closed_on is not None and case.outcome is not None:
        facts |= {"closed_on": case.closed_on.isoformat(), "outcome": case.outcome.value}
    if case.founded_on is not None:
        facts["founded_on"] = case.founded_on.isoformat()
    if not opened:
        facts["why"] = "opened_before"
    return Row("advice_case", case.id, facts)
