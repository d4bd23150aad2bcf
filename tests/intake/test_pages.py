"""The pages of an import: every state, every refusal, and as many queries for many as for few."""

import re
from datetime import date

import pytest

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory.models import Register
from coopevents.intake import queries, service
from coopevents.intake.models import ImportBatch, ImportFile, ImportState, Pile
from tests.browsing import post, signed_in
from tests.house.test_pages import _check, direction
from tests.intake import sheets
from tests.intake.office import (
    IMPORT,
    batch_at,
    bring,
    confirm_columns,
    count,
    decide,
    in_tcvn3,
    questions,
    send,
    upload,
    work,
)

LATER = "2025-01-31"


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

    assert counted.number == 57


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
    letters = upload(officer, in_tcvn3(["HTX chè Gia Điền", "HTX rau sạch"]), "old.xlsx")
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
