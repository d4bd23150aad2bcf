"""Which organisation of the register a request is probably of. Only officers are shown that."""

from collections.abc import Sequence
from dataclasses import dataclass

from coopevents import clock
from coopevents.directory import queries as directory
from coopevents.directory.checks import CODES
from coopevents.directory.seats import communes_of
from coopevents.duplicates.lookup import OrganisationProbe, organisations_like
from coopevents.duplicates.matching import Match, Sign
from coopevents.events.models import Event
from coopevents.invitations.models import Invitation
from coopevents.requests import queries
from coopevents.requests.models import PlaceRequest

SHOWN = 5


@dataclass(frozen=True)
class Likely:
    """An organisation that may have asked, by which signs, and its invitation if it has one."""

    id: int
    name: str
    commune: str
    signs: Sequence[Sign]
    invitation: Invitation | None

    @property
    def is_reached_so(self) -> bool:
        """Whether the register knows the phone or the e-mail the request was made with."""
        return bool({Sign.PHONE, Sign.EMAIL} & set(self.signs))


def likely(event: Event, requests: Sequence[PlaceRequest]) -> dict[int, list[Likely]]:
    """Answer who probably made each of the requests, the likeliest first, by the request.

    The number of queries is the same for one as for all.
    """
    kept = [asked for asked in requests if asked.erased_at is None]
    if not kept:
        return {}
    # Two questions each: a wrong code must not hide whom name and commune tell.
    probes = [probe for asked in kept for probe in (_by_name(asked), _by_code(asked))]
    matches = organisations_like(event.programme.register, probes)
    found = {
        asked.id: _together([*matches[2 * place], *matches[2 * place + 1]])
        for place, asked in enumerate(kept)
    }
    described = describe(event, [match for some in found.values() for match in some])
    return {id_: [described[match] for match in some] for id_, some in found.items()}


def describe(event: Event, matches: Sequence[Match]) -> dict[Match, Likely]:
    """Answer each of the organisations as a list shows it."""
    ids = {match.id for match in matches}
    names = directory.name_on(ids, clock.today())
    communes = communes_of(ids)
    invitations = queries.invitations_of(event, ids)
    return {
        match: Likely(
            match.id,
            names.get(match.id, ""),
            communes.get(match.id, ""),
            match.agree,
            invitations.get(match.id),
        )
        for match in matches
    }


def _by_name(asked: PlaceRequest) -> OrganisationProbe:
    return OrganisationProbe(
        name=asked.organisation_name,
        commune_id=asked.commune_id,
        phones=[asked.phone] if asked.phone else [],
        emails=[asked.email] if asked.email else [],
    )


def _by_code(asked: PlaceRequest) -> OrganisationProbe:
    code = "".join((asked.code or "").upper().split())
    return OrganisationProbe(
        name=asked.organisation_name, codes=dict.fromkeys(CODES, code) if code else {}
    )


def _together(matches: Sequence[Match]) -> list[Match]:
    """Answer each organisation once, by all signs that speak for it."""
    best: dict[int, Match] = {}
    for match in matches:
        known = best.get(match.id)
        signs = {*match.agree, *(known.agree if known else ())}
        told = tuple(sign for sign in Sign if sign in signs)
        best[match.id] = Match(match.id, max(match.rank, known.rank if known else 0), told, ())
    return sorted(best.values(), key=lambda match: (-match.rank, match.id))[:SHOWN]
