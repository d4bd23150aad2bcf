"""The checklist of an activity and the front page: what an officer sees, taps, and is refused."""

import re
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role, User
from coopevents.accounts.queries import find_body
from coopevents.checklists import queries, service
from coopevents.checklists.models import Anchor, ChecklistItem
from coopevents.db import db
from coopevents.events.models import EventState
from tests.browsing import fill_in, hidden, post, signed_in
from tests.checklists.making import make_item, make_user
from tests.event_factories import close, make_event
from tests.factories import make_other_programme

TODAY = date(2026, 10, 1)
NEW = {"text": "Mời báo chí", "owner_id": "", "when": "any_time", "days": "", "due_on": ""}


@pytest.fixture(autouse=True)
def on_the_first_of_october():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def me(officer) -> User:
    return db.session.scalars(select(User)).one()


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(date(2026, 10, 6), "08:00", "11:00")])


def path(event, more: str = "") -> str:
    return f"/events/{event.id}/checklist{more}"


def send(officer, event, more: str, **fields):
    """Press a button of the event's checklist."""
    page = officer.get(path(event)).text
    sent = {"submission": hidden(page, "submission"), **fields}
    return post(officer, page, path(event, more), **sent)


def texts(event) -> list[str]:
    db.session.expire_all()
    return [item.text for item in queries.list_items(event)]


def rows_of_front_page(page: str) -> list[str]:
    """Answer what the front page says is to be done, in order."""
    table = page[page.index('id="to-do"') :].partition("</table>")[0]
    return re.findall(r'scope="row"\s*>\s*<div>\s*<bdi>([^<]+)</bdi>', table)


def test_an_empty_list_is_begun_with_the_list_of_its_kind_once(officer, event):
    page = officer.get(path(event)).text

    first = send(officer, event, "/start")
    again = officer.post(path(event, "/start"), data={"csrf_token": hidden(page)})

    assert (first.status_code, again.status_code) == (303, 303)
    assert len(texts(event)) == 8
    assert "0 of 8" in officer.get(path(event)).text


def test_an_item_is_added_once_however_often_the_form_is_sent(officer, event):
    page = officer.get(path(event)).text
    sent = {**NEW, "csrf_token": hidden(page), "submission": hidden(page, "submission")}

    answers = [officer.post(path(event), data=sent).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert texts(event) == ["Mời báo chí"]


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"text": "  "}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"owner_id": "999999"}, "owner_id"),
        ({"when": "never"}, "when"),
        ({"when": "before_first"}, "days"),
        ({"when": "after_last", "days": "-1"}, "days"),
        ({"when": "after_last", "days": "9" * 40}, "days"),
        ({"when": "before_first", "days": "ten"}, "days"),
        ({"when": "on_a_day"}, "due_on"),
        ({"when": "on_a_day", "due_on": "0001-01-01"}, "due_on"),
        ({"when": "on_a_day", "due_on": "soon"}, "due_on"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept_as_typed(officer, event, wrong, at):
    answer = send(officer, event, "", **{**NEW, **wrong})

    assert answer.status_code == 422
    assert f'id="{at}-error"' in answer.text
    assert ("Mời báo chí" in answer.text) is ("text" not in wrong)
    assert texts(event) == []


def test_a_form_whose_number_is_no_number_is_refused(officer, event):
    answer = send(officer, event, "", **NEW, submission="x")

    assert (answer.status_code, texts(event)) == (422, [])


def test_somebody_of_another_programme_cannot_be_given_something_to_do(officer, programme, event):
    stranger = make_user(make_other_programme(programme), "Lê Thị Lạ")

    answer = send(officer, event, "", **{**NEW, "owner_id": str(stranger.id)})

    assert (answer.status_code, 'id="owner_id-error"' in answer.text) == (422, True)
    assert stranger.full_name not in officer.get(path(event)).text


def test_an_item_is_changed_on_its_page(officer, event, me):
    item = make_item(event, anchor=Anchor.BEFORE_FIRST, offset_days=5, due_on=TODAY)
    address = path(event, f"/{item.id}")

    changed = fill_in(
        officer, address, text="Mời báo chí", owner_id=str(me.id), when="before_first", days="7"
    )
    by_hand = fill_in(officer, address, when="on_a_day", due_on="2026-10-03")

    assert (changed.status_code, by_hand.status_code) == (303, 303)
    kept = queries.list_items(event)[0]
    assert (kept.text, kept.owner_id, kept.due_on) == ("Mời báo chí", me.id, date(2026, 10, 3))
    assert (kept.anchor, kept.offset_days) == (None, None)


def test_what_another_changed_meanwhile_is_told_and_not_overwritten(officer, event):
    item = make_item(event)
    address = path(event, f"/{item.id}")
    page = officer.get(address).text
    item.text = "Đặt hội trường lớn"
    db.session.flush()

    answer = fill_in(officer, address, page, text="Đặt phòng họp")

    assert answer.status_code == 409
    assert "Somebody changed this since you opened it." in answer.text
    assert texts(event) == ["Đặt hội trường lớn"]


def test_an_owner_who_left_stays_a_choice_of_her_own_item(officer, programme, event):
    left = make_user(programme, "Lê Thị Đi")
    item = make_item(event, owner=left)
    left.active = False
    db.session.flush()

    kept = fill_in(officer, path(event, f"/{item.id}"), text="Khác")

    assert kept.status_code == 303
    assert (item.owner_id, "Lê Thị Đi" in officer.get(path(event)).text) == (left.id, True)


def test_one_tap_says_it_is_done_and_a_second_is_harmless(officer, event, me):
    item = make_item(event)
    page = officer.get(path(event)).text
    sent = {"csrf_token": hidden(page), "done": "yes"}

    answers = [officer.post(path(event, f"/{item.id}/done"), data=sent) for _ in range(2)]

    assert [answer.location for answer in answers] == [path(event)] * 2
    assert (item.done_by_id, item.version) == (me.id, 2)
    undone = send(officer, event, f"/{item.id}/done", done="no")
    assert (undone.status_code, item.done_at) == (303, None)


def test_items_are_moved_without_a_script(officer, event):
    make_item(event, "1")
    item = make_item(event, "2")

    moved = send(officer, event, f"/{item.id}/move", way="up", rank=str(item.rank))

    assert (moved.status_code, texts(event)) == (303, ["2", "1"])


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ("done", {}),
        ("done", {"done": "perhaps"}),
        ("move", {"way": "left", "rank": "1"}),
        ("move", {"way": "up", "rank": "-"}),
        ("move", {"way": "up"}),
    ],
)
def test_a_button_that_was_tampered_with_is_refused(officer, event, more, fields):
    item = make_item(event)

    answer = send(officer, event, f"/{item.id}/{more}", **fields)

    assert (answer.status_code, item.done_at, item.rank) == (422, None, 1)


