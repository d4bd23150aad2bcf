from datetime import date

import pytest

from coopevents.directory import lists, queries
from coopevents.directory.models import OrganisationKind, OrganisationStatusKind, PostKind, Sex
from coopevents.errors import InputError, NotFoundError
from tests.factories import (
    find_commune,
    make_address,
    make_contact_point,
    make_name,
    make_organisation,
    make_person,
    make_post,
    make_status,
)

DAY = date(2024, 8, 21)


def names(page: lists.OrganisationPage) -> list[str]:
    return [line.name for line in page.items]


def listed(programme, **asked) -> list[str]:
    return names(lists.list_organisations(programme.register, on=DAY, **asked))


def test_a_list_stands_in_vietnamese_order(programme):
    for name in ("HTX Đại An", "HTX Dân Chủ", "HTX Ấm Thượng", "HTX Âu Cơ", "HTX An Đạo"):
        make_organisation(programme, name=name)

    assert listed(programme) == [
        *("HTX An Đạo", "HTX Ấm Thượng", "HTX Âu Cơ", "HTX Dân Chủ", "HTX Đại An")
    ]


def test_a_list_goes_on_where_the_last_page_ended(programme):
    # Two bear one name: their numbers keep them apart.
    for name in ("HTX B", "HTX A", "HTX A", "HTX C", "HTX D"):
        make_organisation(programme, name=name)

    pages, after = [], None
    while not pages or after:
        page = lists.list_organisations(programme.register, on=DAY, after=after, limit=2)
        pages.append(names(page))
        after = page.next

    assert pages == [["HTX A", "HTX A"], ["HTX B", "HTX C"], ["HTX D"]]


def test_a_search_ignores_marks_and_gives_those_with_the_marks_typed_first(programme):
    for name in ("HTX Chè Phú Thọ", "HTX Bưởi Phu Tho", "HTX Rau Lâm Thao", "HTX Ân Phủ Thờ"):
        make_organisation(programme, name=name)

    plain = listed(programme, q="phu tho")
    marked = listed(programme, q="Phú  Thọ")
    pieces = lists.list_organisations(programme.register, on=DAY, q="Phú Thọ", limit=1)
    rest = lists.list_organisations(programme.register, on=DAY, q="Phú Thọ", after=pieces.next)

    assert plain == ["HTX Bưởi Phu Tho", "HTX Ân Phủ Thờ", "HTX Chè Phú Thọ"]
    assert marked == ["HTX Chè Phú Thọ", "HTX Ân Phủ Thờ", "HTX Bưởi Phu Tho"]
    assert names(pieces) + names(rest) == marked


def test_a_search_takes_its_own_wildcards_as_letters(programme):
    make_organisation(programme, name="HTX 100% sạch")
    make_organisation(programme, name="HTX 100 sạch")

    assert listed(programme, q="100%") == ["HTX 100% sạch"]


def test_a_search_finds_an_organisation_by_a_former_name(programme):
    organisation = make_organisation(programme, name="HTX Cũ")
    former = queries.history(queries.OrganisationName, organisation.id)[0]
    former.valid_to = date(2024, 6, 30)
    make_name(organisation, "HTX Mới", valid_from=date(2024, 7, 1))

    assert listed(programme, q="cũ") == ["HTX Mới"]
    assert queries.name_on([organisation.id], date(2024, 6, 30)) == {organisation.id: "HTX Cũ"}
    assert queries.name_on([organisation.id], date(2024, 7, 1)) == {organisation.id: "HTX Mới"}


def test_an_organisation_without_a_name_on_a_day_bears_the_nearest(programme):
    organisation = make_organisation(programme, name="HTX Một")
    (first,) = queries.history(queries.OrganisationName, organisation.id)
    first.valid_from, first.valid_to = date(2024, 1, 1), date(2024, 1, 31)
    make_name(organisation, "HTX Hai", valid_from=date(2024, 3, 1), valid_to=date(2024, 3, 31))

    def name(day: date) -> str:
        return queries.name_on([organisation.id], day)[organisation.id]

    assert [name(date(2023, 5, 1)), name(date(2024, 2, 2))] == ["HTX Một", "HTX Một"]
    assert [name(date(2024, 2, 27)), name(date(2025, 1, 1))] == ["HTX Hai", "HTX Hai"]


def test_a_list_is_narrowed_by_kind_class_commune_and_state(programme):
    gia_dien = find_commune(programme, "Gia Điền")
    make_organisation(programme, name="A", commune=gia_dien)
    make_organisation(programme, name="B", woman_head=False)
    make_organisation(programme, name="C", kind=OrganisationKind.COOPERATIVE_GROUP)
    make_organisation(programme, name="D", woman_head=None)
    make_organisation(programme, name="E", status=OrganisationStatusKind.DISSOLVED)

    assert listed(programme, kind=OrganisationKind.COOPERATIVE_GROUP) == ["C"]
    assert listed(programme, women_led=True) == ["A", "C"]
    assert listed(programme, women_led=False) == ["B"]
    assert listed(programme, commune_ids=[gia_dien.id]) == ["A"]
    assert listed(programme) == ["A", "B", "C", "D"]
    assert listed(programme, operating_only=False) == ["A", "B", "C", "D", "E"]


