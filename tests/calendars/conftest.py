import pytest

from tests.factories import make_other_programme


@pytest.fixture
def other_programme(programme):
    """Another programme in the same house."""
    return make_other_programme(programme)
