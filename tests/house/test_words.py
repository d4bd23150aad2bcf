"""Every message is there in every language, and the catalogues say nothing the code does not."""

import subprocess
import sys

import pytest
from babel.messages.pofile import read_po

from coopevents.config import LOCALES

SOURCE = "en"
CATALOGUES = [locale for locale in LOCALES if locale != SOURCE]


@pytest.fixture(scope="module")
def written(tmp_path_factory, request):
    """The messages that stand in code and templates now."""
    project = request.config.rootpath
    template = tmp_path_factory.mktemp("words") / "messages.pot"
    subprocess.run(
        [
            *(sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract"),
            *("--mapping-file", "babel.cfg", "--keyword", "_l", "--keyword", "_ln:1,2"),
            *("--keyword", "_n:1,2", "--output-file", str(template), "."),
        ],
        cwd=project,
        check=True,
    )
    with template.open("rb") as file:
        return read_po(file)


def _catalogue(project, locale):
    path = project / "coopevents" / "translations" / locale / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=locale)


@pytest.mark.parametrize("locale", CATALOGUES)
def test_every_message_is_translated(written, project, locale):
    catalogue = _catalogue(project, locale)

    missing = []
    for message in written:
        known = catalogue.get(message.id) if message.id else message
        texts = (
            known.string if known and isinstance(known.string, tuple) else (known and known.string,)
        )
        if message.id and not all(texts):
            missing.append(message.id)

    assert missing == []


@pytest.mark.parametrize("locale", CATALOGUES)
def test_no_translation_is_left_of_what_nobody_says(written, project, locale):
    said = {message.id for message in written}

    assert [m.id for m in _catalogue(project, locale) if m.id and m.id not in said] == []


@pytest.mark.parametrize("locale", CATALOGUES)
def test_translations_keep_the_place_holders(project, locale):
    wrong = [
        message.id
        for message in _catalogue(project, locale)
        if message.id and message.python_format and list(message.check())
    ]

    assert wrong == []


def test_in_arabic_eleven_to_ninety_nine_have_their_own_form(project):
    # The catalogue's fifth form is that of 100 to 102, its last that of 11 to 99.
    swapped = [
        message.id
        for message in _catalogue(project, "ar")
        if isinstance(message.string, tuple)
        and any("ًا" in word for word in _own(message.string[4], message.string[5]))
        and not any("ًا" in word for word in _own(message.string[5], message.string[4]))
    ]

    assert swapped == []


def _own(text, other):
    return set(text.split()) - set(other.split())
