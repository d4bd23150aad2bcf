"""What pages call the ways in which communication work reaches people."""

from coopevents.i18n import _l
from coopevents.outcomes.reach.models import ReachChannel

CHANNEL_NAMES = {
    ReachChannel.ARTICLE: _l("Article"),
    ReachChannel.BROADCAST: _l("Broadcast"),
    ReachChannel.SOCIAL_NETWORK: _l("Social network"),
    ReachChannel.LEAFLET: _l("Leaflet"),
    ReachChannel.TALK: _l("Talk"),
    ReachChannel.LOUDSPEAKER: _l("Loudspeaker"),
    ReachChannel.OTHER: _l("Other"),
}
