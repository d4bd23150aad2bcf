from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from coopevents.audiences import written
from coopevents.audiences.choice import Audience
from coopevents.audiences.written import Written
from coopevents.directory.forms import STARS_NAMES
from coopevents.directory.models import OrganisationKind
from coopevents.directory.seats import Place
from coopevents.errors import InputError
from coopevents.events.forms import CheckboxList
from coopevents.events.models import Event
from coopevents.i18n import _l, labels

KIND_LABELS = {
    OrganisationKind.COOPERATIVE: _l("Cooperatives"),
    OrganisationKind.COOPERATIVE_GROUP: _l("Cooperative groups"),
    OrganisationKind.LINKED_GROUP: _l("Linked groups"),
}


class AudienceForm(FlaskForm):
    """Whom to invite. It starts with nobody chosen."""

    women_led = BooleanField(_l("Women-led only"))
    kinds = CheckboxList(_l("Kinds"), choices=lambda: labels(KIND_LABELS))
    commune_ids = CheckboxList(_l("Communes today"), coerce=int)
    never_reached_since = DateField(
        _l("Never reached since"),
        [Optional()],
        description=_l("Only organisations nobody has come for since that day."),
    )
    stars = SelectField(
        _l("OCOP products"), choices=lambda: {"": "—", **labels(STARS_NAMES)}, default=""
    )
    sectors = CheckboxList(_l("Trades"))
    like_event_id = SelectField(
        _l("Invited to an earlier activity"),
        coerce=lambda given: int(given) if given else None,
        default="",
    )
    written = TextAreaField(
        _l("Only these organisations"),
        [Length(max=200_000)],
        description=_l("One to a line: a code, or a name as in the register."),
    )
    workbook = FileField(
        _l("Or a workbook that names them"),
        description=_l("XLSX or CSV; what is not recognised is shown with its row."),
    )
    seats = IntegerField(
        _l("Seats for each"), [InputRequired(), NumberRange(min=1, max=20)], default=2
    )

    @classmethod
    def over(
        cls, places: list[Place], sectors: list[str], earlier: list[Event], **values: Any
    ) -> "AudienceForm":
        """Answer the form with the communes that have organisations, trades, past activities."""
        form = cls(**values)
        form.commune_ids.choices = {str(place.unit.id): place.label for place in places}
        form.sectors.choices = {sector: sector for sector in sectors}
        form.like_event_id.choices = [("", "—"), *((event.id, event.title) for event in earlier)]
        return form

    def rows(self) -> list[Written]:
        """Answer the rows of both lists. Raises InputError for a file that is no workbook."""
        rows = written.rows_of_text(self.written.data or "")
        sent = self.workbook.data
        if isinstance(sent, FileStorage) and sent.filename:
            try:
                rows += written.rows_of_file(sent.read(), sent.filename)
            except InputError as refusal:
                raise InputError.at("workbook", refusal.message) from refusal
        return rows

    @property
    def names_some(self) -> bool:
        """Whether a list was given, so that an empty one is a mistake and not everybody."""
        sent = self.workbook.data
        return bool((self.written.data or "").strip() or (sent and sent.filename))

    def audience(self, organisation_ids: Sequence[int] = ()) -> Audience:
        """Answer the choice, narrowed to the organisations of a list where there is one."""
        return Audience(
            organisation_ids=tuple(organisation_ids),
            sectors=tuple(self.sectors.data or ()),
            stars=self.stars.data or None,
            like_event_id=self.like_event_id.data,
            women_led=self.women_led.data,
            kinds=tuple(self.kinds.data or ()),
            commune_ids=tuple(self.commune_ids.data or ()),
            never_reached_since=self.never_reached_since.data,
        )


class TakenOutForm(FlaskForm):
    """A previewed list, and who of it is to be taken out."""

    preview_token = HiddenField(validators=[InputRequired()])
    taken_out = SelectMultipleField(coerce=int, validate_choice=False)


class ConfirmForm(FlaskForm):
    """The previewed list, confirmed as it was shown."""

    preview_token = HiddenField(validators=[InputRequired()])
