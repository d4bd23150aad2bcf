from datetime import date
from typing import Any, cast
from uuid import UUID

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    EmailField,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from coopevents import clock
from coopevents.accounts.models import HostBodyName
from coopevents.editing import Once, PartForm, sensible
from coopevents.errors import DomainError, InputError
from coopevents.events.models import Event
from coopevents.i18n import _, _l, day, labels, translated
from coopevents.money import MoneyField
from coopevents.ocop.queries import CertificateLine
from coopevents.outcomes.trade.models import (
    Basis,
    CallOutcome,
    DealKind,
    MatchDecision,
    ResultSource,
    Stage,
    TradeBuyer,
    TradeContract,
    TradeResult,
    TradeStand,
)
from coopevents.outcomes.trade.queries import VALID
from coopevents.outcomes.trade.recording import ContractEntry, Telling
from coopevents.outcomes.trade.service import BuyerEntry
from coopevents.outcomes.trade.words import (
    BASIS_NAMES,
    DEAL_NAMES,
    SOURCE_NAMES,
    STAGE_NAMES,
)
from coopevents.people.forms import NEEDED, RefusableForm


def sending_of(text: str | None) -> UUID:
    """Answer the number of a sending. Raises DomainError for what is none."""
    try:
        return UUID(text or "")
    except ValueError as error:
        message = _("This form is too old. Please open the page again and send it anew.")
        raise DomainError(message, status=400) from error


class StandFields:
    """With how many stands an organisation takes part, and where."""

    stands = IntegerField(
        _l("Number of stands"), [InputRequired(_l("Please give a whole number."))], default=1
    )
    label = StringField(_l("Where, or which"), [Length(max=100)])

    def number(self) -> int:
        """Answer how many stands were typed."""
        return int(self.stands.data or 0)


class NewStandForm(StandFields, RefusableForm):
    """An organisation that takes part."""


class StandForm(StandFields, PartForm):
    """What is changed of a stand."""

    groups = ((_l("Stand"), (("stands", "label"),)),)

    @classmethod
    def over(cls, stand: TradeStand) -> "StandForm":
        """Answer the form over the stand."""
        return cls(stands=stand.stands, label=stand.label)


class ProductForm(RefusableForm):
    """A product that was shown, and its certificate if it has one."""

    name = StringField(_l("Product"), [NEEDED, Length(max=300)])
    certificate_id = SelectField(_l("OCOP certificate"), default="")

    @classmethod
    def over(cls, held: list[CertificateLine]) -> "ProductForm":
        """Answer the form with the certificates that the organisation held on the day."""
        form = cls()
        form.certificate_id.choices = {
            "": _("none"),
            **{str(line.certificate.id): _certificate(line) for line in held},
        }
        return form

    def certificate(self) -> int | None:
        """Answer the certificate that was chosen."""
        return int(self.certificate_id.data) if self.certificate_id.data else None


def _certificate(line: CertificateLine) -> str:
    told = f"{line.certificate.product} · {'★' * line.certificate.stars}"
    if line.state in VALID:
        return told
    return _("%(certificate)s (not valid on that day)", certificate=told)


class BuyerFields:
    """A buyer and how to reach it."""

    name = StringField(_l("Name of the buyer"), [NEEDED, Length(max=200)])
    unit = StringField(_l("Firm, shop or office"), [Length(max=200)])
    phone = TelField(_l("Phone"), [Length(max=40)])
    email = EmailField(_l("E-mail"), [Length(max=200)])


class MeetingForm(RefusableForm):
    """That an organisation met a buyer the programme knows."""

    note = TextAreaField(_l("What they spoke about"), [Length(max=1000)])


class NewBuyerForm(BuyerFields, MeetingForm, Once):
    """A buyer nobody knew yet, and what was spoken about."""

    def entry(self) -> BuyerEntry:
        """Answer what was typed."""
        return _buyer(self)


class BuyerForm(BuyerFields, PartForm):
    """What is changed of a buyer."""

    groups = ((_l("Buyer"), (("name", "unit"), ("phone", "email"))),)

    @classmethod
    def over(cls, buyer: TradeBuyer) -> "BuyerForm":
        """Answer the form over the buyer."""
        return cls(name=buyer.name, unit=buyer.unit, phone=buyer.phone, email=buyer.email)

    def entry(self) -> BuyerEntry:
        """Answer what was typed."""
        return _buyer(self)


def _buyer(form: Form) -> BuyerEntry:
    return BuyerEntry(
        name=form["name"].data or "",
        unit=form["unit"].data or "",
        phone=form["phone"].data or "",
        email=form["email"].data or "",
    )


class ContractFields:
    """What a contract is about."""

    number = StringField(_l("Number of the contract"), [Length(max=100)])
    subject = StringField(_l("What is sold"), [Length(max=300)])
    buyer_id = SelectField(_l("Buyer"), default="")


