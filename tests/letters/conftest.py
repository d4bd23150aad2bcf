import pytest
import time_machine

from coopevents.accounts.models import Role
from tests.browsing import signed_in
from tests.channels.making import invite_all, make_four


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def four(programme):
    return make_four(programme)


@pytest.fixture
def event(programme, four):
    """An activity to which the four are invited, each in its best way."""
    return invite_all(programme)
