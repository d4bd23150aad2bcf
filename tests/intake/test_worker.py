"""The worker's part: once however often it rings, whole or not at all, and never by a dead one."""

import os
import signal
import subprocess
import sys
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from coopevents import clock
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.directory.models import Organisation, OrganisationKind, Register
from coopevents.intake import batches, running, service
from coopevents.intake.models import ImportBatch, ImportFile, ImportState
from coopevents.intake.running import ClaimLostError
from coopevents.programme.queries import the_programme
from tests.factories import make_organisation
from tests.intake import sheets
from workers import intake

AS_OF = date(2024, 7, 31)

WRITE = """
import sys, time
from coopevents import create_app
from coopevents.intake.writing import Writer
whole = Writer.write
def slow(writer, plan, note):
    whole(writer, plan, note)
    print("all is written", flush=True)
    time.sleep(60)
Writer.write = slow
app = create_app()
from workers import intake
with app.app_context():
    intake.run_import.run(int(sys.argv[1]))
"""


@pytest.fixture
def ready(own_app):
    """A batch that was looked at, and that somebody asked to have written."""
    programme = the_programme()
    user = accounts.create_user("ready@coop.example", "Nguyễn Thị Sẵn", "correct horse battery")
    accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    batch = _checked("so.xlsx", sheets.row(), sheets.row(name="HTX rau"))
    service.request_writing(batch)
    batch.imported_by_id = user.id
    db.session.commit()
    return batch.id


def _checked(name: str, *entries: dict) -> ImportBatch:
    programme = the_programme()
    batch = service.upload(
        *(programme.register, programme.territory, name, sheets.register(*entries)), as_of=AS_OF
    )
    service.choose_columns(batch, service.open_file(batch), service.mappings_of(batch))
    return batch


def _batch(batch_id: int) -> ImportBatch:
    db.session.rollback()
    return db.session.get_one(ImportBatch, batch_id, populate_existing=True)


def _organisations() -> int:
    return db.session.scalar(select(func.count()).select_from(Organisation)) or 0


def test_ringing_twice_writes_once_in_the_name_of_who_asked(ready):
    intake.run_import.run(ready)
    intake.run_import.run(ready)

    batch = _batch(ready)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.act == "register.imported")
    ).one()
    assert (batch.state, batch.steps_done, batch.claimed_by) == (ImportState.WRITTEN, 100, None)
    assert (_organisations(), entry.actor_label) == (2, "Nguyễn Thị Sẵn")
    assert db.session.scalar(select(ImportFile.id)) is None


def test_the_progress_is_seen_while_the_work_goes_on_and_nothing_else_is(ready, monkeypatch):
    seen = []
    whole = running.batches.write

    def write(batch, found, note):
        def noting(done):
            note(done)
            with db.session.session_factory() as other:
                seen.append(
                    (
                        other.get_one(ImportBatch, ready).steps_done,
                        other.scalar(select(func.count()).select_from(Organisation)),
                    )
                )

        whole(batch, found, noting)

    monkeypatch.setattr(running.batches, "write", write)

    intake.run_import.run(ready)

    assert len(seen) > 5
    assert [done for done, _number in seen] == sorted(done for done, _number in seen)
    assert {number for _done, number in seen} == {0}


def test_a_worker_that_died_is_followed_by_another_once(ready):
    running.claim(ready, "dead")
    db.session.commit()

    intake.sweep_imports.run()
    still_held = _batch(ready).claimed_by
    with time_machine.travel(clock.now() + running.LEASE + timedelta(minutes=1), tick=False):
        intake.sweep_imports.run()
        intake.run_import.run(ready)
    with pytest.raises(ClaimLostError):
        running.run(ready, "dead", lambda _done: None)

    assert still_held == "dead"
    assert (_batch(ready).state, _organisations()) == (ImportState.WRITTEN, 2)


