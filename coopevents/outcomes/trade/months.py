"""Months after a fair: when an organisation is called, and how long ago that was."""

import calendar
from datetime import date

MONTHS = (0, 3, 6, 12)
"""So many months after the last held session an organisation is called."""


def add_months(day: date, months: int) -> date:
    """Answer the same day so many months later, or the last day of a month that has no such."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def months_between(earlier: date, later: date) -> int:
    """Answer how many whole months lie between, by the same rule; never fewer than none."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return max(months if add_months(earlier, months) <= later else months - 1, 0)
