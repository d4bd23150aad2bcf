"""A real SMTP server that keeps what it is sent, so that a newcomer can look into every mail."""

import signal
import sys
from pathlib import Path
from threading import Event

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox


def serve(port: int, folder: Path, host: str = "127.0.0.1") -> None:
    """Take mail until told to stop; each is a file of the folder (a Maildir).

    Only this machine reaches it, unless it is told another `host` to listen at.
    """
    controller = Controller(Mailbox(folder), hostname=host, port=port)
    stopped = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    controller.start()
    stopped.wait()
    controller.stop()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
