from typing import Any

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from coopevents.i18n import _, _l

NEEDED = InputRequired(_l("Please fill this in."))


class DecisionForm(FlaskForm):
    """Which of two entries is kept, and why they are one or two."""

    keep = RadioField(_l("Keep this entry"), coerce=int)
    reason = StringField(_l("Reason"), [NEEDED, Length(max=500)])

    @classmethod
    def over(cls, names: dict[int, str], **values: Any) -> "DecisionForm":
        """Answer the form for two entries, the older first, which is kept by default."""
        form = cls(**values)
        # Both may be called the same, so each says on which side of the page it stands.
        sides = (_("First entry"), _("Second entry"))
        form.keep.choices = [
            (id_, f"{side}: {name}") for side, (id_, name) in zip(sides, names.items(), strict=True)
        ]
        if form.keep.data is None and not form.is_submitted():
            form.keep.data = min(names)
        return form
