"""The sample of the demo is whole: every page has something to show."""

from collections import Counter

from sqlalchemy import func, select

from coopevents import clock
from coopevents.accounts.models import User
from coopevents.budgets import queries as budgets
from coopevents.budgets.allowances import allowances
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.checklists import queries as checklists
from coopevents.db import db
from coopevents.demo import sample
from coopevents.demo.cases import TEA, VEGETABLES
from coopevents.directory import queries as directory
from coopevents.directory.models import Channel
from coopevents.events import queries as events
from coopevents.events.models import Event, EventKind, EventState
from coopevents.invitations.models import (
    Delivery,
    Invitation,
    InvitationState,
    InvitedAs,
    Reached,
)
from coopevents.letters import codes
from coopevents.letters.models import LetterCopy
from coopevents.mail.models import Message, MessageState
from coopevents.materials.models import Material
from coopevents.outcomes.advice.models import AdviceCase, AdviceMove, Founding, Outcome
from coopevents.outcomes.jobs.models import JobCount, JobCountVerification
from coopevents.outcomes.reach.queries import list_rows as list_reach
from coopevents.outcomes.trade import calls, ledger
from coopevents.outcomes.trade.models import Stage, TradeMeeting, TradeProduct, TradeStand
from coopevents.programme.models import YearPlan
from coopevents.registrations import passes
from coopevents.registrations import queries as registrations
from coopevents.registrations.models import RegistrationState
from coopevents.requests import recognising
from coopevents.requests.models import PlaceRequest, RequestState


def test_sample_shows_something_on_every_page(programme):
    sample.fill()
    users = db.session.scalar(select(func.count(User.id)))
    sample.fill()

    assert db.session.scalar(select(func.count(User.id))) == users
    _assert_planned(programme)
    _assert_prepared(programme)
    _assert_invited_by_name()
    _assert_handed()
    _assert_asked()
    _assert_changed(programme)
    _assert_traded(programme)
    _assert_advised(programme)
    _assert_counted(programme)


def _assert_planned(programme):
    promised = db.session.scalars(select(YearPlan).order_by(YearPlan.id)).all()
    kept_by = events.events_of_promises([one.id for one in promised])
    states = [[event.state for event in kept_by.get(one.id, [])] for one in promised]
    assert states == [[EventState.CLOSED], [EventState.DRAFT], []]
    assert {event.is_sample for event in db.session.scalars(select(Event))} == {True}


def _assert_prepared(programme):
    today = clock.today()
    due = checklists.list_due(programme.id, today)
    assert {item.event.state for item in due} >= {EventState.PUBLISHED, EventState.CLOSED}
    settled = _events("training", EventState.CLOSED)[-1]
    totals = budgets.total_by_source([settled.id])[settled.id]
    assert len(totals) == 3
    assert [one.stands for one in budgets.list_spendings(settled)].count(False) == 1
    assert allowances(settled).total > 0
    shown = db.session.scalars(select(Material.shown_to_participants).order_by(Material.id))
    assert list(shown) == [True, False]


def _assert_invited_by_name():
    asked = db.session.scalars(select(Invitation).where(Invitation.person_id.is_not(None)))
    told = {one.invited_as: one.state for one in asked}
    assert told == {
        InvitedAs.OFFICIAL: InvitationState.ACCEPTED,
        InvitedAs.SPEAKER: InvitationState.PENDING,
    }


def _assert_handed():
    (copy,) = db.session.scalars(select(LetterCopy))
    (link,) = codes.links_of([copy.invitation]).values()
    noted = db.session.scalars(select(Delivery).where(Delivery.channel == Channel.PAPER)).all()
    assert copy.letter.said["is_sample"] is True
    assert link.code != ""
    assert [(one.invitation_id, one.outcome) for one in noted] == [
        (copy.invitation_id, Reached.REACHED)
    ]


def _assert_asked():
    asked = db.session.scalars(select(PlaceRequest).order_by(PlaceRequest.id)).all()
    (waiting,) = [one for one in asked if one.state is RequestState.WAITING]
    (approved,) = [one for one in asked if one.state is RequestState.APPROVED]
    (likely,) = recognising.likely(waiting.event, [waiting])[waiting.id]
    (delegate,) = registrations.list_delegates(db.session.get(Invitation, approved.invitation_id))
    tokens = passes.tokens_of([delegate.registration.id])
    (token,) = tokens.values()
    assert likely.name == waiting.organisation_name == TEA
    assert delegate.registration.state is RegistrationState.CONFIRMED
    assert passes.standing_of(passes.get_pass(token)) is passes.Standing.HOLDS
    # What waits for the catcher: whoever opens it stands before the page of the pass.
    told = db.session.scalars(
        select(Message.template)
        .where(Message.address == approved.email, Message.state == MessageState.QUEUED)
        .order_by(Message.id)
    ).all()
    assert told == ["request_received", "request_approved", "registration_confirmed"]
    assert all(one.email.endswith("coop.example") for one in asked)


def _assert_changed(programme):
    made = db.session.scalars(select(EventChange.kind).order_by(EventChange.id)).all()
    assert made == [ChangeKind.POSTPONED, ChangeKind.SESSION_CANCELLED, ChangeKind.POSTPONED]
    postponed = _events("conference", EventState.POSTPONED)
    assert len(postponed) == 1


def _assert_traded(programme):
    books = ledger.load(programme)
    assert Counter(len(deal.claims) for deal in books.deals) == {2: 1, 1: 6}
    assert len(books.undecided) == 1
    assert {deal.stage for deal in books.deals} == set(Stage)
    for table in (TradeStand, TradeProduct, TradeMeeting):
        assert db.session.scalar(select(func.count(table.id))) > 0
    assert calls.due_calls(programme, clock.today()) != []


def _assert_advised(programme):
    cases = db.session.scalars(select(AdviceCase).order_by(AdviceCase.id)).all()
    outcomes = db.session.scalars(select(AdviceMove.outcome).order_by(AdviceMove.id)).all()
    assert len(cases) == 3
    assert outcomes == [Outcome.FOUNDED, Outcome.CONVERTED]
    founded = db.session.scalars(select(Founding.organisation_id).order_by(Founding.id)).all()
    named = directory.name_on(founded, clock.today())
    assert [named[id_] for id_ in founded] == [TEA, VEGETABLES]


def _assert_counted(programme):
    halves = db.session.execute(select(JobCount.year, JobCount.half)).all()
    assert sorted(Counter(tuple(half) for half in halves).values()) == [6, 8]
    assert db.session.scalar(select(func.count(JobCountVerification.id))) == 13
    (told,) = _events("communication", EventState.CLOSED)
    assert len(list_reach(told)) == 4


def _events(kind, state):
    return db.session.scalars(
        select(Event)
        .join(EventKind, EventKind.id == Event.kind_id)
        .where(EventKind.key == kind, Event.state == state)
        .order_by(Event.id)
    ).all()
