import pytest

from coopevents.db import db
from coopevents.programme.models import Programme


@pytest.fixture
def other_programme(programme):
    """Another programme in the same house."""
    columns = {
        column.key: getattr(programme, column.key)
        for column in Programme.__table__.columns
        if column.key not in {"id", "key"}
    }
    other = Programme(key="other", **columns)
    db.session.add(other)
    db.session.flush()
    return other
