"""The pages of women's jobs: what an officer sees, sends, and is refused."""

import html
import io
import re
from datetime import date

import openpyxl
import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory.models import OrganisationKind, Register
from coopevents.duplicates import service as duplicates
from coopevents.i18n import force_locale
from coopevents.outcomes.jobs import queries, views
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import JobCount, JobCountVerification
from coopevents.reports.dossier import compile_dossier
from tests.browsing import fill_in, post, signed_in
from tests.factories import find_commune, make_head_count, make_organisation, make_other_programme
from tests.outcomes.factories import make_count

HALF = "2026-1"


@pytest.fixture(autouse=True)
def _in_the_summer_of_2026():
    with time_machine.travel("2026-07-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", founded_on=date(2015, 5, 4))


@pytest.fixture
def rice(programme):
    return make_organisation(programme, name="HTX Gạo", founded_on=date(2025, 5, 4))


FILLED = {
    "women_members": "1.200",
    "women_workers": "40",
    "women_both": "20",
    "counted_on": "2026-06-14",
    "source": "visit",
    "paper": "Biên bản 05",
}


def enter(officer, organisation, half=HALF, **typed):
    return fill_in(officer, f"/jobs/{half}/{organisation.id}?lang=en", **{**FILLED, **typed})


def rows(page):
    """Answer the cells of each row of the page's last table."""
    body = page.rpartition("<tbody>")[2].partition("</tbody>")[0]
    texts = [
        re.findall(r"<(?:td|th)[^>]*>(.*?)</(?:td|th)>", row, re.S) for row in body.split("<tr>")
    ]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", c).split()) for c in cells] for cells in texts if cells
    ]


def stands(programme, organisation, half=HALF):
    row = queries.last_row(programme.id, organisation.id, HalfYear.read(half))
    return row and row.persons


def test_the_list_tells_what_is_known_and_what_is_not(officer, programme, tea, rice):
    make_count(programme, tea, "2024-1", 10)
    make_count(programme, tea, "2025-2", 12)
    make_count(programme, tea, HALF, 15, 4, 2)
    make_organisation(programme, name="HTX Nam", woman_head=False)

    page = officer.get(f"/jobs/?lang=en&half={HALF}").text

    tea_row, rice_row = rows(page)
    assert tea_row[1:] == [
        "15 members, 4 workers, of them 2 both",
        *("17", "+5", "+7", "5", "verified Correct"),
    ]
    assert rice_row[1:] == ["—", "—", "—", "—", "—", "missing Enter"]
    assert re.findall(r'figure-number">([^<]+)<', page) == ["1", "0", "1"]
    assert "/programme/figures/I14?since=start" in page


def test_without_a_half_year_the_last_that_ended_is_shown(officer, tea):
    assert "first half of 2026, as of 14 Jun 2026" in officer.get("/jobs/?lang=en").text
    assert "first half of 2026, as of" in officer.get("/jobs/?lang=en&half=1812-3").text


def test_the_list_is_narrowed_by_commune_kind_name_and_state(officer, programme, tea, rice):
    commune = find_commune(programme, "Gia Điền")
    group = make_organisation(
        programme, name="Tổ Chè", kind=OrganisationKind.COOPERATIVE_GROUP, commune=commune
    )
    make_count(programme, tea, HALF, verified=False)
    places = officer.get("/jobs/?lang=en").text
    (chosen,) = re.findall(r'<option value="(\d+)">Xã Hạ Hòa<', places)

    def names(**asked):
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        return [
            " ".join(row[0].split()[:2])
            for row in rows(officer.get(f"/jobs/?lang=en&{query}").text)
        ]

    assert names() == ["HTX Chè", "HTX Gạo", "Tổ Chè"]
    assert names(commune=chosen) == names(kind="cooperative_group") == ["Tổ Chè"]
    assert names(q="gạo") == ["HTX Gạo"]
    assert names(state="unverified") == ["HTX Chè"]
    assert names(state="missing", kind="cooperative") == ["HTX Gạo"]
    assert names(state="nonsense", kind="agency", commune="x") == names()
    assert group.kind is OrganisationKind.COOPERATIVE_GROUP


def test_a_count_is_entered_and_the_next_one_comes(officer, programme, tea, rice):
    answer = enter(officer, tea, and_next="yes")

    assert answer.status_code == 303
    assert stands(programme, tea) == 1220
    assert answer.location.startswith(f"/jobs/{HALF}/{rice.id}?saved={tea.id}")
    following = officer.get(f"{answer.location}&lang=en").text
    assert "Saved:" in following
    assert "HTX Chè" in following
    assert '<option selected value="visit">' in following


