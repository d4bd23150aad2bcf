"""An activity to which some are invited by hand."""

from datetime import date

from coopevents import lifecycle
from coopevents.channels import choosing
from coopevents.channels.queries import Standing, list_standing
from coopevents.events.models import Event
from coopevents.invitations import audience
from coopevents.invitations.choice import Audience
from tests.event_factories import make_event

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
EVERYBODY = Audience(kinds=("cooperative",))


def invite_all(programme, event: Event | None = None, **channels: str) -> Event:
    """Invite everybody: by e-mail where there is one, else by the channel proposed or given.

    `channels` names the channel of all whom no e-mail reaches as `every`.
    """
    event = event or make_event(programme, sessions=SESSIONS)
    shown = audience.preview(event, EVERYBODY, seats=2)
    said = {
        f"channel-{one.organisation_id}": channels.get("every", one.best.value)
        for one in choosing.offer(shown)
    }
    lifecycle.invite_over_channels(event, shown, choosing.chosen(shown, said), "vi")
    return event


def standing_of(event: Event, name: str) -> Standing:
    """Answer where the invitee of that name stands."""
    return next(one for one in list_standing(event) if one.name == name)
