"""Everything one organisation got, on its page and on one sheet."""

import re
import uuid
from datetime import date

import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.attendance.grid import Mark
from coopevents.attendance.models import Action
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.directory.models import (
    Channel,
    LineageKind,
    OrganisationCode,
    OrganisationLineage,
    Sex,
)
from coopevents.events.models import EventState
from coopevents.invitations import service
from coopevents.invitations.models import Answer, Delivery, InvitationState
from coopevents.invitations.queries import list_invited
from coopevents.lifecycle import inviting
from coopevents.outcomes.advice.models import Outcome, Purpose
from coopevents.reports.dossier import Dossier, compile_dossier
from coopevents.reports.entries import Delegate
from tests import event_factories as made
from tests.browsing import signed_in
from tests.factories import (
    make_certificate,
    make_head_count,
    make_organisation,
    make_person,
    make_support,
)
from tests.outcomes.advice.cases import make_case, make_founding, make_move, take_back

TODAY = date(2026, 11, 25)
DAY = date(2026, 10, 6)
TWO_DAYS = [(DAY, *made.MORNING), (date(2026, 10, 7), *made.MORNING)]


@pytest.fixture(autouse=True)
def some_day():
    with time_machine.travel("2026-11-25T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def organisation(programme):
    return make_organisation(programme, name="HTX Chè", email="che@coop.example")


def dossier(programme, organisation) -> Dossier:
    return compile_dossier(programme, organisation, TODAY)


def test_each_held_activity_bears_the_mark_it_has_in_the_grid(programme, organisation):
    came = made.make_event(programme, title="Dự", sessions=TWO_DAYS)
    absent = made.make_event(programme, title="Vắng")
    unasked = made.make_event(programme, title="Không mời")
    made.make_invitation(came, organisation)
    made.make_invitation(absent, organisation)
    first, second = made.sessions_of(came)
    woman = make_person(programme, full_name="Lê Thị Bình")
    man = make_person(programme, full_name="Lê Văn An", sex=Sex.MALE)
    made.make_entry(first, made.make_registration(came, woman, organisation))
    registration = made.make_registration(came, man, organisation)
    made.make_entry(first, registration)
    made.make_entry(second, registration)
    missing = made.make_registration(absent, woman, organisation)
    made.make_entry(made.sessions_of(absent)[0], missing, Action.ABSENT)
    for event in (came, absent, unasked):
        made.close(event)

    told = dossier(programme, organisation)

    entries = {entry.event_id: entry for entry in told.entries}
    assert {id_: entry.mark for id_, entry in entries.items()} == {
        came.id: Mark.CAME,
        absent.id: Mark.ABSENT,
        unasked.id: Mark.NOT_INVITED,
    }
    assert told.marks == {Mark.CAME: 1, Mark.ABSENT: 1, Mark.NOT_INVITED: 1}
    assert entries[came.id].delegates == (Delegate("Lê Văn An", 2), Delegate("Lê Thị Bình", 1))
    assert (entries[came.id].sessions, told.delegates) == (2, 2)
    assert entries[absent.id].delegates == ()


def test_an_activity_before_its_founding_bears_no_mark(programme):
    organisation = make_organisation(programme, founded_on=date(2026, 10, 7))
    made.close(made.make_event(programme, sessions=TWO_DAYS[:1]))
    later = made.close(made.make_event(programme, sessions=TWO_DAYS[1:]))

    assert [entry.event_id for entry in dossier(programme, organisation).entries] == [later.id]


def test_a_delegate_of_two_organisations_stands_in_the_dossier_of_each(
    app, programme, organisation
):
    other = make_organisation(programme)
    event = made.make_event(programme)
    (session,) = made.sessions_of(event)
    person = make_person(programme, full_name="Lê Thị Hai")
    made.make_entry(session, made.make_registration(event, person, organisation))
    made.make_representation(event, person, other)
    made.close(event)

    with app.test_request_context("?lang=en"):
        told = [dossier(programme, one).entries[0] for one in (organisation, other)]

    assert [entry.delegates for entry in told] == [(Delegate("Lê Thị Hai", 1),)] * 2
    assert [entry.details for entry in told] == [("Came without an invitation",)] * 2


def test_merged_people_and_recognised_walk_ins_count_as_in_every_figure(programme, organisation):
    event = made.make_event(programme, sessions=TWO_DAYS)
    first, second = made.sessions_of(event)
    merged, kept = make_person(programme), make_person(programme, full_name="Lê Thị Giữ")
    made.make_registration(event, merged, organisation)
    made.make_merge(kept, merged)
    made.make_entry(first, made.make_registration(event, kept))
    walk_in = made.make_walk_in(event)
    made.make_match(walk_in, kept)
    made.make_entry(second, walk_in)
    stranger = made.make_walk_in(event, organisation, full_name="Trần Thị Khách")
    made.make_entry(second, stranger)
    made.close(event)

    (entry,) = dossier(programme, organisation).entries

    assert set(entry.delegates) == {Delegate("Lê Thị Giữ", 2), Delegate("Trần Thị Khách", 1)}


def test_an_invitation_tells_its_ways_its_seats_and_its_answer(app, programme, organisation):
    with (
        time_machine.travel("2026-05-01T03:00:00Z", tick=True),
        app.test_request_context("?lang=en"),
    ):
        event = made.make_event(programme, sessions=[(date(2026, 12, 24), *made.MORNING)])
        shown = audience.preview(event, Audience(organisation_ids=[organisation.id]), seats=2)
        opened = inviting.invite(event, shown, "vi")
        invitation = list_invited(event)[0].invitation
        db.session.add(
            Delivery(
                round_id=opened.id,
                invitation_id=invitation.id,
                channel=Channel.PHONE,
                outcome="agreed",
            )
        )
        service.answer(
            invitation,
            Answer.DECLINED,
            submission_id=uuid.uuid4(),
            channel=Channel.PHONE,
            reason="Bận mùa vụ",
        )
        (entry,) = dossier(programme, organisation).entries

    assert (entry.mark, entry.on, entry.tone) == (None, date(2026, 12, 24), "busy")
    assert sorted(entry.details[0].removeprefix("Invited on 1 May 2026 by ").split(", ")) == [
        *("e-mail", "phone")
    ]
    assert entry.details[1:] == ("2 seats", "declined (phone)", "Bận mùa vụ", "not held yet")


def test_an_invitation_taken_back_is_none(programme, organisation):
    event = made.make_event(programme, state=EventState.PUBLISHED)
    made.make_invitation(event, organisation).state = InvitationState.CANCELLED
    db.session.flush()

    assert dossier(programme, organisation).entries == []


def test_founding_certificates_and_lineage_stand_in_the_order_of_their_days(
    app, programme, organisation
):
    other = make_organisation(programme, name="HTX Gốc")
    make_support(organisation, supported_on=date(2024, 9, 1))
    make_support(organisation, "coop_alliance")
    make_certificate(
        organisation,
        product="Chè đinh",
        stars=4,
        issued_on=date(2025, 1, 15),
        withdrawn_on=date(2026, 2, 1),
    )
    db.session.add(
        OrganisationLineage(
            kind=LineageKind.SPLIT_OFF,
            effective_on=date(2024, 8, 30),
            old_id=other.id,
            new_id=organisation.id,
        )
    )

    with app.test_request_context("?lang=en"):
        mine = [(e.on, e.text) for e in dossier(programme, organisation).entries]
        its = [(e.on, e.text) for e in dossier(programme, other).entries]

    assert [on for on, _text in mine] == [
        *(date(2026, 2, 1), date(2025, 1, 15), date(2024, 9, 1), date(2024, 8, 30), None)
    ]
    assert [text for _on, text in mine[:2]] == [
        "OCOP certificate withdrawn: Chè đinh",
        "OCOP certificate, 4 stars: Chè đinh",
    ]
    assert mine[3][1] == "Split off from HTX Gốc"
    assert its == [(date(2024, 8, 30), "HTX Chè split off from it")]


def test_advice_and_what_it_led_to_stand_among_the_rest(app, programme, organisation):
    case = make_case(programme, opened_on=date(2025, 2, 3))
    founding = make_founding(case, organisation, date(2025, 6, 9), number="18-07")
    make_move(case, date(2025, 7, 1), Outcome.FOUNDED)
    strengthened = make_case(
        programme, organisation, purpose=Purpose.STRENGTHEN, opened_on=date(2026, 1, 5)
    )

    def told():
        with app.test_request_context("?lang=en"):
            entries = dossier(programme, organisation).entries
            return [(entry.on, entry.text, entry.details) for entry in entries]

    begun = (strengthened.opened_on, "Advice begun: Strengthen an organisation", ())
    assert told() == [
        begun,
        (date(2025, 7, 1), "Advice ended: Led to a founding", ()),
        (date(2025, 6, 9), "Founded with advice", ("registration number 18-07",)),
        (date(2025, 2, 3), "Advice begun: Found a cooperative", ()),
    ]

    take_back(founding)
    # What was taken back leads here no more, nor does the case it was recorded in.
    assert told() == [begun]


@pytest.mark.parametrize("number", [1, 3])
def test_a_dossier_asks_as_many_questions_for_three_as_for_one(
    programme, organisation, count_queries, number
):
    for turn in range(number):
        event = made.make_event(programme)
        (session,) = made.sessions_of(event)
        made.make_invitation(event, organisation)
        made.make_entry(
            session, made.make_registration(event, make_person(programme), organisation)
        )
        made.close(event)
        made.make_invitation(made.make_event(programme), organisation)
        make_support(organisation, supported_on=date(2024, 9, 1 + turn))
        make_certificate(organisation)
        make_case(programme, organisation)

    with count_queries() as asked:
        told = dossier(programme, organisation)

    assert (len(told.entries), asked.number) == (5 * number, 28)


def test_the_page_shows_what_it_got_and_each_number_opens_its_rows(
    officer, programme, organisation
):
    came, absent, passed_by = (made.make_event(programme) for _ in range(3))
    made.make_invitation(absent, organisation)
    (session,) = made.sessions_of(came)
    person = make_person(programme, full_name="Lê Thị Đến")
    made.make_entry(session, made.make_registration(came, person, organisation))
    for event in (came, absent, passed_by):
        made.close(event)
    address = f"/organisations/{organisation.id}"

    def told(only: str = "") -> list[int]:
        page = officer.get(f"{address}?lang=en{only}").text
        return [int(id_) for id_ in re.findall(r'id="event-(\d+)"', page)]

    page = officer.get(f"{address}?lang=en").text
    assert sorted(told()) == [came.id, absent.id]
    assert [told(f"&only={mark}") for mark in ("came", "absent", "not_invited")] == [
        *([came.id], [absent.id], [passed_by.id])
    ]
    assert "Lê Thị Đến</bdi> (1 of 1 sessions)" in page
    links = set(re.findall(rf'href="({address}\?only=[a-z_]+)#got"', page))
    assert links == {f"{address}?only={mark}" for mark in ("came", "absent", "not_invited")}


def test_the_sheet_bears_both_bodies_the_day_and_the_rule(officer, programme, organisation):
    event = made.make_event(programme, title="Lớp một")
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, make_person(programme), organisation))
    made.close(event)
    make_head_count(organisation, date(2026, 7, 31), members=1146, women=700)
    db.session.add(
        OrganisationCode(organisation_id=organisation.id, scheme="registration", code="0012345")
    )

    page = officer.get(f"/organisations/{organisation.id}/sheet?lang=vi").text

    for told in ("HTX Chè", "0012345", "1.146", "Lớp một", "25/11/2026", "WOMEN_HEADED"):
        assert told in page, told
    heading = re.search(r'class="letterhead">(.*?)</div>', page, re.DOTALL)[1].upper()
    assert ("LIÊN HIỆP PHỤ NỮ" in heading, "LIÊN MINH HỢP TÁC XÃ" in heading) == (True, True)
    assert "/static/css/print.css" in page


def test_the_sheet_of_another_register_is_not_found(officer, programme):
    assert officer.get("/organisations/999999/sheet").status_code == 404
