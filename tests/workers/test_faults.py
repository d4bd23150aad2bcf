"""The worker is killed and Redis emptied: no recipient without its mail, and none with two."""

import pytest
import redis

from coopevents.db import db
from coopevents.jobs import Job
from coopevents.mail import queries
from coopevents.mail.models import MessageState
from tests.mail.drafts import queue, queue_round
from tests.workers.processes import LINES, PROCESSES, ring, sweep_until_finished

SIZE = 200


@pytest.mark.parametrize("killed_after", [1, 50, 199])
def test_killing_the_worker_neither_loses_nor_repeats_a_mail(
    own_redis_url, smtp_server, workers, killed_after
):
    smtp_server.delay = 0.02
    batch = queue_round(SIZE)
    db.session.commit()
    first = workers()
    ring(own_redis_url, Job.DELIVER_MESSAGES)
    smtp_server.wait_for(killed_after)

    first.kill()
    redis.Redis.from_url(own_redis_url).flushall()
    accepted_by_then = len(smtp_server.accepted)
    workers()
    sweep_until_finished(own_redis_url)

    uncertain = {message.address for message in queries.list_uncertain(batch)}
    got = smtp_server.count_by_recipient()
    everybody = {f"htx{number}@coop.example" for number in range(SIZE)}
    assert killed_after <= accepted_by_then <= killed_after + LINES * PROCESSES
    assert set(got) | uncertain == everybody
    assert set(got.values()) == {1}
    assert len(uncertain) <= LINES * PROCESSES
    assert queries.count_by_state(batch) == {
        **dict.fromkeys(MessageState, 0),
        MessageState.SENT: SIZE - len(uncertain),
        MessageState.UNCERTAIN: len(uncertain),
    }


def test_a_worker_that_is_told_to_stop_leaves_nothing_in_doubt(own_redis_url, smtp_server, workers):
    smtp_server.delay = 0.02
    batch = queue_round(SIZE)
    db.session.commit()
    worker = workers()
    ring(own_redis_url, Job.DELIVER_MESSAGES)
    smtp_server.wait_for(20)

    status = worker.stop()

    db.session.rollback()
    assert status == 0
    assert len(smtp_server.accepted) == queries.count_by_state(batch)[MessageState.SENT]
    assert queries.list_uncertain(batch) == []


def test_a_message_whose_bell_was_lost_leaves_with_the_next_sweep(
    own_redis_url, smtp_server, workers
):
    message = queue()
    db.session.commit()
    redis.Redis.from_url(own_redis_url).flushall()
    workers()

    sweep_until_finished(own_redis_url)

    assert [one.message_id for one in smtp_server.accepted] == [message.message_id]
