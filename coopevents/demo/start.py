"""`coopevents demo`: everything set up and run by one command, stopped by Ctrl-C."""

import os
import shutil
import socket
import sys
from pathlib import Path

import click
from flask import Flask
from flask_migrate import upgrade

from coopevents import embedded, lifecycle
from coopevents.config import ROOT, data_dir
from coopevents.db import db
from coopevents.demo import sample
from coopevents.system import health

STOP_SECONDS = 15
GUNICORN = "--workers 2 --threads 4 --no-control-socket"

PROGRAMS = """
[program:{name}]
command=setpriv --pdeathsig TERM {command}
directory={root}
priority={priority}
startsecs=0
autorestart={again}
stopsignal=TERM
stopwaitsecs={wait}
stdout_logfile={output}
stdout_logfile_maxbytes=0
redirect_stderr=true
"""


def environment(port: int) -> dict[str, str]:
    """Answer the settings of the demo: mail goes to its own catcher, at once and always."""
    folder = data_dir({"DATA_DIR": os.environ.get("DATA_DIR") or str(ROOT / "var" / "demo")})
    if os.environ.get("FRESH") == "1" and folder.exists():
        shutil.rmtree(folder)
    servers = embedded.provide(folder)
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
    with app.app_context():
        if health.current() != health.head():
            upgrade()
        lifecycle.found()
        db.session.commit()
        sample.fill()


def run(port: int) -> None:
    """Become the supervisor of all processes of the demo; does not return."""
    folder = Path(os.environ["DATA_DIR"])
    config = folder / "supervisord.conf"
    config.write_text(_supervision(folder, port), encoding="utf-8")
    supervisor = Path(sys.executable).with_name("supervisord")
    os.execv(supervisor, [str(supervisor), "--nodaemon", "--configuration", str(config)])  # noqa: S606


def _supervision(folder: Path, port: int) -> str:
    python = sys.executable
    (folder / "logs").mkdir(exist_ok=True)
    celery = f"{python} -m celery -A workers.celery"
    commands = [
        (
            "catcher",
            f"{python} -m coopevents.demo.catcher {os.environ['MAIL_PORT']} {folder}/mails",
            10,
        ),
        ("worker", f"{celery} worker -Q mail,documents,default --pool threads --concurrency 4", 20),
        ("beat", f"{celery} beat --schedule {folder}/beat-schedule --pidfile=", 30),
        (
            "web",
            f"{python} -m gunicorn wsgi:app --bind 127.0.0.1:{port} {GUNICORN}",
            40,
        ),
    ]
    head = (
        f"[supervisord]\nlogfile={folder}/logs/supervisord.log\npidfile={folder}/supervisord.pid\n"
        f"silent=true\nuser={_user()}\n"
    )
    programs = [
        PROGRAMS.format(
            name=name,
            command=command.replace("%", "%%"),
            root=ROOT,
            priority=priority,
            again="true",
            wait=STOP_SECONDS,
            output=folder / "logs" / f"{name}.log",
        )
        for name, command, priority in commands
    ]
    announcer = PROGRAMS.format(
        name="announcer",
        command=f"{python} -m coopevents.demo.announce {port}",
        root=ROOT,
        priority=50,
        again="false",
        wait=1,
        output="/dev/fd/1",
    )
    return head + "".join([*programs, announcer])


def _user() -> str:
    # Named also for root, who is warned otherwise about what was asked for.
    return str(os.getuid())


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
            raise click.ClickException(
                f"PORT {port} is in use; choose another: PORT=8001"
            ) from error
