"""Two taps at one moment, over a database in which commits stay."""

import threading
import uuid
from datetime import date

import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.outcomes.trade import recording
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    ResultSource,
    Stage,
    TradeCall,
    TradeResult,
    TradeStand,
)
from coopevents.outcomes.trade.recording import ContractEntry, Telling
from coopevents.programme.models import Programme
from tests.factories import make_organisation
from tests.outcomes.trade import making

TOLD = Telling(
    Stage.SIGNED,
    DealKind.CONTRACT,
    date(2026, 4, 1),
    5_000_000,
    Basis.SELF_DECLARED,
    ResultSource.CALL,
)


def _at_once(app, acts) -> list[Exception]:
    """Do the acts at one moment, each in a transaction of its own; answer what went wrong."""
    ready, wrong = threading.Barrier(len(acts)), []

    def run(act) -> None:
        with app.app_context():
            ready.wait()
            try:
                act()
                db.session.commit()
            except Exception as error:  # noqa: BLE001
                wrong.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_two_taps_at_one_moment_are_one_call_and_one_result(own_app):
    with time_machine.travel("2026-06-10T03:00:00Z", tick=True):
        programme = db.session.scalars(select(Programme)).one()
        stand = making.make_stand(making.make_fair(programme), make_organisation(programme))
        stand_id, tap, form = stand.id, uuid.uuid4(), uuid.uuid4()
        db.session.commit()

        def call() -> None:
            recording.note_call(
                db.session.get_one(TradeStand, stand_id), 3, CallOutcome.NOT_REACHED, tap
            )

        def tell() -> None:
            recording.record_result(
                db.session.get_one(TradeStand, stand_id), ContractEntry("7/HĐ"), TOLD, form
            )

        wrong = _at_once(own_app, [call, call, call, tell, tell, tell])

        assert wrong == []
        assert len(db.session.scalars(select(TradeCall)).all()) == 1
        assert len(db.session.scalars(select(TradeResult)).all()) == 1
