import pytest
import time_machine

from coopevents.accounts.models import Role
from coopevents.directory.models import Channel
from tests.browsing import signed_in
from tests.channels.making import invite_all
from tests.factories import make_contact_point, make_organisation


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def four(programme):
    """One organisation for each way: e-mail, Zalo, phone, and nothing but a letter."""
    by_mail = make_organisation(programme, name="HTX Bưởi", email="buoi@coop.example")
    by_zalo = make_organisation(programme, name="HTX Chè", email=None)
    by_phone = make_organisation(programme, name="HTX Mía", email=None)
    by_letter = make_organisation(programme, name="HTX Rau", email=None)
    make_contact_point(by_zalo, Channel.ZALO, "+84912000111")
    make_contact_point(by_phone, Channel.PHONE, "+84912000222")
    return by_mail, by_zalo, by_phone, by_letter


@pytest.fixture
def event(programme, four):
    """An activity to which the four are invited, each in its best way."""
    return invite_all(programme)
