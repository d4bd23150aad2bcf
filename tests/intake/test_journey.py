"""The journey of a workbook through the pages, from its upload to its undoing."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.accounts.queries import find_body
from coopevents.db import db
from coopevents.directory.figures import register_stats
from coopevents.directory.models import HeadCount, Organisation, OrganisationName
from coopevents.intake import queries
from coopevents.intake.models import ImportBatch, ImportFile, ImportMapping, ImportState, Pile
from tests.browsing import PASSWORD, hidden, post, sign_in
from tests.intake import sheets
from tests.intake.office import (
    IMPORT,
    batch_at,
    bring,
    confirm_columns,
    count,
    decide,
    filled,
    fingerprint,
    in_tcvn3,
    questions,
    saved,
    send,
    upload,
    work,
    write,
)
from tests.intake.test_import import PUBLISHED

LATER = "2025-01-31"


def test_the_sample_register_through_the_pages_and_out_again(officer, programme, sample):
    empty = fingerprint()
    address = upload(officer, sample.read_bytes(), "register-2024.xlsx")
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
    bring(officer, sample.read_bytes(), "register-2024.xlsx")
    book = openpyxl.load_workbook(sample)
    sheet, heading = book["HTX"], {}
    for row in sheet.iter_rows(min_row=1, max_row=8):
        heading |= {str(cell.value).strip(): cell.column for cell in row if cell.value}
    sheet.cell(20, heading["Email"]).value = "moi@coop.example"
    sheet.cell(31, heading["Ngành nghề"]).value = "Nghề mới"
    sheet.cell(42, heading["Tên hợp tác xã"]).value = "HTX HOÀN TOÀN MỚI"
    changed = saved(book)

    address = upload(officer, changed, "register-2025.xlsx", LATER)
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
    strange = saved(book)
    sign_in(client, users["womens_union"], PASSWORD)
    first = upload(client, strange)
    page = client.get(f"{first}/columns?lang=en").text

    without = client.post(f"{first}/columns", data=filled(page))
    chosen = client.post(
        f"{first}/columns",
        data={**filled(page), "sheet0-what": "cooperative", "sheet0-column_name": "1"},
    )
    book["HTX"]["R7"].value = "ghi chú"
    other = saved(book)
    second = upload(client, other, "hai.xlsx")

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
    kept = saved(book)
    address = upload(officer, kept)
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
    address = upload(officer, in_tcvn3(names))
    asked = officer.get(f"{address}/columns?lang=en").text
    confirmed = post(officer, asked, f"{address}/letters", encoding="tcvn3")
    confirm_columns(officer, address)
    write(officer, address)

    assert "TCVN3" in asked
    assert len(re.findall(r'<td data-label="Converted"', asked)) == 3
    assert confirmed.status_code == 303
    assert set(db.session.scalars(select(OrganisationName.name))) == set(names)


def test_old_letters_may_be_left_as_they_are(officer):
    address = upload(officer, in_tcvn3(["HTX chè Gia Điền", "HTX rau sạch Hạ Hoà"]))
    asked = officer.get(f"{address}/columns?lang=en").text

    post(officer, asked, f"{address}/letters", encoding="unicode")
    other = post(officer, asked, f"{address}/letters", encoding="vni")

    assert (batch_at(address).encoding, other.status_code) == ("unicode", 422)


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
