"""Whom the register knows of an invited organisation: offered again, shown only to its own people.

Whoever holds a link may tick somebody known, by her masked name. Names in full, years and phones
are for whoever gives the last digits of a phone that was on file before the link was sent.
"""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import joinedload

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
    others = {
        **_from_activities(organisation, invitation.programme_id),
        **_from_posts(organisation),
    }
    latest = [one for id_, one in others.items() if id_ not in named][-MOST:]
    latest.sort(key=lambda one: (one.person.name_sort, one.person.id))
    return [*named.values(), *latest]


def _post(delegate: Delegate) -> PostKind:
    standing = delegate.representation
    return standing.role_snapshot if standing is not None else PostKind.OTHER


def _entries(organisation: Organisation) -> Select[int]:
    entries = identity.entries_of([organisation.duplicate_of_id or organisation.id])
    return select(entries.c.id)


def _from_activities(organisation: Organisation, programme_id: int) -> dict[int, Known]:
    """Answer whoever stood for the organisation, the latest last."""
    rows = db.session.scalars(
        select(Representation)
        .join(Event, Event.id == Representation.event_id)
        .where(
            Representation.organisation_id.in_(_entries(organisation)),
            Representation.withdrawn_at.is_(None),
            Event.programme_id == programme_id,
        )
        .options(joinedload(Representation.person).joinedload(Person.duplicate_of))
        .order_by(Representation.recorded_at, Representation.id)
    )
    found: dict[int, Known] = {}
    for row in rows:
        found.pop(row.person.kept.id, None)
        _add(found, row.person, row.role_snapshot)
    return found


def _from_posts(organisation: Organisation) -> dict[int, Known]:
    rows = db.session.scalars(
        select(Post)
        .where(Post.organisation_id.in_(_entries(organisation)), valid_on(Post, clock.today()))
        .options(joinedload(Post.person).joinedload(Person.duplicate_of))
        .order_by(Post.id)
    )
    found: dict[int, Known] = {}
    for row in rows:
        if row.person.kept.id not in found:
            _add(found, row.person, row.kind)
    return found


def _add(found: dict[int, Known], person: Person, post: PostKind) -> None:
    if person.kept.erased_at is None:
        found[person.kept.id] = Known(person.kept, post)


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
    points = db.session.scalars(
        select(ContactPoint.value)
        .outerjoin(Person, Person.id == ContactPoint.person_id)
        .where(
            ContactPoint.channel.in_(NUMBERS),
            ContactPoint.dead_at.is_(None),
            or_(
                ContactPoint.organisation_id.in_(_entries(organisation)),
                and_(
                    or_(Person.id.in_(people), Person.duplicate_of_id.in_(people)),
                    ContactPoint.created_at <= until,
                ),
            ),
        )
    )
    return {value[-DIGITS:] for value in points}
