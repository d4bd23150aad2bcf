"""What a cooperative is told about its places: one message that lists everybody."""

from collections.abc import Sequence
from uuid import UUID

from coopevents.directory import queries as directory
from coopevents.directory.models import Channel, ContactPoint
from coopevents.events import telling
from coopevents.invitations import queries as invitations
from coopevents.invitations import service as invitation_service
from coopevents.invitations.models import Invitation
from coopevents.mail import service as mail
from coopevents.mail.models import Priority
from coopevents.registrations import queries
from coopevents.registrations.models import Registration


def confirm(invitation: Invitation, submission_id: UUID, locale: str) -> None:
    """Queue the confirmation of one answer: to the cooperative, and to delegates with an address.

    The key names the answer, so that a second, later answer is told again and the same one never.
    """
    _tell(invitation, "registration_confirmed", f"registration:{submission_id}", locale)


def tell_promoted(promoted: Sequence[Registration], submission_id: UUID, locale: str) -> None:
    """Queue a message to every cooperative one of whose delegates moved up the waiting list."""
    found = queries.invitations_of(list(promoted))
    for registration_id, invitation in found.items():
        key = f"promoted:{registration_id}:{submission_id}"
        _tell(invitation, "registration_promoted", key, locale)


def tell_lapsed(lapsed: Sequence[Registration], submission_id: UUID, locale: str) -> None:
    """Queue a message to every cooperative that lost a place it had not confirmed in time."""
    found = queries.invitations_of(list(lapsed))
    for invitation in {one.id: one for one in found.values()}.values():
        key = f"lapsed:{invitation.id}:{submission_id}"
        _tell(invitation, "registration_lapsed", key, locale, with_calendar=False)


def _tell(
    invitation: Invitation, template: str, key: str, locale: str, *, with_calendar: bool = True
) -> None:
    delegates = queries.list_delegates(invitation)
    context = {
        **telling.mail_context(invitation.event, locale),
        "delegates": [
            {"name": d.person.full_name, "state": d.registration.state.value} for d in delegates
        ],
        "personal": {"organisation": invitations.organisation_name(invitation)},
    }
    if with_calendar:
        uid = invitation.calendar_uid
        context["calendar"] = telling.calendar(invitation.event, uid, "REQUEST")
    own = queries.own_addresses([d.person for d in delegates])
    for contact in [*_addresses(invitation), *own]:
        mail.queue_message(
            dedupe_key=f"{key}:{contact.id}",
            template=template,
            address=contact.value,
            recipient_name=str(context["personal"]["organisation"]),
            contact_point_id=contact.id,
            locale=locale,
            context=context,
            priority=Priority.ANSWER,
            programme_id=invitation.programme_id,
            link=invitation_service.new_link(invitation),
            about=("invitation", invitation.id),
        )


def _addresses(invitation: Invitation) -> list[ContactPoint]:
    if invitation.organisation_id is None:
        return []
    contacts = directory.contact_points([invitation.organisation_id])
    usable = [
        contact
        for contact in contacts.get(invitation.organisation_id, [])
        if contact.channel is Channel.EMAIL and contact.held_at is None and contact.dead_at is None
    ]
    return usable[:1]
