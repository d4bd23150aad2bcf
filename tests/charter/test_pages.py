"""The programme's file on its pages: taken away, changed, looked at, written."""

import io

import pytest

from coopevents.accounts.models import Role
from coopevents.charter import document
from coopevents.lifecycle.founding import describe_programme
from coopevents.programme import queries, service
from tests.browsing import fill_in, hidden, signed_in

FILE = "/programme/settings/file"
TEXT = {"vi": "Mẫu", "en": "Sample", "ar": "عينة"}


@pytest.fixture
def staff(client, programme):
    signed_in(client, programme, Role.ADMINISTRATOR)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


def look_at(client, data: bytes):
    page = client.get(f"{FILE}/load").text
    form = {"csrf_token": hidden(page), "file": (io.BytesIO(data), "changed.yaml")}
    return client.post(f"{FILE}/load", data=form)


def write(client, shown: str):
    names = ("csrf_token", "text", "file_name", "compared_with")
    # The form to write stands before the one to choose another file.
    whole = shown.partition('action="/programme/settings/file/write"')[2].partition("</form>")[0]
    return fill_in(client, f"{FILE}/write", f'<form action="">{whole}</form>') if whole else names


def test_the_file_is_taken_away_as_it_is(staff, text):
    answer = staff.get(f"{FILE}/")

    assert answer.text == text
    assert answer.headers["Content-Disposition"] == "attachment; filename=phu-tho-2024-2030.yaml"


def test_a_changed_file_is_looked_at_before_it_is_written(staff, programme, text, changed):
    before = programme.name["en"]
    data = changed(lambda said: (said["name"].update(en="New name"), said["contents"].append(TEXT)))

    shown = look_at(staff, data)
    untouched = document.as_text(describe_programme(programme))
    written = write(staff, shown.text)

    assert shown.status_code == 200
    for told in ("name.en", before, "New name", "contents[4]", "Mẫu"):
        assert told in shown.text, told
    assert untouched == text
    assert written.status_code == 303
    assert programme.name["en"] == "New name"
    assert len(queries.list_contents(programme.id)) == 5


def test_what_cannot_be_is_told_by_path_and_cannot_be_written(staff, programme, text, changed):
    shown = look_at(staff, changed(lambda said: said["targets"][2].update(lower=700)))

    assert shown.status_code == 422
    assert "targets[2].lower" in shown.text
    assert "This version stands since 21 Aug 2024." in shown.text
    assert f"{FILE}/write" not in shown.text
    assert document.as_text(describe_programme(programme)) == text


def test_wrong_entries_are_told_by_path(staff, changed):
    shown = look_at(staff, changed(lambda said: said.update(holidays=[], key="Phú Thọ")))

    assert shown.status_code == 422
    assert "holidays" in shown.text
    assert "A key is made of small letters, figures, - and _." in shown.text


def test_a_file_looked_at_before_somebody_changed_the_programme_is_not_written(
    staff, programme, changed
):
    shown = look_at(staff, changed(lambda said: said["name"].update(en="New name")))
    service.add_content(programme, TEXT)

    answer = write(staff, shown.text)

    assert answer.status_code == 422
    assert "Somebody changed the programme since." in answer.text
    assert programme.name["en"] != "New name"


@pytest.mark.parametrize("data", [b"PK\x03\x04\x00\xff", b"%PDF-1.7\n\xff", b"", b"key: ["])
def test_another_kind_of_file_is_refused_in_a_sentence(staff, programme, text, data):
    answer = look_at(staff, data)

    assert answer.status_code == 422
    assert document.as_text(describe_programme(programme)) == text


def test_a_file_of_another_programme_is_refused(staff, programme, text, nghe_an):
    answer = look_at(staff, nghe_an.read_bytes())

    assert answer.status_code == 422
    assert "This is the key of another one." in answer.text
    assert document.as_text(describe_programme(programme)) == text


def test_no_file_chosen_is_said_so(staff):
    page = staff.get(f"{FILE}/load").text

    answer = staff.post(f"{FILE}/load", data={"csrf_token": hidden(page)})

    assert answer.status_code == 422
    assert "Please choose a file." in answer.text


def test_an_officer_takes_the_file_away_and_loads_none(client, programme):
    officer = signed_in(client, programme, Role.OFFICER)

    assert officer.get(f"{FILE}/").status_code == 200
    assert officer.get(f"{FILE}/load").status_code == 403
