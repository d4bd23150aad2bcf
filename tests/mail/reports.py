"""Mails as servers of several makes send them back, about a message of ours."""

from pathlib import Path

from coopevents.mail.models import Message

FOLDER = Path(__file__).resolve().parent / "returned"
KEY = "3f1c2b6a-0d1e-4a5b-9c7d-8e9f0a1b2c3d"


def report(name: str, message: Message | None = None) -> bytes:
    """Answer the mail of that name; without a message it is about none of ours."""
    message_id = message.message_id if message else f"<{KEY}@localhost>"
    key = message_id.strip("<>").split("@")[0]
    text = (FOLDER / f"{name}.eml").read_text(encoding="utf-8")
    text = text.replace("{message_id}", message_id).replace("{key}", key)
    if message is not None:
        text = text.replace("an@coop.example", message.address)
    return text.replace("\n", "\r\n").encode()
