"""Targets change by versions; what was reported keeps the version of its time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
import python_calamine
from docx import Document
from sqlalchemy import inspect, select

from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.programme import queries, service, words
from coopevents.programme.models import Target, TargetKind
from coopevents.programme.plans import TargetPlan
from coopevents.reports import files, snapshot, wording
from coopevents.reports import queries as report_queries
from coopevents.reports import service as reports
from coopevents.territory import units

pytestmark = pytest.mark.usefixtures("english")

TEXT = {"vi": "Thành lập mới 25 hợp tác xã", "en": "25 new cooperatives", "ar": "25 تعاونية"}


def planned(programme, **changes) -> TargetPlan:
    """Answer 25 new cooperatives in the province as it is since the merger."""
    values = {
        "indicator": "I12",
        "kind": TargetKind.COUNT,
        "lower_value": Decimal(25),
        "upper_value": None,
        "per_year": False,
        "due_on": date(2030, 12, 31),
        "effective_on": date(2025, 12, 20),
        "territory_id": units.find_province("Phú Thọ", date(2025, 12, 20)).id,
        "document": "Kế hoạch 12/KH (mẫu)",
        "text": TEXT,
    }
    return TargetPlan(**{**values, **changes})


def compiled(programme, label):
    *_before, (report, _done) = reports.compile_at_once(queries.get_period(programme, label))
    return report


def lines_of(report) -> list[str]:
    table = Document(str(files.find(report, "docx"))).tables[1]
    return [row.cells[1].text for row in table.rows]


@pytest.mark.case(27)
def test_a_changed_target_is_a_new_version_and_earlier_reports_keep_theirs(programme):
    before = compiled(programme, "2025")
    kept = [dict(facts) for facts in snapshot.load(before).facts("A1")]
    first = queries.newest_target(programme, "I12")
    columns = [attribute.key for attribute in inspect(Target).column_attrs]
    stood = {name: getattr(first, name) for name in columns}

    second = service.set_target(programme, planned(programme))
    db.session.commit()
    again, after = compiled(programme, "2025"), compiled(programme, "2026")

    # A new version with its effective date and its document; the old one stays as it was.
    assert (second.effective_on, second.document) == (date(2025, 12, 20), "Kế hoạch 12/KH (mẫu)")
    assert queries.versions_of_target(programme, "I12") == [first, second]
    assert {name: getattr(first, name) for name in columns} == stood
    # The report compiled before keeps its figures, and so does one of that period made later.
    assert [dict(facts) for facts in snapshot.load(before).facts("A1")] == kept
    assert [dict(facts) for facts in snapshot.load(again).facts("A1")] == kept
    # Each report says which version its figures are held against.
    old, new = (
        next(line for line in lines_of(report) if "hợp tác xã" in line)
        for report in (before, after)
    )
    assert old == (
        "Thành lập mới 10 hợp tác xã do phụ nữ quản lý, điều hành (áp dụng từ 21/08/2024,"
        " địa bàn Tỉnh Phú Thọ (cũ))"
    )
    assert new == (
        "Thành lập mới 25 hợp tác xã (áp dụng từ 20/12/2025, theo Kế hoạch 12/KH (mẫu),"
        " địa bàn Tỉnh Phú Thọ)"
    )
    sheets = [
        python_calamine.load_workbook(str(files.find(report, "xlsx"))).get_sheet_by_name("Mục tiêu")
        for report in (before, after)
    ]
    rows = [next(row for row in sheet.to_python() if row[0] == "I12") for sheet in sheets]
    assert [[row[2], *row[6:]] for row in rows] == [
        ["10", 1.0, date(2024, 8, 21), "", "Tỉnh Phú Thọ (cũ)"],
        ["25", 2.0, date(2025, 12, 20), "Kế hoạch 12/KH (mẫu)", "Tỉnh Phú Thọ"],
    ]


@pytest.mark.case(27)
def test_the_verdict_of_a_report_is_by_the_version_of_its_time(programme):
    plan = planned(
        programme,
        indicator="I1",
        kind=TargetKind.RANGE,
        lower_value=Decimal(0),
        upper_value=Decimal(1),
        per_year=True,
        text={"vi": "Hằng năm tối đa 1 hoạt động", "en": "One at most", "ar": "واحد"},
    )

    service.set_target(programme, plan)

    notes = []
    for label in ("2025", "2026"):
        shot = snapshot.load(compiled(programme, label))
        line = next(line for line in wording.target_lines(shot) if "hoạt động (" in line.name)
        notes.append((line.target, line.actual, line.note))
    assert notes == [("2–3 (mỗi năm)", "0", "Chưa đạt"), ("0–1 (mỗi năm)", "0", "Đạt")]


def test_a_snapshot_made_before_versions_were_kept_says_since_when(programme):
    facts = {"effective_on": "2024-08-21"}

    assert wording.target_version(facts) == "áp dụng từ 21/08/2024"


@pytest.mark.parametrize("day", [date(2024, 8, 21), date(2024, 1, 1)])
def test_a_version_that_would_begin_in_the_time_of_another_is_refused(programme, day):
    with pytest.raises(InputError) as refusal:
        service.set_target(programme, planned(programme, effective_on=day))

    assert list(refusal.value.fields) == ["effective_on"]
    assert len(queries.versions_of_target(programme, "I12")) == 1


def test_a_changed_target_names_the_document_that_changes_it(programme):
    with pytest.raises(InputError) as refusal:
        service.set_target(programme, planned(programme, document=None))

    assert list(refusal.value.fields) == ["document"]
    assert len(queries.versions_of_target(programme, "I12")) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": TargetKind.RANGE}, "upper_value"),
        ({"upper_value": Decimal(30)}, "upper_value"),
        ({"kind": TargetKind.RANGE, "upper_value": Decimal(3)}, "upper_value"),
        ({"kind": TargetKind.PERCENT, "lower_value": Decimal(101)}, "lower_value"),
        ({"lower_value": Decimal("1.146")}, "lower_value"),
        ({"lower_value": Decimal("NaN")}, "lower_value"),
        ({"lower_value": Decimal(-1)}, "lower_value"),
        ({"due_on": date(2025, 1, 1)}, "due_on"),
        ({"indicator": "doanh thu"}, "indicator"),
    ],
)
def test_a_target_that_cannot_be_is_refused_at_its_field(programme, changes, field):
    with pytest.raises(InputError) as refusal:
        service.set_target(programme, planned(programme, **changes))

    assert list(refusal.value.fields) == [field]
    assert len(queries.list_targets(programme)) == 5


def test_a_typing_mistake_is_corrected_while_no_report_stands_on_it(programme):
    target = service.set_target(programme, planned(programme))

    service.correct_target(target, planned(programme, lower_value=Decimal(26)), [])
    db.session.commit()

    assert target.lower_value == 26
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert acts[-2:] == ["target.set", "target.corrected"]


def test_a_version_that_a_report_stands_on_is_never_corrected(programme):
    compiled(programme, "2026")
    target = queries.newest_target(programme, "I12")
    reported = report_queries.reported_periods(programme)

    with pytest.raises(DomainError, match="2026"):
        service.correct_target(target, planned(programme), reported)

    assert target.lower_value == 10


def test_no_version_is_moved_back_under_a_report(programme):
    compiled(programme, "2026")
    target = service.set_target(programme, planned(programme, effective_on=date(2027, 1, 1)))
    reported = report_queries.reported_periods(programme)

    with pytest.raises(DomainError, match="2026"):
        service.correct_target(target, planned(programme, effective_on=date(2026, 6, 1)), reported)

    assert target.effective_on == date(2027, 1, 1)


def test_a_version_with_a_later_one_is_history(programme):
    first = queries.newest_target(programme, "I12")
    service.set_target(programme, planned(programme))

    with pytest.raises(DomainError):
        service.correct_target(first, planned(programme), [])

    assert first.lower_value == 10


def test_the_settings_show_versions_dates_documents_and_territories(programme):
    service.set_target(programme, planned(programme))

    shown = [
        (words.aim(target), target.effective_on, words.territory_name(target.territory))
        for target in queries.versions_of_target(programme, "I12")
    ]

    assert shown == [
        ("10", date(2024, 8, 21), "Tỉnh Phú Thọ (former)"),
        ("25", date(2025, 12, 20), "Tỉnh Phú Thọ"),
    ]


def test_targets_are_listed_by_as_many_questions_whatever_their_number(programme, count_queries):
    with count_queries() as few:
        [target.territory.name for target in queries.list_targets(programme)]
    for year in (2026, 2027, 2028):
        service.set_target(programme, planned(programme, effective_on=date(year, 1, 1)))
    db.session.expire_all()
    db.session.refresh(programme)
    with count_queries() as many:
        [target.territory.name for target in queries.list_targets(programme)]

    assert few.number == many.number == 1


def test_of_two_who_change_a_target_at_once_the_second_is_refused_in_a_sentence(own_app):
    together = threading.Barrier(2)

    def change(value: int) -> str:
        with own_app.app_context():
            programme = queries.the_programme()
            plan = planned(programme, lower_value=Decimal(value))
            together.wait()
            try:
                service.set_target(programme, plan)
                db.session.commit()
            except InputError as refusal:
                db.session.rollback()
                return next(iter(refusal.fields))
            return "set"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(change, (25, 30)))

    assert answers == ["effective_on", "set"]
    assert len(queries.versions_of_target(queries.the_programme(), "I12")) == 2
