from pathlib import Path

import pytest
from flask.testing import FlaskClient

from coopevents.accounts.models import Role
from coopevents.programme.models import Programme
from tests.browsing import signed_in


@pytest.fixture
def officer(client: FlaskClient, programme: Programme) -> FlaskClient:
    """A browser in which an officer has signed in."""
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def sample(project: Path) -> Path:
    """The register that ships with the product."""
    return project / "coopevents" / "data" / "register-2024.xlsx"
