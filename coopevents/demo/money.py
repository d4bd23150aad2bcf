"""What an activity of the demo was to cost, what was paid, and what participants are paid."""

import random
from dataclasses import dataclass
from datetime import timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.budgets import queries, rates, service
from coopevents.budgets.models import FundSource, PaidFor
from coopevents.budgets.rates import RatePlan
from coopevents.budgets.service import LinePlan, Payment
from coopevents.demo.activities import at, submission
from coopevents.directory.models import PostKind
from coopevents.events import queries as events
from coopevents.events.models import Event


@dataclass(frozen=True)
class Line:
    """A line of the budget, and what was paid of it; None: nothing yet."""

    plan: LinePlan
    paid: int | None = None


STATE, OWN = FundSource.STATE_BUDGET, FundSource.BODY_FUNDS
HANDOUTS = LinePlan(OWN, "In tài liệu", "Hội LHPN tỉnh", 60, "bộ", 3_000_000)

SETTLED = (
    Line(LinePlan(STATE, "Thù lao giảng viên", "Sở Tài chính", 4, "buổi", 6_000_000), 6_000_000),
    Line(LinePlan(STATE, "Hỗ trợ tiền ăn học viên", "Sở Tài chính", 60, "suất", 9_000_000)),
    Line(HANDOUTS, 2_850_000),
    Line(
        LinePlan(FundSource.SPONSOR, "Nước uống, giải khát", "HTX chè xanh (mẫu) Thu Cúc"), 720_000
    ),
)
AHEAD = (
    Line(LinePlan(STATE, "Thuê hội trường, âm thanh", "Sở Tài chính", 2, "ngày", 5_000_000)),
    Line(HANDOUTS, 1_500_000),
)


def settle(event: Event, officer: Actor, dice: random.Random) -> None:
    """Let the activity have a budget, what was paid of it, and rates for who came."""
    first, *_between, last = [session.held_on for session in events.list_sessions(event)]
    with clock.as_if(at(first - timedelta(days=25), 10)), acting(officer):
        rates.add_rate(event, RatePlan(PaidFor.DAY, None, 150_000))
        rates.add_rate(event, RatePlan(PaidFor.TRAVEL, PostKind.MEMBER, 50_000))
    with clock.as_if(at(last + timedelta(days=6), 10)), acting(officer):
        write(event, SETTLED, dice)
        meals = LinePlan(STATE, "Giải khát giữa giờ", "Sở Tài chính", 120, "suất", 2_400_000)
        line = service.add_line(event, meals, submission(dice))
        wrong = service.spend(event, line, _payment(24_000_000, 9), submission(dice))
        standing = next(one for one in queries.list_spendings(event) if one.row is wrong)
        service.correct_spending(
            event, standing, line, _payment(2_400_000, 9), "Thừa một số 0", submission(dice)
        )


def write(event: Event, lines: tuple[Line, ...], dice: random.Random) -> None:
    """Put the lines into the budget, with what was paid of them today."""
    for number, line in enumerate(lines, start=1):
        written = service.add_line(event, line.plan, submission(dice))
        if line.paid is not None:
            service.spend(event, written, _payment(line.paid, number), submission(dice))


def _payment(value: int, number: int) -> Payment:
    return Payment(clock.today(), value, voucher=f"PC-{number:02}/{clock.today():%Y}")
