"""What officers enter of a programme. Texts come in three languages, Vietnamese first."""

from collections.abc import Iterable

from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from coopevents.accounts.models import HostBodyName
from coopevents.db import Json, Translated
from coopevents.editing import (
    NEEDED,
    Groups,
    NameTexts,
    PartForm,
    Texts,
    clean,
    gathered,
    given,
    sensible,
    spread,
)
from coopevents.i18n import _, _l, labels
from coopevents.programme import plans, words
from coopevents.programme.models import Baseline, PeriodKind, ReportPeriod, Target, TargetKind
from coopevents.programme.plans import (
    ActivityPlan,
    BaselinePlan,
    BodyNamePlan,
    PeriodPlan,
    ProgrammeFacts,
    TargetPlan,
)
from coopevents.programme.third_bodies import ThirdBodyPlan
from coopevents.territory.models import AdministrativeUnit

SIGNERS = 3


class ProgrammeForm(NameTexts, PartForm):
    """What is said of the programme itself."""

    signed_on = DateField(_l("Signed on"), [NEEDED, sensible])
    starts_on = DateField(_l("Begins on"), [NEEDED, sensible])
    ends_on = DateField(_l("Ends on"), [NEEDED, sensible])
    territory_id = SelectField(_l("Territory"), coerce=int)
    women_led_rule = SelectField(
        _l("Which organisations count as women-led"),
        choices=lambda: {name: str(said) for name, said in words.WOMEN_LED_RULES.items()},
        description=_l(
            "Figures are counted by it from now on; compiled reports keep what they were counted"
            " by."
        ),
    )

    groups = (
        (_l("Name"), (("name_vi",), ("name_en",), ("name_ar",))),
        (_l("Days"), (("signed_on", "starts_on", "ends_on"),)),
        (_l("What it is about"), (("territory_id",), ("women_led_rule",))),
    )

    def plan(self) -> ProgrammeFacts:
        """Answer what was entered, clean."""
        return ProgrammeFacts(
            name=gathered(self, "name"),
            signed_on=given(self.signed_on.data),
            starts_on=given(self.starts_on.data),
            ends_on=given(self.ends_on.data),
            territory_id=self.territory_id.data,
            women_led_rule=self.women_led_rule.data,
        )


class SignerForm(Form):
    """Who signs, as it stands under a document. A form field cannot be called `prefix`."""

    on_behalf = StringField(_l("On behalf of (TM., KT., TL.)"), [Length(max=200)])
    title = StringField(_l("Post"), [Length(max=200)])
    name = StringField(_l("Name, without honorific"), [Length(max=200)])


class BodyNameForm(NameTexts, PartForm):
    """What a body is called, and how its documents look. A typing mistake is corrected by it."""

    abbreviation = StringField(_l("Abbreviation"), [NEEDED, Length(max=60)])
    heading = TextAreaField(
        _l("Heading lines"),
        [NEEDED, Length(max=1000)],
        description=_l("One line of the heading a row, as it stands on the body's documents."),
    )
    number_pattern = StringField(
        _l("Number and symbol"),
        [NEEDED, Length(max=200)],
        description=_l("{number} and {year} stand for the number and the year of a document."),
    )
    place = StringField(_l("Place"), [NEEDED, Length(max=200)])
    signers = FieldList(FormField(SignerForm), _l("Signers"), min_entries=SIGNERS)

    groups: Groups = (
        (_l("Name"), (("name_vi",), ("name_en",), ("name_ar",), ("abbreviation", "place"))),
        (_l("How documents look"), (("heading",), ("number_pattern",))),
        (_l("Who signs"), (("signers",),)),
    )

    def plan(self) -> BodyNamePlan:
        """Answer what was entered, clean; a signer of whom nothing is said is none."""
        signers = [
            {
                "prefix": clean(signer["on_behalf"]),
                "title": clean(signer["title"]),
                "name": clean(signer["name"]),
            }
            for signer in self.signers.data
        ]
        return BodyNamePlan(
            name=gathered(self, "name"),
            abbreviation=clean(self.abbreviation.data),
            heading=plans.lines((self.heading.data or "").splitlines()),
            number_pattern=clean(self.number_pattern.data),
            place=clean(self.place.data),
            signers=[signer for signer in signers if any(signer.values())],
        )


