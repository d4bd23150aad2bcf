"""The papers of the activity to come: one that the invited see, one that stays inside."""

from io import BytesIO

from docx import Document

from coopevents import files
from coopevents.events.models import Event
from coopevents.materials import service

AGENDA = (
    "07h30: Đón tiếp đại biểu",
    "08h00: Điểm mới của Luật Hợp tác xã số 17/2023/QH15",
    "10h00: Giải đáp vướng mắc",
)
NOTES = "Hai cơ quan thống nhất: Hội LHPN mời đại biểu, Liên minh HTX lo hội trường, tài liệu.\n"


def send(event: Event) -> None:
    """Keep the agenda, which participants see, and the notes, which they do not."""
    _keep(event, _agenda(event), "Chương trình làm việc.docx", "agenda", shown=True)
    _keep(event, NOTES.encode(), "Ghi chú họp hai cơ quan.txt", "plan", shown=False)


def _keep(event: Event, content: bytes, name: str, kind: str, *, shown: bool) -> None:
    with files.draft(BytesIO(content), name) as arrived:
        service.add(event, [arrived], kind, shown=shown)


def _agenda(event: Event) -> bytes:
    document = Document()
    document.add_heading("Chương trình làm việc (mẫu)", level=1)
    for line in (event.title, *AGENDA):
        document.add_paragraph(line)
    written = BytesIO()
    document.save(written)
    return written.getvalue()
