"""Acts: who ends, who stays, who is founded, and the links that say so."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory import consequences, lineage, lineage_queries, queries, service
from coopevents.directory.dated import rows_of
from coopevents.directory.lineage import Act, People
from coopevents.directory.models import (
    LineageKind,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationName,
    OrganisationStatus,
    Post,
    PostKind,
    Sex,
)
from coopevents.directory.service import NewOrganisation
from coopevents.errors import DomainError, InputError
from coopevents.i18n import force_locale
from tests.factories import (
    make_certificate,
    make_head_count,
    make_organisation,
    make_person,
    make_post,
)

DAY = date(2026, 6, 10)
EVE = DAY - timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(app):
    with time_machine.travel("2026-11-25T03:00:00Z", tick=False), force_locale("en"):
        yield


def new(name="HTX Mới", kind=OrganisationKind.COOPERATIVE, **more):
    return NewOrganisation(kind, name, **more)


def links():
    return [
        (link.kind, link.old_id, link.new_id, link.effective_on)
        for link in db.session.scalars(select(OrganisationLineage).order_by(OrganisationLineage.id))
    ]


def states(organisation):
    return [
        (row.status, row.valid_from, row.valid_to)
        for row in rows_of(OrganisationStatus, organisation.id)
    ]


def posts(organisation):
    return [(row.kind, row.valid_from, row.valid_to) for row in rows_of(Post, organisation.id)]


ENDED = [("operating", None, EVE), ("dissolved", DAY, None)]


def test_who_is_dissolved_ends_with_its_posts_and_codes(programme):
    one = make_organisation(programme)
    service.give_code(one, "tax", "2600123456", since=date(2024, 1, 1))

    lineage.dissolve(one, on=DAY, document="QĐ 5")

    assert links() == [("dissolve", one.id, None, DAY)]
    assert states(one) == ENDED
    assert posts(one) == [("director", None, EVE)]
    assert [row.valid_to for row in rows_of(OrganisationCode, one.id)] == [EVE]
    assert [row.valid_to for row in rows_of(OrganisationName, one.id)] == [None]


def test_an_end_stands_even_where_the_state_was_known_for_a_time_only(programme):
    one = make_organisation(programme)
    (row,) = rows_of(OrganisationStatus, one.id)
    row.valid_to = date(2026, 12, 31)

    lineage.dissolve(one, on=DAY)

    assert states(one) == ENDED


def test_those_that_consolidate_end_and_a_new_one_stands(programme):
    one, two = make_organisation(programme), make_organisation(programme)

    made = lineage.consolidate([one, two], new("HTX Chung"), on=DAY)

    assert links() == [
        ("consolidate", one.id, made.id, DAY),
        ("consolidate", two.id, made.id, DAY),
    ]
    assert (states(one), states(two)) == (ENDED, ENDED)
    assert states(made) == [("operating", DAY, None)]
    assert (made.founded_on, made.founded_precision) == (DAY, "day")
    assert posts(made) == []


def test_who_absorbs_stays_what_it_is(programme):
    staying, ending = make_organisation(programme), make_organisation(programme)
    before = (states(staying), posts(staying))

    lineage.absorb(staying, [ending], on=DAY)

    assert links() == [("absorb", ending.id, staying.id, DAY)]
    assert states(ending) == ENDED
    assert (states(staying), posts(staying)) == before
    assert staying.founded_on is None


def test_who_divides_ends_and_several_stand_in_its_place(programme):
    one = make_organisation(programme)

    first, second = lineage.divide(one, [new("HTX Một"), new("HTX Hai")], on=DAY)

    assert links() == [("divide", one.id, first.id, DAY), ("divide", one.id, second.id, DAY)]
    assert states(one) == ENDED
    assert queries.name_on([first.id, second.id], DAY) == {
        first.id: "HTX Một",
        second.id: "HTX Hai",
    }


def test_who_splits_off_leaves_the_other_as_it_was(programme):
    one = make_organisation(programme)
    before = (states(one), posts(one))

    made = lineage.split_off(one, new(), on=DAY)

    assert links() == [("split_off", one.id, made.id, DAY)]
    assert (states(one), posts(one)) == before
    assert made.founded_on == DAY


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        (People.END, []),
        (People.GO_ON, [("director", DAY, None), ("accountant", DAY, None)]),
    ],
)
def test_a_group_that_converts_ends_and_its_people_go_on_or_not(programme, people, expected):
    group = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)
    make_post(make_person(programme), group, PostKind.ACCOUNTANT)
    make_post(make_person(programme), group, PostKind.SECRETARY, valid_to=EVE)

    made = lineage.convert(group, new(), on=DAY, people=people)

    assert links() == [("convert", group.id, made.id, DAY)]
    assert states(group) == ENDED
    assert posts(group) == [
        ("group_leader", None, EVE),
        ("accountant", None, EVE),
        ("secretary", None, EVE),
    ]
    assert posts(made) == expected


def _dissolved_then(programme):
    one = make_organisation(programme)
    lineage.dissolve(one, on=date(2026, 1, 1))
    return one


def _renamed_later(programme):
    one = make_organisation(programme)
    service.rename(one, "HTX Khác", since=DAY)
    return one


def _counted_later(programme):
    one = make_organisation(programme)
    make_head_count(one, date(2026, 6, 30))
    return one


def _headed_later(programme):
    one = make_organisation(programme)
    make_post(make_person(programme), one, valid_from=DAY)
    return one


def _founded_that_day(programme):
    return make_organisation(programme, founded_on=DAY)


def _founded_later(programme):
    return make_organisation(programme, founded_on=DAY + timedelta(days=1))


def _absorbing_later(programme):
    one = make_organisation(programme)
    lineage.absorb(one, [make_organisation(programme)], on=date(2026, 7, 1))
    return one


@pytest.mark.parametrize(
    "make",
    [
        _dissolved_then,
        _renamed_later,
        _counted_later,
        _headed_later,
        _founded_that_day,
        _founded_later,
        _absorbing_later,
    ],
)
def test_who_had_ended_or_changes_later_cannot_end_that_day(programme, make):
    one = make(programme)
    before = (links(), states(one))

    with pytest.raises(DomainError):
        lineage.dissolve(one, on=DAY)

    assert (links(), states(one)) == before


def test_acts_that_make_no_sense_are_refused(programme):
    one, two = make_organisation(programme), make_organisation(programme)
    refused = [
        lambda: lineage.consolidate([one], new(), on=DAY),
        lambda: lineage.consolidate([one, one], new(), on=DAY),
        lambda: lineage.absorb(one, [one], on=DAY),
        lambda: lineage.absorb(one, [], on=DAY),
        lambda: lineage.divide(one, [new()], on=DAY),
        lambda: lineage.convert(one, new(), on=DAY),
        lambda: lineage.dissolve(two, on=date(2026, 11, 26)),
    ]

    for act in refused:
        with pytest.raises(DomainError):
            act()

    assert links() == []


def test_a_group_becomes_a_cooperative_and_nothing_else(programme):
    group = make_organisation(programme, kind=OrganisationKind.LINKED_GROUP)

    with pytest.raises(DomainError):
        lineage.convert(group, new(kind=OrganisationKind.COOPERATIVE_UNION), on=DAY)


def test_a_new_body_without_a_name_refuses_the_whole_act(programme):
    one, two = make_organisation(programme), make_organisation(programme)

    with pytest.raises(InputError):
        lineage.consolidate([one, two], new(" "), on=DAY)


def test_the_whole_chain_is_told_from_wherever_one_stands(programme, count_queries):
    group = make_organisation(
        programme, kind=OrganisationKind.COOPERATIVE_GROUP, name="Tổ hợp tác Chè"
    )
    other = make_organisation(programme, name="HTX Rau")
    made = lineage.convert(group, new("HTX Chè"), on=date(2025, 1, 1))
    chung = lineage.consolidate([made, other], new("HTX Chung"), on=date(2026, 1, 1))
    service.rename(chung, "HTX Chung Mới", since=date(2026, 2, 1))
    lineage.dissolve(chung, on=DAY)
    stranger = make_organisation(programme)
    lineage.dissolve(stranger, on=DAY)

    with count_queries() as asked:
        steps = lineage_queries.whole_chain(made.id)

    assert asked.number == 4
    assert [(s.kind, s.on, s.old_name, s.new_name) for s in steps] == [
        ("convert", date(2025, 1, 1), "Tổ hợp tác Chè", "HTX Chè"),
        ("consolidate", date(2026, 1, 1), "HTX Chè", "HTX Chung"),
        ("consolidate", date(2026, 1, 1), "HTX Rau", "HTX Chung"),
        ("dissolve", DAY, "HTX Chung Mới", None),
    ]
    assert lineage_queries.whole_chain(group.id) == steps
    assert lineage_queries.whole_chain(chung.id) == steps
    assert [link.old_id for link in lineage_queries.came_out_of(chung.id)] == [made.id, other.id]
    assert [link.new_id for link in lineage_queries.went_into(group.id)] == [made.id]


def test_a_chain_that_nobody_made_is_empty(programme):
    assert lineage_queries.whole_chain(make_organisation(programme).id) == []


def test_the_consequences_name_who_ends_and_whose_post_does(programme):
    group = make_organisation(
        programme,
        kind=OrganisationKind.COOPERATIVE_GROUP,
        name="Tổ hợp tác Chè",
        woman_head=None,
    )
    make_post(
        make_person(programme, full_name="Lê Thị Mẫu", sex=Sex.FEMALE),
        group,
        PostKind.GROUP_LEADER,
    )
    make_certificate(group, issued_on=date(2025, 1, 1))
    act = Act(LineageKind.CONVERT, DAY, (group,), None, (new("HTX Chè"),), None, People.GO_ON)

    told = consequences.of(act)

    assert [(p.full_name, p.kind, p.then) for p in told.posts] == [
        ("Lê Thị Mẫu", "group_leader", "director")
    ]
    assert "holds valid OCOP certificates" in told.sentences[-1]
    assert told.sentences == [
        "“Tổ hợp tác Chè” ends: 9 Jun 2026 is its last day, and from 10 Jun 2026 it is dissolved.",
        "“HTX Chè” enters the register, founded on 10 Jun 2026.",
        "Group and cooperative stay linked, so that no figure counts the founding twice.",
        "Invitations, attendance and reports of before stay with those they were written for.",
        told.sentences[-1],
    ]
    assert links() == []
