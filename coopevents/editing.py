"""What every form over something that stands has: texts in three languages, sensible days.

It knows what it was made on, so that a newer change is told field by field.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid4

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    Field,
    Form,
    HiddenField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, StopValidation, ValidationError

from coopevents import names
from coopevents.db import Translated, db
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.i18n import LOCALES, _, _l, day

Given = TypeVar("Given")


class Needed(InputRequired):
    """Refuses what was left empty; blanks are nothing either."""

    def __call__(self, form: Any, field: Any) -> None:
        """Raise StopValidation where nothing was entered."""
        super().__call__(form, field)
        if isinstance(field.data, str) and not field.data.strip():
            field.errors[:] = []
            raise StopValidation(self.message or "")


NEEDED = Needed(_l("Please fill this in."))

VIETNAMESE = {"lang": "vi", "dir": "ltr"}
ENGLISH = {"lang": "en", "dir": "ltr"}
ARABIC = {"lang": "ar", "dir": "rtl"}

Rows = tuple[tuple[str, ...], ...]
Groups = tuple[tuple[Any, Rows], ...]
"""Legends and, under each, the rows of fields that stand beside each other."""


@dataclass(frozen=True)
class Overtaken:
    """A field that somebody else changed since the form was made, as a reader sees it."""

    label: str
    was: str
    now: str
    typed: str


class SubmissionField(HiddenField):
    """The id made with a form. One that is sent without it has none: it is not given another."""

    data: str | None

    def process_formdata(self, valuelist: list[str]) -> None:
        """Take the id that was sent."""
        self.data = valuelist[0] if valuelist else None


class Once:
    """A form that writes something new: sent twice it is one act, by the id made with it."""

    submission = SubmissionField(default=lambda: str(uuid4()))

    @property
    def submission_id(self) -> UUID:
        """Answer the id of the form. Raises InputError for one that was tampered with."""
        try:
            return UUID(self.submission.data or "")
        except ValueError as error:
            message = _("This form is too old. Please open the page again and send it anew.")
            raise InputError(message) from error

    def renew(self) -> None:
        """Let what is sent from now on be another act."""
        self.submission.data = str(uuid4())


class OnceForm(Once, FlaskForm):
    """A button that writes something new."""


class PartForm(FlaskForm):
    """A form over something that stands; it carries what stood there when it was made.

    `groups` says how its fields stand on the page.
    """

    basis = HiddenField()
    groups: Groups = ()

    def found_on(self, standing: Mapping[str, Any]) -> None:
        """Note what stands now as what this form is made on."""
        self.basis.raw_data = None
        self.basis.data = json.dumps(
            {name: told(value) for name, value in standing.items()}, ensure_ascii=False
        )

    def overtaken(self, standing: Mapping[str, Any]) -> list[Overtaken]:
        """Answer what was changed since the form was made, and found the form on it anew.

        A field its reader did not touch takes the newer value; what she typed stays as typed.
        """
        before = self._basis()
        found = []
        for name, value in standing.items():
            box, now = self[name], told(value)
            was, typed = before.get(name, now), told(box.data)
            if now in (was, typed):
                continue
            found.append(
                Overtaken(str(box.label.text), *(_shown(box, text) for text in (was, now, typed)))
            )
            if typed == was:
                box.process(None, value)
                box.raw_data = None
        if found:
            self.found_on(standing)
        return found

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside the fields it names, and above the form what names none."""
        rest = dict(error.fields)
        for name, reason in error.fields.items():
            box = self._fields.get(name) or self._fields.get(f"{name}_vi")
            if box is not None and box.type != "FieldList":
                box.errors = [*box.errors, str(reason)]
                del rest[name]
        self.form_errors += [str(reason) for reason in rest.values()]
        if not error.fields:
            self.form_errors.append(str(error.message))

    def _basis(self) -> dict[str, str]:
        try:
            before = json.loads(self.basis.data or "{}")
        except ValueError:
            before = None
        if not isinstance(before, dict):
            message = _("This form is too old. Please open the page again and send it anew.")
            raise DomainError(message, status=400)
        return before


