from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any, cast

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    DateField,
    Form,
    HiddenField,
    SearchField,
    SelectField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional

from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import OrganisationKind
from coopevents.directory.seats import Place
from coopevents.editing import Once, sensible
from coopevents.i18n import _, _l, labels
from coopevents.outcomes.fields import WholeNumberField
from coopevents.outcomes.jobs.halves import HalfYear
from coopevents.outcomes.jobs.listing import Line
from coopevents.outcomes.jobs.models import CountSource, JobCount
from coopevents.outcomes.jobs.queries import KINDS
from coopevents.outcomes.jobs.service import Told
from coopevents.outcomes.jobs.words import SOURCE_NAMES, STATE_NAMES, CountState
from coopevents.people.forms import NEEDED, RefusableForm

NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


class CountFilter(Form):
    """Which organisations the list shows. Read from the address."""

    half = SelectField(_l("Half-year"))
    q = SearchField(_l("Name of the organisation"))
    commune = SelectField(_l("Commune"), default="")
    kind = SelectField(
        _l("Kind"),
        choices=lambda: {"": _("all"), **{kind.value: str(KIND_NAMES[kind]) for kind in KINDS}},
        default="",
    )
    state = SelectField(
        _l("State of the count"), choices=lambda: {"": _("all"), **labels(STATE_NAMES)}, default=""
    )

    @classmethod
    def over(
        cls, asked: MultiDict[str, str], halves: Sequence[HalfYear], places: Sequence[Place]
    ) -> "CountFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        form = cls(asked)
        form.half.choices = {half.key: half.label for half in halves}
        form.commune.choices = {"": _("all"), **{str(p.unit.id): p.label for p in places}}
        form.validate()
        if form.half.errors or not form.half.data:
            # A half-year is told of once it is over: the last of those is mostly wanted.
            form.half.process_data(halves[min(1, len(halves) - 1)].key)
            form.half.errors = []
        return form

    def half_year(self) -> HalfYear:
        """Answer the half-year asked for."""
        return cast("HalfYear", HalfYear.read(self.half.data))

    def commune_ids(self) -> list[int] | None:
        """Answer the commune asked for; None: all of them."""
        return [int(self.commune.data)] if _chosen(self.commune) else None

    def organisation_kind(self) -> OrganisationKind | None:
        """Answer the kind asked for; None: every kind."""
        return OrganisationKind(self.kind.data) if _chosen(self.kind) else None

    def count_state(self) -> CountState | None:
        """Answer the state asked for; None: every state."""
        return CountState(self.state.data) if _chosen(self.state) else None

    def address(self) -> dict[str, Any]:
        """Answer what was asked for, as another address of the same question says it."""
        told = {field.name: field.data for field in self if not field.errors}
        return {name: value for name, value in told.items() if value}


def _chosen(field: SelectField) -> bool:
    return bool(field.data and not field.errors)


class CountForm(Once, RefusableForm):
    """What a paper says of one organisation's jobs in a half-year.

    `corrects` is the count its reader saw standing, none where she saw that nothing is known.
    """

    women_members = WholeNumberField(_l("Women members"), [NEEDED], render_kw=NUMBER)
    women_workers = WholeNumberField(_l("Women workers"), [NEEDED], render_kw=NUMBER)
    women_both = WholeNumberField(_l("Women who are both"), [NEEDED], render_kw=NUMBER)
    counted_on = DateField(_l("As of which day"), [NEEDED, sensible])
    source = SelectField(
        _l("Source"),
        [InputRequired(_l("Please say where the numbers come from."))],
        choices=lambda: {"": "—", **labels(SOURCE_NAMES)},
    )
    paper = StringField(_l("Paper"), [NEEDED, Length(max=300)])
    reason = StringField(_l("Why it is corrected"), [Optional(), Length(max=300)])
    corrects = HiddenField()

    @classmethod
    def over(cls, standing: JobCount | None, half: HalfYear, today: date) -> "CountForm":
        """Answer the form with what stands there now; none stands of most."""
        told = {name: getattr(standing, name, None) for name in ("source", "paper", "counted_on")}
        numbers = ("women_members", "women_workers", "women_both")
        return cls(
            **{name: getattr(standing, name, None) for name in numbers},
            source=told["source"].value if told["source"] else "",
            paper=told["paper"] or "",
            counted_on=told["counted_on"] or min(half.last_on, today),
            corrects=str(standing.id) if standing else "",
        )

    def corrects_id(self) -> int | None:
        """Answer the count that is corrected by this one."""
        text = self.corrects.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

    def take_over(self, standing: JobCount) -> None:
        """Let the form correct what stands now, once its reader knows of it."""
        self.corrects.data, self.corrects.raw_data = str(standing.id), None
        self.renew()

    def carry_over(self, typed: MultiDict[str, str]) -> None:
        """Begin with the day and the source of the form before: one officer enters many."""
        if typed.get("source") in set(CountSource):
            self.source.process_data(typed["source"])
        with suppress(ValueError):
            self.counted_on.process_data(date.fromisoformat(typed.get("counted_on", "")))

    def told(self) -> Told:
        """Answer what was typed."""
        return Told(
            women_members=self.women_members.data,
            women_workers=self.women_workers.data,
            women_both=self.women_both.data,
            counted_on=cast("date", self.counted_on.data),
            source=CountSource(self.source.data),
            paper=self.paper.data or "",
        )


class WithdrawForm(Once, RefusableForm):
    """Why a count is taken back."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])


class ChosenForm(FlaskForm):
    """Which counts are verified together, out of those that may be."""

    counts = SelectMultipleField(
        _l("Counts"), [InputRequired(_l("Choose at least one count."))], coerce=int
    )

    @classmethod
    def over(cls, lines: Sequence[Line]) -> "ChosenForm":
        """Answer the form that offers these; one corrected meanwhile is none of them."""
        form = cls()
        form.counts.choices = [
            (line.count.id, line.organisation.name) for line in lines if line.count
        ]
        return form

    def ids(self) -> list[int]:
        """Answer the counts that were chosen."""
        return list(self.counts.data or [])
