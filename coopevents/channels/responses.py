"""How many answer, by the channel they are invited by and by commune; with the rows behind it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from coopevents.channels.queries import Standing
from coopevents.errors import NotFoundError
from coopevents.i18n import _


class By(StrEnum):
    CHANNEL = "channel"
    COMMUNE = "commune"


KEYS: dict[By, Callable[[Standing], str]] = {
    By.CHANNEL: lambda one: one.channel.value,
    By.COMMUNE: lambda one: one.commune,
}


@dataclass(frozen=True)
class Responses:
    """The invitees of one channel or commune. Every number is that of a list of them."""

    key: str
    invited: Sequence[Standing]

    @property
    def told(self) -> list[Standing]:
        """Answer whom the invitation reached: one channel worked."""
        return [one for one in self.invited if one.is_told]

    @property
    def answered(self) -> list[Standing]:
        """Answer who said that somebody comes, or nobody."""
        return [one for one in self.invited if one.has_answered]

    @property
    def accepted(self) -> list[Standing]:
        """Answer who said that somebody comes."""
        return [one for one in self.invited if one.has_accepted]

    @property
    def rate(self) -> float | None:
        """Answer the share of those reached that answered; None where nobody was reached."""
        if not self.told:
            return None
        return 100 * len([one for one in self.told if one.has_answered]) / len(self.told)


def group(standings: Iterable[Standing], by: By) -> list[Responses]:
    """Answer the invitees in groups; each stands in exactly one. By commune: organisations."""
    groups: dict[str, list[Standing]] = defaultdict(list)
    for one in standings:
        # Of no commune are organisations whose commune nobody knows; persons are not asked for one.
        if not (by is By.COMMUNE and one.is_person):
            groups[KEYS[by](one)].append(one)
    return [Responses(key, groups[key]) for key in sorted(groups)]


def pick(standings: Iterable[Standing], by: By, key: str) -> Responses:
    """Answer one of the groups. Raises NotFoundError where nobody is in it."""
    found = next((one for one in group(standings, by) if one.key == key), None)
    if found is None:
        raise NotFoundError(_("Nobody was invited there."))
    return found
