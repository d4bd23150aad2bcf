"""Finding organisations by what somebody types."""

import unicodedata
from datetime import date

import pytest

from coopevents.db import db
from coopevents.directory import lists, queries
from coopevents.directory.models import OrganisationCode
from tests.factories import make_name, make_organisation

DAY = date(2024, 8, 21)


def found(programme, q: str, **asked) -> list[str]:
    page = lists.list_organisations(programme.register, on=DAY, q=q, **asked)
    return [line.name for line in page.items]


def give_code(organisation, code: str, scheme: str = "registration") -> None:
    db.session.add(OrganisationCode(organisation_id=organisation.id, scheme=scheme, code=code))
    db.session.flush()


@pytest.mark.case(20)
@pytest.mark.parametrize(
    ("q", "first"),
    [
        ("Hòa Bình", "HTX Hòa Bình 1"),
        ("Hoà Bình", "HTX Hòa Bình 1"),
        ("hoa binh", "HTX Hòa Bình 1"),
        (unicodedata.normalize("NFD", "hoà bình"), "HTX Hòa Bình 1"),
        ("BÌNH  HÒA", "HTX Hòa Bình 1"),
    ],
)
def test_spellings_of_a_name_find_each_other(programme, q, first):
    for name in ("HTX Hòa Bình 1", "HTX Hoà Bình 2", "HTX Hóa Bính 3", "HTX Hạ Hòa"):
        make_organisation(programme, name=name)

    assert found(programme, q)[:1] == [first]
    assert sorted(found(programme, q)) == ["HTX Hoà Bình 2", "HTX Hòa Bình 1", "HTX Hóa Bính 3"]


@pytest.mark.case(20)
def test_either_place_of_the_tone_mark_is_the_mark_that_was_typed(programme):
    for name in ("HTX Hỏa Lò", "HTX Hòa Lộc", "HTX Hoà An"):
        make_organisation(programme, name=name)

    assert found(programme, "hòa") == ["HTX Hoà An", "HTX Hòa Lộc", "HTX Hỏa Lò"]


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("mĩ lung", ["HTX Mỹ Lung"]),
        ("thang quy", ["HTX Quyết Thắng"]),
        ("qui", ["HTX Quý Sơn"]),
        ("quy", ["HTX Quyết Thắng", "HTX Quý Sơn"]),
        ("ung lu", ["HTX Mỹ Lung"]),
        ("lung lung hợp", []),
        ("   ", ["HTX Mỹ Lung", "HTX Quý Sơn", "HTX Quyết Thắng"]),
    ],
)
def test_parts_of_words_are_found_in_any_order(programme, q, names):
    for name in ("HTX Mỹ Lung", "HTX Quyết Thắng", "HTX Quý Sơn"):
        make_organisation(programme, name=name)

    assert found(programme, q) == names


@pytest.mark.parametrize("q", ["1800067983", "18000679", "1800 067 983", "180"])
def test_a_code_finds_its_organisation_whole_or_by_its_beginning(programme, q):
    give_code(make_organisation(programme, name="HTX Một"), "1800067983")
    give_code(make_organisation(programme, name="HTX Hai"), "2600180", scheme="tax")

    assert found(programme, q) == ["HTX Một"]


@pytest.mark.parametrize(
    ("q", "names"), [("18", []), ("067983", []), ("26a00", ["HTX Ba"]), ("26_", [])]
)
def test_what_is_no_beginning_of_a_code_finds_none(programme, q, names):
    give_code(make_organisation(programme, name="HTX Một"), "1800067983")
    give_code(make_organisation(programme, name="HTX Ba"), "26A001")

    assert found(programme, q) == names


def test_a_former_name_finds_the_organisation_after_those_called_so_now(programme):
    organisation = make_organisation(programme, name="HTX An Cũ")
    former = queries.history(queries.OrganisationName, organisation.id)[0]
    former.valid_to = date(2024, 6, 30)
    make_name(organisation, "HTX Ba", valid_from=date(2024, 7, 1))
    make_organisation(programme, name="HTX Cũ")

    assert found(programme, "cũ") == ["HTX Cũ", "HTX Ba"]


def test_pages_of_a_search_follow_one_another_whatever_their_length(programme):
    names = ["HTX Chè A", "HTX Chè B", "HTX Che C", "HTX Chẻ D", "HTX Chè E"]
    for name in names:
        make_organisation(programme, name=name)

    for limit in (1, 2, 3, 5):
        pages, after = [], None
        while not pages or after:
            page = lists.list_organisations(
                programme.register, on=DAY, q="chè", after=after, limit=limit
            )
            pages += [line.name for line in page.items]
            after = page.next

        assert pages == ["HTX Chè A", "HTX Chè B", "HTX Chè E", "HTX Che C", "HTX Chẻ D"]


@pytest.mark.parametrize("number", [1, 3])
def test_a_search_asks_as_many_questions_for_three_as_for_one(programme, count_queries, number):
    for _ in range(number):
        make_organisation(programme, name="HTX Chè")
    register = programme.register

    with count_queries() as asked:
        page = lists.list_organisations(register, on=DAY, q="chè 1")
        more = lists.list_organisations(register, on=DAY, q="chè")

    assert (asked.number, len(page.items), len(more.items)) == (2 + 3, 0, number)
