from flask_wtf import FlaskForm
from flask_wtf.file import FileAllowed, FileField, FileRequired
from wtforms import DateField, HiddenField
from wtforms.validators import InputRequired, Optional

from coopevents.i18n import _l

NEEDED = InputRequired(_l("Please fill this in."))


class WorkbookForm(FlaskForm):
    """A register's workbook, to be looked at before it is written."""

    file = FileField(
        _l("Workbook (.xlsx)"),
        [
            FileRequired(_l("Please choose a file.")),
            FileAllowed(["xlsx"], _l("Only workbooks with the ending .xlsx can be read.")),
        ],
    )
    as_of = DateField(_l("As of which day"), [NEEDED])


class WriteForm(FlaskForm):
    """The word to write a workbook that was looked at."""

    key = HiddenField(validators=[NEEDED])
    file_name = HiddenField(validators=[NEEDED])
    as_of = DateField(validators=[Optional()])
