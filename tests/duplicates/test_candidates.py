"""Who looks like whom, and why: proposed to a clerk, never merged."""

import itertools
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.db import db
from coopevents.directory.models import (
    Channel,
    LineageKind,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationName,
    Sex,
)
from coopevents.duplicates import candidates, lookup, service
from coopevents.duplicates.lookup import OrganisationProbe, PersonProbe
from coopevents.duplicates.matching import CROWD, FEW, Sign
from coopevents.duplicates.models import PersonMerge
from coopevents.errors import InputError
from coopevents.territory.models import AdministrativeSuccession, AdministrativeUnit
from tests.factories import (
    find_commune,
    make_contact_point,
    make_organisation,
    make_person,
    make_post,
)

HUONG = "Nguyễn Thị Hương"


def organisations(programme):
    """Answer the pairs of organisations, each with what agrees and what differs."""
    return told(candidates.list_organisations(programme.register).items)


def people(programme):
    """Answer the pairs of people, each with what agrees and what differs."""
    return told(candidates.list_people(programme.register).items)


def told(items):
    return {(c.first_id, c.second_id): (set(c.agree), set(c.differ)) for c in items}


def make_code(organisation, code, scheme="registration"):
    db.session.add(OrganisationCode(organisation_id=organisation.id, scheme=scheme, code=code))
    db.session.flush()


def make_lineage(old, new, kind=LineageKind.ABSORB):
    db.session.add(
        OrganisationLineage(kind=kind, old_id=old.id, new_id=new.id, effective_on=date(2026, 6, 10))
    )
    db.session.flush()


def in_commune(programme, person, commune="Gia Điền"):
    """Give the person a post in an organisation of the commune."""
    body = make_organisation(programme, commune=commune, woman_head=None)
    make_post(person, body)
    return person


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("HTX Gia Điền", "gia dien"),
        ("Hợp tác xã Gia Điền", "gia dien"),
        ("HTX DVNN Gia Điền", "gia dien"),
        ("HTX DV-NN Gia Điền", "gia dien"),
        ("Hợp tác xã nông nghiệp, dịch vụ Gia Điền", "gia dien"),
        ("Hợp tác xã dịch vụ và sản xuất nông nghiệp Gia Điền", "gia dien"),
        ("HTX SXKD và dịch vụ Gia Điền", "gia dien"),
        ("HTX thương mại dịch vụ Gia Điền", "thuong mai dich vu gia dien"),
        ("THT Gia Điền", "gia dien"),
        ("HTX Chè Gia Điền", "che gia dien"),
        ("HTX Vân Sơn", "van son"),
        ("HTX Dịch vụ nông nghiệp", "htx dich vu nong nghiep"),
    ],
)
def test_a_name_is_compared_without_the_words_of_its_kind(programme, name, key):
    organisation = make_organisation(programme, name=name)

    kept = db.session.scalars(
        select(OrganisationName.name_key).where(OrganisationName.organisation_id == organisation.id)
    ).one()

    assert kept == key


def test_organisations_of_one_name_and_commune_are_proposed_with_the_reasons(programme):
    first = make_organisation(programme, name="HTX DVNN Gia Điền", commune="Gia Điền")
    second = make_organisation(
        programme,
        name="Hợp tác xã nông nghiệp Gia Điền",
        commune="Gia Điền",
        founded_on=date(2012, 3, 1),
    )
    make_organisation(programme, name="HTX Chè Gia Điền", commune="Gia Điền")

    assert organisations(programme) == {(first.id, second.id): ({Sign.NAME, Sign.COMMUNE}, set())}


def test_founding_days_that_differ_are_told_and_lower_the_rank(programme):
    pairs = [
        [
            make_organisation(programme, name=name, commune="Gia Điền", founded_on=founded_on)
            for founded_on in days
        ]
        for name, days in {
            "HTX Bưởi": (date(2012, 3, 1), date(2019, 5, 2)),
            "HTX Chè": (date(2012, 3, 1), date(2012, 3, 1)),
        }.items()
    ]
    apart, alike = ((first.id, second.id) for first, second in pairs)

    found = candidates.list_organisations(programme.register).items

    assert [(c.first_id, c.second_id) for c in found] == [alike, apart]
    assert told(found)[apart] == ({Sign.NAME, Sign.COMMUNE}, {Sign.FOUNDED})
    assert told(found)[alike] == ({Sign.NAME, Sign.COMMUNE, Sign.FOUNDED}, set())


