"""Places held, offered, taken, passed on and let go: never more than there are."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from coopevents import clock
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.events.models import EventState
from coopevents.events.plans import EventDetails
from coopevents.events.queries import list_hosts
from coopevents.invitations.models import InvitationState
from coopevents.lifecycle import placing, planning, replying
from coopevents.mail.models import Message
from coopevents.registrations import holds, offers, queries
from coopevents.registrations.models import (
    Offer,
    OfferState,
    PlaceHold,
    Registration,
    RegistrationState,
)
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_person
from tests.guests.making import invite_person
from workers.registrations import give_places

pytestmark = pytest.mark.usefixtures("app")

CONFIRMED, WAITING, OFFERED, CANCELLED = (
    RegistrationState.CONFIRMED,
    RegistrationState.WAITING,
    RegistrationState.OFFERED,
    RegistrationState.CANCELLED,
)


def at(day: date | datetime, hour: int = 9) -> time_machine.travel:
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=clock.LOCAL_ZONE)
    return time_machine.travel(moment, tick=False)


def june(day: int, hour: int = 9) -> time_machine.travel:
    return at(date(2026, 6, day), hour)


@pytest.fixture
def event(programme):
    """An activity of two places on a Wednesday; a free one is offered for eight office hours."""
    event = make_event(programme, sessions=[(date(2026, 6, 24), "07:30", "11:00")], capacity=2)
    event.offer_hours = 8
    db.session.flush()
    return event


def invited(event, *, seats: int = 2):
    number = uuid4().hex[:6]
    organisation = make_organisation(
        event.programme, name=f"HTX {number}", email=f"{number}@coop.example"
    )
    return make_invitation(event, organisation, seats=seats)


def accept(invitation, *names: str) -> None:
    delegates = [NamedDelegate(name, Sex.FEMALE, PostKind.DIRECTOR) for name in names]
    replying.accept_invitation(invitation, delegates, uuid4(), Channel.EMAIL, "vi")


def decline(invitation) -> None:
    replying.decline_invitation(invitation, "", uuid4(), Channel.EMAIL, "vi")


def take(invitation, offer) -> None:
    replying.take_place(invitation, offer, uuid4(), "vi")


def pass_on(invitation, offer) -> None:
    replying.pass_place_on(invitation, offer, uuid4(), Channel.EMAIL, "vi")


def states(*invitations) -> list[list[RegistrationState]]:
    return [[d.registration.state for d in queries.list_delegates(one)] for one in invitations]


def told(template: str) -> list[str]:
    found = select(Message.address).where(Message.template == template).order_by(Message.id)
    return list(db.session.scalars(found))


def address(invitation) -> str:
    return next(iter(told_all(invitation)))


def told_all(invitation) -> list[str]:
    found = select(Message.address).where(Message.about_id == invitation.id).order_by(Message.id)
    return list(db.session.scalars(found))


def the_offer(invitation) -> Offer:
    (delegate,) = queries.list_delegates(invitation)
    return offers.find_open_offer(delegate.registration.id)


@pytest.fixture
def queue(event):
    """Two who have the places, and two who wait."""
    found = [invited(event) for _each in range(4)]
    for number, invitation in enumerate(found):
        with june(1, 8 + number):
            accept(invitation, f"Người {number}")
    db.session.commit()
    return found


def test_a_free_place_is_offered_to_the_head_for_so_many_office_hours(event, queue):
    with june(5, 15):  # a Friday: the office is closed until Monday
        decline(queue[0])

    offer = the_offer(queue[2])
    assert states(*queue) == [[], [CONFIRMED], [OFFERED], [WAITING]]
    assert clock.local(offer.deadline_at).date() == date(2026, 6, 8)
    assert told("place_offered") == [address(queue[2])]
    message = db.session.scalars(select(Message).where(Message.template == "place_offered")).one()
    assert message.not_after == offer.deadline_at
    assert message.priority.value == "1-answer"


def test_an_offer_taken_is_a_place_and_taking_twice_changes_nothing(event, queue):
    with june(5):
        decline(queue[0])
        offer = the_offer(queue[2])
        take(queue[2], offer)
        take(queue[2], offer)

    assert states(*queue) == [[], [CONFIRMED], [CONFIRMED], [WAITING]]
    assert offer.state is OfferState.TAKEN
    assert told("registration_confirmed").count(address(queue[2])) == 2


def test_an_offer_passed_on_goes_to_the_next_and_nobody_of_hers_comes(event, queue):
    with june(5):
        decline(queue[0])
        pass_on(queue[2], the_offer(queue[2]))

    assert states(*queue) == [[], [CONFIRMED], [], [OFFERED]]
    assert queue[2].state is InvitationState.DECLINED
    assert told("place_offered") == [address(queue[2]), address(queue[3])]


def test_an_offer_nobody_answered_goes_on_and_both_are_told(event, queue):
    with june(5):
        decline(queue[0])
        offer = the_offer(queue[2])
    with time_machine.travel(offer.deadline_at + timedelta(minutes=1), tick=False):
        with pytest.raises(DomainError):
            take(queue[2], offer)
        give_places()
        give_places()

    assert offer.state is OfferState.EXPIRED
    assert states(*queue) == [[], [CONFIRMED], [], [OFFERED]]
    assert told("place_offer_over") == [address(queue[2])]
    assert told("place_offered") == [address(queue[2]), address(queue[3])]


def test_an_offer_ends_at_the_beginning_and_nothing_is_offered_after_it(event, queue):
    with june(23, 16):
        decline(queue[0])
    offer = the_offer(queue[2])
    beginning = datetime(2026, 6, 24, 7, 30, tzinfo=clock.LOCAL_ZONE)

    with time_machine.travel(beginning, tick=False):
        give_places()

    assert offer.deadline_at == beginning
    assert states(*queue) == [[], [CONFIRMED], [], [WAITING]]
    assert told("place_offer_over") == []


def test_without_office_hours_in_the_setting_the_place_is_given_at_once(event, queue):
    event.offer_hours = None
    with june(5):
        decline(queue[0])

    assert states(*queue) == [[], [CONFIRMED], [CONFIRMED], [WAITING]]
    assert told("registration_promoted") == [address(queue[2])]


def test_who_leaves_the_queue_is_asked_no_more(event, queue):
    with june(5):
        (leaving,) = queries.list_delegates(queue[2])
        for _twice in range(2):
            replying.withdraw_delegate(
                queue[2], leaving.registration.id, uuid4(), Channel.EMAIL, "vi"
            )
        decline(queue[0])

    assert states(*queue) == [[], [CONFIRMED], [], [OFFERED]]
    assert queue[2].state is InvitationState.DECLINED


@pytest.mark.case(21)
def test_a_substitute_has_the_place_of_whom_she_replaces_before_all_who_wait(event, queue):
    with june(5):
        accept(queue[0], "Người thay")

    (came,) = queries.list_delegates(queue[0])
    gone = db.session.scalars(
        select(Registration).where(Registration.state == RegistrationState.CANCELLED)
    ).one()
    assert (came.person.full_name, came.registration.state) == ("Người thay", CONFIRMED)
    assert came.representation.role_snapshot is PostKind.DIRECTOR
    assert gone.person.full_name == "Người 0"
    assert states(*queue[1:]) == [[CONFIRMED], [WAITING], [WAITING]]


def test_a_substitute_on_the_waiting_list_waits_as_long_as_whom_she_replaces(event, queue):
    with june(5):
        accept(queue[2], "Người thay")
        decline(queue[0])

    assert states(*queue) == [[], [CONFIRMED], [OFFERED], [WAITING]]


def test_places_held_go_to_nobody_else_until_the_day_is_over(event):
    held, other = invited(event), invited(event)
    with june(1):
        placing.hold_places(event, held, 1, date(2026, 6, 5), "vi")
        accept(other, "Lan", "Mai")
    with june(5, 23):
        give_places()
        before = states(other)
    with june(6):
        give_places()

    assert before == [[CONFIRMED, WAITING]]
    assert states(other) == [[CONFIRMED, OFFERED]]


def test_places_held_are_taken_by_their_own_and_counted_once(event):
    held, other = invited(event), invited(event)
    with june(1):
        placing.hold_places(event, held, 1, date(2026, 6, 5), "vi")
        accept(other, "Lan", "Mai")
        accept(held, "Hoa")

        assert holds.held_places(event) == {held.organisation_id: 0}

    assert states(held, other) == [[CONFIRMED], [CONFIRMED, WAITING]]


def test_places_released_are_offered_at_once(event):
    held, other = invited(event), invited(event)
    with june(1):
        placing.hold_places(event, held, 2, date(2026, 6, 5), "vi")
        accept(other, "Lan")
        before = states(other)
        (hold,) = holds.list_holds(event)
        placing.release_places(event, hold, "vi")

    assert (before, states(other)) == ([[WAITING]], [[OFFERED]])


@pytest.mark.parametrize(
    ("places", "until_on"),
    [(3, date(2026, 6, 5)), (1, date(2026, 5, 31)), (2, date(2026, 6, 5))],
    ids=["more than its seats", "a day that is over", "more than are free"],
)
def test_what_cannot_be_held_is_refused(event, places, until_on):
    held, other = invited(event), invited(event)
    with june(1):
        accept(other, "Lan")
        with pytest.raises(InputError):
            placing.hold_places(event, held, places, until_on, "vi")

    assert db.session.scalars(select(PlaceHold)).all() == []


def test_places_can_be_held_again_once_the_day_is_over(event):
    held = invited(event)
    with june(1):
        placing.hold_places(event, held, 1, date(2026, 6, 2), "vi")
    with june(3):
        placing.hold_places(event, held, 2, date(2026, 6, 4), "vi")
        assert holds.held_places(event) == {held.organisation_id: 2}


def test_fewer_places_than_are_taken_or_held_are_refused(event):
    held, other = invited(event), invited(event)
    with june(1):
        placing.hold_places(event, held, 1, date(2026, 6, 5), "vi")
        accept(other, "Lan")
        with pytest.raises(InputError):
            set_capacity(event, 1)


def test_when_nobody_is_turned_away_any_more_everybody_who_waits_is_asked(event, queue):
    with june(2):
        set_capacity(event, None)

    assert states(*queue) == [[CONFIRMED], [CONFIRMED], [OFFERED], [OFFERED]]


def test_an_offer_is_nobody_elses_to_take(event, queue):
    with june(5):
        decline(queue[0])

    with pytest.raises(NotFoundError):
        offers.get_offer(the_offer(queue[2]).id, queue[3])


def set_capacity(event, capacity: int | None) -> None:
    from_event = {name: getattr(event, name) for name in EventDetails.COLUMNS}
    hosts = [host.body_id for host in list_hosts(event)]
    details = EventDetails(
        **{**from_event, "capacity": capacity},
        lead_body_id=hosts[0],
        co_host_ids=hosts[1:],
        third_host_ids=[],
        content_ids=[],
    )
    planning.change_details(event, details, "vi")


ACTS = st.one_of(
    st.tuples(st.just("register"), st.integers(0, 6), st.integers(1, 2)),
    st.tuples(
        st.sampled_from(["withdraw", "take", "pass", "release"]), st.integers(0, 6), st.just(0)
    ),
    st.tuples(st.just("wait"), st.integers(1, 30), st.just(0)),
    st.tuples(st.just("capacity"), st.integers(1, 5), st.just(0)),
    st.tuples(st.just("hold"), st.integers(0, 6), st.integers(1, 2)),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.integers(1, 4),
    st.sampled_from([None, 1, 8]),
    st.lists(ACTS, min_size=1, max_size=16),
)
def test_places_taken_and_offered_never_exceed_the_capacity(programme, capacity, hours, acts):
    with db.session.begin_nested() as kept, june(1) as clock_of_test:
        event = make_event(
            programme, sessions=[(date(2026, 6, 24), "07:30", "11:00")], capacity=capacity
        )
        event.offer_hours = hours
        invitations = [invited(event) for _each in range(5)]
        # The last two are persons, who answer for themselves.
        invitations += [invite_person(event, make_person(programme)) for _each in range(2)]
        for act, which, number in acts:
            if act == "wait":
                clock_of_test.shift(timedelta(hours=which))
                placing.rebalance(event, "vi")
            else:
                try_to(act, event, invitations, which, number)
            counts = queries.count_by_state(event)
            held = holds.held_places(event)
            taken = counts[CONFIRMED] + counts[OFFERED]
            assert taken + sum(held.values()) <= event.capacity
            # Nobody waits while a place is free for everybody.
            assert counts[WAITING] == 0 or taken + sum(held.values()) == event.capacity
            assert counts[OFFERED] == len(open_offers(event))
        kept.rollback()
    db.session.expire_all()


def open_offers(event) -> list[Offer]:
    ids = db.session.scalars(select(Registration.id).where(Registration.event_id == event.id))
    return list(offers.open_offers(list(ids)).values())


def try_to(act: str, event, invitations, which: int, number: int) -> None:
    """Do it where it can be done; a refusal changes nothing."""
    try:
        with db.session.begin_nested():
            _do(act, event, invitations, which, number)
    except (InputError, DomainError):
        db.session.expire_all()


def _do(act: str, event, invitations, which: int, number: int) -> None:
    if act == "register":
        accept(invitations[which], *[f"Người {which} {row}" for row in range(number)])
    elif act == "withdraw":
        decline(invitations[which])
    elif act == "capacity":
        set_capacity(event, which)
    elif act == "hold":
        placing.hold_places(event, invitations[which], number, clock.today(), "vi")
    elif act == "release":
        for held in holds.list_holds(event)[:1]:
            placing.release_places(event, held, "vi")
    else:
        offers = open_offers(event)
        if offers:
            offer = offers[which % len(offers)]
            invitation = queries.invitations_of([offer.registration])[offer.registration_id][-1]
            {"take": take, "pass": pass_on}[act](invitation, offer)


def test_the_first_of_a_cooperative_comes_before_the_second_of_another(event):
    full, two, one = invited(event), invited(event), invited(event)
    with june(1):
        accept(full, "Có chỗ Một", "Có chỗ Hai")
    with june(2):
        accept(two, "Hai Một", "Hai Hai")
    with june(3):
        accept(one, "Một Một")

    with june(4):
        set_capacity(event, 4)

    assert states(two, one) == [[OFFERED, WAITING], [OFFERED]]


def test_whoever_stands_for_one_that_has_a_place_waits_for_those_that_have_none(event):
    here, away = invited(event), invited(event)
    with june(1):
        accept(here, "Ở đây Một")
        accept(invited(event), "Khác")
    with june(2):
        accept(here, "Ở đây Một", "Ở đây Hai")
    with june(3):
        accept(away, "Xa Một")

    with june(4):
        set_capacity(event, 3)

    assert states(here, away) == [[CONFIRMED, WAITING], [OFFERED]]


def test_among_equals_whoever_waited_longest_is_next(event):
    with june(1):
        accept(invited(event), "Một", "Hai")
    with june(2):
        earlier = invited(event)
        accept(earlier, "Ba")
    with june(3):
        later = invited(event)
        accept(later, "Bốn")

    with june(4):
        set_capacity(event, 3)

    assert states(earlier, later) == [[OFFERED], [WAITING]]


def test_no_place_is_held_for_a_person(event):
    with june(1):
        invitation = invite_person(event, make_person(event.programme))

        with pytest.raises(DomainError, match="đích danh một người"):
            placing.hold_places(event, invitation, 1, clock.today(), "vi")


def test_a_person_waits_no_longer_for_standing_for_nobody(event):
    event.offer_hours = None
    placed, later = invited(event), invited(event)
    with june(1):
        herself = invite_person(event, make_person(event.programme))
        accept(placed, "Người 1", "Người 2")
    with june(2):
        accept(herself)
    with june(3):
        accept(later, "Người 3")

    with june(4):
        replying.withdraw_delegate(
            placed,
            queries.list_delegates(placed)[0].registration.id,
            uuid4(),
            Channel.EMAIL,
            "vi",
        )

    assert states(herself, later) == [[CONFIRMED], [WAITING]]


def test_a_cancelled_activity_ends_no_offer(event, queue):
    with june(5):
        decline(queue[0])
    event.state = EventState.CANCELLED
    event.cancelled_at = clock.now()
    db.session.flush()

    with june(9):
        give_places()

    assert told("place_offer_over") == []
    assert states(queue[3]) == [[WAITING]]
