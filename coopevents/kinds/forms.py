from collections.abc import Iterable
from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, NumberRange, Optional

from coopevents.db import Json, Translated
from coopevents.editing import ARABIC, ENGLISH, VIETNAMESE, NameTexts, PartForm, clean, gathered
from coopevents.errors import InputError
from coopevents.events import questions
from coopevents.events.forms import CheckboxList
from coopevents.events.models import EventKind
from coopevents.events.questions import WITH_CHOICES, QuestionType
from coopevents.i18n import LOCALES, _, _l, labels
from coopevents.kinds.service import KindPlan

SPARE_ROWS = 3
FEWEST_CHOICES = 2

TYPE_LABELS = {
    QuestionType.TEXT: _l("in words"),
    QuestionType.YES_NO: _l("yes or no"),
    QuestionType.NUMBER: _l("by a number"),
    QuestionType.ONE_OF: _l("by one of the choices"),
    QuestionType.SEVERAL_OF: _l("by several of the choices"),
}

FIELDS = {
    "capacity": _l("places in all"),
    "promotional": _l("whether it promotes sales"),
}
"""Parts of an activity that only some kinds ask for."""


def _choices() -> dict[str, str]:
    return {name: str(label) for name, label in FIELDS.items()}


class LineForm(Form):
    """A row of the form: a text in up to three languages, or nothing."""

    text_vi = StringField(_l("In Vietnamese"), [Length(max=300)], render_kw=VIETNAMESE)
    text_en = StringField(_l("In English"), [Length(max=300)], render_kw=ENGLISH)
    text_ar = StringField(_l("In Arabic"), [Length(max=300)], render_kw=ARABIC)


class KeyedForm(LineForm):
    """A paper or a question; its key ties files and answers to it."""

    key = HiddenField()


class QuestionForm(KeyedForm):
    """A question, how it is answered, and what can be chosen, a line each."""

    type = SelectField(
        _l("Answered"),
        choices=lambda: labels(TYPE_LABELS),
        default=QuestionType.TEXT.value,
    )
    choices_vi = TextAreaField(
        _l("Choices in Vietnamese, one a line"), [Length(max=2000)], render_kw=VIETNAMESE
    )
    choices_en = TextAreaField(_l("Choices in English"), [Length(max=2000)], render_kw=ENGLISH)
    choices_ar = TextAreaField(_l("Choices in Arabic"), [Length(max=2000)], render_kw=ARABIC)


class TaskForm(LineForm):
    """Something that has to be done for an activity of the kind."""

    days_before = IntegerField(_l("Days before"), [Optional(), NumberRange(min=-365, max=365)])


class KindForm(NameTexts, PartForm):
    """A kind of activity."""

    counts_attendance = BooleanField(
        _l("Its roll is called"),
        description=_l("Without a tick it declares how many it reached, and enters no attendance."),
    )
    is_training = BooleanField(_l("It is a training: who completes it counts as trained"))
    takes_trade_results = BooleanField(
        _l("Cooperatives have stands, and contracts are followed up for a year")
    )
    fields = CheckboxList(_l("Its form asks for"), choices=_choices)
    checklist = FieldList(
        FormField(TaskForm),
        _l("Task"),
        description=_l(
            "Days before the first session; a negative number is days after the last one."
        ),
    )
    documents = FieldList(
        FormField(KeyedForm),
        _l("Paper"),
        description=_l("What belongs to the file of an activity; what is missing is told."),
    )
    questions = FieldList(
        FormField(QuestionForm),
        _l("Question"),
        description=_l("What an organisation is asked when it names its delegates."),
    )

    groups = (
        (_l("Name"), (("name_vi", "name_en", "name_ar"),)),
        (
            _l("How it counts"),
            (("counts_attendance",), ("is_training",), ("takes_trade_results",)),
        ),
        (_l("What its form asks for"), (("fields",),)),
        (_l("What has to be done"), (("checklist",),)),
        (_l("Which papers belong to it"), (("documents",),)),
        (_l("What is asked of participants"), (("questions",),)),
    )

    def spare_rows(self) -> None:
        """Offer empty rows for further tasks, papers and questions."""
        for rows in (self.checklist, self.documents, self.questions):
            for _row in range(SPARE_ROWS):
                rows.append_entry()

    def plan(self) -> KindPlan:
        """Answer what was typed, clean. Raises InputError for half a row."""
        return KindPlan(
            name=gathered(self, "name"),
            counts_attendance=self.counts_attendance.data,
            is_training=self.is_training.data,
            takes_trade_results=self.takes_trade_results.data,
            fields=sorted(self.fields.data or []),
            checklist=[
                {"days_before": row.days_before.data or 0, "text": text}
                for row, text in _filled(self.checklist)
            ],
            documents=_keyed(self.documents),
            questions=_questions(self.questions),
        )


