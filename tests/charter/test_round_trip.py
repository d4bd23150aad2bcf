"""Out of one house, into an empty one, and out again: the same text."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from coopevents.charter import document, importer
from coopevents.db import db
from coopevents.lifecycle import founding
from coopevents.programme import bodies, queries, service
from coopevents.programme.models import Programme, TargetKind
from coopevents.programme.plans import ActivityPlan
from coopevents.workdays import queries as workdays
from coopevents.workdays import service as calendar
from tests.programme.test_bodies import planned as planned_name
from tests.programme.test_targets import planned as planned_target

NAME = {"vi": "Nghỉ hoán đổi", "en": "Swapped", "ar": "يوم مبدّل"}


def dump(programme) -> str:
    return document.as_text(founding.describe_programme(programme))


def fill(programme) -> None:
    """Have something stand in every part of the programme."""
    service.set_target(programme, planned_target(programme, effective_on=date(2026, 3, 1)))
    service.set_target(
        programme,
        planned_target(
            programme,
            indicator="I11",
            kind=TargetKind.PERCENT,
            lower_value=Decimal("66.5"),
            effective_on=date(2024, 9, 1),
        ),
    )
    union = queries.list_bodies(programme)[0].body
    bodies.rename(programme, union, planned_name(), date(2026, 7, 1))
    bodies.rank_bodies(programme, [row.body_id for row in queries.list_bodies(programme)][::-1])
    for title, host, month in (("Tập huấn: “Luật”", union.id, 3), ("Hội chợ # 1", None, None)):
        plan = ActivityPlan(2027, month, "training", title, host, "Việt Trì", 60)
        service.promise(programme, plan)
    calendar.swap(date(2025, 5, 2), date(2025, 4, 26), NAME, "Thông báo (mẫu)")


def test_a_programme_comes_out_of_an_empty_house_as_it_went_in(own_app, emptied, tmp_path):
    programme = queries.the_programme()
    fill(programme)
    db.session.commit()
    first = dump(programme)
    path = tmp_path / "programme.yaml"
    path.write_text(first, encoding="utf-8")

    emptied()
    loaded = founding.found(path)
    db.session.commit()

    assert dump(loaded) == first
    assert first.count("effective_on:") == 7
    assert first.count("valid_from:") == 1


def test_another_province_stands_in_a_house_of_its_own(own_app, emptied, nghe_an):
    emptied()

    programme = founding.found(nghe_an)
    db.session.commit()

    said = dump(programme)
    assert db.session.scalar(select(func.count()).select_from(Programme)) == 1
    assert "Phú Thọ" not in said
    assert programme.territory.name == "Tỉnh Nghệ An"
    assert [row.body.key for row in queries.list_bodies(programme)] == ["nghe_an_union"]
    assert workdays.is_working_day(date(2026, 2, 14)) is True
    assert workdays.is_working_day(date(2026, 2, 17)) is False
    assert importer.read(said.encode(), "x.yaml")["key"] == "nghe-an-mau"


def test_a_second_programme_leaves_the_first_as_it_is(programme, nghe_an):
    before = dump(programme)

    second = founding.found(nghe_an)

    said = document.describe(programme)
    assert second.id != programme.id
    assert [day["day"] for day in said["calendar_days"]] == [date(2026, 2, 17)]
    assert before == document.as_text(
        {**founding.describe_programme(programme), "calendar_days": []}
    )


def test_loading_what_stands_changes_nothing(programme, text):
    said = importer.read(text.encode(), "x.yaml")

    comparison = founding.update_programme(programme, said, "x.yaml")

    assert (comparison.changes, comparison.refused, comparison.kept) == ([], {}, [])
    assert dump(programme) == text


def test_the_file_that_ships_says_what_stands(programme):
    comparison = founding.compare_programme(programme, importer.read_file(importer.DEFAULT_FILE))

    assert (comparison.changes, comparison.refused, comparison.kept) == ([], {}, [])
