"""Who is invited by name to the activity to come: an official and a speaker, both invented."""

import random

from coopevents.demo.activities import submission
from coopevents.directory import service as directory
from coopevents.directory.models import (
    Channel,
    Organisation,
    OrganisationKind,
    Person,
    PostKind,
    Sex,
)
from coopevents.directory.service import NewOrganisation
from coopevents.events import service as events
from coopevents.events.models import Event, PartInEvent
from coopevents.events.plans import TrainerPlan
from coopevents.guests import choosing
from coopevents.guests import service as guests
from coopevents.guests.choosing import Picked
from coopevents.i18n import LOCALES
from coopevents.invitations.models import InvitedAs
from coopevents.invitations.queries import list_invited
from coopevents.lifecycle import replying
from coopevents.people import reaching
from coopevents.people import service as people
from coopevents.people.reaching import Way
from coopevents.people.service import PersonEntry, Tenure

AGENCY_KIND = OrganisationKind.AGENCY
AGENCY = "Sở Nông nghiệp và Môi trường (mẫu)"
OF_OFFICIAL = Way(Channel.PHONE, "0900 000 301")
OF_SPEAKER = Way(Channel.EMAIL, "giang.vien@coop.example")


def invite(event: Event, dice: random.Random) -> None:
    """Have the official be handed a letter and say yes, and the speaker be mailed."""
    office = directory.enter(event.programme.register, NewOrganisation(AGENCY_KIND, AGENCY))
    official = _enter(office, "Đỗ Thị Mẫu Thanh", "Phó Giám đốc", OF_OFFICIAL)
    speaker = _enter(office, "Phùng Thị Mẫu Giảng", "Trưởng phòng", OF_SPEAKER)
    plan = TrainerPlan(speaker.full_name, PartInEvent.SPEAKER, AGENCY, speaker.id)
    events.add_trainers(event, [plan])
    picked = [Picked(official.id, InvitedAs.OFFICIAL), Picked(speaker.id, InvitedAs.SPEAKER)]
    shown = choosing.preview(event, picked)
    guests.invite(event, shown, {official.id: Channel.PAPER}, LOCALES[0])
    hers = next(
        one.invitation for one in list_invited(event) if one.invitation.person_id == official.id
    )
    replying.accept_invitation(hers, (), submission(dice), Channel.PHONE, LOCALES[0])


def _enter(office: Organisation, name: str, title: str, way: Way) -> Person:
    person = people.enter_person(office.register_id, PersonEntry(full_name=name, sex=Sex.FEMALE))
    people.give_post(person, office, PostKind.OTHER, Tenure(None), title=title)
    reaching.add_way(person, way)
    return person
