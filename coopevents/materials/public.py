"""What those who are invited may take away, behind their link."""

from flask import Blueprint, Response

from coopevents import files
from coopevents.invitations import service as invitations
from coopevents.materials import queries

bp = Blueprint("materials_public", __name__, url_prefix="/r")


@bp.get("/<token>/materials/<int:material_id>")
def download(token: str, material_id: int) -> Response:
    """Answer a file that the activity of the invitation shows; opening changes nothing."""
    event = invitations.open_link(token).event
    material = queries.get_shown(material_id, event)
    return files.answer(material.file_hash, material.content_type, material.name)
