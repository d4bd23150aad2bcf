"""Changes in the words of a reader."""

from datetime import date

from coopevents.changes.consequences import Why
from coopevents.changes.models import ChangeKind
from coopevents.db import Json
from coopevents.directory.models import Channel
from coopevents.i18n import _l, day
from coopevents.invitations.models import Reached

KIND_WORDS = {
    ChangeKind.PUBLISHED: _l("Published"),
    ChangeKind.POSTPONED: _l("Postponed"),
    ChangeKind.SESSION_MOVED: _l("A session moved"),
    ChangeKind.PLACE_CHANGED: _l("Held elsewhere"),
    ChangeKind.SESSION_CANCELLED: _l("A session cancelled"),
    ChangeKind.CANCELLED: _l("Cancelled"),
    ChangeKind.CLOSED: _l("Closed"),
    ChangeKind.TOLD_AGAIN: _l("Told again"),
}

WHY_WORDS = {
    Why.OTHER_CHANNEL: _l("was told another way"),
    Why.NO_EMAIL: _l("was sent no e-mail"),
    Why.NOT_ARRIVED: _l("no e-mail arrived"),
    Why.STOPPED: _l("its e-mail was stopped before it left"),
    Why.UNUSABLE: _l("its e-mail address takes no more mail"),
}

CHANNEL_WORDS = {
    Channel.EMAIL: _l("e-mail"),
    Channel.PHONE: _l("phone"),
    Channel.ZALO: _l("Zalo"),
    Channel.PAPER: _l("letter"),
    Channel.COMMUNE_UNION: _l("the commune's Union"),
}

OUTCOME_WORDS = {
    Reached.REACHED: _l("told"),
    Reached.NOT_REACHED: _l("not told yet"),
    Reached.NO_ANSWER: _l("nobody took the call"),
    Reached.WRONG_NUMBER: _l("wrong number"),
    Reached.CALL_BACK: _l("is to be called again"),
}

SHOWN_NAMES = 20
"""So many names a list shows at once; the rest stand folded below it."""


def page_words() -> Json:
    """Answer what the template of consequences needs beside them."""
    return {
        "kinds": KIND_WORDS,
        "whys": WHY_WORDS,
        "channels": CHANNEL_WORDS,
        "most": SHOWN_NAMES,
        "as_day": lambda text: day(date.fromisoformat(text)) if text else "—",
    }
