"""What is copied into Zalo: one short, polite text to an invitee, with its own link."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import render_template

from coopevents.channels.queries import Standing, list_standing
from coopevents.directory.models import Channel, ContactPoint
from coopevents.events import telling
from coopevents.events.models import Event
from coopevents.events.telling import Told
from coopevents.i18n import force_locale
from coopevents.invitations import invitees
from coopevents.letters import codes
from coopevents.letters.codes import PersonalLink

NUMBERS = (Channel.ZALO, Channel.PHONE)


@dataclass(frozen=True)
class ZaloText:
    """A text ready to be copied, and whether it was sent."""

    standing: Standing
    text: str
    phone: str
    is_sent: bool
    is_changed: bool
    """Whether it tells a change of what the invitee was told before."""


def list_texts(event: Event, untold: Collection[int], locale: str) -> list[ZaloText]:
    """Answer the texts of all who are told over Zalo, those still to be sent first.

    `untold` are the invitations of those who still hold what was before a change.
    """
    told = telling.tell(event, locale)
    mine = [one for one in list_standing(event) if _is_on_zalo(one)]
    links = codes.links_of([one.invitation for one in mine])
    ways = invitees.contact_points([one.invitation for one in mine])
    greetings = invitees.greet([one.invitation for one in mine], locale)
    texts = []
    for one in mine:
        numbers = _numbers(ways[one.invitation.id])
        name = greetings.get(one.invitation.id, {}).get("organisation", one.name)
        is_changed = one.invitation.id in untold
        texts.append(
            ZaloText(
                one,
                _text(event, told, one, name, links.get(one.invitation.id), is_changed, locale),
                next(iter(numbers), ""),
                not is_changed and _is_sent(one),
                is_changed,
            )
        )
    return sorted(texts, key=lambda text: text.is_sent)


def _numbers(points: Sequence[ContactPoint]) -> list[str]:
    """Answer the numbers to write to, those of Zalo before those of a telephone."""
    usable = [point for point in points if point.is_usable]
    return [p.value for channel in NUMBERS for p in usable if p.channel is channel]


def _is_on_zalo(one: Standing) -> bool:
    return one.channel is Channel.ZALO or one.told_over(Channel.ZALO) is not None


def _is_sent(one: Standing) -> bool:
    return one.channel is not Channel.ZALO or one.is_assigned_and_told


def _text(
    event: Event,
    told: Told,
    one: Standing,
    name: str,
    link: PersonalLink | None,
    is_changed: bool,
    locale: str,
) -> str:
    with force_locale(locale):
        said = render_template(
            "channels/zalo.txt",
            event=event,
            told=told,
            name=name,
            seats=None if one.is_person else one.invitation.seats,
            link=link,
            is_changed=is_changed,
        )
    return "\n".join(line.strip() for line in said.splitlines() if line.strip())