def test_after_the_last_one_the_list_comes(officer, programme, tea):
    answer = enter(officer, tea, and_next="yes")

    assert answer.location == f"/jobs/?half={HALF}"


def test_the_form_tells_what_to_compare_with(officer, programme, tea):
    make_count(programme, tea, "2025-2", 12, 3, 1)
    make_head_count(tea, date(2024, 7, 31), women=9)

    page = officer.get(f"/jobs/{HALF}/{tea.id}?lang=en").text

    assert "12 members, 3 workers, of them 1 both" in page
    assert "In the register, 31 Jul 2024" in page
    assert "9 women members, — women workers" in page


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"women_members": ""}, "Please fill this in."),
        ({"women_members": "mười"}, "Write a whole number, such as 1,500."),
        ({"women_members": "12,5"}, "Write a whole number"),
        ({"women_members": "-3"}, "Write a whole number"),
        ({"women_members": "9" * 30}, "Write a whole number"),
        ({"women_members": "999999999"}, "Give a number from 0 to 100,000."),
        ({"women_both": "41"}, "no more than each"),
        ({"counted_on": "3026-06-14"}, "Give a day between 1900 and 2200."),
        ({"counted_on": "2026-07-11"}, "lies in the future"),
        ({"counted_on": "x"}, "Not a valid date value."),
        ({"source": "gossip"}, "Not a valid choice."),
        ({"paper": ""}, "Please fill this in."),
        ({"paper": "x" * 301}, "Field cannot be longer than 300 characters."),
        ({"submission": "x"}, "This form is too old."),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_stays_as_typed(
    officer, programme, tea, typed, said
):
    answer = enter(officer, tea, **typed)

    assert (answer.status_code, said in answer.text) == (422, True)
    assert 'value="40"' in answer.text
    assert stands(programme, tea) is None


def test_a_second_officer_is_told_and_may_correct_it_knowingly(officer, programme, tea):
    opened = officer.get(f"/jobs/{HALF}/{tea.id}?lang=en").text
    make_count(programme, tea, HALF, 7)

    answer = fill_in(officer, f"/jobs/{HALF}/{tea.id}?lang=en", opened, **FILLED)

    assert answer.status_code == 409
    assert "Lê Thị Mẫu entered this half-year before" in answer.text
    assert stands(programme, tea) == 7
    unexplained = fill_in(officer, f"/jobs/{HALF}/{tea.id}?lang=en", answer.text)
    assert unexplained.status_code == 422
    knowing = fill_in(officer, f"/jobs/{HALF}/{tea.id}?lang=en", answer.text, reason="Đếm lại")
    assert knowing.status_code == 303
    assert stands(programme, tea) == 1220


def test_the_form_tells_of_the_count_of_an_entry_merged_into_this_one(officer, programme, tea):
    twin = make_organisation(programme, name="Hợp tác xã chè")
    make_count(programme, twin, HALF, 7)
    duplicates.merge_organisations(tea, twin, "Nhập hai lần")

    page = officer.get(f"/jobs/{HALF}/{tea.id}?lang=en").text

    assert "What stands, of an entry merged into this one: 7 members" in " ".join(page.split())
    assert officer.get(f"/jobs/{HALF}/{twin.id}").status_code == 200
    assert enter(officer, twin).status_code == 409


