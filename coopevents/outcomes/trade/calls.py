"""Who is to be called about what came of a fair: 0, 3, 6 and 12 months after it."""

import calendar
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.classification import HEADING
from coopevents.directory.models import Channel, ContactPoint, OrganisationStatusKind
from coopevents.events.models import Event, EventHost
from coopevents.outcomes.trade import counting, ledger, tracing
from coopevents.outcomes.trade.counting import Sums
from coopevents.outcomes.trade.models import CallOutcome, TradeCall, TradeStand
from coopevents.people import queries as reaching
from coopevents.programme.models import Programme

MONTHS = (0, 3, 6, 12)
"""So many months after the last held session an organisation is called."""

SETTLED = frozenset({CallOutcome.NOTHING_NEW, CallOutcome.HAS_RESULTS})
"""What ends the call of a month; who was not reached, or asks for another day, stays due."""


@dataclass(frozen=True)
class DueCall:
    """An organisation to be called about an activity, for the last month that has come."""

    stand_id: int
    event_id: int
    organisation_id: int
    month: int
    due_on: date
    missed: int
    """How many earlier months passed with nobody told of."""
    tries: list[TradeCall]
    """What was tried for this month, the last one at the end."""

    def months_overdue(self, today: date) -> int:
        """Answer how many whole months ago it was due."""
        return months_between(self.due_on, today)


@dataclass(frozen=True)
class Contact:
    """Whom to call, by which numbers."""

    name: str
    person: str | None
    phones: list[str]


@dataclass(frozen=True)
class CallLine:
    """A due call with all that is needed to make it."""

    call: DueCall
    event: Event
    contact: Contact
    sums: Sums
    contract_id: int | None
    """The contract it is about, where there is only one."""
    undecided: int


def add_months(day: date, months: int) -> date:
    """Answer the same day so many months later, or the last day of a month that has no such."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def months_between(earlier: date, later: date) -> int:
    """Answer how many whole months lie between, by the same rule; never fewer than none."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return max(months if add_months(earlier, months) <= later else months - 1, 0)


def due_calls(
    programme: Programme,
    today: date,
    *,
    event_id: int | None = None,
    body_id: int | None = None,
) -> list[DueCall]:
    """Answer the calls that are due on the day, those due longest first.

    One is due for each organisation and activity: a later month takes the place of an earlier one
    that nobody called for. Who has ended and became nothing else is called no more.
    """
    days = {fair.event_id: fair.last_on for fair in counting.held_fairs(programme, date.min, today)}
    if event_id is not None:
        days = {id_: day for id_, day in days.items() if id_ == event_id}
    if body_id is not None:
        hosted = db.session.scalars(select(EventHost.event_id).where(EventHost.body_id == body_id))
        days = {id_: days[id_] for id_ in hosted if id_ in days}
    stands = _stands(days)
    tried = _calls(days)
    gone = _gone({organisation_id for _event, organisation_id in stands}, programme, today)
    asked = (
        _due(stand_id, fair_id, organisation_id, days[fair_id], today, tried)
        for (fair_id, organisation_id), stand_id in stands.items()
        if organisation_id not in gone
    )
    due = [call for call in asked if call is not None]
    return sorted(due, key=lambda call: (call.due_on, call.event_id, call.organisation_id))


Tried = dict[tuple[int, int, int], list[TradeCall]]
"""The calls made, by activity, kept organisation and month, in order."""


def _due(
    stand_id: int,
    event_id: int,
    organisation_id: int,
    last_on: date,
    today: date,
    tried: Tried,
) -> DueCall | None:
    come = [month for month in MONTHS if add_months(last_on, month) <= today]
    month = come[-1]
    tries = tried[event_id, organisation_id, month]
    if any(call.outcome in SETTLED for call in tries):
        return None
    if tries and tries[-1].call_again_on is not None and tries[-1].call_again_on > today:
        return None
    missed = sum(not tried[event_id, organisation_id, earlier] for earlier in come[:-1])
    due_on = add_months(last_on, month)
    return DueCall(stand_id, event_id, organisation_id, month, due_on, missed, tries)


