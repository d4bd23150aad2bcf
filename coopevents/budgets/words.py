"""What pages and files call sources of money and allowances."""

from coopevents.budgets.models import FundSource, PaidFor
from coopevents.i18n import _l

SOURCE_NAMES = {
    FundSource.BODY_FUNDS: _l("The bodies' own funds"),
    FundSource.STATE_BUDGET: _l("State budget"),
    FundSource.SPONSOR: _l("Sponsors"),
    FundSource.PARTICIPANTS: _l("Participants' contributions"),
    FundSource.OTHER: _l("Other source"),
}

PAID_FOR_NAMES = {
    PaidFor.SESSION: _l("For each session attended"),
    PaidFor.DAY: _l("For each day attended"),
    PaidFor.TRAVEL: _l("Travel, once"),
}
