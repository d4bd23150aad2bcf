"""Sample data for the demo: the register, people who sign in, activities of 2024 to now.

Everything is made by the services that officers use, at the moments it would have been made, and
always the same: the dice have a fixed seed. Only the one activity to come is set from today.
"""

import random
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select, update

from coopevents import clock, lifecycle
from coopevents.access import Actor, acting
from coopevents.accounts import queries as accounts
from coopevents.accounts import service as account_service
from coopevents.accounts.models import User
from coopevents.attendance import roll
from coopevents.attendance import service as attendance
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.config import ROOT
from coopevents.db import db
from coopevents.demo import founded
from coopevents.demo.accounts import ACCOUNTS, OFFICER, PASSWORD
from coopevents.demo.story import PAST, Past, to_come
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.events.plans import EventPlan, SessionPlan
from coopevents.intake import service as intake
from coopevents.invitations import audience
from coopevents.invitations.models import Invitation
from coopevents.mail.models import Message, MessageState
from coopevents.programme.models import Programme, ProgrammeBody
from coopevents.programme.queries import the_programme
from coopevents.registrations.service import NamedDelegate

REGISTER = ROOT / "coopevents" / "data" / "register-2024.xlsx"
REGISTER_AS_OF = date(2024, 7, 31)


def fill() -> None:
    """Fill an empty house; one that has users is left as it is."""
    if db.session.scalar(select(User.id).limit(1)) is not None:
        return
    programme = the_programme()
    programme.is_sample = True
    _make_accounts(programme)
    intake.import_register(
        programme.register,
        programme.territory,
        REGISTER.name,
        REGISTER.read_bytes(),
        as_of=REGISTER_AS_OF,
    )
    db.session.commit()
    officer = db.session.scalars(select(User).where(User.email == OFFICER)).one()
    founded.found(programme, account_service.user_actor(officer))
    db.session.commit()
    dice = random.Random(2024)
    for past in PAST:
        _relive(programme, account_service.user_actor(officer), past, dice)
    _plan_ahead(programme, account_service.user_actor(officer))
    db.session.commit()


def _make_accounts(programme: Programme) -> None:
    for account in ACCOUNTS:
        user = account_service.create_user(account.email, account.full_name, PASSWORD)
        account_service.add_member(
            user,
            account.role,
            programme_id=programme.id,
            body=accounts.find_body(account.body),
        )


def _relive(programme: Programme, officer: Actor, past: Past, dice: random.Random) -> None:
    """Let one activity of the past happen, from its plan to its closing."""
    first = past.days[0]
    with clock.as_if(_at(first - timedelta(days=30), 9)), acting(officer):
        event = event_service.plan(programme.id, _plan(programme, past))
        event_service.publish(event)
        _invite(event, past)
    db.session.commit()
    invitations = db.session.scalars(
        select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id)
    ).all()
    for invitation in invitations:
        _answer(invitation, past, dice)
    db.session.commit()
    for session in events.list_sessions(event):
        with clock.as_if(_at(session.held_on, 17)), acting(officer):
            event_service.mark_session(event, session, SessionState.HELD)
            _call_roll(event, session, past, dice)
    with clock.as_if(_at(past.days[-1] + timedelta(days=1), 9)), acting(officer):
        lifecycle.close_event(event)
    # These mails left long ago: nobody is to get them today.
    db.session.execute(
        update(Message)
        .where(Message.programme_id == programme.id, Message.state == MessageState.QUEUED)
        .values(state=MessageState.SENT, sent_at=Message.queued_at, sealed_link=None)
    )
    db.session.commit()


def _plan(programme: Programme, past: Past) -> EventPlan:
    bodies = db.session.scalars(
        select(ProgrammeBody.body_id)
        .where(ProgrammeBody.programme_id == programme.id)
        .order_by(ProgrammeBody.rank)
    ).all()
    lead, other = bodies if past.led_by_union else reversed(bodies)
    kind = events.get_kind(past.kind, programme.id)
    contents = events.programme_contents(programme.id)
    return EventPlan(
        kind_id=kind.id,
        title=past.title,
        description=past.description,
        place=past.place,
        lead_body_id=lead,
        co_host_ids=[other] if past.joint else [],
        content_ids=[contents[number - 1].id for number in past.contents],
        capacity=past.capacity,
        contact_name="Văn phòng Chương trình phối hợp (mẫu)",
        contact_phone="0900 000 000",
        contact_email="phoihop@coop.example",
        sessions=[SessionPlan(day, time(7, 30), time(11, 0)) for day in past.days],
        is_sample=True,
    )


