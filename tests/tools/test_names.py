"""Vietnamese names as they are searched: what is one spelling, and what is not."""

import unicodedata

import pytest

from coopevents import names
from coopevents.intake import columns, reading


@pytest.mark.case(20)
@pytest.mark.parametrize(
    "spelling",
    ["Hòa Bình", "Hoà Bình", "HÒA  BÌNH", "hoa binh", unicodedata.normalize("NFD", "Hoà Bình")],
)
def test_marks_their_place_and_the_form_of_unicode_make_no_difference(spelling):
    assert names.fold(spelling) == "hoa binh"


@pytest.mark.parametrize(
    ("one", "other"), [("Kỳ", "Kì"), ("Mỹ", "Mĩ"), ("Lý", "Lí"), ("Quý", "Quí"), ("Hy", "hi")]
)
def test_i_and_y_are_one_where_spelling_lets_them_vary(one, other):
    assert names.fold(f"HTX {one} Sơn") == names.fold(f"HTX {other} Sơn")


@pytest.mark.parametrize(
    ("one", "other"), [("tây", "tai"), ("may", "mai"), ("thúy", "thúi"), ("tuy", "tui"), ("y", "i")]
)
def test_i_and_y_are_two_where_they_are_two_sounds(one, other):
    assert names.fold(one) != names.fold(other)


def test_a_word_cut_short_may_go_on_with_either_spelling():
    assert names.patterns("quy 5% Mỹ") == [
        ("%qui%", "%quy%"),
        ("%5\\%%",),
        ("%mi%", "%my%"),
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Hoà", ("%hoà%", "%hòa%")),
        ("hòa", ("%hòa%", "%hoà%")),
        ("khoẻ", ("%khoẻ%", "%khỏe%")),
        ("thúy", ("%thúy%", "%thuý%")),
        ("Quý", ("%quý%",)),
        ("hoàn", ("%hoàn%",)),
        ("hoa", ("%hoa%",)),
    ],
)
def test_a_tone_mark_with_two_places_is_looked_for_in_both(typed, meant):
    assert names.marked_patterns(typed) == [meant]


def test_words_that_are_compared_with_folded_ones_are_folded_themselves():
    headings = [
        word
        for column in (*columns.COLUMNS.values(), *columns.OCOP_COLUMNS.values())
        for word in (*column.words, *column.under)
    ]
    written = [*headings, *columns.KINDS, *reading.SEXES, *reading.POSTS]

    assert [names.fold(word) for word in written] == written


@pytest.mark.parametrize(
    ("full_name", "shown"),
    [
        ("Nguyễn Thị Hoa", "Nguyễn T. H."),
        ("Đỗ Văn Đức", "Đỗ V. Đ."),
        ("Phạm  Ngọc Ánh Tuyết ", "Phạm N. Á. T."),
        ("Nguyễn Thị Hoa (thôn 2)", "Nguyễn T. H. t. 2."),
        ("Trần Hoa-Mai", "Trần H."),
        ("Hoa", "H."),
        ("- ", "…."),
    ],
)
def test_a_masked_name_keeps_the_family_name_and_initials(full_name, shown):
    assert names.masked(full_name) == shown


def test_a_masked_name_is_the_same_however_the_letters_were_written():
    decomposed = unicodedata.normalize("NFD", "Lê Thị Ánh")

    assert names.masked(decomposed) == names.masked("Lê Thị Ánh") == "Lê T. Á."
