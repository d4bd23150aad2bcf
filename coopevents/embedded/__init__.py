"""Real PostgreSQL and Redis from wheels, for whoever has installed neither.

Every program that uses them holds a shared lock on `clients.lock`. One guardian process runs the
servers for all of them and waits for that lock to become free: the kernel frees it when the last
program ends, however it ends. Should the guardian itself be killed, the kernel tells its servers
to stop (PR_SET_PDEATHSIG, set by `setpriv`).
"""

import fcntl
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coopevents.config import SettingError
from coopevents.embedded import guardian
from coopevents.embedded.guardian import APPLICATION, DATABASE, OWNER, PORT

PATIENCE_SECONDS = 60
KEPT = 64
"""Descriptors from here on are left open by the demo's supervisor (its setting `minfds`)."""


@dataclass(frozen=True)
class Servers:
    """Where the embedded servers answer."""

    database_url: str
    owner_url: str
    redis_url: str
    secret_key: str


_held: dict[Path, IO[str]] = {}


def provide(data_dir: Path) -> Servers:
    """Answer running servers over the data in `data_dir`, started if need be.

    They run at least until this process ends. Raises SettingError with the reason when they
    cannot start.
    """
    data_dir = data_dir.resolve()
    with _explained(data_dir):
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_access(data_dir)
        known = data_dir in _held
        if not known:
            _held[data_dir] = _join(data_dir)
        try:
            with _locked(data_dir / "start.lock"):
                _ensure_servers(data_dir)
                return _addresses(data_dir)
        except BaseException:
            if not known:
                release(data_dir)
            raise


def release(data_dir: Path) -> None:
    """Give up this process's use of the servers; the last to do so stops them."""
    with suppress(KeyError):
        _held.pop(data_dir.resolve()).close()


def hold(data_dir: Path) -> int:
    """Answer a descriptor that keeps the servers running in every program that inherits it."""
    return inheritable(_held[data_dir.resolve()])


def inheritable(lock: IO[str]) -> int:
    """Answer a second descriptor of the lock, which programs started from here keep open."""
    kept = fcntl.fcntl(lock, fcntl.F_DUPFD, KEPT)
    os.set_inheritable(kept, True)
    return kept


def empty(data_dir: Path) -> None:
    """Leave nothing in the folder but its locks, once its servers have stopped.

    Raises SettingError, and touches nothing, while a program uses them or when the folder was
    not made here.
    """
    data_dir = data_dir.resolve()
    with _explained(data_dir):
        if not data_dir.exists() or not any(data_dir.iterdir()):
            return
        if not (data_dir / guardian.CLIENTS).exists():
            raise SettingError(f"{data_dir} holds something else; nothing in it was deleted.")
        _check_access(data_dir)
        with guardian.open_lock(data_dir / guardian.CLIENTS) as clients:
            if not guardian.sole_use(data_dir, clients):
                raise SettingError(f"A program uses {data_dir}; stop it first.")
            for path in data_dir.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.suffix != ".lock":
                    path.unlink()


def binary(name: str) -> Path:
    """Answer the path of a program that came with the wheels: pg_dump, redis-server and others."""
    with _explained(Path()):
        return guardian.binary(name)


@contextmanager
def _explained(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except guardian.NotRunningError as error:
        raise SettingError(str(error)) from error
    except OSError as error:
        raise SettingError(
            f"DATA_DIR {data_dir} cannot be used: {error.filename}: {error.strerror}."
        ) from error


def _check_access(data_dir: Path) -> None:
    owner = data_dir.stat().st_uid
    if os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        # Root may enter another user's folder, but its PostgreSQL would not run for root.
        lock = data_dir / guardian.CLIENTS
        owner = lock.stat().st_uid if lock.exists() else os.getuid()
        if owner == os.getuid():
            return
    raise SettingError(
        f"DATA_DIR {data_dir} belongs to {_name(owner)};"
        " run as that user or choose another DATA_DIR."
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def _join(data_dir: Path) -> IO[str]:
    handle = guardian.open_lock(data_dir / guardian.CLIENTS)
    # The guardian holds this lock alone while it stops the servers; wait for that to end.
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with guardian.open_lock(path) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _ensure_servers(data_dir: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        if not guardian.lives(data_dir):
            _start_guardian(data_dir)
        elif (data_dir / guardian.READY).exists() and _listens(data_dir):
            return
        elif time.monotonic() > until:
            raise SettingError(
                f"The embedded servers do not answer; see {data_dir / guardian.LOG}."
            )
        else:
            # It has just lost a server and starts it again, or it is on its way out: one that was
            # killed leaves its sign behind, and for a moment its lock.
            time.sleep(0.05)


def _listens(data_dir: Path) -> bool:
    """Whether somebody takes calls at both servers' sockets."""
    for name in (f".s.PGSQL.{PORT}", "redis.sock"):
        with socket.socket(socket.AF_UNIX) as caller:
            if caller.connect_ex(str(guardian.socket_dir(data_dir) / name)) != 0:
                return False
    return True


def _start_guardian(data_dir: Path) -> None:
    with (
        (data_dir / guardian.LOG).open("a", encoding="utf-8") as log,
        subprocess.Popen(
            # Nobody's child, for it may outlive us, and in a session of its own: Ctrl-C in the
            # terminal must reach the programs first, as they still write to its servers.
            ["setsid", "--fork", sys.executable, guardian.__file__, str(data_dir)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        answer = process.stdout.readline().strip() if process.stdout else ""
    if answer not in {"ready", guardian.BUSY}:
        raise SettingError(answer or f"The embedded servers did not start; see {log.name}.")


def _addresses(data_dir: Path) -> Servers:
    sockets = guardian.socket_dir(data_dir)
    where = f"/{DATABASE}?host={sockets}&port={PORT}"
    return Servers(
        database_url=f"postgresql+psycopg://{APPLICATION}@{where}",
        owner_url=f"postgresql+psycopg://{OWNER}@{where}",
        redis_url=f"unix://{sockets}/redis.sock?db=0",
        secret_key=_secret_key(data_dir),
    )


def _secret_key(data_dir: Path) -> str:
    path = data_dir / "secret-key"
    if not path.exists():
        # Whole or not at all: a key cut short would stop every later start.
        draft = path.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32), encoding="ascii")
        draft.rename(path)
    return path.read_text(encoding="ascii")
