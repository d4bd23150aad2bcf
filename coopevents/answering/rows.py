"""Empty rows of the form of delegates: the same for everybody, so each is made once a language.

They are most of the work of the page that most people open: 40 fields for five seats.
"""

import re
from functools import lru_cache

from flask import render_template
from markupsafe import Markup

from coopevents.delegates.forms import DelegateForm
from coopevents.i18n import locale_code

AT_ONCE = 5
"""So many empty rows keep the page light; whoever has more seats may ask for all of them."""


def empty_row(number: int) -> Markup:
    """Answer the row in which nobody is named yet; `number` counts from 0."""
    return _made(locale_code(), number)


@lru_cache(maxsize=256)
def _made(_locale: str, number: int) -> Markup:
    entry = DelegateForm(prefix=f"delegates-{number}-")
    html = render_template("answering/delegate.html", entry=entry, number=number)
    return Markup(re.sub(r"\s+", " ", html))  # noqa: S704 - a template made it
