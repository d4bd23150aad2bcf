from datetime import date

from wtforms import (
    DateField,
    IntegerField,
    SelectField,
)
from wtforms.validators import NumberRange

from coopevents.editing import NEEDED, PartForm, given, sensible
from coopevents.i18n import _l


class HoldForm(PartForm):
    """How many places are held, for whom, and until when."""

    invitation_id = SelectField(_l("For whom"), coerce=int)
    places = IntegerField(_l("Places"), [NEEDED, NumberRange(min=1, max=1000)])
    until_on = DateField(_l("Until the end of"), [NEEDED, sensible])

    groups = ((_l("Places"), (("invitation_id",), ("places", "until_on"))),)

    def wanted(self) -> tuple[int, date]:
        """Answer how many places are held and until which day."""
        return given(self.places.data), given(self.until_on.data)
