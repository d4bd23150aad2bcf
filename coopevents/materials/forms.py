from collections.abc import Mapping
from typing import Any, cast

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, IntegerField, MultipleFileField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from coopevents.editing import NEEDED, PartForm
from coopevents.i18n import _l
from coopevents.materials.models import OTHER, Material
from coopevents.materials.service import Description

MOST_FILES = 50
"""So many files are taken in at once."""

SHOWN = _l("Those who are invited may see and download it")


class UploadForm(FlaskForm):
    """Files that are sent to an activity, all of one kind of paper."""

    files = MultipleFileField(_l("Files"))
    kind = SelectField(_l("Which paper is it?"), validate_choice=False)
    shown = BooleanField(SHOWN)

    @classmethod
    def over(cls, kinds: Mapping[str, str], **given: Any) -> "UploadForm":
        """Answer the form with the papers that may be chosen."""
        form = cls(**given)
        form.kind.choices = list(kinds.items())
        return form

    def sent(self) -> list[FileStorage]:
        """Answer what was chosen; a field left empty sends a file without a name."""
        return [one for one in self.files.data or [] if isinstance(one, FileStorage) and one]


class DescriptionForm(PartForm):
    """What a material is called, which paper it is, and who sees it."""

    title = StringField(_l("Name of the paper"), [NEEDED, Length(max=200)])
    kind = SelectField(_l("Which paper is it?"))
    rank = IntegerField(
        _l("Place in the list"),
        [InputRequired(_l("Please fill this in.")), NumberRange(min=1, max=10_000)],
    )
    shown_to_participants = BooleanField(SHOWN)
    groups = ((_l("Paper"), (("title",), ("kind", "rank"), ("shown_to_participants",))),)

    @classmethod
    def over(cls, material: Material, kinds: Mapping[str, str]) -> "DescriptionForm":
        """Answer the form with what stands; a paper that is not asked for any more is OTHER."""
        kind = material.kind if material.kind in kinds else OTHER
        form = cls(**{**standing(material), "kind": kind})
        form.kind.choices = list(kinds.items())
        return form

    def description(self) -> Description:
        """Answer what was entered."""
        return Description(
            title=self.title.data or "",
            kind=self.kind.data,
            rank=cast("int", self.rank.data),
            shown_to_participants=self.shown_to_participants.data,
        )


def standing(material: Material) -> dict[str, Any]:
    """Answer what an officer may change of the material, as it stands."""
    return {
        "title": material.title,
        "kind": material.kind,
        "rank": material.rank,
        "shown_to_participants": material.shown_to_participants,
    }


class RemovalForm(FlaskForm):
    """Why a material is removed."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])
