"""Every page there is, with something on it, in every language: whole, titled, nothing inline."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine

from coopevents import lifecycle
from coopevents.accounts.models import Role
from coopevents.attendance import service as attendance
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.directory.models import Sex
from coopevents.events.models import SessionState
from coopevents.intake import service as intake
from coopevents.invitations import audience
from coopevents.invitations import service as invitations
from coopevents.invitations.audience import Audience
from coopevents.invitations.queries import list_invited
from coopevents.programme.models import Programme
from coopevents.programme.queries import get_period
from coopevents.reports import service as reports
from tests.browsing import signed_in
from tests.event_factories import close, make_event, make_registration, make_walk_in, sessions_of
from tests.factories import make_organisation, make_person
from tests.house.test_pages import _check, direction
from tests.intake import sheets

NOT_PAGES = {
    "api-docs.openapi_json",
    "intake.progress",
    "intake.sample_file",
    "registrations.calendar",
    "reports.download",
    "reports.progress",
    "security.login",
    "security.static",
    "security.verify",
    "static",
    "system.healthz",
    "system.readyz",
}
"""Files, fragments, answers to machines; the sign-in page, which has its own test."""


@pytest.fixture
def places(programme) -> dict[str, object]:
    """A house in which everything happened once; answers what its addresses are made of."""
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        organisation = make_organisation(programme, name="HTX Rau An", email="an@coop.example")
        event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])
        shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
        opened = lifecycle.invite(event, shown, "vi")
        (invited,) = list_invited(event)
        link = invitations.new_link(invited.invitation)
        registration = make_registration(event, make_person(programme), organisation)
        make_walk_in(event, organisation)
    with time_machine.travel("2026-06-10T08:00:00Z", tick=True):
        (session,) = sessions_of(event)
        session.state = SessionState.HELD
        attendance.record_entries(
            event,
            [Mark(uuid4(), session.id, Action.PRESENT, registration_id=registration.id)],
        )
        past = make_event(programme, sessions=[(date(2026, 3, 10), "07:30", "11:00")])
        past_session = sessions_of(past)[0]
        entry = make_walk_in(past, organisation, full_name="Lê Thị Khách", sex=Sex.FEMALE)
        attendance.record_entries(
            past, [Mark(uuid4(), past_session.id, Action.PRESENT, walk_in_id=entry.id)]
        )
        past_session.state = SessionState.HELD
        close(past)
        *_, (report, _done) = reports.compile_at_once(get_period(programme, "2026"))
        yield {
            "event_id": event.id,
            "session_id": session.id,
            "round_id": opened.id,
            "organisation_id": organisation.id,
            "report_id": report.id,
            "indicator": "I2",
            "batch_id": _import(programme),
            "token": link.rpartition("/")[2],
        }


def _import(programme: Programme) -> int:
    """Have a workbook checked that has a row to decide about; answer the import's number."""
    data = sheets.register(sheets.row(), sheets.row())
    batch = intake.upload(
        programme.register, programme.territory, "so.xlsx", data, as_of=date(2024, 7, 31)
    )
    intake.choose_columns(batch, intake.open_file(batch), intake.mappings_of(batch))
    return batch.id


def _pages(app) -> list:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and rule.endpoint not in NOT_PAGES
        and not rule.endpoint.startswith("api_")
    ]


@direction
def test_every_page_stands(app, client, programme, places, locale, direction):
    staff = signed_in(client, programme, Role.ADMINISTRATOR)

    paths = [rule.build({name: places[name] for name in rule.arguments})[1] for rule in _pages(app)]
    headings = [_check(staff, path, 200, locale, direction).title for path in paths]

    assert len(paths) > 15
    assert "" not in headings
