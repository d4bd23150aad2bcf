"""Planning on pages: from a kind, a promise, a template, as last year; agendas and trainers."""

import re
from datetime import date, time

import pytest

from coopevents.accounts.models import HostBody, HostBodyName, Role
from coopevents.accounts.queries import find_body
from coopevents.checklists import queries as checklist_queries
from coopevents.checklists import service as checklists
from coopevents.db import db
from coopevents.events import queries, service
from coopevents.events.models import Event, EventState, PartInEvent, SessionState
from coopevents.events.plans import Again, AgendaPoint, TrainerPlan
from coopevents.lifecycle import planning
from coopevents.programme import service as programme_service
from coopevents.programme.plans import ActivityPlan
from coopevents.territory.succession import as_of
from tests.browsing import fill_in, hidden, post, signed_in
from tests.event_factories import kind_of, make_event, make_registration, make_session, sessions_of
from tests.events.test_service import planned
from tests.factories import find_commune, make_organisation, make_person

ANSWER = {
    "title": "Tập huấn Luật Hợp tác xã",
    "place": "Hội trường",
    "contact_name": "Cán bộ (mẫu)",
    "contact_phone": "0900 000 000",
    "contact_email": "phoihop@coop.example",
    "sessions-0-held_on": "2027-05-12",
    "sessions-0-starts_at": "07:30",
    "sessions-0-ends_at": "11:00",
}


@pytest.fixture
def staff(client, programme):
    """A browser in which an officer reads English."""
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


def refused(client, path: str, **typed: str):
    """Fill in the form, which is shown again with what is wrong."""
    answer = fill_in(client, path, **typed)
    assert answer.status_code == 422
    return answer


def events_of(programme) -> list[Event]:
    return queries.list_events(programme.id)


def test_a_new_activity_begins_with_its_kind(staff, programme):
    path = "/events/new/training"
    lead = find_body("womens_union").id
    other = find_body("coop_alliance").id

    fill_in(staff, path, **ANSWER, lead_body_id=str(lead), co_host_ids=str(other))

    (event,) = events_of(programme)
    assert (event.kind.key, event.state, event.counts_to_programme) == (
        "training",
        EventState.DRAFT,
        True,
    )
    assert [s.starts_at for s in queries.list_sessions(event)] == [time(7, 30)]


def test_the_form_asks_what_the_kind_asks_for(staff, programme):
    assert 'name="promotional"' in staff.get("/events/new/trade_promotion").text
    assert 'name="promotional"' not in staff.get("/events/new/training").text
    assert 'name="capacity"' not in staff.get("/events/new/communication").text