class NewNameForm(BodyNameForm):
    """A name from a day on; the one before ends on the day before."""

    valid_from = DateField(_l("From which day"), [NEEDED, sensible])

    groups = ((_l("Since when"), (("valid_from",),)), *BodyNameForm.groups)


class ThirdBodyForm(NameTexts, PartForm):
    """A body that hosts with the others and signs nothing."""

    abbreviation = StringField(_l("Abbreviation"), [Length(max=60)])

    groups: Groups = ((_l("Name"), (("name_vi",), ("name_en",), ("name_ar",), ("abbreviation",))),)

    def plan(self) -> ThirdBodyPlan:
        """Answer what was entered, clean."""
        return ThirdBodyPlan(gathered(self, "name"), clean(self.abbreviation.data))


class NewThirdNameForm(ThirdBodyForm):
    """What such a body is called from a day on."""

    valid_from = DateField(_l("From which day"), [NEEDED, sensible])

    groups = ((_l("Since when"), (("valid_from",),)), *ThirdBodyForm.groups)


class NewBodyForm(BodyNameForm):
    """A further body that signs."""

    key = StringField(
        _l("Key"), [NEEDED, Length(max=60)], description=_l("Small letters, such as farmers_union.")
    )

    groups = ((_l("Body"), (("key",),)), *BodyNameForm.groups)


def values_of_name(name: HostBodyName) -> Json:
    """Answer a name as the values of its form."""
    return {
        **spread("name", name.name),
        "abbreviation": name.abbreviation,
        "heading": "\n".join(name.heading),
        "number_pattern": name.number_pattern,
        "place": name.place,
        "signers": [
            {"on_behalf": signer["prefix"], "title": signer["title"], "name": signer["name"]}
            for signer in name.signers
        ],
    }


class ContentForm(Texts, PartForm):
    """One of the contents both bodies agreed on."""

    groups = ((_l("Text"), (("text_vi",), ("text_en",), ("text_ar",))),)

    def plan(self) -> Translated:
        """Answer what was entered, clean."""
        return gathered(self, "text")


class TargetForm(Texts, PartForm):
    """A version of what is to be reached."""

    indicator = SelectField(_l("Indicator"))
    kind = SelectField(_l("Kind"), choices=lambda: labels(words.TARGET_KINDS), coerce=TargetKind)
    lower_value = DecimalField(_l("Target, or the lower end"), [NEEDED], places=None)
    upper_value = DecimalField(_l("Upper end"), [Optional()], places=None)
    per_year = BooleanField(_l("Every year anew"))
    due_on = DateField(_l("Due on"), [NEEDED, sensible])
    effective_on = DateField(
        _l("In force since"),
        [NEEDED, sensible],
        description=_l("Reports of periods that end before keep the version of their time."),
    )
    territory_id = SelectField(_l("Territory it is set for"), coerce=int)
    document = StringField(
        _l("Document that sets it"),
        [Length(max=300)],
        description=_l("Number and day of the paper, as it is printed beside the target."),
    )

    groups = (
        (
            _l("What is to be reached"),
            (
                ("indicator", "kind"),
                ("lower_value", "upper_value", "due_on"),
                ("per_year",),
                ("text_vi",),
                ("text_en",),
                ("text_ar",),
            ),
        ),
        (_l("Since when, and by what"), (("effective_on", "document"), ("territory_id",))),
    )

    def plan(self) -> TargetPlan:
        """Answer what was entered, clean."""
        return TargetPlan(
            indicator=self.indicator.data,
            kind=self.kind.data,
            lower_value=given(self.lower_value.data),
            upper_value=self.upper_value.data,
            per_year=self.per_year.data,
            due_on=given(self.due_on.data),
            effective_on=given(self.effective_on.data),
            territory_id=self.territory_id.data,
            document=clean(self.document.data) or None,
            text=gathered(self, "text"),
        )


def values_of_target(target: Target) -> Json:
    """Answer a version of a target as the values of its form."""
    fields = (
        *("indicator", "kind", "lower_value", "upper_value", "per_year", "due_on"),
        *("effective_on", "territory_id", "document"),
    )
    return {**{name: getattr(target, name) for name in fields}, **spread("text", target.text)}


