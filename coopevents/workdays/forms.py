from wtforms import DateField, SelectField, StringField, TimeField
from wtforms.validators import Length, Optional

from coopevents.db import Json
from coopevents.editing import (
    NEEDED,
    Groups,
    NameTexts,
    PartForm,
    Rows,
    clean,
    gathered,
    given,
    sensible,
    spread,
)
from coopevents.i18n import _l, labels
from coopevents.workdays.models import CalendarDay, DayKind
from coopevents.workdays.service import DayPlan, Stretch

DAY_KINDS = {
    DayKind.HOLIDAY: _l("day off"),
    DayKind.WORKING: _l("worked in exchange"),
}

NAME: Rows = (("name_vi",), ("name_en",), ("name_ar",))


class DayForm(NameTexts, PartForm):
    """A day that differs from its weekday."""

    day = DateField(_l("Day"), [NEEDED, sensible])
    kind = SelectField(_l("Kind"), choices=lambda: labels(DAY_KINDS), coerce=DayKind)
    document = StringField(
        _l("Decision"),
        [Length(max=300)],
        description=_l("Number and day of the paper that says so."),
    )

    groups: Groups = (
        (_l("Day"), (("day", "kind"), ("document",))),
        (_l("Name"), NAME),
    )

    def plan(self) -> DayPlan:
        """Answer what was entered, clean."""
        return DayPlan(
            day=given(self.day.data),
            kind=self.kind.data,
            name=gathered(self, "name"),
            document=clean(self.document.data) or None,
        )


class DaysForm(DayForm):
    """One day or several that follow each other, such as a week of Tết."""

    last_day = DateField(
        _l("Last day"), [Optional(), sensible], description=_l("Empty for a single day.")
    )

    groups = (
        (_l("Days"), (("day", "last_day", "kind"), ("document",))),
        (_l("Name"), NAME),
    )


class SwapForm(NameTexts, PartForm):
    """A working day made free, and a day of rest worked for it."""

    day = DateField(_l("Day off"), [NEEDED, sensible])
    worked = DateField(_l("Day worked for it"), [NEEDED, sensible])
    document = StringField(_l("Decision"), [NEEDED, Length(max=300)])

    groups = (
        (_l("Days"), (("day", "worked"), ("document",))),
        (_l("Name"), NAME),
    )


class HoursForm(PartForm):
    """When the office is open: on each weekday a morning and an afternoon, or nothing."""

    def stretches(self) -> list[Stretch]:
        """Answer the stretches that were entered; one of which half is missing is none."""
        return [
            Stretch(weekday, opens, closes)
            for weekday in range(7)
            for half in HALVES
            if (opens := self[f"{half}_opens_{weekday}"].data) is not None
            and (closes := self[f"{half}_closes_{weekday}"].data) is not None
        ]


HALVES = ("morning", "afternoon")

LABELS = {
    "morning_opens": _l("Morning from"),
    "morning_closes": _l("Morning until"),
    "afternoon_opens": _l("Afternoon from"),
    "afternoon_closes": _l("Afternoon until"),
}

for _weekday in range(7):
    for _name, _label in LABELS.items():
        setattr(HoursForm, f"{_name}_{_weekday}", TimeField(_label, [Optional()]))


def values_of_day(named: CalendarDay) -> Json:
    """Answer a day of the calendar as the values of its form."""
    return {
        "day": named.day,
        "kind": named.kind,
        "document": named.document,
        **spread("name", named.name),
    }
