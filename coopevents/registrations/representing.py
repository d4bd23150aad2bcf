"""For whom a delegate stands, written by the entry of hers that has the place.

Whoever asks for whom a place stands looks there, whatever she was merged into since.
"""

from sqlalchemy import select

from coopevents import clock
from coopevents.db import db
from coopevents.directory.models import Organisation, PostKind
from coopevents.registrations.models import Registration, Representation, RepresentationSource


def stand(registration: Registration, organisation: Organisation, post: PostKind) -> None:
    """Let the delegate stand for the organisation, in this post."""
    representation = _find(registration, organisation.id)
    if representation is None:
        representation = Representation(
            person_id=registration.person_id,
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
