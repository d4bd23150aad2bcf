"""The demo's main process: it runs the supervisor, says when all is ready, and ends last.

It is started as a file and knows nothing but the standard library: so it takes a tenth of the
memory that the whole product would. `kill -9` does not leave anything behind either: the kernel
tells the supervisor (PR_SET_PDEATHSIG, set by `setpriv`), which stops all others.
"""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 60
STOP_SECONDS = 60
LOOK_SECONDS = 0.1
TROUBLE = re.compile(r"(exited|gave up|spawnerr): (\w+)")


class Watch:
    """The demo while it runs, in the folder that holds its data."""

    def __init__(self, folder: Path, port: int, held: list[int]) -> None:
        """Set the folder, the port, and the locks that keep the servers running."""
        self.folder, self.port, self.held = folder, port, held
        self.told: set[str] = set()
        self.stopping = self.failed = False

    def run(self) -> int:
        """Run all processes until told to stop; answer the exit status when all have ended."""
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, self._stop)
        log = self.folder / "logs" / "supervisord.log"
        log.touch()
        with log.open(encoding="utf-8", errors="replace") as lines:
            lines.seek(0, os.SEEK_END)
            supervisor = self._start()
            until, ready = time.monotonic() + PATIENCE_SECONDS, False
            while supervisor.poll() is None and not self.stopping:
                self._complain(lines)
                if not ready:
                    ready = self._announced(until)
                time.sleep(LOOK_SECONDS)
        self._end(supervisor)
        return int(self.failed)

    def _stop(self, _signal: int, _frame: object) -> None:
        self.stopping = True

    def _start(self) -> subprocess.Popen[bytes]:
        program = Path(sys.executable).with_name("supervisord")
        return subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "TERM", sys.executable, str(program)),
                *("--nodaemon", "--configuration", "supervisord.conf"),
            ],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            # What is inherited by all keeps the servers there until the last of them has ended.
            pass_fds=self.held,
            # Ctrl-C is for this process: it stops the others in order.
            start_new_session=True,
        )

    def _complain(self, lines: Iterator[str]) -> None:
        """Name the log of each process that ended by itself; stop when one cannot be started."""
        for line in lines:
            found = TROUBLE.search(line)
            if found is None:
                continue
            what, name = found.groups()
            if name not in self.told or what == "gave up":
                self.told.add(name)
                ended = "cannot be started" if what == "gave up" else "ended and is started again"
                say(f"  {name} {ended}; see {self.folder / 'logs' / name}.log")
            if what == "gave up":
                self.failed = self.stopping = True

    def _announced(self, until: float) -> bool:
        ready, state = ask(self.port)
        if ready:
            say((self.folder / "welcome.txt").read_text(encoding="utf-8"))
        elif time.monotonic() > until:
            say(f"  Not ready after {PATIENCE_SECONDS} s: {state}; see {self.folder / 'logs'}.")
            return True
        return ready

    def _end(self, supervisor: subprocess.Popen[bytes]) -> None:
        if supervisor.poll() is None:
            say("  Stopping …")
            supervisor.terminate()
        elif not self.stopping:
            self.failed = True
            say(f"  The demo's processes ended; see {self.folder / 'logs' / 'supervisord.log'}.")
        try:
            supervisor.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
        for lock in self.held:
            os.close(lock)
        guardian = Path(__file__).parent.parent / "embedded" / "guardian.py"
        subprocess.run([sys.executable, str(guardian), "--wait", str(self.folder)], check=False)
        say("  Everything has stopped.")


def say(text: str) -> None:
    """Print at once; a terminal that is gone hears nothing, and that is no reason to fail."""
    try:
        os.write(sys.stdout.fileno(), (text + "\n").encode())
    except OSError:
        return


def ask(port: int) -> tuple[bool, str]:
    """Answer whether every part is ready, and otherwise what is said about them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        said = answer.read()
        if answer.status == http.client.OK:
            return True, ""
        return False, str(json.loads(said).get("parts"))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return False, str(error)
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(
        Watch(
            Path(os.environ["DATA_DIR"]), int(sys.argv[1]), [int(fd) for fd in sys.argv[2:]]
        ).run()
    )
