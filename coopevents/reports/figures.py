"""What a figure is: a number, and the rows that made it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Self

from sqlalchemy import ColumnElement, Select, Text, cast, select, true

from coopevents.attendance.counting import Rows
from coopevents.db import Day, Json, db
from coopevents.directory import queries as directory
from coopevents.directory.models import OrganisationKind
from coopevents.programme.models import Programme, ReportPeriod
from coopevents.reports.rules import RULES
from coopevents.territory import scope
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.scope import Territory

TARGET_KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
)
"""The kinds of organisation the programme is for; a union of cooperatives is none of them."""


class Part(StrEnum):
    """What a row did for its figure."""

    COUNTED = "counted"
    """It is in the value, or in the numerator and the denominator of a share."""
    BASE = "base"
    """It is in the denominator only."""
    APART = "apart"
    """It is in no number: a gap in the data, or a footnote."""
    DETAIL = "detail"
    """It is in the breakdown beside the value, not in the value."""


@dataclass(frozen=True)
class Scope:
    """What a figure is computed over: a programme, some days, and a territory.

    Both days belong to it.
    """

    programme: Programme
    from_on: date
    to_on: date
    territory: Territory = Territory.AS_IT_IS

    @classmethod
    def of(cls, period: ReportPeriod, territory: Territory = Territory.AS_IT_IS) -> Self:
        """Answer the scope of a report period."""
        return cls(period.programme, period.from_on, period.to_on, territory)

    @property
    def province(self) -> AdministrativeUnit:
        """The province the figures are about."""
        return scope.province(self.programme.territory, self.territory, self.to_on)

    def operating(self, on: date, kinds: Collection[OrganisationKind]) -> Select[int]:
        """Answer the ids of the organisations of the territory that were operating on the day."""
        return directory.operating(self.programme.register, on, kinds, ground=self._ground)

    def holds_seats(self, on: Day) -> ColumnElement[bool]:
        """Answer the condition that an organisation had its seat in the territory on the day."""
        ground = self._ground
        return true() if ground is None else directory.seated_on(ground, on)

    @cached_property
    def _ground(self) -> Select[int] | None:
        # Made once: a statement that asks of it twice must find one table of it.
        return scope.ground(self.programme.territory, self.territory, self.to_on)


@dataclass(frozen=True)
class Row:
    """One row behind a figure: what kind of thing, its id, and why it counts. No personal name."""

    kind: str
    row_id: int
    facts: Json


@dataclass(frozen=True)
class Figure:
    """A number as one rule counts it now.

    `rows` is the statement that answers kind, row_id and facts of every row behind it, or those
    rows themselves. Each row's facts say in `part` what it did.
    """

    code: str
    rule_version: int
    value: Decimal | None
    """None where there is nothing to divide by, or nobody counted anything."""
    numerator: int | None
    denominator: int | None
    breakdown: Json
    rows: Rows | list[Row]

    def list_rows(self) -> Iterator[Row]:
        """Answer the rows behind the figure."""
        if isinstance(self.rows, list):
            yield from self.rows
        else:
            for kind, row_id, facts in db.session.execute(self.rows):
                yield Row(kind, row_id, facts)

    def page(self, first: int, limit: int) -> list[Row]:
        """Answer at most `limit` of the rows behind the figure, from the row number `first` on."""
        # Whole rows are the order: no column tells two rows of every figure apart.
        if isinstance(self.rows, list):
            ordered = sorted(self.rows, key=lambda row: (row.kind, row.row_id, str(row.facts)))
            return ordered[first : first + limit]
        found = self.rows.subquery()
        asked = select(found).order_by(found.c.kind, found.c.row_id, cast(found.c.facts, Text))
        rows = db.session.execute(asked.offset(first).limit(limit))
        return [Row(kind, row_id, facts) for kind, row_id, facts in rows]


def number_of(code: str, number: int | None, breakdown: Json, rows: Rows | list[Row]) -> Figure:
    """Answer the figure of a rule that counts; None: nobody counted, which is not zero."""
    value = None if number is None else Decimal(number)
    return Figure(code, RULES[code].version, value, None, None, breakdown, rows)


def share_of(
    code: str, numerator: int, denominator: int, breakdown: Json, rows: Rows | list[Row]
) -> Figure:
    """Answer the figure of a rule that divides."""
    value = percentage(numerator, denominator)
    return Figure(code, RULES[code].version, value, numerator, denominator, breakdown, rows)


def percentage(numerator: int, denominator: int) -> Decimal | None:
    """Answer a share in percent; with nothing to divide by there is none, not 0 and not 100."""
    if denominator == 0:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("1e-8"))


def tally(words: Iterable[str]) -> dict[str, int]:
    """Answer how often each word comes, in the order in which they first do."""
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found
