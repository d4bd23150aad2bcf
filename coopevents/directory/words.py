"""What pages call the states, numbers and rules of organisations."""

from coopevents.directory.checks import REGISTRATION, TAX
from coopevents.directory.models import OrganisationStatusKind
from coopevents.i18n import _l

STATUS_NAMES = {
    OrganisationStatusKind.OPERATING: _l("Operating"),
    OrganisationStatusKind.SUSPENDED: _l("Suspended"),
    OrganisationStatusKind.STOPPED: _l("Stopped"),
    OrganisationStatusKind.DISSOLVED: _l("Dissolved"),
}

SCHEME_NAMES = {REGISTRATION: _l("Registration number"), TAX: _l("Tax code")}

RULE_NAMES = {
    "WOMEN_HEADED": _l("headed by a woman (làm chủ)"),
    "WOMEN_IN_MANAGEMENT": _l("women in its management (tham gia quản lý)"),
    "MANAGED_AND_OPERATED": _l("managed and operated by women (quản lý, điều hành)"),
}
"""The three terms of the programme's text, by the names of their rules."""
