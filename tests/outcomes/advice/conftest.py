import pytest
import time_machine

from coopevents.accounts.models import Role
from tests.browsing import signed_in
from tests.outcomes.advice.cases import make_case


@pytest.fixture(autouse=True)
def in_the_autumn_of_2026(app):
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def case(programme):
    return make_case(programme)
