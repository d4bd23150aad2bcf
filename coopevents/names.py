"""Vietnamese names: clean, folded for search, keyed for sorting."""

import re
import unicodedata
from functools import lru_cache

TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Combining marks of the tones in dictionary order: huyền, hỏi, ngã, sắc, nặng."""

ALPHABET = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}


def clean(text: str) -> str:
    """Answer the text in NFC with single spaces: how every name is stored."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold(text: str) -> str:
    """Answer the text as it is searched: no marks, đ as d, lower case, single spaces.

    The place of a tone mark (hoà, hòa) and the form of Unicode make no difference.
    """
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).lower().split())


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


def person_sort_key(full_name: str) -> str:
    """Answer the key by which people are listed: the given name, the last word, decides first."""
    words = clean(full_name).split(" ")
    return sort_key(" ".join([words[-1], *words[:-1]]))


def search_pattern(query: str) -> str:
    """Answer `query` as a LIKE pattern over a folded column, its own wildcards escaped."""
    folded = re.sub(r"([\\%_])", r"\\\1", fold(query))
    return "%" + folded.replace(" ", "%") + "%"


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