class BaselineForm(Texts, PartForm):
    """A figure reported before the programme began."""

    key = StringField(_l("Key"), [NEEDED, Length(max=60)])
    value = DecimalField(
        _l("Value"),
        [Optional()],
        places=None,
        description=_l("Empty when the text gives no single number: then it enters no sum."),
    )
    as_of = DateField(_l("As of which day"), [NEEDED, sensible])
    territory_id = SelectField(
        _l("Territory"),
        coerce=int,
        description=_l("The province as it then was; no percentage mixes two territories."),
    )

    groups = (
        (_l("Figure"), (("key", "value", "as_of"), ("territory_id",))),
        (_l("As it was reported"), (("text_vi",), ("text_en",), ("text_ar",))),
    )

    def plan(self) -> BaselinePlan:
        """Answer what was entered, clean."""
        return BaselinePlan(
            key=clean(self.key.data),
            value=self.value.data,
            text=gathered(self, "text"),
            territory_id=self.territory_id.data,
            as_of=given(self.as_of.data),
        )


def values_of_baseline(baseline: Baseline) -> Json:
    """Answer a baseline as the values of its form."""
    fields = ("key", "value", "as_of", "territory_id")
    return {**{name: getattr(baseline, name) for name in fields}, **spread("text", baseline.text)}


class ActivityForm(PartForm):
    """An activity promised for a year."""

    year = IntegerField(_l("Year"), [NEEDED, NumberRange(min=2000, max=2100)])
    month = SelectField(
        _l("Month"),
        choices=lambda: {"0": _("not yet decided"), **{str(n): str(n) for n in range(1, 13)}},
        coerce=int,
    )
    kind = SelectField(_l("Kind"))
    title = StringField(_l("Title"), [NEEDED, Length(max=300)])
    host_body_id = SelectField(_l("Lead host"), coerce=int)
    place = StringField(_l("Place"), [Length(max=300)])
    seats = IntegerField(_l("Seats"), [Optional(), NumberRange(min=1, max=100_000)])

    groups = (
        (
            _l("Planned activity"),
            (("title",), ("kind", "host_body_id"), ("year", "month", "seats"), ("place",)),
        ),
    )

    def plan(self) -> ActivityPlan:
        """Answer what was entered, clean."""
        return ActivityPlan(
            year=given(self.year.data),
            month=self.month.data or None,
            kind=self.kind.data,
            title=clean(self.title.data),
            host_body_id=self.host_body_id.data or None,
            place=clean(self.place.data) or None,
            seats=self.seats.data,
        )


class PeriodForm(PartForm):
    """A stretch of days a report is owed for."""

    kind = SelectField(_l("Kind"), choices=lambda: labels(words.PERIOD_KINDS), coerce=PeriodKind)
    label = StringField(_l("What it is called"), [NEEDED, Length(max=60)])
    from_on = DateField(_l("First day"), [NEEDED, sensible])
    to_on = DateField(_l("Last day"), [NEEDED, sensible])

    groups: Groups = ((_l("Report period"), (("kind", "label"), ("from_on", "to_on"))),)

    def plan(self) -> PeriodPlan:
        """Answer what was entered, clean."""
        return PeriodPlan(
            self.kind.data,
            clean(self.label.data),
            given(self.from_on.data),
            given(self.to_on.data),
        )


class ChangedPeriodForm(PeriodForm):
    """Other days for a period that stands between others."""

    move_neighbours = BooleanField(
        _l("The periods beside it end and begin with it"),
        description=_l("Otherwise a period whose days would overlap or leave a gap is refused."),
    )

    groups = (
        (
            _l("Report period"),
            (("label",), ("from_on", "to_on"), ("move_neighbours",)),
        ),
    )


def values_of_period(period: ReportPeriod | PeriodPlan) -> Json:
    """Answer a period as the values of its form."""
    return {name: getattr(period, name) for name in ("kind", "label", "from_on", "to_on")}


def territory_choices(units: Iterable[AdministrativeUnit]) -> dict[str, str]:
    """Answer the provinces as a form offers them."""
    return {str(unit.id): words.territory_choice(unit) for unit in units}
