"""What trade promotion brought one organisation, told for its dossier."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import Organisation
from coopevents.events.models import Event
from coopevents.i18n import _, _n
from coopevents.outcomes.trade import counting, ledger
from coopevents.outcomes.trade.models import TradeContract, TradeProduct, TradeStand
from coopevents.outcomes.trade.words import BASIS_NAMES, LINE_NAMES, vnd
from coopevents.programme.models import Programme


@dataclass(frozen=True)
class Told:
    """Something that happened on a day."""

    on: date
    text: str
    details: tuple[str, ...]


def tell(programme: Programme, organisation: Organisation, today: date) -> list[Told]:
    """Answer the fairs it took part in, and what its contracts came to by the day."""
    entries = identity.with_merged([organisation.id])
    took_part = select(TradeStand.id).where(TradeStand.organisation_id.in_(entries)).limit(1)
    if db.session.scalar(took_part) is None:
        # Most never come to a fair, and without a stand there is no contract either.
        return []
    return [*_stands(programme, entries, today), *_contracts(programme, entries, today)]


def _stands(programme: Programme, entries: list[int], today: date) -> list[Told]:
    days = {fair.event_id: fair.last_on for fair in counting.held_fairs(programme, date.min, today)}
    rows = db.session.execute(
        select(TradeStand, Event.title)
        .join(Event, Event.id == TradeStand.event_id)
        .where(TradeStand.organisation_id.in_(entries), TradeStand.event_id.in_(days))
        .order_by(TradeStand.id)
    ).all()
    shown: dict[int, list[str]] = {stand.id: [] for stand, _title in rows}
    for product in db.session.scalars(
        select(TradeProduct).where(TradeProduct.stand_id.in_(shown)).order_by(TradeProduct.id)
    ):
        stars = f" {'★' * product.stars}" if product.stars else ""
        shown[product.stand_id].append(product.name + stars)
    return [
        Told(
            on=days[stand.event_id],
            text=_("Had a stand at “%(title)s”", title=title),
            details=(
                _n("%(num)s stand", "%(num)s stands", stand.stands),
                *filter(None, [", ".join(shown[stand.id])]),
            ),
        )
        for stand, title in rows
    ]


def _contracts(programme: Programme, entries: list[int], today: date) -> list[Told]:
    book = ledger.load(programme, organisation_ids=entries)
    deals = counting.counted_deals(book, None, date.min, today)
    own = [
        one for one in deals if any(claim.organisation_id in entries for claim in one.deal.claims)
    ]
    contracts = {
        contract.id: contract
        for contract in db.session.scalars(
            select(TradeContract).where(
                TradeContract.id.in_({claim.id for one in own for claim in one.deal.claims})
            )
        )
    }
    told = []
    for one in own:
        first = contracts[one.deal.claims[0].id]
        about = tuple(text for text in (first.number, first.subject) if text)
        told += [
            Told(
                on=line.fact.effective_on,
                text=_("Trade: %(line)s", line=LINE_NAMES[line.line]),
                details=(*about, vnd(line.value), str(BASIS_NAMES[line.fact.basis])),
            )
            for line in one.lines.values()
        ]
    return told