def test_an_old_commune_meets_the_one_it_went_into(programme):
    succession = db.session.scalars(
        select(AdministrativeSuccession)
        .join(AdministrativeUnit, AdministrativeUnit.id == AdministrativeSuccession.old_id)
        .where(AdministrativeUnit.name.like("Xã%"))
        .limit(1)
    ).one()
    old, new = (
        db.session.get(AdministrativeUnit, id_) for id_ in (succession.old_id, succession.new_id)
    )
    first = make_organisation(programme, name="HTX Chè Xanh", commune=old)
    second = make_organisation(programme, name="HTX Chè Xanh", commune=new)

    assert organisations(programme) == {(first.id, second.id): ({Sign.NAME, Sign.COMMUNE}, set())}


def test_organisations_with_different_codes_are_none_by_name_alone(programme):
    first, second = (
        make_organisation(programme, name="HTX Chè Xanh", commune="Gia Điền") for _ in "ab"
    )
    make_code(first, "1800001")
    before = organisations(programme)

    make_code(second, "1800002")

    assert before == {(first.id, second.id): ({Sign.NAME, Sign.COMMUNE}, set())}
    assert organisations(programme) == {}
    for one in (first, second):
        make_contact_point(one, Channel.PHONE, "+84900000001")
    assert organisations(programme) == {
        (first.id, second.id): ({Sign.NAME, Sign.COMMUNE, Sign.PHONE}, {Sign.CODE})
    }


def test_organisations_with_one_code_are_proposed_whatever_they_are_called(programme):
    first = make_organisation(programme, name="HTX Chè Xanh", commune="Gia Điền")
    second = make_organisation(programme, name="HTX Lương Sơn", commune="Thu Cúc")
    for one in (first, second):
        make_code(one, "1800001")

    assert organisations(programme) == {(first.id, second.id): ({Sign.CODE}, set())}


def test_organisations_of_another_kind_are_none_by_name_alone(programme):
    first = make_organisation(programme, name="HTX Chè Xanh", commune="Gia Điền")
    second = make_organisation(
        programme,
        name="THT Chè Xanh",
        commune="Gia Điền",
        kind=OrganisationKind.COOPERATIVE_GROUP,
    )

    assert organisations(programme) == {}
    for one in (first, second):
        make_contact_point(one, Channel.EMAIL, "che@coop.example")
    assert organisations(programme) == {
        (first.id, second.id): ({Sign.NAME, Sign.COMMUNE, Sign.EMAIL}, {Sign.KIND})
    }


def test_a_number_is_a_sign_beside_a_similar_name_only(programme):
    first = make_organisation(
        programme, name="HTX Chè Long Cốc", commune="Gia Điền", phone="+841681234567"
    )
    second = make_organisation(
        programme, name="HTX Chè Xanh Long Cốc", commune="Thu Cúc", phone="+84381234567"
    )
    make_organisation(programme, name="HTX Bưởi", commune="Thu Cúc", phone="+84381234567")

    assert organisations(programme) == {
        (first.id, second.id): ({Sign.SIMILAR_NAME, Sign.PHONE}, set())
    }


@pytest.mark.parametrize("steps", [1, 2])
def test_what_came_out_of_one_another_is_never_proposed(programme, steps):
    bodies = [
        make_organisation(programme, name="HTX Chè Xanh", commune="Gia Điền", phone="+84900000001")
        for _ in range(steps + 1)
    ]
    for old, new in itertools.pairwise(bodies):
        make_lineage(old, new)

    assert organisations(programme) == {}


def test_a_past_name_is_a_name(programme):
    renamed = make_organisation(programme, name="HTX Bưởi Đỏ", commune="Gia Điền")
    name = db.session.scalars(
        select(OrganisationName).where(OrganisationName.organisation_id == renamed.id)
    ).one()
    name.valid_to = date(2024, 1, 1)
    db.session.flush()
    namesake = make_organisation(programme, name="HTX Bưởi Đỏ", commune="Gia Điền")

    assert organisations(programme) == {
        (renamed.id, namesake.id): ({Sign.NAME, Sign.COMMUNE}, set())
    }


def test_a_merged_entry_is_proposed_no_more_but_what_it_tells_is(programme):
    kept, merged, third = (
        make_organisation(programme, name=name, commune="Gia Điền")
        for name in ("HTX Chè Xanh", "HTX Chè Long Cốc", "HTX Chè Long Cốc")
    )
    service.merge_organisations(kept, merged, "Nhập hai lần")

    assert organisations(programme) == {(kept.id, third.id): ({Sign.NAME, Sign.COMMUNE}, set())}


@pytest.mark.case(19)
def test_namesakes_in_one_commune_are_shown_and_a_person_decides(programme):
    first = in_commune(programme, make_person(programme, full_name=HUONG, birth_year=1985))
    second = in_commune(programme, make_person(programme, full_name=HUONG))
    make_contact_point(first, Channel.PHONE, "+84912345678")

    found = people(programme)
    service.tell_apart(first, second, "Hai chị khác thôn")

    assert found == {(first.id, second.id): ({Sign.NAME, Sign.COMMUNE}, set())}
    assert (first.duplicate_of_id, second.duplicate_of_id) == (None, None)
    assert db.session.scalar(select(func.count()).select_from(PersonMerge)) == 0
    assert people(programme) == {}


