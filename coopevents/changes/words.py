"""Changes in the words of a reader."""

from coopevents.changes.consequences import Why
from coopevents.changes.models import ChangeKind
from coopevents.directory.models import Channel
from coopevents.i18n import _l

KIND_WORDS = {
    ChangeKind.PUBLISHED: _l("Published"),
    ChangeKind.POSTPONED: _l("Postponed"),
    ChangeKind.SESSION_MOVED: _l("A session moved"),
    ChangeKind.PLACE_CHANGED: _l("Held elsewhere"),
    ChangeKind.SESSION_CANCELLED: _l("A session cancelled"),
    ChangeKind.CANCELLED: _l("Cancelled"),
    ChangeKind.CLOSED: _l("Closed"),
}

WHY_WORDS = {
    Why.OTHER_CHANNEL: _l("was told another way"),
    Why.NO_EMAIL: _l("was sent no e-mail"),
    Why.NOT_ARRIVED: _l("no e-mail arrived"),
    Why.UNUSABLE: _l("its e-mail address takes no more mail"),
}

CHANNEL_WORDS = {
    Channel.EMAIL: _l("e-mail"),
    Channel.PHONE: _l("phone"),
    Channel.ZALO: _l("Zalo"),
    Channel.PAPER: _l("letter"),
    Channel.COMMUNE_UNION: _l("the commune's Union"),
}
