"""Looking for people: order, search, filters, merged entries."""

from datetime import date

import pytest

from coopevents.attendance.counting import kept_people
from coopevents.directory.models import Channel, OrganisationKind, PostKind, Sex
from coopevents.errors import InputError
from coopevents.people import finding
from coopevents.people.finding import Search
from tests.event_factories import make_merge
from tests.factories import make_contact_point, make_organisation, make_person, make_post

DAY = date(2026, 6, 10)


def found(programme, search: Search = Search(), *, on: date = DAY) -> list[str]:  # noqa: B008
    page = finding.list_people(programme.register, search, kept=kept_people(), on=on)
    return [line.person.full_name for line in page.items]


def enter(programme, *full_names: str) -> list:
    return [make_person(programme, full_name=name) for name in full_names]


def test_people_stand_by_given_name_in_vietnamese_order(programme):
    in_order = [
        "Trần Thị An",
        "Đỗ Thị Án",
        "Nguyễn Ngọc Ảnh",  # hỏi comes before sắc, whatever the family name
        "Lê Thị Ánh",
        "Nguyễn Thị Ánh",
        "Lê Thị Ăn",  # ă is a letter after every a
        "Lê Thị Ân",
        "Vũ Thị Dung",
        "Bùi Thị Đào",  # đ is a letter after every d
        "Đinh Thị Hoa",
        "Đinh Thị Hòa",
        "Nguyễn Thị Hương",
        "Lê Thị Oanh",
        "Lê Thị Ở",
        "Bùi Thị Ứng",
        "Nguyễn Thị Yến",
    ]
    enter(programme, *reversed(in_order))

    assert found(programme) == in_order


def test_a_page_goes_on_where_the_one_before_ended(programme):
    enter(programme, "Lê Thị Mai", "Lê Thị Hoa", "Bùi Thị Mai", "Lê Thị Mai", "Lê Thị Yến")
    told, after = [], None

    while True:
        page = finding.list_people(
            programme.register, Search(), kept=kept_people(), on=DAY, after=after, limit=2
        )
        told.append([line.person.full_name for line in page.items])
        after = page.next
        if after is None:
            break

    assert told == [["Lê Thị Hoa", "Bùi Thị Mai"], ["Lê Thị Mai", "Lê Thị Mai"], ["Lê Thị Yến"]]


def test_a_page_of_a_search_goes_on_too(programme):
    enter(programme, "Lê Thị Hòa", "Lê Thị Hoa", "Bùi Thị Hoa")

    first = finding.list_people(
        programme.register, Search(q="Hoa"), kept=kept_people(), on=DAY, limit=2
    )
    second = finding.list_people(
        programme.register, Search(q="Hoa"), kept=kept_people(), on=DAY, after=first.next, limit=2
    )

    pages = [[line.person.full_name for line in page.items] for page in (first, second)]
    assert pages == [["Bùi Thị Hoa", "Lê Thị Hoa"], ["Lê Thị Hòa"]]


@pytest.mark.parametrize("after", ["x", "1.2", "zz.1", "41.x", "0.41.1"])
def test_a_list_is_not_continued_from_nowhere(programme, after):
    with pytest.raises(InputError):
        finding.list_people(programme.register, Search(), kept=kept_people(), on=DAY, after=after)


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("huong", ["Phạm Thị Hương", "Lê Thu Hường"]),
        ("Hường", ["Lê Thu Hường", "Phạm Thị Hương"]),
        ("pham huong", ["Phạm Thị Hương"]),
        ("đ", ["Đào Thị Én"]),
        ("%", []),
    ],
)
def test_a_name_is_found_whatever_its_marks_and_exact_ones_first(programme, q, names):
    enter(programme, "Lê Thu Hường", "Phạm Thị Hương", "Đào Thị Én")

    found_names = found(programme, Search(q=q))

    assert found_names == names


@pytest.mark.parametrize("q", ["0912345678", "+84 912 345 678", "345678", "345 678", "5678"])
def test_a_person_is_found_by_the_end_of_her_number(programme, q):
    hoa, *_others = enter(programme, "Lê Thị Hoa", "Lê Thị Mai")
    make_contact_point(hoa, Channel.PHONE, "+84912345678")

    assert found(programme, Search(q=q)) == ["Lê Thị Hoa"]


