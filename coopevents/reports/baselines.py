"""What was reported before the programme began, beside what the register tells now."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.directory import classification
from coopevents.directory.figures import register_stats
from coopevents.programme.models import Baseline, Programme
from coopevents.territory import scope
from coopevents.territory.scope import Territory


@dataclass(frozen=True)
class Compared:
    """A baseline, and the figure of the same name now."""

    baseline: Baseline
    now: int | None
    """None for what the register does not count."""
    is_comparable: bool
    """Whether both are of one territory."""
    growth: Decimal | None
    """In percent; None across territories."""

    @property
    def territory(self) -> str:
        """The province the baseline is of, as a page calls it."""
        return scope.told(self.baseline.territory)


def compare(programme: Programme, day: date, territory: Territory) -> list[Compared]:
    """Answer each baseline with the register's figure of the day, in the territory chosen."""
    here = scope.province(programme.territory, territory, day)
    now = _figures(programme, day, territory)
    return [
        Compared(
            baseline=baseline,
            now=now.get(baseline.key),
            is_comparable=scope.comparable(here, baseline.territory),
            growth=scope.growth(
                now.get(baseline.key), baseline.value, here=here, there=baseline.territory
            ),
        )
        for baseline in db.session.scalars(
            select(Baseline)
            .where(Baseline.programme_id == programme.id)
            .options(joinedload(Baseline.territory))
            .order_by(Baseline.id)
        )
    ]


def _figures(programme: Programme, day: date, territory: Territory) -> dict[str, int]:
    rule = classification.get_rule(programme.women_led_rule)
    ground = scope.ground(programme.territory, territory, day)
    stats = register_stats(programme.register, day, rule, ground=ground)
    return {
        "cooperatives": stats.cooperatives.value,
        "groups": stats.groups.value,
        "women_led_cooperatives": stats.women_led_cooperatives.value,
        "ocop_cooperatives": stats.ocop_cooperatives.value,
        "ocop_women_led": stats.ocop_women_led.value,
    }
