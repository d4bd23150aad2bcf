import pytest
from sqlalchemy import delete, select

from coopevents.access import Actor, acting
from coopevents.audit import service
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db

pytestmark = pytest.mark.usefixtures("app")

OFFICER = Actor(kind="user", id=7, label="Cán bộ (mẫu)", roles=("officer",))


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def links() -> list[bytes]:
    """Answer the chain as it must be, linked anew from its first entry."""
    told, previous = [], None
    for entry in entries():
        previous = service.link(previous, entry)
        told.append(previous)
    return told


def test_an_act_is_written_with_the_commit_and_not_before():
    before = len(entries())

    service.record("event.published", "event", 1)
    waiting = len(entries())
    db.session.commit()

    assert (waiting, len(entries())) == (before, before + 1)


def test_an_act_that_was_rolled_back_is_not_written():
    before = len(entries())

    service.record("event.published", "event", 1)
    db.session.rollback()
    db.session.commit()

    assert len(entries()) == before


def test_an_entry_names_its_actor_and_keeps_values_apart():
    with acting(OFFICER):
        service.record("event.changed", "event", 3, changes={"title": ("Cũ", "Mới")})
        db.session.commit()

    entry = entries()[-1]
    value = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id)).one()
    assert (entry.actor_kind, entry.actor_id, entry.actor_label) == ("user", 7, "Cán bộ (mẫu)")
    assert (value.field, value.before, value.after) == ("title", "Cũ", "Mới")


def test_the_chain_holds_and_survives_the_erasure_of_values():
    for number in range(3):
        service.record("person.changed", "person", number, changes={"name": ("A", "B")})
        db.session.commit()

    db.session.execute(delete(AuditValue))

    assert [entry.chain_hash for entry in entries()] == links()


@pytest.mark.parametrize("field", ["act", "actor_label", "subject_id"])
def test_a_tampered_entry_breaks_the_chain(field):
    for number in range(3):
        service.record("person.changed", "person", number)
        db.session.commit()
    told = entries()

    setattr(told[-2], field, 99 if field == "subject_id" else "tampered")
    with db.session.no_autoflush:
        broken = service.link(told[-3].chain_hash, told[-2]) != told[-2].chain_hash
    db.session.expire_all()

    assert broken
