from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from coopevents.directory.models import OrganisationKind
from coopevents.directory.seats import Place
from coopevents.events.forms import CheckboxList
from coopevents.i18n import _l, labels
from coopevents.invitations.audience import Audience

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
    seats = IntegerField(
        _l("Seats for each"), [InputRequired(), NumberRange(min=1, max=20)], default=2
    )

    @classmethod
    def over(cls, places: list[Place], **values: Any) -> "AudienceForm":
        """Answer the form with the communes that have organisations."""
        form = cls(**values)
        form.commune_ids.choices = {str(place.unit.id): place.label for place in places}
        return form

    def audience(self) -> Audience:
        """Answer the choice."""
        return Audience(
            women_led=self.women_led.data,
            kinds=tuple(self.kinds.data or ()),
            commune_ids=tuple(self.commune_ids.data or ()),
            never_reached_since=self.never_reached_since.data,
        )


class ConfirmForm(FlaskForm):
    """The previewed list, confirmed as it was shown."""

    preview_token = HiddenField(validators=[InputRequired()])
