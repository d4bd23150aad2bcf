"""A broken workbook is refused with the place that is wrong, and nothing is written."""

import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.cli import main, register_group
from coopevents.db import Base, db
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake import workbook
from coopevents.intake.service import import_register
from tests.intake import sheets

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

    assert list(refusal.fields) == ["HTX!5"]
    assert heading in refusal.fields["HTX!5"]


def test_at_most_twenty_places_are_listed_and_all_of_them_kept(programme):
    data = sheets.register(*(sheets.row(name=f"HTX {n}", sex="?") for n in range(25)))

    refusal = refusal_of(programme, data)

    assert len(refusal.fields) == 25
    assert len(str(refusal).splitlines()) == 22


def _zip(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _bomb() -> bytes:
    return _zip(**{"xl/workbook.xml": bytes(201 * 1024 * 1024)})


def _encrypted_zip() -> bytes:
    data = bytearray(sheets.register(sheets.row()))
    place = data.index(b"PK\x01\x02")
    while place >= 0:
        data[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 4)
    return bytes(data)


def _lying_bomb() -> bytes:
    """Say in the directory that a part is small which unpacks to much more."""
    data = bytearray(_zip(**{"xl/workbook.xml": bytes(1024 * 1024)}))
    place = data.index(b"PK\x01\x02")
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    return bytes(data)


def _far_corner() -> bytes:
    entries = _parts(sheets.register(sheets.row()))
    name = "xl/worksheets/sheet1.xml"
    cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    entries[name] = entries[name].replace(b"</sheetData>", cell)
    return _zip(**entries)


def _damaged() -> bytes:
    entries = _parts(sheets.register(sheets.row()))
    entries["xl/workbook.xml"] = b"<workbook"
    return _zip(**entries)


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"STT;T\xc3\xaan h\xe1\xbb\xa3p t\xc3\xa1c x\xc3\xa3\n1;HTX\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
        b"PK\x03\x04" + bytes(200),
        _zip(**{"readme.txt": b"no workbook"}),
        sheets.register(sheets.row())[:-400],
        _encrypted_zip(),
        _lying_bomb(),
        _far_corner(),
        _damaged(),
    ],
    ids=[
        *("empty", "text", "ole", "garbage", "other_zip", "cut_short", "encrypted"),
        *("lying_bomb", "far_corner", "damaged"),
    ],
)
def test_what_is_no_workbook_is_refused_in_one_sentence(programme, data):
    refusal = refusal_of(programme, data)

    assert refusal.fields == {}
    assert str(refusal).count("\n") == 0


def test_a_bomb_is_refused_before_it_is_unpacked(programme):
    refusal = refusal_of(programme, _bomb())

    size = workbook.LARGEST_CONTENT >> 20
    assert str(refusal) == _("The file unpacks to more than %(size)s MB.", size=size)


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