class ResultFields(Once):
    """What was said, signed or delivered."""

    stage = RadioField(
        _l("How far it has come"),
        [InputRequired(_l("Please choose how far it has come."))],
        choices=lambda: labels(STAGE_NAMES),
    )
    kind = SelectField(
        _l("Kind of paper"), choices=lambda: labels(DEAL_NAMES), default=DealKind.CONTRACT.value
    )
    effective_on = DateField(_l("On which day"), [NEEDED, sensible], default=clock.today)
    value = MoneyField(_l("Value in VND"))
    basis = SelectField(
        _l("How it is known"),
        choices=lambda: labels(BASIS_NAMES),
        default=Basis.SELF_DECLARED.value,
    )
    evidence = StringField(_l("Paper or what was seen"), [Length(max=500)])
    source = SelectField(
        _l("Where it was told"),
        choices=lambda: labels(SOURCE_NAMES),
        default=ResultSource.HALL.value,
    )

    def telling(self) -> Telling:
        """Answer what was typed."""
        return Telling(
            stage=Stage(self.stage.data),
            kind=DealKind(self.kind.data),
            effective_on=cast("date", self.effective_on.data),
            value=self.value.data,
            basis=Basis(self.basis.data),
            source=ResultSource(self.source.data),
            evidence=self.evidence.data or "",
        )


class ResultForm(ResultFields, RefusableForm):
    """A result of a contract that is known."""


class NewContractForm(ContractFields, ResultFields, RefusableForm):
    """A result of a contract nobody knew yet, and what the contract is about."""

    def choose_among(self, buyers: list[TradeBuyer]) -> "NewContractForm":
        """Answer the form with these buyers to choose from."""
        self.buyer_id.choices = _buyers(buyers)
        return self

    def about(self, buyers: list[TradeBuyer]) -> ContractEntry:
        """Answer what the contract is about."""
        return _contract(self, buyers)


class ContractForm(ContractFields, PartForm):
    """What is put right of a contract."""

    groups = ((_l("Contract"), (("number", "buyer_id"), ("subject",))),)

    @classmethod
    def over(cls, contract: TradeContract, buyers: list[TradeBuyer]) -> "ContractForm":
        """Answer the form over the contract, with these buyers to choose from."""
        form = cls(
            number=contract.number,
            subject=contract.subject,
            buyer_id=str(contract.buyer_id or ""),
        )
        form.buyer_id.choices = _buyers(buyers)
        return form

    def about(self, buyers: list[TradeBuyer]) -> ContractEntry:
        """Answer what the contract is about."""
        return _contract(self, buyers)


def _buyers(buyers: list[TradeBuyer]) -> dict[str, str]:
    told = {str(one.id): " · ".join(filter(None, (one.name, one.unit))) for one in buyers}
    return {"": _("not told"), **told}


def _contract(form: Form, buyers: list[TradeBuyer]) -> ContractEntry:
    chosen = form["buyer_id"].data
    return ContractEntry(
        number=form["number"].data or "",
        subject=form["subject"].data or "",
        buyer=next((one for one in buyers if str(one.id) == chosen), None),
    )


class CorrectResultForm(ResultFields, RefusableForm):
    """What is put right of a result, and why."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])

    @classmethod
    def over(cls, result: TradeResult) -> "CorrectResultForm":
        """Answer the form with what stands there now."""
        return cls(
            stage=result.stage.value,
            kind=result.kind.value,
            effective_on=result.effective_on,
            value=result.value,
            basis=result.basis.value,
            evidence=result.evidence,
            source=result.source.value,
        )


class TakeBackForm(Once, RefusableForm):
    """Why a result counts for nothing."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])


class DecisionForm(FlaskForm):
    """Whether two contracts are one."""

    decision = SelectField(choices={one.value: one.value for one in MatchDecision})
    reason = StringField(_l("Why"), [Length(max=300)])

    def decided(self) -> MatchDecision:
        """Answer what was decided. Raises InputError for nothing, or for too long a reason."""
        if not self.validate():
            raise InputError(_("Say whether they are one contract, in a few words."))
        return MatchDecision(self.decision.data)


class CallForm(Once, FlaskForm):
    """What became of a call."""

    outcome = SelectField(choices={one.value: one.value for one in CallOutcome})
    call_again_on = DateField(_l("Call again on"), [Optional(), sensible])
    note = StringField(_l("Note"), [Length(max=500)])

    def became(self) -> CallOutcome:
        """Answer what became of the call. Raises InputError for what is no answer."""
        if not self.validate():
            wrong = {name: " ".join(map(str, said)) for name, said in self.errors.items() if name}
            raise InputError(_("Say what became of the call, and a day if one was named."), wrong)
        return CallOutcome(self.outcome.data)


class CallFilter(Form):
    """Which calls the list shows. Read from the address."""

    event = SelectField(_l("Activity"), default="")
    body = SelectField(_l("Host body"), default="")

    @classmethod
    def over(
        cls,
        asked: MultiDict[str, str],
        fairs: list[tuple[Event, date]],
        bodies: dict[int, HostBodyName],
    ) -> "CallFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        form.event.choices = {
            "": _("all"),
            **{str(event.id): f"{event.title} · {day(last_on)}" for event, last_on in fairs},
        }
        form.body.choices = {
            "": _("all"),
            **{str(id_): translated(body.name) for id_, body in bodies.items()},
        }
        form.validate()
        return form

    def event_id(self) -> int | None:
        """Answer the activity asked for."""
        return _chosen(self.event)

    def body_id(self) -> int | None:
        """Answer the host body asked for."""
        return _chosen(self.body)

    def address(self) -> dict[str, Any]:
        """Answer what was asked for, as another address of the same question says it."""
        asked = {"event": self.event_id(), "body": self.body_id()}
        return {name: value for name, value in asked.items() if value}


def _chosen(field: SelectField) -> int | None:
    return int(field.data) if field.data and not field.errors else None
