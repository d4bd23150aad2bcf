"""Whom the register knows of an invited organisation: offered again, shown only to its own people.

Whoever holds a link may tick somebody known, by her masked name. Names in full, years and phones
are for whoever gives the last digits of a phone that was on file before the link was sent.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import (
    Date,
    DateTime,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from coopevents import clock, names
from coopevents.db import db, valid_on
from coopevents.directory import identity
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    Person,
    Post,
    PostKind,
)
from coopevents.events.models import Event
from coopevents.invitations.models import Invitation
from coopevents.registrations.models import Representation
from coopevents.registrations.queries import Delegate

DIGITS = 4
"""As many of a phone's last digits are asked for: enough to remember, too many to guess in five."""

MOST = 20
"""More are not offered: whoever is not among them is typed, and recognised by her name."""

NUMBERS = (Channel.PHONE, Channel.ZALO)


@dataclass(frozen=True)
class Known:
    """Somebody of the organisation, and the post she holds or last stood for it in."""

    person: Person
    post: PostKind


@dataclass(frozen=True)
class Seen:
    """Whose names in full one browser may show of an invitation, for a while."""

    everybody: bool = False
    people: frozenset[int] = frozenset()

    def sees(self, person: Person) -> bool:
        """Whether she is shown by her name."""
        return self.everybody or person.kept.id in self.people

    def name(self, person: Person) -> str:
        """Answer her name, as far as it is shown."""
        return person.full_name if self.sees(person) else names.masked(person.full_name)


NOBODY = Seen()


def list_known(invitation: Invitation, delegates: Sequence[Delegate]) -> list[Known]:
    """Answer the delegates, and who else can be named by a tick, in the order of their names.

    That is whoever holds a post in the organisation today or stood for it at an activity of the
    programme; those known latest, where they are many.
    """
    organisation = invitation.organisation
    if organisation is None:
        return []
    named = {d.person.kept.id: Known(d.person.kept, _post(d)) for d in delegates}
    others = _others(organisation, invitation.programme_id)
    latest = [one for id_, one in others.items() if id_ not in named][-MOST:]
    latest.sort(key=lambda one: (one.person.name_sort, one.person.id))
    return [*named.values(), *latest]


def _post(delegate: Delegate) -> PostKind:
    standing = delegate.representation
    return standing.role_snapshot if standing is not None else PostKind.OTHER


def _kept_id(organisation: Organisation) -> int:
    return organisation.duplicate_of_id or organisation.id


def _others(organisation: Organisation, programme_id: int) -> dict[int, Known]:
    """Answer whoever stood for the organisation, the latest last, and then who holds its posts.

    Of whoever did both the post held today is answered; of several posts, the one known first.
    """
    said = {
        "organisation_id": _kept_id(organisation),
        "programme_id": programme_id,
        "today": clock.today(),
    }
    stood: dict[int, Known] = {}
    holds: dict[int, Known] = {}
    for person, post, is_held in db.session.execute(_of_organisation(), said):
        if is_held:
            holds.setdefault(person.id, Known(person, post))
        else:
            stood.pop(person.id, None)
            stood[person.id] = Known(person, post)
    return {**stood, **holds}


@cache
def _of_organisation() -> Select[Person, PostKind, bool]:
    entries = identity.entries_of_one(bindparam("organisation_id"))
    stood = (
        select(
            Representation.person_id,
            Representation.role_snapshot.label("post"),
            literal(value=False).label("is_held"),
            Representation.recorded_at.label("at"),
            Representation.id.label("row"),
        )
        .join(Event, Event.id == Representation.event_id)
        .where(
            Representation.organisation_id.in_(entries),
            Representation.withdrawn_at.is_(None),
            Event.programme_id == bindparam("programme_id"),
        )
    )
    holds = select(
        Post.person_id,
        Post.kind,
        literal(value=True),
        cast(null(), DateTime(timezone=True)),
        Post.id,
    ).where(Post.organisation_id.in_(entries), valid_on(Post, bindparam("today", type_=Date())))
    every = union_all(stood, holds).subquery("every")
    entry = aliased(Person)
    return (
        select(Person, every.c.post, every.c.is_held)
        .join(entry, entry.id == every.c.person_id)
        .join_from(entry, Person, Person.id == func.coalesce(entry.duplicate_of_id, entry.id))
        .where(Person.erased_at.is_(None))
        .order_by(every.c.is_held, every.c.at, every.c.row)
    )


def digits_of(typed: str) -> str:
    """Answer the last digits of what was typed, in whatever script; "" for too few of them."""
    digits = "".join(
        str(value) for sign in typed if (value := unicodedata.digit(sign, None)) is not None
    )
    return digits[-DIGITS:] if len(digits) >= DIGITS else ""


def proven(
    invitation: Invitation, delegates: Sequence[Delegate], known: Sequence[Known], typed: str
) -> Seen:
    """Answer who is shown to somebody who knows these digits: everybody, one delegate, nobody.

    A phone that was typed behind a link proves its own delegate only: else whoever holds the link
    would type her own, and with it see the others.
    """
    digits, organisation = digits_of(typed), invitation.organisation
    if not digits or organisation is None:
        return NOBODY
    people = [one.person.id for one in known]
    if digits in _on_file(organisation, people, invitation.invited_at):
        return Seen(everybody=True)
    return Seen(
        people=frozenset(
            d.person.kept.id for d in delegates if (d.registration.phone or "")[-DIGITS:] == digits
        )
    )


def _on_file(organisation: Organisation, people: Collection[int], until: datetime) -> set[str]:
    entries = identity.entries_of([_kept_id(organisation)])
    points = db.session.scalars(
        select(ContactPoint.value)
        .outerjoin(Person, Person.id == ContactPoint.person_id)
        .where(
            ContactPoint.channel.in_(NUMBERS),
            ContactPoint.dead_at.is_(None),
            or_(
                ContactPoint.organisation_id.in_(select(entries.c.id)),
                and_(
                    or_(Person.id.in_(people), Person.duplicate_of_id.in_(people)),
                    ContactPoint.created_at <= until,
                ),
            ),
        )
    )
    return {value[-DIGITS:] for value in points}
