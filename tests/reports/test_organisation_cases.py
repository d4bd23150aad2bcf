"""Awkward cases of organisations (domain model, section 7), made through the services officers use.

What the cases say of new cooperatives and groups (I12, I13) stands with those indicators; what they
say of understanding (I8) needs tests of policy, which are not kept yet.
"""

from datetime import date

import pytest
import python_calamine
import time_machine
from docx import Document
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory import lineage, queries, service
from coopevents.directory.classification import (
    MANAGED_AND_OPERATED,
    WOMEN_HEADED,
    WOMEN_IN_MANAGEMENT,
    class_on,
)
from coopevents.directory.dated import rows_of
from coopevents.directory.models import (
    OrganisationKind,
    OrganisationLineage,
    OrganisationName,
    Post,
    PostKind,
    Sex,
)
from coopevents.directory.service import Founding, NewOrganisation
from coopevents.programme.queries import get_period
from coopevents.reports import files
from coopevents.reports import service as reports
from coopevents.reports.annexes import activities, attendance_per_organisation
from coopevents.reports.figures import Part, Scope
from coopevents.reports.indicators import compute
from tests import event_factories as made
from tests.browsing import signed_in
from tests.factories import make_person, make_post

PERIOD = (date(2025, 12, 15), date(2026, 12, 14))
MARCH, JUNE, AUGUST = date(2026, 3, 10), date(2026, 6, 10), date(2026, 8, 11)


@pytest.fixture(autouse=True)
def _after_the_period(app):
    with time_machine.travel("2026-12-20T03:00:00Z", tick=True):
        yield


@pytest.fixture
def scope(programme):
    return Scope(programme, *PERIOD)


def enter(programme, name, kind=OrganisationKind.COOPERATIVE, sex=Sex.FEMALE):
    """Enter an organisation with somebody of that sex at its head since it was founded."""
    new = NewOrganisation(kind, name, founded=Founding(date(2015, 5, 4)))
    one = service.enter(programme.register, new)
    if sex:
        is_group = kind is not OrganisationKind.COOPERATIVE
        post = PostKind.GROUP_LEADER if is_group else PostKind.BOARD_CHAIR
        make_post(make_person(programme, sex=sex), one, post, valid_from=one.founded_on)
    return one


def come(programme, *organisations, on=MARCH, person=None):
    """Hold an activity to which one person comes for all these organisations."""
    event = made.make_event(programme, sessions=[(on, *made.MORNING)])
    person = person or make_person(programme)
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, person))
    for organisation in organisations:
        made.make_representation(event, person, organisation)
    return made.close(event)


def parts(figure):
    """Answer which organisations did what for the figure."""
    return {
        part: {row.row_id for row in figure.list_rows() if row.facts["part"] == part.value}
        for part in (Part.COUNTED, Part.BASE, Part.APART)
    }


def links():
    return [
        (link.kind, link.old_id, link.new_id, link.effective_on)
        for link in db.session.scalars(select(OrganisationLineage))
    ]


def annex(scope):
    return {row.row_id: row.facts for row in attendance_per_organisation(scope).list_rows()}


@pytest.mark.case(1)
def test_who_is_absorbed_ends_with_a_link_and_keeps_what_it_came_to(programme, scope):
    a, b = enter(programme, "HTX A"), enter(programme, "HTX B")
    (chair,) = [post.person for post in queries.posts_on([b.id], MARCH)[b.id]]
    come(programme, b, person=chair)
    before = [row.founded_on for row in (a, b)]

    lineage.absorb(a, [b], on=JUNE, document="QĐ 15")

    # B ends on the day, with lineage to A.
    assert queries.status_on([a.id, b.id], date(2026, 6, 9)) == {
        a.id: "operating",
        b.id: "operating",
    }
    assert queries.status_on([a.id, b.id], JUNE) == {a.id: "operating", b.id: "dissolved"}
    assert links() == [("absorb", b.id, a.id, JUNE)]
    # B's attendance before stays B's; the denominator at the end of the period holds A only.
    rows = annex(scope)
    assert {id_: facts["attended"] for id_, facts in rows.items()} == {a.id: 0, b.id: 1}
    cover = compute("I7", scope)
    assert (cover.numerator, cover.denominator) == (0, 1)
    assert parts(cover) == {Part.COUNTED: set(), Part.BASE: {a.id}, Part.APART: {b.id}}
    # A is not new: nothing was founded, and it came out of nothing.
    assert [row.founded_on for row in (a, b)] == before
    assert set(rows) == {a.id, b.id}
    # What the chair of B brings counts for A only with a post in A: hers ended with B.
    assert [(post.kind, post.valid_to) for post in rows_of(Post, b.id)] == [
        ("board_chair", date(2026, 6, 9))
    ]
    assert chair.id not in {post.person_id for post in queries.posts_on([a.id], JUNE)[a.id]}
    make_post(chair, a, PostKind.BOARD_MEMBER, valid_from=JUNE)
    assert chair.id in {post.person_id for post in queries.posts_on([a.id], JUNE)[a.id]}
    assert compute("I7", scope).numerator == 0


