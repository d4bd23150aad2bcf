"""What follows when a mail comes back: the address is held, and somebody is called."""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.bounces.models import AddressCall
from coopevents.db import db
from coopevents.directory.models import ContactPoint
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _
from coopevents.mail.models import Message
from coopevents.mail.outcomes import POLICY
from coopevents.mail.returned import Returned
from coopevents.people import reaching


def hold_address(message: Message, returned: Returned) -> None:
    """Keep the address from being used, for everybody in the register who has the same one.

    Not when it was corrected since, nor when its server refuses us for what we are.
    """
    if returned.status.startswith(POLICY):
        return
    for point in _concerned(message):
        if point.value == message.address and point.held_at is None and point.dead_at is None:
            reaching.hold(point, f"{returned.status} {returned.words}".strip())


def open_calls(message: Message, returned: Returned) -> None:
    """Have everybody called whom the address should have reached; who is on the list stays once."""
    for point in _concerned(message):
        call_id = db.session.scalar(
            insert(AddressCall)
            .values(
                programme_id=message.programme_id,
                contact_point_id=point.id,
                message_id=message.id,
                address=message.address,
                status=returned.status,
                words=returned.words,
                opened_at=clock.now(),
            )
            .on_conflict_do_nothing(
                index_elements=["contact_point_id", "programme_id"],
                index_where=AddressCall.done_at.is_(None),
            )
            .returning(AddressCall.id)
        )
        if call_id is not None:
            audit.record(
                "address_call.opened",
                "address_call",
                call_id,
                programme_id=message.programme_id,
                changes={"status": (None, returned.status)},
            )


def tick_off(call: AddressCall, note: str) -> None:
    """Say what came of the call. Raises DomainError when somebody else has done so before."""
    note = names.clean(note)
    if not note:
        raise InputError.at("note", _("Please say what came of the call."))
    who = access.actor()
    done = db.session.execute(
        update(AddressCall)
        .where(AddressCall.id == call.id, AddressCall.done_at.is_(None))
        .values(done_at=clock.now(), note=note, done_by_id=who.id if who.kind == "user" else None)
        .returning(AddressCall.id)
        .execution_options(synchronize_session=False)
    ).first()
    db.session.refresh(call)
    if done is None:
        raise DomainError(_("Somebody has ticked this call off already."), status=409)
    audit.record(
        "address_call.done",
        "address_call",
        call.id,
        programme_id=call.programme_id,
        changes={"note": (None, note)},
    )


def _concerned(message: Message) -> list[ContactPoint]:
    if message.contact_point_id is None or message.programme_id is None:
        return []
    point = db.session.get_one(ContactPoint, message.contact_point_id)
    # An address that was corrected since is nobody else's concern.
    return reaching.sharing(point) if point.value == message.address else [point]
