"""What came of it: results of contracts, and the calls that ask for them.

The ledger is append-only: a correction or a take-back is a row that points at the old one.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from coopevents import access, clock, names
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventState
from coopevents.i18n import _, day
from coopevents.outcomes.trade import calls, due, months, queries, tracing
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    ResultSource,
    Stage,
    TradeBuyer,
    TradeCall,
    TradeContract,
    TradeResult,
    TradeStand,
)
from coopevents.outcomes.trade.papers import fold_number
from coopevents.outcomes.trade.service import filled, lock, new, tell, user_id

Row = TypeVar("Row", TradeResult, TradeCall)

LATEST_CALL = timedelta(days=366)
"""So far ahead somebody may ask to be called again."""


@dataclass(frozen=True)
class ContractEntry:
    """What a contract is about, as it is typed."""

    number: str = ""
    subject: str = ""
    buyer: TradeBuyer | None = None


@dataclass(frozen=True)
class Telling:
    """What was said, signed or delivered. `value` None: not told."""

    stage: Stage
    kind: DealKind
    effective_on: date
    value: int | None
    basis: Basis
    source: ResultSource
    evidence: str = ""


def record_result(
    stand: TradeStand,
    about: TradeContract | ContractEntry,
    telling: Telling,
    submission: UUID,
    *,
    month: int | None = None,
) -> TradeResult:
    """Write a result of a contract, or of a new one; sent twice it is one.

    With `month` it was told in the call due so many months after the activity, which is noted too.
    """
    event = stand.event
    lock(event)
    known = _sent(submission, event)
    if known is not None:
        return known
    told = _columns(event, telling)
    contract = _own(stand, about) if isinstance(about, TradeContract) else _new(stand, about)
    result = _append(contract, event, told, submission)
    tell("trade.result_recorded", "trade_result", result.id, event, new(told))
    if month is not None:
        _note_that_it_has_results(stand, month, submission)
    return result


def correct_result(
    result: TradeResult, telling: Telling, reason: str, submission: UUID
) -> TradeResult:
    """Let a new row stand in the place of one that was wrong, for a reason."""
    reason = filled(reason, "reason")
    lock(result.event)
    known = _sent(submission, result.event)
    if known is not None:
        return known
    _require_standing(result)
    told = _columns(result.event, telling)
    row = _append(
        result.contract, result.event, told, submission, corrects_id=result.id, reason=reason
    )
    changes = {name: (getattr(result, name), value) for name, value in told.items()}
    tell("trade.result_corrected", "trade_result", row.id, result.event, changes)
    return row


def take_back_result(result: TradeResult, reason: str, submission: UUID) -> TradeResult:
    """Let a result written by mistake count for nothing; both rows stay to be read."""
    reason = filled(reason, "reason")
    lock(result.event)
    known = _sent(submission, result.event)
    if known is not None:
        return known
    _require_standing(result)
    names_ = ("stage", "kind", "effective_on", "value", "basis", "source", "evidence")
    told = {name: getattr(result, name) for name in names_}
    row = _append(
        result.contract,
        result.event,
        told,
        submission,
        corrects_id=result.id,
        takes_back=True,
        reason=reason,
    )
    changes = {"result_id": (result.id, None), "reason": (None, reason)}
    tell("trade.result_taken_back", "trade_result", row.id, result.event, changes)
    return row


def correct_contract(contract: TradeContract, entry: ContractEntry) -> None:
    """Put right what a contract is about; the audit keeps what stood there before."""
    told = _contract_columns(entry, contract.programme_id)
    changes = {
        name: (getattr(contract, name), value)
        for name, value in told.items()
        if getattr(contract, name) != value
    }
    if not changes:
        return
    for name, value in told.items():
        setattr(contract, name, value)
    db.session.flush()
    tell("trade.contract_corrected", "trade_contract", contract.id, None, changes)


def note_call(
    stand: TradeStand,
    month: int,
    outcome: CallOutcome,
    submission: UUID,
    *,
    call_again_on: date | None = None,
    note: str = "",
) -> TradeCall:
    """Write what became of a call; sent twice it is one.

    What was told in it is a result, and notes the call by itself. Raises DomainError for a call
    that is not due, or was settled already.
    """
    lock(stand.event)
    known = db.session.scalar(select(TradeCall).where(TradeCall.submission == submission))
    if known is not None:
        return _of_activity(known, stand.event_id)
    if outcome is CallOutcome.HAS_RESULTS:
        raise InputError.at("outcome", _("Write down what was told: that notes the call too."))
    _require_due(stand, month)
    if _settled(stand, month):
        raise DomainError(_("Somebody has noted this call already."))
    if outcome is CallOutcome.CALL_AGAIN:
        _check_next_day(call_again_on)
    else:
        call_again_on = None
    return _note(stand, month, outcome, submission, call_again_on, names.clean(note))


def _check_next_day(on: date | None) -> None:
    if on is None:
        raise InputError.at("call_again_on", _("Say on which day to call again."))
    if not clock.today() < on <= clock.today() + LATEST_CALL:
        raise InputError.at("call_again_on", _("Give a day after today, within a year."))


def _note_that_it_has_results(stand: TradeStand, month: int, submission: UUID) -> None:
    _require_due(stand, month)
    # A second contract told in the same call notes it no second time.
    if not _settled(stand, month):
        _note(stand, month, CallOutcome.HAS_RESULTS, submission, None, "")


def _note(
    stand: TradeStand,
    month: int,
    outcome: CallOutcome,
    submission: UUID,
    call_again_on: date | None,
    note: str,
) -> TradeCall:
    call = TradeCall(
        event_id=stand.event_id,
        organisation_id=stand.organisation_id,
        due_month=month,
        outcome=outcome,
        call_again_on=call_again_on,
        note=note,
        submission=submission,
        called_at=clock.now(),
        recorded_by_id=user_id(),
        by_label=access.actor().label,
    )
    db.session.add(call)
    db.session.flush()
    told = {"due_month": month, "outcome": outcome, "call_again_on": call_again_on, "note": note}
    tell("trade.called", "trade_call", call.id, stand.event, new(told))
    return call


def _require_due(stand: TradeStand, month: int) -> None:
    last_on = events.last_held_on(events.list_sessions(stand.event))
    if (
        month not in months.MONTHS
        or stand.event.state is not EventState.CLOSED
        or last_on is None
        or months.add_months(last_on, month) > clock.today()
    ):
        raise DomainError(_("No such call is due."))


def _settled(stand: TradeStand, month: int) -> bool:
    made = calls.calls_about(stand, month)
    return any(call.outcome in due.SETTLED for call in made)


def _sent(submission: UUID, event: Event) -> TradeResult | None:
    known = db.session.scalar(select(TradeResult).where(TradeResult.submission == submission))
    return None if known is None else _of_activity(known, event.id)


def _of_activity(row: Row, event_id: int) -> Row:
    """Answer what was written by this sending. Raises DomainError where it is of another activity.

    No page sends the number of another's form.
    """
    if row.event_id != event_id:
        message = _("This form is too old. Please open the page again and send it anew.")
        raise DomainError(message, status=400)
    return row


def _columns(event: Event, telling: Telling) -> dict[str, Any]:
    told = {**asdict(telling), "evidence": names.clean(telling.evidence)}
    begins, on = queries.first_day_of(event), telling.effective_on
    if begins is None or begins > on:
        raise InputError.at(
            "effective_on",
            _("The activity began on %(day)s: nothing came of it before.", day=day(begins))
            if begins
            else _("No session of the activity stands yet: nothing came of it."),
        )
    if on > clock.today():
        raise InputError.at("effective_on", _("%(day)s lies in the future.", day=day(on)))
    if telling.stage is Stage.DELIVERED and telling.kind is DealKind.MEMORANDUM:
        raise InputError.at("kind", _("A memorandum is signed; nothing is delivered on it."))
    if telling.value is not None and telling.value < 0:
        raise InputError.at("value", _("A value is never below zero."))
    if telling.basis is Basis.VERIFIED and not told["evidence"]:
        raise InputError.at(
            "evidence", _("Say what was seen: the number of the paper, the receipt.")
        )
    return told


def _own(stand: TradeStand, contract: TradeContract) -> TradeContract:
    owners = {stand.organisation_id, contract.organisation_id}
    stories = tracing.stories_of(owners, stand.event.programme.register_id)
    if (
        contract.programme_id != stand.event.programme_id
        or stories[stand.organisation_id] != stories[contract.organisation_id]
    ):
        raise DomainError(_("There is no such contract."), status=404)
    return contract


def _new(stand: TradeStand, entry: ContractEntry) -> TradeContract:
    told = _contract_columns(entry, stand.event.programme_id)
    _require_new_number(stand, told["number_fold"])
    contract = TradeContract(
        programme_id=stand.event.programme_id,
        organisation_id=stand.organisation_id,
        created_by_id=user_id(),
        **told,
    )
    db.session.add(contract)
    db.session.flush()
    tell("trade.contract_entered", "trade_contract", contract.id, stand.event, new(told))
    return contract


def _require_new_number(stand: TradeStand, number_fold: str) -> None:
    """Refuse a number that this activity knows of the organisation: it is that very contract."""
    same = (
        select(TradeContract.id)
        .join(TradeResult, TradeResult.contract_id == TradeContract.id)
        .where(
            TradeResult.event_id == stand.event_id,
            TradeContract.organisation_id == stand.organisation_id,
            TradeContract.number_fold == number_fold,
            TradeContract.number_fold != "",
        )
    )
    if db.session.scalar(same.limit(1)) is not None:
        raise InputError.at(
            "number", _("A contract of this number stands here already: add to that one.")
        )


def _contract_columns(entry: ContractEntry, programme_id: int) -> dict[str, Any]:
    number, subject = names.clean(entry.number), names.clean(entry.subject)
    if entry.buyer is not None and entry.buyer.programme_id != programme_id:
        raise DomainError(_("There is no such buyer."), status=404)
    if not number and not subject and entry.buyer is None:
        raise InputError.at(
            "subject", _("Give a number, a buyer, or what is sold: without it nobody knows it.")
        )
    return {
        "number": number,
        "number_fold": fold_number(number),
        "subject": subject,
        "buyer_id": entry.buyer.id if entry.buyer else None,
    }


def _append(
    contract: TradeContract, event: Event, told: dict[str, Any], submission: UUID, **more: Any
) -> TradeResult:
    row = TradeResult(
        contract=contract,
        event=event,
        organisation_id=contract.organisation_id,
        submission=submission,
        recorded_at=clock.now(),
        recorded_by_id=user_id(),
        by_label=access.actor().label,
        **told,
        **more,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _require_standing(result: TradeResult) -> None:
    if result.takes_back or queries.correction_of(result) is not None:
        raise DomainError(_("Somebody has corrected this row already. Please look again."))
