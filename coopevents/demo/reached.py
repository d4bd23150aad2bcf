"""How many the communication work of the demo reached."""

import random
from datetime import timedelta

from coopevents import clock
from coopevents.access import Actor, acting
from coopevents.demo.activities import at, submission
from coopevents.events import queries as events
from coopevents.events.models import Event
from coopevents.outcomes.reach import service
from coopevents.outcomes.reach.models import ReachChannel
from coopevents.outcomes.reach.service import Told

REACHED = (
    (ReachChannel.ARTICLE, 12_400, "Báo Phú Thọ (mẫu), số ra ngày 09/7/2026"),
    (ReachChannel.LOUDSPEAKER, 8_600, "Biên bản phát thanh của 14 xã, phường (mẫu)"),
    (ReachChannel.SOCIAL_NETWORK, 53_100, "Ảnh chụp số lượt tiếp cận trang của Hội (mẫu)"),
)


def declare(event: Event, officer: Actor, dice: random.Random) -> None:
    """Declare what each channel reached; of the last one first a figure too high."""
    on = events.list_sessions(event)[-1].held_on + timedelta(days=5)
    with clock.as_if(at(on, 15)), acting(officer):
        for channel, reached, evidence in REACHED:
            row = service.declare(event, Told(channel, reached, on, evidence), submission(dice))
        right = Told(channel, 35_100, on, evidence)
        service.correct(event, row, right, "Nhầm lượt xem với lượt tiếp cận", submission(dice))
