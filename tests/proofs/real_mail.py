"""Real bounces of Postfix, read from Dovecot: both from Debian's packages, on this machine alone.

    apt-get install postfix dovecot-imapd      # as root, which both need to start
    python -m tests.proofs.real_mail

Starts both in a folder of their own on free ports of 127.0.0.1, sends one message to each kind of
address, reads what comes back, and says what became of each. Ends with 1 when something is wrong.
"""

import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import select

from coopevents import clock
from coopevents.bounces.models import AddressCall
from coopevents.db import db
from coopevents.directory.models import ContactPoint
from coopevents.mail.models import MailKind, Message, MessageState, Priority, ReturnedMail
from coopevents.mail.rendering import render
from coopevents.programme.queries import the_programme
from tests.bounces.making import point_of
from tests.factories import make_organisation
from tests.mail.drafts import queue
from tests.proofs.standing import standing
from tests.smtp import SmtpServer
from workers.mail import deliver_messages
from workers.returned import read_returned

PATIENCE = 120
OWNER = "nobody"
"""Whom the mailboxes belong to."""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file_prefixes = {folder}
maillog_file = {folder}/mail.log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = mail.coop.example
mydestination =
recipient_delimiter = +
virtual_mailbox_domains = coop.example
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_reject_unlisted_recipient = no
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps = texthash:{folder}/transport
default_transport = error:no mail leaves this machine
relay_transport = error:no mail leaves this machine
disable_dns_lookups = yes
smtp_host_lookup = native
smtp_tls_security_level = none
queue_run_delay = 3s
minimal_backoff_time = 3s
maximal_backoff_time = 3s
delay_warning_time = 3s
maximal_queue_lifetime = {lifetime}s
bounce_queue_lifetime = {lifetime}s
"""

DOVECOT = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot-state
instance_name = proof
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{folder}/boxes/bounces
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/boxes
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""

PASSWORD = "only-on-this-machine"


class Case(NamedTuple):
    """An address, and what must become of a message to it."""

    address: str
    state: MessageState
    kinds: list[str]
    is_held: bool
    is_called: bool


CASES = (
    Case("htx1@coop.example", MessageState.SENT, [], False, False),
    # Taken first, and found to belong to nobody when it is delivered.
    Case("nobody.here@coop.example", MessageState.BOUNCED, ["failed"], True, True),
    Case("gone@far.example", MessageState.BOUNCED, ["failed"], True, True),
    Case("refuses.us@far.example", MessageState.BOUNCED, ["failed"], False, True),
    Case("slow@far.example", MessageState.SENT, ["delayed", "given_up"], False, True),
)

ANSWERS = {
    "gone@far.example": "550 5.1.1 <gone@far.example>: no such user here",
    "refuses.us@far.example": "554 5.7.1 we take no mail from you",
    "slow@far.example": "451 4.7.1 try again later",
}


class Places(NamedTuple):
    """Where the two servers answer."""

    smtp: int
    imap: str


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while True:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) == 0:
                return
        if time.monotonic() > until:
            said = log.read_text(errors="replace")[-2000:] if log.exists() else "no log"
            sys.exit(f"Nobody answers on port {port}: {said}")
        time.sleep(0.1)


@contextmanager
def _postfix(folder: Path, far_port: int) -> Iterator[int]:
    port, owner = _free_port(), pwd.getpwnam(OWNER)
    config = folder / "postfix"
    for name in ("queue", "data", "boxes", "postfix"):
        (folder / name).mkdir(mode=0o755)
    os.chown(folder / "boxes", owner.pw_uid, owner.pw_gid)
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    values = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid, "lifetime": 12}
    (config / "main.cf").write_text(MAIN.format(**values))
    (config / "master.cf").write_text(MASTER.format(port=port))
    boxes = ("bounces", "htx1")
    (folder / "mailboxes").write_text("".join(f"{n}@coop.example {n}/\n" for n in boxes))
    (folder / "transport").write_text(f"far.example smtp:[127.0.0.1]:{far_port}\n")
    command = ["postfix", "-c", str(config)]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, check=False)
    if started.returncode:
        sys.exit(f"Postfix does not start: {started.stderr}")
    try:
        _wait_for(port, folder / "mail.log")
        yield port
    finally:
        subprocess.run([*command, "stop"], capture_output=True, check=False)


@contextmanager
def _dovecot(folder: Path) -> Iterator[str]:
    port, owner = _free_port(), pwd.getpwnam(OWNER)
    config = folder / "dovecot.conf"
    values = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid, "port": port}
    config.write_text(DOVECOT.format(**values, password=PASSWORD))
    process = subprocess.Popen(["dovecot", "-F", "-c", str(config)])
    try:
        _wait_for(port, folder / "dovecot.log")
        yield f"imap://bounces%40coop.example:{PASSWORD}@127.0.0.1:{port}/INBOX"
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def _servers() -> Iterator[Places]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="real-mail")))
        folder.chmod(0o755)
        far = stack.enter_context(SmtpServer())
        far.refuse = ANSWERS
        yield Places(
            stack.enter_context(_postfix(folder, far.port)), stack.enter_context(_dovecot(folder))
        )


def _send_all() -> dict[str, Message]:
    programme, sent = the_programme(), {}
    for number, case in enumerate(CASES):
        organisation = make_organisation(programme, email=case.address)
        sent[case.address] = queue(
            number,
            address=case.address,
            contact_point_id=point_of(organisation).id,
            programme_id=programme.id,
            priority=Priority.ROUND,
        )
    stop = render(sent[CASES[0].address], clock.now()).extra_headers["List-Unsubscribe"]
    db.session.commit()
    deliver_messages()
    _ask_to_stop(stop)
    return sent


def _ask_to_stop(ways: str) -> None:
    """Write the mail that a mail program writes for whoever presses its button."""
    asked = urlsplit(ways.partition(", ")[2].strip("<>"))
    mail = EmailMessage()
    mail["From"], mail["To"] = CASES[0].address, asked.path
    mail["Subject"] = unquote(asked.query.removeprefix("subject="))
    mail.set_content("")
    with smtplib.SMTP("127.0.0.1", current_app.config["MAIL_PORT"], timeout=20) as line:
        line.send_message(mail)


def _kinds(message: Message) -> list[str]:
    found = (
        select(ReturnedMail.kind)
        .where(ReturnedMail.message_id == message.id)
        .order_by(ReturnedMail.id)
    )
    return sorted({kind.value for kind in db.session.scalars(found)})


def _is_as(case: Case, message: Message) -> bool:
    db.session.rollback()
    db.session.refresh(message)
    point = db.session.get_one(ContactPoint, message.contact_point_id)
    called = select(AddressCall).where(AddressCall.contact_point_id == point.id)
    return (
        message.state is case.state
        and _kinds(message) == case.kinds
        and (point.held_at is not None) is case.is_held
        and (db.session.scalar(called) is not None) is case.is_called
    )


def _told(case: Case, message: Message) -> str:
    point = db.session.get_one(ContactPoint, message.contact_point_id)
    kinds = "+".join(_kinds(message)) or "-"
    held = "held" if point.held_at else "-"
    return f"{case.address:26} {message.state:8} {kinds:18} {held:5} {message.last_error or ''}"


def main() -> int:
    """Send, wait for what comes back, and answer 1 when something is not as it must be."""
    if os.getuid() != 0 or not (shutil.which("postfix") and shutil.which("dovecot")):
        print("Needs root, and Debian's packages: apt-get install postfix dovecot-imapd")
        return 2
    with (
        _servers() as places,
        standing(
            MAIL_SERVER="127.0.0.1",
            MAIL_PORT=str(places.smtp),
            BOUNCE_MAILBOX=places.imap,
            BOUNCE_ADDRESS="bounces+*@coop.example",
        ),
    ):
        sent = _send_all()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            read_returned()
            if all(_is_as(case, sent[case.address]) for case in CASES) and _stopped(sent):
                break
            time.sleep(1)
        wrong = [case for case in CASES if not _is_as(case, sent[case.address])]
        for case in CASES:
            print("WRONG" if case in wrong else "right", _told(case, sent[case.address]))
        stopped = _stopped(sent)
        print("right" if stopped else "WRONG", "stopped by a mail to the mailbox")
    print("FAILED" if wrong or not stopped else "PASSED")
    return 1 if wrong or not stopped else 0


def _stopped(sent: dict[str, Message]) -> bool:
    message = sent[CASES[0].address]
    point = db.session.get_one(ContactPoint, message.contact_point_id)
    return message.kind is MailKind.INVITATIONS and point.unsubscribed_at is not None


if __name__ == "__main__":
    sys.exit(main())
