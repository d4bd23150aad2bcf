"""The link that paper, Zalo and telephone carry: one to an invitation, with a code to read aloud.

Nothing but hashes is kept. Code and link are made again from the invitation under SECRET_KEY, so
that a letter printed twice bears the same. Under a new SECRET_KEY codes handed out before lead
nowhere, links that were handed out go on, and whoever is given a link again gets another.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from coopevents import clock
from coopevents.db import db, one_of
from coopevents.events.models import Event
from coopevents.invitations import queries as invitations
from coopevents.invitations.changed import links_open_until
from coopevents.invitations.models import AccessLink, Invitation, LinkPurpose
from coopevents.invitations.service import link_address
from coopevents.tokens import derived_code, derived_token, fingerprint, read_code

CODES, LINKS, KEPT = "letter codes", "code links", "code hashes"


@dataclass(frozen=True)
class PersonalLink:
    """What an invitee is given by hand: an address to open, and a code that leads to it."""

    code: str
    address: str


def give(event: Event, invitation_ids: Collection[int]) -> None:
    """Make a link with a code for each of the invitations that has none which opens."""
    asked = db.session.scalars(select(Invitation).where(one_of(Invitation.id, invitation_ids)))
    invited = {invitation.id: invitation for invitation in asked}
    missing = set(invited) - set(links_of(invited.values()))
    if not missing:
        return
    made_at, until = clock.now(), links_open_until(event)
    rows = []
    for id_ in sorted(missing):
        code = derived_code(CODES, invited[id_].calendar_uid, made_at.isoformat())
        rows.append(
            {
                "invitation_id": id_,
                "purpose": LinkPurpose.ANSWER,
                "token_hash": fingerprint(derived_token(LINKS, code)),
                "short_code_hash": fingerprint(derived_token(KEPT, code)),
                "created_at": made_at,
                "expires_at": until,
            }
        )
    db.session.execute(insert(AccessLink), rows)


def links_of(invitations_: Collection[Invitation]) -> dict[int, PersonalLink]:
    """Answer the link that each of the invitations was given and has, by the invitation's id.

    One that cannot be made again, since it was made under another SECRET_KEY, is not among them.
    """
    uids = {invitation.id: invitation.calendar_uid for invitation in invitations_}
    found = {}
    for link in _links(uids):
        made_at = link.created_at.astimezone(UTC).isoformat()
        code = derived_code(CODES, uids[link.invitation_id], made_at)
        token = derived_token(LINKS, code)
        if fingerprint(token) == link.token_hash:
            found[link.invitation_id] = PersonalLink(code, link_address(token))
    return found


def find_token(typed: str) -> str | None:
    """Answer the token of the link that the code leads to; None for a code nobody was given."""
    code = read_code(typed)
    if code is None:
        return None
    token = derived_token(LINKS, code)
    return token if invitations.find_link(token, LinkPurpose.ANSWER) else None


def _links(invitation_ids: Collection[int]) -> Sequence[AccessLink]:
    return db.session.scalars(
        select(AccessLink)
        .where(
            one_of(AccessLink.invitation_id, invitation_ids),
            AccessLink.short_code_hash.is_not(None),
            AccessLink.revoked_at.is_(None),
            AccessLink.expires_at > clock.now(),
        )
        .ext(distinct_on(AccessLink.invitation_id))
        .order_by(AccessLink.invitation_id, AccessLink.id.desc())
    ).all()
