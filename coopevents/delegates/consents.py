"""Consent, purpose by purpose: in which words it was given, when, how, and taken back.

It is never a condition for coming. A text that is changed gets a new version: what somebody agreed
to stays readable under the old one (domain 2.7).
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from coopevents import access
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.directory.models import Channel, Consent, ConsentPurpose, Person
from coopevents.i18n import _, _l
from coopevents.people import reaching
from coopevents.registrations.models import Registration

VERSION = "2026-11"

TEXTS = {
    ConsentPurpose.PHOTOS: _l(
        "The delegate agrees that the Women's Union and the Cooperative Alliance publish photos and"
        " films in which she or he can be recognised."
    ),
    ConsentPurpose.NEXT_INVITATIONS: _l(
        "The delegate agrees that both bodies keep the phone and e-mail for later invitations."
    ),
}


def standing(people: Collection[int]) -> dict[int, set[ConsentPurpose]]:
    """Answer what each of the people agrees to now."""
    found: dict[int, set[ConsentPurpose]] = {person_id: set() for person_id in people}
    for row in _latest(people) if people else []:
        if row.given:
            found[row.person_id].add(row.purpose)
    return found


def _latest(people: Collection[int]) -> list[Consent]:
    return list(
        db.session.scalars(
            select(Consent)
            .where(Consent.person_id.in_(people))
            .ext(distinct_on(Consent.person_id, Consent.purpose))
            .order_by(Consent.person_id, Consent.purpose, Consent.id.desc())
        )
    )


def record(
    person: Person,
    registration: Registration,
    wanted: Collection[ConsentPurpose],
    now: Collection[ConsentPurpose],
    channel: Channel,
) -> None:
    """Keep that the person agrees to these purposes and to no other; what stands `now` stays.

    Whoever takes back being invited is written to no more; her place stays hers (case 32).
    """
    who = access.actor()
    for purpose in ConsentPurpose:
        if (purpose in now) == (purpose in wanted):
            continue
        row = Consent(
            person_id=person.id,
            registration_id=registration.id,
            purpose=purpose,
            text_version=VERSION,
            given=purpose in wanted,
            channel=channel,
            recorded_by_id=who.id if who.kind == "user" else None,
        )
        db.session.add(row)
        db.session.flush()
        audit.record(
            "consent.given" if row.given else "consent.withdrawn",
            "consent",
            row.id,
            programme_id=registration.event.programme_id,
            changes={"purpose": (None, purpose.value), "text_version": (None, VERSION)},
        )
    if ConsentPurpose.NEXT_INVITATIONS in set(now) - set(wanted):
        for point in reaching.points_of(person):
            if point.is_usable:
                reaching.hold(point, _("The consent was taken back."))
