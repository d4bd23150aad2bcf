"""Deciding which contracts are one: what two activities claim is counted once.

Both stay as they were entered. Decisions are appended; the last one about a pair holds.
"""

from sqlalchemy import select

from coopevents import access, names
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.outcomes.trade import tracing
from coopevents.outcomes.trade.models import MatchDecision, TradeContract, TradeContractMatch
from coopevents.outcomes.trade.service import tell, user_id


def decide(
    one: TradeContract, other: TradeContract, decision: MatchDecision, reason: str = ""
) -> TradeContractMatch | None:
    """Decide whether two contracts are one, or take the decision back. The last one holds.

    Deciding again what holds already changes nothing. Raises DomainError for contracts that
    cannot be one.
    """
    first, second = sorted((one, other), key=lambda contract: contract.id)
    _hold_both(first, second)
    before = _decision(first, second)
    if before is decision or (before is None and decision is MatchDecision.UNDONE):
        return None
    row = TradeContractMatch(
        first_id=first.id,
        second_id=second.id,
        decision=decision,
        reason=names.clean(reason),
        decided_by_id=user_id(),
        by_label=access.actor().label,
    )
    db.session.add(row)
    db.session.flush()
    changes = {
        "contracts": (None, f"{first.id}, {second.id}"),
        "decision": (before, decision),
        "reason": (None, row.reason),
    }
    tell("trade.contracts_compared", "trade_contract_match", row.id, None, changes)
    return row


def _hold_both(first: TradeContract, second: TradeContract) -> None:
    if first.id == second.id or first.programme_id != second.programme_id:
        raise DomainError(_("There is no such contract."), status=404)
    db.session.execute(
        select(TradeContract.id)
        .where(TradeContract.id.in_((first.id, second.id)))
        .order_by(TradeContract.id)
        .with_for_update()
    )
    owners = {first.organisation_id, second.organisation_id}
    stories = tracing.stories_of(owners, first.organisation.register_id)
    if len(set(stories.values())) > 1:
        raise DomainError(_("These contracts are of two organisations: they are not one."))


def _decision(first: TradeContract, second: TradeContract) -> MatchDecision | None:
    last = db.session.scalar(
        select(TradeContractMatch.decision)
        .where(TradeContractMatch.first_id == first.id, TradeContractMatch.second_id == second.id)
        .order_by(TradeContractMatch.id.desc())
        .limit(1)
    )
    return None if last is MatchDecision.UNDONE else last
