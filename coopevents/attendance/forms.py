from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TelField
from wtforms.validators import InputRequired, Length

from coopevents.directory.models import PostKind, Sex
from coopevents.i18n import _l, labels
from coopevents.registrations.forms import POST_LABELS, SEX_LABELS


class WalkInForm(FlaskForm):
    """Somebody who came without being registered."""

    uuid = HiddenField(validators=[InputRequired()])
    organisation_id = SelectField(_l("Organisation"), coerce=int)
    full_name = StringField(
        _l("Full name"), [InputRequired(_l("Please fill this in.")), Length(max=200)]
    )
    sex = SelectField(_l("Sex"), choices=lambda: labels(SEX_LABELS))
    post = SelectField(
        _l("Post in the cooperative"),
        choices=lambda: labels(POST_LABELS),
    )
    phone = TelField(_l("Phone"), [Length(max=40)])

    def number(self) -> UUID:
        """Answer the number made when the form was shown."""
        return UUID(self.uuid.data)

    def chosen_sex(self) -> Sex:
        """Answer the sex chosen."""
        return Sex(self.sex.data)

    def chosen_post(self) -> PostKind:
        """Answer the post chosen."""
        return PostKind(self.post.data)


class VoidForm(FlaskForm):
    """Why a mark is taken back."""

    reason = StringField(_l("Reason"), [InputRequired(_l("A reason is needed.")), Length(max=500)])
