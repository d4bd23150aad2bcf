"""Who is to be called about what came of a fair: 0, 3, 6 and 12 months after it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Unpack

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.classification import HEADING
from coopevents.directory.models import Channel, ContactPoint
from coopevents.events.models import Event
from coopevents.outcomes.trade import counting, due, ledger, tracing
from coopevents.outcomes.trade.counting import Sums
from coopevents.outcomes.trade.due import DueRow
from coopevents.outcomes.trade.models import TradeCall, TradeStand
from coopevents.outcomes.trade.months import MONTHS, months_between
from coopevents.people import queries as reaching
from coopevents.programme.models import Programme


@dataclass(frozen=True)
class DueCall(DueRow):
    """A call that is due, with what was tried before."""

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


def due_calls(programme: Programme, today: date, **page: Unpack[due.Page]) -> list[DueCall]:
    """Answer the calls that are due on the day, those due longest first, with what was tried."""
    rows = due.list_due(programme, today, **page)
    tried = _calls(rows)
    return [_told(row, tried) for row in rows]


Tried = dict[tuple[int, int, int], list[TradeCall]]
"""The calls made, by activity, kept organisation and month, in order."""


def _told(row: DueRow, tried: Tried) -> DueCall:
    earlier = [month for month in MONTHS if month < row.month]
    missed = sum(not tried[row.event_id, row.organisation_id, month] for month in earlier)
    tries = tried[row.event_id, row.organisation_id, row.month]
    return DueCall(**vars(row), missed=missed, tries=tries)


def _calls(rows: list[DueRow]) -> Tried:
    merged = identity.merged_organisations()
    found = db.session.execute(
        select(TradeCall, identity.counts_as(TradeCall.organisation_id, merged))
        .outerjoin(merged, merged.c.id == TradeCall.organisation_id)
        .where(
            TradeCall.event_id.in_({row.event_id for row in rows}),
            TradeCall.organisation_id.in_(
                identity.with_merged({row.organisation_id for row in rows})
            ),
        )
        .order_by(TradeCall.called_at, TradeCall.id)
    )
    tried: Tried = defaultdict(list)
    for call, organisation_id in found:
        tried[call.event_id, organisation_id, call.due_month].append(call)
    return tried


def tell(programme: Programme, asked: list[DueCall], today: date) -> list[CallLine]:
    """Answer the due calls with contacts and last figures, in as many questions however many."""
    owners = {call.organisation_id for call in asked}
    stories = tracing.stories_of(owners, programme.register_id)
    contacts = contacts_of(stories.values(), today)
    events = {
        event.id: event
        for event in db.session.scalars(
            select(Event)
            .where(Event.id.in_({call.event_id for call in asked}))
            .options(joinedload(Event.kind))
        )
    }
    book = ledger.load(programme, organisation_ids=owners)
    counted = counting.counted_deals(book, None, date.min, today)
    told = []
    for call in asked:
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
