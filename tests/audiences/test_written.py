"""Guests named in a list: recognised one by one, or told why not."""

import io
from datetime import date

import openpyxl
import pytest

from coopevents.accounts.models import Role
from coopevents.audiences import written
from coopevents.audiences.written import Why
from coopevents.db import db
from coopevents.directory.models import OrganisationStatusKind, Register
from coopevents.errors import InputError
from coopevents.territory import units
from tests import event_factories as made
from tests.browsing import hidden, post, signed_in
from tests.factories import find_commune, make_code, make_organisation, territory_of

pytestmark = pytest.mark.usefixtures("english")


def recognised(programme, text):
    return written.recognise(programme.register, written.rows_of_text(text))


def workbook(*rows) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(data)
    return data.getvalue()


def test_a_code_a_name_and_a_name_without_marks_are_recognised(programme):
    an, binh, chi = (
        make_organisation(programme, name=f"Hợp tác xã {name}") for name in ("Ấn", "Bình", "Chi")
    )
    make_code(chi, "2600123456")

    result = recognised(programme, "Hop tac xa An\nHợp tác xã Bình\n\n2600 123456\nHTX Bình")

    assert result.organisation_ids == [an.id, binh.id, chi.id]
    assert (result.missing, result.otherwise) == ([], [])


def test_a_name_but_for_its_kind_is_recognised_and_shown_to_be_compared(programme):
    an = make_organisation(programme, name="Hợp tác xã Dịch vụ Ấn")

    result = recognised(programme, "HTX Ấn")

    assert result.organisation_ids == [an.id]
    assert [(one.place, one.text, one.name) for one in result.otherwise] == [
        ("line 1", "HTX Ấn", "Hợp tác xã Dịch vụ Ấn")
    ]


def test_another_kind_of_that_name_is_not_meant(programme):
    make_organisation(programme, name="Hợp tác xã Ấn")

    result = recognised(programme, "THT Ấn")

    assert [(one.text, one.why) for one in result.missing] == [("THT Ấn", Why.UNKNOWN)]


def test_namesakes_are_told_apart_by_the_commune_beside_them(programme):
    first, second = units.communes_of(territory_of(programme))[:2]
    one, other = (
        make_organisation(programme, name="Hợp tác xã Ấn", commune=commune)
        for commune in (first, second)
    )

    told = recognised(programme, f"Hợp tác xã Ấn\t{second.name}")
    without_its_kind = recognised(programme, f"Hợp tác xã Ấn; {second.name.split(' ', 1)[1]}")
    bare = recognised(programme, "Hợp tác xã Ấn")

    assert told.organisation_ids == without_its_kind.organisation_ids == [other.id]
    assert (bare.organisation_ids, [row.why for row in bare.missing]) == ([], [Why.SEVERAL])
    assert one.id != other.id


def test_a_commune_called_like_a_cooperative_is_not_it(programme):
    commune = find_commune(programme)
    bare = commune.name.removeprefix("Xã ").removeprefix("Phường ")
    make_organisation(programme, name=f"Hợp tác xã {bare}")

    result = recognised(programme, f"Hợp tác xã Không Có\t{bare}")

    assert result.organisation_ids == []


def test_of_another_register_nobody_is_recognised(programme):
    other = Register(key="other", name={"vi": "Sổ khác", "en": "Other", "ar": "آخر"})
    db.session.add(other)
    db.session.flush()
    make_organisation(other, name="Hợp tác xã Ấn", commune=find_commune(programme))

    assert recognised(programme, "Hợp tác xã Ấn").organisation_ids == []


def test_a_workbook_is_read_below_its_heading(programme):
    an = make_organisation(programme, name="Hợp tác xã Ấn")
    data = workbook(
        ["DANH SÁCH MỜI"],
        ["STT", "Tên hợp tác xã", "Ghi chú"],
        [1, "Hợp tác xã Ấn", "mời 2 người"],
        [2, "Hợp tác xã Lạ", None],
    )

    result = written.recognise(programme.register, written.rows_of_file(data, "khach.xlsx"))

    assert result.organisation_ids == [an.id]
    assert [(one.place, one.text) for one in result.missing] == [
        ("Sheet, row 4", "2 · Hợp tác xã Lạ")
    ]


def test_a_list_of_more_rows_than_guests_is_refused():
    with pytest.raises(InputError):
        written.rows_of_text("HTX\n" * (written.MOST_ROWS + 1))


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def base(programme):
    event = made.make_event(programme, sessions=[(date(2030, 6, 10), *made.MORNING)])
    return f"/events/{event.id}/invitations"


def test_the_preview_names_rows_that_are_nobody(officer, programme, base):
    make_organisation(programme, name="Hợp tác xã Ấn", email="an@coop.example")
    make_organisation(programme, name="Hợp tác xã Bình", email="binh@coop.example")
    form = officer.get(f"{base}/new?lang=en").text

    shown = post(
        officer,
        form,
        f"{base}/preview?lang=en",
        seats="2",
        written="Hợp tác xã Ấn\nHợp tác xã Lạ",
    )

    assert "Invite 1 organisations?" in shown.text
    assert "an@coop.example" in shown.text
    assert "binh@coop.example" not in shown.text
    assert ["line 2" in shown.text, "Hợp tác xã Lạ" in shown.text] == [True, True]


def test_a_list_of_nobody_does_not_mean_everybody(officer, programme, base):
    make_organisation(programme, name="Hợp tác xã Ấn", email="an@coop.example")
    form = officer.get(f"{base}/new?lang=en").text

    shown = post(
        officer, form, f"{base}/preview?lang=en", seats="2", kinds="cooperative", written="Lạ"
    )

    assert shown.status_code == 422
    assert "None of these rows is an organisation of the register." in shown.text
    assert "an@coop.example" not in shown.text


@pytest.mark.parametrize("data", [b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", b""])
def test_a_file_that_is_no_list_is_refused_at_its_place(officer, base, data):
    form = officer.get(f"{base}/new?lang=en").text

    shown = post(
        officer,
        form,
        f"{base}/preview?lang=en",
        seats="2",
        workbook=(io.BytesIO(data), "khach.xlsx"),
    )

    assert shown.status_code == 422


def test_a_workbook_is_invited_as_previewed(officer, programme, base):
    make_organisation(programme, name="Hợp tác xã Ấn", email="an@coop.example")
    form = officer.get(f"{base}/new?lang=en").text
    data = workbook(["Tên hợp tác xã"], ["Hợp tác xã Ấn"])

    shown = post(
        officer,
        form,
        f"{base}/preview?lang=en",
        seats="2",
        workbook=(io.BytesIO(data), "khach.xlsx"),
    )
    answer = post(
        officer, shown.text, f"{base}/", preview_token=hidden(shown.text, "preview_token")
    )

    assert answer.status_code == 303


def test_who_is_named_and_not_operating_is_told(officer, programme, base):
    make_organisation(programme, name="Hợp tác xã Ấn", email="an@coop.example")
    make_organisation(
        programme,
        name="Hợp tác xã Đóng",
        email="dong@coop.example",
        status=OrganisationStatusKind.SUSPENDED,
    )
    form = officer.get(f"{base}/new?lang=en").text

    shown = post(
        officer,
        form,
        f"{base}/preview?lang=en",
        seats="2",
        written="Hợp tác xã Ấn\nHợp tác xã Đóng",
    )

    assert "is not operating today" in shown.text
