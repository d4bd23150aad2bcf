import csv
import io

import pytest

from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake.encodings import Encoding, recognise
from coopevents.intake.files import open_book
from coopevents.listing import Column, Listing, as_csv
from tests.intake.old_letters import to_tcvn3, to_vni

ROWS = [
    ["STT", "Tên hợp tác xã", "Ghi chú"],
    ["1", "HTX chè Gia Điền", "hai dòng\nmột ô"],
    ["2", 'HTX "Đất Tổ"', "a, b; c\td"],
]
NAMES = (
    *("Nguyễn Thị Hạnh", "Trần Thị Thuỷ", "Lê Thị Hương", "Đặng Thị Phượng", "Bùi Thị Đào"),
    *("Hợp tác xã nông nghiệp", "Tổ hợp tác trồng bưởi", "Xã Gia Điền", "Huyện Hạ Hoà"),
)


def written(separator: str = ";", ending: str = "\r\n") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator=ending).writerows(ROWS)
    return file.getvalue()


def rows_of(data: bytes) -> list[list[str]]:
    (sheet,) = open_book(data, "so.csv").sheets
    return sheet.rows


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_way_of_writing_gives_the_same_rows(letters, ending, separator):
    assert rows_of(written(separator, ending).encode(letters)) == ROWS


def test_the_sheet_is_called_like_the_file():
    book = open_book(written().encode(), "thư mục/HTX 2024.csv")

    assert (book.file_name, [sheet.name for sheet in book.sheets]) == ("HTX 2024.csv", ["HTX 2024"])


def test_rows_are_counted_as_excel_shows_them():
    data = 'a;b\n\n"hai\ndòng";c\nd;e\n'.encode()

    assert rows_of(data) == [["a", "b"], [], ["hai\ndòng", "c"], ["d", "e"]]


def test_a_line_that_names_the_separator_is_no_row():
    assert rows_of(b"sep=,\r\na,b;c\r\n") == [["a", "b;c"]]


@pytest.mark.parametrize(
    ("turned", "encoding"), [(to_tcvn3, Encoding.TCVN3), (to_vni, Encoding.VNI)]
)
def test_letters_of_old_programs_come_as_they_stand(app, turned, encoding):
    text = "\n".join(f"{number};{turned(name)}" for number, name in enumerate(NAMES))

    book = open_book(text.encode("latin-1"), "so.csv")

    assert [row[1] for row in book.sheets[0].rows] == [turned(name) for name in NAMES]
    assert recognise(book) is encoding


def test_letters_of_vietnamese_windows_are_unicode(app):
    # Windows-1258 writes a tone behind its letter.
    text = "1;Nguyê\u0303n Thi\u0323 Hương\n2;Hơ\u0323p ta\u0301c xa\u0303"

    rows = rows_of(text.encode("cp1258"))

    assert rows == [["1", "Nguyễn Thị Hương"], ["2", "Hợp tác xã"]]


def test_an_error_value_is_no_text():
    (sheet,) = open_book(b"a;b\n#N/A;#7\n", "so.csv").sheets

    assert (sheet.rows[1], sheet.troubles) == (["", "#7"], {(1, 0): "#N/A"})


def test_a_list_of_ours_is_read_back_as_it_was(app):
    rows = [["+84900000006", "0900000006"], ["=HTX", "'HTX"], ["-1", "@x"]]
    listing = Listing("so", [Column("a"), Column("b")], rows)

    assert rows_of(as_csv(listing))[1:] == rows


@pytest.mark.parametrize(
    ("data", "line"), [(b'a;b\nc;"d\ne;f\n', 2), (b'a;b\n"c"d;e\n', 2)], ids=["open", "inside"]
)
def test_quotation_marks_that_do_not_match_are_refused(app, data, line):
    with pytest.raises(InputError) as refusal:
        open_book(data, "so.csv")

    assert str(refusal.value) == _(
        "From line %(line)s on the quotation marks do not match.", line=line
    )


@pytest.mark.parametrize("data", [b"\xff\xfea", b"\0\xd8a", "Café; Müller; Zoë".encode("latin-1")])
def test_letters_that_nobody_can_tell_are_refused(app, data):
    with pytest.raises(InputError) as refusal:
        open_book(data, "so.csv")

    assert str(refusal.value) == _(
        "The letters of the file cannot be told: save it as “CSV UTF-8” or as .xlsx."
    )


def test_more_cells_than_memory_holds_are_refused(app):
    with pytest.raises(InputError) as refusal:
        open_book(b";" * 5_000_001, "so.csv")

    assert str(refusal.value) == _("The file has more cells than can be read.")
