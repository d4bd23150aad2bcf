"""Two officers at one moment, in transactions of their own."""

import threading
import uuid
from datetime import date

from sqlalchemy import select

from coopevents.db import db
from coopevents.directory.models import Organisation
from coopevents.outcomes.jobs import service
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.models import CountSource, JobCount
from coopevents.outcomes.jobs.service import StandsAlreadyError, Told
from coopevents.programme.models import Programme
from tests.factories import make_organisation

HALF = HalfYear(2026, 1)


def at_once(app, acts):
    """Let each act run in a thread and a transaction of its own, all at one moment."""
    outcomes, together = [], threading.Barrier(len(acts))

    def run(act):
        with app.app_context():
            together.wait()
            try:
                act()
                db.session.commit()
                outcomes.append("written")
            except StandsAlreadyError:
                db.session.rollback()
                outcomes.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def enter(organisation_id, members, submission):
    programme = db.session.scalars(select(Programme)).one()
    told = Told(members, 0, 0, date(2026, 6, 14), CountSource.VISIT, "Biên bản")
    organisation = db.session.get_one(Organisation, organisation_id)
    service.record(programme, organisation, HALF, told, submission)


def founded():
    programme = db.session.scalars(select(Programme)).one()
    id_ = make_organisation(programme, founded_on=date(2015, 1, 1)).id
    db.session.commit()
    db.session.remove()
    return id_


def test_of_two_who_enter_the_same_half_year_one_is_told(own_app):
    id_ = founded()

    acts = [lambda n=number: enter(id_, n, uuid.uuid4()) for number in (5, 6)]
    outcomes = at_once(own_app, acts)

    assert outcomes == ["told", "written"]
    assert len(db.session.scalars(select(JobCount)).all()) == 1


def test_the_same_form_twice_at_one_moment_is_one_count(own_app):
    id_, submission = founded(), uuid.uuid4()

    outcomes = at_once(own_app, [lambda: enter(id_, 5, submission)] * 2)

    assert outcomes == ["written", "written"]
    assert len(db.session.scalars(select(JobCount)).all()) == 1
