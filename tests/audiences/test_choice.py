"""Whom a choice means, condition by condition; and who of them is taken out by hand."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.audience import Exclusion
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.directory.models import OrganisationSector
from coopevents.errors import InputError
from coopevents.invitations.models import Invitation, InvitationRound
from tests import event_factories as made
from tests.browsing import hidden, post, signed_in
from tests.factories import make_certificate, make_organisation

SESSIONS = [(date(2026, 6, 10), *made.MORNING)]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return made.make_event(programme, sessions=SESSIONS)


@pytest.fixture
def three(programme):
    return [make_organisation(programme, name=name, email=f"{name}@coop.example") for name in "abc"]


def invitees(event, chosen) -> list[str]:
    return [one.name for one in audience.preview(event, chosen, 2).invitees]


def in_trade(organisation, sector):
    db.session.add(
        OrganisationSector(
            organisation_id=organisation.id, sector=sector, valid_from=date(2020, 1, 1)
        )
    )
    db.session.flush()


def test_a_choice_by_trade_means_those_in_any_of_them(event, three):
    for organisation, sector in zip(three, ("Chè", "Rau", "Cá"), strict=True):
        in_trade(organisation, sector)

    assert invitees(event, Audience(sectors=("Chè", "Cá"))) == ["a", "c"]


def test_a_choice_by_stars_means_holders_of_a_valid_certificate(event, three):
    first, second, _third = three
    make_certificate(first, stars=3, issued_on=date(2025, 1, 1))
    make_certificate(second, stars=4, issued_on=date(2025, 1, 1))

    assert invitees(event, Audience(stars="any")) == ["a", "b"]
    assert invitees(event, Audience(stars="4")) == ["b"]


def test_a_choice_like_an_earlier_activity_means_whom_it_invited(programme, event, three):
    earlier = made.make_event(programme, sessions=[(date(2025, 6, 10), *made.MORNING)])
    for organisation in three[1:]:
        made.make_invitation(earlier, organisation)

    assert invitees(event, Audience(like_event_id=earlier.id)) == ["b", "c"]
    assert invitees(event, Audience(like_event_id=earlier.id, kinds=("linked_group",))) == []


def test_conditions_must_all_hold(event, three):
    in_trade(three[0], "Chè")

    shown = audience.preview(
        event, Audience(sectors=("Chè",), organisation_ids=[o.id for o in three[:2]]), 2
    )

    assert [one.name for one in shown.invitees] == ["a"]
    assert [(one.name, one.reason) for one in shown.left_out] == [("b", Exclusion.OTHERWISE)]


def test_everything_chosen_is_stored_and_read_as_it_was():
    chosen = Audience(
        women_led=True,
        kinds=("cooperative",),
        commune_ids=(3,),
        organisation_ids=(5, 7),
        never_reached_since=date(2026, 1, 1),
        sectors=("Chè",),
        stars="4",
        like_event_id=9,
        taken_out=(5,),
    )

    assert Audience.from_json(chosen.as_json()) == chosen


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def test_who_is_ticked_is_taken_out_and_told_with_the_reason(officer, event, three):
    base = f"/events/{event.id}/invitations"
    shown = post(
        officer, officer.get(f"{base}/new").text, f"{base}/preview", kinds="cooperative", seats="3"
    )

    without = post(
        officer,
        shown.text,
        f"{base}/preview/without?lang=en",
        preview_token=hidden(shown.text, "preview_token"),
        taken_out=[three[1].id],
    )
    answer = post(
        officer, without.text, f"{base}/", preview_token=hidden(without.text, "preview_token")
    )

    assert "taken out by hand" in without.text
    assert answer.status_code == 303
    (opened,) = db.session.scalars(select(InvitationRound))
    asked = db.session.execute(
        select(Invitation.organisation_id, Invitation.seats).order_by(Invitation.id)
    ).all()
    assert opened.audience["taken_out"] == [three[1].id]
    assert asked == [(three[0].id, 3), (three[2].id, 3)]


def test_a_list_of_another_activity_takes_nobody_out(programme, event, three):
    other = made.make_event(programme, sessions=SESSIONS)
    shown = audience.preview(event, Audience(kinds=("cooperative",)), 2)
    token = audience.preview_token(event, shown)

    with pytest.raises(InputError):
        audience.chosen_in(other, token)
    with pytest.raises(InputError):
        audience.chosen_in(event, token + "x")


def test_the_form_offers_trades_and_earlier_activities(officer, programme, event, three):
    earlier = made.make_event(programme, title="Hội thảo 2025", sessions=SESSIONS)
    made.make_invitation(earlier, three[0])
    in_trade(three[0], "Chè búp tươi")

    page = officer.get(f"/events/{event.id}/invitations/new").text

    assert ["Chè búp tươi" in page, "Hội thảo 2025" in page] == [True, True]
