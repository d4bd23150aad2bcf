"""A year with something in it, and an office whose commits are real."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask

from coopevents import create_app, embedded
from coopevents.db import db
from coopevents.directory.models import Sex
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme, ReportPeriod
from coopevents.reports import service
from coopevents.reports.models import Report
from tests import event_factories as made
from tests.conftest import TEMPLATE, owner, settings
from tests.factories import find_commune, make_organisation, make_person


def make_year(programme: Programme) -> None:
    """Hold a training of two days and a seminar; three organisations come, one stays away."""
    commune = find_commune(programme)
    names = ("Chè xanh Long Cốc", "Rau sạch Đồng Lương", "Bưởi Đoan Hùng", "Mì gạo Hùng Lô")
    organisations = [
        make_organisation(programme, name=f"Hợp tác xã {name}", commune=commune) for name in names
    ]
    days = [(date(2026, 3, 10), *made.MORNING), (date(2026, 3, 11), *made.MORNING)]
    training = made.make_event(programme, sessions=days, title="Tập huấn quản trị")
    seminar = made.make_event(
        programme, kind="seminar", title="Hội thảo liên kết", contents=(1, 3), is_sample=True
    )
    for event in (training, seminar):
        for organisation in organisations:
            made.make_invitation(event, organisation)
    for organisation, sex in zip(organisations, (Sex.FEMALE, Sex.FEMALE, Sex.MALE), strict=False):
        person = make_person(programme, sex=sex)
        for event in (training, seminar):
            registration = made.make_registration(event, person, organisation)
            for session in made.sessions_of(event):
                made.make_entry(session, registration)
    for event in (training, seminar):
        made.close(event)


@pytest.fixture
def period(programme: Programme) -> ReportPeriod:
    """The report year 2026."""
    return programmes.get_period(programme, "2026")


@pytest.fixture
def report(period: ReportPeriod) -> Report:
    """The compiled report of a year with something in it."""
    make_year(period.programme)
    *_before, (report, _done) = service.compile_at_once(period)
    return report


@pytest.fixture
def office(
    servers: embedded.Servers,
    worker_settings: dict[str, Any],
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Flask]:
    """An application over a database of its own, in which a commit is a commit.

    Its Redis is that of the other tests: Celery and the rate limits know one at a time.
    """
    database = f"office_{worker_id}"
    with owner(servers) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database}")
        connection.execute(f"CREATE DATABASE {database} TEMPLATE {TEMPLATE}")
    folder = tmp_path_factory.mktemp("office")
    redis_url = worker_settings["REDIS_URL"]
    app = create_app({**settings(servers, database), "REDIS_URL": redis_url, "DATA_DIR": folder})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
