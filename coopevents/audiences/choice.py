"""A choice of organisations, and who is meant by it: a condition each, all of which must hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from coopevents import clock
from coopevents.db import db, one_of, valid_on
from coopevents.directory import classification, identity, narrowing
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    Organisation,
    OrganisationKind,
    OrganisationName,
    OrganisationSector,
    OrganisationStatusKind,
)
from coopevents.directory.narrowing import Narrowing, Standing, Stars, WomenLed
from coopevents.events.models import Event
from coopevents.i18n import _, day
from coopevents.invitations.models import Invitation

COUNTED_KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
)

MOST_LIKE = 50
"""Earlier activities offered to choose from; who looks further back repeats the activity."""


@dataclass(frozen=True)
class Audience:
    """A choice of organisations. An audience without any condition is empty, not everybody."""

    women_led: bool = False
    kinds: Sequence[str] = ()
    commune_ids: Sequence[int] = ()
    organisation_ids: Sequence[int] = ()
    """Only these; who of them is not invited is told with the reason."""
    never_reached_since: date | None = None
    """Only organisations nobody has come for since the day."""
    sectors: Sequence[str] = ()
    stars: str | None = None
    """Only holders of a valid OCOP certificate: of any stars, or of these."""
    like_event_id: int | None = None
    """Only those that were invited to this activity."""
    taken_out: Sequence[int] = ()
    """These not, whatever else was chosen: somebody looked at the list and took them out."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen, so that nobody is meant."""
        chosen = (
            *(self.women_led, self.kinds, self.commune_ids, self.organisation_ids),
            *(self.never_reached_since, self.sectors, self.stars, self.like_event_id),
        )
        return not any(chosen)

    def as_json(self) -> dict[str, Any]:
        """Answer the choice in a form that compares and stores the same whatever its order."""
        since = self.never_reached_since
        return {
            "women_led": self.women_led,
            "kinds": sorted(self.kinds),
            "commune_ids": sorted(self.commune_ids),
            "organisation_ids": sorted(self.organisation_ids),
            "never_reached_since": since.isoformat() if since else None,
            "sectors": sorted(self.sectors),
            "stars": self.stars,
            "like_event_id": self.like_event_id,
            "taken_out": sorted(self.taken_out),
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Audience":
        """Answer the choice that `as_json` wrote."""
        since = said.get("never_reached_since")
        told: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in said.items()
        }
        told["never_reached_since"] = date.fromisoformat(since) if since else None
        return cls(**told)

    def in_words(self) -> list[str]:
        """Answer what narrows the choice beyond what its form shows by itself."""
        if self.never_reached_since is None:
            return []
        return [
            _(
                "Only organisations that nobody has come for since %(day)s.",
                day=day(self.never_reached_since),
            )
        ]


def meant(event: Event, audience: Audience, came: Select[int] | None) -> Select[int, str]:
    """Answer the id and name of every organisation operating today that the choice means.

    `came` are those somebody has come for, where the choice asks for the others.
    """
    today = clock.today()
    wanted = Narrowing(
        kinds=[OrganisationKind(kind) for kind in audience.kinds] or COUNTED_KINDS,
        women_led=WomenLed.YES if audience.women_led else None,
        standing=Standing.OPERATING,
        stars=Stars(audience.stars) if audience.stars else None,
        commune_ids=audience.commune_ids,
    )
    rule = classification.get_rule(event.programme.women_led_rule)
    found = (
        select(Organisation.id, OrganisationName.name)
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(
            Organisation.register_id == event.programme.register_id,
            Organisation.duplicate_of_id.is_(None),
            valid_on(OrganisationName, today),
            *wanted.conditions(today, rule),
            *_told_beside(event, audience),
        )
        .order_by(OrganisationName.name_sort, Organisation.id)
    )
    return found if came is None else found.where(Organisation.id.not_in(came))


def _told_beside(event: Event, audience: Audience) -> list[ColumnElement[bool]]:
    """Answer the conditions no list of the register has."""
    found: list[ColumnElement[bool]] = []
    if audience.organisation_ids:
        chosen = select(Organisation.id).where(one_of(Organisation.id, audience.organisation_ids))
        found.append(Organisation.id.in_(identity.with_kept(chosen)))
    if audience.sectors:
        own = OrganisationSector.organisation_id
        traders = select(own).where(
            OrganisationSector.sector.in_(audience.sectors),
            valid_on(OrganisationSector, clock.today()),
        )
        found.append(Organisation.id.in_(traders))
    if audience.like_event_id is not None:
        invited = (
            select(Organisation.id)
            .join(Invitation, Invitation.organisation_id == Organisation.id)
            .where(
                Invitation.event_id == audience.like_event_id,
                Invitation.programme_id == event.programme_id,
            )
        )
        found.append(Organisation.id.in_(identity.with_kept(invited)))
    return found


def named_beside(
    event: Event, audience: Audience, meant_ids: set[int]
) -> dict[int, tuple[str, bool]]:
    """Answer whom somebody named and who is not meant after all: name, and whether operating."""
    if not audience.organisation_ids:
        return {}
    named = select(Organisation.id).where(
        one_of(Organisation.id, audience.organisation_ids),
        Organisation.register_id == event.programme.register_id,
    )
    kept = select(Organisation.id).where(
        Organisation.id.in_(identity.with_kept(named)), Organisation.duplicate_of_id.is_(None)
    )
    beside = [id_ for id_ in db.session.scalars(kept) if id_ not in meant_ids]
    if not beside:
        return {}
    today = clock.today()
    called, standing = directory.name_on(beside, today), directory.status_on(beside, today)
    return {
        id_: (called.get(id_, ""), standing.get(id_) is OrganisationStatusKind.OPERATING)
        for id_ in sorted(beside, key=lambda id_: called.get(id_, ""))
    }


def list_sectors(event: Event) -> list[str]:
    """Answer the trades one may choose by."""
    return narrowing.list_sectors(event.programme.register, clock.today())


def list_like(event: Event) -> list[Event]:
    """Answer the latest activities whose invitees may be invited again, the latest first."""
    return list(
        db.session.scalars(
            select(Event)
            .where(
                Event.programme_id == event.programme_id,
                Event.id != event.id,
                select(Invitation.id)
                .where(Invitation.event_id == Event.id, Invitation.organisation_id.is_not(None))
                .exists(),
            )
            .order_by(Event.id.desc())
            .limit(MOST_LIKE)
        )
    )
