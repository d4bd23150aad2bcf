"""Money as an office types and reads it: whole đồng, their thousands apart."""

import re
from typing import Any

from wtforms import Field, Form
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from coopevents import names
from coopevents.i18n import _, locale_code, number

MOST = 1_000_000_000_000
"""More than any office here moves at once: whoever types more has slipped."""

GROUPED = re.compile(r"\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?: \d{3})+")
GROUPED_BY_COMMAS = re.compile(r"\d{1,3}(?:[,٬]\d{3})+")
CURRENCY = re.compile(r"\s*(?:đồng|đ|₫|vnđ|vnd)\.?$", re.IGNORECASE)


def parse(typed: str) -> int:
    """Answer the amount: "1.500.000", "1500000" and "1.500.000 đ" are all 1500000.

    A comma parts thousands where the reader's language writes it so; in Vietnamese it begins a
    fraction, and there is none of a đồng. Raises ValueError for what is no whole amount.
    """
    text = CURRENCY.sub("", names.clean(typed))
    by_commas = locale_code() != "vi" and GROUPED_BY_COMMAS.fullmatch(text)
    if not by_commas and not GROUPED.fullmatch(text):
        raise ValueError(_("Write whole đồng, such as 1.500.000."))
    digits = re.sub(r"[., ٬]", "", text)
    if len(digits.lstrip("0")) > len(str(MOST)) or int(digits) > MOST:
        raise ValueError(_("At most %(most)s đ can be kept.", most=number(MOST)))
    return int(digits)


class MoneyField(Field):
    """An amount of whole đồng; nothing typed is None, which is not zero."""

    widget = TextInput()

    def __init__(self, label: Any, validators: Any = (), **options: Any) -> None:
        options.setdefault("render_kw", {"inputmode": "numeric", "dir": "ltr"})
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; what cannot be read stays on the page as it was typed."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            # Blanks alone are nothing typed, for a validator that asks for something too.
            self.raw_data = []
            return
        self.data = parse(valuelist[0])

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else number(self.data)


def positive(_form: Form, field: MoneyField) -> None:
    """Refuse an amount of nothing."""
    if field.data is not None and field.data <= 0:
        raise ValidationError(_("Give an amount above zero."))
