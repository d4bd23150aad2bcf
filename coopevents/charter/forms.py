from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField
from wtforms.validators import InputRequired

from coopevents.i18n import _l

NEEDED = InputRequired(_l("Please fill this in."))


class FileForm(FlaskForm):
    """A programme file, to be looked at before it is written."""

    file = FileField(_l("Programme file (.yaml)"), [FileRequired(_l("Please choose a file."))])


class WriteForm(FlaskForm):
    """The word to write a file that was looked at, and what it was compared with."""

    text = HiddenField(validators=[NEEDED])
    file_name = HiddenField(validators=[NEEDED])
    compared_with = HiddenField(validators=[NEEDED])
