"""Papers as PDF, set by typst in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import structlog

from coopevents.config import ROOT
from coopevents.db import Json
from coopevents.errors import DomainError
from coopevents.i18n import _

logger = structlog.get_logger()

PROGRAM = Path(__file__).with_name("typst_process.py")
TEMPLATES = ROOT / "templates" / "documents"
FONTS = ROOT / "coopevents" / "data" / "fonts"
SECONDS = 60
"""A paper that takes longer is stuck: hundreds of letters take a few seconds."""


def typeset(template: str, data: Json) -> bytes:
    """Answer the template filled with the data, as PDF."""
    command = [sys.executable, "-P", str(PROGRAM), str(TEMPLATES / template), str(FONTS)]
    told = json.dumps(data, ensure_ascii=False).encode()
    try:
        done = subprocess.run(command, input=told, capture_output=True, timeout=SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace")
        logger.exception("the paper was not set", template=template, said=said[-2000:])
        raise DomainError(_("The PDF could not be made. Nothing was noted."), status=500) from error
    return done.stdout