def test_an_item_is_taken_off_the_list_twice_and_then_opens_no_more(officer, event):
    item = make_item(event)

    answers = [send(officer, event, f"/{item.id}/drop").status_code for _ in range(2)]

    assert (answers, texts(event)) == ([303, 303], [])
    assert officer.get(path(event, f"/{item.id}")).status_code == 409


def test_a_dropped_item_is_told_of_and_put_back_however_often(officer, event):
    item = make_item(event)
    send(officer, event, f"/{item.id}/drop")
    dropped = officer.get(path(event)).text

    answers = [send(officer, event, f"/{item.id}/put-back").status_code for _ in range(2)]

    assert "Taken off the list" in dropped
    assert item.text in dropped
    assert (answers, texts(event)) == ([303, 303], [item.text])
    assert "Taken off the list" not in officer.get(path(event)).text


@pytest.mark.parametrize("way", ["", "/done", "/move", "/drop", "/put-back"])
def test_an_item_of_another_programme_is_not_there(officer, programme, event, way):
    foreign = make_event(make_other_programme(programme), contents=())
    item = make_item(foreign)
    token = hidden(officer.get(path(event)).text)
    fields = {"csrf_token": token, "done": "yes", "way": "up", "rank": "1"}

    there = officer.post(path(foreign, f"/{item.id}{way}"), data=fields)
    here = officer.post(path(event, f"/{item.id}{way}"), data=fields)

    assert (there.status_code, here.status_code) == (404, 404)
    assert officer.get(path(foreign)).status_code == 404
    assert item.done_at is item.dropped_at is None


def test_a_leader_sees_the_list_and_changes_nothing(client, programme, event):
    item = make_item(event)
    leader = signed_in(client, programme, Role.LEADER)
    page = leader.get(path(event))

    refused = leader.post(
        path(event, f"/{item.id}/done"), data={"csrf_token": hidden(page.text), "done": "yes"}
    )

    assert (page.status_code, refused.status_code) == (200, 403)
    assert item.text in page.text
    assert path(event, f"/{item.id}/done") not in page.text
    assert 'id="to-do"' not in leader.get("/").text


def test_looking_writes_nothing(officer, event):
    officer.get(path(event))
    officer.get("/")

    assert db.session.scalars(select(ChecklistItem)).all() == []


