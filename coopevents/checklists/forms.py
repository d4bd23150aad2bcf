from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional

from coopevents.accounts.models import User
from coopevents.checklists.due import Timing
from coopevents.checklists.models import Anchor, ChecklistItem
from coopevents.checklists.service import ItemPlan
from coopevents.editing import NEEDED, Once, PartForm, clean, sensible
from coopevents.errors import InputError
from coopevents.i18n import _, _l, labels

FARTHEST = 1000
"""Days before the first or after the last session beyond which nothing is planned."""


class When(StrEnum):
    """The ways to say when something is due."""

    BEFORE_FIRST = Anchor.BEFORE_FIRST.value
    AFTER_LAST = Anchor.AFTER_LAST.value
    ON_A_DAY = "on_a_day"
    ANY_TIME = "any_time"


WHEN_NAMES = {
    When.BEFORE_FIRST: _l("days before the first session"),
    When.AFTER_LAST: _l("days after the last session"),
    When.ON_A_DAY: _l("on a certain day"),
    When.ANY_TIME: _l("at any time"),
}


class ItemForm(PartForm):
    """Something to be done, by whom and by when."""

    text = StringField(_l("What has to be done"), [NEEDED, Length(max=500)])
    owner_id = SelectField(_l("Who does it"))
    when = SelectField(
        _l("When it is due"),
        choices=lambda: labels(WHEN_NAMES),
        default=When.BEFORE_FIRST.value,
    )
    days = IntegerField(_l("How many days"), [Optional(), NumberRange(0, FARTHEST)])
    due_on = DateField(_l("On which day"), [Optional(), sensible])

    groups = ((_l("To be done"), (("text",), ("owner_id", "when"), ("days", "due_on"))),)

    def offer(self, users: Sequence[User], now: User | None = None) -> None:
        """Let one of these be chosen, or nobody; whoever does it now stays a choice."""
        known = {user.id: user for user in [*users, *([now] if now else [])]}
        self.owner_id.choices = {
            "": _("nobody yet"),
            **{str(id_): user.full_name for id_, user in known.items()},
        }

    def plan(self) -> ItemPlan:
        """Answer what was entered. Raises InputError where the day or the days are missing."""
        return ItemPlan(
            text=clean(self.text.data),
            timing=self._timing(),
            owner_id=int(self.owner_id.data) if self.owner_id.data else None,
        )

    def _timing(self) -> Timing:
        when = When(self.when.data)
        if when is When.ANY_TIME:
            return Timing()
        if when is When.ON_A_DAY:
            if self.due_on.data is None:
                raise InputError.at("due_on", _("Say on which day it is due."))
            return Timing(due_on=self.due_on.data)
        if self.days.data is None:
            raise InputError.at("days", _("Say how many days."))
        return Timing(Anchor(when.value), self.days.data)


class NewItemForm(Once, ItemForm):
    """One more thing to be done."""


def standing(item: ChecklistItem) -> Mapping[str, Any]:
    """Answer what stands of the item, as its form holds it."""
    by_hand = When.ON_A_DAY if item.due_on else When.ANY_TIME
    return {
        "text": item.text,
        "owner_id": str(item.owner_id or ""),
        "when": item.anchor.value if item.anchor else by_hand.value,
        "days": item.offset_days,
        # A day that follows the sessions is not typed.
        "due_on": None if item.anchor else item.due_on,
    }
