from datetime import date

import pytest
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.classification import (
    MANAGED_AND_OPERATED,
    WOMEN_HEADED,
    WOMEN_IN_MANAGEMENT,
    class_of,
    class_on,
    get_rule,
    unknown,
    women_led,
)
from coopevents.directory.models import Organisation, OrganisationKind, PostKind, Sex
from coopevents.errors import NotFoundError
from tests.factories import make_organisation, make_override, make_person, make_post

DAY = date(2024, 8, 21)


def classes(organisation, rule, day=DAY):
    """Answer the class by the lists; they and the question about one must agree."""
    led = organisation.id in db.session.scalars(women_led(rule, day)).all()
    open_ = organisation.id in db.session.scalars(unknown(rule, day)).all()
    assert not (led and open_)
    told = None if open_ else led
    assert class_on(organisation.id, rule, day) is told
    of_a_list = select(class_of(rule, day)).where(Organisation.id == organisation.id)
    assert db.session.scalar(of_a_list) is told
    return told


@pytest.mark.parametrize(
    ("held", "headed", "in_management", "managed_and_operated"),
    [
        ([(PostKind.DIRECTOR, Sex.FEMALE)], True, True, None),
        ([(PostKind.BOARD_CHAIR, Sex.FEMALE)], True, True, None),
        ([(PostKind.GROUP_LEADER, Sex.FEMALE)], True, True, True),
        ([(PostKind.DEPUTY_DIRECTOR, Sex.FEMALE)], None, True, None),
        ([(PostKind.ACCOUNTANT, Sex.FEMALE)], None, True, None),
        ([(PostKind.SECRETARY, Sex.FEMALE)], None, None, None),
        ([(PostKind.MEMBER, Sex.FEMALE)], None, None, None),
        ([(PostKind.DIRECTOR, Sex.MALE)], False, False, False),
        ([(PostKind.DIRECTOR, Sex.NOT_STATED)], None, None, None),
        ([(PostKind.DIRECTOR, Sex.MALE), (PostKind.BOARD_CHAIR, Sex.FEMALE)], True, True, False),
        (
            [(PostKind.DIRECTOR, Sex.MALE), (PostKind.DEPUTY_DIRECTOR, Sex.FEMALE)],
            False,
            True,
            False,
        ),
        ([(PostKind.DIRECTOR, Sex.FEMALE), (PostKind.BOARD_MEMBER, Sex.FEMALE)], True, True, True),
        (
            [(PostKind.DIRECTOR, Sex.MALE), (PostKind.BOARD_CHAIR, Sex.NOT_STATED)],
            False,
            False,
            False,
        ),
        ([], None, None, None),
    ],
)
def test_the_three_rules_read_the_same_posts(
    programme, held, headed, in_management, managed_and_operated
):
    organisation = make_organisation(programme, woman_head=None)
    for kind, sex in held:
        make_post(make_person(programme, sex=sex), organisation, kind)

    assert classes(organisation, WOMEN_HEADED) is headed
    assert classes(organisation, WOMEN_IN_MANAGEMENT) is in_management
    assert classes(organisation, MANAGED_AND_OPERATED) is managed_and_operated


def test_a_post_counts_on_its_first_and_its_last_day_and_not_beside_them(programme):
    organisation = make_organisation(programme, woman_head=None)
    make_post(
        make_person(programme),
        organisation,
        valid_from=date(2024, 3, 1),
        valid_to=date(2024, 8, 20),
    )

    days = [date(2024, 2, 29), date(2024, 3, 1), date(2024, 8, 20), date(2024, 8, 21)]

    assert [classes(organisation, WOMEN_HEADED, day) for day in days] == [None, True, True, None]


def test_a_woman_replaced_by_a_man_leaves_the_class_with_her_post(programme):
    organisation = make_organisation(programme, woman_head=None)
    make_post(make_person(programme), organisation, valid_to=date(2024, 8, 20))
    make_post(make_person(programme, sex=Sex.MALE), organisation, valid_from=date(2024, 8, 21))

    assert classes(organisation, WOMEN_HEADED, date(2024, 8, 20)) is True
    assert classes(organisation, WOMEN_HEADED, date(2024, 8, 21)) is False


@pytest.mark.parametrize("woman_head", [True, False, None])
@pytest.mark.parametrize("decided", [True, False])
def test_a_reasoned_decision_wins_over_the_posts_in_its_days(programme, woman_head, decided):
    organisation = make_organisation(programme, woman_head=woman_head)
    make_override(organisation, decided, valid_to=DAY)

    assert classes(organisation, WOMEN_HEADED, DAY) is decided
    assert classes(organisation, WOMEN_HEADED, date(2024, 8, 22)) is woman_head
    assert classes(organisation, WOMEN_IN_MANAGEMENT, DAY) is woman_head


def test_a_woman_who_leads_a_group_heads_it(programme):
    group = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)

    assert classes(group, WOMEN_HEADED) is True


def test_a_rule_nobody_wrote_is_refused(app):
    with pytest.raises(NotFoundError):
        get_rule("WOMEN_OWNED")
