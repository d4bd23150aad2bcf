"""The journey of a workbook through the pages, from its upload to its undoing."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import func, select

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.accounts.queries import find_body
from coopevents.db import db
from coopevents.directory.figures import register_stats
from coopevents.directory.models import HeadCount, Organisation, OrganisationName, Register
from coopevents.intake import queries, service
from coopevents.intake.models import ImportBatch, ImportFile, ImportMapping, ImportState, Pile
from tests.browsing import PASSWORD, hidden, post, sign_in, signed_in
from tests.house.test_pages import _check, direction
from tests.intake import old_letters, sheets
from tests.intake.office import (
    IMPORT,
    batch_at,
    bring,
    confirm_columns,
    decide,
    filled,
    fingerprint,
    questions,
    send,
    upload,
    work,
    write,
)
from tests.intake.test_import import PUBLISHED

LATER = "2025-01-31"


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def sample(project):
    return (project / "coopevents" / "data" / "register-2024.xlsx").read_bytes()


def count(table) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_sample_register_through_the_pages_and_out_again(officer, programme, sample):
    empty = fingerprint()
    address = upload(officer, sample, "register-2024.xlsx")
    confirm_columns(officer, address)

    checked = officer.get(f"{address}?lang=en").text
    asked = {
        (question.sheet, question.row): [(c["sheet"], c["row"]) for c in question.candidates]
        for question in questions(address)
    }
    refused = post(officer, checked, f"{address}/write")
    nothing_yet = count(Organisation)
    decide(officer, address)
    write(officer, address)
    written = officer.get(f"{address}?lang=en").text
    figures = register_stats(programme.register, date(2024, 8, 21)).as_json()
    undone = post(officer, written, f"{address}/undo")
    work()

    assert asked == {
        ("HTX", 217): [("HTX", 47)],
        ("HTX", 434): [("HTX", 375)],
        ("HTX", 744): [("HTX", 724)],
    }
    assert "Rows that may be the same organisation: 3" in checked
    assert (refused.status_code, nothing_yet) == (409, 0)
    assert figures == PUBLISHED
    assert "Nothing newer rests on this import" in written
    assert undone.status_code == 303
    assert fingerprint() == empty
    batch = batch_at(address)
    assert (batch.state, batch.undone_by.full_name) == (ImportState.UNDONE, "Người dùng")
    changes = 735 + 1146 + batch.summary["certificates"]
    assert len(queries.list_changes(batch, limit=changes + 1)) == changes
    assert "This import was undone" in officer.get(f"{address}?lang=en").text


def test_a_second_workbook_shows_exactly_the_rows_that_changed(officer, sample):
    bring(officer, sample, "register-2024.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(sample))
    sheet, heading = book["HTX"], {}
    for row in sheet.iter_rows(min_row=1, max_row=8):
        heading |= {str(cell.value).strip(): cell.column for cell in row if cell.value}
    sheet.cell(20, heading["Email"]).value = "moi@coop.example"
    sheet.cell(31, heading["Ngành nghề"]).value = "Nghề mới"
    sheet.cell(42, heading["Tên hợp tác xã"]).value = "HTX HOÀN TOÀN MỚI"
    changed = io.BytesIO()
    book.save(changed)

    address = upload(officer, changed.getvalue(), "register-2025.xlsx", LATER)
    confirm_columns(officer, address)

    renamed = next(question for question in questions(address) if question.row == 42)
    likenesses = [one["likeness"] for one in renamed.candidates]
    decide(officer, address, **{f"question-{renamed.id}": "different"})
    batch = batch_at(address)
    piles = queries.count_piles(batch)
    shown = officer.get(f"{address}?pile=changed&lang=en").text
    rows = [
        (row.row, sorted(row.changes)) for row in queries.list_rows(batch, Pile.CHANGED, limit=9)
    ]
    assert rows == [(20, ["email"]), (31, ["sector"])]
    assert [row.row for row in queries.list_rows(batch, Pile.NEW, limit=9)] == [42]
    assert likenesses == ["place_day_person"]
    assert (piles[Pile.CHANGED], piles[Pile.NEW], piles[Pile.ABSENT]) == (2, 1, 1)
    assert piles[Pile.SAME] == batch.summary["rows"] - 2 - 1 - 3
    assert "<ins><bdi>moi@coop.example</bdi></ins>" in shown
    assert "<ins><bdi>Nghề mới</bdi></ins>" in shown


@pytest.mark.case(40)
def test_the_preview_shows_what_was_understood_and_refuses_what_is_ambiguous(officer):
    data = sheets.register(
        sheets.row(name="HTX Một", members="1.146", founded="05/02/2015", sex="nu"),
        sheets.row(name="HTX Hai", founded=2005, sex="NỮ", phone=900000006.0),
    )
    address = upload(officer, data)
    confirm_columns(officer, address)

    shown = officer.get(f"{address}?pile=new&lang=vi").text
    doubtful = sheets.register(sheets.row(members="1,146", founded="2/2026", sex="x"))
    other = upload(officer, doubtful, "hai.xlsx")
    confirm_columns(officer, other)
    refused = officer.get(f"{other}?lang=vi").text

    for understood in ("1.146", "05/02/2015", "2005", "+84900000006", "Nữ", "Xã Gia Điền"):
        assert f"<bdi>{understood}" in shown, understood
    wrong = queries.list_rows(batch_at(other), Pile.WRONG, limit=9)[0].wrong
    assert {column: typed for column, (typed, _why) in wrong.items()} == {
        "members": "1,146",
        "founded": "2/2026",
        "sex": "x",
    }
    assert all(why in refused for _typed, why in wrong.values())
    assert count(Organisation) == 0


def test_a_wrong_cell_is_marked_in_its_row_with_the_reason_and_the_file_sent_again(officer):
    address = upload(officer, sheets.register(sheets.row(), sheets.row(name="", sex="x")))
    confirm_columns(officer, address)

    wrong = officer.get(f"{address}?lang=en").text
    everything = officer.get(f"{address}?pile=all&lang=en").text
    corrected = post(
        officer,
        wrong,
        IMPORT,
        file=(io.BytesIO(sheets.register(sheets.row())), "so.xlsx"),
        as_of="2024-07-31",
        instead_of=str(batch_at(address).id),
    )

    assert re.findall(r'<th scope="row"[^>]*>\s*<div>8</div>', wrong) != []
    assert "H · Người đại diện / Giới tính" in wrong
    assert len(re.findall(r'<mark class="wrong">', wrong)) == 2
    assert "HTX chè Gia Điền" not in wrong
    assert "HTX chè Gia Điền" in everything
    assert "/write" not in wrong
    assert corrected.status_code == 303
    assert (batch_at(address).state, count(ImportFile)) == (ImportState.LEFT, 1)
    confirm_columns(officer, corrected.location)
    assert batch_at(corrected.location).state is ImportState.CHECKED


def test_wrong_rows_are_paged_and_asked_in_as_many_queries(officer, count_queries):
    addresses = {
        number: upload(
            officer,
            sheets.register(*(sheets.row(name=f"HTX {n}", sex="?") for n in range(number))),
            f"{number}.xlsx",
        )
        for number in (1, 3, 51)
    }
    asked = {}
    for number, address in addresses.items():
        confirm_columns(officer, address)
        officer.get(address)
        with count_queries() as counted:
            page = officer.get(f"{address}?lang=en").text
        asked[number] = counted.number

    assert asked[1] == asked[3]
    assert len(re.findall(r'<mark class="wrong">', page)) == 50
    after = re.search(r'href="([^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")
    assert len(re.findall(r'<mark class="wrong">', officer.get(after).text)) == 1


@pytest.mark.parametrize("page", ["", "/questions"])
def test_a_checked_import_asks_as_many_questions_for_three_rows_as_for_one(
    officer, count_queries, page
):
    asked = []
    for number in (1, 3):
        rows = [sheets.row(name=f"HTX {n}") for n in range(number)]
        address = upload(officer, sheets.register(*rows, *rows), f"{number}.xlsx")
        confirm_columns(officer, address)
        officer.get(address + page)
        with count_queries() as counted:
            assert officer.get(address + page).status_code == 200
        asked.append(counted.number)

    assert asked[0] == asked[1]


@pytest.mark.parametrize("number", [1, 3])
def test_a_written_import_asks_as_many_questions_for_three_rows_as_for_one(
    officer, count_queries, number
):
    address = bring(officer, sheets.register(*(sheets.row(name=f"HTX {n}") for n in range(number))))
    officer.get(address)

    with count_queries() as counted:
        officer.get(address)

    assert counted.number == 36


def test_the_same_file_twice_is_said_so_with_when_by_whom_and_what_came_of_it(officer):
    data = sheets.register(sheets.row())
    address = bring(officer, data)

    again = send(officer, data, "other-name.xlsx", LATER)
    listed = officer.get(f"{IMPORT}?lang=en").text

    assert (again.status_code, count(ImportBatch)) == (409, 1)
    assert f'href="{address}"' in again.text
    assert "Người dùng" in again.text
    assert "1 new, 0 changed, 0 unchanged" in listed


def test_a_file_whose_import_was_undone_may_be_imported_again_and_says_so(officer):
    data = sheets.register(sheets.row())
    first = bring(officer, data)
    post(officer, officer.get(first).text, f"{first}/undo")
    work()

    second = upload(officer, data)
    confirm_columns(officer, second)
    page = officer.get(f"{second}?lang=en").text
    write(officer, second)

    assert "This very file was imported before, and undone." in page
    assert (batch_at(first).state, batch_at(second).state, count(Organisation)) == (
        ImportState.UNDONE,
        ImportState.WRITTEN,
        1,
    )


def test_headings_chosen_by_hand_are_remembered_for_the_body(client, programme):
    users = {}
    for body in ("womens_union", "cooperative_alliance"):
        user = accounts.create_user(f"{body}@union.example", "Cán bộ", PASSWORD)
        accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=find_body(body))
        users[body] = user.email
    book = openpyxl.load_workbook(io.BytesIO(sheets.register(sheets.row())))
    book["HTX"]["B5"].value = "Đơn vị"
    strange = io.BytesIO()
    book.save(strange)
    sign_in(client, users["womens_union"], PASSWORD)
    first = upload(client, strange.getvalue())
    page = client.get(f"{first}/columns?lang=en").text

    without = client.post(f"{first}/columns", data=filled(page))
    chosen = client.post(
        f"{first}/columns",
        data={**filled(page), "sheet0-what": "cooperative", "sheet0-column_name": "1"},
    )
    book["HTX"]["R7"].value = "ghi chú"
    other = io.BytesIO()
    book.save(other)
    second = upload(client, other.getvalue(), "hai.xlsx")

    assert (without.status_code, chosen.status_code) == (422, 303)
    assert batch_at(first).state is ImportState.CHECKED
    assert batch_at(second).mappings[0]["columns"]["name"] == 1
    bodies = set(db.session.scalars(select(ImportMapping.body_id)))
    assert bodies == {find_body("womens_union").id}
    client.post("/sign-out", data={"csrf_token": hidden(client.get("/").text)})
    sign_in(client, users["cooperative_alliance"], PASSWORD)
    third = upload(client, sheets.register(sheets.row(note="khác")), "ba.xlsx")
    assert queries.remembered(batch_at(third).body_id) == {}


def test_a_sheet_nobody_understood_is_read_where_somebody_says_how(officer):
    rows = [["x"] * 3] * 2 + [["Tên", "Xã", "Sản phẩm", "Sao", "QĐ", "Ngày"]]
    rows.append(["HTX chè Gia Điền", "Xã Gia Điền", "Chè", 3, "1/QĐ", date(2023, 5, 4)])
    book = openpyxl.load_workbook(io.BytesIO(sheets.register(sheets.row())))
    sheet = book.create_sheet("Chứng nhận")
    for row in rows:
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    address = upload(officer, kept.getvalue())
    page = officer.get(f"{address}/columns").text
    told = {**filled(page), "sheet1-what": "ocop", "sheet1-heading_row": "3"}

    looked = officer.post(f"{address}/columns", data={**told, "look": "1"}).text
    names = ("name", "commune", "product", "stars", "decision", "issued")
    columns = {f"sheet1-column_{name}": str(place) for place, name in enumerate(names)}
    columns["sheet1-column_district"] = "1"
    twice = officer.post(f"{address}/columns", data={**told, **columns})
    columns["sheet1-column_district"] = ""
    without = officer.post(f"{address}/columns", data={**told, **columns})

    assert "F · Ngày" in looked
    assert (twice.status_code, without.status_code) == (422, 422)
    assert batch_at(address).state is ImportState.UPLOADED


def test_old_letters_are_offered_for_conversion_and_never_converted_silently(officer):
    names = ["HTX chè Gia Điền", "HTX rau sạch Hạ Hoà", "HTX nông nghiệp Đồng Lương"]
    address = upload(officer, _in_tcvn3(names))
    asked = officer.get(f"{address}/columns?lang=en").text
    confirmed = post(officer, asked, f"{address}/letters", encoding="tcvn3")
    confirm_columns(officer, address)
    write(officer, address)

    assert "TCVN3" in asked
    assert len(re.findall(r'<td data-label="Converted"', asked)) == 3
    assert confirmed.status_code == 303
    assert set(db.session.scalars(select(OrganisationName.name))) == set(names)


def test_old_letters_may_be_left_as_they_are(officer):
    address = upload(officer, _in_tcvn3(["HTX chè Gia Điền", "HTX rau sạch Hạ Hoà"]))
    asked = officer.get(f"{address}/columns?lang=en").text

    post(officer, asked, f"{address}/letters", encoding="unicode")
    other = post(officer, asked, f"{address}/letters", encoding="vni")

    assert (batch_at(address).encoding, other.status_code) == ("unicode", 422)


def _in_tcvn3(names: list[str]) -> bytes:
    book = openpyxl.load_workbook(
        io.BytesIO(sheets.register(*(sheets.row(name=name) for name in names)))
    )
    for row in book["HTX"].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = old_letters.to_tcvn3(cell.value)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_a_table_as_csv_goes_the_same_way(officer):
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";")
    writer.writerow(sheets.TOP)
    writer.writerow(sheets.BELOW)
    told = {**sheets.row(), "founded": "09/03/2015"}
    writer.writerow(told.values())

    bring(officer, kept.getvalue().encode("utf-8-sig"), "so.csv")

    assert db.session.scalars(select(OrganisationName.name)).all() == ["HTX chè Gia Điền"]


def test_the_file_to_start_from_goes_through(officer, programme):
    file = officer.get(f"{IMPORT}/sample.xlsx")

    address = bring(officer, file.data, "so-theo-doi-mau.xlsx", "2026-01-31")

    names = set(db.session.scalars(select(OrganisationName.name)))
    assert names == {"HTX chè Mẫu Một (mẫu)", "HTX rau Mẫu Hai (mẫu)"}
    assert batch_at(address).summary["certificates"] == 1
    assert batch_at(address).summary["warnings"] == {}
    assert db.session.scalars(select(HeadCount.members).order_by(HeadCount.id)).all() == [1146, 9]


def test_an_import_can_be_left_and_its_file_is_kept_no_longer(officer):
    address = upload(officer, sheets.register(sheets.row(), sheets.row(founded=1999)))
    confirm_columns(officer, address)

    left = post(officer, officer.get(address).text, f"{address}/leave")

    assert left.status_code == 303
    assert (batch_at(address).state, count(ImportFile)) == (ImportState.LEFT, 0)
    assert queries.count_piles(batch_at(address)) == dict.fromkeys(Pile, 0)
    assert officer.get(address).status_code == 200


def test_a_long_file_is_checked_by_a_worker_and_the_page_says_how_far(officer, monkeypatch):
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 1)
    address = upload(officer, sheets.register(sheets.row()))
    confirm_columns(officer, address)

    waiting = officer.get(f"{address}?lang=en").text
    part = officer.get(f"{address}/progress")
    work()
    done = officer.get(f"{address}/progress")

    assert 'hx-trigger="every 1s"' in waiting
    assert f'hx-get="{address}/progress"' in part.text
    assert (part.headers.get("HX-Refresh"), done.headers.get("HX-Refresh")) == (None, "true")
    assert batch_at(address).state is ImportState.CHECKED


def test_a_decision_that_no_question_offers_is_refused(officer):
    address = upload(officer, sheets.register(sheets.row(), sheets.row()))
    confirm_columns(officer, address)
    (question,) = questions(address)

    answers = [
        decide(officer, address, **{name: answer}).status_code
        for name, answer in (
            (f"question-{question.id}", "same:7"),
            (f"question-{question.id}", "perhaps"),
            ("question-999999", "skip"),
        )
    ]

    assert answers == [422, 422, 422]
    assert queries.count_undecided(batch_at(address)) == 1


def test_rows_said_to_be_two_organisations_are_two_and_next_year_nobody_asks(officer):
    data = sheets.register(sheets.row(), sheets.row())
    address = upload(officer, data)
    confirm_columns(officer, address)
    (question,) = questions(address)
    decide(officer, address, **{f"question-{question.id}": "different"})
    write(officer, address)

    later = upload(officer, sheets.register(sheets.row(), sheets.row(note="x")), day=LATER)
    confirm_columns(officer, later)

    assert count(Organisation) == 2
    assert questions(later) == []
    assert batch_at(later).summary["same"] == 2


def test_an_import_of_another_register_is_not_found(officer, programme):
    other = Register(key="elsewhere", name={"vi": "Sổ khác"})
    db.session.add(other)
    db.session.flush()
    batch = service.upload(
        other,
        programme.territory,
        "so.xlsx",
        sheets.register(sheets.row()),
        as_of=date(2024, 7, 31),
    )
    page = officer.get(IMPORT).text

    answers = [officer.get(f"{IMPORT}/{batch.id}{part}").status_code for part in PARTS]
    acts = [post(officer, page, f"{IMPORT}/{batch.id}/{act}").status_code for act in ACTS]

    assert answers == [404] * len(PARTS)
    assert acts == [404] * len(ACTS)


PARTS = ("", "/columns", "/questions", "/progress")
ACTS = ("check", "letters", "columns", "questions", "write", "undo", "leave")


@pytest.mark.parametrize(
    ("name", "day"), [("so.pdf", "2024-07-31"), ("so.xlsx", "hôm nay"), ("so.xlsx", "")]
)
def test_a_form_that_is_not_right_is_shown_again(officer, name, day):
    answer = send(officer, sheets.register(sheets.row()), name, day)

    assert (answer.status_code, count(ImportBatch)) == (422, 0)


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"", b"PK\x03\x04" + bytes(99)])
def test_what_is_no_workbook_is_refused_and_nothing_is_kept(officer, data):
    answer = send(officer, data)

    assert (answer.status_code, count(ImportBatch), count(ImportFile)) == (422, 0, 0)
    assert "message-error" in answer.text


def test_a_workbook_of_an_earlier_day_is_refused_when_it_is_sent(officer):
    bring(officer, sheets.register(sheets.row()))

    answer = send(officer, sheets.register(sheets.row(members=11)), day="2024-01-31")

    assert (answer.status_code, count(ImportBatch)) == (409, 1)


@direction
def test_every_state_of_an_import_has_its_page(officer, monkeypatch, locale, direction):
    wrong = upload(officer, sheets.register(sheets.row(sex="?")), "wrong.xlsx")
    confirm_columns(officer, wrong)
    letters = upload(officer, _in_tcvn3(["HTX chè Gia Điền", "HTX rau sạch"]), "old.xlsx")
    undone = bring(officer, sheets.register(sheets.row()))
    post(officer, officer.get(undone).text, f"{undone}/undo")
    work()
    written = bring(
        officer,
        sheets.register(sheets.row(note="x"), rankings=[(*sheets.RANKING, date(2023, 5, 4))]),
    )
    changed = upload(officer, sheets.register(sheets.row(members=20)), day=LATER)
    confirm_columns(officer, changed)
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 1)
    waiting = upload(officer, sheets.register(sheets.row(note="y")), day=LATER)
    confirm_columns(officer, waiting)
    pages = [IMPORT, wrong, f"{letters}/columns", undone, written, changed, waiting]

    titles = [_check(officer, path, 200, locale, direction).title for path in pages]

    assert [batch_at(path).state for path in (wrong, changed, waiting)] == [
        ImportState.WRONG,
        ImportState.CHECKED,
        ImportState.CHECKING,
    ]
    assert "" not in titles


def test_only_who_keeps_the_register_may_import(client, programme):
    viewer = signed_in(client, programme, Role.VIEWER)

    assert viewer.get(IMPORT).status_code == 403
    assert viewer.get(f"{IMPORT}/sample.xlsx").status_code == 403
