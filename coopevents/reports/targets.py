"""How far each target is: this period, since the programme began, what is missing, what pace.

Nothing is stored here and nothing is added up: what was reached since the beginning is counted
over the whole stretch by the same indicator.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal

from coopevents import clock
from coopevents.directory.models import OrganisationKind
from coopevents.i18n import _, day, number, share, stretch, translated
from coopevents.programme import queries as programmes
from coopevents.programme.models import ReportPeriod, Target, TargetKind
from coopevents.reports import indicators
from coopevents.reports.figures import Figure, Scope
from coopevents.reports.rules import RULES, Rule

ORDER = ("I1", "I12", "I13", "I14", "I8")
"""The cards in the order the programme's text names its promises; other targets follow."""

YEAR_DAYS = Decimal("365.25")
GROUPS = (OrganisationKind.COOPERATIVE_GROUP, OrganisationKind.LINKED_GROUP)


@dataclass(frozen=True)
class Standing:
    """A target, and how far it is at the end of a period or today, whichever comes first.

    `now` and `total` are None while no room counts the indicator yet: not counted is not zero.
    """

    target: Target
    period: ReportPeriod
    on: date
    rule: Rule | None
    now: Figure | None
    total: Figure | None

    @property
    def reached(self) -> Decimal | None:
        """What is compared with the target: this period's for a yearly one, else the total."""
        figure = self.now if self.target.per_year else self.total
        return figure.value if figure else None

    @property
    def missing(self) -> Decimal | None:
        """How much is missing to the target, or to the least of a range; never below zero."""
        if self.reached is None:
            return None
        return max(self.target.lower_value - self.reached, Decimal(0))

    @property
    def missing_told(self) -> str:
        """What is missing in words; to a target that says about, it is about so many."""
        if self.missing is None:
            return "—"
        if self._is_share:
            return share(self.missing)
        if self.target.kind is TargetKind.ABOUT and self.missing:
            return _("about %(number)s", number=number(self.missing))
        return number(self.missing)

    @property
    def is_over_plan(self) -> bool:
        """Whether more was done than the range promises: that is met, and said."""
        upper = self.target.upper_value
        return self.reached is not None and upper is not None and self.reached > upper

    @property
    def pace_needed(self) -> Decimal | None:
        """How many a year from now on until the due day, rounded up to a tenth.

        None for shares and yearly targets, for what is met, and once the day is over.
        """
        if self.missing is None or not self.missing or not self._has_pace:
            return None
        return _a_year(self.missing, self.on, self.target.due_on)

    @property
    def pace_so_far(self) -> Decimal | None:
        """How many a year there were since the programme began."""
        if self.reached is None or not self._has_pace:
            return None
        return _a_year(self.reached, self.period.programme.starts_on, self.on)

    @property
    def _has_pace(self) -> bool:
        return not self.target.per_year and self.target.kind is not TargetKind.PERCENT

    @property
    def wanted(self) -> str:
        """The target as it was promised: 10; 2–3; about 650; 100 %."""
        lower, upper = self.target.lower_value, self.target.upper_value
        if self.target.kind is TargetKind.PERCENT:
            return share(lower)
        if self.target.kind is TargetKind.ABOUT:
            return _("about %(number)s", number=number(lower))
        if upper is not None:
            return stretch(number(lower), number(upper))
        return number(lower)

    @property
    def sentence(self) -> str:
        """The standing in a sentence ready to be spoken."""
        text = translated(self.target.text)
        if self.reached is None:
            return _("%(target)s: not counted yet.", target=text)
        told = share(self.reached) if self._is_share else number(self.reached)
        return _(
            "As of %(day)s: %(done)s of %(wanted)s. Target: %(target)s.",
            day=day(self.on),
            done=told,
            wanted=self.wanted,
            target=text,
        )

    @property
    def _is_share(self) -> bool:
        return self.target.kind is TargetKind.PERCENT


def standings(period: ReportPeriod) -> list[Standing]:
    """Answer how far each target in force is, in the order the programme promises them."""
    programme = period.programme
    on = min(clock.today(), period.to_on)
    so_far = Scope(programme, programme.starts_on, period.to_on)
    found = [
        Standing(
            target=target,
            period=period,
            on=on,
            rule=RULES.get(target.indicator),
            now=_computed(target.indicator, Scope.of(period)),
            total=_computed(target.indicator, so_far),
        )
        for target in programmes.targets_on(programme, on)
    ]
    return sorted(found, key=_place)


def lacks_groups(period: ReportPeriod) -> bool:
    """Whether no women-led group stands in the register on the period's last day."""
    group = indicators.target_group(Scope.of(period), min(clock.today(), period.to_on))
    return not any(kind in GROUPS for kind in group.values())


def _computed(code: str, scope: Scope) -> Figure | None:
    return indicators.compute(code, scope) if code in indicators.INDICATORS else None


def _place(standing: Standing) -> tuple[int, str]:
    code = standing.target.indicator
    return (ORDER.index(code) if code in ORDER else len(ORDER), code)


def _a_year(number_of: Decimal, since: date, until: date) -> Decimal | None:
    days = (until - since).days
    if days <= 0:
        return None
    pace = number_of * YEAR_DAYS / days
    return pace.quantize(Decimal("0.1"), rounding=ROUND_UP)