def test_the_same_form_sent_twice_is_one_activity(staff, programme):
    page = staff.get("/events/new/training").text

    first = fill_in(staff, "/events/new/training", page, **ANSWER)
    second = fill_in(staff, "/events/new/training", page, **ANSWER)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(events_of(programme)) == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sessions-0-ends_at": ""}, "Session 1 needs a day, a beginning and an end."),
        ({"sessions-0-ends_at": "07:00"}, "Session 1 ends before it begins."),
        ({"title": ""}, "Please fill this in."),
        ({"answer_by": "2027-05-13"}, "Answers are due before the first session."),
        ({"contact_email": "không có"}, "This is not an e-mail address."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_written(staff, programme, changed, told):
    answer = refused(staff, "/events/new/training", **{**ANSWER, **changed})

    assert told in answer.text
    assert events_of(programme) == []


def test_a_draft_is_rewritten_and_its_sessions_keep_their_agenda(staff, programme):
    event = make_event(
        programme, state=EventState.DRAFT, sessions=[(date(2027, 5, 12), "07:30", "11:00")]
    )
    (session,) = sessions_of(event)
    service.set_agenda(session, [AgendaPoint("Khai mạc")])
    make_session(event, date(2027, 5, 13))

    fill_in(
        staff,
        f"/events/{event.id}/edit",
        **{
            "title": "Tên mới",
            "sessions-0-topic": "Buổi đầu",
            "sessions-0-class_group": "Lớp 1",
            "sessions-1-held_on": "",
            "sessions-1-starts_at": "",
            "sessions-1-ends_at": "",
        },
    )

    (kept,) = queries.list_sessions(event)
    assert (event.title, kept.id, kept.topic, kept.class_group) == (
        "Tên mới",
        session.id,
        "Buổi đầu",
        "Lớp 1",
    )
    assert [i.topic for i in queries.agenda_of([kept.id])[kept.id]] == ["Khai mạc"]


@pytest.mark.case(37)
def test_two_clerks_at_one_draft_see_each_others_changes(staff, programme):
    event = make_event(programme, state=EventState.DRAFT)
    path = f"/events/{event.id}/edit"
    page = staff.get(path).text
    fill_in(staff, path, place="Nhà văn hóa", **{"sessions-0-topic": "Đổi"})

    late = fill_in(staff, path, page, place="Sân vận động", title="Tên khác")

    assert late.status_code == 409
    assert "Somebody changed this since you opened it." in late.text
    assert "Nhà văn hóa" in late.text
    assert (event.place, event.title) == ("Nhà văn hóa", "Tập huấn quản trị hợp tác xã")


def test_details_of_a_published_activity_leave_its_day_and_place(staff, programme):
    event = make_event(programme, hosts=("womens_union",), counts_to_programme=False)
    path = f"/events/{event.id}/edit"
    page = staff.get(path).text
    other = str(find_body("coop_alliance").id)

    fill_in(staff, path, co_host_ids=other, contact_name="Người khác")

    assert 'name="place"' not in page
    assert 'name="sessions-0-held_on"' not in page
    assert (event.contact_name, event.counts_to_programme) == ("Người khác", True)


def test_no_fewer_places_than_are_taken(staff, programme):
    event = make_event(programme, capacity=2, sessions=[(date(2099, 5, 12), "07:30", "11:00")])
    for _each in range(2):
        make_registration(event, make_person(programme))

    answer = refused(staff, f"/events/{event.id}/edit", capacity="1")

    assert "2 places are taken or held already." in answer.text
    assert event.capacity == 2


def test_an_activity_that_is_over_stays_as_it_is(staff, programme):
    event = make_event(programme, state=EventState.CLOSED)
    (session,) = sessions_of(event)

    answers = [
        staff.get(f"/events/{event.id}/edit"),
        staff.get(f"/events/{event.id}/sessions/{session.id}/agenda"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]


def test_an_agenda_is_written_point_by_point(staff, programme):
    event = make_event(programme)
    (session,) = sessions_of(event)
    path = f"/events/{event.id}/sessions/{session.id}/agenda"

    fill_in(
        staff,
        path,
        **{
            "topic": "Luật Hợp tác xã",
            "optional": "y",
            "points-0-starts_at": "08:00",
            "points-0-topic": "Khai mạc",
            "points-1-topic": "Trao đổi",
            "points-1-speaker": "Bà Lê Thị Mẫu",
        },
    )
    half = refused(staff, path, **{"points-1-topic": ""})

    items = queries.agenda_of([session.id])[session.id]
    assert [(i.rank, i.starts_at, i.topic, i.speaker) for i in items] == [
        (1, time(8), "Khai mạc", ""),
        (2, None, "Trao đổi", "Bà Lê Thị Mẫu"),
    ]
    assert session.required is False
    assert "Say what point 2 of the agenda is about." in half.text


def test_a_trainer_is_linked_to_her_namesake_in_the_register_by_a_person_only(staff, programme):
    event = make_event(programme)
    known = make_person(programme, full_name="Nguyễn Thị Hòa")
    path = f"/events/{event.id}/trainers"
    fill_in(staff, path, full_name="Nguyễn Thị Hoà", part="speaker", unit="Sở Nông nghiệp")
    (trainer,) = queries.list_trainers(event)
    assert (trainer.part, trainer.person_id) == (PartInEvent.SPEAKER, None)
    page = staff.get(path).text

    post(staff, page, f"{path}/{trainer.id}/link", person_id=str(known.id))

    assert "It is Nguyễn Thị Hòa of the register" in page
    assert trainer.person_id == known.id


def test_a_trainer_is_no_person_of_another_register(staff, programme):
    event = make_event(programme)
    service.add_trainers(event, [TrainerPlan("Nguyễn Thị Hòa")])
    (trainer,) = queries.list_trainers(event)
    page = staff.get(f"/events/{event.id}/trainers").text

    answer = post(staff, page, f"/events/{event.id}/trainers/{trainer.id}/link", person_id="999999")

    assert answer.status_code == 404
    assert trainer.person_id is None


def test_a_promise_becomes_a_draft_that_the_plan_shows(staff, programme):
    promise = programme_service.promise(
        programme,
        ActivityPlan(2027, 5, "training", "Tập huấn 2027", find_body("womens_union").id, None, 60),
    )
    chooser = staff.get(f"/events/new?promise={promise.id}").text

    fill_in(
        staff, f"/events/new/training?promise={promise.id}", **{**ANSWER, "title": promise.title}
    )

    (event,) = events_of(programme)
    plan = staff.get("/programme/settings/plan/2027").text
    assert "Plan one more" in plan
    assert f"/events/new/training?promise={promise.id}" in chooser
    assert "/events/new/seminar" not in chooser
    assert (event.year_plan_id, event.capacity) == (promise.id, 60)
    assert f'href="/events/{event.id}"' in plan


def test_a_promise_that_is_kept_stays_on_the_plan(staff, programme):
    staff.post("/sign-out", data={"csrf_token": hidden(staff.get("/").text)})
    signed_in(staff, programme, Role.ADMINISTRATOR)
    promise = programme_service.promise(
        programme, ActivityPlan(2027, 5, "training", "Tập huấn 2027", None, None, None)
    )
    event = make_event(programme)
    event.year_plan_id = promise.id
    db.session.flush()
    path = "/programme/settings/plan/2027"

    answer = post(
        staff, staff.get(path).text, f"/programme/settings/plan/activities/{promise.id}/drop"
    )

    assert answer.status_code == 409


def test_the_plan_tells_what_is_kept_ahead_and_not_begun(staff, programme):
    for number, state in enumerate((EventState.CLOSED, EventState.DRAFT, EventState.CANCELLED)):
        promise = programme_service.promise(
            programme, ActivityPlan(2027, 5, "training", f"Hoạt động {number}", None, None, None)
        )
        make_event(programme, state=state).year_plan_id = promise.id
    db.session.flush()

    page = staff.get("/programme/settings/plan/2027").text

    cards = [
        " ".join(part.split("<")[0].split()) for part in page.split('class="figure-number">')[1:]
    ]
    assert cards[:3] == ["1", "1", "1"]


def test_an_activity_is_held_again_as_last_year(staff, programme):
    event = make_event(
        programme,
        title="Tập huấn 2026",
        sessions=[(date(2026, 5, 12), "07:30", "11:00"), (date(2026, 5, 14), "13:30", "16:30")],
    )
    event.answer_by = date(2026, 5, 5)
    first, _second = sessions_of(event)
    service.set_agenda(first, [AgendaPoint("Khai mạc", time(8))])
    service.add_trainers(event, [TrainerPlan("Nguyễn Thị Hòa")])

    fill_in(staff, f"/events/{event.id}/repeat", title="Tập huấn 2027", first_on="2027-05-11")

    again = next(one for one in events_of(programme) if one.id != event.id)
    sessions = queries.list_sessions(again)
    assert (again.title, again.state, again.copied_from_id) == (
        "Tập huấn 2027",
        EventState.DRAFT,
        event.id,
    )
    assert [s.held_on for s in sessions] == [date(2027, 5, 11), date(2027, 5, 13)]
    assert again.answer_by == date(2027, 5, 4)
    assert [i.topic for i in queries.agenda_of([sessions[0].id])[sessions[0].id]] == ["Khai mạc"]
    assert [t.full_name for t in queries.list_trainers(again)] == ["Nguyễn Thị Hòa"]


def test_an_activity_held_again_lies_in_the_commune_of_its_new_day(programme):
    old = find_commune(programme)
    event = make_event(programme, sessions=[(date(2025, 5, 12), "07:30", "11:00")])
    event.unit = old

    again = planning.repeat_event(event, Again(date(2026, 5, 12), event.title))

    assert old.valid_to is not None
    assert again.administrative_unit_id == as_of([old.id], date(2026, 5, 12))[old.id].id


def test_a_template_is_kept_used_and_taken_away(staff, programme):
    event = make_event(programme, title="Tập huấn 2026")
    fill_in(staff, f"/events/{event.id}/template", name="Tập huấn hai buổi")
    again = refused(staff, f"/events/{event.id}/template", name="Tập huấn hai buổi")
    (template,) = queries.list_templates(programme.id)

    fill_in(staff, f"/events/templates/{template.id}", title="Từ mẫu", first_on="2028-03-01")
    post(staff, staff.get("/events/new").text, f"/events/templates/{template.id}/remove")

    assert "There is a template of this name already." in again.text
    assert {one.title for one in events_of(programme)} == {"Tập huấn 2026", "Từ mẫu"}
    assert queries.list_templates(programme.id) == []


def test_a_day_beyond_every_calendar_is_refused(staff, programme):
    event = make_event(programme)

    answer = refused(staff, f"/events/{event.id}/repeat", first_on="9999-12-31")

    assert "Give a day between 1900 and 2200." in answer.text


def test_whom_it_was_sent_to_is_proposed_once(staff, programme):
    organisation = make_organisation(programme, email="a@coop.example")
    audience = {
        "women_led": True,
        "kinds": ["cooperative"],
        "commune_ids": [],
        "organisation_ids": [organisation.id],
        "never_reached_since": "2026-01-01",
    }
    event = make_event(programme)
    event.proposed_audience = audience
    db.session.flush()

    page = staff.get(f"/events/{event.id}/invitations/new").text

    assert "Ticked is what the activity it repeats was sent to." in page
    assert planning.outline_of(event)["audience"] == audience


@pytest.mark.case(15)
def test_a_third_host_is_listed_and_changes_nothing(staff, programme):
    event = make_event(programme)
    path = f"/events/{event.id}/edit"
    third = HostBody(key="department")
    named = HostBodyName(
        body=third,
        name={"vi": "Sở mẫu", "en": "Sample department", "ar": "إدارة نموذجية"},
        abbreviation="SM",
        heading=["SỞ MẪU"],
        number_pattern="Số: {number}/SM",
        place="Việt Trì",
        signers=[],
    )
    db.session.add(named)
    db.session.flush()

    fill_in(staff, path, third_host_ids=str(third.id))

    page = staff.get(f"/events/{event.id}").text
    roles = [row.role.value for row in queries.list_hosts(event)]
    assert (sorted(roles), event.counts_to_programme) == (["co_host", "lead", "third"], True)
    assert "Sample department" in page
    assert "yes: both bodies host" in page


@pytest.mark.case(16)
def test_an_activity_of_one_body_with_a_speaker_of_the_other_is_not_joint(staff, programme):
    event = make_event(programme, hosts=("womens_union",), counts_to_programme=False)
    service.add_trainers(
        event,
        [TrainerPlan("Lê Thị Mẫu", part=PartInEvent.SPEAKER, unit="Liên minh Hợp tác xã")],
    )

    assert "no: not both bodies host" in staff.get(f"/events/{event.id}").text


@pytest.mark.parametrize(("touched", "told"), [(True, True), (False, False)])
def test_saving_another_kind_tells_that_the_list_begun_stays(staff, programme, touched, told):
    draft = planning.plan_event(programme.id, planned())
    if touched:
        checklists.mark_done(checklist_queries.list_items(draft)[0])

    answer = fill_in(
        staff, f"/events/{draft.id}/edit", kind_id=str(kind_of(programme, "trade_promotion").id)
    )
    page = staff.get(answer.location).text

    assert answer.status_code == 303
    assert ("still that of the kind before, Training" in page) is told


def test_a_kind_there_is_not_tells_nothing_of_the_list(staff, programme):
    draft = planning.plan_event(programme.id, planned())

    page = staff.get(f"/events/{draft.id}?checklist_of=<b>")

    assert page.status_code == 200
    assert "still that of the kind before" not in page.text


def test_the_front_page_tells_what_comes_up_by_the_days_it_is_held_on(staff, programme):
    moved = make_event(programme, title="Dời", sessions=[(date(2027, 5, 4), "08:00", "11:00")])
    make_event(programme, title="Sau", sessions=[(date(2027, 5, 11), "08:00", "11:00")])
    off = make_event(programme, title="Bỏ", sessions=[(date(2027, 5, 5), "08:00", "11:00")])
    new = make_session(moved, date(2027, 5, 18), "08:00", "11:00")
    old = sessions_of(moved)[0]
    old.state, old.moved_to_id = SessionState.MOVED, new.id
    sessions_of(off)[0].state = SessionState.CANCELLED
    db.session.flush()

    page = staff.get("/").text

    table = page[page.index("Coming up") :].partition("</table>")[0]
    assert re.findall(r"<bdi>(\w+)</bdi></a>", table) == ["Sau", "Dời"]
    assert "18 May 2027" in table
