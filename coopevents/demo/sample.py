"""Sample data for the demo: the register, people who sign in, activities of 2024 to now.

Everything is made by the services that officers use, at the moments it would have been made, and
always the same: the dice have a fixed seed. Only what is to come is set from today.
"""

import random
from datetime import date

from sqlalchemy import select

from coopevents.access import Actor
from coopevents.accounts import queries as accounts
from coopevents.accounts import service as account_service
from coopevents.accounts.models import User
from coopevents.config import ROOT
from coopevents.db import db
from coopevents.demo import activities, ahead, cases, fairs, founded, jobs, money, reached
from coopevents.demo.accounts import ACCOUNTS, COLLEAGUE, OFFICER, PASSWORD
from coopevents.demo.story import PAST
from coopevents.events.models import Event
from coopevents.intake import service as intake
from coopevents.programme.models import Programme
from coopevents.programme.queries import the_programme

REGISTER = ROOT / "coopevents" / "data" / "register-2024.xlsx"
REGISTER_AS_OF = date(2024, 7, 31)


def fill() -> None:
    """Fill an empty house; one that has users is left as it is."""
    if db.session.scalar(select(User.id).limit(1)) is not None:
        return
    programme = the_programme()
    programme.is_sample = True
    _make_accounts(programme)
    intake.import_register(
        programme.register,
        programme.territory,
        REGISTER.name,
        REGISTER.read_bytes(),
        as_of=REGISTER_AS_OF,
    )
    db.session.commit()
    officer, colleague = _actor(OFFICER), _actor(COLLEAGUE)
    founded.found(programme, officer)
    db.session.commit()
    dice = random.Random(2024)
    events = [activities.relive(programme, officer, past, dice) for past in PAST]
    _tell_what_came_of_them(programme, events, officer, colleague, dice)
    ahead.plan(programme, officer, colleague, dice)
    db.session.commit()


def _tell_what_came_of_them(
    programme: Programme,
    events: list[Event],
    officer: Actor,
    colleague: Actor,
    dice: random.Random,
) -> None:
    of_kind: dict[str, list[Event]] = {}
    for event in events:
        of_kind.setdefault(event.kind.key, []).append(event)
    money.settle(of_kind["training"][-1], officer, dice)
    fairs.tell(of_kind["trade_promotion"], colleague, dice)
    reached.declare(of_kind["communication"][0], officer, dice)
    cases.advise(programme, of_kind["seminar"][-1], officer, dice)
    jobs.count(programme, officer, colleague, dice)


def _actor(email: str) -> Actor:
    user = db.session.scalars(select(User).where(User.email == email)).one()
    return account_service.user_actor(user)


def _make_accounts(programme: Programme) -> None:
    for account in ACCOUNTS:
        user = account_service.create_user(account.email, account.full_name, PASSWORD)
        account_service.add_member(
            user,
            account.role,
            programme_id=programme.id,
            body=accounts.find_body(account.body),
        )
