from collections.abc import Collection, Mapping

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from coopevents.errors import DomainError
from coopevents.i18n import _, _l
from coopevents.notices.models import NoticeKind
from coopevents.notices.words import LABELS, Place
from coopevents.pages import LARGEST_ID


class SeenForm(FlaskForm):
    """The lines its reader had before her: `id:number`, with commas between."""

    seen = HiddenField()

    def pairs(self) -> list[tuple[int, int]]:
        """Answer the ids and numbers. Raises DomainError for what no page of ours has sent."""
        try:
            pairs = [one.split(":") for one in (self.seen.data or "").split(",")]
            found = [(int(of), int(number)) for of, number in pairs]
        except ValueError as error:
            message = _("This form is too old. Please open the page again and send it anew.")
            raise DomainError(message, status=400) from error
        return [pair for pair in found if min(pair) > 0 and max(pair) <= LARGEST_ID]


class ChoicesForm(FlaskForm):
    """Where each kind of news is heard: a box for the application, and one for the daily mail."""

    kinds: Collection[NoticeKind] = ()

    @classmethod
    def over(cls, kinds: Collection[NoticeKind]) -> type["ChoicesForm"]:
        """Answer the form for these kinds."""
        boxes: dict[str, object] = {"kinds": kinds}
        for kind in kinds:
            label = LABELS[kind]
            boxes[f"{kind}_application"] = _box(label, _l("in the application"))
            boxes[f"{kind}_digest"] = _box(label, _l("in the daily mail"))
        return type("ChoicesForm", (cls,), boxes)

    @staticmethod
    def standing(places: Mapping[NoticeKind, Place]) -> dict[str, bool]:
        """Answer the boxes as they are ticked now."""
        ticked = {f"{kind}_application": place.in_application for kind, place in places.items()}
        return ticked | {f"{kind}_digest": place.in_digest for kind, place in places.items()}

    def places(self) -> dict[NoticeKind, Place]:
        """Answer what was ticked."""
        return {
            kind: Place(self[f"{kind}_application"].data, self[f"{kind}_digest"].data)
            for kind in self.kinds
        }


def _box(label: object, where: object) -> BooleanField:
    # Seen, the row and the column say which box it is; heard, its own label does.
    return BooleanField(_l("%(news)s: %(where)s", news=label, where=where))