@pytest.mark.case(2)
def test_a_new_name_is_printed_where_it_was_valid_and_both_are_found(programme, client):
    one = enter(programme, "HTX Chè Long Cốc")
    event = come(programme, one)
    scope = Scope(programme, *PERIOD)

    service.rename(one, "HTX Trà Tân Sơn", since=date(2026, 6, 1))
    later = come(programme, one, on=AUGUST)

    # The same id; the annex of activities says the name of the day, the other that of the cut-off.
    named = {row.row_id: row.facts["represented"] for row in activities(scope).list_rows()}
    assert named == {
        event.id: [{"organisation_id": one.id, "name": "HTX Chè Long Cốc"}],
        later.id: [{"organisation_id": one.id, "name": "HTX Trà Tân Sơn"}],
    }
    assert {id_: facts["name"] for id_, facts in annex(scope).items()} == {
        one.id: "HTX Trà Tân Sơn"
    }
    *_, (report, _done) = reports.compile_at_once(get_period(programme, "2026"))
    printed = [p.text for p in Document(str(files.find(report, "docx"))).paragraphs]
    assert [line for line in printed if "HTX" in line and line[:2] in ("1.", "2.")] == [
        "1. HTX Chè Long Cốc.",
        "2. HTX Trà Tân Sơn.",
    ]
    sheets = python_calamine.CalamineWorkbook.from_path(str(files.find(report, "xlsx")))
    printed = sheets.get_sheet_by_name("Hoạt động").to_python(skip_empty_area=True)
    assert [row[-1] for row in printed[-2:]] == ["HTX Chè Long Cốc", "HTX Trà Tân Sơn"]
    # The search finds both.
    officer = signed_in(client, programme, Role.OFFICER)
    for asked in ("long coc", "tan son"):
        assert f"/organisations/{one.id}" in officer.get(f"/organisations/?q={asked}").text


@pytest.mark.case(3)
def test_a_chair_followed_by_a_man_takes_the_cooperative_out_with_a_footnote(programme, scope):
    one, stays = enter(programme, "HTX A"), enter(programme, "HTX B")
    come(programme, one, stays)

    (post,) = rows_of(Post, one.id)
    post.valid_to = date(2026, 8, 10)
    make_post(make_person(programme, sex=Sex.MALE), one, PostKind.BOARD_CHAIR, valid_from=AUGUST)

    # Women-managed until August; the activity before counts as such.
    assert class_on(one.id, WOMEN_HEADED, date(2026, 8, 10)) is True
    assert class_on(one.id, WOMEN_HEADED, AUGUST) is False
    earlier = compute("I7", Scope(programme, PERIOD[0], date(2026, 8, 10)))
    assert (earlier.numerator, earlier.denominator) == (2, 2)
    # Not in D at the end of the period; the footnote says that one left.
    cover = compute("I7", scope)
    assert parts(cover) == {Part.COUNTED: {stays.id}, Part.BASE: set(), Part.APART: {one.id}}
    assert cover.breakdown["apart"] == {"unknown": 0, "left": 1}
    *_, (report, _done) = reports.compile_at_once(get_period(programme, "2026"))
    text = "\n".join(p.text for p in Document(str(files.find(report, "docx"))).paragraphs)
    assert (
        "1 tổ chức đã tham dự nhưng đến cuối kỳ không còn thuộc diện, không tính vào tỷ lệ." in text
    )


