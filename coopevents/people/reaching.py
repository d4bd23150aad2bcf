"""Keeping the ways to reach people and organisations: in order, held back, dead, taken up again.

Nobody is forced to have an e-mail address, and a value may belong to many: no act refuses one
because somebody else has it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from coopevents import clock, names
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.contacts import normal_email, normal_phone
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    OrganisationKind,
    Person,
)
from coopevents.directory.queries import name_on
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _

Owner = Organisation | Person


@dataclass(frozen=True)
class Way:
    """A way to reach somebody, as it is typed. Through the Union, the branch says it all."""

    channel: Channel
    typed: str = ""
    via: Organisation | None = None
    official: Person | None = None


def add_way(owner: Owner, way: Way) -> ContactPoint:
    """Let the owner be reached that way too, after all others. The same one twice is refused."""
    told = _columns(way)
    points = points_of(owner)
    if any(p.channel is way.channel and p.value == told["value"] for p in points):
        raise InputError.at(
            "typed", _("“%(value)s” stands there already.", value=way.typed or told["value"])
        )
    point = ContactPoint(
        organisation_id=owner.id if isinstance(owner, Organisation) else None,
        person_id=owner.id if isinstance(owner, Person) else None,
        rank=max((p.rank for p in points), default=0) + 1,
        **told,
    )
    db.session.add(point)
    db.session.flush()
    audit.record(
        "contact.added",
        "contact_point",
        point.id,
        changes={"channel": (None, way.channel), "value": (None, point.value)},
    )
    return point


def correct_way(point: ContactPoint, way: Way) -> None:
    """Put right a way that was typed wrong; the audit keeps what stood there before."""
    told = _columns(way)
    changes = {
        name: (getattr(point, name), value)
        for name, value in told.items()
        if getattr(point, name) != value
    }
    if not changes:
        return
    for name, value in told.items():
        setattr(point, name, value)
    db.session.flush()
    audit.record("contact.corrected", "contact_point", point.id, changes=changes)


def move(point: ContactPoint, *, up: bool) -> None:
    """Let the way be tried one place earlier, or later. At the end of the row nothing changes."""
    points = points_of(owner_of(point))
    at = points.index(point)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(points):
        return
    before = at + 1
    points[at], points[to] = points[to], points[at]
    for rank, each in enumerate(points, start=1):
        each.rank = rank
    db.session.flush()
    audit.record("contact.moved", "contact_point", point.id, changes={"rank": (before, to + 1)})


def hold(point: ContactPoint, reason: str) -> None:
    """Keep the way from being used until somebody takes it up again, for a reason."""
    reason = names.clean(reason)
    if not reason:
        raise InputError.at("reason", _("Please give the reason."))
    if point.dead_at is not None:
        raise DomainError(_("This way is given up already."))
    before, point.held_reason = point.held_reason, reason
    point.held_at = point.held_at or clock.now()
    _tell("contact.held", point, {"held_reason": (before, reason)})


def give_up(point: ContactPoint) -> None:
    """Say that nobody is reached that way any more."""
    if point.dead_at is None:
        point.dead_at = clock.now()
        _tell("contact.given_up", point, {"dead_at": (None, point.dead_at)})


def take_up(point: ContactPoint) -> None:
    """Let a way that was held or given up be used again.

    Whoever wanted no more mail is not asked again: that is hers to take back.
    """
    changes = {
        name: (getattr(point, name), None)
        for name in ("held_at", "held_reason", "dead_at")
        if getattr(point, name) is not None
    }
    if not changes:
        return
    for name in changes:
        setattr(point, name, None)
    _tell("contact.taken_up", point, changes)


def note_good_use(point: ContactPoint) -> None:
    """Say that somebody was reached that way just now."""
    before, point.last_good_at = point.last_good_at, clock.now()
    _tell("contact.reached", point, {"last_good_at": (before, point.last_good_at)})


def points_of(owner: Owner) -> list[ContactPoint]:
    """Answer the owner's ways to be reached, usable or not, the first to be tried first."""
    column = (
        ContactPoint.organisation_id if isinstance(owner, Organisation) else ContactPoint.person_id
    )
    return list(
        db.session.scalars(
            select(ContactPoint)
            .where(column == owner.id)
            .order_by(ContactPoint.rank, ContactPoint.id)
        )
    )


def sharing(point: ContactPoint) -> list[ContactPoint]:
    """Answer every entry of the same register that is reached the same way, this one too."""
    register = owner_of(point).register_id
    return list(
        db.session.scalars(
            select(ContactPoint)
            .outerjoin(Organisation, Organisation.id == ContactPoint.organisation_id)
            .outerjoin(Person, Person.id == ContactPoint.person_id)
            .where(
                ContactPoint.channel == point.channel,
                ContactPoint.value == point.value,
                or_(Organisation.register_id == register, Person.register_id == register),
            )
            .order_by(ContactPoint.id)
        )
    )


def owner_of(point: ContactPoint) -> Owner:
    """Answer whom the way leads to: a person or an organisation."""
    if point.person_id is not None:
        return db.session.get_one(Person, point.person_id)
    return db.session.get_one(Organisation, point.organisation_id)


def _columns(way: Way) -> dict[str, Any]:
    typed = names.clean(way.typed)
    through = way.channel is Channel.COMMUNE_UNION
    return {
        "channel": way.channel,
        "value": _through_the_union(way) if through else _normal(way.channel, typed),
        "value_as_typed": typed or None,
        "via_organisation_id": way.via.id if through and way.via else None,
        "via_person_id": way.official.id if through and way.official else None,
    }


def _normal(channel: Channel, typed: str) -> str:
    if not typed:
        raise InputError.at("typed", _("A number or an address is needed."))
    try:
        if channel is Channel.EMAIL:
            return normal_email(typed)
        if channel in {Channel.PHONE, Channel.ZALO}:
            return normal_phone(typed)
    except InputError as error:
        raise InputError.at("typed", error.message) from error
    return typed


def _through_the_union(way: Way) -> str:
    """Answer how the way reads: the branch, and the official where one is named."""
    if way.via is None or way.via.kind is not OrganisationKind.UNION_BRANCH:
        raise InputError.at("via", _("Say which branch of the Women's Union passes messages on."))
    branch = name_on([way.via.id], clock.today()).get(way.via.id, "")
    return f"{way.official.full_name}, {branch}" if way.official else branch


def _tell(act: str, point: ContactPoint, changes: dict[str, tuple[Any, Any]]) -> None:
    db.session.flush()
    audit.record(act, "contact_point", point.id, changes=changes)
