"""Vietnamese names: clean, folded for search, keyed for sorting."""

import re
import unicodedata
from functools import lru_cache

TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Combining marks of the tones in dictionary order: huyền, hỏi, ngã, sắc, nặng."""

MARKS = {number: mark for mark, number in TONES.items()}

LONE_Y = re.compile(r"\b(qu|[bcdghklmnprstvx]+)y\b")
"""A syllable whose only vowel is y. There spelling may choose between i and y (Mỹ, Mĩ); elsewhere
they are two sounds (tây, tai)."""

OPEN_PAIRS = {"oa", "oe", "uy"}
"""Pairs of vowels that bear their tone mark on the first letter (hòa) or on the second (hoà)."""

ALPHABET = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}


def clean(text: str) -> str:
    """Answer the text in NFC with single spaces: how every name is stored."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Answer the text as it is searched: no marks, đ as d, lower case, single spaces.

    The place of a tone mark (hoà, hòa), the form of Unicode, and i or y as the only vowel of a
    syllable (Lý, Lí) make no difference.
    """
    return LONE_Y.sub(r"\1i", _without_marks(text))


def sort_key(text: str) -> str:
    """Answer a key that sorts by Vietnamese dictionary order under a plain byte comparison.

    Letters decide first, tones second, as the locale data of Unicode has it.
    """
    letters, tones = [], []
    for character in unicodedata.normalize("NFC", clean(text).lower()):
        letter, tone = _split(character)
        letters.append(_rank(letter))
        tones.append(str(tone))
    return "".join(letters) + "\x01" + "".join(tones)


def masked(full_name: str) -> str:
    """Answer the name as a stranger may see it: the family name, and initials of the rest.

    Her own people recognise `Nguyễn T. H.`; who does not know her learns little.
    """
    first, *others = [word for word in map(_letters, clean(full_name).split(" ")) if word] or ["…"]
    return " ".join([first, *(f"{word[0]}." for word in others)]) if others else f"{first[0]}."


def _letters(word: str) -> str:
    return word.strip("()[]{}<>.,;:/-–'\"")


def person_sort_key(full_name: str) -> str:
    """Answer the key by which people are listed: the given name, the last word, decides first.

    It decides with its tone: every Ảnh stands before every Ánh, whatever their family names.
    """
    *before, given = clean(full_name).split(" ")
    return sort_key(given) + "\x01" + sort_key(" ".join(before))


def file_stem(text: str, longest: int = 60) -> str:
    """Answer the text as a part of a file's name that every system can write; "" for nothing."""
    return re.sub(r"[^a-z0-9]+", "-", _without_marks(text))[:longest].strip("-")


def search_pattern(query: str) -> str:
    """Answer `query` as a LIKE pattern over a folded column, its own wildcards escaped."""
    return _holding(fold(query)).replace(" ", "%")


def patterns(query: str) -> list[tuple[str, ...]]:
    """Answer LIKE patterns over a folded column, word by word; of each word one must fit.

    A word may be cut short, in any order with the others: "quy" stands for Quý as well as for the
    beginning of Quyết, which fold differently.
    """
    words = _without_marks(query).split()
    return [tuple(dict.fromkeys(map(_holding, (LONE_Y.sub(r"\1i", word), word)))) for word in words]


def marked_patterns(query: str) -> list[tuple[str, ...]]:
    """Answer LIKE patterns over a name in lower case: each word with the very marks typed.

    Where a tone mark has two places, either is meant.
    """
    return [tuple(map(_holding, _placements(word))) for word in clean(query).lower().split()]


def _placements(word: str) -> list[str]:
    """Answer the word with its tone mark where it is, and where else it may stand."""
    letters = list(word)
    for place in range(len(letters) - 1):
        (first, one), (second, other) = _split(letters[place]), _split(letters[place + 1])
        ends = place + 2 == len(letters) or not letters[place + 2].isalpha()
        if ends and first + second in OPEN_PAIRS and bool(one) != bool(other):
            mark = MARKS[one or other]
            moved = (first + mark, second) if other else (first, second + mark)
            letters[place : place + 2] = [unicodedata.normalize("NFC", letter) for letter in moved]
            # Quý is qu and a marked y; no writing puts the mark on that u.
            return [word] if word[:place].endswith("q") else [word, "".join(letters)]
    return [word]


def _holding(word: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"


def _without_marks(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


@lru_cache(4096)
def _split(character: str) -> tuple[str, int]:
    decomposed = unicodedata.normalize("NFD", character)
    tone = next((TONES[mark] for mark in decomposed if mark in TONES), 0)
    letter = "".join(mark for mark in decomposed if mark not in TONES)
    return unicodedata.normalize("NFC", letter), tone


@lru_cache(4096)
def _rank(letter: str) -> str:
    if letter in ALPHABET:
        return chr(0x100 + ALPHABET[letter])
    return letter if letter.isalnum() else " "
