"""Invited persons, for tests."""

from coopevents.directory.models import Person
from coopevents.events.models import Event
from coopevents.guests import choosing, service
from coopevents.guests.choosing import Picked
from coopevents.invitations.models import Invitation, InvitedAs
from coopevents.invitations.queries import list_invited


def invite_person(
    event: Event, person: Person, invited_as: InvitedAs = InvitedAs.OFFICIAL
) -> Invitation:
    """Invite her by e-mail where one reaches her, else by the best other way."""
    shown = choosing.preview(event, [Picked(person.id, invited_as)])
    by_hand = {guest.person.id: guest.channels[0] for guest in shown.by_hand}
    service.invite(event, shown, by_hand, "vi")
    return next(
        one.invitation for one in list_invited(event) if one.invitation.person_id == person.id
    )