def _invite(event: Event, past: Past) -> None:
    everyone = audience.preview(
        event, audience.Audience(women_led=past.women_led, kinds=("cooperative",)), past.seats
    )
    chosen = everyone.invitees[past.skip :: past.every][: past.invited]
    shown = audience.preview(
        event,
        audience.Audience(organisation_ids=tuple(one.organisation_id for one in chosen)),
        past.seats,
    )
    lifecycle.invite(event, shown, "vi")


def _answer(invitation: Invitation, past: Past, dice: random.Random) -> None:
    throw = dice.random()
    if throw > past.answered:
        return
    days = dice.randrange(1, 20)
    submission = UUID(int=dice.getrandbits(128), version=4)
    link = Actor("link", invitation.id, "whoever holds the invitation's link")
    with clock.as_if(_at(past.days[0] - timedelta(days=days), 10)), acting(link):
        if throw > past.answered * 0.85:
            lifecycle.decline_invitation(invitation, "Bận mùa vụ", submission, Channel.EMAIL, "vi")
            return
        lifecycle.accept_invitation(
            invitation, _delegates(invitation, dice), submission, Channel.EMAIL, "vi"
        )


def _delegates(invitation: Invitation, dice: random.Random) -> list[NamedDelegate]:
    organisation_id = invitation.organisation_id or 0
    posts = directory.posts_on([organisation_id], clock.today()).get(organisation_id, [])
    head = posts[0] if posts else None
    named = [NamedDelegate(head.person.full_name, head.person.sex, head.kind)] if head else []
    if not named or (invitation.seats > 1 and dice.random() < 0.6):
        sex = Sex.FEMALE if dice.random() < 0.7 else Sex.MALE
        post = dice.choice([PostKind.ACCOUNTANT, PostKind.MEMBER, PostKind.DEPUTY_DIRECTOR])
        named.append(NamedDelegate(_invented_name(sex, dice), sex, post))
    return named


FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Đinh", "Hà", "Bùi", "Đỗ", "Phùng")
MIDDLE = {Sex.FEMALE: ("Thị", "Thu", "Bích", "Ngọc"), Sex.MALE: ("Văn", "Đức", "Minh", "Quang")}
GIVEN = {
    Sex.FEMALE: ("Hoa", "Hương", "Lan", "Mai", "Thủy", "Yến", "Ánh", "Hạnh"),
    Sex.MALE: ("Dũng", "Hùng", "Sơn", "Tuấn", "Bình", "Long", "Quân", "Thắng"),
}


def _invented_name(sex: Sex, dice: random.Random) -> str:
    parts = (dice.choice(FAMILY), dice.choice(MIDDLE[sex]), dice.choice(GIVEN[sex]))
    return " ".join(parts)


def _call_roll(event: Event, session: EventSession, past: Past, dice: random.Random) -> None:
    marks = []
    for group in roll.expected(event, session):
        for one in group.people:
            throw = dice.random()
            action = (
                Action.PRESENT
                if throw < past.came
                else Action.EXCUSED
                if throw < past.came + 0.05
                else Action.ABSENT
            )
            marks.append(
                Mark(
                    uuid=UUID(int=dice.getrandbits(128), version=4),
                    session_id=session.id,
                    action=action,
                    registration_id=one.id if one.kind == "registration" else None,
                    walk_in_id=one.id if one.kind == "walk_in" else None,
                )
            )
    attendance.record_entries(event, marks)


def _plan_ahead(programme: Programme, officer: Actor) -> None:
    """Publish one activity to come, to which nobody has been invited yet."""
    with acting(officer):
        event = lifecycle.plan_event(programme.id, _plan(programme, to_come(clock.today())))
        event_service.publish(event)


def _at(day: date, hour: int) -> datetime:
    return clock.at_local(day, hour)
