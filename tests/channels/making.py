"""An activity to which some are invited by hand."""

from datetime import date

from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.channels import choosing
from coopevents.channels.queries import Standing, list_standing
from coopevents.directory.models import Channel, Organisation
from coopevents.events.models import Event
from coopevents.lifecycle import inviting
from tests.event_factories import make_event
from tests.factories import make_contact_point, make_organisation

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
EVERYBODY = Audience(kinds=("cooperative",))


def make_four(programme) -> list[Organisation]:
    """Enter one organisation for each way: e-mail, Zalo, phone, and nothing but a letter."""
    by_mail = make_organisation(programme, name="HTX Bưởi", email="buoi@coop.example")
    by_zalo = make_organisation(programme, name="HTX Chè", email=None)
    by_phone = make_organisation(programme, name="HTX Mía", email=None)
    by_letter = make_organisation(programme, name="HTX Rau", email=None)
    make_contact_point(by_zalo, Channel.ZALO, "+84912000111")
    make_contact_point(by_phone, Channel.PHONE, "+84912000222")
    return [by_mail, by_zalo, by_phone, by_letter]


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
    inviting.invite_over_channels(event, shown, choosing.chosen(shown, said), "vi")
    return event


def standing_of(event: Event, name: str) -> Standing:
    """Answer where the invitee of that name stands."""
    return next(one for one in list_standing(event) if one.name == name)
