import pytest

from coopevents.attendance import roll
from coopevents.attendance.models import Action
from coopevents.directory.models import PostKind
from tests.event_factories import (
    make_entry,
    make_event,
    make_registration,
    make_representation,
    make_walk_in,
    sessions_of,
)
from tests.factories import make_organisation, make_person

pytestmark = pytest.mark.usefixtures("app")


def test_the_list_is_by_organisation_and_names_everybody_once(programme):
    an, binh = (make_organisation(programme, name=name) for name in ("HTX An", "HTX Bình"))
    event = make_event(programme)
    (session, *_) = sessions_of(event)
    hoa, mai = (make_person(programme, full_name=name) for name in ("Hoa", "Mai"))
    registration = make_registration(event, hoa, binh)
    make_representation(event, hoa, an, role=PostKind.DIRECTOR).is_primary = False
    make_registration(event, mai, an)
    make_walk_in(event, full_name="Khách")
    make_entry(session, registration, Action.PRESENT)

    groups = roll.expected(event, session)

    assert [(g.name, [(p.full_name, p.state) for p in g.people]) for g in groups] == [
        ("HTX An", [("Mai", None)]),
        ("HTX Bình", [("Hoa", Action.PRESENT)]),
        ("", [("Khách", None)]),
    ]
