"""The file of an activity as one ZIP: whole, told in one page, and openable everywhere."""

import io
import re
import zipfile
from datetime import date, time
from html.parser import HTMLParser
from pathlib import PurePosixPath, PureWindowsPath
from uuid import uuid4

import openpyxl
import pytest
import time_machine
from sqlalchemy import select

from coopevents import files
from coopevents.accounts.models import Role
from coopevents.attendance import service as attendance
from coopevents.attendance.models import Action
from coopevents.attendance.service import Mark
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.events.models import (
    AgendaItem,
    EventTrainer,
    PartInEvent,
    SessionState,
)
from coopevents.handover import archive
from coopevents.handover.parts import Paper, Section
from coopevents.i18n import force_locale
from coopevents.invitations.models import (
    Answer,
    Invitation,
    InvitationAnswer,
    InvitationState,
    InvitedAs,
)
from coopevents.lifecycle import inviting
from coopevents.registrations.models import RegistrationState
from tests.browsing import hidden, signed_in
from tests.event_factories import (
    make_event,
    make_invitation,
    make_registration,
    make_session,
    make_walk_in,
    sessions_of,
)
from tests.factories import make_organisation, make_other_programme, make_person
from tests.materials.factories import make_material
from tests.tools import office_files as made


@pytest.fixture(autouse=True)
def in_the_year_2026():
    with time_machine.travel("2026-06-10T03:00:00Z", tick=True):
        yield


@pytest.fixture(autouse=True)
def own_folder(app, tmp_path):
    kept, app.config["DATA_DIR"] = app.config["DATA_DIR"], tmp_path
    yield
    app.config["DATA_DIR"] = kept


@pytest.fixture
def event(programme):
    return make_event(
        programme,
        title="Tập huấn: “Chuyển đổi số” / lớp 1 <b>",
        sessions=[(date(2026, 6, 9), "07:30", "11:00")],
    )


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def take(officer, event, locale: str = "en"):
    """Press the button on the page of the activity."""
    token = hidden(officer.get("/gallery").text)
    path = f"/events/{event.id}/file.zip?lang={locale}"
    with officer.post(path, data={"csrf_token": token}) as answer:
        assert answer.status_code == 200, answer.text
        assert answer.content_length == len(answer.data)
        return answer.headers, zipfile.ZipFile(io.BytesIO(answer.data))


