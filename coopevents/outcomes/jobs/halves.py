"""Half-years as reports have them: the one place that knows on which days they begin and end.

Source: Decree 09/2019, article 12 (domain model, section 2.6).
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from coopevents.i18n import _

ENDS = {1: (6, 14), 2: (12, 14)}
"""Month and day on which the first and the second half of a year end."""

DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class HalfYear:
    """A half of a report year: from 15/12 to 14/06, or from 15/06 to 14/12."""

    year: int
    half: int

    @classmethod
    def of(cls, day: date) -> Self:
        """Answer the half-year the day lies in."""
        for half in (1, 2):
            if day <= date(day.year, *ENDS[half]):
                return cls(day.year, half)
        return cls(day.year + 1, 1)

    @classmethod
    def read(cls, key: str) -> Self | None:
        """Answer the half-year an address names, such as 2025-1; None for what names none."""
        found = re.fullmatch(r"(20\d\d)-([12])", key)
        return cls(int(found[1]), int(found[2])) if found else None

    @property
    def key(self) -> str:
        """How an address names it."""
        return f"{self.year}-{self.half}"

    @property
    def first_on(self) -> date:
        """Its first day."""
        return self.before.last_on + DAY

    @property
    def last_on(self) -> date:
        """Its last day, by which a count belongs to a report period."""
        return date(self.year, *ENDS[self.half])

    @property
    def before(self) -> Self:
        """The half-year before it."""
        cls = type(self)
        return cls(self.year - 1, 2) if self.half == 1 else cls(self.year, 1)

    @property
    def after(self) -> Self:
        """The half-year after it."""
        cls = type(self)
        return cls(self.year + 1, 1) if self.half == 2 else cls(self.year, 2)

    @property
    def label(self) -> str:
        """What it is called in the language spoken now."""
        if self.half == 1:
            return _("first half of %(year)s", year=self.year)
        return _("second half of %(year)s", year=self.year)


def ended_by(day: date) -> HalfYear:
    """Answer the last half-year that ended on the day or before it."""
    current = HalfYear.of(day)
    return current if current.last_on == day else current.before


def offered(starts_on: date, today: date) -> list[HalfYear]:
    """Answer the half-years of which jobs are counted, the latest first.

    The first is the last that ended before the programme: what was counted then is the baseline.
    """
    found = [ended_by(starts_on)]
    while found[-1] < HalfYear.of(today):
        found.append(found[-1].after)
    return found[::-1]
