"""A message of each template in each language, before SpamAssassin with Debian's own rules.

    apt-get install spamassassin
    python -m tests.proofs.spam

Says for each message what it scored, and ends with 1 when a rule above 1 point is ours to mend.
"""

import re
import shutil
import subprocess
import sys
from typing import NamedTuple

from sqlalchemy import select

from coopevents import clock
from coopevents.config import LOCALES
from coopevents.db import db
from coopevents.directory.models import ContactPoint
from coopevents.mail.models import MailKind
from coopevents.mail.rendering import render
from coopevents.mail.unsubscribing import Kept, keep_links
from coopevents.programme.queries import the_programme
from coopevents.tokens import seal
from tests.factories import make_organisation
from tests.mail.samples import LINK, SAMPLE_CONTEXTS, sample_message
from tests.proofs.standing import standing

LINE = re.compile(r"^\s*(-?\d+\.\d+)\s+([A-Z][A-Z0-9_]+)\s+(.*)$")
TOTAL = re.compile(r"Content analysis details:\s+\(\s*(-?\d+\.\d+) points")
MOST = 1.0

STRANGER = [
    f"--cf={line}"
    for line in (
        "clear_trusted_networks",
        "trusted_networks 127.0.0.1",
        "clear_internal_networks",
        "internal_networks 127.0.0.1",
    )
]
"""Our server is one the receiver knows nothing of: nothing is forgiven."""

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
"""What every filter must take for spam: shows that the rules are there."""


class Hit(NamedTuple):
    """A rule that a message met."""

    points: float
    rule: str
    words: str


def check(mail: bytes) -> tuple[float, list[Hit]]:
    """Answer the score of the mail, and the rules it met; nothing is asked of the network."""
    # As a receiving server hands it on.
    relayed = (
        b"Received: from mail.coop.example (mail.coop.example [10.1.2.3])\r\n"
        b"\tby mx.office.example with ESMTPS; " + _date(mail) + b"\r\n" + mail
    )
    said = subprocess.run(
        ["spamassassin", "--local", "--test-mode", *STRANGER],
        input=relayed,
        capture_output=True,
        check=True,
    ).stdout.decode(errors="replace")
    total = TOTAL.findall(said)
    if not total:
        sys.exit(f"SpamAssassin said no score:\n{said[:2000]}")
    report = said[said.rindex("Content analysis details") :]
    hits = [
        Hit(float(found[1]), found[2], found[3])
        for found in map(LINE.match, report.splitlines())
        if found
    ]
    return float(total[-1]), hits


def _date(mail: bytes) -> bytes:
    found = re.search(rb"(?m)^Date: (.*?)\r?$", mail)
    return found[1] if found else b""


def main() -> int:
    """Check every template in every language; answer 1 when something is ours to mend."""
    if not shutil.which("spamassassin"):
        print("SpamAssassin is not installed (Debian: apt-get install spamassassin).")
        return 2
    total, _hits = check(f"Subject: x\r\n\r\n{GTUBE}\r\n".encode())
    if total < 1000:
        print(f"SpamAssassin takes nothing for spam: {total} points for what must have 1,000.")
        return 2
    wrong = 0
    with standing(BASE_URL="https://coopevents.coop.example"):
        organisation = make_organisation(the_programme(), email="htx1@coop.example")
        found = select(ContactPoint).where(ContactPoint.organisation_id == organisation.id)
        point = db.session.scalars(found).one()
        (stop,) = keep_links([Kept(point.id, MailKind.INVITATIONS, point.value)])
        for template in sorted(SAMPLE_CONTEXTS):
            for locale in LOCALES:
                message = sample_message(template, locale, dedupe_key=f"{template}:{locale}")
                message.sealed_link = seal(f'{{"link": "{LINK}", "unsubscribe": "{stop}"}}')
                total, hits = check(render(message, clock.now()).as_bytes())
                bad = [hit for hit in hits if hit.points > MOST]
                wrong += len(bad)
                rules = ", ".join(f"{hit.rule} {hit.points}" for hit in hits) or "no rule"
                print(f"{template:24} {locale}  {total:5.1f}  {rules}")
                for hit in bad:
                    print(f"{'':32}  OURS TO MEND: {hit.rule} {hit.points} {hit.words}")
    print(f"{'FAILED' if wrong else 'PASSED'}: {wrong} rules above {MOST} point are ours to mend.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
