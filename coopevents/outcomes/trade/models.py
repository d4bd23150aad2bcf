from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coopevents import clock
from coopevents.db import Base
from coopevents.directory.models import OcopCertificate, Organisation
from coopevents.events.models import Event


class Stage(StrEnum):
    """How far a contract has come. Each is a fact of its own: none takes another's place."""

    EXPECTED = "expected"
    SIGNED = "signed"
    DELIVERED = "delivered"


class DealKind(StrEnum):
    MEMORANDUM = "memorandum"
    CONTRACT = "contract"
    ORDER = "order"


class Basis(StrEnum):
    """Whether a value is what somebody said, or what an officer saw on paper."""

    SELF_DECLARED = "self_declared"
    VERIFIED = "verified"


class ResultSource(StrEnum):
    HALL = "hall"
    CALL = "call"


class MatchDecision(StrEnum):
    SAME = "same"
    DIFFERENT = "different"
    UNDONE = "undone"
    """Neither: whatever was decided before is taken back, and the question stands open again."""


class CallOutcome(StrEnum):
    NOTHING_NEW = "nothing_new"
    NOT_REACHED = "not_reached"
    CALL_AGAIN = "call_again"
    HAS_RESULTS = "has_results"


class TradeStand(Base):
    """An organisation takes part in a trade promotion, with so many stands."""

    __tablename__ = "trade_stands"
    __table_args__ = (
        UniqueConstraint("event_id", "organisation_id"),
        CheckConstraint("stands >= 1", name="stands"),
    )

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    stands: Mapped[int]
    label: Mapped[str] = mapped_column(default="")
    """Where it stands: "A12, A13"."""
    version: Mapped[int] = mapped_column(default=1)
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    event: Mapped[Event] = relationship()
    organisation: Mapped[Organisation] = relationship()


class TradeProduct(Base):
    """A product shown at a stand. `stars` are those of its certificate, valid on that day.

    A certificate that was not valid then is named without stars: it was told, and counts as none.
    """

    __tablename__ = "trade_products"
    __table_args__ = (
        UniqueConstraint("stand_id", "name_fold"),
        CheckConstraint("stars BETWEEN 3 AND 5", name="stars"),
        CheckConstraint("stars IS NULL OR certificate_id IS NOT NULL", name="stars_of_certificate"),
    )

    stand_id: Mapped[int] = mapped_column(ForeignKey("trade_stands.id"))
    name: Mapped[str]
    name_fold: Mapped[str]
    certificate_id: Mapped[int | None] = mapped_column(
        ForeignKey("ocop_certificates.id"), index=True
    )
    stars: Mapped[int | None]
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    stand: Mapped[TradeStand] = relationship()
    certificate: Mapped[OcopCertificate | None] = relationship()


class TradeBuyer(Base):
    """Somebody who buys, or the firm she buys for, as met at any activity of the programme."""

    __tablename__ = "trade_buyers"
    __table_args__ = (Index("ix_trade_buyers_search", "programme_id", "search_fold"),)

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    """The firm, shop or office she buys for."""
    search_fold: Mapped[str]
    """Name and firm, folded: how a buyer is looked for, and recognised when entered twice."""
    phone: Mapped[str | None]
    email: Mapped[str | None]
    submission: Mapped[UUID] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class TradeMeeting(Base):
    """An organisation met a buyer at an activity."""

    __tablename__ = "trade_meetings"
    __table_args__ = (UniqueConstraint("event_id", "organisation_id", "buyer_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[int] = mapped_column(ForeignKey("trade_buyers.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    event: Mapped[Event] = relationship()
    buyer: Mapped[TradeBuyer] = relationship()


class TradeContract(Base):
    """What a chain of results is about: a sale an organisation hopes for, agreed or carried out."""

    __tablename__ = "trade_contracts"
    __table_args__ = (
        UniqueConstraint("id", "organisation_id"),
        Index("ix_trade_contracts_number", "programme_id", "number_fold"),
    )

    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("trade_buyers.id"), index=True)
    number: Mapped[str] = mapped_column(default="")
    number_fold: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    organisation: Mapped[Organisation] = relationship()
    buyer: Mapped[TradeBuyer | None] = relationship()


class TradeResult(Base):
    """What was said, signed or delivered of a contract, on a day, as an activity claims it.

    A correction is a row that points at the old one; one that takes back leaves nothing standing.
    `value` is in VND; None is "not told", which is not zero.
    """

    __tablename__ = "trade_results"
    __table_args__ = (
        UniqueConstraint("id", "contract_id"),
        UniqueConstraint("corrects_id"),
        ForeignKeyConstraint(
            ["contract_id", "organisation_id"],
            ["trade_contracts.id", "trade_contracts.organisation_id"],
            name="fk_trade_results_contract",
        ),
        ForeignKeyConstraint(
            ["corrects_id", "contract_id"],
            ["trade_results.id", "trade_results.contract_id"],
            name="fk_trade_results_corrects",
        ),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint(
            "NOT (stage = 'delivered' AND kind = 'memorandum')", name="memorandum_delivers_nothing"
        ),
        CheckConstraint("NOT takes_back OR corrects_id IS NOT NULL", name="takes_something_back"),
        CheckConstraint("corrects_id IS NULL OR reason <> ''", name="reason_given"),
        Index("ix_trade_results_contract", "contract_id", "effective_on"),
    )
    append_only = True

    contract_id: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger)
    effective_on: Mapped[date]
    """The day it was said, signed or delivered, however late that was recorded."""
    recorded_at: Mapped[datetime] = mapped_column(default=clock.now)
    stage: Mapped[Stage]
    kind: Mapped[DealKind]
    value: Mapped[int | None] = mapped_column(BigInteger)
    basis: Mapped[Basis]
    evidence: Mapped[str] = mapped_column(default="")
    """The number of the paper, or what was seen."""
    source: Mapped[ResultSource]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]
    submission: Mapped[UUID] = mapped_column(unique=True)
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)
    takes_back: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")

    contract: Mapped[TradeContract] = relationship(
        primaryjoin="TradeResult.contract_id == TradeContract.id", foreign_keys=contract_id
    )
    event: Mapped[Event] = relationship()


class TradeContractMatch(Base):
    """Somebody decided whether two contracts are one. The last decision about a pair holds."""

    __tablename__ = "trade_contract_matches"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="order"),
        Index("ix_trade_contract_matches_pair", "first_id", "second_id"),
    )
    append_only = True

    first_id: Mapped[int] = mapped_column(ForeignKey("trade_contracts.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("trade_contracts.id"), index=True)
    decision: Mapped[MatchDecision]
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]


class TradeCall(Base):
    """An organisation was called about what came of an activity, so many months after it."""

    __tablename__ = "trade_calls"
    __table_args__ = (
        CheckConstraint("due_month IN (0, 3, 6, 12)", name="due_month"),
        CheckConstraint(
            "(outcome = 'call_again') = (call_again_on IS NOT NULL)", name="call_again_on_given"
        ),
        Index("ix_trade_calls_event", "event_id", "organisation_id", "due_month"),
    )
    append_only = True

    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    due_month: Mapped[int]
    called_at: Mapped[datetime] = mapped_column(default=clock.now)
    outcome: Mapped[CallOutcome]
    call_again_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_label: Mapped[str]
    submission: Mapped[UUID] = mapped_column(unique=True)
