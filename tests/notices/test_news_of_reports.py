"""A report that is ready, or that failed, over a database in which a commit is a commit."""

import pytest
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.i18n import force_locale
from coopevents.notices import words
from coopevents.notices.models import About, Notice, NoticeKind
from coopevents.programme.queries import get_period, the_programme
from coopevents.reports import service
from tests.notices.making import make_user
from workers.reports import compile_report


@pytest.fixture
def requested(own_app):
    """The report of a year, asked for by a program."""
    report = service.request_report(get_period(the_programme(), "2026"))
    db.session.commit()
    return report


def _told(user) -> list[tuple[NoticeKind, About, int, int]]:
    db.session.rollback()
    found = db.session.scalars(select(Notice).where(Notice.user_id == user.id)).all()
    return [(one.kind, one.about_kind, one.about_id, one.number) for one in found]


def test_a_report_is_ready_for_whoever_asked_for_it_in_whatever_role(requested):
    leader = make_user(the_programme(), "leader", Role.LEADER)
    officer = make_user(the_programme(), "officer")
    requested.requested_by_id = leader.id
    db.session.commit()

    compile_report.run(requested.id)
    compile_report.run(requested.id)

    assert _told(leader) == [(NoticeKind.REPORT_READY, About.REPORT, requested.id, 1)]
    assert _told(officer) == []


def test_a_report_a_program_asked_for_is_told_to_everybody_who_may_plan(requested):
    users = [make_user(the_programme(), name) for name in ("a", "b")]
    db.session.commit()

    compile_report.run(requested.id)

    expected = [(NoticeKind.REPORT_READY, About.REPORT, requested.id, 1)]
    assert [_told(user) for user in users] == [expected] * 2


def test_a_report_that_fails_is_told_without_its_error(requested, monkeypatch):
    def fail(_report_id: int) -> None:
        raise RuntimeError("Nguyễn Thị Hoa, 0912 000 111")

    officer = make_user(the_programme(), "officer")
    db.session.commit()
    monkeypatch.setattr(service, "compute", fail)

    with pytest.raises(RuntimeError):
        compile_report.run(requested.id)

    assert _told(officer) == [(NoticeKind.REPORT_FAILED, About.REPORT, requested.id, 1)]
    (notice,) = db.session.scalars(select(Notice)).all()
    with force_locale("en"):
        assert words.sentence(notice, 1) == "Report 2026 (1) could not be compiled"
