"""A real SMTP server that keeps what it is sent, so that a newcomer can look into every mail."""

import signal
import sys
from pathlib import Path
from threading import Event

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


def serve(port: int, folder: Path) -> None:
    """Take mail on the loopback until told to stop; each is a file of the folder (a Maildir)."""
    controller = Controller(Mailbox(folder), hostname="127.0.0.1", port=port)
    stopped = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    controller.start()
    stopped.wait()
    controller.stop()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
