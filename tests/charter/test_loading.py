"""Loading a changed file: additions and new versions come in, history is never rewritten."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.charter import document, importer
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.i18n import force_locale
from coopevents.lifecycle import founding
from coopevents.programme import queries
from coopevents.programme.models import ProgrammeLoad
from coopevents.reports import service as reports
from coopevents.workdays import queries as workdays

TEXT = {"vi": "Mẫu", "en": "Sample", "ar": "عينة"}
VERSION = {
    "indicator": "I12",
    "kind": "count",
    "lower": 25,
    "due_on": date(2030, 12, 31),
    "effective_on": date(2026, 3, 1),
    "document": "Kế hoạch 12/KH (mẫu)",
    "text": TEXT,
}


@pytest.fixture(autouse=True)
def today():
    """Some day in the year 2026."""
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


def told(comparison) -> list[tuple[str, str | None, str]]:
    return [(change.path, change.was, change.becomes) for change in comparison.changes]


def compare(programme, data):
    return founding.compare_programme(programme, importer.read(data, "x.yaml"))


def update(programme, data):
    return founding.update_programme(programme, importer.read(data, "x.yaml"), "x.yaml")


def test_what_would_change_is_shown_old_and_new_before_it_is_written(programme, text, changed):
    def act(said):
        said["name"]["vi"] = "Chương trình phối hợp"
        said["women_led_rule"] = "WOMEN_IN_MANAGEMENT"
        said["report_periods"][-1]["to"] = date(2030, 12, 31)
        said["contents"].append(TEXT)

    comparison = compare(programme, changed(act))

    name = programme.name["vi"]
    assert told(comparison) == [
        ("name.vi", name, "Chương trình phối hợp"),
        ("women_led_rule", "WOMEN_HEADED", "WOMEN_IN_MANAGEMENT"),
        ("contents[4]", None, "Mẫu"),
        ("report_periods[7].to", "2030-12-14", "2030-12-31"),
    ]
    assert comparison.refused == {}
    assert document.as_text(founding.describe_programme(programme)) == text


def test_additions_and_new_versions_come_in(programme, changed):
    def act(said):
        said["targets"].insert(0, VERSION)
        said["bodies"][0]["names"].append(
            {**said["bodies"][0]["names"][0], "valid_from": date(2026, 7, 1), "place": "Việt Trì"}
        )
        said["contents"][0]["en"] = "Corrected"
        said["baselines"].append(
            {"key": "new", "value": 3, "as_of": date(2024, 8, 21), "text": TEXT}
        )
        said["report_periods"].append(
            {"kind": "year", "label": "2031", "from": date(2030, 12, 15), "to": date(2031, 12, 14)}
        )
        said["year_plan"].append({"year": 2026, "kind": "training", "title": "Tập huấn"})
        said["event_kinds"].append({"key": "fair", "name": TEXT})
        said["calendar_days"].append({"day": date(2026, 9, 2), "kind": "holiday", "name": TEXT})

    data = changed(act)

    update(programme, data)

    assert [t.lower_value for t in queries.versions_of_target(programme, "I12")] == [10, 25]
    union = queries.list_bodies(programme)[0]
    new, old = queries.list_names(programme)[union.body_id]
    assert (new.place, new.valid_from, old.valid_to) == (
        "Việt Trì",
        date(2026, 7, 1),
        date(2026, 6, 30),
    )
    assert queries.list_contents(programme.id)[0].text["en"] == "Corrected"
    assert queries.get_period(programme, "2031").to_on == date(2031, 12, 14)
    assert [row.title for row in queries.list_year_plan(programme, 2026)] == ["Tập huấn"]
    assert workdays.is_working_day(date(2026, 9, 2)) is False
    assert compare(programme, data).changes == []
    loads = db.session.scalars(select(ProgrammeLoad).order_by(ProgrammeLoad.id)).all()
    assert [load.file_name for load in loads] == ["phu-tho-2024-2030.yaml", "x.yaml"]


@pytest.mark.parametrize(
    ("act", "path"),
    [
        (lambda said: said["targets"][2].update(lower=700), "targets[2].lower"),
        (lambda said: said["targets"][2]["text"].update(vi="Khác"), "targets[2].text.vi"),
        (lambda said: said["targets"][2].update(document="Khác"), "targets[2].document"),
        (
            lambda said: said["targets"].append({**VERSION, "effective_on": date(2024, 1, 1)}),
            "targets[5].effective_on",
        ),
        (lambda said: said["targets"].append(said["targets"][0]), "targets[5]"),
        (
            lambda said: said["targets"].append({**VERSION, "document": None}),
            "targets[5].document",
        ),
        (
            lambda said: said["bodies"][0]["names"][0].update(abbreviation="HPN"),
            "bodies[0].names[0].abbreviation",
        ),
        (lambda said: said["bodies"][1].update(rank=1), "bodies"),
        (lambda said: said["register"].update(key="other"), "register.key"),
        (
            lambda said: said["event_kinds"][0].update(is_training=False),
            "event_kinds[0].is_training",
        ),
        (
            lambda said: said["report_periods"][3].update(to=date(2026, 12, 1)),
            "report_periods[4].from",
        ),
    ],
)
def test_what_would_rewrite_history_is_refused_by_path(programme, text, changed, act, path):
    data = changed(act)

    with pytest.raises(InputError) as refusal:
        update(programme, data)

    assert list(refusal.value.fields) == [path]
    assert document.as_text(founding.describe_programme(programme)) == text


def test_a_period_with_a_report_is_refused_with_its_path(programme, changed):
    for _report in reports.compile_at_once(queries.get_period(programme, "2025")):
        pass

    def act(said):
        said["report_periods"][2]["to"] = date(2025, 12, 31)
        said["report_periods"][3]["from"] = date(2026, 1, 1)

    with force_locale("en"):
        refused = compare(programme, changed(act)).refused

    assert refused == {
        "report_periods[2].to": "A report of 2025 was compiled over its days, so they stay."
    }


def test_a_seam_between_periods_without_reports_is_moved_in_one_load(programme, changed):
    def act(said):
        said["report_periods"][4]["to"] = date(2027, 11, 30)
        said["report_periods"][5]["from"] = date(2027, 12, 1)

    update(programme, changed(act))

    assert queries.get_period(programme, "2027").to_on == date(2027, 11, 30)
    assert queries.get_period(programme, "2028").from_on == date(2027, 12, 1)


def test_a_name_that_begins_in_the_future_can_still_be_changed(programme, changed):
    def add(place):
        def act(said):
            first = said["bodies"][0]["names"][0]
            said["bodies"][0]["names"].append(
                {**first, "valid_from": date(2026, 7, 1), "place": place}
            )

        return changed(act)

    update(programme, add("Việt Trì"))
    update(programme, add("Hoà Bình"))

    union = queries.list_bodies(programme)[0]
    assert [row.place for row in queries.list_names(programme)[union.body_id]] == [
        "Hoà Bình",
        "Phú Thọ",
    ]


def test_a_name_cannot_be_put_before_those_that_stand(programme, text, changed):
    def add(day):
        def act(said):
            first = said["bodies"][0]["names"][0]
            said["bodies"][0]["names"] = [{**first, "valid_from": day}]

        return changed(act)

    update(programme, add(date(2026, 3, 1)))
    comparison = compare(programme, add(date(2025, 3, 1)))

    assert list(comparison.refused) == ["bodies[0].names[0].valid_from"]


def test_what_the_file_does_not_say_stays_and_is_told(programme, changed):
    def act(said):
        del said["targets"][1:]
        del said["contents"][3]
        del said["report_periods"][-1]

    comparison = update(programme, changed(act))

    assert comparison.changes == []
    assert [entry.partition(":")[0] for entry in comparison.kept] == [
        "contents",
        *["targets"] * 4,
        "report_periods",
    ]
    assert len(queries.list_targets(programme)) == 5
