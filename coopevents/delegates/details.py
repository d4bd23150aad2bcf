"""What a delegate tells of herself: her phone, her year of birth, her address, her consent."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from coopevents import clock
from coopevents.db import db
from coopevents.delegates import consents
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, ConsentPurpose, ContactPoint, Person
from coopevents.people import reaching
from coopevents.people.reaching import Way
from coopevents.registrations.models import Registration


def keep(
    registrations: Mapping[int, Registration],
    told: Collection[tuple[Person, NamedDelegate]],
    channel: Channel,
    named_before: Collection[int],
) -> None:
    """Keep what was told of each person for this activity, and for later ones with her consent.

    `registrations` are her places, by her id; `named_before` who had one already.
    """
    agreed = consents.standing([p.id for p, said in told if said.consents is not None])
    for person, said in told:
        registration = registrations[person.id]
        if person.birth_year is None and said.birth_year is not None:
            person.birth_year = said.birth_year
        if said.phone is not None:
            registration.phone = said.phone
        if said.email is not None:
            _keep_email(person, said.email, said.consents)
        if said.consents is not None:
            wanted = said.consents
            if person.id not in named_before or not said.was_shown:
                # An empty box of a form that knew nothing of her takes nothing back.
                wanted |= agreed[person.id]
            consents.record(person, registration, wanted, agreed[person.id], channel)
            if ConsentPurpose.NEXT_INVITATIONS in said.consents:
                _invite_later(person, said.phone)
    db.session.flush()


def _keep_email(person: Person, email: str, agreed: frozenset[ConsentPurpose] | None) -> None:
    """Keep where her confirmation goes; without her consent no invitation goes there later."""
    known = db.session.scalar(
        select(ContactPoint.id).where(
            ContactPoint.person_id == person.id, ContactPoint.value == email
        )
    )
    if known is not None:
        return
    now = clock.now()
    for_later = agreed is None or ConsentPurpose.NEXT_INVITATIONS in agreed
    db.session.add(
        ContactPoint(
            person_id=person.id,
            channel=Channel.EMAIL,
            value=email,
            created_at=now,
            unsubscribed_at=None if for_later else now,
        )
    )


def _invite_later(person: Person, phone: str | None) -> None:
    """Let invitations go where none went for want of her consent; what she stopped stays so."""
    points = reaching.points_of(person)
    for point in points:
        if point.unsubscribed_at == point.created_at:
            point.unsubscribed_at = None
    if phone is not None and all(phone != point.value for point in points):
        reaching.add_way(person, Way(Channel.PHONE, phone))