def test_a_line_tells_the_commune_the_state_and_the_class(programme):
    make_organisation(programme, name="HTX Một", commune="Gia Điền", woman_head=None)

    (line,) = lists.list_organisations(programme.register, on=DAY).items

    assert (line.name, line.unit.name, line.unit.parent.name) == (
        *("HTX Một", "Xã Gia Điền", "Huyện Hạ Hòa"),
    )
    assert (line.kind, line.status, line.women_led) == ("cooperative", "operating", None)
    assert lists.get_line(line.id, programme.register, on=DAY) == line


@pytest.mark.parametrize("after", ["x", "1.2", "0.1.zz", "a.b.c", "0.1.ff"])
def test_a_cursor_that_is_none_is_refused(programme, after):
    with pytest.raises(InputError):
        lists.list_organisations(programme.register, on=DAY, after=after)


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_asks_two_questions_whatever_its_length(programme, count_queries, number):
    for _ in range(number):
        make_organisation(programme)
    register = programme.register

    with count_queries() as asked:
        page = lists.list_organisations(register, on=DAY)
        told = [(line.unit.parent.name, line.women_led) for line in page.items]

    assert (asked.number, len(told)) == (2, number)


@pytest.mark.parametrize("number", [1, 3])
def test_each_lookup_asks_one_question_whatever_the_number(programme, count_queries, number):
    ids = [make_organisation(programme, email="a@coop.example").id for _ in range(number)]

    with count_queries() as asked:
        addresses = queries.address_on(ids, DAY)
        posts = queries.posts_on(ids, DAY)
        told = [
            queries.name_on(ids, DAY),
            queries.status_on(ids, DAY),
            queries.contact_points(ids),
            {id_: unit.parent.name for id_, unit in addresses.items()},
            {id_: held[0].person.full_name for id_, held in posts.items()},
        ]

    assert asked.number == 5
    assert [sorted(found) for found in told] == [ids] * 5


def test_what_is_asked_of_a_day_is_answered_of_that_day(programme):
    organisation = make_organisation(programme, woman_head=None, status=None)
    moved = date(2024, 3, 1)
    (old,) = queries.history(queries.OrganisationAddress, organisation.id)
    old.valid_to = date(2024, 2, 29)
    unit = find_commune(programme, "Gia Điền")
    make_address(organisation, unit, valid_from=moved)
    make_status(organisation, OrganisationStatusKind.SUSPENDED, valid_from=moved)
    make_post(make_person(programme), organisation, valid_to=date(2024, 2, 29))
    ids = [organisation.id]

    assert queries.address_on(ids, date(2024, 2, 29))[organisation.id] == old.unit
    assert queries.address_on(ids, moved)[organisation.id] == unit
    assert (queries.status_on(ids, date(2024, 2, 29)), queries.status_on(ids, moved)) == (
        {},
        {organisation.id: OrganisationStatusKind.SUSPENDED},
    )
    assert queries.posts_on(ids, moved) == {}


def test_contact_points_stand_in_the_order_they_are_tried(programme):
    organisation = make_organisation(programme, email="b@coop.example", phone="+84900000001")
    make_contact_point(organisation, "zalo", "+84900000001", rank=3)

    points = queries.contact_points([organisation.id])[organisation.id]

    assert [point.channel for point in points] == ["email", "phone", "zalo"]


def test_head_of_is_the_one_whose_post_heads_it(programme):
    organisation = make_organisation(programme, woman_head=None)
    make_post(make_person(programme, sex=Sex.MALE), organisation, PostKind.SECRETARY)
    head = make_post(make_person(programme), organisation, PostKind.DIRECTOR)

    assert queries.head_of(organisation.id, DAY) == head
    assert queries.head_of(make_organisation(programme, woman_head=None).id, DAY) is None


def test_an_organisation_of_another_register_is_not_there(programme):
    organisation = make_organisation(programme)

    assert queries.get_organisation(organisation.id, programme.register_id) == organisation
    with pytest.raises(NotFoundError):
        queries.get_organisation(organisation.id, programme.register_id + 1)
    assert queries.find_register("phu-tho") == queries.find_register() == programme.register


@pytest.mark.parametrize(
    "asked",
    [
        lambda ids: queries.name_on(ids, DAY),
        lambda ids: queries.address_on(ids, DAY),
        lambda ids: queries.status_on(ids, DAY),
        queries.contact_points,
    ],
    ids=["name", "address", "status", "contact"],
)
def test_more_organisations_than_a_statement_has_parameters_can_be_asked_for(programme, asked):
    organisation = make_organisation(programme, email="mot@coop.example")

    answers = asked(range(organisation.id, organisation.id + 70_000))

    assert list(answers) == [organisation.id]
