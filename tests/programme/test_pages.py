"""The programme set up and followed on its pages, by an officer and without a developer."""

from datetime import date

import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.programme import queries, service
from coopevents.programme.models import Programme
from coopevents.programme.plans import ActivityPlan
from coopevents.reports import service as reports
from tests.browsing import fill_in, hidden, post, signed_in
from tests.factories import make_other_programme

SETTINGS = "/programme/settings"
TEXTS = {"text_vi": "Văn bản (mẫu)", "text_en": "Text (sample)", "text_ar": "نص (عينة)"}


@pytest.fixture
def staff(client, programme):
    """A browser in which an administrator reads English."""
    signed_in(client, programme, Role.ADMINISTRATOR)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def other(programme) -> Programme:
    """Another programme, which the administrator of the first is no member of."""
    return make_other_programme(programme)


def test_the_programme_stands_whole_on_one_page(staff, programme):
    page = staff.get(f"{SETTINGS}/").text

    for told in (
        "Coordination programme 2024–2030",
        "21 Aug 2024 – 31 Dec 2030",
        "Tỉnh Phú Thọ (former)",
        "headed by a woman",
        "Phú Thọ Women&#39;s Union",
        "Số: 15/BC-HLHPN-LMHTX",
        "Raise awareness of the development of the collective economy",
        "about 650",
        "735 cooperatives",
        "2024–2030",
        "No holiday of",
    ):
        assert told in page, told


def test_the_facts_are_edited_and_it_is_told_who_did_it(staff, programme):
    answer = fill_in(
        staff, f"{SETTINGS}/facts", name_en="New name", women_led_rule="WOMEN_IN_MANAGEMENT"
    )

    assert answer.status_code == 303
    assert (programme.name["en"], programme.women_led_rule) == ("New name", "WOMEN_IN_MANAGEMENT")
    assert (programme.signed_on, programme.name["vi"][:12]) == (date(2024, 8, 21), "Chương trình")
    page = staff.get(f"{SETTINGS}/").text
    assert "Programme changed – Name (en): Coordination programme" in page
    assert "→ New name" in page
    assert "Người dùng" in page


def test_a_newer_change_is_told_field_by_field_and_nothing_is_written(staff, programme):
    opened = staff.get(f"{SETTINGS}/facts").text
    fill_in(staff, f"{SETTINGS}/facts", name_en="Hers", ends_on="2031-06-30")

    answer = fill_in(staff, f"{SETTINGS}/facts", opened, name_en="Mine", signed_on="2024-08-22")

    assert answer.status_code == 409
    assert (programme.name["en"], programme.signed_on) == ("Hers", date(2024, 8, 21))
    told = " ".join(answer.text.split())
    assert "Somebody changed this since you opened it." in told
    for cells in (
        ("In English", "Coordination programme 2024–2030 to", "Hers", "Mine"),
        ("Ends on", "31 Dec 2030", "30 Jun 2031", "31 Dec 2030"),
    ):
        for cell in cells:
            assert cell in told, cell
    assert "2024-08-22" in told

    again = fill_in(staff, f"{SETTINGS}/facts", answer.text)

    assert again.status_code == 303
    assert programme.name["en"] == "Mine"
    assert programme.signed_on == date(2024, 8, 22)
    # What she did not touch is as somebody else made it meanwhile.
    assert programme.ends_on == date(2031, 6, 30)


def test_the_same_change_made_twice_is_no_conflict(staff, programme):
    opened = staff.get(f"{SETTINGS}/facts").text
    fill_in(staff, f"{SETTINGS}/facts", name_en="The same")

    answer = fill_in(staff, f"{SETTINGS}/facts", opened, name_en="The same")

    assert answer.status_code == 303


@pytest.mark.parametrize("basis", ["[]", "{", '"x"', "1"])
def test_a_form_whose_basis_is_broken_writes_nothing(staff, programme, basis):
    answer = fill_in(staff, f"{SETTINGS}/facts", basis=basis, name_en="Mine")

    assert answer.status_code == 422
    assert programme.name["en"] != "Mine"


