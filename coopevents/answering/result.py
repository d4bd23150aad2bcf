"""What a cooperative sees after its answer: its delegates, their passes, a text to forward."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, render_template

from coopevents.answering.known import Seen
from coopevents.events.models import Event
from coopevents.events.telling import Told
from coopevents.i18n import locale_code
from coopevents.registrations import passes
from coopevents.registrations.models import Registration, RegistrationState
from coopevents.registrations.queries import Delegate


@dataclass(frozen=True)
class Shown:
    """A delegate as this browser may see her."""

    registration: Registration
    name: str
    pass_address: str
    """Empty where she has no place yet, where none was made, or where she is not seen."""
    text: str
    """To be forwarded to her, with her pass in it."""
    lacks_pass: bool
    """Whether she could have a pass, and none was made that can be shown."""


def show(
    event: Event, delegates: Sequence[Delegate], seen: Seen, told: Told, organisation: str
) -> list[Shown]:
    """Answer the delegates; a pass bears the whole name, so only whoever sees that gets it.

    `organisation` is empty where somebody is invited herself.
    """
    having = [d.registration.id for d in delegates if _may_have_pass(d, seen)]
    if having and not passes.are_shown(event):
        having = []
    tokens = passes.tokens_of(having) if having else {}
    shown = []
    for delegate in delegates:
        registration, name = delegate.registration, seen.name(delegate.person)
        address = text = ""
        if token := tokens.get(registration.id):
            address = _spoken(passes.address_of(token))
            text = _text(name, organisation, told, address)
        lacks_pass = registration.id in having and not address
        shown.append(Shown(registration, name, address, text, lacks_pass))
    return shown


def _may_have_pass(delegate: Delegate, seen: Seen) -> bool:
    has_place = delegate.registration.state is RegistrationState.CONFIRMED
    return has_place and seen.sees(delegate.person)


def _text(name: str, organisation: str, told: Told, address: str) -> str:
    said = render_template(
        "answering/forward.txt",
        name=name,
        organisation=organisation,
        told=told,
        address=address,
    )
    return "\n".join(line.strip() for line in said.splitlines() if line.strip())


def _spoken(address: str) -> str:
    """Answer the address so that it opens in the language spoken now."""
    code = locale_code()
    is_usual = code == current_app.config["BABEL_DEFAULT_LOCALE"]
    return address if is_usual else f"{address}?lang={code}"
