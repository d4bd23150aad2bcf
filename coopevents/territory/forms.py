from typing import Any

from wtforms import Form, RadioField, SearchField

from coopevents.i18n import _, _l
from coopevents.territory.models import SuccessionKind

KIND_LABELS = {
    SuccessionKind.WHOLE: _l("whole"),
    SuccessionKind.MAIN_PART: _l("the main part"),
    SuccessionKind.PART: _l("a part"),
}

EVERYWHERE = "country"


class UnitSearch(Form):
    """Which commune is looked for. Read from the address, so it carries no CSRF token."""

    q = SearchField(_l("Name of a commune, of today or of before"))
    where = RadioField(_l("Where"), default="")

    @classmethod
    def over(cls, asked: Any, province: str) -> "UnitSearch":
        """Answer the search as it was asked for; a place that does not exist is no choice."""
        form = cls(asked)
        form.where.choices = {"": province, EVERYWHERE: _("The whole country")}
        if form.where.data not in form.where.choices:
            form.where.data = ""
        return form
