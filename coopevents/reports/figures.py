"""What a figure is: a number, and the rows that made it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Self

from sqlalchemy import Select

from coopevents.attendance.counting import Rows
from coopevents.db import Json, db
from coopevents.directory import queries as directory
from coopevents.directory.models import OrganisationKind
from coopevents.programme.models import Programme, ReportPeriod
from coopevents.territory import scope
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.scope import Territory


class Part(StrEnum):
    """What a row did for its figure."""

    COUNTED = "counted"
    """It is in the value, or in the numerator and the denominator of a share."""
    BASE = "base"
    """It is in the denominator only."""
    APART = "apart"
    """It is in no number: a gap in the data, or a footnote."""


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
        ground = scope.ground(self.programme.territory, self.territory, self.to_on)
        return directory.operating(self.programme.register, on, kinds, ground=ground)


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
    """None where there is nothing to divide by."""
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


def percentage(numerator: int, denominator: int) -> Decimal | None:
    """Answer a share in percent; with nothing to divide by there is none, not 0 and not 100."""
    if denominator == 0:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(Decimal("1e-8"))
