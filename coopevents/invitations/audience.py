"""Whom to invite: from a choice to the exact list of names, and why the others are left out."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Select, select

from coopevents import clock
from coopevents.config import derived_key
from coopevents.db import db, valid_on
from coopevents.directory import classification, identity
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    OrganisationName,
    OrganisationStatus,
    OrganisationStatusKind,
)
from coopevents.errors import DomainError
from coopevents.events.models import Event
from coopevents.i18n import _, _l, day
from coopevents.invitations.models import Invitation
from coopevents.programme.models import Programme
from coopevents.territory.succession import as_of, standing_for

PREVIEW_SECONDS = 30 * 60

COUNTED_KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
)


class Exclusion(StrEnum):
    """Why an organisation of the audience gets no invitation."""

    ALREADY_INVITED = "already_invited"
    NO_EMAIL = "no_email"
    EMAIL_HELD = "email_held"
    UNSUBSCRIBED = "unsubscribed"


EXCLUSION_LABELS = {
    Exclusion.ALREADY_INVITED: _l("already invited"),
    Exclusion.NO_EMAIL: _l("no e-mail address"),
    Exclusion.EMAIL_HELD: _l("its e-mail address does not work"),
    Exclusion.UNSUBSCRIBED: _l("wants no mail"),
}


@dataclass(frozen=True)
class Audience:
    """A choice of organisations. An audience without any condition is empty, not everybody."""

    women_led: bool = False
    kinds: Sequence[str] = ()
    commune_ids: Sequence[int] = ()
    organisation_ids: Sequence[int] = ()
    never_reached_since: date | None = None
    """Only organisations nobody has come for since the day."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen, so that nobody is meant."""
        chosen = (self.kinds, self.commune_ids, self.organisation_ids, self.never_reached_since)
        return not (self.women_led or any(chosen))

    def as_json(self) -> dict[str, Any]:
        """Answer the choice in a form that compares and stores the same whatever its order."""
        since = self.never_reached_since
        return {
            "women_led": self.women_led,
            "kinds": sorted(self.kinds),
            "commune_ids": sorted(self.commune_ids),
            "organisation_ids": sorted(self.organisation_ids),
            "never_reached_since": since.isoformat() if since else None,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "Audience":
        """Answer the choice that `as_json` wrote."""
        since = said.get("never_reached_since")
        return cls(**{**said, "never_reached_since": date.fromisoformat(since) if since else None})

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


@dataclass(frozen=True)
class Invitee:
    """An organisation that will be invited, and where its mail goes."""

    organisation_id: int
    name: str
    commune: str
    contact_point_id: int
    address: str


@dataclass(frozen=True)
class LeftOut:
    """An organisation of the audience that will not be invited, and why."""

    organisation_id: int
    name: str
    commune: str
    reason: Exclusion


@dataclass(frozen=True)
class Preview:
    """Exactly who would be invited, sorted by name, and who would not."""

    audience: Audience
    seats: int
    invitees: list[Invitee] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


Reached = Callable[[Programme, date], Select[int]]
"""Answers the organisations somebody came for since a day. Attendance is counted further left, so
whoever asks for an audience hands it in."""


def preview(
    event: Event, audience: Audience, seats: int, reached: Reached | None = None
) -> Preview:
    """Answer who would be invited to the event now. Five queries, however long the list is.

    An audience with `never_reached_since` needs `reached`.
    """
    if audience.is_empty:
        return Preview(audience, seats)
    today = clock.today()
    found = _matching(event, audience)
    if audience.never_reached_since is not None:
        if reached is None:
            raise ValueError("Whom nobody has come for can only be told by attendance.")
        came = reached(event.programme, audience.never_reached_since)
        found = found.where(Organisation.id.not_in(came))
    rows = db.session.execute(found).all()
    ids = [organisation_id for organisation_id, _name in rows]
    communes = directory.address_on(ids, today)
    # Whoever invites reads the names of today; an old one stays where nobody said which it is.
    today_names = as_of([unit.id for unit in communes.values()], today)
    contacts = directory.contact_points(ids)
    entries = identity.entries_of(ids)
    invited = set(
        db.session.scalars(
            select(entries.c.asked_id)
            .join(Invitation, Invitation.organisation_id == entries.c.id)
            .where(Invitation.event_id == event.id)
        )
    )
    result = Preview(audience, seats)
    for organisation_id, name in rows:
        unit = communes.get(organisation_id)
        commune = (today_names[unit.id] or unit).name if unit else ""
        mails = [c for c in contacts.get(organisation_id, []) if c.channel is Channel.EMAIL]
        usable = next((c for c in mails if c.is_usable), None)
        if organisation_id in invited:
            reason = Exclusion.ALREADY_INVITED
        elif usable:
            result.invitees.append(Invitee(organisation_id, name, commune, usable.id, usable.value))
            continue
        else:
            reason = _why_unusable(mails)
        result.left_out.append(LeftOut(organisation_id, name, commune, reason))
    return result


def _why_unusable(mails: list[ContactPoint]) -> Exclusion:
    if not mails:
        return Exclusion.NO_EMAIL
    if any(contact.unsubscribed_at for contact in mails):
        return Exclusion.UNSUBSCRIBED
    return Exclusion.EMAIL_HELD


def _matching(event: Event, audience: Audience) -> Any:
    today = clock.today()
    found = (
        select(Organisation.id, OrganisationName.name)
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .join(OrganisationStatus, OrganisationStatus.organisation_id == Organisation.id)
        .where(
            Organisation.register_id == event.programme.register_id,
            Organisation.duplicate_of_id.is_(None),
            Organisation.kind.in_(audience.kinds or COUNTED_KINDS),
            valid_on(OrganisationName, today),
            valid_on(OrganisationStatus, today),
            OrganisationStatus.status == OrganisationStatusKind.OPERATING,
        )
        .order_by(OrganisationName.name_sort, Organisation.id)
    )
    if audience.women_led:
        rule = classification.get_rule(event.programme.women_led_rule)
        found = found.where(Organisation.id.in_(classification.women_led(rule, today)))
    if audience.organisation_ids:
        chosen = select(Organisation.id).where(Organisation.id.in_(audience.organisation_ids))
        found = found.where(Organisation.id.in_(identity.with_kept(chosen)))
    if audience.commune_ids:
        found = found.where(
            Organisation.id.in_(
                select(OrganisationAddress.organisation_id).where(
                    OrganisationAddress.administrative_unit_id.in_(
                        standing_for(audience.commune_ids)
                    ),
                    valid_on(OrganisationAddress, today),
                )
            )
        )
    return found


def preview_token(event: Event, shown: Preview) -> str:
    """Answer a token that stands for exactly this list, seats and state of the event."""
    return _serializer().dumps(
        {
            "event": event.id,
            "audience": shown.audience.as_json(),
            "seats": shown.seats,
            "list": _digest(event, shown),
        }
    )


def confirmed(event: Event, token: str, reached: Reached | None = None) -> Preview:
    """Answer the previewed list, if it is still exactly what would be sent.

    Raises DomainError when the token is of another event, too old, or when the audience, the
    register or the event has changed since: nobody is invited that nobody has seen.
    """
    stale = DomainError(_("The list has changed since you saw it. Please look at it again."))
    try:
        said = _serializer().loads(token, max_age=PREVIEW_SECONDS)
    except BadData as error:
        raise stale from error
    if said["event"] != event.id:
        raise stale
    now = preview(event, Audience.from_json(said["audience"]), said["seats"], reached)
    if _digest(event, now) != said["list"]:
        raise stale
    return now


def _digest(event: Event, shown: Preview) -> str:
    told = json.dumps(
        [
            event.version,
            [(i.organisation_id, i.contact_point_id, i.address) for i in shown.invitees],
        ]
    )
    return hashlib.sha256(told.encode()).hexdigest()


def _serializer() -> URLSafeTimedSerializer:
    key = derived_key(current_app.config["SECRET_KEY"], "previews")
    return URLSafeTimedSerializer(key, salt="preview")