@pytest.mark.parametrize("other", ["Nguyễn Thị Hoà", "Nguyen Thi Hoa", "NGUYỄN THỊ HÒA"])
@pytest.mark.case(20)
def test_a_folded_match_is_proposed(programme, other):
    first = make_person(programme, full_name="Nguyễn Thị Hòa")
    second = make_person(programme, full_name=other)

    assert people(programme) == {(first.id, second.id): ({Sign.NAME}, set())}
    assert (first.duplicate_of_id, second.duplicate_of_id) == (None, None)


def test_people_of_different_years_of_birth_are_none_by_name_alone(programme):
    first, second = (
        in_commune(programme, make_person(programme, full_name=HUONG, birth_year=year))
        for year in (1985, 1990)
    )

    assert people(programme) == {}
    for one in (first, second):
        make_contact_point(one, Channel.ZALO, "+84912345678")
    assert people(programme) == {
        (first.id, second.id): ({Sign.NAME, Sign.COMMUNE, Sign.PHONE}, {Sign.BIRTH_YEAR})
    }


@pytest.mark.case(18)
def test_a_family_that_shares_a_number_and_an_address_is_not_proposed(programme):
    family = [
        make_person(programme, full_name=name)
        for name in ("Nguyễn Thị Hương", "Trần Văn Nam", "Trần Thị Lan")
    ]
    for one in family:
        make_contact_point(one, Channel.PHONE, "+84912345678")
        make_contact_point(one, Channel.EMAIL, "nha@coop.example")

    assert people(programme) == {}


def test_a_number_beside_the_same_given_name_is_a_sign_until_something_speaks_against_it(programme):
    first = make_person(programme, full_name="Nguyễn T. Hương", birth_year=1985)
    second = make_person(programme, full_name=HUONG)
    for one in (first, second):
        make_contact_point(one, Channel.PHONE, "+84912345678")

    proposed = people(programme)
    second.birth_year = 1990
    db.session.flush()

    assert proposed == {(first.id, second.id): ({Sign.SIMILAR_NAME, Sign.PHONE}, set())}
    assert people(programme) == {}


def test_namesakes_of_two_communes_are_none_unless_born_in_one_year(programme):
    first = in_commune(programme, make_person(programme, full_name=HUONG, birth_year=1985))
    second = in_commune(programme, make_person(programme, full_name=HUONG), "Thu Cúc")
    probe = PersonProbe(HUONG, find_commune(programme, "Minh Đài").id)

    apart = people(programme), lookup.people_like(programme.register, [probe])
    second.birth_year = 1985
    db.session.flush()

    assert apart == ({}, [[]])
    assert people(programme) == {(first.id, second.id): ({Sign.NAME, Sign.BIRTH_YEAR}, set())}
    (matches,) = lookup.people_like(programme.register, [replace(probe, birth_year=1985)])
    assert [(m.id, set(m.agree)) for m in matches] == [
        (one.id, {Sign.NAME, Sign.BIRTH_YEAR}) for one in (first, second)
    ]


def test_sexes_that_differ_are_told(programme):
    first = make_person(programme, full_name=HUONG)
    second = make_person(programme, full_name=HUONG, sex=Sex.MALE)

    assert people(programme) == {(first.id, second.id): ({Sign.NAME}, {Sign.SEX})}


def test_a_common_name_alone_is_no_sign(programme):
    bearers = [make_person(programme, full_name=HUONG) for _ in range(FEW)]
    few = people(programme)

    bearers.append(make_person(programme, full_name=HUONG))

    assert len(few) == FEW * (FEW - 1) // 2
    assert people(programme) == {}
    for one in bearers[:2]:
        in_commune(programme, one)
    assert people(programme) == {(bearers[0].id, bearers[1].id): ({Sign.NAME, Sign.COMMUNE}, set())}


def test_a_number_that_a_crowd_shares_is_no_sign(programme):
    bearers = [make_person(programme, full_name=HUONG) for _ in range(CROWD + 1)]
    for one in bearers:
        make_contact_point(one, Channel.PHONE, "+84912345678")

    assert people(programme) == {}


def test_the_list_goes_on_where_it_ended(programme):
    for number in range(3):
        for _ in "ab":
            make_person(programme, full_name=f"Lê Thị Mẫu {['một', 'hai', 'ba'][number]}")

    first = candidates.list_people(programme.register, limit=2)
    rest = candidates.list_people(programme.register, after=first.next, limit=2)

    assert (first.total, len(first.items), len(rest.items), rest.next) == (3, 2, 1, None)
    assert len(told([*first.items, *rest.items])) == 3