def test_wrong_input_is_told_beside_its_field_and_nothing_is_written(staff, programme):
    answer = fill_in(
        staff, f"{SETTINGS}/facts", name_vi="", starts_on="0001-01-01", ends_on="khi nào"
    )

    assert answer.status_code == 422
    for field in ("name_vi", "starts_on", "ends_on"):
        assert f'id="{field}-error"' in answer.text
    assert programme.starts_on == date(2024, 8, 21)


def test_a_new_name_from_a_day_closes_the_one_before(staff, programme):
    body = queries.list_bodies(programme)[0]
    path = f"{SETTINGS}/bodies/{body.body_id}/rename"

    refused = fill_in(staff, path, valid_from="2026-07-01", number_pattern="{nummer}")
    answer = fill_in(staff, path, valid_from="2026-07-01", name_en="New Union")

    assert refused.status_code == 422
    assert "Only {number} and {year} may stand in braces." in refused.text
    assert answer.status_code == 303
    new, old = queries.list_names(programme)[body.body_id]
    assert (new.name["en"], old.valid_to) == ("New Union", date(2026, 6, 30))
    assert new.signers == old.signers
    assert "until 30 Jun 2026" in staff.get(f"{SETTINGS}/").text
    assert staff.get(f"{SETTINGS}/bodies/{body.body_id}/names/{old.id}").status_code == 404


def test_a_signature_with_an_honorific_is_refused_on_the_page(staff, programme):
    body = queries.list_bodies(programme)[0]
    (name,) = queries.list_names(programme)[body.body_id]
    path = f"{SETTINGS}/bodies/{body.body_id}/names/{name.id}"

    refused = fill_in(staff, path, **{"signers-0-name": "Bà Lê Thị Mẫu"})
    answer = fill_in(staff, path, **{"signers-0-name": "Lê Thị Mẫu"})

    assert refused.status_code == 422
    assert "A signature carries no honorific" in refused.text
    assert answer.status_code == 303
    assert name.signers == [
        {"prefix": "TM. BAN THƯỜNG VỤ", "title": "CHỦ TỊCH", "name": "Lê Thị Mẫu"}
    ]


def test_another_body_is_added_and_let_lead(staff, programme):
    added = fill_in(
        staff,
        f"{SETTINGS}/bodies/new",
        key="farmers_union",
        name_vi="Hội Nông dân (mẫu)",
        name_en="Farmers' Union",
        name_ar="اتحاد المزارعين",
        abbreviation="HND",
        heading="HỘI NÔNG DÂN\nTỈNH PHÚ THỌ",
        number_pattern="{number}-CV/HND",
        place="Phú Thọ",
        **{"signers-0-title": "CHỦ TỊCH"},
    )
    third = queries.list_bodies(programme)[2]
    led = post(staff, staff.get(f"{SETTINGS}/").text, f"{SETTINGS}/bodies/{third.body_id}/lead")

    assert (added.status_code, led.status_code) == (303, 303)
    assert [row.body.key for row in queries.list_bodies(programme)] == [
        "farmers_union",
        "womens_union",
        "coop_alliance",
    ]
    assert queries.list_names(programme)[third.body_id][0].heading == [
        "HỘI NÔNG DÂN",
        "TỈNH PHÚ THỌ",
    ]


def test_contents_are_added_corrected_and_taken_away(staff, programme):
    fill_in(staff, f"{SETTINGS}/contents/new", **TEXTS)
    content = queries.list_contents(programme.id)[-1]
    fill_in(staff, f"{SETTINGS}/contents/{content.id}", text_en="Corrected")
    said = queries.list_contents(programme.id)[-1].text["en"]
    page = staff.get(f"{SETTINGS}/").text
    post(staff, page, f"{SETTINGS}/contents/{content.id}/remove")

    assert said == "Corrected"
    assert len(queries.list_contents(programme.id)) == 4


