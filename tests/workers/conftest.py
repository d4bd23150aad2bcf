import pytest

from tests.workers.processes import Worker, environ_of, own_redis


@pytest.fixture
def own_redis_server(tmp_path_factory):
    """A Redis of the test's own."""
    with own_redis(tmp_path_factory.mktemp("r")) as server:
        yield server


@pytest.fixture
def own_redis_url(own_redis_server):
    return own_redis_server.url


@pytest.fixture
def environ(own_app, own_redis_url, smtp_server, tmp_path):
    """What a worker process of the test's own application is told."""
    return environ_of(own_app, own_redis_url, smtp_server, tmp_path)


@pytest.fixture
def workers(environ, tmp_path):
    started = []

    def start() -> Worker:
        started.append(Worker(environ, tmp_path / "worker.log"))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
