"""Each mail about an invitation speaks to an invited person as to one, in every language."""

import pytest

from coopevents import clock
from coopevents.config import LOCALES
from coopevents.mail.rendering import render
from tests.mail.samples import SAMPLE_CONTEXTS, sample_message

OF_INVITATIONS = sorted(
    name
    for name in set(SAMPLE_CONTEXTS) - {"digest", "notice"}
    # Only organisations ask for a place.
    if not name.startswith("request_")
)

TO_OFFICES = ("your organisation", "your delegates", "those you named", "their places", "They come")


def herself(template, locale):
    message = sample_message(template, locale)
    personal = {"organisation": "Ms Lê Thị Hải Yến, Deputy chair", "herself": "yes"}
    message.context = {
        **message.context,
        "personal": {**message.context["personal"], **personal},
    }
    return render(message, clock.now())


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("template", OF_INVITATIONS)
def test_it_greets_her_and_holds_together(app, template, locale):
    mail = herself(template, locale)

    assert "Ms Lê Thị Hải Yến, Deputy chair" in mail.body
    assert "Ms Lê Thị Hải Yến, Deputy chair" in mail.html
    assert "\n\n\n" not in mail.body


@pytest.mark.parametrize("template", OF_INVITATIONS)
def test_it_speaks_of_no_organisation_and_of_no_delegates(app, template):
    mail = herself(template, "en")

    assert [words for words in TO_OFFICES if words in mail.body + mail.html] == []
