"""Mail that came back, to test with."""

from sqlalchemy import select

from coopevents.bounces.models import AddressCall
from coopevents.db import db
from coopevents.directory.models import ContactPoint, Organisation, Person
from coopevents.lifecycle import receiving
from coopevents.mail.models import Message, MessageState, Priority, ReturnKind
from coopevents.mail.returned import Returned
from coopevents.programme.models import Programme
from tests.mail.drafts import queue

REPORT = Returned(ReturnKind.FAILED, status="5.1.1", words="550 5.1.1 no such user")


def point_of(owner: Organisation | Person) -> ContactPoint:
    """Answer the owner's one way to be reached by mail."""
    found = select(ContactPoint).where(ContactPoint.channel == "email")
    if isinstance(owner, Person):
        return db.session.scalars(found.where(ContactPoint.person_id == owner.id)).one()
    return db.session.scalars(found.where(ContactPoint.organisation_id == owner.id)).one()


def make_call(
    programme: Programme, owner: Organisation | Person, status: str = "5.1.1"
) -> AddressCall:
    """Have a mail to the owner come back; answer the call that follows."""
    point = point_of(owner)
    message: Message = queue(
        10_000 + point.id,
        address=point.value,
        contact_point_id=point.id,
        programme_id=programme.id,
        priority=Priority.ROUND,
    )
    message.state, message.tries = MessageState.SENT, 1
    db.session.flush()
    receiving.record_bounce(message, Returned(REPORT.kind, status=status, words=REPORT.words))
    return db.session.scalars(
        select(AddressCall).where(AddressCall.contact_point_id == point.id)
    ).one()
