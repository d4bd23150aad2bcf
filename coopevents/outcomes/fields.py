"""What the forms of several ledgers ask alike."""

import re
from typing import Any

from wtforms import StringField

from coopevents.i18n import _, number

GROUPED = re.compile(r"\d+|\d{1,3}([.,\s\u00a0]\d{3})+")
"""A whole number, perhaps with its thousands apart: "1.500" is fifteen hundred."""


class WholeNumberField(StringField):
    """A whole number as officers type it, and as their language writes it."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the number; what is none stays as it was typed, with a sentence beside it."""
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        if not GROUPED.fullmatch(typed) or len(typed) > 20:
            raise ValueError(_("Write a whole number, such as %(example)s.", example=number(1500)))
        self.data = int(re.sub(r"\D", "", typed))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)
