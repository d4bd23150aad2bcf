"""The kinds of activity an office has, kept on its own page."""

import pytest

from coopevents.accounts.models import Role
from coopevents.errors import NotFoundError
from coopevents.events import queries
from coopevents.events.models import EventState
from coopevents.kinds.importer import describe_kinds
from coopevents.programme.models import Programme
from tests.browsing import fill_in, post, signed_in
from tests.event_factories import make_event
from tests.factories import make_other_programme

PATH = "/programme/settings/kinds"
NAMES = {"name_vi": "Hội chợ quê", "name_en": "Village fair", "name_ar": "معرض القرية"}


@pytest.fixture
def staff(client, programme):
    """A browser in which an administrator reads English."""
    signed_in(client, programme, Role.ADMINISTRATOR)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


def test_an_office_begins_with_the_kinds_that_ship(programme):
    kinds = {kind.key: kind for kind in queries.list_kinds(programme.id)}

    assert list(kinds) == [
        *("training", "seminar", "round_table", "conference"),
        *("trade_promotion", "study_visit", "communication"),
    ]
    assert [key for key, kind in kinds.items() if not kind.counts_attendance] == ["communication"]
    assert [key for key, kind in kinds.items() if kind.takes_trade_results] == ["trade_promotion"]
    assert all(kind.checklist and kind.documents for kind in kinds.values())


def test_a_further_kind_is_offered_with_what_it_asks_for(staff, programme):
    fill_in(
        staff,
        f"{PATH}/new",
        **NAMES,
        fields="capacity",
        takes_trade_results="y",
        **{
            "checklist-0-days_before": "10",
            "checklist-0-text_vi": "Dựng rạp",
            "documents-0-text_vi": "Sơ đồ",
            "documents-1-text_vi": "Sơ đồ",
            "questions-0-text_vi": "Mang gì đến?",
            "questions-0-text_en": "What will you bring?",
        },
    )

    kind = queries.get_kind("hoi_cho_que", programme.id)
    assert (kind.counts_attendance, kind.takes_trade_results, kind.fields) == (
        True,
        True,
        ["capacity"],
    )
    assert kind.checklist == [{"days_before": 10, "text": {"vi": "Dựng rạp"}}]
    assert [row["key"] for row in kind.documents] == ["so_do", "so_do_2"]
    assert kind.questions[0]["text"] == {"vi": "Mang gì đến?", "en": "What will you bring?"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name_vi": "tap huan"}, "There is a kind of this name already."),
        ({"questions-0-text_en": "What?"}, "Question 1 needs its text in Vietnamese."),
        ({"checklist-0-text_vi": "Dựng rạp", "checklist-0-days_before": "9999"}, "365"),
        ({"name_ar": ""}, "Please fill this in."),
    ],
)
def test_what_cannot_be_is_told_and_nothing_written(staff, programme, typed, told):
    answer = fill_in(staff, f"{PATH}/new", **{**NAMES, **typed})

    assert answer.status_code == 422
    assert told in answer.text
    assert len(queries.list_all_kinds(programme.id)) == 7


def test_a_question_has_a_type_and_choices_in_the_languages_given(staff, programme):
    fill_in(
        staff,
        f"{PATH}/new",
        **NAMES,
        **{
            "questions-0-text_vi": "Mang gì đến?",
            "questions-0-type": "several_of",
            "questions-0-choices_vi": "Chè\nGạo",
            "questions-0-choices_en": "Tea\nRice",
        },
    )

    (question,) = queries.get_kind("hoi_cho_que", programme.id).questions
    assert question["type"] == "several_of"
    assert question["choices"] == [
        {"key": "che", "text": {"vi": "Chè", "en": "Tea"}},
        {"key": "gao", "text": {"vi": "Gạo", "en": "Rice"}},
    ]


def test_choices_keep_their_keys_while_their_words_stay(staff, programme):
    before = queries.get_kind("trade_promotion", programme.id).questions

    fill_in(staff, f"{PATH}/trade_promotion", **{"questions-2-choices_vi": "Nước\nĐiện\nLửa"})

    needs = queries.get_kind("trade_promotion", programme.id).questions[2]
    assert [one["key"] for one in before[2]["choices"]] == ["power", "fridge", "water"]
    assert [one["key"] for one in needs["choices"]] == ["water", "power", "lua"]


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"choices_vi": "Chè"},
        {"choices_vi": "Chè\nChè"},
        {"choices_vi": "Chè\nGạo", "choices_en": "Tea"},
    ],
    ids=["none", "one", "the same twice", "one language short"],
)
def test_choices_that_cannot_be_are_refused(staff, programme, choices):
    typed = {f"questions-0-{name}": text for name, text in choices.items()}

    answer = fill_in(
        staff,
        f"{PATH}/new",
        **NAMES,
        **{"questions-0-text_vi": "Gì?", "questions-0-type": "one_of", **typed},
    )

    assert answer.status_code == 422
    assert "Question 1" in answer.text


def test_papers_keep_their_keys_when_their_words_change(staff, programme):
    fill_in(staff, f"{PATH}/training", **{"documents-0-text_vi": "Kế hoạch chi tiết"})

    first = queries.get_kind("training", programme.id).documents[0]
    assert (first["key"], first["text"]["vi"]) == ("plan", "Kế hoạch chi tiết")


def test_how_a_kind_counts_stays_once_an_activity_was_published(staff, programme):
    make_event(programme, kind="seminar")

    answer = fill_in(staff, f"{PATH}/seminar", is_training="y")

    assert answer.status_code == 422
    assert "so it counts as it did" in answer.text
    assert queries.get_kind("seminar", programme.id).is_training is False


def test_how_a_kind_counts_may_change_while_there_are_only_drafts(staff, programme):
    make_event(programme, kind="seminar", state=EventState.DRAFT)

    fill_in(staff, f"{PATH}/seminar", is_training="y")

    assert queries.get_kind("seminar", programme.id).is_training is True


def test_a_retired_kind_is_offered_no_more_and_keeps_its_activities(staff, programme):
    event = make_event(programme, kind="seminar", state=EventState.DRAFT)
    page = staff.get(f"{PATH}/").text

    post(staff, page, f"{PATH}/seminar/retire")

    assert "/events/new/seminar" not in staff.get("/events/new").text
    assert staff.get(f"/events/{event.id}/edit").status_code == 200
    post(staff, page, f"{PATH}/seminar/bring-back")
    assert "/events/new/seminar" in staff.get("/events/new").text


def test_an_officer_reads_the_kinds_and_changes_none(client, programme):
    officer = signed_in(client, programme, Role.OFFICER)

    assert officer.get(f"{PATH}/").status_code == 200
    assert officer.get(f"{PATH}/training").status_code == 403


def test_another_programme_has_kinds_of_its_own(staff, programme, second):
    fill_in(staff, f"{PATH}/training", name_vi="Bồi dưỡng", name_en="Course", name_ar="دورة")

    assert describe_kinds(second) == []
    with pytest.raises(NotFoundError):
        queries.get_kind("training", second.id)


@pytest.fixture
def second(programme) -> Programme:
    """Another programme, which has no kinds yet."""
    return make_other_programme(programme)