def _stands(event_ids: Collection[int]) -> dict[tuple[int, int], int]:
    merged = identity.merged_organisations()
    rows = db.session.execute(
        select(
            TradeStand.event_id,
            identity.counts_as(TradeStand.organisation_id, merged),
            TradeStand.id,
        )
        .outerjoin(merged, merged.c.id == TradeStand.organisation_id)
        .where(TradeStand.event_id.in_(event_ids))
        .order_by(TradeStand.id.desc())
    )
    return {(event_id, organisation_id): id_ for event_id, organisation_id, id_ in rows}


def _calls(event_ids: Collection[int]) -> Tried:
    merged = identity.merged_organisations()
    rows = db.session.execute(
        select(TradeCall, identity.counts_as(TradeCall.organisation_id, merged))
        .outerjoin(merged, merged.c.id == TradeCall.organisation_id)
        .where(TradeCall.event_id.in_(event_ids))
        .order_by(TradeCall.called_at, TradeCall.id)
    )
    tried: Tried = defaultdict(list)
    for call, organisation_id in rows:
        tried[call.event_id, organisation_id, call.due_month].append(call)
    return tried


def _gone(organisation_ids: Collection[int], programme: Programme, today: date) -> set[int]:
    """Answer which of them have ended; one that converted goes on as what it became."""
    now = tracing.stories_of(organisation_ids, programme.register_id)
    states = directory.status_on(set(now.values()), today)
    ended = OrganisationStatusKind.DISSOLVED
    return {id_ for id_, story_id in now.items() if states.get(story_id) is ended}


def tell(programme: Programme, due: list[DueCall], today: date) -> list[CallLine]:
    """Answer the due calls with contacts and last figures, in as many questions however many."""
    owners = {call.organisation_id for call in due}
    stories = tracing.stories_of(owners, programme.register_id)
    contacts = contacts_of(stories.values(), today)
    events = {
        event.id: event
        for event in db.session.scalars(
            select(Event)
            .where(Event.id.in_({call.event_id for call in due}))
            .options(joinedload(Event.kind))
        )
    }
    book = ledger.load(programme)
    counted = counting.counted_deals(book, None, date.min, today)
    told = []
    for call in due:
        story = stories[call.organisation_id]
        own = [
            one
            for one in counted
            if one.event_id == call.event_id and one.deal.claims[0].story_id == story
        ]
        ids = {claim.id for one in own for claim in one.deal.claims}
        told.append(
            CallLine(
                call,
                events[call.event_id],
                contacts[story],
                Sums.of(own),
                contract_id=own[0].deal.claims[0].id if len(own) == 1 else None,
                undecided=len(book.undecided_among(ids)),
            )
        )
    return told


def contacts_of(organisation_ids: Iterable[int], today: date) -> dict[int, Contact]:
    """Answer whom to call in each organisation: its own numbers, then those of who heads it."""
    ids = set(organisation_ids)
    called, own = directory.name_on(ids, today), directory.contact_points(ids)
    posts = directory.posts_on(ids, today)
    heads = {
        id_: min(held, key=lambda post: post.kind not in HEADING).person
        for id_, held in posts.items()
    }
    people = {id_: person.duplicate_of or person for id_, person in heads.items()}
    theirs: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in reaching.contact_points_of({person.id for person in people.values()}):
        theirs[point.person_id or 0].append(point)
    found = {}
    for id_ in ids:
        person = people.get(id_)
        points = [*own.get(id_, []), *(theirs[person.id] if person else [])]
        found[id_] = Contact(
            name=called.get(id_, ""),
            person=person.full_name if person else None,
            phones=list(dict.fromkeys(point.value for point in points if _is_called(point))),
        )
    return found


def _is_called(point: ContactPoint) -> bool:
    return point.channel in {Channel.PHONE, Channel.ZALO} and point.is_usable


def calls_about(stand: TradeStand, month: int) -> list[TradeCall]:
    """Answer the calls made to the organisation about the activity for that month, in order."""
    kept = identity.kept_ids([stand.organisation_id])[stand.organisation_id]
    return list(
        db.session.scalars(
            select(TradeCall)
            .where(
                TradeCall.event_id == stand.event_id,
                TradeCall.organisation_id.in_(identity.with_merged([kept])),
                TradeCall.due_month == month,
            )
            .order_by(TradeCall.called_at, TradeCall.id)
        )
    )
