import pytest

from coopevents.directory.models import OrganisationKind, PostKind
from tests.factories import make_organisation, make_person, make_post


@pytest.fixture
def official(programme):
    """The vice-chair of an agency, who can be reached by e-mail."""
    agency = make_organisation(
        programme, name="Liên minh HTX tỉnh", kind=OrganisationKind.AGENCY, woman_head=None
    )
    person = make_person(programme, full_name="Lê Thị Hải Yến", email="yen@coop.example")
    make_post(person, agency, PostKind.OTHER).title = "Phó Chủ tịch"
    return person
