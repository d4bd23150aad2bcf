from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import Length, Optional, Regexp

from coopevents import clock
from coopevents.editing import NEEDED, Once, PartForm, sensible
from coopevents.i18n import _l

NUMBER = Regexp(r"\s*[0-9]{1,6}[A-Za-z]?\s*$", message=_l("Give the number alone, such as 12."))


class IssueForm(Once, PartForm):
    """The number and the day of a letter."""

    number = StringField(
        _l("Number in the register of outgoing documents"),
        [NEEDED, NUMBER],
        description=_l("Its symbol follows from the body that leads."),
    )
    partner_number = StringField(
        _l("Number in the other body's register"),
        [Optional(), NUMBER],
        description=_l("Only where that body numbers it too."),
    )
    dated_on = DateField(_l("Day of the letter"), [NEEDED, sensible], default=clock.today)

    groups = ((_l("The letter"), (("number", "partner_number"), ("dated_on",))),)


class CodeForm(FlaskForm):
    """The code of a letter, as somebody reads it."""

    code = StringField(_l("Code of your letter"), [Length(max=40)])
