"""A real Celery worker, and a Redis of the test's own: to kill the one and empty the other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis
from celery import Celery
from flask import Flask
from sqlalchemy import func, select

from coopevents import embedded
from coopevents.config import ROOT, celery_url
from coopevents.db import db
from coopevents.jobs import QUEUES, Job
from coopevents.mail.models import Message, MessageState
from tests.smtp import SmtpServer

PATIENCE = 30
LINES, PROCESSES = 8, 2
"""A worker has so many processes, and each so many lines to the mail server."""

LEASE_SECONDS = 2
UNFINISHED = (
    MessageState.QUEUED,
    MessageState.CLAIMED,
    MessageState.SENDING,
    MessageState.RETRY,
)


class OwnRedis:
    """A Redis that nobody else uses and that keeps nothing, to be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        """Start it."""
        self._folder, self._socket = folder, folder / "r.sock"
        self.url = f"unix://{self._socket}?db=0"
        self.start()

    def start(self) -> None:
        """Have it answer; it knows nothing of before."""
        program = embedded.binary("redis-server")
        where = ["--port", "0", "--unixsocket", str(self._socket), "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            [str(program), *where, "--save", ""], stdout=subprocess.DEVNULL
        )
        wait_until(lambda: _answers(self._socket))

    def stop(self) -> None:
        """End it, with all that it knew."""
        self._process.kill()
        self._process.wait(PATIENCE)


@contextmanager
def own_redis(folder: Path) -> Iterator[OwnRedis]:
    """Run a Redis that nobody else uses."""
    server = OwnRedis(folder)
    try:
        yield server
    finally:
        server.stop()


def _answers(socket: Path) -> bool:
    client = redis.Redis(unix_socket_path=str(socket))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


class Worker:
    """`celery -A workers.celery worker`, in a process group that can be killed as one."""

    def __init__(self, environ: Mapping[str, str], log: Path) -> None:
        """Start the worker; it takes jobs a few seconds later."""
        command = [sys.executable, "-m", "celery", "-A", "workers.celery", "worker"]
        options = [
            "-Q",
            "mail,documents,default",
            "--concurrency",
            str(PROCESSES),
            "--loglevel",
            "INFO",
        ]
        quick = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*command, *options, *quick],
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill the worker and all its processes, in the middle of whatever they do."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)

    def stop(self) -> int:
        """Ask the worker to end after its tasks, and answer its exit status."""
        self._process.terminate()
        return self._process.wait(PATIENCE)


def environ_of(
    app: Flask, redis_url: str, smtp_server: SmtpServer, data_dir: Path
) -> dict[str, str]:
    """Answer the settings of a worker process for the app, with servers of its own."""
    return {
        "SECRET_KEY": app.config["SECRET_KEY"],
        "DATABASE_URL": app.config["DATABASE_URL"],
        "REDIS_URL": redis_url,
        "DATA_DIR": str(data_dir),
        "BASE_URL": app.config["BASE_URL"],
        "MAIL_DEFAULT_SENDER": app.config["MAIL_DEFAULT_SENDER"],
        "MAIL_CONNECTIONS": str(LINES),
        "MAIL_LEASE_SECONDS": str(LEASE_SECONDS),
        **smtp_server.environ,
    }


def count_unfinished() -> int:
    """Answer how many messages wait, or are in the hands of a worker."""
    db.session.rollback()
    statement = select(func.count(Message.id)).where(Message.state.in_(UNFINISHED))
    return db.session.scalar(statement) or 0


def sweep_until_finished(redis_url: str, seconds: float = PATIENCE) -> None:
    """Ring for the sweep, as beat does, until no message is unfinished."""

    def is_finished() -> bool:
        ring(redis_url, Job.SWEEP_MAIL)
        return count_unfinished() == 0

    wait_until(is_finished, seconds, every=0.5)


def ring(redis_url: str, job: Job) -> None:
    """Ring for a job, as beat does."""
    with Celery(broker=celery_url(redis_url), set_as_current=False) as client:
        client.send_task(job.value, queue=QUEUES.get(job, "default"))


def wait_until(
    condition: Callable[[], bool], seconds: float = PATIENCE, every: float = 0.05
) -> None:
    """Return as soon as the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"Not so after {seconds} s.")
        time.sleep(every)
