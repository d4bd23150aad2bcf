"""What officers fill in to change the register: one small form an act."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from coopevents import clock
from coopevents.directory.checks import REGISTRATION, TAX
from coopevents.directory.classification import RULES
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.lineage import People
from coopevents.directory.models import Channel, DatePrecision, OrganisationStatusKind
from coopevents.directory.service import Founding, Heads
from coopevents.directory.words import RULE_NAMES, SCHEME_NAMES, STATUS_NAMES
from coopevents.editing import NEEDED
from coopevents.errors import DomainError, InputError
from coopevents.i18n import _, _l, labels

LARGEST = 1_000_000
SPARE_BODIES = 4
"""Rows for the organisations that a division makes; those left empty are none."""

CORRECTING = _l(
    "A correction puts right what was typed wrong. The wrong value is no longer answered for any"
    " day; it stays in the audit with your name and the reason. For what changed on a day, go back"
    " and write the change."
)


def _statuses() -> dict[str, str]:
    """Answer the states it is set to; that it is dissolved comes by an act of its own."""
    named = labels(STATUS_NAMES)
    return {name: label for name, label in named.items() if name != "dissolved"}


def _schemes() -> dict[str, str]:
    return {scheme: str(name) for scheme, name in SCHEME_NAMES.items()}


def _rules() -> dict[str, str]:
    return {name: str(RULE_NAMES[name]) for name in RULES}


class EditForm(FlaskForm):
    """A form that remembers what the register said when it was opened."""

    seen = HiddenField()

    def refuse(self, error: DomainError) -> str | None:
        """Put each refusal beside its field; answer the sentence when none has a place."""
        placed = [name for name in error.fields if name in self._fields]
        for name in placed:
            self[name].errors = [*self[name].errors, str(error.fields[name])]
        return None if placed else str(error.message)


class SinceForm(EditForm):
    """A change from a day on."""

    since = DateField(_l("From this day on"), [NEEDED], default=clock.today)
    source = StringField(_l("Document or source"), [Length(max=300)])


class NameFields(Form):
    name = StringField(_l("Name"), [NEEDED, Length(max=300)])


class SeatFields(Form):
    commune = StringField(
        _l("Commune"),
        [NEEDED, Length(max=200)],
        render_kw={"list": "communes", "autocomplete": "off"},
        description=_l(
            "Type part of the name and choose. Names of before July 2025 are understood."
        ),
    )
    line = StringField(_l("Village, street, house"), [Length(max=300)])


class StatusFields(Form):
    status = SelectField(_l("State"), choices=_statuses, coerce=OrganisationStatusKind)


class SectorFields(Form):
    sector = StringField(_l("Sector"), [NEEDED, Length(max=200)], render_kw={"list": "sectors"})


class CodeFields(Form):
    code = StringField(_l("Number"), [NEEDED, Length(max=40)])


class HeadFields(Form):
    as_of = DateField(_l("As of"), [NEEDED], default=clock.today)
    members = IntegerField(_l("Members"), [Optional(), NumberRange(0, LARGEST)])
    women_members = IntegerField(_l("Women members"), [Optional(), NumberRange(0, LARGEST)])
    workers = IntegerField(_l("Workers"), [Optional(), NumberRange(0, LARGEST)])
    women_workers = IntegerField(_l("Women workers"), [Optional(), NumberRange(0, LARGEST)])

    def heads(self) -> Heads:
        """Answer the numbers typed; an empty field is "not told"."""
        return Heads(
            self.members.data,
            self.women_members.data,
            self.workers.data,
            self.women_workers.data,
        )


class SupportFields(Form):
    body_id = SelectField(_l("Who supported the founding"), coerce=int)
    supported_on = DateField(
        _l("On which day"),
        [Optional()],
        description=_l("Only a support of a day not after the founding counts towards the target."),
    )


class OverrideFields(Form):
    women_led = RadioField(
        _l("It is"),
        [NEEDED],
        choices=lambda: {"yes": _("led by women"), "no": _("not led by women")},
    )
    decision_reason = TextAreaField(_l("Reason"), [NEEDED, Length(max=1000)])


class NameForm(SinceForm, NameFields):
    """What it is called from a day on."""


class SeatForm(SinceForm, SeatFields):
    """Where its seat is from a day on."""


class StatusForm(SinceForm, StatusFields):
    """Whether it operates from a day on."""


class SectorForm(SinceForm, SectorFields):
    """Which trade it is in from a day on."""


class CodeForm(SinceForm, CodeFields):
    """By which number an authority knows it from a day on."""

    scheme = SelectField(_l("Kind of number"), choices=_schemes)


class HeadsForm(EditForm, HeadFields):
    """How many members and workers it had on a day."""

    source = StringField(_l("Document or source"), [Length(max=300)])


class SupportForm(EditForm, SupportFields):
    """Who helped to found it."""

    source = StringField(_l("Document or source"), [Length(max=300)])


class OverrideForm(EditForm, OverrideFields):
    """A decision about its class, with a reason, for some days."""

    rule = SelectField(_l("By the rule"), choices=_rules)
    since = DateField(_l("From"), [NEEDED], default=clock.today)
    until = DateField(_l("Until"), [Optional()])


class OverrideEndForm(EditForm):
    """The last day of a decision."""

    last_on = DateField(_l("Last day"), [NEEDED], default=clock.today)


class CorrectionForm(EditForm):
    """What should have been typed, and why it is put right."""

    reason = StringField(
        _l("Why it is corrected"), [NEEDED, Length(max=300)], render_kw={"autocomplete": "off"}
    )


class DatedCorrectionForm(CorrectionForm):
    """The same for what begins on a day."""

    since = DateField(_l("Holds from"), [Optional()])


class NameCorrection(DatedCorrectionForm, NameFields):
    pass


class SeatCorrection(DatedCorrectionForm, SeatFields):
    pass


class StatusCorrection(DatedCorrectionForm, StatusFields):
    pass


class SectorCorrection(DatedCorrectionForm, SectorFields):
    pass


class CodeCorrection(DatedCorrectionForm, CodeFields):
    pass


class OverrideCorrection(DatedCorrectionForm, OverrideFields):
    pass


class HeadsCorrection(CorrectionForm, HeadFields):
    pass


class SupportCorrection(CorrectionForm, SupportFields):
    pass


class FoundingFields(Form):
    founded_on = DateField(_l("Founded on"), [Optional()])
    founded_year = IntegerField(
        _l("or in the year"),
        [Optional(), NumberRange(1900, 2100)],
        description=_l("When only the year is known. Leave both empty when nobody knows."),
    )

    def founding(self) -> Founding | None:
        """Answer the day or the year typed. Raises InputError for both, unless they agree."""
        on, year = self.founded_on.data, self.founded_year.data
        if on and year and on.year != year:
            wrong = _("Give the day or the year of founding: they do not agree.")
            raise InputError(wrong, {"founded_year": wrong})
        if on:
            return Founding(on)
        if not year:
            return None
        return Founding(clock.today().replace(year=year, month=1, day=1), DatePrecision.YEAR)


class FoundingCorrection(CorrectionForm, FoundingFields):
    pass


class NewOrganisationForm(EditForm, NameFields, SeatFields, FoundingFields):
    """An organisation that is not in the register yet."""

    kind = SelectField(_l("Kind"), choices=lambda: labels(KIND_NAMES))
    sector = StringField(_l("Sector"), [Length(max=200)], render_kw={"list": "sectors"})
    registration = StringField(_l("Registration number"), [Length(max=40)])
    tax = StringField(_l("Tax code"), [Length(max=40)])
    phone = TelField(_l("Phone"), [Length(max=40)])
    email = EmailField(_l("E-mail"), [Length(max=200)])
    body_id = SelectField(_l("Who supported the founding"), coerce=int)
    supported_on = DateField(_l("Supported on"), [Optional()])
    source = StringField(_l("Document or source"), [Length(max=300)])
    all_the_same = BooleanField(_l("It is another organisation of the same name"))

    def codes(self) -> dict[str, str]:
        """Answer the codes typed, by scheme."""
        typed = {REGISTRATION: self.registration.data, TAX: self.tax.data}
        return {scheme: code for scheme, code in typed.items() if code and code.strip()}

    def contacts(self) -> list[tuple[Channel, str]]:
        """Answer the ways to reach it that were typed, the first to be tried first."""
        typed = ((Channel.EMAIL, self.email.data), (Channel.PHONE, self.phone.data))
        return [(channel, value.strip()) for channel, value in typed if value and value.strip()]


class NewBody(Form):
    """A row: an organisation the act founds, or nothing when the name is left empty."""

    name = StringField(_l("Name"), [Length(max=300)])
    commune = StringField(
        _l("Commune"), [Length(max=200)], render_kw={"list": "communes", "autocomplete": "off"}
    )
    registration = StringField(_l("Registration number"), [Length(max=40)])


class ActForm(EditForm):
    """An act that ends organisations or founds them."""

    shown = HiddenField()
    on = DateField(
        _l("Day"),
        [NEEDED],
        default=clock.today,
        description=_l("The first day of the new order: who ends, ended the day before."),
    )
    document = StringField(_l("Document"), [Length(max=300)])


class OthersFields(Form):
    others = TextAreaField(
        _l("The other organisations"),
        [NEEDED, Length(max=5000)],
        description=_l("One a line: the whole name, a code, or # and the number of its page."),
        render_kw={"rows": 3},
    )


class IntoFields(Form):
    others = StringField(
        _l("Which organisation takes it in"),
        [NEEDED, Length(max=300)],
        description=_l("The whole name, a code, or # and the number of its page."),
    )


class BodiesFields(Form):
    bodies = FieldList(FormField(NewBody), min_entries=1)


class ConsolidateForm(ActForm, OthersFields, BodiesFields):
    pass


class AbsorbForm(ActForm, OthersFields):
    pass


class AbsorbedForm(ActForm, IntoFields):
    pass


class DivideForm(ActForm):
    bodies = FieldList(FormField(NewBody), min_entries=SPARE_BODIES)


class SplitOffForm(ActForm, BodiesFields):
    pass


class DissolveForm(ActForm):
    pass


class ConvertForm(ActForm, BodiesFields):
    people = RadioField(
        _l("Those who hold posts in the group"),
        choices=lambda: {
            People.END.value: _(
                "Their posts end; who heads the cooperative is entered afterwards."
            ),
            People.GO_ON.value: _(
                "They go on in the cooperative: who leads the group becomes its director."
            ),
        },
        coerce=People,
        default=People.END,
    )


def first_values(row: Any) -> dict[str, Any]:
    """Answer what the fields of a correction show at first: what the register says."""
    told = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    if "women_led" in told:
        told["women_led"] = "yes" if row.women_led else "no"
        told["decision_reason"] = row.reason
    told["since"] = told.get("valid_from")
    # The reason of a correction is its own, not that of the decision it corrects.
    return {name: value for name, value in told.items() if name not in {"reason", "source"}}
