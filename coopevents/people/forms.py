from collections.abc import Callable
from datetime import date
from typing import Any, cast

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    IntegerField,
    SearchField,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, Optional

from coopevents import clock
from coopevents.db import db
from coopevents.directory.forms import KIND_NAMES
from coopevents.directory.models import Channel, ContactPoint, OrganisationKind, Post, PostKind, Sex
from coopevents.editing import sensible
from coopevents.errors import InputError
from coopevents.i18n import _, _l, labels
from coopevents.people.finding import Search
from coopevents.people.queries import UnionWay
from coopevents.people.service import PersonEntry, Tenure
from coopevents.people.words import CHANNEL_NAMES, POST_NAMES, SEX_NAMES

NEEDED = InputRequired(_l("Please fill this in."))


class PeopleFilter(Form):
    """Which people a list shows. Read from the address, so it carries no CSRF token."""

    q = SearchField(_l("Name or phone"))
    organisation = SearchField(_l("Organisation"))
    sex = SelectField(_l("Sex"), choices=lambda: {"": _("all"), **labels(SEX_NAMES)}, default="")
    post = SelectField(_l("Post"), choices=lambda: {"": _("all"), **labels(POST_NAMES)}, default="")
    kind = SelectField(
        _l("Kind of organisation"), choices=lambda: {"": _("all"), **labels(KIND_NAMES)}, default=""
    )

    @classmethod
    def over(cls, asked: MultiDict[str, str]) -> "PeopleFilter":
        """Answer the filter as it was asked for; a choice that does not exist is no choice."""
        return cls(asked)

    def search(self, *, union_officials: bool = False) -> Search:
        """Answer what was asked for, as the query wants it."""
        self.validate()
        chosen = {f.name: f.data for f in self if f.data and not f.errors}
        return Search(
            q=chosen.get("q"),
            organisation=chosen.get("organisation"),
            sex=Sex(chosen["sex"]) if "sex" in chosen else None,
            post=PostKind(chosen["post"]) if "post" in chosen else None,
            kind=OrganisationKind(chosen["kind"]) if "kind" in chosen else None,
            union_officials=union_officials,
        )


class RefusableForm(FlaskForm):
    """A form beside whose fields a refusal of the service can stand."""

    def carries_out(self, act: Callable[[], object]) -> bool:
        """Whether the form was sent whole and `act` was done, for the view to commit.

        What was refused stands beside the fields it is about, and nothing was written.
        """
        if not self.validate_on_submit():
            return False
        try:
            act()
        except InputError as error:
            db.session.rollback()
            self._refuse(error)
            return False
        return True

    def _refuse(self, error: InputError) -> None:
        named = [self[name] for name in error.fields if name in self]
        for field in named:
            _add_error(field, str(error.fields[field.short_name]))
        if not named:
            self.form_errors.append(str(error.message))


def _add_error(field: Field, sentence: str) -> None:
    field.errors = [*field.errors, sentence]


class PersonForm(RefusableForm):
    """A person as she is entered or corrected."""

    full_name = StringField(_l("Full name"), [NEEDED, Length(max=200)])
    sex = SelectField(
        _l("Sex"),
        [InputRequired(_l("Please say what was stated."))],
        choices=lambda: {"": "—", **labels(SEX_NAMES)},
    )
    birth_year = IntegerField(_l("Year of birth"), [Optional()])
    honorific = StringField(_l("Form of address"), [Length(max=40)])
    is_another = BooleanField(_l("It is somebody else of the same name"))

    def entry(self) -> PersonEntry:
        """Answer what was typed."""
        return PersonEntry(
            full_name=self.full_name.data or "",
            sex=Sex(self.sex.data),
            birth_year=self.birth_year.data,
            honorific=self.honorific.data,
        )


class PostForm(RefusableForm):
    """A post and its days."""

    kind = SelectField(
        _l("Post"),
        [InputRequired(_l("Please choose a post."))],
        choices=lambda: {"": "—", **labels(POST_NAMES)},
    )
    title = StringField(_l("Its name in the organisation"), [Length(max=200)])
    valid_from = DateField(_l("From which day"), [Optional(), sensible])
    valid_to = DateField(_l("Until which day"), [Optional(), sensible])

    def post_kind(self) -> PostKind:
        """Answer the post that was chosen."""
        return PostKind(self.kind.data)

    def tenure(self) -> Tenure:
        """Answer the days that were typed."""
        return Tenure(self.valid_from.data, self.valid_to.data)


class NewPostForm(PostForm):
    """A post that is given now: the day it begins is known."""

    valid_from = DateField(_l("From which day"), [NEEDED, sensible], default=clock.today)
    source = StringField(_l("Document or source"), [Length(max=300)])


class CorrectPostForm(PostForm):
    """What is put right of a post, and why."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])

    @classmethod
    def over(cls, post: Post) -> "CorrectPostForm":
        """Answer the form with what stands there now."""
        return cls(
            kind=post.kind.value,
            title=post.title,
            valid_from=post.valid_from,
            valid_to=post.valid_to,
        )


class EndPostForm(RefusableForm):
    """The last day of a post."""

    valid_to = DateField(_l("Last day"), [NEEDED, sensible], default=clock.today)

    def last_day(self) -> date:
        """Answer the day that was typed."""
        return cast("date", self.valid_to.data)


class SuccessionForm(RefusableForm):
    """The first day of whoever follows."""

    from_day = DateField(_l("From which day"), [NEEDED, sensible], default=clock.today)
    source = StringField(_l("Document or source"), [Length(max=300)])

    def first_day(self) -> date:
        """Answer the day that was typed."""
        return cast("date", self.from_day.data)


class ReasonForm(RefusableForm):
    """A reason, without which nothing is done."""

    reason = StringField(_l("Reason"), [NEEDED, Length(max=300)])


class ContactForm(RefusableForm):
    """A way to reach somebody."""

    channel = SelectField(
        _l("Way"),
        [InputRequired(_l("Please choose a way."))],
        choices=lambda: {"": "—", **labels(CHANNEL_NAMES)},
    )
    typed = StringField(_l("Number or address"), [Length(max=300)])
    via = SelectField(_l("Who in the Union passes it on"))

    @classmethod
    def over(cls, ways: list[UnionWay], point: ContactPoint | None = None) -> "ContactForm":
        """Answer the form with the Union's branches and officials, and what stands there now."""
        values: dict[str, Any] = {}
        if point is not None:
            via = UnionWay("", point.via_organisation_id or 0, point.via_person_id)
            values = {
                "channel": point.channel.value,
                "typed": point.value_as_typed or point.value,
                "via": via.key,
            }
        form = cls(**values)
        form.via.choices = {"": "—", **{way.key: way.label for way in ways}}
        return form

    def chosen(self) -> Channel:
        """Answer the way that was chosen."""
        return Channel(self.channel.data)

    def union_way(self) -> UnionWay | None:
        """Answer who in the Union was chosen to pass messages on."""
        if not self.via.data:
            return None
        organisation_id, _sep, person_id = str(self.via.data).partition("-")
        return UnionWay("", int(organisation_id), int(person_id) if person_id else None)