class Page(HTMLParser):
    """What the index page says and where it leads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.ids += [known["id"] or ""] if "id" in known else []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(" ".join(data.split()))

    def after(self, word: str) -> str:
        """Answer what stands behind the word."""
        return self.words[self.words.index(word) + 1]


def index_of(folder: zipfile.ZipFile) -> Page:
    return Page(folder.read("index.html").decode("utf-8"))


def rows_of(folder: zipfile.ZipFile, name: str) -> list[tuple]:
    """Answer the rows of a workbook below its heading row."""
    (path,) = [each for each in folder.namelist() if name in each]
    sheet = openpyxl.load_workbook(io.BytesIO(folder.read(path))).active
    return [tuple(row) for row in list(sheet.values)[5:]]


def test_the_folder_holds_the_papers_by_kind_as_they_were_kept(officer, event):
    make_material(event, kind="agenda", title="Chương trình", content=made.pdf(), name="a.pdf")
    make_material(event, kind="handouts", title="Đề án 167", content=made.document())
    make_material(event, kind="handouts", title="Đề án 167", content=b"a")
    make_material(event, kind="gone", title="Khác", content=b"b")

    headers, folder = take(officer, event)

    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == (
        f"attachment; filename=ho-so-{event.id}-tap-huan-chuyen-doi-so-lop-1-b.zip"
    )
    assert folder.testzip() is None
    assert [name for name in folder.namelist() if name.startswith("4-")] == [
        "4-tai-lieu/1-chuong-trinh-lam-viec/01-chuong-trinh.pdf",
        "4-tai-lieu/2-tai-lieu/01-de-an-167.docx",
        "4-tai-lieu/2-tai-lieu/02-de-an-167.txt",
        "4-tai-lieu/3-giay-to-khac/01-khac.txt",
    ]
    assert folder.read("4-tai-lieu/1-chuong-trinh-lam-viec/01-chuong-trinh.pdf") == made.pdf()
    assert folder.read("4-tai-lieu/2-tai-lieu/02-de-an-167.txt") == b"a"
    assert "Still missing: Plan, Invitation letter" in " ".join(index_of(folder).words)


@pytest.mark.parametrize("locale", ["vi", "en", "ar"])
def test_every_link_of_the_index_leads_to_a_file_and_every_file_has_one(officer, event, locale):
    make_material(event, kind="photos", title="../../C:\\x\u202e", content=made.picture())

    folder = take(officer, event, locale)[1]

    page = index_of(folder)
    inside = [link.removeprefix("#") for link in page.links if link.startswith("#")]
    beside = [link for link in page.links if not link.startswith("#")]
    assert set(inside) <= set(page.ids)
    assert sorted(beside) == sorted(set(folder.namelist()) - {"index.html"})
    assert "script" not in page.tags
    assert "style" not in page.tags


def test_every_name_can_be_written_on_windows(officer, event):
    for title in ("", "CON", "a" * 200, "..", "Giấy mời\n", "📄", "a/b\\c:d"):
        make_material(event, title=title or "—", kind="plan")

    names = take(officer, event)[1].namelist()

    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        path = PureWindowsPath(name)
        assert re.fullmatch(r"[a-z0-9/.-]+", name)
        assert not path.is_absolute()
        assert ".." not in PurePosixPath(name).parts
        assert not any(path.is_reserved() for path in map(PureWindowsPath, path.parts))
        assert len(name) < 150


def test_a_file_missing_on_the_disk_is_named_and_the_rest_is_there(officer, event):
    gone = make_material(event, title="Ảnh chụp <1>", kind="photos")
    make_material(event, title="Kế hoạch", kind="plan")
    files.find(gone.file_hash).unlink()

    folder = take(officer, event)[1]

    page = index_of(folder)
    assert page.after("Missing on the server") == "Ảnh chụp <1>"
    assert "missing on the server" in page.words
    assert [n for n in folder.namelist() if n.startswith("4-")] == [
        "4-tai-lieu/1-ke-hoach-to-chuc/01-ke-hoach.txt"
    ]


def test_the_index_tells_what_the_activity_was(officer, event):
    (held,) = sessions_of(event)
    held.state = SessionState.HELD
    later = make_session(event, date(2026, 6, 20))
    moved = make_session(event, date(2026, 6, 11))
    moved.state, moved.moved_to_id, moved.state_reason = SessionState.MOVED, later.id, "bão số 5"
    gone = make_session(event, date(2026, 6, 12))
    gone.state, gone.state_reason = SessionState.CANCELLED, "mất điện"
    event.counts_reason = "both_bodies_host"
    db.session.add_all(
        [
            AgendaItem(
                event_id=event.id,
                session_id=held.id,
                rank=1,
                starts_at=time(7, 45),
                topic="Luật Hợp tác xã 2023",
                speaker="Bà Hoa",
            ),
            EventTrainer(
                event_id=event.id,
                full_name="Nguyễn Thị Hoa",
                name_fold="nguyen thi hoa",
                part=PartInEvent.TRAINER,
                unit="Liên minh Hợp tác xã",
            ),
        ]
    )
    db.session.flush()

    words = index_of(take(officer, event)[1]).words

    text = " | ".join(words)
    assert event.title in words
    assert "Counts to the programme | yes: both bodies host" in text
    assert "Lead host" in words
    assert "Co-host" in words
    assert "Moved | bão số 5; moved to 20 Jun 2026, 08:00–11:00" in text
    assert "Cancelled | mất điện" in text
    assert "07:45 | Luật Hợp tác xã 2023 | Bà Hoa" in text
    assert "Nguyễn Thị Hoa | Trainer | Liên minh Hợp tác xã | all sessions" in text


def test_invitations_tell_seats_ways_states_and_answers(officer, programme, event):
    make_organisation(programme, name="HTX Rau An", email="an@coop.example")
    event_to_come = make_event(programme, sessions=[(date(2026, 7, 1), "07:30", "11:00")])
    shown = audience.preview(event_to_come, Audience(kinds=("cooperative",)), seats=3)
    inviting.invite(event_to_come, shown, "vi")
    che = make_invitation(event_to_come, make_organisation(programme, name="HTX Chè"), seats=2)
    che.state = InvitationState.DECLINED
    db.session.add(
        InvitationAnswer(
            invitation_id=che.id,
            answer=Answer.DECLINED,
            reason="=bận mùa",
            channel=Channel.PHONE,
            submission_id=uuid4(),
        )
    )
    person = make_person(programme, full_name="Lê Thị Khách Mời")
    db.session.add(
        Invitation(
            programme_id=programme.id,
            event_id=event_to_come.id,
            person_id=person.id,
            invited_as=InvitedAs.GUEST,
            seats=1,
            calendar_uid=f"{uuid4()}@coop.example",
        )
    )
    db.session.flush()

    folder = take(officer, event_to_come)[1]

    day = rows_of(folder, "danh-sach-moi")[0][2].date()
    assert [(row[0], row[1], *row[3:6], row[7]) for row in rows_of(folder, "danh-sach-moi")] == [
        ("HTX Chè", 2, None, "Declined", "phone", "=bận mùa"),
        ("HTX Rau An", 3, "e-mail: Queued", "No answer yet", None, None),
        ("Lê Thị Khách Mời", 1, None, "No answer yet", None, None),
    ]
    assert day == date(2026, 6, 10)
    assert "Invitation | e-mail | Queued: 1" in " | ".join(index_of(folder).words)
    assert index_of(folder).after("Organisations and people invited") == "3"


def test_the_list_of_invitations_holds_what_was_said_to_the_questions(officer, programme, event):
    event.kind.questions = [
        {"key": "lunch", "text": {"vi": "Ăn trưa?"}, "type": "yes_no"},
        {"key": "stands", "text": {"vi": "Mấy gian?"}, "type": "number"},
    ]
    for name, replies in (("HTX Chè", {"lunch": False, "stands": 3}), ("HTX Rau", {})):
        invitation = make_invitation(event, make_organisation(programme, name=name))
        db.session.add(
            InvitationAnswer(
                invitation_id=invitation.id,
                answer=Answer.ACCEPTED,
                channel=Channel.PHONE,
                replies=replies,
                submission_id=uuid4(),
            )
        )
    db.session.flush()

    rows = rows_of(take(officer, event)[1], "danh-sach-moi")

    assert [(row[0], *row[8:]) for row in rows] == [("HTX Chè", "no", 3), ("HTX Rau", None, None)]


def test_lists_of_a_session_name_everybody_with_the_mark(officer, programme, event):
    rau = make_organisation(programme, name="HTX Rau An")
    (session,) = sessions_of(event)
    session.state = SessionState.HELD
    coming = make_registration(event, make_person(programme, full_name="Nguyễn Thị Hoa"), rau)
    absent = make_registration(event, make_person(programme, full_name="Trần Thị Lan"), rau)
    make_registration(
        event,
        make_person(programme, full_name="Vũ Thị Chờ"),
        rau,
        state=RegistrationState.WAITING,
    )
    walk_in = make_walk_in(event, full_name="Lê Thị Khách")
    attendance.record_entries(
        event,
        [
            Mark(uuid4(), session.id, Action.PRESENT, registration_id=coming.id),
            Mark(uuid4(), session.id, Action.ABSENT, registration_id=absent.id),
            Mark(uuid4(), session.id, Action.PRESENT, walk_in_id=walk_in.id),
        ],
    )
    cancelled = make_session(event, date(2026, 6, 12))
    cancelled.state = SessionState.CANCELLED
    db.session.flush()

    folder = take(officer, event)[1]

    page = index_of(folder)
    assert [name for name in folder.namelist() if name.startswith("3-")] == [
        "3-diem-danh/01-dang-ky.xlsx",
        "3-diem-danh/02-diem-danh-2026-06-09-0730.xlsx",
    ]
    assert [(r[0], r[1], r[2], r[4], r[5]) for r in rows_of(folder, "02-diem-danh")] == [
        ("HTX Rau An", "Nguyễn Thị Hoa", "Female", None, "Present"),
        ("HTX Rau An", "Trần Thị Lan", "Female", None, "Absent"),
        (None, "Lê Thị Khách", "Female", "came unannounced", "Present"),
    ]
    assert [(row[0], row[2], row[4]) for row in rows_of(folder, "dang-ky")] == [
        ("Nguyễn Thị Hoa", "HTX Rau An", "Confirmed"),
        ("Trần Thị Lan", "HTX Rau An", "Confirmed"),
        ("Vũ Thị Chờ", "HTX Rau An", "On the waiting list"),
    ]
    assert (page.after("People present"), page.after("Women")) == ("2", "2")
    assert "9 Jun 2026, 07:30–11:00 | Held | 2 | 0 | 1 | 0" in " | ".join(page.words)


def test_taking_the_file_away_is_audited_and_a_link_does_not(officer, event):
    make_material(event)
    looked = officer.get(f"/events/{event.id}/file.zip")
    before = _taken()

    take(officer, event)

    assert (looked.status_code, before) == (405, [])
    assert _taken() == [("event", event.id, "papers", "6")]
    assert "Whole file (ZIP)" in officer.get(f"/events/{event.id}?lang=en").text


def _taken() -> list[tuple]:
    return [
        tuple(row)
        for row in db.session.execute(
            select(
                AuditEntry.subject_kind, AuditEntry.subject_id, AuditValue.field, AuditValue.after
            )
            .join(AuditValue, AuditValue.entry_id == AuditEntry.id)
            .where(AuditEntry.act == "event.file_taken")
        )
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.LEADER])
def test_whoever_may_only_look_does_not_take_it_away(client, programme, event, role):
    reader = signed_in(client, programme, role)
    token = {"csrf_token": hidden(reader.get("/gallery").text)}

    assert reader.post(f"/events/{event.id}/file.zip", data=token).status_code == 403
    assert "file.zip" not in reader.get(f"/events/{event.id}").text


def test_the_file_of_another_programme_is_not_found(officer, programme):
    other = make_other_programme(programme)
    event = make_event(other, contents=())
    token = {"csrf_token": hidden(officer.get("/gallery").text)}

    assert officer.post(f"/events/{event.id}/file.zip", data=token).status_code == 404
    assert _taken() == []


def test_the_page_speaks_the_language_of_whoever_asks(officer, event):
    page = take(officer, event, "ar")[1].read("index.html").decode()

    assert '<html lang="ar" dir="rtl">' in page
    assert '<meta charset="utf-8">' in page


def test_a_room_adds_a_section_with_one_line(app, event, monkeypatch):
    def tell(_event) -> Section:
        paper = Paper("Hợp đồng", "txt", make=lambda: b"a")
        return Section("ket-qua", "Kết quả", facts=[("Giá trị", "1.500.000")], papers=[paper])

    monkeypatch.setattr(archive, "SECTIONS", (tell,))

    with force_locale("en"), app.test_request_context():
        folder = archive.compile_folder(event)
    with archive.pack(folder) as spool, zipfile.ZipFile(spool) as packed:
        assert packed.namelist() == ["index.html", "style.css", "1-ket-qua/01-hop-dong.txt"]
        assert Page(packed.read("index.html").decode()).after("Giá trị") == "1.500.000"


def test_it_asks_the_database_as_often_whatever_it_holds(officer, programme, event, count_queries):
    def fill(number: int) -> None:
        for place in range(number):
            rau = make_organisation(programme, name=f"HTX {uuid4().hex[:6]}")
            make_invitation(event, rau)
            make_registration(event, make_person(programme), rau)
            make_walk_in(event, rau)
            make_material(event, kind=("plan", "photos", "other")[place % 3])
            make_session(event, date(2026, 6, 11 + place))
            db.session.flush()

    fill(1)
    path = f"/events/{event.id}/file.zip"
    token = {"csrf_token": hidden(officer.get("/gallery").text)}
    asked = []
    for more in (0, 3):
        fill(more)
        with count_queries() as counted, officer.post(path, data=token) as answer:
            assert answer.status_code == 200
        asked.append(counted.number)

    assert asked[0] == asked[1]
