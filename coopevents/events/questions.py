"""What those invited are asked beside their delegates: typed, so that replies can be counted.

A kind of activity keeps its questions as {"key", "text", "type", "choices"}; one that names no type
is answered in words. Replies are kept by the question's key: a text, True or False, a whole number,
the key of a choice, or the keys of several.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict

from coopevents import names
from coopevents.db import Json
from coopevents.errors import InputError
from coopevents.i18n import _, number, translated

LONGEST = 1000
LARGEST = 1_000_000


class QuestionType(StrEnum):
    TEXT = "text"
    YES_NO = "yes_no"
    NUMBER = "number"
    ONE_OF = "one_of"
    SEVERAL_OF = "several_of"


WITH_CHOICES = frozenset({QuestionType.ONE_OF, QuestionType.SEVERAL_OF})


def type_of(question: Json) -> QuestionType:
    """Answer how the question is answered."""
    return QuestionType(question.get("type", QuestionType.TEXT))


def choices_of(question: Json) -> dict[str, str]:
    """Answer what can be chosen, by key, in the reader's language."""
    return {one["key"]: translated(one["text"]) for one in question.get("choices", [])}


def field_of(question: Json) -> str:
    """Answer the name of the question's field in a form."""
    return f"reply-{question['key']}"


def read(questions: Sequence[Json], typed: MultiDict[str, str]) -> Json:
    """Answer the replies typed, by key; nothing said is left out.

    Raises InputError that names every field whose reply is no answer to its question.
    """
    said: Json = {}
    problems = {}
    for question in questions:
        try:
            reply = _read(question, typed.getlist(field_of(question)))
        except InputError as refusal:
            problems[field_of(question)] = refusal.message
            continue
        if reply is not None:
            said[question["key"]] = reply
    if problems:
        raise InputError(" ".join(map(str, problems.values())), problems)
    return said


def _read(question: Json, values: list[str]) -> Any:
    text = values[0].strip() if values else ""
    match type_of(question):
        case QuestionType.SEVERAL_OF:
            return _several(question, values)
        case _ if not text:
            return None
        case QuestionType.TEXT:
            return _words(text)
        case QuestionType.NUMBER:
            return _whole(text)
        case QuestionType.YES_NO:
            return _one_of({"yes": True, "no": False}, text)
        case QuestionType.ONE_OF:
            return _one_of({key: key for key in choices_of(question)}, text)


def _words(text: str) -> str:
    if len(text) > LONGEST:
        raise InputError(_("An answer has at most %(number)s letters.", number=number(LONGEST)))
    return names.clean(text)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) > LARGEST or len(text) > 9:
        raise InputError(
            _("Give a whole number from 0 to %(number)s here, in digits.", number=number(LARGEST))
        )
    return int(text)


def _one_of(known: dict[str, Any], text: str) -> Any:
    if text not in known:
        raise InputError(_("Choose one of the answers offered."))
    return known[text]


def _several(question: Json, values: list[str]) -> list[str] | None:
    known = choices_of(question)
    if not set(values) <= set(known):
        raise InputError(_("Choose among the answers offered."))
    return [key for key in known if key in values] or None


def in_words(question: Json, reply: Any) -> str:
    """Answer a reply as it is read, also one given when the question was asked otherwise."""
    known = choices_of(question)
    if isinstance(reply, bool):
        return _("yes") if reply else _("no")
    if isinstance(reply, int):
        return number(reply)
    if isinstance(reply, list):
        return ", ".join(known.get(str(key), str(key)) for key in reply)
    return known.get(reply, str(reply))


def as_typed(reply: Any) -> list[str]:
    """Answer a reply as a form holds it."""
    if isinstance(reply, bool):
        return ["yes" if reply else "no"]
    return [str(one) for one in (reply if isinstance(reply, list) else [reply])]


@dataclass(frozen=True)
class Counted:
    """The replies to one question: how many answered, what they chose, what the numbers add to."""

    question: Json
    answered: int
    chosen: list[tuple[str, int]]
    total: int | None


def count(questions: Iterable[Json], replies: Sequence[Json]) -> list[Counted]:
    """Answer what was said to each of the questions, over the replies of all who answered."""
    return [
        _count(question, [one[question["key"]] for one in replies if question["key"] in one])
        for question in questions
    ]


def _count(question: Json, said: list[Any]) -> Counted:
    kind = type_of(question)
    numbers = [one for one in said if isinstance(one, int) and not isinstance(one, bool)]
    return Counted(
        question=question,
        answered=len(said),
        chosen=_chosen(question, kind, said),
        total=sum(numbers) if kind is QuestionType.NUMBER else None,
    )


def _chosen(question: Json, kind: QuestionType, said: list[Any]) -> list[tuple[str, int]]:
    if kind is QuestionType.YES_NO:
        flags = Counter(one for one in said if isinstance(one, bool))
        return [(_("yes"), flags[True]), (_("no"), flags[False])]
    if kind not in WITH_CHOICES:
        return []
    keys = Counter(key for one in said for key in (one if isinstance(one, list) else [one]))
    return [(text, keys[key]) for key, text in choices_of(question).items()]
