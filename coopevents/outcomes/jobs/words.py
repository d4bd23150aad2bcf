"""What pages call where a count of jobs came from, and how far it is."""

from enum import StrEnum

from coopevents.i18n import _l
from coopevents.outcomes.jobs.models import CountSource


class CountState(StrEnum):
    """How far a half-year's count of an organisation is."""

    MISSING = "missing"
    UNVERIFIED = "unverified"
    VERIFIED = "verified"


STATE_NAMES = {
    CountState.MISSING: _l("missing"),
    CountState.UNVERIFIED: _l("not verified"),
    CountState.VERIFIED: _l("verified"),
}

SOURCE_NAMES = {
    CountSource.OWN_REPORT: _l("Own report of the organisation"),
    CountSource.VISIT: _l("Visit"),
    CountSource.OFFICIAL_LIST: _l("Tax or insurance list"),
    CountSource.IMPORT: _l("Import"),
    CountSource.OTHER: _l("Other source"),
}
