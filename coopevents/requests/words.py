"""What pages call the states of a request."""

from coopevents.i18n import _l
from coopevents.requests.models import RequestState

STATE_NAMES = {
    RequestState.WAITING: _l("To be decided"),
    RequestState.APPROVED: _l("Approved"),
    RequestState.DECLINED: _l("Refused"),
    RequestState.LAPSED: _l("Not decided in time"),
}

STATE_TONES = {
    RequestState.WAITING: "wait",
    RequestState.APPROVED: "good",
    RequestState.DECLINED: "bad",
    RequestState.LAPSED: "quiet",
}
