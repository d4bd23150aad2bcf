"""The delegates of an activity over the API."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine

from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.lifecycle import replying
from coopevents.registrations import queries
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True):
        yield


@pytest.mark.parametrize("number", [1, 3])
def test_whoever_was_entered_twice_is_told_as_the_entry_that_was_kept(
    officer, programme, number, count_queries
):
    event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])
    expected = []
    for at in range(number):
        entered, kept = make_organisation(programme), make_organisation(programme)
        invitation = make_invitation(event, entered)
        named = NamedDelegate(f"Trần Thị {at}", Sex.NOT_STATED, PostKind.DIRECTOR)
        replying.accept_invitation(invitation, [named], uuid4(), Channel.EMAIL, "vi")
        (delegate,) = queries.list_delegates(invitation)
        person = make_person(programme, full_name=f"Lê Thị Giữ {at}", sex=Sex.FEMALE)
        duplicates.merge_people(person, delegate.person, "Nhập hai lần")
        duplicates.merge_organisations(kept, entered, "Nhập hai lần")
        expected.append((person.id, person.full_name, "female", invitation.id, kept.id))
    path = f"/events/{event.id}/registrations"
    officer.get(path)
    db.session.expire_all()

    with count_queries() as asked:
        items = officer.get(path).json["items"]

    fields = ("person_id", "full_name", "sex", "invitation_id", "organisation_id")
    assert [tuple(item[name] for name in fields) for item in items] == expected
    assert asked.number == 5
