"""Whom to invite: from a choice to the exact list of names, and why the others are left out."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Select, select

from coopevents.audiences import choice
from coopevents.audiences.choice import Audience
from coopevents.config import derived_key
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel, ContactPoint
from coopevents.directory.seats import communes_of
from coopevents.errors import DomainError, InputError
from coopevents.events.models import Event
from coopevents.i18n import _, _l
from coopevents.invitations.models import Invitation
from coopevents.programme.models import Programme

PREVIEW_SECONDS = 30 * 60


class Exclusion(StrEnum):
    """Why an organisation of the audience gets no invitation."""

    ALREADY_INVITED = "already_invited"
    NO_EMAIL = "no_email"
    EMAIL_HELD = "email_held"
    UNSUBSCRIBED = "unsubscribed"
    NOT_OPERATING = "not_operating"
    """It was named, and is not operating today."""
    OTHERWISE = "otherwise"
    """It was named, and does not meet what else was chosen."""
    TAKEN_OUT = "taken_out"


EXCLUSION_LABELS = {
    Exclusion.ALREADY_INVITED: _l("already invited"),
    Exclusion.NO_EMAIL: _l("no e-mail address"),
    Exclusion.EMAIL_HELD: _l("its e-mail address does not work"),
    Exclusion.UNSUBSCRIBED: _l("wants no mail"),
    Exclusion.NOT_OPERATING: _l("is not operating today"),
    Exclusion.OTHERWISE: _l("does not meet what else was chosen"),
    Exclusion.TAKEN_OUT: _l("taken out by hand"),
}


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
    """Answer who would be invited to the event now. Seven queries at most, however many they are.

    An audience with `never_reached_since` needs `reached`.
    """
    if audience.is_empty:
        return Preview(audience, seats)
    came = None
    if audience.never_reached_since is not None:
        if reached is None:
            raise ValueError("Whom nobody has come for can only be told by attendance.")
        came = reached(event.programme, audience.never_reached_since)
    chosen = dict(db.session.execute(choice.meant(event, audience, came)).all())
    named = choice.named_beside(event, audience, set(chosen))
    communes = communes_of([*chosen, *named])
    contacts = directory.contact_points(chosen)
    invited = _invited(event, chosen)
    taken_out = set(audience.taken_out)
    result = Preview(audience, seats)
    for id_, name in chosen.items():
        mails = [c for c in contacts.get(id_, []) if c.channel is Channel.EMAIL]
        usable = next((c for c in mails if c.is_usable), None)
        if id_ in invited:
            reason = Exclusion.ALREADY_INVITED
        elif id_ in taken_out:
            reason = Exclusion.TAKEN_OUT
        elif usable:
            invitee = Invitee(id_, name, communes.get(id_, ""), usable.id, usable.value)
            result.invitees.append(invitee)
            continue
        else:
            reason = _why_unusable(mails)
        result.left_out.append(LeftOut(id_, name, communes.get(id_, ""), reason))
    for id_, (name, is_operating) in named.items():
        reason = Exclusion.OTHERWISE if is_operating else Exclusion.NOT_OPERATING
        result.left_out.append(LeftOut(id_, name, communes.get(id_, ""), reason))
    return result


def _invited(event: Event, organisation_ids: Collection[int]) -> set[int]:
    entries = identity.entries_of(organisation_ids)
    return set(
        db.session.scalars(
            select(entries.c.asked_id)
            .join(Invitation, Invitation.organisation_id == entries.c.id)
            .where(Invitation.event_id == event.id)
        )
    )


def _why_unusable(mails: list[ContactPoint]) -> Exclusion:
    if not mails:
        return Exclusion.NO_EMAIL
    if any(contact.unsubscribed_at for contact in mails):
        return Exclusion.UNSUBSCRIBED
    return Exclusion.EMAIL_HELD


def chosen_in(event: Event, token: str) -> tuple[Audience, int]:
    """Answer the choice and the seats a preview of the event was made of, however old it is."""
    try:
        said = _serializer().loads(token)
    except BadData as error:
        raise InputError(_("Please choose once more whom to invite.")) from error
    if said["event"] != event.id:
        raise InputError(_("Please choose once more whom to invite."))
    return Audience.from_json(said["audience"]), said["seats"]


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