def _filled(rows: "FieldList[Any]") -> Iterable[tuple[Any, Translated]]:
    for number, entry in enumerate(rows.entries, start=1):
        text = {locale: clean(entry.form[f"text_{locale}"].data) for locale in LOCALES}
        if not any(text.values()):
            continue
        if not text["vi"]:
            label = str(rows.label.text)
            refused = _(
                "%(label)s %(number)s needs its text in Vietnamese.", label=label, number=number
            )
            raise InputError(refused, {f"{rows.name}-{number}": refused})
        yield entry.form, {locale: said for locale, said in text.items() if said}


def _keyed(rows: "FieldList[Any]") -> list[Json]:
    return [{"key": clean(row.key.data), "text": text} for row, text in _filled(rows)]


def _questions(rows: "FieldList[Any]") -> list[Json]:
    found = []
    for number, (row, text) in enumerate(_filled(rows), start=1):
        question = {"key": clean(row.key.data), "text": text, "type": row.type.data}
        if QuestionType(row.type.data) in WITH_CHOICES:
            question["choices"] = _choices_typed(row, str(rows.label.text), number)
        found.append(question)
    return found


def _choices_typed(row: QuestionForm, label: str, number: int) -> list[Translated]:
    """Answer the choices, those in other languages beside the Vietnamese ones line by line."""
    lines = {
        locale: [clean(line) for line in (row[f"choices_{locale}"].data or "").splitlines()]
        for locale in LOCALES
    }
    lines = {locale: [line for line in found if line] for locale, found in lines.items()}
    wanted = lines["vi"]
    if len(wanted) < FEWEST_CHOICES or len(set(wanted)) < len(wanted):
        refused = _(
            "%(label)s %(number)s needs two different choices or more.", label=label, number=number
        )
        raise InputError(refused, {f"questions-{number}": refused})
    if any(found and len(found) != len(wanted) for found in lines.values()):
        refused = _(
            "%(label)s %(number)s: give as many choices in each language.",
            label=label,
            number=number,
        )
        raise InputError(refused, {f"questions-{number}": refused})
    return [
        {locale: found[at] for locale, found in lines.items() if found} for at in range(len(wanted))
    ]


def values_of(kind: EventKind) -> dict[str, Any]:
    """Answer what stands in the fields of the form over the kind."""
    return {
        **{f"name_{locale}": kind.name.get(locale, "") for locale in LOCALES},
        "counts_attendance": kind.counts_attendance,
        "is_training": kind.is_training,
        "takes_trade_results": kind.takes_trade_results,
        "fields": [name for name in FIELDS if name in kind.fields],
        "checklist": [
            {"days_before": row["days_before"], **_spread(row["text"])} for row in kind.checklist
        ],
        "documents": [{"key": row["key"], **_spread(row["text"])} for row in kind.documents],
        "questions": [_question_values(row) for row in kind.questions],
    }


def _question_values(question: Json) -> Json:
    lines = {
        f"choices_{locale}": "\n".join(
            one["text"].get(locale, "") for one in question.get("choices", [])
        ).strip()
        for locale in LOCALES
    }
    own = {"key": question["key"], "type": questions.type_of(question).value}
    return {**own, **_spread(question["text"]), **lines}


def _spread(text: Translated) -> dict[str, str]:
    return {f"text_{locale}": text.get(locale, "") for locale in LOCALES}
