"""A broken workbook is refused with the place that is wrong, and nothing is written."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from coopevents import package
from coopevents.cli import main
from coopevents.cli.registers import register_group
from coopevents.db import Base, db
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake.files import LARGEST_FILE
from coopevents.intake.service import import_register
from tests.intake import archives, sheets

AS_OF = date(2024, 7, 31)


def refusal_of(programme, data: bytes) -> InputError:
    """Answer the refusal of the file, after making sure that no table has grown."""
    before = _count_rows()
    with pytest.raises(InputError) as refusal:
        import_register(programme.register, programme.territory, "so.xlsx", data, as_of=AS_OF)
    db.session.commit()
    assert _count_rows() == before
    return refusal.value


def _count_rows() -> dict[str, int | None]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"name": ""}, "HTX!B8 (Tên hợp tác xã)"),
        ({"commune": ""}, "HTX!C8 (Địa chỉ / Xã/phường)"),
        ({"commune": "Xã Không Có"}, "HTX!C8 (Địa chỉ / Xã/phường)"),
        ({"district": "Huyện Yên Lập"}, "HTX!C8 (Địa chỉ / Xã/phường)"),
        ({"founded": "02/13/2021"}, "HTX!F8 (Ngày/năm thành lập)"),
        ({"founded": "31/12/2024"}, "HTX!F8 (Ngày/năm thành lập)"),
        ({"sex": "x"}, "HTX!H8 (Người đại diện / Giới tính)"),
        ({"phone": "12"}, "HTX!J8 (Người đại diện / Điện thoại)"),
        ({"email": "mai@"}, "HTX!K8 (Người đại diện / Email)"),
        ({"members": 1.5}, "HTX!L8 (Thành viên / Tổng số)"),
        ({"women_members": 13}, "HTX!M8 (Thành viên / Nữ)"),
        ({"mark": "có"}, "HTX!P8 (HTX do phụ nữ quản lý)"),
        ({"support": "1"}, "HTX!Q8 (Hội LHPN hỗ trợ thành lập)"),
    ],
)
def test_a_wrong_cell_is_named_by_sheet_row_and_column(programme, changed, place):
    data = sheets.register(sheets.row(), sheets.row(**{"name": "HTX rau Gia Điền", **changed}))

    refusal = refusal_of(programme, data)

    assert list(refusal.fields) == [place]
    assert f"{place}: {refusal.fields[place]}" in str(refusal)


@pytest.mark.parametrize(
    ("ranking", "place"),
    [
        (("HTX lạ", *sheets.RANKING[1:], date(2023, 5, 4)), "OCOP!B4 (Tên hợp tác xã)"),
        ((*sheets.RANKING, ""), "OCOP!H4 (Ngày công nhận)"),
        ((*sheets.RANKING, 2023), "OCOP!H4 (Ngày công nhận)"),
        ((*sheets.RANKING[:4], "**", "12/QĐ", date(2023, 5, 4)), "OCOP!F4 (Hạng sao)"),
        ((*sheets.RANKING[:3], "", 3, "12/QĐ", date(2023, 5, 4)), "OCOP!E4 (Tên sản phẩm)"),
    ],
)
def test_a_wrong_ranking_is_named_by_sheet_row_and_column(programme, ranking, place):
    refusal = refusal_of(programme, sheets.register(sheets.row(), rankings=[ranking]))

    assert list(refusal.fields) == [place]


def test_a_ranking_of_two_namesakes_is_left_to_a_person(programme):
    data = sheets.register(
        sheets.row(), sheets.row(founded=1999), rankings=[(*sheets.RANKING, date(2023, 5, 4))]
    )

    refusal = refusal_of(programme, data)

    assert list(refusal.fields) == ["OCOP!B4 (Tên hợp tác xã)"]


@pytest.mark.parametrize(
    "heading",
    [
        "Tên hợp tác xã",
        "Xã/phường",
        "Giới tính",
        "Chức vụ",
        "Ngày/năm thành lập",
        "Huyện/thành/thị",
    ],
)
def test_a_missing_column_is_named(programme, heading):
    refusal = refusal_of(programme, sheets.register(sheets.row(), without=heading))

    place = f"HTX!5 ({heading})"
    assert refusal.fields == {place: _("The column “%(column)s” is missing.", column=heading)}


def test_every_missing_column_is_named(programme):
    data = sheets.table(["STT", "Tên tổ hợp tác", "Xã/phường", "Huyện/thành/thị"], sheet="THT")

    refusal = refusal_of(programme, data)

    assert list(refusal.fields) == [
        *("THT!1 (Ngành nghề)", "THT!1 (Ngày/năm thành lập)", "THT!1 (Họ và tên)"),
        *("THT!1 (Giới tính)", "THT!1 (Chức vụ)", "THT!1 (Điện thoại)", "THT!1 (Email)"),
        *("THT!1 (Thành viên / Tổng số)", "THT!1 (Thành viên / Nữ)"),
        *("THT!1 (Lao động / Tổng số)", "THT!1 (Lao động / Nữ)"),
        "THT!1 (Hội LHPN hỗ trợ thành lập)",
    ]


def test_two_lines_of_a_heading_in_the_wrong_order_are_said_so(programme):
    data = sheets.table(sheets.BELOW, sheets.TOP, list(sheets.ROW.values()))

    refusal = refusal_of(programme, data)

    why = _("The lines of the heading stand upside down: the wider one belongs above.")
    assert refusal.fields == {"HTX!1": why}


def test_a_heading_that_stands_twice_is_refused_with_both_columns(programme):
    top = [*sheets.TOP[:17], "Điện thoại"]

    refusal = refusal_of(programme, sheets.table(top, sheets.BELOW, list(sheets.ROW.values())))

    why = _(
        "Several columns may be “%(column)s”: %(letters)s. Keep one of them.",
        column="Điện thoại",
        letters="J, R",
    )
    assert refusal.fields == {"HTX!1 (Điện thoại)": why}


def _officers_book(change: Callable[[Any], None]) -> bytes:
    """Answer a register of two rows after somebody did something to its sheet."""
    book = openpyxl.load_workbook(io.BytesIO(sheets.register(sheets.row(), sheets.row())))
    change(book["HTX"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("change", "places"),
    [
        (lambda page: page.merge_cells("C7:C8"), ["HTX!C8 (Địa chỉ / Xã/phường)"]),
        (lambda page: page.merge_cells("E7:E8"), ["HTX!E8 (Ngành nghề)"]),
        (lambda page: page.__setitem__("L7", "=6*2"), ["HTX!L7 (Thành viên / Tổng số)"]),
        (lambda page: page.__setitem__("E8", "#N/A"), ["HTX!E8 (Ngành nghề)"]),
    ],
    ids=["merged_commune", "merged_sector", "formula", "error"],
)
def test_a_cell_without_a_value_of_its_own_is_named(programme, change, places):
    refusal = refusal_of(programme, _officers_book(change))

    assert list(refusal.fields) == places


def test_of_a_thousand_bad_rows_twenty_are_named_and_the_others_counted(programme):
    data = sheets.register(*(sheets.row(name=f"HTX {n}", sex="?") for n in range(1000)))

    refusal = refusal_of(programme, data)

    assert list(refusal.fields) == [
        f"HTX!H{number} (Người đại diện / Giới tính)" for number in range(7, 27)
    ]
    assert str(refusal).splitlines()[-1] == _("and %(number)s more places", number=980)
    assert len(str(refusal).splitlines()) == 22


def _encrypted_workbook() -> bytes:
    """Begin as the container does in which Excel keeps an encrypted workbook."""
    names = ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return OLE + bytes(504) + entries


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"


def _far_corner() -> bytes:
    cell = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return archives.edited(sheets.register(sheets.row()), ("</sheetData>", cell))


def _expanding() -> bytes:
    declared = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet'
    return archives.edited(sheets.register(sheets.row()), ("<worksheet", declared))


def _merged_over_and_over() -> bytes:
    merge = '<mergeCell ref="A1:A1048576"/>' * 5
    return archives.edited(
        sheets.register(sheets.row()),
        ("</sheetData>", f"</sheetData><mergeCells>{merge}</mergeCells>"),
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7\n" + bytes(100), "The file is a PDF: choose the workbook it was made from."),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "The file is a picture: choose the workbook itself."),
        (b"\xff\xd8\xff\xe0" + bytes(99), "The file is a picture: choose the workbook itself."),
        (
            b"<html><table><tr><td>STT</td></tr></table></html>",
            "The file is a web page, whatever its name says: open it in Excel, save it as .xlsx.",
        ),
        (
            OLE + bytes(1000) + "Workbook".encode("utf-16-le"),
            "The file has the old format of Excel (.xls): open it and save it as .xlsx.",
        ),
        (
            _encrypted_workbook(),
            (
                "The workbook is protected by a password: open it in Excel, take the password "
                "off and save it again."
            ),
        ),
        (
            archives.encrypted(sheets.register(sheets.row())),
            "The file is protected by a password.",
        ),
        (
            archives.zipped({"readme.txt": b"no workbook"}),
            "The file is not an Excel workbook (.xlsx).",
        ),
        (
            archives.zipped({"word/document.xml": b"<document/>"}),
            "The file is a Word document: copy its table into a workbook.",
        ),
        (
            archives.zipped({"xl/workbook.bin": b""}),
            "The workbook has another format (.xlsb or .ods): open it and save it as .xlsx.",
        ),
        (
            bytes(range(256)) * 9,
            "The letters of the file cannot be told: save it as “CSV UTF-8” or as .xlsx.",
        ),
        (
            b"STT,HTX\x01\x02\n" * 9,
            "The file is neither an Excel workbook (.xlsx) nor a CSV file.",
        ),
        (
            _far_corner(),
            "A sheet of the workbook has cells far below or far to the right: delete them.",
        ),
        (
            _merged_over_and_over(),
            "The workbook holds more merged cells and faulty formulas than can be read.",
        ),
    ],
    ids=[
        *("empty", "pdf", "png", "jpeg", "web_page", "old_xls", "encrypted", "locked_zip"),
        *("other_zip", "word", "xlsb", "no_text", "control_signs", "far_corner", "merges"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_sentence_of_its_own(programme, data, sentence):
    refusal = refusal_of(programme, data)

    assert (str(refusal), refusal.fields) == (_(sentence), {})


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + bytes(200),
        sheets.register(sheets.row())[:-400],
        archives.lying(sheets.register(sheets.row()), SHEET, 100),
        archives.lying(sheets.register(sheets.row()), SHEET, 100, checksum=True),
        archives.lying(sheets.register(sheets.row()), "docProps/app.xml", 100, checksum=True),
        archives.lying(sheets.register(sheets.row()), SHEET, 100_000),
        archives.edited(sheets.register(sheets.row()), ("<sheetData", "<sheetDat")),
        archives.edited(
            sheets.register(sheets.row()), ("<workbook", "<workbok"), part="xl/workbook.xml"
        ),
        archives.edited(
            sheets.register(sheets.row()), ("UTF-8", "UTv-8"), part="xl/worksheets/sheet1.xml"
        ),
        archives.zipped({"xl/workbook.xml": b"<workbook/>"}),
        _expanding(),
    ],
    ids=[
        *("garbage", "cut_short", "lying_small", "lying_with_checksum", "lying_unread_part"),
        *(
            "lying_large",
            "damaged_sheet",
            "damaged_book",
            "unknown_letters",
            "no_relations",
            "document_type",
        ),
    ],
)
def test_a_damaged_or_deceiving_workbook_is_refused_in_one_sentence(programme, data):
    refusal = refusal_of(programme, data)

    assert str(refusal) == _("The file is damaged: it cannot be read as a workbook.")


def test_a_bomb_is_refused_before_it_is_unpacked(programme):
    bomb = archives.zipped({"xl/workbook.xml": bytes(201 * 1024 * 1024)})

    refusal = refusal_of(programme, bomb)

    size = package.LARGEST_CONTENT >> 20
    assert str(refusal) == _("The file unpacks to more than %(size)s MB.", size=size)


def test_a_file_of_200_mb_is_refused_by_its_size_alone(programme):
    refusal = refusal_of(programme, b"PK\x03\x04" + bytes(200 * 1024 * 1024))

    assert str(refusal) == _("The file is larger than %(size)s MB.", size=LARGEST_FILE >> 20)


def test_the_page_takes_no_more_than_a_file_may_be(app, client):
    answer = client.post(
        "/organisations/import",
        data=bytes(LARGEST_FILE + 1),
        content_type="multipart/form-data; boundary=line",
    )

    assert answer.status_code == 413
    assert app.config["MAX_CONTENT_LENGTH"] == LARGEST_FILE


def test_two_sheets_of_one_name_are_refused_whatever_their_capitals(programme):
    book = sheets.register(sheets.row(), rankings=[(*sheets.RANKING, date(2023, 5, 4))])
    renamed = archives.edited(book, ('name="OCOP"', 'name="Htx"'), part="xl/workbook.xml")

    refusal = refusal_of(programme, renamed)

    assert str(refusal) == _(
        "Two sheets of the workbook are called “%(sheet)s”: rename one of them.", sheet="Htx"
    )


def test_a_workbook_without_a_register_is_refused(programme):
    assert refusal_of(programme, sheets.register()).fields == {}


def test_the_command_line_refuses_with_a_sentence_and_status_1(app, tmp_path, monkeypatch, capsys):
    path = tmp_path / "so.xlsx"
    path.write_bytes(sheets.register(sheets.row(name="")))
    arguments = ["import", str(path), "--as-of", "2024-07-31"]

    result = app.test_cli_runner().invoke(register_group, arguments)

    assert isinstance(result.exception, InputError)
    assert result.exit_code == 1
    monkeypatch.setattr("coopevents.cli.create_app", lambda: app)
    monkeypatch.setattr("sys.argv", ["coopevents", "register", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "HTX!B7 (Tên hợp tác xã)" in capsys.readouterr().err


def test_the_command_line_answers_2_to_wrong_usage(app, tmp_path):
    runner = app.test_cli_runner()

    absent = runner.invoke(register_group, ["import", str(tmp_path / "none.xlsx")])
    no_day = runner.invoke(register_group, ["stats", "--as-of", "21/08/2024"])

    assert (absent.exit_code, no_day.exit_code) == (2, 2)
