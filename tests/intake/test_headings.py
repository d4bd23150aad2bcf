import pytest

from coopevents.directory.models import OrganisationKind
from coopevents.intake.book import Sheet
from coopevents.intake.columns import COLUMNS, OCOP_COLUMNS
from coopevents.intake.files import open_book
from coopevents.intake.headings import SheetMapping, fold_heading, guess, headings_of
from tests.intake import sheets

PLAIN = (
    *("Tên hợp tác xã", "Xã/phường", "Huyện", "Lĩnh vực", "Năm thành lập", "Họ tên"),
    *("Giới tính", "Chức danh", "SĐT", "E-mail"),
)


def sheet_of(*rows: object, name: str = "HTX") -> Sheet:
    return Sheet(name, False, [list(row) for row in rows])


def test_a_heading_of_two_lines_below_titles_is_found():
    (sheet,) = open_book(sheets.register(sheets.row()), "so.xlsx").sheets

    mapping = guess(sheet)

    assert mapping == SheetMapping(
        sheet="HTX",
        kind=OrganisationKind.COOPERATIVE,
        ocop=False,
        heading_row=4,
        heading_lines=2,
        columns={column: place for place, column in enumerate(COLUMNS, start=1)},
    )


def test_a_heading_of_one_line_is_found():
    mapping = guess(sheet_of(["DANH SÁCH"], PLAIN, ["HTX chè", "Xã Gia Điền"]))

    assert (mapping.heading_row, mapping.heading_lines, len(mapping.columns)) == (1, 1, 10)


def test_a_heading_of_three_lines_is_found():
    mapping = guess(
        sheet_of(
            ["STT", "Tên HTX", "Xã", "Số thành viên", "", "Số lao động", ""],
            ["", "", "", "Tổng số", "Trong đó", "Tổng số", "Trong đó"],
            ["", "", "", "", "Nữ", "", "Nữ"],
        )
    )

    assert (mapping.heading_row, mapping.heading_lines) == (0, 3)
    assert mapping.columns == {
        "name": 1,
        "commune": 2,
        "members": 3,
        "women_members": 4,
        "workers": 5,
        "women_workers": 6,
    }


def test_a_sheet_of_ocop_products_is_told_from_one_of_organisations():
    mapping = guess(sheet_of(sheets.OCOP, name="OCOP"))

    assert (mapping.ocop, mapping.kind) == (True, None)
    assert set(mapping.columns) == set(OCOP_COLUMNS)


@pytest.mark.parametrize(
    ("heading", "sheet", "kind"),
    [
        ("Tên tổ hợp tác", "HTX", OrganisationKind.COOPERATIVE_GROUP),
        ("Tên liên hiệp HTX", "Trang tính1", OrganisationKind.COOPERATIVE_UNION),
        ("Tên tổ (nhóm) liên kết", "Trang tính1", OrganisationKind.LINKED_GROUP),
        ("Tên đơn vị", "THT 2024", OrganisationKind.COOPERATIVE_GROUP),
        ("Tên đơn vị", "HTX và THT", None),
        ("Tên đơn vị", "Trang tính1", None),
    ],
)
def test_the_kind_is_told_by_the_heading_or_the_sheet_and_never_guessed(heading, sheet, kind):
    mapping = guess(sheet_of([heading, *PLAIN[1:]], name=sheet))

    assert mapping.kind is kind


@pytest.mark.parametrize(
    "written",
    [
        "GIỚI TÍNH",
        " Giới  tính ",
        "Gi\u1edbi\u00a0t\u00ednh",
        "Gio\u031b\u0301i ti\u0301nh",
        "\ufeffGiới\u200b tính",
        "Giới\ntính",
        "Giới tính (*)".replace("(*)", "*"),
        "Giới tính:",
    ],
)
def test_a_heading_is_known_however_its_letters_and_spaces_are_stored(written):
    mapping = guess(sheet_of([*PLAIN[:6], written, *PLAIN[7:]]))

    assert mapping.columns["sex"] == 6


def test_what_headings_meant_before_goes_before_what_we_know():
    rows = sheet_of([*PLAIN[:9], "Zalo", "Tên đầy đủ"])
    remembered = {"zalo:": "phone", "ten day du": "name", "sdt": "", "ten hop tac xa": "nothing"}

    mapping = guess(rows, remembered)

    assert (mapping.columns["phone"], mapping.columns["name"]) == (9, 10)
    assert {0, 8}.isdisjoint(mapping.columns.values())


def test_headings_are_remembered_as_they_are_offered():
    rows = sheet_of(["Tên HTX", "Xã", "Thành viên", ""], ["", "", "Tổng số", "Nữ"])
    mapping = guess(rows)

    offered = headings_of(rows, mapping)

    assert offered == [
        *((0, "Tên HTX"), (1, "Xã")),
        *((2, "Thành viên / Tổng số"), (3, "Thành viên / Nữ")),
    ]
    remembered = {fold_heading(offered[2][1]): "workers"}
    again = guess(rows, remembered)
    assert again.columns == {"name": 0, "commune": 1, "workers": 2, "women_members": 3}


def test_a_column_that_two_headings_fit_is_left_to_a_person():
    mapping = guess(sheet_of([*PLAIN, "Điện thoại"]))

    assert "phone" not in mapping.columns


@pytest.mark.parametrize(
    "rows", [[], [[]], [["", ""]], [["Họ tên", "Giới tính"]], [["a", "b", "c"]] * 40]
)
def test_what_has_no_headings_of_a_register_is_none(rows):
    assert guess(sheet_of(*rows)) is None


def test_a_heading_further_down_than_any_title_is_not_looked_for():
    assert guess(sheet_of(*[["ghi chú"]] * 40, PLAIN)) is None


def test_missing_columns_are_named_as_their_headings_are_written():
    mapping = guess(sheet_of(["Tên tổ hợp tác", "Lĩnh vực", "SĐT", "Nghề nghiệp"], name="THT"))
    without_name = SheetMapping("THT", OrganisationKind.COOPERATIVE_GROUP, False, 0, 1, {})

    assert mapping.missing(with_district=True) == [
        *("Xã/phường", "Huyện/thành/thị", "Ngày/năm thành lập", "Họ và tên", "Giới tính"),
        *("Chức vụ", "Email", "Thành viên / Tổng số", "Thành viên / Nữ"),
        *("Lao động / Tổng số", "Lao động / Nữ", "Hội LHPN hỗ trợ thành lập"),
    ]
    assert "Huyện/thành/thị" not in mapping.missing(with_district=False)
    assert without_name.missing(with_district=False)[0] == "Tên tổ hợp tác"


@pytest.mark.parametrize("name", ["THT", "OCOP"])
def test_a_mapping_is_the_same_after_it_was_kept(name):
    rows = {"THT": ["Tên tổ hợp tác", *PLAIN[1:]], "OCOP": sheets.OCOP}
    mapping = guess(sheet_of(rows[name], name=name))

    assert SheetMapping.from_json(mapping.as_json()) == mapping
