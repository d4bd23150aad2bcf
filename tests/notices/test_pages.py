"""The bell, the page behind it, and where each user hears of what."""

import re

import pytest
from sqlalchemy import select

from coopevents.accounts.models import Role, User
from coopevents.db import db
from coopevents.notices import queries
from coopevents.notices.models import About, Notice, NoticeKind
from coopevents.notices.words import DEFAULTS, Place
from tests.browsing import PASSWORD, fill_in, post, sign_in, signed_in
from tests.notices.making import make_user, tell


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def user(officer):
    return db.session.scalars(select(User).where(User.email.startswith("officer"))).one()


def _bell(page: str) -> str | None:
    """Answer the number beside the bell, None without a bell, "" without a number."""
    found = re.search(r'<a class="bell".*?</a>', page, re.DOTALL)
    if found is None:
        return None
    number = re.search(r"<strong>(\d+)", found[0])
    return number[1] if number else ""


def _seen(page: str) -> list[str]:
    return re.findall(r'name="seen" value="([^"]+)"', page)


def test_the_bell_tells_how_many_lines_are_not_read(officer, user, programme):
    before = officer.get("/?lang=en").text
    tell(programme)
    tell(programme)
    tell(programme, NoticeKind.DECLINED)

    after = officer.get("/?lang=en").text

    assert (_bell(before), _bell(after)) == ("", "2")
    assert "not read yet" in after


def test_a_viewer_has_no_bell(client, programme):
    viewer = signed_in(client, programme, Role.VIEWER)

    assert _bell(viewer.get("/").text) is None


def test_looking_and_following_a_link_mark_nothing(officer, user, programme):
    tell(programme)

    for _twice in range(2):
        page = officer.get("/notices/?lang=en").text

    assert "Tập huấn quản trị: 1 answer, accepted" in page
    assert 'href="/events/7/invitations/"' in page
    assert _bell(page) == "1"


def test_one_line_is_marked_as_read_and_stands_below(officer, user, programme):
    tell(programme)
    tell(programme, NoticeKind.DECLINED)
    page = officer.get("/notices/?lang=en").text
    everything, latest, earlier = _seen(page)

    answer = post(officer, page, "/notices/read", seen=latest)
    after = officer.get("/notices/?lang=en").text

    assert everything == f"{latest},{earlier}"
    assert (answer.status_code, answer.headers["Location"]) == (303, "/notices/")
    assert _bell(after) == "1"
    assert after.index("1 answer, accepted") < after.index("1 answer, declined")


def test_all_lines_are_marked_as_read_but_what_came_since(officer, user, programme):
    tell(programme)
    tell(programme, NoticeKind.DECLINED)
    page = officer.get("/notices/?lang=en").text
    tell(programme, NoticeKind.DECLINED)

    post(officer, page, "/notices/read", seen=_seen(page)[0])

    (left,) = queries.list_unread(user.id, programme.id, 10)
    assert (left.kind, left.number) == (NoticeKind.DECLINED, 2)


@pytest.mark.parametrize("seen", ["", "x", "1", "1:2:3", "1:x", "1:2,", ":"])
def test_a_form_that_is_none_of_ours_is_refused(officer, user, programme, seen):
    tell(programme)

    answer = post(officer, officer.get("/notices/").text, "/notices/read", seen=seen)

    assert answer.status_code == 400
    assert queries.count_unread(user.id, programme.id) == 1


@pytest.mark.parametrize("seen", ["0:0", "-1:1", f"{2**70}:1", "1:99999999999999999999"])
def test_numbers_no_row_has_mark_nothing(officer, user, programme, seen):
    tell(programme)

    answer = post(officer, officer.get("/notices/").text, "/notices/read", seen=seen)

    assert answer.status_code == 303
    assert queries.count_unread(user.id, programme.id) == 1


def test_nobody_sees_or_reads_the_news_of_another(officer, user, programme, client):
    other = make_user(programme, "other")
    tell(programme, NoticeKind.REPORT_READY, about=(About.REPORT, 3), user_id=other.id)
    (line,) = queries.list_unread(other.id, programme.id, 10)
    page = officer.get("/notices/").text

    post(officer, page, "/notices/read", seen=f"{line.id}:1")

    assert ("Tập huấn quản trị" in page, _bell(page)) == (False, "")
    assert queries.count_unread(other.id, programme.id) == 1


def test_the_page_asks_as_much_for_three_lines_as_for_one(officer, user, programme, count_queries):
    tell(programme)
    with count_queries() as one:
        officer.get("/notices/")
    tell(programme, NoticeKind.DECLINED)
    tell(programme, NoticeKind.RETURNED, about=(About.ORGANISATION, 4))
    db.session.commit()

    with count_queries() as three:
        officer.get("/notices/")

    assert one.number == three.number


def test_a_stranger_is_sent_to_sign_in(client, app):
    answers = [client.get(path) for path in ("/notices/", "/notices/choices")]

    assert [answer.status_code for answer in answers] == [302, 302]


def test_the_choice_starts_from_the_defaults_and_is_kept(officer, user, programme):
    page = officer.get("/notices/choices?lang=en").text

    answer = fill_in(officer, "/notices/choices", page, report_ready_digest="y")
    after = officer.get(answer.headers["Location"] + "&lang=en").text

    both = Place(in_application=True, in_digest=True)
    assert page.count(" checked") == sum(p.in_application + p.in_digest for p in DEFAULTS.values())
    assert queries.places_of(user.id) == {**DEFAULTS, NoticeKind.REPORT_READY: both}
    assert "Your choice was saved." in after
    assert after.count(" checked") == page.count(" checked") + 1


def test_no_tick_at_all_is_a_choice(officer, user, programme):
    page = officer.get("/notices/choices").text

    post(officer, page, "/notices/choices")
    tell(programme)

    nowhere = Place(in_application=False, in_digest=False)
    assert set(queries.places_of(user.id).values()) == {nowhere}
    assert db.session.scalars(select(Notice)).all() == []


def test_a_leader_chooses_about_reports_alone(client, programme):
    leader = signed_in(client, programme, Role.LEADER)

    page = leader.get("/notices/choices").text

    names = set(re.findall(r'name="(\w+_(?:application|digest))"', page))
    assert names == {
        f"{kind}_{place}"
        for kind in ("report_ready", "report_failed")
        for place in ("application", "digest")
    }


def test_a_user_of_no_programme_has_an_empty_page(client, programme):
    user = make_user(None, "nobody", Role.ADMINISTRATOR)
    sign_in(client, user.email, PASSWORD)
    tell(programme)

    page = client.get("/notices/?lang=en").text

    assert ("Nothing new." in page, _bell(page)) == (True, "")
