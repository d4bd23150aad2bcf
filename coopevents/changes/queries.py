from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased, joinedload

from coopevents import clock
from coopevents.changes.models import EventChange
from coopevents.db import db, one_of, valid_on
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    OrganisationName,
    Person,
)
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import (
    AccessLink,
    Delivery,
    Invitation,
    InvitationState,
    Reached,
)
from coopevents.registrations.models import ACTIVE, Registration, Seat, SeatState
from coopevents.territory.models import AdministrativeUnit


class Named(NamedTuple):
    """A delegate of an invitation."""

    person_id: int
    full_name: str


@dataclass(frozen=True)
class Asked:
    """An invitation that stands, and what its invitee is called today."""

    invitation: Invitation
    name: str


def list_changes(event: Event) -> list[EventChange]:
    """Answer what was done to the activity, the latest first."""
    return list(
        db.session.scalars(
            select(EventChange)
            .where(EventChange.event_id == event.id)
            .options(joinedload(EventChange.by))
            .order_by(EventChange.id.desc())
        )
    )


def get_change(change_id: int, event: Event) -> EventChange:
    """Answer the change, if it is one of the activity's. Raises NotFoundError otherwise."""
    change = db.session.get(EventChange, change_id)
    if change is None or change.event_id != event.id:
        raise NotFoundError(_("There is no such change."))
    return change


def find_change(event: Event, submission_id: UUID) -> EventChange | None:
    """Answer what an earlier sending of the same form did."""
    return db.session.scalar(
        select(EventChange).where(
            EventChange.submission_id == submission_id, EventChange.event_id == event.id
        )
    )


def list_asked(event: Event) -> list[Asked]:
    """Answer the standing invitations to the activity, in the order of their names."""
    entry = func.coalesce(Organisation.duplicate_of_id, Organisation.id)
    kept = aliased(Person)
    name = func.coalesce(OrganisationName.name, kept.full_name, "")
    found = (
        select(Invitation, name)
        .outerjoin(Organisation, Organisation.id == Invitation.organisation_id)
        .outerjoin(
            OrganisationName,
            and_(
                OrganisationName.organisation_id == entry,
                valid_on(OrganisationName, clock.today()),
            ),
        )
        .outerjoin(Person, Person.id == Invitation.person_id)
        .outerjoin(kept, kept.id == func.coalesce(Person.duplicate_of_id, Person.id))
        .where(Invitation.event_id == event.id, Invitation.state != InvitationState.CANCELLED)
        .order_by(func.coalesce(OrganisationName.name_sort, kept.name_sort), Invitation.id)
    )
    return [Asked(*row) for row in db.session.execute(found)]


def ids_of_invitations(event: Event) -> list[int]:
    """Answer all invitations to the activity, those that ended too."""
    return list(db.session.scalars(select(Invitation.id).where(Invitation.event_id == event.id)))


def name_of_unit(unit_id: int | None) -> str | None:
    """Answer what the commune is called, None without one."""
    unit = db.session.get(AdministrativeUnit, unit_id) if unit_id else None
    return unit.name if unit else None


def delegates_of(event: Event) -> dict[int, list[Named]]:
    """Answer the delegates who hold a place or wait for one, by the invitation they came by."""
    found: dict[int, list[Named]] = defaultdict(list)
    entry = aliased(Person)
    rows = db.session.execute(
        select(Seat.invitation_id, Person.id, Person.full_name)
        .join(Registration, Registration.id == Seat.registration_id)
        .join(entry, entry.id == Registration.person_id)
        .join(Person, Person.id == func.coalesce(entry.duplicate_of_id, entry.id))
        .where(
            Seat.event_id == event.id,
            Seat.state == SeatState.FILLED,
            Registration.state.in_(ACTIVE),
        )
        .order_by(Seat.invitation_id, Seat.number)
    )
    for invitation_id, person_id, full_name in rows:
        found[invitation_id].append(Named(person_id, full_name))
    return found


def ways_noted(invitation_ids: Collection[int]) -> dict[int, list[Channel]]:
    """Answer over which channels, other than e-mail, each invitee was told something.

    What was noted last of a round is what holds.
    """
    last = (
        select(Delivery.invitation_id, Delivery.channel, Delivery.outcome)
        .where(one_of(Delivery.invitation_id, invitation_ids), Delivery.channel != Channel.EMAIL)
        .ext(distinct_on(Delivery.round_id, Delivery.invitation_id))
        .order_by(Delivery.round_id, Delivery.invitation_id, Delivery.id.desc())
        .subquery()
    )
    found: dict[int, list[Channel]] = defaultdict(list)
    rows = db.session.execute(
        select(last.c.invitation_id, last.c.channel)
        .where(last.c.outcome == Reached.REACHED)
        .distinct()
        .order_by(last.c.invitation_id, last.c.channel)
    )
    for invitation_id, channel in rows:
        found[invitation_id].append(channel)
    return found


def points_by_id(ids: Collection[int]) -> dict[int, ContactPoint]:
    """Answer the contact points with these ids."""
    rows = db.session.scalars(select(ContactPoint).where(one_of(ContactPoint.id, ids)))
    return {point.id: point for point in rows}


def count_links(event: Event) -> int:
    """Answer how many personal links to the activity open now."""
    return (
        db.session.scalar(
            select(func.count(AccessLink.id))
            .join(Invitation, Invitation.id == AccessLink.invitation_id)
            .where(
                Invitation.event_id == event.id,
                AccessLink.revoked_at.is_(None),
                AccessLink.expires_at > clock.now(),
            )
        )
        or 0
    )
