from datetime import date
from typing import Any, cast

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, SearchField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from coopevents import clock
from coopevents.directory.figures import STARS
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import OcopCertificate, OrganisationKind
from coopevents.editing import sensible
from coopevents.i18n import _, _l, labels
from coopevents.ocop.queries import CertificateState
from coopevents.ocop.service import Ranking
from coopevents.people.forms import NEEDED, RefusableForm

STATE_NAMES = {
    CertificateState.VALID: _l("valid"),
    CertificateState.EXPIRING: _l("expires within 90 days"),
    CertificateState.EXPIRED: _l("expired"),
    CertificateState.WITHDRAWN: _l("withdrawn"),
}

STAR_CHOICES = {str(stars): "★" * stars for stars in STARS}


class CertificateFilter(Form):
    """Which certificates a page shows, as of which day. Read from the address."""

    q = SearchField(_l("Product or organisation"))
    day = DateField(_l("As of which day"), [Optional(), sensible])
    state = SelectField(
        _l("State"), choices=lambda: {"": _("all"), **labels(STATE_NAMES)}, default=""
    )
    stars = SelectField(_l("Stars"), choices=lambda: {"": _("all"), **STAR_CHOICES}, default="")
    women_led = SelectField(
        _l("Led by women"), choices=lambda: {"": _("all"), "yes": _("yes")}, default=""
    )
    kind = SelectField(_l("Kind"), choices=lambda: {"": _("all"), **labels(KIND_NAMES)}, default="")

    @classmethod
    def over(cls, asked: MultiDict[str, str]) -> "CertificateFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        form.validate()
        if form.day.data is None or form.day.errors:
            # What was written in the address is no day; the page shows the one it answers for.
            form.day.process_data(clock.today())
            form.day.raw_data = None
        return form

    def as_of(self) -> date:
        """Answer the day asked for; today without one."""
        return cast("date", self.day.data)

    def certificate_state(self) -> CertificateState | None:
        """Answer the state asked for."""
        return CertificateState(self.state.data) if _chosen(self.state) else None

    def number_of_stars(self) -> int | None:
        """Answer the stars asked for."""
        return int(self.stars.data) if _chosen(self.stars) else None

    def only_women_led(self) -> bool:
        """Whether only what women lead is asked for."""
        return bool(self.women_led.data == "yes")

    def kinds(self) -> frozenset[OrganisationKind] | None:
        """Answer the kind of organisation asked for; None: every kind."""
        return frozenset({OrganisationKind(self.kind.data)}) if _chosen(self.kind) else None

    def address(self) -> dict[str, Any]:
        """Answer what was asked for, as another address of the same question says it."""
        told = {"day": self.as_of().isoformat(), "women_led": self.women_led.data, "q": self.q.data}
        told |= {field.name: field.data for field in (self.state, self.stars, self.kind)}
        return {name: str(value) for name, value in told.items() if value}


def _chosen(field: SelectField) -> bool:
    return bool(field.data and not field.errors)


class CertificateForm(RefusableForm):
    """A certificate as its decision words it."""

    product = StringField(_l("Product"), [NEEDED, Length(max=300)])
    stars = SelectField(
        _l("Stars"),
        [InputRequired(_l("Please choose the stars."))],
        choices=lambda: {"": "—", **STAR_CHOICES},
    )
    decision = StringField(_l("Decision"), [NEEDED, Length(max=200)])
    issued_on = DateField(_l("Issued on"), [NEEDED, sensible])

    def ranking(self) -> Ranking:
        """Answer what was typed."""
        return Ranking(
            product=self.product.data or "",
            stars=int(self.stars.data),
            decision=self.decision.data or "",
            issued_on=cast("date", self.issued_on.data),
        )


class CorrectCertificateForm(CertificateForm):
    """What is put right of a certificate, and why."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])

    @classmethod
    def over(cls, certificate: OcopCertificate) -> "CorrectCertificateForm":
        """Answer the form with what stands there now."""
        return cls(
            product=certificate.product,
            stars=str(certificate.stars),
            decision=certificate.decision,
            issued_on=certificate.issued_on,
        )


class WithdrawalForm(RefusableForm):
    """From which day a certificate is withdrawn, and why."""

    withdrawn_on = DateField(_l("From which day"), [NEEDED, sensible], default=clock.today)
    reason = StringField(_l("Reason or decision"), [NEEDED, Length(max=300)])

    def first_day(self) -> date:
        """Answer the day that was typed."""
        return cast("date", self.withdrawn_on.data)


class TransferForm(RefusableForm):
    """From which day another organisation holds a certificate, by which document."""

    transferred_on = DateField(_l("From which day"), [NEEDED, sensible], default=clock.today)
    document = StringField(_l("Document"), [NEEDED, Length(max=300)])

    def first_day(self) -> date:
        """Answer the day that was typed."""
        return cast("date", self.transferred_on.data)
