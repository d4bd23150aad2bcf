"""People known of an organisation: ticked by masked names, shown to whoever proves to be of it."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.answering import known
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, Person, PostKind, Sex
from coopevents.events.models import EventState
from coopevents.invitations import service as invitations
from coopevents.lifecycle import replying
from coopevents.people import reaching
from coopevents.registrations import queries
from coopevents.registrations.models import Registration
from tests.browsing import hidden
from tests.event_factories import make_event, make_invitation, make_representation
from tests.factories import (
    make_contact_point,
    make_organisation,
    make_other_programme,
    make_person,
    make_post,
)
from tests.house.test_pages import Page

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
EARLIER = [(date(2026, 3, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def organisation(programme):
    return make_organisation(programme, name="HTX Rau An", phone="+842103111222", woman_head=None)


@pytest.fixture
def hoa(programme, organisation) -> Person:
    """The director, with a phone on file since before the invitation."""
    person = make_person(programme, full_name="Nguyễn Thị Hoa", birth_year=1975)
    make_post(person, organisation, PostKind.DIRECTOR)
    make_contact_point(person, Channel.PHONE, "+84912345678")
    return person


@pytest.fixture
def mai(programme, organisation) -> Person:
    """Somebody who came once."""
    person = make_person(programme, full_name="Lê Thị Mai")
    earlier = make_event(programme, sessions=EARLIER, state=EventState.CLOSED)
    make_representation(earlier, person, organisation, role=PostKind.ACCOUNTANT)
    return person


@pytest.fixture
def invitation(programme, organisation, hoa, mai):
    return make_invitation(make_event(programme, sessions=SESSIONS), organisation)


@pytest.fixture
def path(invitation):
    return invitations.new_link(invitation).removeprefix("http://localhost")


def send(client, path, act, **fields):
    page = client.get(path).text
    basis = {name: hidden(page, name) for name in ("csrf_token", "submission")}
    return client.post(f"{path}/{act}?lang=en", data={**basis, **fields})


def give_digits(client, path, digits: str):
    return send(client, path, "names", digits=digits)


def typed(name: str, row: int = 0, **more: str) -> dict[str, str]:
    said = {"full_name": name, "sex": "female", "post": "member", **more}
    return {f"delegates-{row}-{field}": value for field, value in said.items()}


def ticks_of(page: str) -> dict[str, tuple[str, bool]]:
    """Answer the ticks of the page: the value of each, its label, and whether it is set."""
    found = re.findall(r'(<input[^>]*name="known"[^>]*>).*?<bdi>(.*?)</bdi>', page, re.DOTALL)
    return {re.search(r'value="(\d+)"', box)[1]: (label, "checked" in box) for box, label in found}


def people_named(invitation) -> list[int]:
    return [d.person.id for d in queries.list_delegates(invitation)]


def test_known_people_are_offered_by_masked_names_and_nobody_is_ticked(client, path, hoa, mai):
    page = client.get(path).text

    assert ticks_of(page) == {
        str(hoa.id): ("Nguyễn T. H.", False),
        str(mai.id): ("Lê T. M.", False),
    }
    for secret in ("Thị Hoa", "Thị Mai", "1975", "912345678", "5678"):
        assert secret not in page


def test_who_is_offered_belongs_to_the_organisation_now_or_came_for_it(
    client, programme, organisation, invitation, path, hoa, mai
):
    gone, other = make_person(programme), make_person(programme)
    withdrawn, foreign, erased = (make_person(programme) for _each in range(3))
    make_post(gone, organisation, valid_to=date(2026, 1, 1))
    make_post(other, make_organisation(programme))
    earlier = make_event(programme, sessions=EARLIER)
    make_representation(earlier, withdrawn, organisation, withdrawn_at=clock.now())
    elsewhere = make_event(make_other_programme(programme), sessions=EARLIER, contents=())
    make_representation(elsewhere, foreign, organisation)
    make_post(erased, organisation)
    erased.erased_at = clock.now()

    offered = ticks_of(client.get(path).text)

    assert list(offered) == [str(hoa.id), str(mai.id)]


def test_the_latest_are_offered_where_many_are_known(programme, organisation, invitation):
    earlier = make_event(programme, sessions=EARLIER)
    with time_machine.travel("2026-03-01T03:00:00Z", tick=True):
        old = make_person(programme, full_name="Vũ Văn Cũ")
        make_representation(earlier, old, organisation)
    for number in range(known.MOST):
        make_representation(
            earlier, make_person(programme, full_name=f"Phạm Thị {number}"), organisation
        )

    offered = [one.person.full_name for one in known.list_known(invitation, [])]

    assert len(offered) == known.MOST
    assert "Vũ Văn Cũ" not in offered
    assert "Nguyễn Thị Hoa" in offered


@pytest.mark.parametrize("people", [1, 3])
def test_known_people_are_found_by_as_many_questions(
    programme, organisation, count_queries, people
):
    for _each in range(people):
        make_post(make_person(programme), organisation)
    invitation = make_invitation(make_event(programme), organisation)
    db.session.flush()
    db.session.expire_all()
    assert invitation.organisation.id == organisation.id

    with count_queries() as asked:
        found = known.list_known(invitation, [])

    assert (len(found), asked.number) == (people, 1)


def test_a_ticked_person_comes_as_the_very_person_the_register_knows(
    client, path, invitation, hoa, mai
):
    before = db.session.scalar(select(func.count()).select_from(Person))

    answered = send(client, path, "accept", known=[str(mai.id)], **typed("Trần Thị Lan"))

    lan, second = queries.list_delegates(invitation)
    page = client.get(path).text
    assert answered.status_code == 303
    assert (second.person.id, second.representation.role_snapshot) == (mai.id, PostKind.ACCOUNTANT)
    assert db.session.scalar(select(func.count()).select_from(Person)) == before + 1
    # Who was typed is seen by whoever typed her; who was ticked is not.
    assert ("Trần Thị Lan" in page, "Lê Thị Mai" in page) == (True, False)
    assert page.count("/p/") == 2
    assert ticks_of(page) == {
        str(mai.id): ("Lê T. M.", True),
        str(hoa.id): ("Nguyễn T. H.", False),
    }
    assert lan.person.full_name == "Trần Thị Lan"


def test_whoever_is_ticked_and_typed_is_one_delegate(client, path, invitation, hoa):
    fields = typed("Nguyễn Thị Hoa", phone="0987 654 321")

    answered = send(client, path, "accept", known=[str(hoa.id)] * 2, **fields)

    (delegate,) = queries.list_delegates(invitation)
    assert answered.status_code == 303
    assert (delegate.person.id, delegate.registration.phone) == (hoa.id, "+84987654321")


@pytest.mark.parametrize("wrong", ["0", "hoa", "9" * 30, "-1"])
def test_a_tick_that_was_not_offered_is_refused(client, path, invitation, wrong):
    refused = send(client, path, "accept", known=[wrong], **typed("Trần Thị Lan"))

    assert refused.status_code == 422
    assert "Please tick people of this list only." in refused.text
    assert 'value="Trần Thị Lan"' in refused.text
    assert people_named(invitation) == []


def test_the_cookie_holds_no_name_and_no_phone(client, path, hoa):
    send(client, path, "accept", **typed("Trần Thị Lan", phone="0987654321"))
    give_digits(client, path, "5678")

    with client.session_transaction() as kept:
        ((_until, everybody, people),) = kept["seen"].values()
        text = str(dict(kept))
    assert (everybody, len(people)) == (True, 1)
    for secret in ("Lan", "Hoa", "5678", "987654321"):
        assert secret not in text


def test_nobody_of_another_organisation_can_be_ticked(client, path, programme, invitation):
    other = make_person(programme, full_name="Đỗ Thị Khác")
    make_post(other, make_organisation(programme))

    refused = send(client, path, "accept", known=[str(other.id)])

    assert (refused.status_code, people_named(invitation)) == (422, [])
    assert "Khác" not in refused.text


def test_more_ticks_than_seats_are_refused_and_stay_ticked(client, path, programme, organisation):
    invitation = make_invitation(make_event(programme, sessions=SESSIONS), organisation, seats=1)
    path = invitations.new_link(invitation).removeprefix("http://localhost")
    both = list(ticks_of(client.get(path).text))

    refused = send(client, path, "accept", known=both)

    assert refused.status_code == 422
    assert [is_set for _label, is_set in ticks_of(refused.text).values()] == [True, True]
    assert people_named(invitation) == []


def test_unticking_a_masked_delegate_gives_her_place_to_whoever_is_typed(
    client, path, invitation, hoa, mai, app
):
    send(client, path, "accept", known=[str(hoa.id), str(mai.id)])

    send(app.test_client(), path, "accept", known=[str(mai.id)], **typed("Trần Thị Lan"))

    assert [d.person.full_name for d in queries.list_delegates(invitation)] == [
        "Trần Thị Lan",
        "Lê Thị Mai",
    ]


@pytest.mark.parametrize(
    "digits", ["1222", "5678", "0912 345 678", "٥٦٧٨", " 12 22 "], ids=lambda typed: typed
)
def test_the_last_digits_of_a_phone_on_file_show_every_name(
    client, path, invitation, hoa, mai, digits
):
    send(client, path, "accept", known=[str(hoa.id)])
    masked = client.get(path).text

    shown = give_digits(client, path, digits)

    page = client.get(f"{path}?lang=en").text
    assert shown.status_code == 303
    assert digits not in shown.location
    assert ("Nguyễn Thị Hoa" in masked, "/p/" in masked) == (False, False)
    assert "Nguyễn Thị Hoa" in page
    assert 'value="1975"' in page
    assert ticks_of(page) == {str(mai.id): ("Lê Thị Mai", False)}
    assert page.count("/p/") == 2
    assert "See the names in full" not in page


@pytest.mark.parametrize("digits", ["0000", "678", "", "567", "abcd", "9" * 50, "²²²²"])
def test_wrong_digits_show_nothing_and_tell_nothing(client, path, digits):
    refused = give_digits(client, path, digits)

    assert refused.status_code == 422
    assert "These are not the last digits of a phone we know." in refused.text
    for secret in ("Thị Hoa", "Thị Mai", "5678", "1222"):
        assert secret not in refused.text
    assert "Thị Hoa" not in client.get(path).text


def test_digits_are_tried_five_times_an_hour_whatever_link_leads_there(client, path, invitation):
    other = invitations.new_link(invitation).removeprefix("http://localhost")

    statuses = [give_digits(client, path, "0000").status_code for _each in range(3)]
    statuses += [give_digits(client, other, "0000").status_code for _each in range(2)]
    statuses += [give_digits(client, other, "5678").status_code]

    assert statuses == [422] * 5 + [429]
    assert "Thị Hoa" not in client.get(path).text


def test_who_was_shown_stays_so_in_that_browser_for_half_a_day(client, app, path):
    give_digits(client, path, "5678")

    stranger = app.test_client().get(path).text
    with time_machine.travel("2026-05-01T14:00:00Z", tick=True):
        soon = client.get(path).text
    with time_machine.travel("2026-05-01T16:00:00Z", tick=True):
        late = client.get(path).text

    assert "Thị Hoa" not in stranger
    assert ("Nguyễn Thị Hoa" in soon, "Nguyễn Thị Hoa" in late) == (True, False)


def test_digits_for_one_invitation_show_nothing_of_another(client, path, programme):
    other = make_organisation(programme, phone="+842103111333")
    make_post(make_person(programme, full_name="Đỗ Thị Khác"), other)
    elsewhere = make_invitation(make_event(programme, sessions=SESSIONS), other)
    there = invitations.new_link(elsewhere).removeprefix("http://localhost")

    give_digits(client, path, "5678")

    assert "Đỗ T. K." in client.get(there).text
    assert give_digits(client, there, "5678").status_code == 422


def test_whoever_typed_names_sees_them_and_their_passes_and_a_stranger_does_not(
    client, app, path, invitation
):
    send(client, path, "accept", **typed("Trần Thị Lan", phone="0987654321"))

    own = client.get(f"{path}?lang=en").text
    stranger = app.test_client().get(f"{path}?lang=en").text

    assert ("Trần Thị Lan" in own, own.count("/p/")) == (True, 2)
    assert "Trần T. L." in stranger
    for secret in ("Thị Lan", "/p/", "987654321"):
        assert secret not in stranger


def test_a_phone_typed_behind_the_link_shows_its_own_delegate_only(client, app, path, hoa):
    fields = typed("Trần Thị Lan", phone="0987654321", next_invitations="y")
    send(client, path, "accept", known=[str(hoa.id)], **fields)
    second = app.test_client()

    shown = give_digits(second, path, "4321")

    page = second.get(path).text
    assert shown.status_code == 303
    assert "Trần Thị Lan" in page
    assert "Nguyễn T. H." in page
    for secret in ("Thị Hoa", "Thị Mai", "5678", "1975"):
        assert secret not in page


def test_typing_the_name_of_a_delegate_named_before_shows_nobody(client, app, path, hoa):
    send(client, path, "accept", known=[str(hoa.id)])
    stranger = app.test_client()

    send(stranger, path, "accept", **typed("Nguyễn Thị Hoa"))

    page = stranger.get(path).text
    assert ("Nguyễn Thị Hoa" in page, "/p/" in page) == (False, False)


def test_a_dead_number_proves_nothing(client, path, hoa):
    (point,) = reaching.points_of(hoa)
    point.dead_at = clock.now()

    assert give_digits(client, path, "5678").status_code == 422


@pytest.mark.case(9)
def test_a_person_two_cooperatives_name_holds_both_seats_with_one_place(
    client, programme, path, invitation, hoa
):
    other = make_organisation(programme, name="HTX Chè Sạch")
    make_post(hoa, other, PostKind.MEMBER)
    second = make_invitation(invitation.event, other)
    there = invitations.new_link(second).removeprefix("http://localhost")

    send(client, path, "accept", known=[str(hoa.id)])
    send(client, there, "accept", known=[str(hoa.id)])

    assert people_named(invitation) == people_named(second) == [hoa.id]
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 1


def test_after_the_session_marks_are_shown_by_masked_names(client, app, path, invitation, hoa):
    delegate = NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.DIRECTOR)
    replying.accept_invitation(invitation, [delegate], uuid4(), Channel.PHONE, "vi")

    with time_machine.travel("2026-06-11T03:00:00Z", tick=True):
        page = client.get(path).text

    assert ("Nguyễn T. H." in page, "Thị Hoa" in page, "/p/" in page) == (True, False, False)


def test_the_result_weighs_less_than_fifty_kilobytes_in_all(client, path, invitation, hoa, mai):
    give_digits(client, path, "5678")
    send(client, path, "accept", known=[str(hoa.id), str(mai.id)])

    page = client.get(path)

    weights = []
    for file in set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)):
        with client.get(file) as sent:
            weights.append(len(sent.data))
    shown = Page(page.text)
    assert (shown.headings, shown.inline) == (1, [])
    assert len(shown.ids) == len(set(shown.ids))
    assert page.text.count("data-copy") == 2
    assert len(page.data) + sum(weights) < 50_000


@pytest.mark.parametrize("seats", [1, 3])
def test_the_result_asks_as_many_questions_for_one_delegate_as_for_three(
    client, programme, organisation, count_queries, seats
):
    invitation = make_invitation(
        make_event(programme, sessions=SESSIONS), organisation, seats=seats
    )
    path = invitations.new_link(invitation).removeprefix("http://localhost")
    fields = {}
    for row in range(seats):
        fields |= typed(f"Trần Thị {row}", row)
    send(client, path, "accept", **fields)

    with count_queries() as asked:
        page = client.get(path).text

    assert page.count("data-copy") == seats
    assert asked.number == 15


def test_a_browser_remembers_few_invitations(client, programme, organisation):
    numbers = []
    for _each in range(12):
        event = make_event(programme, sessions=SESSIONS)
        invitation = make_invitation(event, organisation)
        path = invitations.new_link(invitation).removeprefix("http://localhost")
        give_digits(client, path, "1222")
        numbers.append(str(invitation.id))

    with client.session_transaction() as kept:
        assert set(kept["seen"]) == set(numbers[-10:])
        assert (
            max(entry[0] for entry in kept["seen"].values())
            <= (clock.now() + timedelta(hours=12)).timestamp()
        )
