"""What those who are invited may take away behind their link, and nothing else."""

from datetime import date

import pytest
import time_machine

from coopevents.db import db
from coopevents.events.models import EventState
from coopevents.invitations import service as invitations
from coopevents.invitations.models import AccessLink
from coopevents.materials import service
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation
from tests.materials.factories import make_material

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=SESSIONS)


@pytest.fixture
def invitation(programme, event):
    return make_invitation(event, make_organisation(programme, name="HTX Rau An"))


@pytest.fixture
def path(invitation):
    return invitations.new_link(invitation).removeprefix("http://localhost")


def test_shown_papers_are_listed_with_their_size_and_can_be_taken_away(client, event, path):
    shown = make_material(event, content=b"a" * 30_000, title="Tài liệu học", shown=True)
    hidden = make_material(event, content=b"secret", title="Dự toán")

    page = client.get(f"{path}?lang=en").text

    with client.get(f"{path}/materials/{shown.id}") as taken:
        assert (taken.status_code, taken.data) == (200, b"a" * 30_000)
    assert "Tài liệu học</bdi></a>" in page
    assert "(TXT, 29 KB)" in page
    assert "Dự toán" not in page
    assert client.get(f"{path}/materials/{hidden.id}").status_code == 404


def test_nothing_is_said_where_nothing_is_shown(client, event, path):
    make_material(event)

    assert "Papers to take away" not in client.get(f"{path}?lang=en").text


def test_whoever_is_invited_to_another_activity_finds_nothing(client, programme, path):
    other = make_event(programme, sessions=SESSIONS)
    material = make_material(other, shown=True)

    assert client.get(f"{path}/materials/{material.id}").status_code == 404


def test_a_removed_paper_is_not_found(client, event, path):
    material = make_material(event, shown=True)
    service.remove(material, "Nhầm tệp")

    assert client.get(f"{path}/materials/{material.id}").status_code == 404


def test_a_draft_shows_nothing(client, event, path):
    material = make_material(event, shown=True)
    event.state, event.published_at = EventState.DRAFT, None

    assert client.get(f"{path}/materials/{material.id}").status_code == 404
    assert material.title not in client.get(path).text


@pytest.mark.parametrize(("column", "status"), [("revoked_at", 410), ("expires_at", 410)])
def test_a_link_that_is_over_opens_no_paper(client, event, invitation, path, column, status):
    material = make_material(event, shown=True)
    link = db.session.query(AccessLink).filter_by(invitation_id=invitation.id).one()
    setattr(link, column, link.created_at)

    assert client.get(f"{path}/materials/{material.id}").status_code == status


def test_a_link_nobody_made_opens_no_paper(client, event):
    material = make_material(event, shown=True)

    assert client.get(f"/r/AAAAAAAAAAAAAAAAAAAAAA/materials/{material.id}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_address_only_answers(client, event, path, method):
    material = make_material(event, shown=True)

    answer = getattr(client, method)(f"{path}/materials/{material.id}")

    assert answer.status_code in {400, 405}


def test_the_page_asks_the_database_as_often_whatever_it_shows(client, event, path, count_queries):
    make_material(event, shown=True)
    client.get(path)
    with count_queries() as one:
        client.get(path)
    make_material(event, shown=True)
    make_material(event, shown=True)
    with count_queries() as three:
        client.get(path)

    assert three.number == one.number
