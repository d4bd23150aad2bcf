"""Requests for places for tests: made by the service, as the public form makes them."""

from datetime import date
from uuid import uuid4

from coopevents.events.models import Event
from coopevents.lifecycle import placing
from coopevents.requests import service
from coopevents.requests.models import PlaceRequest, RequestPurpose
from coopevents.requests.queries import find_submission
from coopevents.requests.service import Asked

UNTIL = date(2026, 6, 5)


def open_registration(event: Event, until_on: date = UNTIL) -> None:
    """Let places at the activity be asked for."""
    service.set_up(event, is_open=True, until_on=until_on, audience="Hợp tác xã do phụ nữ làm chủ")


def make_request(event: Event, **typed) -> PlaceRequest:
    """Have somebody ask for places at the activity, by e-mail unless told otherwise."""
    given = {
        "organisation_name": "HTX Rau An",
        "contact_name": "Nguyễn Thị Hoa",
        "people": 2,
        "submission_id": uuid4(),
        "email": "hoa@coop.example",
        "agreed": frozenset({RequestPurpose.THIS_ACTIVITY}),
        **typed,
    }
    placing.ask_for_place(event, Asked(**given), "vi")
    found = find_submission(given["submission_id"])
    assert found is not None
    return found
