"""What stages, kinds, bases and outcomes are called."""

from enum import StrEnum
from typing import Any

from coopevents.i18n import _, _l, number
from coopevents.outcomes.trade.counting import Line
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    MatchDecision,
    ResultSource,
    Stage,
)

STAGE_NAMES = {
    Stage.EXPECTED: _l("expected"),
    Stage.SIGNED: _l("signed"),
    Stage.DELIVERED: _l("delivered"),
}
STAGE_TONES = {Stage.EXPECTED: "wait", Stage.SIGNED: "busy", Stage.DELIVERED: "good"}
DEAL_NAMES = {
    DealKind.MEMORANDUM: _l("memorandum"),
    DealKind.CONTRACT: _l("contract"),
    DealKind.ORDER: _l("order"),
}
BASIS_NAMES = {
    Basis.SELF_DECLARED: _l("self-declared"),
    Basis.VERIFIED: _l("verified"),
}
SOURCE_NAMES = {
    ResultSource.HALL: _l("told in the hall"),
    ResultSource.CALL: _l("told by phone"),
}
LINE_NAMES = {
    Line.EXPECTED: _l("Expected"),
    Line.MEMORANDUM: _l("Memoranda"),
    Line.SIGNED: _l("Signed"),
    Line.DELIVERED: _l("Delivered"),
}
OUTCOME_NAMES = {
    CallOutcome.NOTHING_NEW: _l("nothing new"),
    CallOutcome.NOT_REACHED: _l("not reached"),
    CallOutcome.CALL_AGAIN: _l("asks for a call on another day"),
    CallOutcome.HAS_RESULTS: _l("told results"),
}
DECISION_NAMES = {
    MatchDecision.SAME: _l("one contract"),
    MatchDecision.DIFFERENT: _l("two contracts"),
    MatchDecision.UNDONE: _l("decision taken back"),
}


NAMES: dict[type[StrEnum], dict[Any, Any]] = {
    Stage: STAGE_NAMES,
    DealKind: DEAL_NAMES,
    Basis: BASIS_NAMES,
    ResultSource: SOURCE_NAMES,
    CallOutcome: OUTCOME_NAMES,
    MatchDecision: DECISION_NAMES,
    Line: LINE_NAMES,
}


def name_of(told: StrEnum) -> str:
    """Answer what a state of this room is called in the language spoken now."""
    return str(NAMES[type(told)][told])


def vnd(value: int | None) -> str:
    """Answer an amount in đồng; one nobody told is no zero."""
    if value is None:
        return _("value not told")
    return _("%(amount)s VND", amount=number(value))
