"""For whom a delegate stands, written by the entry of hers that has the place.

Whoever asks for whom a place stands looks there, whatever she was merged into since.
"""

from collections.abc import Iterable

from sqlalchemy import select

from coopevents import clock
from coopevents.db import db, one_of
from coopevents.directory.models import Organisation, PostKind
from coopevents.registrations.models import Registration, Representation, RepresentationSource


def stand(organisation: Organisation, delegates: Iterable[tuple[Registration, PostKind]]) -> None:
    """Let the delegates of one activity stand for the organisation, each in her post."""
    posts = {registration.person_id: (registration, post) for registration, post in delegates}
    event_ids = {registration.event_id for registration, _post in posts.values()}
    standing = db.session.scalars(
        select(Representation).where(
            one_of(Representation.person_id, posts),
            one_of(Representation.event_id, event_ids),
            Representation.organisation_id == organisation.id,
        )
    )
    known = {one.person_id: one for one in standing}
    for person_id, (registration, post) in posts.items():
        representation = known.get(person_id) or Representation(
            person_id=person_id,
            event_id=registration.event_id,
            organisation_id=organisation.id,
        )
        representation.role_snapshot = post
        representation.organisation_kind_snapshot = organisation.kind.value
        representation.source = RepresentationSource.REGISTRATION
        representation.withdrawn_at = None
        db.session.add(representation)
    db.session.flush()


def withdraw(registration: Registration, organisation_id: int | None) -> None:
    """Let her stand for the organisation no more, if she did."""
    representation = _find(registration, organisation_id)
    if representation is not None:
        representation.withdrawn_at = clock.now()


def _find(registration: Registration, organisation_id: int | None) -> Representation | None:
    return db.session.scalar(
        select(Representation).where(
            Representation.person_id == registration.person_id,
            Representation.event_id == registration.event_id,
            Representation.organisation_id == organisation_id,
        )
    )
