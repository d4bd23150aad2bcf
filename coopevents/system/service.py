from sqlalchemy.dialects.postgresql import insert

from coopevents import clock
from coopevents.db import db
from coopevents.system.models import Heartbeat


def beat_heart(part: str) -> None:
    """Note that the part is alive now."""
    now = clock.now()
    db.session.execute(
        insert(Heartbeat)
        .values(part=part, beat_at=now)
        .on_conflict_do_update(index_elements=["part"], set_={"beat_at": now})
    )
