from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from coopevents.i18n import _l

NEEDED = InputRequired(_l("Please fill this in."))


class DecisionForm(FlaskForm):
    """Which of two entries is kept, and why they are one or two."""

    keep = RadioField(_l("Keep this entry"), coerce=int)
    reason = StringField(_l("Reason"), [NEEDED, Length(max=500)])

    @classmethod
    def over(cls, names: dict[int, str], **values: Any) -> "DecisionForm":
        """Answer the form for two entries, by id; the older is kept unless somebody says so."""
        form = cls(**values)
        form.keep.choices = list(names.items())
        if form.keep.data is None and not form.is_submitted():
            form.keep.data = min(names)
        return form
