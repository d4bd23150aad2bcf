import re
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory.models import Person
from coopevents.reports import files, queries, service, wording
from coopevents.reports.models import Report, ReportState
from tests.factories import make_organisation
from tests.reports.conftest import make_year

PASSWORD = "a password for these tests"


def _token(page):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page).group(1)


@pytest.fixture
def sign_in(client, programme):
    def sign_in(role):
        user = accounts.create_user(f"{role}@union.example", "Nguyễn Thị Mơ", PASSWORD)
        accounts.add_member(user, role, programme_id=programme.id, body=None)
        said = {"email": user.email, "password": PASSWORD}
        said["csrf_token"] = _token(client.get("/sign-in").text)
        assert client.post("/sign-in", data=said).status_code == 302
        return client

    return sign_in


@pytest.fixture
def officer(sign_in):
    return sign_in(Role.OFFICER)


def _compile(browser, period_id):
    page = browser.get("/reports/?lang=en").text
    return browser.post("/reports/", data={"csrf_token": _token(page), "period_id": period_id})


def test_the_button_asks_for_a_report_and_pressing_twice_asks_once(officer, period):
    first, second = _compile(officer, period.id), _compile(officer, period.id)

    (report,) = db.session.scalars(select(Report))
    assert (first.status_code, first.location) == (303, f"/reports/{report.id}")
    assert (second.status_code, second.location) == (303, f"/reports/{report.id}")
    assert report.state is ReportState.REQUESTED


def test_a_viewer_sees_reports_and_may_not_ask_for_one(sign_in, report):
    viewer = sign_in(Role.VIEWER)
    page = viewer.get("/reports/?lang=en").text

    refused = viewer.post(
        "/reports/", data={"csrf_token": _token(page), "period_id": report.period_id}
    )

    assert f'href="/reports/{report.id}"' in page
    assert "Compile the report" not in page
    assert refused.status_code == 403
    assert db.session.scalar(select(func.count()).select_from(Report)) == 1


def test_a_period_of_nowhere_is_not_found(officer):
    assert _compile(officer, 999_999).status_code == 404


def test_a_running_report_shows_how_far_it_is_and_asks_again(officer, period):
    _compile(officer, period.id)
    (report,) = db.session.scalars(select(Report))
    report.state, report.steps_done = ReportState.COMPUTING, 4

    page = officer.get(f"/reports/{report.id}?lang=en").text
    fragment = officer.get(f"/reports/{report.id}/progress?lang=en")

    for shown in (page, fragment.text):
        assert f'hx-get="/reports/{report.id}/progress"' in shown
        assert f'value="4" max="{len(service.FIGURES) + 2}"' in shown
    assert "HX-Refresh" not in fragment.headers


def test_the_progress_of_a_finished_report_has_the_page_read_anew(officer, report):
    fragment = officer.get(f"/reports/{report.id}/progress?lang=en")

    assert fragment.headers["HX-Refresh"] == "true"
    assert "hx-get" not in fragment.text
    assert f'href="/reports/{report.id}"' in fragment.text


def test_a_failed_report_says_why(officer, report):
    report.state, report.last_error = ReportState.FAILED, "ValueError: no such figure"

    assert "ValueError: no such figure" in officer.get(f"/reports/{report.id}?lang=en").text


def test_each_figure_of_the_page_opens_to_its_rows(officer, report):
    page = officer.get(f"/reports/{report.id}?lang=en").text

    links = re.findall(rf'href="(/reports/{report.id}/figures/\w+)"', page)

    assert [link.rsplit("/", 1)[1] for link in links] == [
        *(*wording.COMPUTED, "A1", "A2", "A4", "A9"),
    ]
    for link in links:
        figure = queries.get_figure(report, link.rsplit("/", 1)[1])
        answer = officer.get(f"{link}?lang=en")
        assert answer.status_code == 200
        number = queries.count_rows(figure)
        assert (f"{number} in all" if number else "No row stands behind this") in answer.text
        assert answer.text.count('scope="row"') == number


def test_the_rows_of_people_bear_the_names_they_have_today(officer, report):
    (person, *_others) = db.session.scalars(
        select(Person).where(Person.full_name.like("Nguyễn Thị Mẫu%")).order_by(Person.id.desc())
    )
    person.full_name = "Người ẩn danh"

    page = officer.get(f"/reports/{report.id}/figures/I3?lang=en").text

    assert page.count("Người ẩn danh") == 1


def test_a_figure_there_is_not_is_not_found(officer, report):
    assert officer.get(f"/reports/{report.id}/figures/I99").status_code == 404
    assert officer.get("/reports/999999").status_code == 404


def test_the_documents_are_sent_under_a_telling_name(officer, report):
    for kind in files.RENDERERS:
        answer = officer.get(f"/reports/{report.id}/files/{kind}")

        assert answer.status_code == 200
        assert answer.mimetype == files.TYPES[kind]
        assert f"bao-cao-2026-v1.{kind}" in answer.headers["Content-Disposition"]
        assert answer.data[:2] == b"PK"
        answer.close()
    assert officer.get(f"/reports/{report.id}/files/exe").status_code == 404


@pytest.mark.parametrize("locale", ["vi", "en", "ar"])
def test_the_pages_stand_in_every_language(officer, report, locale):
    for path in ("/reports/", f"/reports/{report.id}", f"/reports/{report.id}/figures/I7"):
        answer = officer.get(f"{path}?lang={locale}")

        assert answer.status_code == 200
        assert f'lang="{locale}"' in answer.text
        assert answer.text.count("<h1>") == 1


def test_the_table_by_organisation_shows_the_three_marks(officer, programme):
    make_year(programme)
    never = make_organisation(programme, name="Hợp tác xã Chưa Mời")
    days = f"from={date(2025, 12, 15)}&to={date(2026, 12, 14)}&lang=en"

    everyone = officer.get(f"/attendance/by-organisation?{days}").text
    came = officer.get(f"/attendance/by-organisation?{days}&show=came").text

    assert everyone.count('class="mark came"') == 6
    assert everyone.count('class="mark absent"') == 2
    assert everyone.count('class="mark"') == 2
    assert f'href="/organisations/{never.id}"' in everyone
    assert "Chưa Mời" not in came


def test_days_that_are_none_are_refused(officer):
    wrong = officer.get("/attendance/by-organisation?from=soon")
    turned = officer.get("/attendance/by-organisation?from=2026-02-01&to=2026-01-01")

    assert (wrong.status_code, turned.status_code) == (422, 422)
