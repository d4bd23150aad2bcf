"""The pages of OCOP certificates: what an officer sees, sends, and is refused."""

import io
import re
from datetime import date

import openpyxl
import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory.models import OcopCertificate, OrganisationStatusKind, Register
from coopevents.ocop import queries
from tests.browsing import post, signed_in
from tests.factories import make_certificate, make_organisation, make_status


@pytest.fixture(autouse=True)
def in_the_year_2026():
    with time_machine.travel("2026-06-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè")


@pytest.fixture
def certificate(tea):
    return make_certificate(tea, stars=4, issued_on=date(2025, 3, 1))


def send(officer, path: str, **fields):
    """Open the page of the form and send it, in English."""
    return post(officer, officer.get(f"{path}?lang=en").text, path, **fields)


def numbers(page: str) -> list[str]:
    """Answer the figures on the page, in order."""
    return re.findall(r'figure-number">([^<]+)<', page)


def test_the_page_shows_both_figures_and_the_list_as_of_a_day(officer, programme, tea, certificate):
    make_certificate(tea, stars=3, issued_on=date(2025, 3, 1), product="Gạo")

    now = officer.get("/ocop/?lang=en").text
    before = officer.get("/ocop/?lang=en&day=2025-02-28").text

    assert numbers(now) == ["0", "1", "0", "0", "1", "1", "2", "0", "0", "0"]
    assert numbers(before) == ["0"] * 10
    assert ("Gạo" in now, "Gạo" in before) == (True, False)


def test_every_number_opens_the_rows_it_counts(officer, programme, tea, certificate):
    make_certificate(
        make_organisation(programme, name="HTX Nam", woman_head=False),
        stars=4,
        issued_on=date(2025, 3, 1),
        product="Gạo",
    )

    organisations = officer.get("/ocop/figures/organisations/4?women_led=yes&lang=en").text
    products = officer.get("/ocop/figures/products/4?lang=en").text

    assert numbers(organisations) == ["1"]
    assert ("HTX Chè" in organisations, "HTX Nam" in organisations) == (True, False)
    assert numbers(products) == ["2"]
    assert ("Chè xanh" in products, "Gạo" in products) == (True, True)


@pytest.mark.parametrize("path", ["organisations/2", "products/6", "other/4"])
def test_a_figure_that_does_not_exist_is_not_found(officer, path):
    assert officer.get(f"/ocop/figures/{path}").status_code == 404


def test_certificates_without_a_holder_that_operates_are_told_of(officer, programme):
    gone = make_organisation(programme, name="HTX Cũ", status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 1, 1))
    make_certificate(gone, issued_on=date(2025, 3, 1))

    page = officer.get("/ocop/?lang=en").text
    listed = officer.get("/ocop/without-holder?lang=en").text

    assert "1 valid certificate is held by an organisation that does not operate." in page
    assert "HTX Cũ" in listed


def test_a_day_that_nobody_can_mean_is_no_day(officer, certificate):
    page = officer.get("/ocop/?day=9999-12-31&lang=en")

    assert (page.status_code, 'value="2026-06-10"' in page.text) == (200, True)


def test_the_list_is_taken_away_as_it_is_shown(officer, tea, certificate):
    make_certificate(tea, issued_on=date(2022, 3, 1), product="Hết hạn")

    book = officer.get("/ocop/export.xlsx?state=valid&lang=en")

    rows = list(openpyxl.load_workbook(io.BytesIO(book.data)).active.values)
    assert rows[1][0] == "As of 10 Jun 2026."
    assert [row[:3] for row in rows[4:]] == [("Chè xanh", 4, "HTX Chè")]


