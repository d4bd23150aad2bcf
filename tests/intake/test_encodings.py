import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import product

import openpyxl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coopevents.intake.book import Book, Sheet
from coopevents.intake.encodings import Encoding, converted, recognise, to_unicode
from coopevents.intake.files import open_book
from coopevents.intake.syllables import ONSETS, RIMES, is_vietnamese
from coopevents.intake.workbook import Problems, guesses, tables
from tests.intake import sheets
from tests.intake.old_letters import LETTERS, to_tcvn3, to_vni

OLD: dict[Encoding, Callable[[str], str]] = {Encoding.TCVN3: to_tcvn3, Encoding.VNI: to_vni}
VOWELS = "aăâeêioôơuưy"
TONES = (
    *(VOWELS, "àằầèềìòồờùừỳ", "ảẳẩẻểỉỏổởủửỷ"),
    *("ãẵẫẽễĩõỗỡũữỹ", "áắấéếíóốớúứý", "ạặậẹệịọộợụựỵ"),
)


def _spelt() -> Iterator[str]:
    """Give every syllable that may be spelt: how it begins, its rime, one tone on one vowel."""
    for onset, rime in product(["", *ONSETS.split()], RIMES.split()):
        for place, vowel in enumerate(rime):
            if vowel in VOWELS:
                toned = (letters[VOWELS.index(vowel)] for letters in TONES)
                yield from (onset + rime[:place] + letter + rime[place + 1 :] for letter in toned)


SYLLABLES = st.sampled_from(sorted(filter(is_vietnamese, set(_spelt()))))


def named(word: str) -> str:
    # TCVN3 has no capital of a letter with a tone: what begins with one stays small.
    return word.capitalize() if word[0] in "bcdđghklmnpqrstvxaăâeêioôơuưy" else word


NAMES = st.lists(SYLLABLES.map(named), min_size=2, max_size=5).map(" ".join)


def book_of(*names: object) -> Book:
    return Book("so.xlsx", [Sheet("HTX", False, [[name] for name in names])])


def cells(book: Book) -> list[object]:
    return [cell for sheet in book.sheets for row in sheet.rows for cell in row]


def in_old_letters(names: Iterable[str], encoding: Encoding) -> Book:
    return book_of(*map(OLD[encoding], names))


@pytest.fixture
def real_names(project) -> list[str]:
    """What registers hold: the communes of the country."""
    with (project / "coopevents" / "data" / "administrative-units.csv").open(
        encoding="utf-8"
    ) as file:
        return sorted({row["name"] for row in csv.DictReader(file)})


def test_every_letter_of_vni_is_told_in_both_cases():
    both = [*LETTERS, *(letter.upper() for letter in LETTERS)]

    back = [to_unicode(to_vni(letter), Encoding.VNI) for letter in both]

    assert (len(set(both)), back) == (134, both)


def test_a_small_sign_after_a_capital_of_vni_makes_a_capital():
    assert to_unicode("Aùnh Uùt ÖÙng", Encoding.VNI) == "Ánh Út Ứng"


def test_every_letter_of_tcvn3_is_told_in_both_cases():
    small = [to_unicode(to_tcvn3(letter), Encoding.TCVN3) for letter in LETTERS]
    capital = [
        to_unicode(to_tcvn3(letter.upper()), Encoding.TCVN3, capitals=True) for letter in LETTERS
    ]

    assert (small, capital) == (LETTERS, [letter.upper() for letter in LETTERS])


@pytest.mark.parametrize(
    ("encoding", "old"),
    [
        (Encoding.TCVN3, "Céng hoµ x· héi chñ nghÜa ViÖt Nam, §éc lËp - Tù do - H¹nh phóc"),
        (
            Encoding.VNI,
            "Coäng hoaø xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc",
        ),
    ],
)
def test_the_words_above_every_letter_are_read(encoding, old):
    told = "Cộng hoà xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc"

    assert to_unicode(old, encoding) == told


@pytest.mark.parametrize(
    ("old", "told"),
    [
        ("HîP T¸C X· CHÌ §ÊT Tæ", "HỢP TÁC XÃ CHÈ ĐẤT TỔ"),
        ("HTX Vò TÕ", "HTX Vũ Tế"),
        ("HTX chÌ X· Gia §iÒn", "HTX chè Xã Gia Điền"),
        ("UBND X·", "UBND Xã"),
        ("P.H§QT", "P.HĐQT"),
    ],
)
def test_capitals_of_tcvn3_are_told_by_the_letters_beside_them(old, told):
    assert to_unicode(old, Encoding.TCVN3) == told


@given(st.lists(SYLLABLES, min_size=1, max_size=20).map(" ".join))
def test_any_text_in_old_letters_comes_back(text):
    assert to_unicode(to_tcvn3(text), Encoding.TCVN3) == text
    assert to_unicode(to_tcvn3(text.upper()), Encoding.TCVN3, capitals=True) == text.upper()
    for cased in (text, text.upper(), text.title()):
        assert to_unicode(to_vni(cased), Encoding.VNI) == cased


@pytest.mark.parametrize("encoding", list(OLD))
@given(names=st.lists(NAMES, min_size=30, max_size=40, unique=True))
def test_a_book_of_thirty_names_is_recognised_and_converted(encoding, names):
    # Names of plain letters are the same in every encoding.
    assume(sum(not OLD[encoding](name).isascii() for name in names) >= 20)
    book = in_old_letters(names, encoding)

    assert recognise(book) is encoding
    assert cells(converted(book, encoding)) == names


