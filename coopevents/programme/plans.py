"""What somebody enters of a programme, on a page or in a file, and what is wrong with it alone.

Each plan has the names of the columns it becomes. `problems()` answers what can be said of it
without looking at anything else: the field and the sentence.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from string import Formatter

from coopevents import names
from coopevents.db import Json, Translated
from coopevents.directory import classification
from coopevents.i18n import _, day
from coopevents.programme.models import PeriodKind, TargetKind

Problems = dict[str, str]

INDICATOR = re.compile(r"I\d{1,2}[a-z]?")
KEY = re.compile(r"[a-z][a-z0-9_-]{0,59}")
LARGEST = Decimal(10**9)
YEARS = range(2000, 2101)
SIGN_PREFIXES = ("TM.", "KT.", "TL.", "TUQ.", "Q.")
"""How a signature begins that is given on behalf of, acting for, or by order of somebody."""

HONORIFICS = ("ông", "bà", "đồng chí", "đ/c", "đ.c", "mr", "mr.", "mrs", "mrs.", "ms", "ms.")


@dataclass(frozen=True)
class ProgrammeFacts:
    """What is said of the programme itself."""

    name: Translated
    signed_on: date
    starts_on: date
    ends_on: date
    territory_id: int
    women_led_rule: str

    def problems(self) -> Problems:
        """Answer what is wrong with it."""
        found = {}
        if self.ends_on <= self.starts_on:
            found["ends_on"] = _("The programme ends after it begins.")
        if self.women_led_rule not in classification.RULES:
            found["women_led_rule"] = _(
                "There is no counting rule %(name)s.", name=self.women_led_rule
            )
        return found


@dataclass(frozen=True)
class BodyNamePlan:
    """What a body is called, and how its documents are headed, numbered and signed."""

    name: Translated
    abbreviation: str
    heading: list[str]
    number_pattern: str
    place: str
    signers: list[Json]

    def problems(self) -> Problems:
        """Answer what is wrong with it."""
        found = {}
        if not self.heading:
            found["heading"] = _("A document is headed by at least one line.")
        wrong = pattern_problem(self.number_pattern)
        if wrong:
            found["number_pattern"] = wrong
        wrong = next(filter(None, map(signer_problem, self.signers)), None)
        if wrong or not self.signers:
            found["signers"] = wrong or _("Somebody signs a document.")
        return found


def pattern_problem(pattern: str) -> str | None:
    """Answer why documents cannot be numbered by the pattern."""
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError:
        return _("A brace is open or left over in the pattern.")
    fields = [name for _text, name, _spec, _conversion in parts if name is not None]
    if any(spec or conversion for _text, _name, spec, conversion in parts):
        return _("Only {number} and {year} may stand in braces.")
    if not set(fields) <= {"number", "year"}:
        return _("Only {number} and {year} may stand in braces.")
    if fields.count("number") != 1 or fields.count("year") > 1:
        return _("{number} stands in the pattern once, and {year} at most once.")
    return None


def numbered(pattern: str, number: str, year: int) -> str:
    """Answer the number of a document by the pattern: Số: 15/BC-HLHPN."""
    return pattern.format(number=number, year=year)


def signer_problem(signer: Json) -> str | None:
    """Answer why a signature cannot read so: an unknown prefix, no title, an honorific."""
    if signer["prefix"] and not signer["prefix"].startswith(SIGN_PREFIXES):
        return _(
            "A signature begins with one of %(prefixes)s or with the title.",
            prefixes=", ".join(SIGN_PREFIXES),
        )
    if not signer["title"]:
        return _("Say in what post somebody signs.")
    name = names.clean(signer["name"]).lower() + " "
    if name.startswith(tuple(f"{word} " for word in HONORIFICS)):
        return _("A signature carries no honorific: give the name alone.")
    return None


def number_problem(value: Decimal, most: Decimal, *, whole: bool) -> str | None:
    """Answer why it is no number of a target or a baseline.

    "1.146" is 1146 to whoever writes it and 1.146 to a machine, so it is refused, not guessed.
    """
    if not (value.is_finite() and 0 <= value <= most):
        return _("A number from 0 to %(most)s is wanted.", most=f"{most:f}")
    if whole and value != value.to_integral_value():
        return _("A whole number is wanted, without points or commas: 1146.")
    return None


@dataclass(frozen=True)
class TargetPlan:
    """A version of what is to be reached."""

    indicator: str
    kind: TargetKind
    lower_value: Decimal
    upper_value: Decimal | None
    per_year: bool
    due_on: date
    effective_on: date
    territory_id: int
    document: str | None
    text: Translated

    def problems(self) -> Problems:
        """Answer what is wrong with it."""
        found = {}
        if not INDICATOR.fullmatch(self.indicator):
            found["indicator"] = _("An indicator is named like I12.")
        most = Decimal(100) if self.kind is TargetKind.PERCENT else LARGEST
        whole = self.kind is not TargetKind.PERCENT
        wrong = number_problem(self.lower_value, most, whole=whole)
        if wrong:
            found["lower_value"] = wrong
        if self.kind is TargetKind.RANGE and self.upper_value is None:
            found["upper_value"] = _("A range has an upper end.")
        elif self.kind is not TargetKind.RANGE and self.upper_value is not None:
            found["upper_value"] = _("Only a range has an upper end.")
        elif self.upper_value is not None:
            wrong = number_problem(self.upper_value, most, whole=whole)
            if wrong or self.upper_value < self.lower_value:
                found["upper_value"] = wrong or _("The upper end is not below the lower one.")
        if self.due_on < self.effective_on:
            found["due_on"] = _("A target is due after it takes effect.")
        return found


@dataclass(frozen=True)
class BaselinePlan:
    """A figure that was reported before the programme began."""

    key: str
    value: Decimal | None
    text: Translated
    territory_id: int
    as_of: date

    def problems(self) -> Problems:
        """Answer what is wrong with it."""
        found = {}
        if not KEY.fullmatch(self.key):
            found["key"] = _("A key is made of small letters, figures, - and _.")
        if self.value is not None and (wrong := number_problem(self.value, LARGEST, whole=True)):
            found["value"] = wrong
        return found


@dataclass(frozen=True)
class ActivityPlan:
    """An activity promised for a year."""

    year: int
    month: int | None
    kind: str
    title: str
    host_body_id: int | None
    place: str | None
    seats: int | None

    def problems(self) -> Problems:
        """Answer what is wrong with it."""
        found = {}
        if self.year not in YEARS:
            found["year"] = _("Give the year with four figures.")
        if self.month is not None and not 1 <= self.month <= 12:
            found["month"] = _("A month is a number from 1 to 12.")
        if self.seats is not None and not 1 <= self.seats <= 100_000:
            found["seats"] = _("A number from 1 to %(most)s is wanted.", most=100_000)
        return found


@dataclass(frozen=True)
class PeriodPlan:
    """A stretch of days a report is owed for; both days belong to it."""

    kind: PeriodKind
    label: str
    from_on: date
    to_on: date

    def problems(self) -> Problems:
        """Answer what is wrong with it."""
        if self.to_on < self.from_on:
            return {"to_on": _("The period ends before it begins.")}
        return {}


def set_problems(periods: Sequence[PeriodPlan]) -> list[Problems]:
    """Answer, for each of the periods, how it overlaps another or leaves a gap before it.

    The sentence offers the right day. Spans may lie as they like.
    """
    found: list[Problems] = [{} for _period in periods]
    order = sorted(range(len(periods)), key=lambda n: (periods[n].kind, periods[n].from_on))
    for kind, places in groupby(order, key=lambda n: periods[n].kind):
        if kind is not PeriodKind.SPAN:
            for before, place in pairwise(places):
                wrong = _seam_problem(periods[before], periods[place])
                if wrong:
                    found[place]["from_on"] = wrong
    labels: dict[tuple[PeriodKind, str], int] = {}
    for place, period in enumerate(periods):
        if labels.setdefault((period.kind, period.label), place) != place:
            found[place]["label"] = _(
                "Another period of this kind is called %(label)s.", label=period.label
            )
    return found


def _seam_problem(before: PeriodPlan, after: PeriodPlan) -> str | None:
    right = before.to_on + timedelta(days=1)
    if after.from_on == right:
        return None
    said = {"before": before.label, "end": day(before.to_on), "right": day(right)}
    if after.from_on < right:
        return _("It overlaps %(before)s, which ends on %(end)s: it begins on %(right)s.", **said)
    return _(
        "It leaves a gap after %(before)s, which ends on %(end)s: it begins on %(right)s.", **said
    )


def lines(texts: Iterable[str]) -> list[str]:
    """Answer the texts clean and without empty ones."""
    return [clean for text in texts if (clean := names.clean(text))]