def test_a_certificate_is_entered_on_the_page_of_its_organisation(officer, tea):
    path = f"/ocop/for/{tea.id}/new"
    fields = {"product": "Chè", "stars": "4", "decision": "12/QĐ", "issued_on": "2026-01-05"}

    wrong = send(officer, path, **{**fields, "issued_on": "2026-06-11"})
    entered = send(officer, path, **fields)

    assert (wrong.status_code, 'id="issued_on-error"' in wrong.text) == (422, True)
    assert entered.location == f"/organisations/{tea.id}"
    (kept,) = db.session.scalars(select(OcopCertificate))
    assert (kept.product, kept.stars, kept.issued_on) == ("Chè", 4, date(2026, 1, 5))
    assert "12/QĐ" in officer.get(f"/organisations/{tea.id}").text


def test_a_certificate_passes_to_another_and_back(officer, programme, tea, certificate):
    heir = make_organisation(programme, name="HTX Lớn")
    own = f"/ocop/{certificate.id}"

    found = officer.get(f"{own}/transfer?q=lon").text
    answer = send(
        officer,
        f"{own}/transfer/{heir.id}",
        transferred_on="2026-06-01",
        document="QĐ sáp nhập",
    )
    today = date(2026, 6, 10)
    held_by = queries.get_line(certificate, today).holder
    (row,) = queries.transfers_of(certificate)
    page = officer.get(own).text
    post(officer, page, f"{own}/transfers/{row.id}/take-back", reason="Nhầm")

    assert f"{own}/transfer/{heir.id}" in found
    assert answer.location == own
    assert (held_by, queries.get_line(certificate, today).holder) == ("HTX Lớn", "HTX Chè")
    assert "QĐ sáp nhập" in page


def test_a_certificate_is_corrected_withdrawn_and_let_stand_again(officer, certificate):
    own = f"/ocop/{certificate.id}"

    send(
        officer,
        f"{own}/correct",
        product="Chè xanh",
        stars="5",
        decision="1/QĐ",
        issued_on="2025-03-01",
        reason="Nhầm",
    )
    wrong = send(officer, f"{own}/withdraw", withdrawn_on="2024-01-01", reason="Vi phạm")
    send(officer, f"{own}/withdraw", withdrawn_on="2026-06-01", reason="Vi phạm")
    withdrawn = certificate.withdrawn_on
    post(officer, officer.get(own).text, f"{own}/withdrawal/take-back", reason="Nhầm")

    assert certificate.stars == 5
    assert (wrong.status_code, 'id="withdrawn_on-error"' in wrong.text) == (422, True)
    assert (withdrawn, certificate.withdrawn_on) == (date(2026, 6, 1), None)


def test_a_certificate_of_another_register_is_none(officer, programme):
    other = Register(key="other", name={"vi": "Khác"})
    db.session.add(other)
    db.session.flush()
    organisation = make_organisation(programme)
    certificate = make_certificate(organisation)
    organisation.register_id = other.id

    paths = (
        f"/ocop/{certificate.id}",
        f"/ocop/{certificate.id}/withdraw",
        f"/ocop/for/{organisation.id}/new",
    )

    assert [officer.get(path).status_code for path in paths] == [404] * 3


def test_whoever_may_only_see_changes_no_certificate(client, programme, certificate):
    viewer = signed_in(client, programme, Role.VIEWER)

    page = viewer.get(f"/ocop/{certificate.id}").text

    assert viewer.get(f"/ocop/{certificate.id}/withdraw").status_code == 403
    assert f"/ocop/{certificate.id}/withdraw" not in page


def test_longer_pages_take_no_more_questions(officer, programme, tea, count_queries):
    told = []
    for number in range(3):
        make_certificate(tea, issued_on=date(2025, 3, 1), product=f"Chè {number}")
        make_certificate(make_organisation(programme), issued_on=date(2025, 3, 1))
        asked_of = []
        for path in ("/ocop/", "/ocop/figures/products/3", f"/organisations/{tea.id}"):
            with count_queries() as asked:
                assert officer.get(path).status_code == 200
            asked_of.append(asked.number)
        told.append(asked_of)

    assert told == [told[0]] * 3
