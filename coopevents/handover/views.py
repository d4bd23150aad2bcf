from flask import Blueprint, Response, send_file

from coopevents import access
from coopevents.db import db
from coopevents.events import queries as events
from coopevents.handover import archive

bp = Blueprint("handover", __name__, url_prefix="/events/<int:event_id>")


@bp.post("/file.zip")
def download(event_id: int) -> Response:
    """Answer the whole file of the activity.

    It bears names and is audited, so a button asks for it: a link would be followed by whatever
    fetches pages ahead.
    """
    folder = archive.compile_folder(events.get_event(event_id, access.actor().programme_id))
    db.session.commit()
    spool = archive.pack(folder)
    answer = send_file(spool, "application/zip", as_attachment=True, download_name=folder.name)
    answer.content_length = spool.seek(0, 2)
    spool.seek(0)
    return answer
