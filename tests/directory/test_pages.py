import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from tests.factories import make_certificate, make_head_count, make_organisation

PASSWORD = "correct horse battery"


def token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.fixture
def sign_in(client, programme):
    """Sign in through the page, in a role."""

    def sign_in(role: Role) -> FlaskClient:
        user = accounts.create_user("someone@union.example", "Nguyễn Thị Mơ", PASSWORD)
        accounts.add_member(user, role, programme_id=programme.id, body=None)
        page = client.get("/sign-in").text
        answer = client.post(
            "/sign-in",
            data={"email": user.email, "password": PASSWORD, "csrf_token": token(page)},
        )
        assert answer.status_code == 302
        return client

    return sign_in


@pytest.fixture
def officer(sign_in):
    return sign_in(Role.OFFICER)


def test_the_list_shows_organisations_and_what_is_asked_for(officer, programme):
    make_organisation(programme, name="HTX Chè Phú Thọ", commune="Gia Điền")
    make_organisation(programme, name="HTX Rau Sạch", woman_head=False)

    everything = officer.get("/organisations/?lang=en").text
    found = officer.get("/organisations/?q=phu+tho&women_led=yes&kind=cooperative&lang=en").text

    assert ("HTX Chè Phú Thọ" in everything, "HTX Rau Sạch" in everything) == (True, True)
    assert ("HTX Chè Phú Thọ" in found, "HTX Rau Sạch" in found) == (True, False)


def test_a_choice_that_does_not_exist_is_no_choice(officer, programme):
    make_organisation(programme, name="HTX Chè")

    answer = officer.get("/organisations/?kind=club&commune=x&women_led=perhaps")

    assert (answer.status_code, "HTX Chè" in answer.text) == (200, True)


def test_the_list_goes_on_with_what_was_asked(officer, programme):
    for number in range(52):
        make_organisation(programme, name=f"HTX Chè {number:02d}")

    first = officer.get("/organisations/?q=che&lang=en").text
    link = re.search(r'href="(/organisations/\?[^"]*after=[^"]*)"', first)
    assert link
    second = officer.get(link[1].replace("&amp;", "&")).text

    assert re.findall(r"HTX Chè \d\d", first) == [f"HTX Chè {n:02d}" for n in range(50)]
    assert re.findall(r"HTX Chè \d\d", second) == ["HTX Chè 50", "HTX Chè 51"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_many_questions_for_three_as_for_one(
    officer, programme, count_queries, number
):
    for _ in range(number):
        make_organisation(programme, commune="Gia Điền")

    with count_queries() as asked:
        officer.get("/organisations/")

    assert asked.number == 13


def test_the_page_of_an_organisation_shows_what_is_known(officer, programme):
    organisation = make_organisation(
        programme, name="HTX Chè", email="che@coop.example", phone="+84900000001"
    )
    make_head_count(organisation, date(2024, 7, 31), members=1146)
    make_certificate(organisation, product="Chè đinh", stars=4)

    page = officer.get(f"/organisations/{organisation.id}?lang=vi").text

    for told in (
        "HTX Chè",
        "che@coop.example",
        "+84900000001",
        "1.146",
        "Chè đinh",
        "Nguyễn Thị Mẫu",
    ):
        assert told in page, told


def test_an_organisation_that_is_not_there_is_not_found(officer):
    assert officer.get("/organisations/999999").status_code == 404