@pytest.mark.case(27)
def test_a_changed_target_is_entered_as_a_version_with_date_and_document(staff, programme):
    path = f"{SETTINGS}/targets/new?indicator=I12"

    answer = fill_in(
        staff, path, lower_value="25", effective_on="2026-03-01", document="Kế hoạch 12/KH (mẫu)"
    )

    assert answer.status_code == 303
    old, new = queries.versions_of_target(programme, "I12")
    assert (old.lower_value, old.document) == (10, None)
    assert (new.lower_value, new.effective_on, new.document) == (
        25,
        date(2026, 3, 1),
        "Kế hoạch 12/KH (mẫu)",
    )
    page = staff.get(f"{SETTINGS}/").text
    assert "Kế hoạch 12/KH (mẫu)" in page
    assert page.count("targets/new?indicator=") == 5


def test_a_version_that_begins_too_early_is_refused_at_its_field(staff, programme):
    answer = fill_in(staff, f"{SETTINGS}/targets/new?indicator=I12", effective_on="2024-08-21")

    assert answer.status_code == 422
    assert "A version of I12 is in force since 21 Aug 2024: a new one begins later." in answer.text
    assert len(queries.list_targets(programme)) == 5


def test_a_version_a_report_stands_on_is_not_corrected(staff, programme):
    target = queries.newest_target(programme, "I12")
    for _report in reports.compile_at_once(queries.get_period(programme, "2025")):
        pass

    answer = fill_in(staff, f"{SETTINGS}/targets/{target.id}", lower_value="11")

    assert answer.status_code == 422
    assert "A report stands on this version (2025). Enter a new version instead." in answer.text
    assert target.lower_value == 10


def test_the_dashboard_says_what_the_target_in_force_promises(client, programme):
    changed = {"lower_value": "4", "upper_value": "5", "effective_on": "2026-01-01"}

    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        staff = signed_in(client, programme, Role.ADMINISTRATOR)
        before = staff.get("/?lang=en").text
        path = f"{SETTINGS}/targets/new?indicator=I1"
        fill_in(staff, path, **changed, document="Kế hoạch 12/KH (mẫu)")
        after = staff.get("/?lang=en").text

    assert "2–3 a year are promised; report year 2026" in before
    assert "4–5 a year are promised; report year 2026" in after


@pytest.mark.case(7)
def test_a_baseline_is_entered_for_the_province_as_it_was(staff, programme):
    answer = fill_in(staff, f"{SETTINGS}/baselines/new", key="members", value="785", **TEXTS)

    assert answer.status_code == 303
    baseline = queries.list_baselines(programme)[-1]
    assert (baseline.value, baseline.territory_id) == (785, programme.territory_id)
    page = staff.get(f"{SETTINGS}/").text.partition('id="changes"')[0]
    assert page.count("Tỉnh Phú Thọ (former)") == 1 + 5 + 7
    assert "Tỉnh Phú Thọ (until 30 Jun 2025)" in staff.get(f"{SETTINGS}/baselines/new").text


def test_a_period_is_offered_and_a_gap_told_with_the_right_day(staff, programme):
    path = f"{SETTINGS}/periods/new"

    refused = fill_in(staff, path, from_on="2030-12-20")
    answer = fill_in(staff, path)

    assert refused.status_code == 422
    assert "It leaves a gap after 2030, which ends on 14 Dec 2030: it begins on 15 Dec 2030." in (
        refused.text
    )
    assert answer.status_code == 303
    assert queries.get_period(programme, "2031").from_on == date(2030, 12, 15)


def test_a_seam_is_moved_with_both_its_periods(staff, programme):
    period = queries.get_period(programme, "2028")

    answer = fill_in(
        staff, f"{SETTINGS}/periods/{period.id}", to_on="2028-11-30", move_neighbours="y"
    )

    assert answer.status_code == 303
    assert queries.get_period(programme, "2029").from_on == date(2028, 12, 1)


