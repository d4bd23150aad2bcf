"""A budget without what was spent: what an activity held again takes over."""

from coopevents.budgets import queries, rates, service
from coopevents.budgets.models import FundSource, PaidFor
from coopevents.budgets.rates import RatePlan
from coopevents.budgets.service import LinePlan
from coopevents.db import Json
from coopevents.directory.models import PostKind
from coopevents.events.models import Event

OF_A_LINE = ("item", "source_name", "quantity", "unit", "planned")


def describe(event: Event) -> Json:
    """Answer what was planned to be paid, and what participants are paid, as plain JSON."""
    return {
        "lines": [
            {
                **{name: getattr(one.line, name) for name in OF_A_LINE},
                "source": one.line.source.value,
            }
            for one in queries.list_lines(event)
        ],
        "rates": [
            {
                "paid_for": rate.paid_for.value,
                "post_kind": rate.post_kind.value if rate.post_kind else None,
                "value": rate.value,
            }
            for rate in queries.list_rates(event)
        ],
    }


def write(event: Event, said: Json) -> None:
    """Write the lines and rates of the outline into the budget of the event."""
    for line in said["lines"]:
        service.add_line(event, LinePlan(**{**line, "source": FundSource(line["source"])}))
    for rate in said["rates"]:
        post = PostKind(rate["post_kind"]) if rate["post_kind"] else None
        rates.add_rate(event, RatePlan(PaidFor(rate["paid_for"]), post, rate["value"]))