@pytest.mark.case(5)
def test_of_whom_nobody_knows_the_chair_the_class_is_not_known(programme, scope, client):
    known, open_ = enter(programme, "HTX A"), enter(programme, "HTX B", sex=None)
    make_post(make_person(programme, sex=Sex.NOT_STATED), open_, PostKind.DIRECTOR)
    come(programme, open_)

    # The class is a class of its own, by each rule.
    for rule in (WOMEN_HEADED, WOMEN_IN_MANAGEMENT, MANAGED_AND_OPERATED):
        assert class_on(open_.id, rule, PERIOD[1]) is None
    # It is listed as a gap, in no percentage, and its number is shown.
    cover = compute("I7", scope)
    assert (cover.numerator, cover.denominator) == (0, 1)
    assert parts(cover) == {Part.COUNTED: set(), Part.BASE: {known.id}, Part.APART: {open_.id}}
    assert cover.breakdown["apart"] == {"unknown": 1, "left": 0}
    assert annex(scope)[open_.id]["women_led"] is None
    *_, (report, _done) = reports.compile_at_once(get_period(programme, "2026"))
    text = "\n".join(p.text for p in Document(str(files.find(report, "docx"))).paragraphs)
    assert "1 tổ chức chưa rõ người đứng đầu, không tính vào tỷ lệ nào." in text
    page = signed_in(client, programme, Role.OFFICER).get(f"/organisations/{open_.id}?lang=en")
    assert "not known" in page.text


@pytest.mark.case(28)
def test_a_group_that_converts_is_linked_and_counted_once(programme, scope):
    group = enter(programme, "Tổ hợp tác Chè", OrganisationKind.COOPERATIVE_GROUP)
    come(programme, group)

    new = NewOrganisation(OrganisationKind.COOPERATIVE, "HTX Chè")
    htx = lineage.convert(group, new, on=JUNE, people=lineage.People.GO_ON)

    # The link says that the two are one story, and on no day do both stand.
    assert links() == [("convert", group.id, htx.id, JUNE)]
    for day, standing in ((date(2026, 6, 9), {group.id}), (JUNE, {htx.id})):
        statuses = queries.status_on([group.id, htx.id], day)
        assert {id_ for id_, state in statuses.items() if state == "operating"} == standing
    # The group keeps the day it was founded, for whoever counts foundings.
    assert (group.founded_on, htx.founded_on) == (date(2015, 5, 4), JUNE)
    # The cooperative stands in the target group once, under its kind, by the same woman.
    cover = compute("I7", scope)
    assert parts(cover)[Part.BASE] == {htx.id}
    assert parts(cover)[Part.APART] == {group.id}
    assert cover.breakdown["kind"]["cooperative"] == {"numerator": 0, "denominator": 1}
    assert cover.breakdown["kind"]["cooperative_group"] == {"numerator": 0, "denominator": 0}


@pytest.mark.case(29)
def test_who_is_dissolved_is_out_of_the_target_and_its_attendance_stays(programme, scope):
    one, other = enter(programme, "HTX A"), enter(programme, "HTX B")
    come(programme, one)
    before = [compute(code, scope).value for code in ("I2", "I3")]

    lineage.dissolve(one, on=JUNE, document="QĐ 9")

    cover = compute("I7", scope)
    assert parts(cover) == {Part.COUNTED: set(), Part.BASE: {other.id}, Part.APART: {one.id}}
    assert [compute(code, scope).value for code in ("I2", "I3")] == before == [1, 1]
    assert (annex(scope)[one.id]["attended"], annex(scope)[one.id]["operating"]) == (1, False)
    # The founding stays, with whether it still operates: the rows that I12 and I13 read.
    assert one.founded_on == date(2015, 5, 4)
    assert queries.status_on([one.id], PERIOD[1]) == {one.id: "dissolved"}
    assert [row.name for row in rows_of(OrganisationName, one.id)] == ["HTX A"]
