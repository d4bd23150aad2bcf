"""Places held for an organisation until a day, and what of them is left."""

from collections import defaultdict

from sqlalchemy import (
    func,
    select,
)

from coopevents import clock
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import Person
from coopevents.events.models import Event
from coopevents.registrations.models import (
    PLACED,
    PlaceHold,
    Registration,
    Representation,
)
from coopevents.registrations.queries import COUNTED_PERSON, lapsed


def list_holds(event: Event) -> list[PlaceHold]:
    """Answer which places are held, and until when; those whose day is over hold nothing."""
    return list(
        db.session.scalars(
            select(PlaceHold)
            .where(
                PlaceHold.event_id == event.id,
                PlaceHold.released_at.is_(None),
                PlaceHold.until_on >= clock.today(),
            )
            .order_by(PlaceHold.id)
        )
    )


def list_holds_over(event: Event, organisation_id: int | None) -> list[PlaceHold]:
    """Answer what was held for the organisation until a day that is over, and never released."""
    return list(
        db.session.scalars(
            select(PlaceHold).where(
                PlaceHold.event_id == event.id,
                PlaceHold.organisation_id == organisation_id,
                PlaceHold.released_at.is_(None),
                PlaceHold.until_on < clock.today(),
            )
        )
    )


def held_places(event: Event) -> dict[int, int]:
    """Answer how many places are kept free for each organisation: held, and not taken by it yet.

    What was held for an entry that was merged is held for the one that was kept.
    """
    holds = list_holds(event)
    if not holds:
        return {}
    kept = identity.kept_ids({one.organisation_id for one in holds})
    held: dict[int, int] = defaultdict(int)
    for one in holds:
        held[kept[one.organisation_id]] += one.places
    used = _placed_by_organisation(event)
    return {of: max(places - used.get(of, 0), 0) for of, places in held.items()}


def count_placed_of(event: Event, organisation_id: int) -> int:
    """Answer how many delegates of the kept organisation have a place or are offered one."""
    return _placed_by_organisation(event).get(organisation_id, 0)


def organisations_placed(event: Event) -> set[int]:
    """Answer the organisations somebody has a place for, or is offered one."""
    return set(_placed_by_organisation(event))


def _placed_by_organisation(event: Event) -> dict[int, int]:
    merged = identity.merged_organisations()
    organisation = identity.counts_as(Representation.organisation_id, merged)
    found = (
        # Who stands for two entries of one organisation, or was entered twice, has one place.
        select(organisation, func.count(COUNTED_PERSON.distinct()))
        .join(
            Registration,
            (Registration.person_id == Representation.person_id)
            & (Registration.event_id == Representation.event_id),
        )
        .join(Person, Person.id == Registration.person_id)
        .outerjoin(merged, merged.c.id == Representation.organisation_id)
        .where(
            Representation.event_id == event.id,
            Representation.withdrawn_at.is_(None),
            Registration.state.in_(PLACED),
            ~lapsed(),
        )
        .group_by(organisation)
    )
    return dict(iter(db.session.execute(found)))
