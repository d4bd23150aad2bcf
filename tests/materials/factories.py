"""Materials for tests, written straight into their table, with their content on the disk."""

import hashlib
import io
import uuid

from coopevents import files
from coopevents.db import db
from coopevents.events.models import Event
from coopevents.materials import queries
from coopevents.materials.models import Material


def make_material(
    event: Event,
    *,
    content: bytes | None = None,
    name: str = "Kế hoạch.txt",
    title: str = "Kế hoạch",
    kind: str = "plan",
    shown: bool = False,
    size: int | None = None,
) -> Material:
    """Add a file to the activity; without `content`, a text that no other file has."""
    data = content if content is not None else uuid.uuid4().hex.encode()
    with files.draft(io.BytesIO(data), name) as arrived:
        files.keep(arrived)
    material = Material(
        event=event,
        file_hash=arrived.hash,
        # Of its own, so that one content may stand twice in a test.
        sent_hash=hashlib.sha256(uuid.uuid4().bytes).hexdigest(),
        size=size or arrived.size,
        content_type=arrived.type.mime,
        name=arrived.name,
        kind=kind,
        title=title,
        shown_to_participants=shown,
        rank=queries.last_rank(event) + 1,
    )
    db.session.add(material)
    db.session.flush()
    return material