@dataclass(frozen=True)
class Refusal:
    """Why a form was not taken: its errors, or what was changed since it was made."""

    status: int
    overtaken: list[Overtaken] = field(default_factory=list)


def attempt(
    form: PartForm, save: Callable[[], object], standing: Mapping[str, Any] | None = None
) -> Refusal | None:
    """Save what was entered, and answer None; or write nothing and answer why not.

    `standing` is what the form is made over now; None for something new.
    """
    try:
        if form.validate():
            overtaken = form.overtaken(standing) if standing is not None else []
            if not overtaken:
                save()
                return None
            db.session.rollback()
            return Refusal(409, overtaken)
    except NotFoundError:
        raise
    except DomainError as error:
        form.refuse(error)
    db.session.rollback()
    return Refusal(422)


def form_page(
    form: PartForm,
    save: Callable[[], object],
    standing: Mapping[str, Any] | None = None,
    **page: Any,
) -> ResponseReturnValue | None:
    """Answer the page of the form; None once it was saved, when the caller commits.

    `page` says what else the template components/edit.html is told.
    """
    if request.method == "GET":
        if standing is not None:
            form.found_on(standing)
        return render_template("components/edit.html", form=form, **page)
    refusal = attempt(form, save, standing)
    if refusal is None:
        return None
    page["overtaken"] = refusal.overtaken
    return render_template("components/edit.html", form=form, **page), refusal.status


def told(value: Any) -> str:
    """Answer a field's value as a text that is the same for the same value."""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "\n".join(filter(None, map(told, value)))
    if isinstance(value, Mapping):
        # The database keeps the entries of a record in an order of its own.
        return ", ".join(filter(None, (told(value[name]) for name in sorted(value))))
    return "" if value is None else " ".join(str(value).split())


def _shown(box: Field, text: str) -> str:
    if isinstance(box, BooleanField):
        return _("yes") if text else _("no")
    if isinstance(box, DateField):
        return day(date.fromisoformat(text)) if text else ""
    if hasattr(box, "iter_choices"):
        return next((str(c[1]) for c in box.iter_choices() if str(c[0]) == text), text)
    return text


def sensible(_form: Form, field: DateField) -> None:
    """Refuse a day that only a slip of the finger can mean."""
    if field.data is not None and field.data.year not in range(1900, 2201):
        raise ValidationError(_("Give a day between 1900 and 2200."))


class NameTexts:
    """A name in the three languages."""

    name_vi = StringField(_l("In Vietnamese"), [NEEDED, Length(max=500)], render_kw=VIETNAMESE)
    name_en = StringField(_l("In English"), [NEEDED, Length(max=500)], render_kw=ENGLISH)
    name_ar = StringField(_l("In Arabic"), [NEEDED, Length(max=500)], render_kw=ARABIC)


class Texts:
    """A text in the three languages."""

    text_vi = TextAreaField(_l("In Vietnamese"), [NEEDED, Length(max=2000)], render_kw=VIETNAMESE)
    text_en = TextAreaField(_l("In English"), [NEEDED, Length(max=2000)], render_kw=ENGLISH)
    text_ar = TextAreaField(_l("In Arabic"), [NEEDED, Length(max=2000)], render_kw=ARABIC)


def spread(prefix: str, text: Translated) -> dict[str, str]:
    """Answer a stored text as the fields of a form."""
    return {f"{prefix}_{locale}": text.get(locale, "") for locale in LOCALES}


def gathered(form: Form, prefix: str) -> Translated:
    """Answer a text entered in three languages, clean."""
    return {locale: names.clean(form[f"{prefix}_{locale}"].data or "") for locale in LOCALES}


def clean(text: str | None) -> str:
    """Answer a line as it is stored; nothing entered is an empty one."""
    return names.clean(text or "")


def given(value: Given | None) -> Given:
    """Answer what stands in a field that must not be empty."""
    if value is None:
        raise InputError(_("Please fill this in."))
    return value
