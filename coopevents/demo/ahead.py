"""What the office of the demo has before it: planned, prepared, promised, postponed."""

import random
from datetime import timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.changes import service as changes
from coopevents.checklists import queries as checklists
from coopevents.checklists import service as checklist
from coopevents.checklists.due import Timing
from coopevents.checklists.service import ItemPlan
from coopevents.db import db
from coopevents.demo import asking, handing, money, papers, persons
from coopevents.demo.activities import answer_all, at, invite, plan_of, promise, submission
from coopevents.demo.story import (
    Past,
    only_promised,
    to_be_moved,
    to_be_prepared,
    to_be_put_off,
    to_come,
)
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.effects import Change, NewTime, Postponement, SessionCancellation
from coopevents.events.models import Event, SessionState
from coopevents.i18n import LOCALES
from coopevents.lifecycle import changing, planning
from coopevents.programme.models import Programme

FORTNIGHT = timedelta(days=14)

DONE = 2
"""So many things of its list are done for the activity to come; the next are overdue."""

INVITED = 4
"""So many things of its list are done once people are invited."""


def plan(programme: Programme, officer: Actor, colleague: Actor, dice: random.Random) -> None:
    """Have one activity to come, one draft, one promise nobody has begun, two that were put off."""
    today = clock.today()
    moved = _invited(programme, officer, to_be_moved(today), dice)
    put_off = _invited(programme, officer, to_be_put_off(today), dice)
    _move(moved, officer, dice)
    _change(put_off, Postponement("Chờ bố trí lại kinh phí"), officer, dice)
    with clock.as_if(at(today - timedelta(days=40), 9)), acting(officer):
        event = planning.plan_event(programme.id, plan_of(programme, to_come(today)))
        event_service.publish(event)
        planning.plan_event(programme.id, plan_of(programme, to_be_prepared(today)))
        promise(programme, only_promised(today), None)
    with acting(officer):
        _prepare(event, officer, colleague)
        money.write(event, money.AHEAD, dice)
        papers.send(event)
        persons.invite(event, dice)
        handing.hand_over(event, dice)
    asking.open_and_ask(event, officer, dice)


def _prepare(event: Event, officer: Actor, colleague: Actor) -> None:
    """Have some of its list done, and the rest be somebody's."""
    for number, item in enumerate(checklists.list_items(event)):
        if number < DONE:
            checklist.mark_done(item)
        else:
            owner = officer if number % 2 else colleague
            timing = Timing(item.anchor, item.offset_days)
            checklist.change_item(event, item, ItemPlan(item.text, timing, owner.id))


def _move(event: Event, officer: Actor, dice: random.Random) -> None:
    """Postpone the activity by a fortnight, and cancel its second session."""
    later = tuple(
        NewTime(session.id, session.held_on + FORTNIGHT, session.starts_at, session.ends_at)
        for session in events.list_sessions(event)
    )
    _change(event, Postponement("Mưa lũ, nhiều xã bị chia cắt", later), officer, dice)
    second = [one for one in events.list_sessions(event) if one.state is SessionState.PLANNED][-1]
    _change(event, SessionCancellation("Gộp nội dung vào buổi đầu", second.id), officer, dice)


def _invited(programme: Programme, officer: Actor, past: Past, dice: random.Random) -> Event:
    with clock.as_if(at(clock.today() - timedelta(days=25), 9)), acting(officer):
        event = planning.plan_event(programme.id, plan_of(programme, past))
        event_service.publish(event)
        invite(event, past)
        for item in checklists.list_items(event)[:INVITED]:
            checklist.mark_done(item)
    db.session.commit()
    answer_all(event, past, dice)
    return event


def _change(event: Event, change: Change, officer: Actor, dice: random.Random) -> None:
    """Carry the change out today: the mails that tell of it can be read in the demo."""
    with acting(officer):
        event_service.lock(event)
        shown = changes.confirmed(event, change, None)
        changing.change_event(event, change, shown, submission(dice), LOCALES[0])
    db.session.commit()
