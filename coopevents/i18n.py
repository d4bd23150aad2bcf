"""Languages: which one a page speaks, and how it writes numbers, days and hours."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.core import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from flask import Flask, current_app, g, has_request_context, request, session
from flask_babel import (
    Babel,
    force_locale,
    get_locale,
    gettext,
    lazy_gettext,
    lazy_ngettext,
    ngettext,
)

from coopevents import clock
from coopevents.config import LOCALES

__all__ = ["LOCALES", "_", "_l", "_ln", "_n", "force_locale", "get_locale"]

LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English", "ar": "العربية"}

WRITTEN = 4_096
"""So many days and hours are kept as they are written: a page says the same few many times."""

babel = Babel()


def _(message: str, **values: object) -> str:
    """Answer the message in the language spoken now, its place-holders filled."""
    return str(gettext(message, **values))


def _n(one: str, many: str, number: int, **values: object) -> str:
    """Answer the message in the form that its language has for the number (`num`)."""
    return str(ngettext(one, many, number, **values))


_l: Any = lazy_gettext
"""As `_`, but said when it is read: for texts written down before anybody asks."""

_ln: Any = lazy_ngettext


def init(app: Flask) -> None:
    """Teach the app its languages and give the templates their filters."""
    babel.init_app(app, locale_selector=_chosen_locale)
    app.jinja_env.globals.update(
        locale_code=locale_code,
        text_direction=text_direction,
        languages=LANGUAGE_NAMES,
    )
    app.jinja_env.filters.update(
        day=day,
        hour=hour,
        hours=hours,
        isolated=isolated,
        moment=moment,
        number=number,
        share=share,
        together=together,
        translated=translated,
    )


def _chosen_locale() -> str:
    if not has_request_context():
        return str(current_app.config["BABEL_DEFAULT_LOCALE"])
    asked = request.args.get("lang")
    if asked in LOCALES:
        return asked
    wished = session.get("locale") or getattr(g, "user_locale", None)
    if wished in LOCALES:
        return str(wished)
    return str(current_app.config["BABEL_DEFAULT_LOCALE"])


def locale_code() -> str:
    """Answer the language spoken now: vi, en or ar."""
    return _code_of(get_locale() or current_app.config["BABEL_DEFAULT_LOCALE"])


@lru_cache
def _code_of(locale: Locale | str) -> str:
    return str(locale)


def text_direction() -> str:
    """Answer rtl for Arabic, ltr for the others."""
    return "rtl" if locale_code() == "ar" else "ltr"


def translated(text: dict[str, str] | None) -> str:
    """Answer a stored text in the language spoken now, in Vietnamese where it has none."""
    if not text:
        return ""
    return text.get(locale_code()) or text["vi"]


def day(value: date | None) -> str:
    """Answer a day as its language writes it in figures: 05/02/2026 in Vietnamese."""
    if value is None:
        return "—"
    return _day_in(value, locale_code())


@lru_cache(WRITTEN)
def _day_in(value: date, code: str) -> str:
    patterns = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy", "ar": "d MMMM yyyy"}
    return format_date(value, patterns[code], locale=code)


def hour(value: time) -> str:
    """Answer a time of day: 07:30."""
    return _hour_in(value, locale_code())


@lru_cache(WRITTEN)
def _hour_in(value: time, code: str) -> str:
    return format_time(value, "HH:mm", locale=code)


def hours(starts: time, ends: time) -> str:
    """Answer a stretch of a day: 07:30–11:00, kept in that order where the page runs leftwards."""
    return stretch(hour(starts), hour(ends))


def stretch(first: str, last: str) -> str:
    """Answer two figures as a stretch, the first before the last where the page runs leftwards."""
    return measure(f"{first}–{last}")


def measure(told: str) -> str:
    """Answer a figure and what stands with it, kept in that order where the page runs leftwards."""
    return f"\u2066{told}\u2069" if text_direction() == "rtl" else told


def isolated(text: object) -> str:
    """Answer a name or a number of some paper that stays whole where the page runs leftwards."""
    return f"\u2068{text}\u2069" if text_direction() == "rtl" else str(text)


def together(parts: Iterable[object]) -> str:
    """Answer the parts as a list in one line, with the comma of the language spoken now."""
    return ("، " if locale_code() == "ar" else ", ").join(str(part) for part in parts)


def moment(value: datetime | None) -> str:
    """Answer a moment as the office's clock and calendar show it."""
    if value is None:
        return "—"
    shown = clock.local(value)
    return f"{hour(shown.time())} {day(shown.date())}"


def number(value: int | Decimal | None) -> str:
    """Answer a number with its language's separators; a missing one is a dash, never a zero."""
    if value is None:
        return "—"
    return format_decimal(value, locale=locale_code())


def share(value: Decimal | float | None) -> str:
    """Answer a percentage with one decimal; a missing one is a dash."""
    if value is None:
        return "—"
    return format_decimal(value, "#,##0.0", locale=locale_code()) + " %"


def official_day(value: date) -> str:
    """Answer a day as official documents write it: day, and months 1 and 2, with a leading 0."""
    month = f"{value.month:02d}" if value.month < 3 else str(value.month)
    return f"ngày {value.day:02d} tháng {month} năm {value.year}"


def labels(words: Mapping[Any, Any]) -> dict[str, str]:
    """Answer the choices of a form: each state's value with its label in the language spoken."""
    return {state.value: str(label) for state, label in words.items()}


def texts(**languages: Any) -> dict[str, str]:
    """Answer a stored text, checked to have all three languages."""
    missing = [code for code in LOCALES if not languages.get(code)]
    if missing:
        raise ValueError(f"A text lacks {', '.join(missing)}.")
    return {code: str(languages[code]) for code in LOCALES}
