"""`coopevents demo`: everything set up and run by one command, stopped by Ctrl-C."""

import fcntl
import os
import shlex
import socket
import sys
import time
from pathlib import Path

import click
from flask import Flask
from flask_migrate import upgrade

from coopevents import embedded
from coopevents.config import ROOT, SettingError, data_dir
from coopevents.db import db
from coopevents.demo import sample
from coopevents.demo.accounts import ACCOUNTS, PASSWORD
from coopevents.embedded import guardian
from coopevents.lifecycle import founding
from coopevents.system import health

STOP_SECONDS = 12
LEAVE_SECONDS = 20
"""How long a demo that was killed may take to stop the processes it has left."""

HERE = Path(__file__).parent
FILLING = "sample-data-unfinished"

SUPERVISOR = """
[supervisord]
logfile=logs/supervisord.log
pidfile=supervisord.pid
silent=true
minfds={kept}
{user}

[group:product]
programs=worker,beat,web
priority=20
"""

PROGRAM = """
[program:{name}]
command=setpriv --pdeathsig TERM {command}
directory={root}
priority={priority}
startsecs=3
autorestart=true
stopwaitsecs={wait}
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=1
redirect_stderr=true
"""

WELCOME = """
  coopevents is ready:  http://127.0.0.1:{port}/

{accounts}

  Mails it sends:       http://127.0.0.1:{port}/demo/mails
  All people and organisations in it are invented. Ctrl-C stops everything.
"""

_claimed: list[int] = []
"""Locks of the one demo of the folder: of its main process, and of all of them to the last."""


def environment(port: int) -> dict[str, str]:
    """Answer the settings of the demo: mail goes to its own catcher, at once and always.

    Raises SettingError when another demo has the folder, or another program the port.
    """
    folder = data_dir({"DATA_DIR": os.environ.get("DATA_DIR") or str(ROOT / "var" / "demo")})
    fresh = os.environ.get("FRESH") == "1"
    if fresh or (folder / FILLING).exists():
        say(f"Emptying {folder} …")
        embedded.empty(folder)
    say(f"Starting PostgreSQL and Redis in {folder} …")
    servers = embedded.provide(folder)
    _claim(folder)
    check_port(port)
    return {
        "DATA_DIR": str(folder),
        "DATABASE_URL": servers.database_url,
        "DATABASE_OWNER_URL": servers.owner_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": servers.secret_key,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(_free_port()),
        "MAIL_WINDOW": "always",
        "MAIL_HOLD_SECONDS": os.environ.get("MAIL_HOLD_SECONDS", "10"),
        "MAIL_DEFAULT_SENDER": "phoihop@coop.example",
        "DEMO": "1",
    }


def prepare(app: Flask) -> None:
    """Bring the tables up to date and fill an empty house with the programme and sample data."""
    # The samples are written in several steps: half of them are worse than none.
    unfinished = app.config["DATA_DIR"] / FILLING
    with app.app_context():
        at = health.current()
        if at != health.head():
            say("Making the tables …")
            upgrade()
        if at is None:
            say("Filling them with the programme, a sample register and sample activities …")
            unfinished.touch()
        founding.found()
        db.session.commit()
        sample.fill()
        unfinished.unlink(missing_ok=True)


def run(port: int) -> None:
    """Become the process that runs all others of the demo; does not return."""
    folder = Path(os.environ["DATA_DIR"])
    (folder / "logs").mkdir(exist_ok=True)
    (folder / "supervisord.conf").write_text(_supervision(folder, port), encoding="utf-8")
    (folder / "welcome.txt").write_text(_welcome(port), encoding="utf-8")
    say("Starting web, worker, beat and the catcher of mails …")
    held = [str(lock) for lock in (embedded.hold(folder), *_claimed[1:])]
    # -P: what stands beside the file is no library of it.
    command = [sys.executable, "-P", str(HERE / "watch.py"), str(port), *held]
    os.execv(sys.executable, command)  # noqa: S606


def say(line: str) -> None:
    """Tell whoever waits at the terminal what is being done."""
    click.echo(f"  {line}")
    sys.stdout.flush()


def _welcome(port: int) -> str:
    accounts = [f"    {one.role:<14} {one.email:<32} {PASSWORD}" for one in ACCOUNTS]
    return WELCOME.format(port=port, accounts="\n".join(accounts))


def _supervision(folder: Path, port: int) -> str:
    python = shlex.quote(sys.executable)
    celery = f"{python} -m celery -A workers.celery"
    mails, beats = (shlex.quote(str(folder / name)) for name in ("mails", "beat-schedule"))
    # Web is loaded once for both its processes, which then share most of the memory.
    settings = shlex.quote(str(HERE / "gunicorn_settings.py"))
    commands = {
        "catcher": f"{python} -P {shlex.quote(str(HERE / 'catcher.py'))}"
        f" {os.environ['MAIL_PORT']} {mails}",
        "worker": f"{celery} worker --queues mail,documents,default --pool threads --concurrency 4",
        "beat": f"{celery} beat --schedule {beats} --pidfile=",
        "web": f"{python} -m gunicorn wsgi:app --bind 127.0.0.1:{port} --workers 2"
        f" --threads 4 --preload --config {settings} --no-control-socket"
        f" --graceful-timeout {STOP_SECONDS - 2}",
    }
    # Root is warned of running as root unless it is named.
    head = SUPERVISOR.format(kept=embedded.KEPT, user="" if os.getuid() else "user=root")
    return head + "".join(
        PROGRAM.format(
            name=name,
            command=command.replace("%", "%%"),
            root=str(ROOT).replace("%", "%%"),
            # The catcher is there before mail is sent, and until the last is.
            priority=10 if name == "catcher" else 20,
            wait=STOP_SECONDS,
        )
        for name, command in commands.items()
    )


def _claim(folder: Path) -> None:
    """Be the one demo of the folder; one that was killed gets the time to end its processes."""
    for name, patience in (("demo.lock", 0), ("demo-processes.lock", LEAVE_SECONDS)):
        until = time.monotonic() + patience
        with guardian.open_lock(folder / name) as lock:
            while not guardian.taken(lock, fcntl.LOCK_EX):
                if time.monotonic() > until:
                    raise SettingError(
                        f"Another demo runs in {folder}; stop it, or choose another DATA."
                    )
                time.sleep(0.1)
            _claimed.append(embedded.inheritable(lock))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_port(port: int) -> None:
    """Refuse a port somebody else listens on, in one line."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SettingError(f"PORT {port} is in use; choose another: PORT=8001") from error
