"""A web server in a thread of the test, for journeys in which the clock is moved."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Handler(WSGIRequestHandler):
    """Hangs up on a browser that asks for nothing more."""

    timeout = 1


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve the app for the length of the `with`; answers its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    # A page that was left is still being answered in a thread of its own, with a connection to the
    # database that must come back before these are closed.
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