def test_a_worker_killed_in_the_middle_of_writing_has_written_nothing(ready, own_app, monkeypatch):
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.setenv(name, own_app.config[name])
    monkeypatch.setenv("DATA_DIR", str(own_app.config["DATA_DIR"]))
    worker = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(ready)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert any("all is written" in line for line in worker.stdout)

    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()

    held = _batch(ready)
    assert (held.state, _organisations()) == (ImportState.WRITING, 0)
    assert held.steps_done > 0
    with time_machine.travel(clock.now() + running.LEASE + timedelta(minutes=1), tick=False):
        intake.sweep_imports.run()
    intake.run_import.run(ready)
    intake.run_import.run(ready)
    assert (_batch(ready).state, _organisations()) == (ImportState.WRITTEN, 2)


def test_a_worker_that_was_followed_meanwhile_writes_nothing(ready):
    running.claim(ready, "slow")
    db.session.commit()
    with db.session.session_factory() as other:
        other.get_one(ImportBatch, ready).claimed_by = "quick"
        other.commit()

    with pytest.raises(ClaimLostError):
        running.run(ready, "slow", lambda _done: None)

    assert (_batch(ready).state, _organisations()) == (ImportState.WRITING, 0)


def test_a_failure_says_so_and_writes_nothing(ready, monkeypatch):
    def fail(*_arguments):
        raise ValueError("no such thing")

    monkeypatch.setattr(running.batches, "write", fail)

    with pytest.raises(ValueError, match="no such thing"):
        intake.run_import.run(ready)

    batch = _batch(ready)
    assert (batch.state, _organisations()) == (ImportState.CHECKED, 0)
    assert batch.last_error is not None


def test_of_two_that_import_at_once_the_second_looks_again(ready):
    second = _checked("khac.xlsx", sheets.row(), sheets.row(name="HTX rau"), sheets.row(name="HTX"))
    service.request_writing(second)
    db.session.commit()

    intake.run_import.run(ready)
    intake.run_import.run(second.id)

    batch = _batch(second.id)
    assert (batch.state, _organisations()) == (ImportState.CHECKED, 2)
    assert batch.last_error is not None
    assert (batch.summary["new"], batch.summary["same"]) == ({"cooperative": 1}, 2)
    service.request_writing(batch)
    db.session.commit()
    intake.run_import.run(second.id)
    assert (_batch(second.id).state, _organisations()) == (ImportState.WRITTEN, 3)


def test_a_register_that_changed_since_the_look_is_looked_at_again(ready):
    programme = the_programme()
    make_organisation(
        programme, name="HTX rau", commune="Gia Điền", founded_on=date(2015, 3, 9), woman_head=None
    )
    db.session.commit()

    intake.run_import.run(ready)

    batch = _batch(ready)
    assert (batch.state, _organisations()) == (ImportState.CHECKED, 1)
    assert (batch.summary["new"], batch.summary["changed"]) == ({"cooperative": 1}, 1)


def test_a_file_nobody_goes_on_with_is_forgotten_after_a_week(own_app):
    batch = _checked("so.xlsx", sheets.row())
    db.session.commit()

    with time_machine.travel(clock.now() + running.KEPT_FOR - timedelta(hours=1), tick=False):
        intake.sweep_imports.run()
    kept = _batch(batch.id).state
    with time_machine.travel(clock.now() + running.KEPT_FOR + timedelta(hours=1), tick=False):
        intake.sweep_imports.run()

    assert (kept, _batch(batch.id).state) == (ImportState.CHECKED, ImportState.LEFT)
    assert db.session.scalar(select(ImportFile.id)) is None


def test_who_imports_keeps_other_imports_out_and_nobody_else(own_app):
    programme = the_programme()
    batches.lock(programme.register)
    locking = select(Register.id).with_for_update(key_share=True, nowait=True)

    with db.session.session_factory() as other:
        with pytest.raises(OperationalError):
            other.execute(locking)
        other.rollback()
        other.execute(text("SET lock_timeout = '2s'"))
        other.add(
            Organisation(register_id=programme.register_id, kind=OrganisationKind.COOPERATIVE)
        )
        other.commit()

    assert _organisations() == 1
