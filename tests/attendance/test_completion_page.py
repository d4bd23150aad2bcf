"""The page of who completed a training."""

import re

import pytest

from coopevents.accounts.models import Role
from tests.attendance.test_completion import DAYS, come
from tests.browsing import signed_in
from tests.event_factories import close, make_event, sessions_of


@pytest.mark.case(11)
def test_who_missed_a_day_is_given_no_certificate(client, programme):
    event = make_event(programme, sessions=DAYS)
    first, second, third = sessions_of(event)
    come(event, programme, [first, third], "Lê Thị Vắng")
    come(event, programme, [first, second, third], "Nguyễn Thị Đủ")
    close(event)

    page = signed_in(client, programme, Role.OFFICER).get(
        f"/events/{event.id}/roll-call/completion?lang=en"
    )

    (_head, *rows) = re.findall(r"<tr.*?</tr>", page.text, re.S)
    told = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
    assert told == [
        "Nguyễn Thị Đủ 3 of 3 9 yes may be given",
        "Lê Thị Vắng 2 of 3 6 no not given: 66.7 % of the sessions, 6 hours",
    ]