def test_a_list_cannot_go_on_from_nowhere(programme):
    with pytest.raises(InputError):
        candidates.list_people(programme.register, after="x")


@pytest.mark.parametrize("number", [1, 3])
def test_candidates_take_as_many_queries_for_one_pair_as_for_three(
    programme, count_queries, number
):
    for n in range(number):
        for _ in "ab":
            make_organisation(programme, name=f"HTX Chè {n}", woman_head=None)
            make_person(programme, full_name=f"Lê Thị Mẫu {n}")

    with count_queries() as asked:
        organisations = candidates.list_organisations(programme.register)
        people = candidates.list_people(programme.register)

    assert (organisations.total, people.total, asked.number) == (number, number, 4)


def test_an_organisation_about_to_be_entered_meets_those_it_may_be(programme):
    commune = find_commune(programme, "Gia Điền")
    here = make_organisation(programme, name="HTX Chè Xanh", commune=commune)
    elsewhere = make_organisation(programme, name="Hợp tác xã Chè Xanh", commune="Thu Cúc")
    coded = make_organisation(programme, name="HTX Lương Sơn", commune="Thu Cúc")
    make_code(coded, "1800001")
    probe = OrganisationProbe(
        "HTX DVNN Chè Xanh",
        commune.id,
        kind=OrganisationKind.COOPERATIVE,
        codes={"registration": "1800001"},
    )

    ((*matches,), nobody) = lookup.organisations_like(
        programme.register, [probe, OrganisationProbe("HTX Mơ Xa")]
    )

    assert [(m.id, set(m.agree)) for m in matches] == [
        (coded.id, {Sign.CODE}),
        (here.id, {Sign.NAME, Sign.COMMUNE}),
        (elsewhere.id, {Sign.NAME}),
    ]
    assert nobody == []


def test_a_person_about_to_be_entered_meets_those_she_may_be(programme):
    commune = find_commune(programme, "Gia Điền")
    known = in_commune(programme, make_person(programme, full_name=HUONG, birth_year=1985))
    older = make_person(programme, full_name=HUONG, birth_year=1950)
    merged = make_person(programme, full_name="Nguyễn Thị Hườm")
    make_contact_point(merged, Channel.PHONE, "+84912345678")
    service.merge_people(known, merged, "Cùng một người")

    (matches, by_number, other_sex) = lookup.people_like(
        programme.register,
        [
            PersonProbe("nguyen thi huong", commune.id, birth_year=1985),
            PersonProbe("Chị Hườm", phones=["+84912345678"]),
            PersonProbe("Anh Hườm", phones=["+84912345678"], sex=Sex.MALE),
        ],
    )

    assert [(m.id, set(m.agree)) for m in matches] == [
        (known.id, {Sign.NAME, Sign.COMMUNE, Sign.BIRTH_YEAR})
    ]
    assert older.id not in {m.id for m in matches}
    assert [(m.id, set(m.agree)) for m in by_number] == [
        (known.id, {Sign.SIMILAR_NAME, Sign.PHONE})
    ]
    assert other_sex == []


@pytest.mark.parametrize("number", [1, 3])
def test_looking_up_takes_as_many_queries_for_one_as_for_three(programme, count_queries, number):
    for n in range(number):
        make_organisation(programme, name=f"HTX Chè {n}", woman_head=None)
        make_person(programme, full_name=f"Lê Thị Mẫu {n}")

    with count_queries() as asked:
        organisations = lookup.organisations_like(
            programme.register, [OrganisationProbe(f"HTX Chè {n}") for n in range(number)]
        )
        people = lookup.people_like(
            programme.register, [PersonProbe(f"Lê Thị Mẫu {n}") for n in range(number)]
        )

    assert [len(found) for found in (*organisations, *people)] == [1] * number * 2
    assert asked.number == 16


@pytest.mark.parametrize("name", ["HTX Chè Xanh", "Hợp tác xã Chè Xanh"])
def test_pairs_and_look_ups_see_the_same_signs(programme, name):
    first = make_organisation(
        programme, name="HTX Chè Xanh", commune="Gia Điền", phone="+84900000001"
    )
    probe = OrganisationProbe(
        name,
        find_commune(programme, "Gia Điền").id,
        OrganisationKind.COOPERATIVE,
        phones=["+84900000001"],
    )
    (match,) = lookup.organisations_like(programme.register, [probe])[0]

    make_organisation(programme, name=name, commune="Gia Điền", phone="+84900000001")

    (pair,) = candidates.list_organisations(programme.register).items
    assert (match.id, match.rank, set(match.agree), match.differ) == (
        first.id,
        pair.rank,
        set(pair.agree),
        pair.differ,
    )