def test_a_form_sent_twice_is_one_count(officer, programme, tea):
    opened = officer.get(f"/jobs/{HALF}/{tea.id}?lang=en").text

    answers = [fill_in(officer, f"/jobs/{HALF}/{tea.id}", opened, **FILLED) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert db.session.scalar(select(func.count()).select_from(JobCount)) == 1


def test_the_history_shows_what_was_corrected_and_taken_back(officer, programme, tea):
    first = make_count(programme, tea, HALF, 7)
    second = make_count(programme, tea, HALF, 8, corrects=first)

    taken = fill_in(officer, f"/jobs/counts/{second.id}/withdraw?lang=en", reason="Nhầm đơn vị")
    page = officer.get(f"/jobs/of/{tea.id}?lang=en").text

    assert taken.status_code == 303
    assert [(row[1], row[4]) for row in rows(page)] == [
        ("taken back: nothing is known Reason: Nhầm đơn vị", "taken back"),
        ("8 members, 0 workers, of them 0 both Reason: Ghi nhầm", "Replaced by a newer one"),
        ("7 members, 0 workers, of them 0 both", "Replaced by a newer one"),
    ]


def test_a_count_is_taken_back_only_for_a_reason(officer, programme, tea):
    count = make_count(programme, tea, HALF, 7)

    answer = fill_in(officer, f"/jobs/counts/{count.id}/withdraw?lang=en")

    assert answer.status_code == 422
    assert stands(programme, tea) == 7


def test_who_entered_a_count_finds_no_button_and_is_refused(officer, programme, tea):
    enter(officer, tea)
    (count,) = db.session.scalars(select(JobCount))

    page = officer.get(f"/jobs/of/{tea.id}?lang=en").text
    answer = post(officer, page, f"/jobs/counts/{count.id}/verify")

    assert ">Verify<" not in "".join(page.split())
    assert answer.status_code == 409
    assert db.session.scalar(select(func.count()).select_from(JobCountVerification)) == 0


def test_another_one_verifies_it(officer, programme, tea):
    count = make_count(programme, tea, HALF, 7, verified=False)

    answer = post(
        officer, officer.get(f"/jobs/of/{tea.id}").text, f"/jobs/counts/{count.id}/verify"
    )

    assert answer.status_code == 303
    assert "Người dùng" in officer.get(f"/jobs/of/{tea.id}?lang=en").text


def test_several_are_looked_at_and_then_verified_together(officer, programme, tea, rice):
    make_count(programme, tea, "2025-2", 5)
    first = make_count(programme, tea, HALF, 7, verified=False)
    second = make_count(programme, rice, HALF, 4, verified=False)
    own = make_organisation(programme, name="HTX Của Mình")
    enter(officer, own)

    listed = officer.get(f"/jobs/verification?half={HALF}&lang=en").text
    preview = officer.get(
        f"/jobs/verification?half={HALF}&lang=en&counts={first.id}&counts={second.id}&counts=x"
    ).text
    path = f"/jobs/verification?half={HALF}"
    nothing = post(officer, preview, path)
    done = post(officer, preview, path, counts=[str(first.id), str(second.id)])
    again = post(officer, preview, path, counts=[str(first.id)])

    assert [row[0] for row in rows(listed)] == ["HTX Chè", "HTX Gạo"]
    assert "1 count was entered by you" in listed
    assert [(row[0], row[2]) for row in rows(preview)] == [("HTX Chè", "+2"), ("HTX Gạo", "—")]
    assert "11 women" in preview
    assert (nothing.status_code, done.status_code, again.status_code) == (422, 303, 422)
    verified = set(db.session.scalars(select(JobCountVerification.count_id)))
    assert {first.id, second.id} <= verified
    assert len(verified) == 3


def test_the_workbook_holds_what_the_list_shows(officer, programme, tea, rice):
    make_count(programme, tea, "2024-1", 10)
    make_count(programme, tea, HALF, 15, 4, 2)

    answer = officer.get(f"/jobs/export.xlsx?lang=en&half={HALF}")

    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    found = {row[0]: row[3:12] for row in sheet.iter_rows(min_row=6, values_only=True)}
    assert found == {
        "HTX Chè": (15, 4, 2, 17, None, 10, 10, 7, "verified"),
        "HTX Gạo": (*(None,) * 8, "missing"),
    }


@pytest.mark.parametrize(
    ("role", "may_enter", "may_verify"),
    [(Role.VIEWER, False, False), (Role.LEADER, False, True), (Role.OFFICER, True, True)],
)
def test_who_may_do_what(client, programme, tea, role, may_enter, may_verify):
    make_count(programme, tea, HALF, 7, verified=False)
    staff = signed_in(client, programme, role)

    codes = [
        staff.get(path).status_code
        for path in ("/jobs/", f"/jobs/{HALF}/{tea.id}", "/jobs/verification")
    ]

    assert codes == [200, 200 if may_enter else 403, 200 if may_verify else 403]


def test_nothing_of_another_register_is_shown_or_taken(officer, programme, tea):
    other = Register(key="other", name={"vi": "Khác", "en": "Other", "ar": "آخر"})
    db.session.add(other)
    db.session.flush()
    tea.register_id = other.id

    for path in (f"/jobs/of/{tea.id}", f"/jobs/{HALF}/{tea.id}"):
        assert officer.get(path).status_code == 404
    assert "HTX Chè" not in officer.get("/jobs/").text


def test_nothing_of_another_programme_is_shown_or_taken(officer, programme, tea):
    count = make_count(make_other_programme(programme), tea, HALF, 7, verified=False)

    page = officer.get(f"/jobs/?half={HALF}&lang=en").text
    verified = post(officer, page, f"/jobs/counts/{count.id}/verify")

    assert rows(page)[0][-1] == "missing Enter"
    assert rows(officer.get(f"/jobs/of/{tea.id}?lang=en").text)[-1][1] == "—"
    assert verified.status_code == 404
    assert officer.get(f"/jobs/counts/{count.id}/withdraw").status_code == 404
    assert enter(officer, tea).status_code == 303


@pytest.mark.parametrize("path", ["of/{0}", "2026-1/{0}", "counts/{0}/withdraw", "?first={0}"])
def test_a_number_beyond_all_measure_is_no_fault(officer, path):
    address = "/jobs/" + path.format(10**30)

    assert officer.get(address).status_code == (200 if "first" in path else 404)


def test_what_is_carried_over_and_means_nothing_is_no_fault(officer, tea):
    page = officer.get(f"/jobs/{HALF}/{tea.id}?saved=0&counted_on=x&source=gossip&lang=en")

    assert page.status_code == 200
    assert 'name="counted_on"' in page.text
    assert 'value="2026-06-14"' in page.text
    assert "Saved:" not in page.text


@pytest.mark.parametrize("path", ["1999-1", "2030-1", "2026-3", "x"])
def test_a_half_year_that_is_none_is_not_found(officer, tea, path):
    assert officer.get(f"/jobs/{path}/{tea.id}").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_asks_as_many_questions_for_three_as_for_one(
    officer, programme, count_queries, number
):
    for turn in range(number):
        one = make_organisation(programme, name=f"HTX {turn}", founded_on=date(2025, 1, 1))
        make_count(programme, one, "2025-2", 10)
        make_count(programme, one, HALF, 12, verified=False)
    officer.get("/jobs/")

    with count_queries() as asked:
        page = officer.get(f"/jobs/?half={HALF}").text

    assert len(rows(page)) == number
    assert asked.number == 14


def test_of_two_merged_entries_the_list_tells_the_count_of_the_kept_one(officer, programme, tea):
    twin = make_organisation(programme, name="HTX Chè (hai lần)")
    make_count(programme, twin, HALF, 30)
    make_count(programme, tea, HALF, 20, verified=False)
    duplicates.merge_organisations(tea, twin, "Nhập hai lần")

    page = officer.get(f"/jobs/?half={HALF}&lang=en").text

    ((*_rest, persons, _change, _since, _new, state),) = rows(page)
    assert (persons, state) == ("20", "not verified Correct")
    assert re.findall(r'figure-number">([^<]+)<', page) == ["0", "1", "0"]


def test_a_long_list_is_shown_a_page_at_a_time(officer, programme, monkeypatch):
    monkeypatch.setattr(views, "LINES_A_PAGE", 2)
    for name in ("HTX A", "HTX B", "HTX C"):
        make_count(programme, make_organisation(programme, name=name), HALF)

    first = officer.get(f"/jobs/?half={HALF}&lang=en").text
    (following,) = re.findall(r'href="(/jobs/\?[^"]*after=[^"]+)"', first)
    second = officer.get(html.unescape(following)).text
    nowhere = officer.get(f"/jobs/?half={HALF}&after=x")

    assert [row[0].split()[1] for row in rows(first)] == ["A", "B"]
    assert [row[0].split()[1] for row in rows(second)] == ["C"]
    # The cards count the whole list, whatever page is shown.
    assert [re.findall(r'figure-number">([^<]+)<', page) for page in (first, second)] == [
        ["0", "0", "3"]
    ] * 2
    assert nowhere.status_code == 422


def test_the_page_of_an_organisation_and_its_dossier_tell_of_its_jobs(officer, programme, tea):
    make_count(programme, tea, HALF, 15, 4, 2)

    make_count(programme, tea, "2025-2", 9, verified=False)

    page = officer.get(f"/organisations/{tea.id}?lang=en").text
    with force_locale("en"):
        told = [
            (entry.text, entry.tone, entry.details)
            for entry in compile_dossier(programme, tea, date(2026, 7, 10)).entries
        ]

    assert f'href="/jobs/of/{tea.id}"' in page
    assert told == [
        (
            "Women's jobs, first half of 2026: 17 women (15 members, 4 workers, of them 2 both)",
            "good",
            ("Báo cáo 2026-1", "verified by Trần Thị Duyệt"),
        ),
        (
            "Women's jobs, second half of 2025: 9 women (9 members, 0 workers, of them 0 both)",
            "wait",
            ("Báo cáo 2025-2", "not verified"),
        ),
    ]
