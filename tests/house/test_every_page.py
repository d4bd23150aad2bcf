"""Every page there is, with something on it, in every language: whole, titled, nothing inline."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.attendance import service as attendance
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.changes import service as changes
from coopevents.changes.models import ChangeKind
from coopevents.directory.dated import rows_of
from coopevents.directory.models import OrganisationName, PostKind, Sex
from coopevents.duplicates import service as duplicates
from coopevents.events.models import SessionState
from coopevents.intake import service as intake
from coopevents.invitations import service as invitations
from coopevents.invitations.queries import list_invited
from coopevents.lifecycle import inviting, planning
from coopevents.mail.models import MailKind
from coopevents.mail.unsubscribing import Kept, keep_links
from coopevents.notices import service as notices
from coopevents.notices.models import About, NoticeKind
from coopevents.people.queries import contact_points_of
from coopevents.programme import queries as programmes
from coopevents.programme import service
from coopevents.programme.models import Programme
from coopevents.programme.plans import ActivityPlan
from coopevents.programme.queries import get_period
from coopevents.programme.third_bodies import ThirdBodyPlan, add_third_body
from coopevents.registrations import passes
from coopevents.reports import service as reports
from coopevents.requests.models import PlaceRequest
from coopevents.workdays import service as workdays
from coopevents.workdays.models import DayKind
from coopevents.workdays.service import DayPlan
from tests.bounces.making import make_call, point_of
from tests.browsing import signed_in
from tests.budgets.making import make_line, make_payment, make_rate
from tests.checklists.making import make_item
from tests.event_factories import close, make_event, make_registration, make_walk_in, sessions_of
from tests.factories import (
    find_commune,
    make_certificate,
    make_organisation,
    make_override,
    make_person,
    make_post,
)
from tests.house.test_pages import _check, direction
from tests.intake import sheets
from tests.materials.factories import make_material
from tests.outcomes.advice.cases import make_case, make_founding, make_note, make_paper
from tests.outcomes.factories import make_count, make_declaration
from tests.outcomes.trade import making
from tests.requests.making import make_request, open_registration

NOT_PAGES = {
    "api-docs.openapi_json",
    "advice.export_cases",
    "ocop.export",
    "trade.export_annex",
    "people.export",
    "budgets.export_allowances",
    "budgets.export_budget",
    "budgets.export_spendings",
    "calendars_public.read_feed",
    "charter.download",
    "attendance_grid.export_grid",
    "attendance_grid.invite_never_reached",
    "directory.count_organisations",
    "directory.export_organisations",
    "intake.progress",
    "jobs.export",
    "intake.sample_file",
    "advice_papers.download",
    "materials.download",
    "materials_public.download",
    "passes.calendar",
    "answering.calendar",
    "reports.download",
    "reports.progress",
    "security.login",
    "security.static",
    "security.verify",
    "static",
    "system.healthz",
    "system.readyz",
}
"""Files, fragments, ways to another page, answers to machines; the sign-in page, which has its own
test."""


@pytest.fixture
def places(programme) -> dict[str, object]:
    """A house in which everything happened once; answers what its addresses are made of."""
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        organisation = make_organisation(programme, name="HTX Rau An", email="an@coop.example")
        twin = make_organisation(programme, name="Hợp tác xã rau an")
        absent = make_organisation(programme, name="HTX Rau")
        duplicates.merge_organisations(organisation, absent, "Nhập hai lần")
        # Of a kind that has every part an activity may have.
        event = make_event(
            programme, kind="trade_promotion", sessions=[(date(2026, 6, 10), "07:30", "11:00")]
        )
        shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
        opened = inviting.invite(event, shown, "vi")
        (invited,) = list_invited(event)
        link = invitations.new_link(invited.invitation)
        delegate = make_person(programme, email="delegate@coop.example")
        registration = make_registration(event, delegate, organisation)
        post = make_post(delegate, organisation, PostKind.ACCOUNTANT)
        (point,) = contact_points_of([delegate.id])
        certificate = make_certificate(organisation, issued_on=date(2026, 1, 15))
        count = make_count(programme, organisation, "2025-2", 12, 4, 2, verified=False)
        declaration = make_declaration(event)
        make_walk_in(event, organisation)
        case = make_case(programme, event=event, contact=delegate)
        note = make_note(case)
        make_founding(case, twin, date(2026, 4, 1))
    with time_machine.travel("2026-06-10T08:00:00Z", tick=True):
        (session,) = sessions_of(event)
        session.state = SessionState.HELD
        attendance.record_entries(
            event,
            [Mark(uuid4(), session.id, Action.PRESENT, registration_id=registration.id)],
        )
        ahead = make_event(programme, sessions=[(date(2026, 9, 1), "07:30", "11:00")])
        ahead.listed_publicly = True
        expected = make_registration(ahead, delegate, organisation)
        passes.give(ahead, [expected])
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
            **settings_places(programme),
            **trade_places(programme, event, organisation),
            "event_id": event.id,
            "kind": "training",
            "key": "training",
            "change_id": changes.note(
                event, ChangeKind.POSTPONED, uuid4(), reason="Bão", told={}
            ).id,
            "template_id": planning.keep_template(event, "Tập huấn mẫu").id,
            "session_id": session.id,
            "round_id": opened.id,
            "material_id": make_material(event, shown=True).id,
            "organisation_id": organisation.id,
            "person_id": delegate.id,
            "post_id": post.id,
            "owner": "person",
            "owner_id": delegate.id,
            "point_id": point.id,
            "certificate_id": certificate.id,
            "case_id": case.id,
            "third_body_id": add_third_body(
                programme, ThirdBodyPlan({"vi": "Sở", "en": "Office", "ar": "إدارة"}, "")
            ).id,
            "paper_id": make_paper(case).id,
            "note_id": note.id,
            "half": "2025-2",
            "count_id": count.id,
            "declaration_id": declaration.id,
            "figure": "products",
            "stars": 3,
            "fact": "name",
            "fact_id": rows_of(OrganisationName, organisation.id)[0].id,
            "override_id": make_override(organisation, women_led=True).id,
            "act_kind": "dissolve",
            "report_id": report.id,
            "indicator": "I2",
            "code": "I12",
            "unit_id": find_commune(programme).id,
            "entry_kind": "organisations",
            "first_id": organisation.id,
            "second_id": twin.id,
            "batch_id": _import(programme),
            "token": link.rpartition("/")[2],
            "invitation_id": invited.invitation.id,
            "by": "channel",
            "stop_token": stop_link(organisation),
            "pass_token": passes.tokens_of([expected.id])[expected.id],
            "call_id": make_call(programme, organisation).id,
            "request_id": place_asked_for(event).id,
            "item_id": make_item(event, due_on=date(2026, 6, 9)).id,
            **budget_places(event),
        }


def place_asked_for(event) -> PlaceRequest:
    """Answer a request for places at the activity, as it came before this began."""
    with time_machine.travel("2026-06-01T03:00:00Z", tick=True):
        open_registration(event)
        return make_request(event)


def stop_link(organisation) -> str:
    """Answer the token of the page on which the organisation stops mail."""
    point = point_of(organisation)
    (address,) = keep_links([Kept(point.id, MailKind.INVITATIONS, point.value)])
    return address.rpartition("/")[2]


def budget_places(event) -> dict[str, object]:
    """A line, a payment and an allowance; answers what their addresses are made of."""
    line = make_line(event)
    return {
        "line_id": line.id,
        "spending_id": make_payment(line).id,
        "rate_id": make_rate(event).id,
    }


def trade_places(programme, event, organisation) -> dict[str, object]:
    """Something of each kind at a trade promotion; answers what their addresses are made of."""
    stand = making.make_stand(event, organisation)
    buyer = making.make_buyer(programme)
    contract, twin = (
        making.make_contract(programme, organisation, number="7/HĐ", buyer=buyer) for _ in "12"
    )
    result = making.make_result(contract, event, on=date(2026, 6, 10))
    making.make_result(twin, event, on=date(2026, 6, 10))
    making.make_product(stand)
    making.make_meeting(stand, buyer)
    return {
        "stand_id": stand.id,
        "buyer_id": buyer.id,
        "contract_id": contract.id,
        "result_id": result.id,
    }


def settings_places(programme) -> dict[str, object]:
    """A part of each kind among the settings; answers what their addresses are made of."""
    body = programmes.list_bodies(programme)[0]
    plan = ActivityPlan(2026, 3, "training", "Tập huấn Luật Hợp tác xã", body.body_id, None, 60)
    named = DayPlan(date(2026, 2, 16), DayKind.HOLIDAY, {"vi": "Tết", "en": "Tết", "ar": "تيت"})
    return {
        "body_id": body.body_id,
        "name_id": programmes.list_names(programme)[body.body_id][0].id,
        "content_id": programmes.list_contents(programme.id)[0].id,
        "target_id": programmes.list_targets(programme)[0].id,
        "baseline_id": programmes.list_baselines(programme)[0].id,
        "period_id": get_period(programme, "2029").id,
        "planned_id": service.promise(programme, plan).id,
        "day_id": workdays.name_days(named)[0].id,
        "year": 2026,
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
    for kind in NoticeKind:
        values = {"title": "HTX <An>", "event_id": places["event_id"]}
        notices.tell(kind, programme.id, about=(About.ROUND, 1), values=values)

    paths = [rule.build({name: places[name] for name in rule.arguments})[1] for rule in _pages(app)]
    headings = [_check(staff, path, 200, locale, direction).title for path in paths]

    assert len(paths) > 15
    assert "" not in headings
