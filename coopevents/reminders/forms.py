from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from coopevents.i18n import _l, labels
from coopevents.reminders.models import Anchor

FARTHEST = 60

ANCHOR_NAMES = {
    Anchor.ANSWER_BY: _l("days before answers are asked by"),
    Anchor.START: _l("days before the first session"),
}


class RuleForm(FlaskForm):
    """One more reminder."""

    days_before = IntegerField(_l("How many days"), [InputRequired(), NumberRange(0, FARTHEST)])
    anchor = SelectField(
        _l("Before what"),
        choices=lambda: labels(ANCHOR_NAMES),
        coerce=Anchor,
        default=Anchor.ANSWER_BY,
    )


class RemindForm(FlaskForm):
    """The list as it was shown; another one is looked at again."""

    fingerprint = HiddenField(validators=[InputRequired()])
