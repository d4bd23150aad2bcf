"""The best channel for whom no e-mail reaches: offered beside the preview, chosen by an officer."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coopevents.audiences.audience import Exclusion, Preview
from coopevents.directory.models import Channel
from coopevents.errors import DomainError
from coopevents.i18n import _
from coopevents.people.queries import reachable_by

UNREACHED = frozenset({Exclusion.NO_EMAIL, Exclusion.EMAIL_HELD, Exclusion.UNSUBSCRIBED})
"""Whoever wants no mail may still be invited: that was said of mail."""

BY_HAND = (Channel.ZALO, Channel.PHONE, Channel.COMMUNE_UNION, Channel.PAPER)
FIELD = "channel-"


@dataclass(frozen=True)
class Offer:
    """An organisation that no e-mail reaches, and how else it may be invited."""

    organisation_id: int
    name: str
    commune: str
    reason: Exclusion
    channels: Sequence[Channel]
    """Those that lead to it, in the order they are tried. A letter always does."""
    reached_at: str
    """The number or the name by which the best of them leads there."""

    @property
    def best(self) -> Channel:
        """Answer the channel that is proposed."""
        return self.channels[0]


@dataclass(frozen=True)
class Chosen:
    """An organisation that is invited by hand."""

    organisation_id: int
    channel: Channel


def offer(shown: Preview) -> list[Offer]:
    """Answer whom of the preview no e-mail reaches, each with its channels. One query."""
    lost = [one for one in shown.left_out if one.reason in UNREACHED]
    ways = reachable_by([one.organisation_id for one in lost])
    offers = []
    for one in lost:
        own = ways.get(one.organisation_id, {})
        channels = [c for c in own if c in BY_HAND and c is not Channel.PAPER]
        # The points stand in the order in which they are tried.
        channels.sort(key=lambda channel: own[channel][0].rank)
        reached_at = own[channels[0]][0].value if channels else one.commune
        offers.append(
            Offer(
                one.organisation_id,
                one.name,
                one.commune,
                one.reason,
                [*channels, Channel.PAPER],
                reached_at,
            )
        )
    return offers


def count_best(offers: Iterable[Offer]) -> dict[Channel, int]:
    """Answer how many are proposed for each channel."""
    counted = Counter(one.best for one in offers)
    return {channel: counted[channel] for channel in BY_HAND if counted[channel]}


def chosen(shown: Preview, said: Mapping[str, str]) -> list[Chosen]:
    """Answer whom the form invites by hand, over which channel.

    Raises DomainError when it names somebody the preview does not leave out for want of e-mail, or
    a channel that does not lead there: nobody is invited that nobody has seen.
    """
    offers = {f"{FIELD}{one.organisation_id}": one for one in offer(shown)}
    found = []
    for field, value in said.items():
        if not field.startswith(FIELD) or not value:
            continue
        one = offers.get(field)
        if one is None or value not in one.channels:
            raise DomainError(_("The list has changed since you saw it. Please look at it again."))
        found.append(Chosen(one.organisation_id, Channel(value)))
    return found