@given(names=st.lists(NAMES, max_size=60))
def test_a_book_in_unicode_is_never_taken_for_another(names):
    assert recognise(book_of(*names)) is Encoding.UNICODE


@pytest.mark.parametrize("encoding", list(OLD))
def test_the_communes_of_the_country_come_back(encoding, real_names):
    names = [name for name in real_names if all(map(is_vietnamese, name.split()))]
    book = in_old_letters(names, encoding)

    again = converted(book, encoding)

    assert len(names) > 5000
    assert recognise(book) is encoding
    # TCVN3 keeps no capital that bears a tone, so "Ứng" may come back as "ứng".
    assert [str(name).lower() for name in cells(again)] == [name.lower() for name in names]


def test_the_country_and_the_sample_register_are_unicode(project, real_names):
    data = (project / "coopevents" / "data" / "register-2024.xlsx").read_bytes()

    assert recognise(book_of(*real_names)) is Encoding.UNICODE
    assert recognise(open_book(data, "register-2024.xlsx")) is Encoding.UNICODE


@pytest.mark.parametrize(
    "names",
    [
        ["HTX", "Gia Dien", 12, None, True],
        ["Thò", "N÷", "Tæ"] * 50,
        ["Café crème", "Müller & Söhne", "São Paulo", "Zoë", "naïve", "Ångström", "Łódź", "Señor"],
        ["R² = ½ · 20°", "«Đất Tổ»", "§ 5", "© ®"],
    ],
    ids=["plain", "few_words_often", "other_languages", "signs"],
)
def test_little_evidence_is_none(names):
    assert recognise(book_of(*names)) is Encoding.UNICODE


@pytest.mark.parametrize("encoding", list(OLD))
def test_only_the_legacy_cells_of_a_mixed_book_are_converted(encoding, real_names):
    names = [name for name in real_names if all(map(is_vietnamese, name.split()))][:400]
    small = [name.lower() for name in names]
    rows = [[name if number % 2 else OLD[encoding](name)] for number, name in enumerate(small)]
    book = Book("so.xlsx", [Sheet("HTX", False, rows), Sheet("THT", False, [["Hoà", "Thò", 5]])])

    again = converted(book, recognise(book))

    assert recognise(book) is encoding
    assert [row[0] for row in again.sheets[0].rows] == small
    # Either could be both; nothing beside them is legacy, so they stay.
    assert again.sheets[1].rows == [["Hoà", "Thò", 5]]


def test_a_cell_that_could_be_either_follows_the_cells_beside_it():
    rows = [["Nguyeãn Höông", "Thò"], ["Nguyễn Hương", "Thò"], ["", "Thò"], ["Hoàng", "Thò"]]
    old = [[to_vni(letters)] for letters in LETTERS]
    book = Book("so.xlsx", [Sheet("HTX", False, [*rows, *old, *[["Ñoäc laäp"]]])])

    again = converted(book, Encoding.VNI)

    assert again.sheets[0].rows[:3] == [
        ["Nguyễn Hương", "Thị"],
        ["Nguyễn Hương", "Thò"],
        ["", "Thị"],
    ]


def test_cells_in_a_font_of_capitals_come_as_capitals():
    sheet = Sheet("HTX", False, [["hîp t¸c x·", "hîp t¸c x·"]], capitals={(0, 0)})

    again = converted(Book("so.xlsx", [sheet]), Encoding.TCVN3)

    assert again.sheets[0].rows == [["HỢP TÁC XÃ", "hợp tác xã"]]


def test_a_workbook_in_old_letters_keeps_everything_else(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Danh s¸ch"
    book.active.append([1, "Nguyễn", True, "HTX chÌ"])
    path = tmp_path / "so.xlsx"
    book.save(path)

    again = converted(open_book(path.read_bytes(), path.name), Encoding.TCVN3)

    assert again.sheets[0].name == "Danh s¸ch"
    assert again.sheets[0].rows == [[1.0, "Nguyễn", True, "HTX chè"]]


@pytest.mark.parametrize("encoding", list(OLD))
def test_a_register_in_old_letters_is_understood_once_it_is_converted(encoding):
    book = openpyxl.load_workbook(io.BytesIO(sheets.register(*[sheets.row()] * 30)))
    for row in book["HTX"].iter_rows():
        for cell in row:
            cell.value = OLD[encoding](cell.value) if isinstance(cell.value, str) else cell.value
    file = io.BytesIO()
    book.save(file)
    opened = open_book(file.getvalue(), "so.xlsx")

    again = converted(opened, recognise(opened))

    (mapping,) = guesses(again)
    (table,) = tables(again, [mapping], Problems("so.xlsx"), with_district=True)
    line = next(table.lines())
    told = [line.cell(column) for column in ("name", "commune", "person", "sex", "title")]
    assert guesses(opened) == []
    assert mapping.missing(with_district=True) == []
    assert told == ["HTX chè Gia Điền", "Xã Gia Điền", "Đặng Thị Mai", "Nữ", "Giám đốc"]


def test_unicode_is_converted_to_itself():
    book = book_of("HTX chÌ")

    assert converted(book, Encoding.UNICODE) is book
