"""How an activity of the demo is planned, invited to, answered, held and closed."""

import random
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select, update

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.attendance import roll
from coopevents.attendance import service as attendance
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.checklists import queries as checklists
from coopevents.checklists import service as checklist
from coopevents.checklists.models import Anchor
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.demo.story import Past
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events import queries as events
from coopevents.events import service as event_service
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.events.plans import EventPlan, SessionPlan
from coopevents.invitations.models import Invitation
from coopevents.lifecycle import changing, inviting, planning, replying
from coopevents.mail.models import Message, MessageState
from coopevents.programme import service as programmes
from coopevents.programme.models import Programme, ProgrammeBody, YearPlan
from coopevents.programme.plans import ActivityPlan


def relive(programme: Programme, officer: Actor, past: Past, dice: random.Random) -> Event:
    """Let one activity of the past happen, from its plan to its closing."""
    first = past.days[0]
    with clock.as_if(at(first - timedelta(days=30), 9)), acting(officer):
        event = planning.plan_event(programme.id, plan_of(programme, past))
        event_service.publish(event)
        if past.invited:
            invite(event, past)
    db.session.commit()
    answer_all(event, past, dice)
    for session in events.list_sessions(event):
        with clock.as_if(at(session.held_on, 17)), acting(officer):
            tick(event, Anchor.BEFORE_FIRST)
            event_service.mark_session(event, session, SessionState.HELD)
            _call_roll(event, session, past, dice)
    with clock.as_if(at(past.days[-1] + timedelta(days=1), 9)), acting(officer):
        changing.close_event(event)
    with clock.as_if(at(past.days[-1] + timedelta(days=8), 9)), acting(officer):
        tick(event, Anchor.AFTER_LAST, but_the_last=past.unsettled)
    _let_mails_have_left(programme)
    db.session.commit()
    return event


def answer_all(event: Event, past: Past, dice: random.Random) -> None:
    """Let those invited answer, or not, on days before the activity."""
    invitations = db.session.scalars(
        select(Invitation).where(Invitation.event_id == event.id).order_by(Invitation.id)
    ).all()
    for invitation in invitations:
        _answer(invitation, past, dice)
    _let_mails_have_left(event.programme)
    db.session.commit()


def _let_mails_have_left(programme: Programme) -> None:
    # These mails left long ago: nobody is to get them today.
    db.session.execute(
        update(Message)
        .where(Message.programme_id == programme.id, Message.state == MessageState.QUEUED)
        .values(state=MessageState.SENT, sent_at=Message.queued_at, sealed_link=None)
    )


def tick(event: Event, anchor: Anchor, *, but_the_last: int = 0) -> None:
    """Say that all of the list is done that counts its days so, but for the last ones."""
    items = [item for item in checklists.list_items(event) if item.anchor is anchor]
    for item in items[: len(items) - but_the_last]:
        checklist.mark_done(item)


def submission(dice: random.Random) -> UUID:
    """Answer the number of a form, the same whenever the story is told."""
    return UUID(int=dice.getrandbits(128), version=4)


def plan_of(programme: Programme, past: Past) -> EventPlan:
    """Answer the plan of the activity, promised in the plan of its year where it says so."""
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
        listed_publicly=past.listed_publicly,
        is_sample=True,
        year_plan_id=promise(programme, past, lead).id if past.promised else None,
    )


def promise(programme: Programme, past: Past, lead_id: int | None) -> YearPlan:
    """Put the activity on the plan of the year it is held in."""
    first = past.days[0]
    return programmes.promise(
        programme,
        ActivityPlan(
            year=first.year,
            month=first.month,
            kind=past.kind,
            title=past.title,
            host_body_id=lead_id,
            place=past.place,
            seats=past.capacity,
        ),
    )


def invite(event: Event, past: Past) -> None:
    """Invite those of the register whom the activity is for."""
    everyone = audience.preview(
        event, Audience(women_led=past.women_led, kinds=("cooperative",)), past.seats
    )
    chosen = everyone.invitees[past.skip :: past.every][: past.invited]
    shown = audience.preview(
        event,
        Audience(organisation_ids=tuple(one.organisation_id for one in chosen)),
        past.seats,
    )
    inviting.invite(event, shown, "vi")


def _answer(invitation: Invitation, past: Past, dice: random.Random) -> None:
    throw = dice.random()
    if throw > past.answered:
        return
    on = past.days[0] - timedelta(days=dice.randrange(1, 20))
    on = min(on, clock.today() - timedelta(days=1))
    sent = submission(dice)
    link = Actor("link", invitation.id, "whoever holds the invitation's link")
    with clock.as_if(at(on, 10)), acting(link):
        if throw > past.answered * 0.85:
            replying.decline_invitation(invitation, "Bận mùa vụ", sent, Channel.EMAIL, "vi")
            return
        replying.accept_invitation(
            invitation, _delegates(invitation, dice), sent, Channel.EMAIL, "vi"
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
                    uuid=submission(dice),
                    session_id=session.id,
                    action=action,
                    registration_id=one.id if one.kind == "registration" else None,
                    walk_in_id=one.id if one.kind == "walk_in" else None,
                )
            )
    if marks:
        attendance.record_entries(event, marks)


def at(day: date, hour: int) -> datetime:
    """Answer the moment the office's clock shows that hour on the day."""
    return clock.at_local(day, hour)
