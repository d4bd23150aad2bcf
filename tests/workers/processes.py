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

from coopevents import embedded
from coopevents.config import ROOT, celery_url
from coopevents.jobs import QUEUES, Job

PATIENCE = 30


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """Run a Redis that nobody else uses; gives its address."""
    socket = folder / "r.sock"
    program = embedded.binary("redis-server")
    server = subprocess.Popen(
        [str(program), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _answers(socket))
        yield f"unix://{socket}?db=0"
    finally:
        server.terminate()
        server.wait(PATIENCE)


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
        options = ["-Q", "mail,documents,default", "--concurrency", "2", "--loglevel", "INFO"]
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
