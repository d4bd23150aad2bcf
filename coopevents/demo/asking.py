"""Who asks for a place at the activity to come: one waits for a decision, one has her pass."""

import random
from datetime import timedelta

from sqlalchemy import select

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.demo.activities import at, submission
from coopevents.demo.cases import TEA, VEGETABLES
from coopevents.directory import choices
from coopevents.directory.contacts import normal_phone
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.i18n import LOCALES
from coopevents.invitations.models import Invitation
from coopevents.lifecycle import placing, replying
from coopevents.requests import deciding, service
from coopevents.requests.deciding import Approval
from coopevents.requests.models import PlaceRequest, RequestPurpose
from coopevents.requests.service import Asked

AUDIENCE = "Hợp tác xã do phụ nữ làm chủ, tổ hợp tác có thành viên nữ"
THIS_ACTIVITY = frozenset({RequestPurpose.THIS_ACTIVITY})


def open_and_ask(event: Event, officer: Actor, dice: random.Random) -> None:
    """Open the activity to who is not invited; have two ask, and one of them be approved."""
    first = events.first_start(events.list_sessions(event)) or clock.now()
    until_on = clock.local(first).date() - timedelta(days=2)
    with clock.as_if(at(clock.today() - timedelta(days=5), 9)), acting(officer):
        service.set_up(event, is_open=True, until_on=until_on, audience=AUDIENCE)
    hers = _ask(event, VEGETABLES, "Bùi Thị Mẫu Xuân", 1, dice)
    _ask(event, TEA, "Hà Thị Mẫu Thu", 2, dice)
    with acting(officer):
        organisation = choices.namesakes(event.programme.register_id, VEGETABLES)[0]
        deciding.approve(hers, Approval(organisation, 1, Channel.EMAIL))
    _come(hers, dice)


def _ask(event: Event, name: str, contact: str, number: int, dice: random.Random) -> PlaceRequest:
    sent = submission(dice)
    asked = Asked(
        organisation_name=name,
        contact_name=contact,
        people=number,
        submission_id=sent,
        phone=normal_phone(f"0900 000 40{number}"),
        email=f"xin.du.{number}@coop.example",
        reason="Muốn nắm các điểm mới của Luật Hợp tác xã (mẫu).",
        agreed=THIS_ACTIVITY,
    )
    with clock.as_if(at(clock.today() - timedelta(days=3 - number), 8)):
        placing.ask_for_place(event, asked, LOCALES[0])
    return db.session.scalars(select(PlaceRequest).where(PlaceRequest.submission_id == sent)).one()


def _come(asked: PlaceRequest, dice: random.Random) -> None:
    """Have her answer by the link she got: the mail that confirms it leads to her pass."""
    invitation = db.session.get_one(Invitation, asked.invitation_id)
    delegate = NamedDelegate(asked.contact_name, Sex.FEMALE, PostKind.DIRECTOR)
    with acting(Actor("link", invitation.id, "whoever holds the invitation's link")):
        replying.accept_invitation(
            invitation, [delegate], submission(dice), Channel.EMAIL, LOCALES[0]
        )
