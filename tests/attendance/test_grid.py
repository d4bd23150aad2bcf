"""The coverage grid: its pages, its marks, its file, and the way from it to an audience."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.attendance import grid_pages, queries
from coopevents.attendance.grid import LISTED_KINDS, Mark, attendance_by_organisation
from coopevents.attendance.grid_pages import Asked, MarkCounts, Show
from coopevents.attendance.models import Action
from coopevents.db import db
from coopevents.directory import classification
from coopevents.directory.models import (
    OrganisationAddress,
    OrganisationKind,
    OrganisationName,
    OrganisationStatusKind,
    Post,
)
from coopevents.directory.narrowing import Narrowing, Standing, WomenLed
from coopevents.directory.queries import history
from coopevents.errors import InputError
from coopevents.events.models import EventKind
from coopevents.invitations.models import InvitationState
from coopevents.programme.models import Content
from coopevents.reports.figures import Scope
from coopevents.reports.indicators import TARGET_KINDS, compute
from coopevents.territory.succession import as_of
from tests import event_factories as made
from tests.browsing import signed_in
from tests.factories import (
    find_commune,
    make_address,
    make_name,
    make_organisation,
    make_person,
    make_post,
    make_status,
)

YEAR = (date(2025, 12, 15), date(2026, 12, 14))


@pytest.fixture(autouse=True)
def some_day():
    with time_machine.travel("2026-11-25T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def held(programme, *, came=(), invited=(), on=date(2026, 10, 6), **more):
    """Hold an activity to which these were invited, and one woman came for each of those."""
    event = made.make_event(programme, sessions=[(on, *made.MORNING)], **more)
    (session,) = made.sessions_of(event)
    for organisation in invited:
        made.make_invitation(event, organisation)
    for organisation in came:
        registration = made.make_registration(event, make_person(programme), organisation)
        made.make_entry(session, registration)
    return made.close(event)


def named(programme, **asked) -> list[str]:
    page = grid_pages.page(programme, Asked(*YEAR, **asked))
    return [page.names[row.organisation_id] for row in page.rows]


@pytest.fixture
def three(programme):
    """One that came, one invited in vain, one never invited; and an activity."""
    came, absent, never = (make_organisation(programme, name=name) for name in ("A", "B", "C"))
    event = held(programme, came=[came], invited=[came, absent])
    return came, absent, never, event


def test_a_page_bears_the_three_marks(programme, three):
    page = grid_pages.page(programme, Asked(*YEAR))

    (event,) = page.events
    assert [(page.names[r.organisation_id], r.cell(event.id).mark) for r in page.rows] == [
        *(("A", Mark.CAME), ("B", Mark.ABSENT), ("C", Mark.NOT_INVITED)),
    ]
    assert [(r.invited, r.attended, r.people, r.women) for r in page.rows] == [
        *((1, 1, 1, 1), (1, 0, 0, 0), (0, 0, 0, 0)),
    ]


@pytest.mark.parametrize(
    ("show", "names"),
    [
        (Show.ALL, ["A", "B", "C"]),
        (Show.CAME, ["A"]),
        (Show.ABSENT, ["B"]),
        (Show.NEVER, ["C"]),
        (Show.CAME_TO_NONE, ["B", "C"]),
    ],
)
@pytest.mark.parametrize("first_look", [1, 400])
def test_a_page_shows_who_bears_the_mark(programme, three, monkeypatch, show, names, first_look):
    monkeypatch.setattr(grid_pages, "FIRST_LOOK", first_look)

    whole = grid_pages.page(programme, Asked(*YEAR, show=show), limit=None)

    assert named(programme, show=show) == names
    assert list(whole.names.values()) == names


def test_who_came_uninvited_came_and_who_was_invited_to_another_year_was_not(programme):
    uninvited, later = (
        make_organisation(programme, name="A"),
        make_organisation(programme, name="B"),
    )
    held(programme, came=[uninvited])
    held(programme, invited=[later], on=date(2026, 12, 15))

    assert (named(programme, show=Show.CAME), named(programme, show=Show.NEVER)) == (["A"], ["B"])


def test_an_invitation_taken_back_is_none(programme):
    organisation = make_organisation(programme, name="A")
    event = made.make_event(programme)
    made.make_invitation(event, organisation).state = InvitationState.CANCELLED
    made.close(event)

    assert named(programme, show=Show.NEVER) == ["A"]


def test_a_delegate_who_was_marked_absent_did_not_come(programme):
    organisation = make_organisation(programme, name="A")
    event = made.make_event(programme)
    (session,) = made.sessions_of(event)
    registration = made.make_registration(event, make_person(programme), organisation)
    made.make_entry(session, registration, Action.ABSENT)
    made.close(event)

    assert (named(programme, show=Show.CAME), named(programme, show=Show.NEVER)) == ([], ["A"])


def test_who_ceased_stays_while_named_for_an_activity(programme):
    _gone, named_once = (
        make_organisation(programme, name=name, status=OrganisationStatusKind.DISSOLVED)
        for name in ("A", "B")
    )
    held(programme, came=[named_once])

    assert named(programme) == ["B"]
    assert named(programme, show=Show.NEVER) == []


def test_a_page_goes_on_where_the_last_ended_whatever_the_mark(programme):
    for name in ("B", "A", "A", "C", "D"):
        make_organisation(programme, name=name)
    for show in (Show.ALL, Show.NEVER):
        pages, after = [], None
        while not pages or after:
            page = grid_pages.page(programme, Asked(*YEAR, show=show), after=after, limit=2)
            pages.append(list(page.names.values()))
            after = page.next

        assert pages == [["A", "A"], ["B", "C"], ["D"]]


@pytest.mark.parametrize("after", ["x", "1.zz", "1.2.3", "a.41"])
def test_a_cursor_that_is_none_is_refused(programme, after):
    with pytest.raises(InputError):
        grid_pages.page(programme, Asked(*YEAR), after=after)


def test_an_organisation_without_a_name_on_the_last_day_bears_the_nearest(programme):
    organisation = make_organisation(programme, name="Tên cũ")
    (row,) = history(OrganisationName, organisation.id)
    row.valid_from, row.valid_to = date(2026, 1, 1), date(2026, 6, 30)
    make_name(organisation, "Tên sau", valid_from=date(2027, 6, 1))

    assert named(programme) == ["Tên cũ"]


def test_the_columns_are_of_the_kind_and_the_content_asked_for(programme):
    training = held(programme, contents=(1,))
    seminar = held(programme, kind="seminar", contents=(1, 3))
    kind = db.session.scalar(select(EventKind.id).where(EventKind.key == "seminar"))
    third = db.session.scalar(
        select(Content.id).where(Content.programme_id == programme.id, Content.number == 3)
    )

    def columns(**asked) -> list[int]:
        return [e.id for e in grid_pages.page(programme, Asked(*YEAR, **asked)).events]

    assert columns() == [training.id, seminar.id]
    assert (columns(event_kind_id=kind), columns(content_id=third)) == ([seminar.id],) * 2


def test_the_marks_are_those_of_the_activities_shown(programme):
    organisation = make_organisation(programme, name="A")
    held(programme, came=[organisation])
    held(programme, kind="seminar")
    kind = db.session.scalar(select(EventKind.id).where(EventKind.key == "seminar"))

    assert named(programme, show=Show.NEVER, event_kind_id=kind) == ["A"]


def test_rows_are_narrowed_by_kind_and_class_on_the_last_day(programme):
    rule = classification.get_rule(programme.women_led_rule)
    make_organisation(programme, name="A")
    make_organisation(programme, name="B", kind=OrganisationKind.COOPERATIVE_GROUP)
    make_organisation(programme, name="C", woman_head=None)
    later = make_organisation(programme, name="D", woman_head=False)
    (post,) = history(Post, later.id)
    post.valid_to = date(2026, 12, 13)
    make_post(make_person(programme), later, valid_from=date(2026, 12, 14))

    def found(**asked) -> list[str]:
        return named(programme, narrowed=Narrowing(**asked).conditions(YEAR[1], rule))

    assert found(women_led=WomenLed.YES) == ["A", "B", "D"]
    assert found(women_led=WomenLed.UNKNOWN) == ["C"]
    assert found(kinds=[OrganisationKind.COOPERATIVE_GROUP]) == ["B"]


def test_a_page_and_the_whole_table_tell_the_same(programme):
    """Merges, matches, voids, a delegate of two, a walk-in: both ways of asking agree."""
    a, b, c = (make_organisation(programme) for _ in range(3))
    event = held(programme, came=[a], invited=[a, b])
    merged, kept = make_person(programme), make_person(programme)
    made.make_merge(kept, merged)
    made.make_representation(event, merged, b)
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, kept, c))
    walk_in = made.make_walk_in(event, a)
    made.make_match(walk_in, kept)
    made.make_entry(session, walk_in)
    nobody = made.make_walk_in(event, b)
    mistake = made.make_entry(session, nobody)
    made.make_entry(session, nobody, Action.VOID, voids=mistake)
    whole = attendance_by_organisation(programme, *YEAR)

    page = grid_pages.page(programme, Asked(*YEAR))

    def told(rows):
        return {r.organisation_id: (r.cells, r.people, r.women, r.last_attended_on) for r in rows}

    assert told(page.rows) == told(whole.rows)
    assert [row.attended for row in sorted(page.rows, key=lambda row: row.organisation_id)] == [
        *(1, 1, 1)
    ]


@pytest.mark.parametrize("show", Show)
@pytest.mark.parametrize("number", [1, 3])
def test_a_page_asks_as_many_questions_for_three_rows_as_for_one(
    programme, count_queries, show, number
):
    organisations = [make_organisation(programme) for _ in range(number)]
    held(programme, came=organisations, invited=organisations)
    held(programme, kind="seminar")

    with count_queries() as asked:
        grid_pages.page(programme, Asked(*YEAR, show=show))

    assert asked.number == (7 if show is Show.ALL else 9)


def test_the_counts_are_the_rows_that_bear_the_mark(programme, three):
    group = make_organisation(programme, kind=OrganisationKind.LINKED_GROUP)
    held(programme, invited=[group])

    counted = grid_pages.count_marks(programme, Asked(*YEAR))

    assert counted == dict.fromkeys(LISTED_KINDS, MarkCounts(0, 0, 0)) | {
        OrganisationKind.COOPERATIVE: MarkCounts(1, 1, 1),
        OrganisationKind.LINKED_GROUP: MarkCounts(0, 1, 0),
    }
    together = sum(counted.values(), MarkCounts(0, 0, 0))
    shown = (Show.CAME, Show.ABSENT, Show.NEVER)
    assert [together.came, together.absent, together.never] == [
        len(named(programme, show=show)) for show in shown
    ]


def test_the_counts_of_the_target_group_are_the_coverage_of_the_report(programme):
    covered = make_organisation(programme)
    make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)
    unknown = make_organisation(programme, woman_head=None)
    gone = make_organisation(programme, status=None)
    make_status(gone, valid_to=date(2026, 11, 1))
    held(programme, came=[covered, unknown, gone])
    rule = classification.get_rule(programme.women_led_rule)
    target = Narrowing(
        kinds=TARGET_KINDS, women_led=WomenLed.YES, standing=Standing.OPERATING
    ).conditions(YEAR[1], rule)

    counted = grid_pages.count_marks(programme, Asked(*YEAR, narrowed=target))

    figure = compute("I7", Scope(programme, *YEAR))
    assert {
        kind.value: {"numerator": counted[kind].came, "denominator": counted[kind].together}
        for kind in TARGET_KINDS
    } == figure.breakdown["kind"]
    assert (figure.numerator, figure.denominator) == (1, 2)


@pytest.mark.case(34)
def test_with_no_women_led_group_the_coverage_of_groups_is_a_dash(officer, programme):
    held(programme, came=[make_organisation(programme)])

    page = officer.get("/attendance/by-organisation/marks?lang=en").text

    rows = re.findall(r'<th scope="row"[^>]*>(.*?)</tr>', page, re.DOTALL)
    told = dict(_texts(row) for row in rows)
    assert told == {
        "Cooperative": ["1", "1", "100.0 %"],
        "Cooperative group": ["0", "0", "—"],
        "Linked group": ["0", "0", "—"],
    }


def _texts(row: str) -> tuple[str, list[str]]:
    """Answer the head of a row and what stands in its cells."""
    head, *cells = (
        re.sub(r"<[^>]*>", "", cell).strip()
        for cell in re.findall(r"<div>(.*?)</div>", row, re.DOTALL)
    )
    return head, cells


def test_the_page_leads_from_each_number_to_its_rows(officer, programme, three):
    came, absent, _never, event = three

    page = officer.get("/attendance/by-organisation?lang=en").text
    counts = officer.get(
        "/attendance/by-organisation/marks?lang=en", headers={"HX-Request": "true"}
    )

    assert f'href="/organisations/{came.id}#event-{event.id}">1</a>' in page
    assert f'href="/organisations/{absent.id}#got">0 of 1</a>' in page
    links = {
        link.replace("&amp;", "&")
        for link in re.findall(r'href="(/attendance/[^"]*)"', counts.text)
    }
    found = {
        link: officer.get(link).text.count('scope="row"') for link in links if "kind" not in link
    }
    assert sorted(found.items()) == [
        ("/attendance/by-organisation?show=absent&lang=en", 1),
        ("/attendance/by-organisation?show=came&lang=en", 1),
        ("/attendance/by-organisation?show=never&lang=en", 1),
    ]


def test_the_commune_is_that_of_today(officer, programme):
    before, now = find_commune(programme, "Gia Điền"), find_commune(programme, "Hùng Lô")
    today = as_of([before.id, now.id], date(2026, 11, 25))
    moved = make_organisation(programme, name="HTX Dời", commune=before)
    make_organisation(programme, name="HTX Ở Lại", commune=before)
    (old,) = history(OrganisationAddress, moved.id)
    old.valid_to = date(2026, 11, 24)
    make_address(moved, now, valid_from=date(2026, 11, 25))

    def rows(unit) -> list[str]:
        asked = {"commune": unit.id, "from": "2026-01-01", "to": "2026-06-30"}
        page = officer.get("/attendance/by-organisation", query_string=asked).text
        return re.findall(r"<bdi>(HTX [^<]*)</bdi>", page)

    # Both communes went whole into others: these are what one chooses by.
    assert (rows(today[now.id]), rows(today[before.id])) == (["HTX Dời"], ["HTX Ở Lại"])


@pytest.mark.parametrize(
    "asked", ["from=2026-02-30", "to=x", "from=2026-02-02&to=2026-02-01", "after=x"]
)
def test_what_makes_no_sense_is_refused_and_a_choice_that_is_none_is_none(
    officer, programme, asked
):
    assert officer.get(f"/attendance/by-organisation?{asked}").status_code == 422
    assert officer.get("/attendance/by-organisation?kind=x&show=y&commune=z").status_code == 200


def test_the_workbook_holds_the_grid_with_upright_headings(officer, programme, three):
    make_organisation(programme, name="=1+1", woman_head=False)

    data = officer.get("/attendance/by-organisation/export.xlsx?lang=en").data

    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(place for place, row in enumerate(rows) if row[0] == "Organisation")
    assert rows[top][2].startswith("Tập huấn quản trị hợp tác xã (6 Oct 2026)")
    assert sheet.cell(top + 1, 3).alignment.textRotation == 90
    assert {row[0]: row[2:] for row in rows[top + 1 :]} == {
        "=1+1": [None, 0, 0, 0, 0],
        "A": [1, 1, 1, 1, 1],
        "B": [0, 1, 0, 0, 0],
        "C": [None, 0, 0, 0, 0],
    }
    assert {c.data_type for (c,) in sheet.iter_rows(max_col=1) if c.value == "=1+1"} == {"s"}


def test_the_csv_holds_what_the_filter_shows_and_runs_no_formula(officer, programme, three):
    make_organisation(programme, name="=1+1")

    data = officer.get("/attendance/by-organisation/export.csv?show=never&lang=en").data

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert sorted(row[0] for row in rows[1:]) == ["'=1+1", "C"]
    assert officer.get("/attendance/by-organisation/export.pdf").status_code == 404


def test_the_page_made_to_be_printed_holds_more_rows(officer, programme):
    for number in range(51):
        make_organisation(programme, name=f"HTX {number:02d}")

    shown, printed = (
        officer.get("/attendance/by-organisation", query_string=asked).text
        for asked in ({}, {"print": "1"})
    )

    assert [page.count('<th scope="row">') for page in (shown, printed)] == [50, 51]
    assert "/static/css/print.css" in printed


def test_never_reached_are_the_operating_ones_nobody_came_for_since_the_day(programme, three):
    came, absent, never, _event = three
    make_organisation(programme, status=OrganisationStatusKind.DISSOLVED)
    make_organisation(programme, kind=OrganisationKind.UNION_BRANCH)

    assert queries.never_reached(programme, date(2026, 10, 6)) == [absent.id, never.id]
    assert queries.never_reached(programme, date(2026, 10, 7)) == [came.id, absent.id, never.id]


def test_the_grid_opens_the_audience_with_the_day_filled_in(officer, programme, three):
    event = made.make_event(programme, sessions=[(date(2026, 12, 24), *made.MORNING)])
    page = officer.get("/attendance/by-organisation?women_led=yes&kind=cooperative").text
    assert f'<option value="{event.id}">' in page

    answer = officer.get(
        f"/attendance/never-reached?event_id={event.id}&since=2026-01-01"
        "&women_led=yes&kind=cooperative"
    )

    form = officer.get(answer.location).text
    assert answer.location.startswith(f"/events/{event.id}/invitations/new?")
    assert re.search(r'name="never_reached_since"[^>]*value="2026-01-01"', form)
    assert re.search(r'<input[^>]*checked[^>]*name="women_led"', form)
    assert re.search(r'<input[^>]*checked[^>]*name="kinds"[^>]*value="cooperative"', form)


def test_the_way_to_an_audience_is_refused_without_a_day_or_an_activity_of_ours(officer, programme):
    event = made.make_event(programme)

    assert officer.get(f"/attendance/never-reached?event_id={event.id}&since=x").status_code == 422
    assert officer.get("/attendance/never-reached?event_id=9&since=2026-01-01").status_code == 404


def test_a_viewer_sees_the_grid_and_no_way_to_invite(client, programme, three):
    viewer = signed_in(client, programme, Role.VIEWER)
    event = made.make_event(programme)

    assert "never-reached" not in viewer.get("/attendance/by-organisation").text
    path = f"/attendance/never-reached?event_id={event.id}&since=2026-01-01"
    assert viewer.get(path).status_code == 403