def test_the_front_page_tells_what_is_hers_and_nobodys_the_longest_overdue_first(
    officer, programme, event, me
):
    colleague = make_user(programme, "Trần Thị Bạn")
    make_item(event, "tuần sau", due_on=date(2026, 10, 8), owner=me)
    make_item(event, "chưa ai", due_on=date(2026, 10, 2))
    make_item(event, "của tôi", due_on=date(2026, 10, 2), owner=me)
    make_item(event, "quá hạn", due_on=date(2026, 9, 1))
    make_item(event, "của bạn", due_on=date(2026, 10, 2), owner=colleague)
    make_item(event, "còn xa", due_on=date(2026, 10, 9), owner=me)
    make_item(event, "lúc nào cũng được", owner=me)
    service.mark_done(make_item(event, "xong", due_on=date(2026, 10, 2), owner=me))

    mine = officer.get("/").text
    all_ = officer.get("/?whose=all").text

    assert rows_of_front_page(mine) == ["quá hạn", "của tôi", "chưa ai", "tuần sau"]
    assert rows_of_front_page(all_) == ["quá hạn", "của tôi", "của bạn", "chưa ai", "tuần sau"]
    assert mine.count("Overdue</span>") == 1


def test_an_activity_that_is_over_asks_only_for_what_comes_after_it(officer, programme, event):
    kept = {"anchor": Anchor.AFTER_LAST, "offset_days": 3, "due_on": date(2026, 9, 18)}
    over = close(make_event(programme, sessions=[(date(2026, 9, 15), "08:00", "11:00")]))
    off = make_event(
        programme, state=EventState.CANCELLED, sessions=[(date(2026, 9, 15), "08:00", "11:00")]
    )
    for one in (over, off):
        make_item(one, "trước", anchor=Anchor.BEFORE_FIRST, offset_days=5, due_on=date(2026, 9, 10))
        make_item(one, "trước, đặt tay", due_on=date(2026, 9, 15))
        make_item(one, "sau", **kept)
        make_item(one, "sau, đặt tay", due_on=date(2026, 9, 16))

    page = officer.get("/").text

    assert rows_of_front_page(page) == ["sau, đặt tay", "sau"]


def test_what_is_ticked_off_on_the_front_page_can_be_taken_back_there(officer, event, me):
    item = make_item(event, "Đặt hội trường", due_on=TODAY, owner=me)
    front = officer.get("/?whose=all").text

    done = post(
        officer, front, path(event, f"/{item.id}/done"), done="yes", back="home", whose="all"
    )
    after = officer.get(done.location).text
    undone = post(officer, after, path(event, f"/{item.id}/done"), done="no", back="home")

    assert done.location == f"/?done={item.id}&whose=all"
    assert "Done: Đặt hội trường" in after
    assert (undone.location, item.done_at) == ("/", None)


def test_the_front_page_tells_nothing_of_another_programme(officer, programme):
    foreign = make_event(make_other_programme(programme), contents=())
    item = make_item(foreign, "Bí mật", due_on=TODAY)
    service.mark_done(make_item(foreign, "Bí mật đã xong", due_on=TODAY))

    page = officer.get(f"/?whose=all&done={item.id + 1}").text

    assert "Bí mật" not in page


@pytest.mark.parametrize("address", ["/?done=x", "/?done=99999999999999999999", "/?whose=x"])
def test_an_address_nobody_made_is_no_error(officer, event, address):
    assert officer.get(address).status_code == 200


def test_the_pages_ask_as_many_questions_for_three_items_as_for_one(
    officer, programme, event, me, count_queries
):
    def asked(address: str) -> int:
        with count_queries() as counted:
            assert officer.get(address).status_code == 200
        return counted.number

    make_item(event, due_on=TODAY, owner=me)
    before = asked(path(event)), asked("/?whose=all")
    for name in ("Lê Thị Một", "Lê Thị Hai"):
        item = make_item(make_event(programme), due_on=TODAY, owner=make_user(programme, name))
        item.event = event
    db.session.flush()

    assert (asked(path(event)), asked("/?whose=all")) == before


def test_planning_on_the_page_begins_the_list(officer, programme):
    body = find_body("womens_union")
    fields = {
        "title": "Tập huấn",
        "place": "Hội trường",
        "lead_body_id": str(body.id),
        "contact_name": "Cán bộ",
        "contact_phone": "0900000000",
        "contact_email": "a@coop.example",
        "sessions-0-held_on": "2026-12-08",
        "sessions-0-starts_at": "08:00",
        "sessions-0-ends_at": "11:00",
    }

    planned = fill_in(officer, "/events/new/training", **fields)

    assert planned.status_code == 303
    assert len(queries.list_items(db.session.scalars(select(ChecklistItem)).first().event)) == 8