def test_the_plan_of_a_year_warns_until_enough_is_planned(staff, programme):
    path = f"{SETTINGS}/plan/2027"
    empty = staff.get(path).text
    for title in ("Tập huấn", "Hội chợ"):
        fill_in(staff, f"{path}/new", title=title, kind="training", month="3", seats="60")
    enough = staff.get(path).text
    for title in ("Tọa đàm", "Hội thảo"):
        service.promise(programme, ActivityPlan(2027, None, "seminar", title, None, None, None))
    over = staff.get(path).text

    assert "0 are planned; the target in force promises at least 2." in empty
    assert "promises" not in enough
    assert "4 are planned; the target in force promises at most 3." in over


def test_a_plan_is_copied_changed_and_dropped(staff, programme):
    service.promise(programme, ActivityPlan(2026, 3, "training", "Tập huấn", None, None, 60))
    path = f"{SETTINGS}/plan/2027"

    copied = post(staff, staff.get(path).text, f"{path}/copy")
    (row,) = queries.list_year_plan(programme, 2027)
    host = queries.list_bodies(programme)[1].body_id
    fill_in(staff, f"{SETTINGS}/plan/activities/{row.id}", host_body_id=str(host), seats="80")
    changed = (row.host_body_id, row.seats, row.month)
    dropped = post(staff, staff.get(path).text, f"{SETTINGS}/plan/activities/{row.id}/drop")

    assert (copied.status_code, dropped.status_code) == (303, 303)
    assert changed == (host, 80, 3)
    assert queries.list_year_plan(programme, 2027) == []
    assert len(queries.list_year_plan(programme, 2026)) == 1


def test_a_year_the_programme_does_not_run_in_has_no_plan(staff):
    assert staff.get(f"{SETTINGS}/plan/2031").status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LEADER, Role.VIEWER])
def test_whoever_does_not_manage_may_look_and_change_nothing(client, programme, role):
    looking = signed_in(client, programme, role)
    page = looking.get(f"{SETTINGS}/")

    refused = post(looking, page.text, f"{SETTINGS}/contents/new", **TEXTS)

    assert page.status_code == 200
    assert f"{SETTINGS}/facts" not in page.text
    assert refused.status_code == 403
    assert len(queries.list_contents(programme.id)) == 4


@pytest.mark.parametrize(
    "part", ["contents", "targets", "baselines", "periods", "plan/activities", "bodies/rename"]
)
def test_a_part_of_another_programme_is_not_there(staff, programme, other, part):
    text = {"vi": "x", "en": "x", "ar": "x"}
    ids = {
        "contents": lambda: service.add_content(other, text).id,
        "targets": lambda: _moved(queries.list_targets(programme)[0], other),
        "baselines": lambda: _moved(queries.list_baselines(programme)[0], other),
        "periods": lambda: _moved(queries.list_periods(programme)[-1], other),
        "plan/activities": lambda: (
            service.promise(other, ActivityPlan(2026, None, "seminar", "x", None, None, None)).id
        ),
        "bodies/rename": lambda: 10**6,
    }
    number = ids[part]()
    path = f"{SETTINGS}/bodies/{number}/rename" if part == "bodies/rename" else None

    assert staff.get(path or f"{SETTINGS}/{part}/{number}").status_code == 404


def _moved(part, other) -> int:
    part.programme_id = other.id
    db.session.flush()
    return part.id


def test_a_form_without_its_token_is_refused(staff, programme):
    answer = staff.post(f"{SETTINGS}/contents/new", data=TEXTS)

    assert answer.status_code == 400
    assert len(queries.list_contents(programme.id)) == 4


def test_the_settings_ask_as_many_questions_for_three_contents_more(
    staff, programme, count_queries
):
    with count_queries() as before:
        staff.get(f"{SETTINGS}/")
    for _number in range(3):
        service.add_content(programme, {"vi": "x", "en": "x", "ar": "x"})
    with count_queries() as after:
        staff.get(f"{SETTINGS}/")

    assert after.number == before.number
    assert hidden(staff.get(f"{SETTINGS}/").text) != ""
