"""Old Vietnamese letters: TCVN3 (fonts named .Vn…) and VNI, recognised and turned into Unicode.

Both put Vietnamese letters in the places of Western ones, and a font draws them. TCVN3 has one
sign a letter, and capitals with a tone only in a font of capitals. VNI writes a base letter and
a sign for its marks. Facts: TCVN 5712:1993 (VN3) and the published VNI character set.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import StrEnum
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from coopevents.intake.book import Book, Sheet
from coopevents.intake.syllables import is_vietnamese

ENOUGH_WORDS = 8
"""Different words that must become Vietnamese before a file is called legacy."""
CLEAR_LEAD = 4
"""How many times as many must become Vietnamese as stay without sense."""

TCVN3_RUNS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
"""Letters of TCVN3 that follow one another, by the code of the first."""

VNI_WHOLE = dict(zip("ñôöíìæóòî", "đơưíìỉĩịỵ", strict=True))
"""Letters of VNI that are one sign."""
VNI_TONED = {
    "a": "áàảãạ",
    "e": "éèẻẽẹ",
    "o": "óòỏõọ",
    "u": "úùủũụ",
    "y": "ýỳỷỹỵ",
    "ô": "ớờởỡợ",
    "ö": "ứừửữự",
}
"""By base letter: what the signs ù ø û õ ï after it make of it."""
VNI_ROOFS = {"a": "âấầẩẫậ", "e": "êếềểễệ", "o": "ôốồổỗộ"}
"""Letters with a circumflex, made with the signs â á à å ã ä."""
VNI_BREVES = {"a": "ăắằẳẵặ"}
"""Letters with a breve, made with the signs ê é è ú ü ë."""

SPLIT = re.compile(r"[\s!-/:-@\[-`{-~0-9\u2000-\u206f]+")
"""What stands between words. Signs of Latin-1 such as « and · are letters in TCVN3."""


class Encoding(StrEnum):
    UNICODE = "unicode"
    TCVN3 = "tcvn3"
    VNI = "vni"


LEGACY = (Encoding.TCVN3, Encoding.VNI)


def _tcvn3() -> dict[str, str]:
    return {
        chr(first + number): letter
        for first, letters in TCVN3_RUNS.items()
        for number, letter in enumerate(letters)
    }


def _vni() -> dict[str, str]:
    small = dict(VNI_WHOLE)
    families = (("ùøûõï", VNI_TONED), ("âáàåãä", VNI_ROOFS), ("êéèúüë", VNI_BREVES))
    for signs, bases in families:
        for base, letters in bases.items():
            small |= {base + sign: letter for sign, letter in zip(signs, letters, strict=True)}
    # The base letter says whether the whole is a capital, whichever the sign after it is.
    table = {}
    for signs, letter in small.items():
        for base, rest in product({signs[0], signs[0].upper()}, {signs[1:], signs[1:].upper()}):
            table[base + rest] = letter.upper() if base.isupper() else letter
    return table


TCVN3 = _tcvn3()
VNI = _vni()
VNI_SIGNS = re.compile("|".join(sorted(VNI, key=len, reverse=True)))


def to_unicode(text: str, encoding: Encoding, *, capitals: bool = False) -> str:
    """Answer a legacy text in Unicode. `capitals`: it is shown in a font of capitals."""
    if encoding is Encoding.TCVN3:
        converted = "".join(TCVN3.get(sign, sign) for sign in text)
        return converted.upper() if capitals else _with_capitals(text, converted)
    if encoding is Encoding.VNI:
        return VNI_SIGNS.sub(lambda signs: VNI[signs[0]], text)
    return text


def recognise(book: Book) -> Encoding:
    """Answer how the book's letters are written, on the evidence of all its different words.

    UNICODE unless many words mean something only once they are converted, and few mean nothing
    either way. A book of which only a part is legacy is recognised by that part.
    """
    return recognise_texts(text for sheet in book.sheets for text in _texts(sheet))


def recognise_texts(texts: Iterable[str]) -> Encoding:
    """Answer how the texts are written."""
    words = {word for text in set(texts) if not text.isascii() for word in _words(text)}
    found = Encoding.UNICODE
    most = ENOUGH_WORDS - 1
    for encoding in LEGACY:
        evidence = _weigh(words, encoding)
        if evidence.legacy > most and evidence.legacy >= CLEAR_LEAD * evidence.senseless:
            found, most = encoding, evidence.legacy
    return found


def converted(book: Book, encoding: Encoding) -> Book:
    """Answer the book in Unicode; cells that are Unicode already stay as they are.

    The names of sheets stay too: Excel draws them in a font of its own, so people know them so.
    """
    if encoding is Encoding.UNICODE:
        return book
    return replace(book, sheets=[_converted(sheet, encoding) for sheet in book.sheets])


class _Evidence(NamedTuple):
    """How many words mean something only as legacy, only as they stand, or not at all."""

    legacy: int = 0
    plain: int = 0
    senseless: int = 0


def _weigh(words: Iterable[str], encoding: Encoding) -> _Evidence:
    legacy = plain = senseless = 0
    for word in words:
        as_it_stands, once_converted = _means_something(word, encoding)
        legacy += once_converted and not as_it_stands
        plain += as_it_stands and not once_converted
        senseless += not once_converted and not as_it_stands
    return _Evidence(legacy, plain, senseless)


@lru_cache(maxsize=1 << 16)
def _means_something(word: str, encoding: Encoding) -> tuple[bool, bool]:
    # A letter that no Western font has can only be Unicode.
    western = max(word) <= "\xff"
    # Nobody writes a capital within a small word; "chÌ" is the "chè" of TCVN3.
    well_cased = word.isupper() or word[1:] == word[1:].lower()
    as_it_stands = well_cased and is_vietnamese(word)
    return as_it_stands, western and is_vietnamese(to_unicode(word, encoding))


def _words(text: str) -> Iterator[str]:
    return (word for word in SPLIT.split(text) if not word.isascii())


def _texts(sheet: Sheet) -> Iterator[str]:
    return (cell for row in sheet.rows for cell in row if isinstance(cell, str))


def _converted(sheet: Sheet, encoding: Encoding) -> Sheet:
    @cache
    def lean(text: str) -> int:
        """Answer above 0 for a legacy text, below 0 for Unicode, 0 where nobody can tell."""
        evidence = _weigh(_words(text), encoding)
        return evidence.legacy - evidence.plain

    whole = sum(lean(text) for text in set(_texts(sheet)))
    rows = []
    for number, row in enumerate(sheet.rows):
        # "Thò" may be a word of Unicode or the "Thị" of VNI: the cells beside it decide, then
        # the sheet.
        texts = [cell for cell in row if isinstance(cell, str) and not cell.isascii()]
        around = sum(lean(text) for text in texts) or whole
        rows.append(
            [
                to_unicode(cell, encoding, capitals=(number, place) in sheet.capitals)
                if isinstance(cell, str) and (lean(cell) or around) > 0
                else cell
                for place, cell in enumerate(row)
            ]
        )
    return replace(sheet, rows=rows)


def _with_capitals(legacy: str, text: str) -> str:
    """Answer a text of TCVN3 with the capitals that its font does not tell of.

    Capitals with a tone have no code of their own, so "HîP T¸C X·" reads as "HợP TáC Xã". Words
    whose plain letters are capitals to the end are capitals; words of one plain letter follow
    the others.
    """
    if text == legacy:
        return text
    old, new = legacy.split(" "), text.split(" ")
    judged = [_is_capital(word) for word in old]
    if True not in judged:
        return text
    every = False not in judged
    return " ".join(
        word.upper() if capital or (capital is None and every) else word
        for word, capital in zip(new, judged, strict=True)
    )


def _is_capital(word: str) -> bool | None:
    """Whether the word is set in capitals; None where it does not tell."""
    if word.isascii():
        # An abbreviation such as HTX stands between small words too.
        return False if any(map(str.islower, word)) else None
    plain = [sign for sign in word if sign.isascii() and sign.isalpha()]
    if any(map(str.islower, plain)):
        return False
    initial = word[0].isascii() and word[0].isalpha()
    return True if len(plain) > initial else None
