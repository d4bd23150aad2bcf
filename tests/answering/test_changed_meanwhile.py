"""An answer is about the days and the place that its page told."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from coopevents.changes import service as changes
from coopevents.db import db
from coopevents.events import service as event_service
from coopevents.events.effects import NewTime, Postponement
from coopevents.events.models import SessionState
from coopevents.invitations import queries
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Answer, InvitationState
from coopevents.lifecycle import changing
from tests.browsing import hidden
from tests.event_factories import make_event, make_invitation, sessions_of
from tests.factories import make_organisation

HOA = {
    "delegates-0-full_name": "Nguyễn Thị Hoa",
    "delegates-0-sex": "female",
    "delegates-0-post": "director",
}
CHANGED = "The activity was changed while this page was open."


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-04T03:00:00Z", tick=True):
        yield


@pytest.fixture
def invitation(programme):
    organisation = make_organisation(programme, name="HTX Rau An", email="an@coop.example")
    event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])
    return make_invitation(event, organisation)


@pytest.fixture
def path(invitation):
    return invitations.new_link(invitation).removeprefix("http://localhost")


def put_off(event) -> None:
    """Postpone the activity by a week."""
    event_service.lock(event)
    planned = [s for s in sessions_of(event) if s.state is SessionState.PLANNED]
    times = [NewTime(s.id, s.held_on + timedelta(days=7), time(8), time(11)) for s in planned]
    change = Postponement("Bão số 5", tuple(times))
    changing.change_event(event, change, changes.confirmed(event, change, None), uuid4(), "vi")
    db.session.commit()


def opened(client, path) -> dict[str, str]:
    return fields_of(client.get(path).text)


def fields_of(page: str) -> dict[str, str]:
    return {name: hidden(page, name) for name in ("csrf_token", "submission", "told")}


@pytest.mark.parametrize(
    ("act", "typed", "then"),
    [
        ("accept", HOA, InvitationState.ACCEPTED),
        ("decline", {"reason": "Bận mùa vụ"}, InvitationState.DECLINED),
    ],
)
def test_an_answer_about_other_days_is_not_kept_and_can_be_given_again(
    client, path, invitation, act, typed, then
):
    before = opened(client, path)
    put_off(invitation.event)

    refused = client.post(f"{path}/{act}?lang=en", data={**before, **typed})
    kept = invitation.state
    again = client.post(f"{path}/{act}", data={**fields_of(refused.text), **typed})

    assert (refused.status_code, CHANGED in refused.text) == (422, True)
    assert kept is InvitationState.PENDING
    assert (again.status_code, invitation.state) == (303, then)


def test_what_was_typed_stands_there_again(client, path, invitation):
    before = opened(client, path)
    put_off(invitation.event)

    refused = client.post(f"{path}/accept", data={**before, **HOA})

    assert 'value="Nguyễn Thị Hoa"' in refused.text


def test_days_changed_once_more_are_not_confirmed_from_an_old_page(client, path, invitation):
    client.post(f"{path}/accept", data={**opened(client, path), **HOA})
    put_off(invitation.event)
    before = opened(client, path)
    put_off(invitation.event)

    refused = client.post(f"{path}/confirm?lang=en", data=before)

    assert (refused.status_code, CHANGED in refused.text) == (422, True)
    assert queries.latest_answer(invitation).answer is Answer.TO_CONFIRM
