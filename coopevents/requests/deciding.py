"""Approving and declining requests: once, whoever of two officers comes first."""

from collections.abc import Sequence
from dataclasses import dataclass

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.channels import service as channels
from coopevents.db import db
from coopevents.directory.checks import require_kept
from coopevents.directory.models import Channel, Organisation
from coopevents.errors import DomainError, InputError
from coopevents.events import service as event_service
from coopevents.i18n import _
from coopevents.invitations import service as invitations
from coopevents.invitations.models import Invitation
from coopevents.people import reaching
from coopevents.people.reaching import Way
from coopevents.registrations import places
from coopevents.requests import letters, queries
from coopevents.requests.models import PlaceRequest, RequestPurpose, RequestState


@dataclass(frozen=True)
class Approval:
    """Which organisation gets how many seats, how its link reaches it, and what the register keeps.

    The seats of an organisation that is invited already stay as they are.
    """

    organisation: Organisation
    seats: int
    channel: Channel
    keeps_contact: bool = False


def channels_for(asked: PlaceRequest) -> list[Channel]:
    """Answer over which channels the link can go, the best first."""
    by_phone = [Channel.PHONE, Channel.ZALO] if asked.phone else []
    return [*([Channel.EMAIL] if asked.email else []), *by_phone]


def approve(asked: PlaceRequest, wanted: Approval) -> None:
    """Invite the organisation and send it its link; one that is invited gets a new link.

    The same decision twice is one. Raises DomainError where another one was made before, or
    nobody can be invited any more.
    """
    event = asked.event
    event_service.lock(event)
    if not _is_waiting(asked):
        had = queries.invitations_of(event, [wanted.organisation.id]).get(wanted.organisation.id)
        _require_same(
            asked, RequestState.APPROVED, had is not None and had.id == asked.invitation_id
        )
        return
    invitations.require_open(event)
    require_kept(wanted.organisation)
    if wanted.channel not in channels_for(asked):
        raise InputError.at("channel", _("No address or number was given for that way."))
    is_full = not places.has_free_place(event, [wanted.organisation.id])
    had = queries.invitations_of(event, [wanted.organisation.id]).get(wanted.organisation.id)
    invitation = had or _invite(asked, wanted)
    asked.was_invited = had is not None
    _decide(asked, RequestState.APPROVED, invitation)
    if wanted.keeps_contact:
        _keep_contact(asked, wanted.organisation)
    if wanted.channel is Channel.EMAIL:
        letters.send_link(asked, invitation, is_full=is_full)
    else:
        channels.assign(event, [invitation.id], wanted.channel)


def _invite(asked: PlaceRequest, wanted: Approval) -> Invitation:
    ids = invitations.insert_invitations(asked.event, [wanted.organisation.id], wanted.seats)
    return db.session.get_one(Invitation, ids[wanted.organisation.id])


def decline(asked: PlaceRequest, reason: str) -> None:
    """Say no and why; who gave an e-mail address is written to. Declining twice is once."""
    event_service.lock(asked.event)
    if not _is_waiting(asked):
        _require_same(asked, RequestState.DECLINED, True)
        return
    if not reason:
        raise InputError.at("reason", _("Please give the reason."))
    asked.decline_reason = reason
    _decide(asked, RequestState.DECLINED)
    letters.say_declined(asked, reason)


def _is_waiting(asked: PlaceRequest) -> bool:
    db.session.refresh(asked, with_for_update=True)
    return asked.state is RequestState.WAITING


def _require_same(asked: PlaceRequest, state: RequestState, is_same: bool) -> None:
    if asked.state is not state or not is_same:
        raise DomainError(_("Somebody has decided this request already. Please look at it again."))


def _decide(asked: PlaceRequest, state: RequestState, invitation: Invitation | None = None) -> None:
    who = access.actor()
    asked.state, asked.decided_at = state, clock.now()
    asked.decided_by_id = who.id if who.kind == "user" else None
    changes: dict[str, tuple[object, object]] = {"state": ("waiting", state.value)}
    if invitation is not None:
        asked.invitation_id = invitation.id
        changes["invitation"] = (None, invitation.id)
        changes["seats"] = (None, invitation.seats)
    db.session.flush()
    audit.record(
        f"place.request_{state.value}",
        "place_request",
        asked.id,
        programme_id=asked.programme_id,
        changes=changes,
    )


def _keep_contact(asked: PlaceRequest, organisation: Organisation) -> None:
    """Write phone and e-mail into the register: whoever asked agreed to it, an officer wants it."""
    if RequestPurpose.NEXT_INVITATIONS not in queries.purposes_of(asked):
        refusal = _("Whoever asked did not agree that phone and e-mail are kept.")
        raise InputError.at("keeps_contact", refusal)
    known = {(point.channel, point.value) for point in reaching.points_of(organisation)}
    for way in _ways(asked):
        if (way.channel, way.typed) not in known:
            reaching.add_way(organisation, way)


def _ways(asked: PlaceRequest) -> Sequence[Way]:
    typed = ((Channel.EMAIL, asked.email), (Channel.PHONE, asked.phone))
    return [Way(channel, value) for channel, value in typed if value]
