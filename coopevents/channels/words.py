"""Channels in the words of a reader."""

from coopevents.channels.calling import WhyCall
from coopevents.directory.models import Channel
from coopevents.i18n import _l
from coopevents.invitations.models import Reached, RoundKind

CHANNEL_NAMES = {
    Channel.EMAIL: _l("E-mail"),
    Channel.ZALO: _l("Zalo"),
    Channel.PHONE: _l("Phone"),
    Channel.COMMUNE_UNION: _l("Through the commune's Union"),
    Channel.PAPER: _l("Printed letter"),
}

WHY_CALL = {
    WhyCall.CALL_BACK: _l("Asked to be called again"),
    WhyCall.CHANGED: _l("Has to be told of a change"),
    WhyCall.MAIL_LOST: _l("The e-mail did not arrive"),
    WhyCall.BY_PHONE: _l("Is invited by phone"),
    WhyCall.SILENT: _l("Has not answered"),
}

OUTCOME_NAMES = {
    Reached.REACHED: _l("Told"),
    Reached.NO_ANSWER: _l("Nobody took the call"),
    Reached.WRONG_NUMBER: _l("Wrong number"),
    Reached.CALL_BACK: _l("Call again"),
    Reached.NOT_REACHED: _l("Not told after all"),
}

OUTCOME_TONES = {
    Reached.REACHED: "good",
    Reached.NO_ANSWER: "wait",
    Reached.WRONG_NUMBER: "bad",
    Reached.CALL_BACK: "wait",
    Reached.NOT_REACHED: "quiet",
}

ROUND_NAMES = {
    RoundKind.INVITATION: _l("Invitation"),
    RoundKind.REMINDER: _l("Reminder"),
    RoundKind.POSTPONEMENT: _l("Postponement"),
    RoundKind.CANCELLATION: _l("Cancellation"),
    RoundKind.CHANGE: _l("Change"),
}