def test_a_person_is_found_by_the_organisation_in_which_she_holds_a_post_that_day(programme):
    hoa, mai = enter(programme, "Lê Thị Hoa", "Lê Thị Mai")
    tea = make_organisation(programme, name="HTX Chè Yên Kỳ", woman_head=None)
    make_post(hoa, tea, valid_to=date(2026, 6, 9))
    make_post(mai, tea, valid_from=DAY)

    days = [date(2026, 6, 9), DAY]

    assert [found(programme, Search(organisation="che yen"), on=day) for day in days] == [
        ["Lê Thị Hoa"],
        ["Lê Thị Mai"],
    ]


def test_filters_ask_for_one_and_the_same_post(programme):
    hoa, mai = enter(programme, "Lê Thị Hoa", "Lê Thị Mai")
    group = make_organisation(
        programme, name="THT Rau", kind=OrganisationKind.COOPERATIVE_GROUP, woman_head=None
    )
    tea = make_organisation(programme, name="HTX Chè", woman_head=None)
    branch = make_organisation(
        programme, name="Hội xã", kind=OrganisationKind.UNION_BRANCH, woman_head=None
    )
    make_post(hoa, group, PostKind.GROUP_LEADER)
    make_post(hoa, tea, PostKind.ACCOUNTANT)
    make_post(mai, branch, PostKind.UNION_OFFICIAL)

    answers = [
        found(programme, search)
        for search in (
            Search(post=PostKind.ACCOUNTANT, kind=OrganisationKind.COOPERATIVE),
            Search(post=PostKind.ACCOUNTANT, kind=OrganisationKind.COOPERATIVE_GROUP),
            Search(kind=OrganisationKind.UNION_BRANCH),
            Search(union_officials=True),
        )
    ]

    assert answers == [["Lê Thị Hoa"], [], ["Lê Thị Mai"], ["Lê Thị Mai"]]


def test_sex_is_what_was_stated_and_not_stated_is_neither(programme):
    make_person(programme, full_name="Nguyễn Thị Lan", sex=Sex.MALE)
    make_person(programme, full_name="Lê Văn Mơ", sex=Sex.FEMALE)
    make_person(programme, full_name="Bùi Thị Na", sex=Sex.NOT_STATED)

    assert [found(programme, Search(sex=sex)) for sex in Sex] == [
        ["Lê Văn Mơ"],
        ["Nguyễn Thị Lan"],
        ["Bùi Thị Na"],
    ]


def test_a_merged_entry_stands_as_the_one_that_was_kept(programme):
    kept, merged = enter(programme, "Lê Thị Hòa", "Lê Thị Hoà Bình")
    tea = make_organisation(programme, name="HTX Chè", woman_head=None)
    make_post(merged, tea, PostKind.DIRECTOR)
    make_contact_point(merged, Channel.PHONE, "+84912345678")
    make_merge(kept, merged)

    page = finding.list_people(programme.register, Search(), kept=kept_people(), on=DAY)

    (line,) = page.items
    assert line.person == kept
    assert [post.organisation_id for post in line.posts] == [tea.id]
    assert [point.value for point in line.contacts] == ["+84912345678"]
    for search in (Search(q="binh"), Search(q="5678"), Search(post=PostKind.DIRECTOR)):
        assert found(programme, search) == ["Lê Thị Hòa"]


def test_a_merge_that_was_undone_leaves_two(programme):
    kept, merged = enter(programme, "Lê Thị Hòa", "Lê Thị Hoà")
    make_merge(kept, merged, undone_at=kept.created_at)

    assert sorted(found(programme)) == sorted(["Lê Thị Hòa", "Lê Thị Hoà"])


def test_namesakes_bear_the_name_whatever_its_marks(programme):
    hoa, tone, *_others = enter(programme, "Lê Thị Hòa", "LÊ THỊ HOÀ", "Lê Thị Hòa Bình")

    found_people = finding.namesakes(programme.register_id, "le thi hoa", kept=kept_people())

    assert sorted(person.id for person in found_people) == [hoa.id, tone.id]


def test_a_longer_list_takes_no_more_questions(programme, count_queries):
    numbers = []
    for name in ("Lê Thị Hoa", "Lê Thị Mai", "Lê Thị Yến"):
        person = make_person(programme, full_name=name, email=f"{name[-3:]}@coop.example".lower())
        make_post(person, make_organisation(programme, woman_head=None))
        with count_queries() as asked:
            page = finding.list_people(programme.register, Search(), kept=kept_people(), on=DAY)
            told = [(post.organisation.kind) for line in page.items for post in line.posts]
        numbers.append((len(told), asked.number))

    assert numbers == [(1, numbers[0][1]), (2, numbers[0][1]), (3, numbers[0][1])]
