"""Say where the demo is, once it answers."""

import json
import sys
import time
import urllib.error
import urllib.request

from coopevents.demo.accounts import ACCOUNTS, PASSWORD

PATIENCE_SECONDS = 60


def announce(port: int) -> None:
    """Wait until every part is ready, then print the addresses and the sample sign-ins."""
    until = time.monotonic() + PATIENCE_SECONDS
    state = ""
    while time.monotonic() < until:
        ready, state = _ask(port)
        if ready:
            print(_told(port), flush=True)
            return
        time.sleep(0.1)
    print(f"The demo is not ready after {PATIENCE_SECONDS} s: {state}", flush=True)


def _ask(port: int) -> tuple[bool, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200, ""
    except urllib.error.HTTPError as error:
        return False, json.dumps(json.loads(error.read()).get("parts"))
    except OSError as error:
        return False, str(error)


def _told(port: int) -> str:
    lines = ["", f"  coopevents is ready:  http://127.0.0.1:{port}/", ""]
    lines += [f"    {account.role:<14} {account.email:<32} {PASSWORD}" for account in ACCOUNTS]
    lines += [
        "",
        f"  Mails it sends:       http://127.0.0.1:{port}/demo/mails",
        "  All people and organisations in it are invented. Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    announce(int(sys.argv[1]))
