"""The papers of an activity: what an officer sends, sees, shows, describes and removes."""

import gc
import io
import os
import re
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from coopevents import files
from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.events.models import EventState
from coopevents.lifecycle import tidying
from coopevents.materials import queries, service, views
from coopevents.materials.models import Material
from tests.browsing import fill_in, hidden, signed_in
from tests.event_factories import make_event
from tests.factories import make_other_programme
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
    return make_event(programme)


@pytest.fixture
def other_event(programme):
    """An activity of another programme."""
    other = make_other_programme(programme)
    return make_event(other, contents=())


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def address(event, *more: object) -> str:
    return "/".join([f"/events/{event.id}/materials", *map(str, more)])


def send(officer, event, *sent: tuple[bytes, str], **fields):
    """Choose the files on the page and send them, in English."""
    page = officer.get(address(event, "?lang=en")).text
    data = {
        "csrf_token": hidden(page),
        "kind": "plan",
        **fields,
        "files": [(io.BytesIO(content), name) for content, name in sent],
    }
    return officer.post(address(event, "?lang=en"), data=data)


def rows() -> list[Material]:
    return list(db.session.scalars(select(Material).order_by(Material.id)))


def on_disk(folder: Path) -> int:
    return sum(1 for p in folder.rglob("*") if p.is_file() and p.name != ".lock")


def audited() -> list[str]:
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id))
    return [act for act in acts if act.startswith("material")]


def test_files_that_are_sent_stand_on_the_page_under_their_paper(officer, event, tmp_path):
    sent = send(
        officer, event, (made.pdf(), "Kế hoạch số 12.pdf"), (made.document(), "Phụ lục.docx")
    )

    page = officer.get(address(event, "?lang=en")).text
    first, second = rows()
    assert (sent.status_code, sent.location) == (303, address(event, ""))
    assert (first.title, first.name, first.content_type) == (
        *("Kế hoạch số 12", "Kế hoạch số 12.pdf", "application/pdf"),
    )
    assert (first.kind, first.rank, second.rank) == ("plan", 1, 2)
    assert first.shown_to_participants is False
    assert first.uploaded_by is not None
    assert first.size == len(made.pdf())
    assert page.index("Plan") < page.index("Kế hoạch số 12") < page.index("Phụ lục")
    assert audited() == ["material.added", "material.added"]
    assert on_disk(tmp_path) == 2


def test_the_page_says_which_papers_are_missing(officer, event):
    make_material(event, kind="agenda")

    page = officer.get(address(event, "?lang=en")).text

    (missing,) = re.findall(r"Still missing: ([^<]+)\.<", page)
    assert missing == (
        "Plan, Invitation letter, Signed attendance list, Handouts, Photos, Spending vouchers"
    )


def test_one_bad_file_among_good_ones_is_named_and_nothing_is_kept(officer, event, tmp_path):
    answer = send(
        officer,
        event,
        (made.pdf(), "Kế hoạch.pdf"),
        (b"MZ\x90\0" + bytes(100), "Danh sách.pdf"),
        (b"<html>", "\u202e../../Giấy mời.pdf"),
    )

    assert answer.status_code == 422
    assert "Some files cannot be kept, so none was." in answer.text
    assert re.findall(r"<bdi>(\d\. [^<]+)</bdi>:\s+([^<]+?)\s*</li>", answer.text) == [
        ("2. Danh sách.pdf", "The file is a program, whatever its name says."),
        (
            "3. Giấy mời.pdf",
            "The file is a web page, whatever its name says: save it as PDF.",
        ),
    ]
    assert (rows(), on_disk(tmp_path), audited()) == ([], 0, [])


@pytest.mark.parametrize("sent", [[], [(b"", "")]])
def test_a_form_without_a_file_is_refused(officer, event, sent):
    answer = send(officer, event, *sent)

    assert (answer.status_code, "Please choose a file." in answer.text) == (422, True)


def test_an_empty_file_is_refused(officer, event, tmp_path):
    answer = send(officer, event, (b"", "Kế hoạch.pdf"))

    assert (answer.status_code, "The file is empty." in answer.text) == (422, True)
    assert (rows(), on_disk(tmp_path)) == ([], 0)


@pytest.mark.parametrize("kind", ["", "stands", "x" * 5000])
def test_a_paper_that_the_kind_of_activity_does_not_ask_for_is_refused(
    officer, event, tmp_path, kind
):
    answer = send(officer, event, (made.pdf(), "a.pdf"), kind=kind)

    assert answer.status_code == 422
    assert "There is no such kind of paper." in answer.text
    assert (rows(), on_disk(tmp_path)) == ([], 0)


def test_more_than_fifty_files_at_once_are_refused(officer, event, tmp_path):
    answer = send(officer, event, *[(b"%d" % n, f"{n}.txt") for n in range(51)])

    assert (answer.status_code, "no more than 50 files" in answer.text) == (422, True)
    assert (rows(), on_disk(tmp_path)) == ([], 0)


def test_the_same_file_is_said_and_not_kept_twice(officer, event, tmp_path):
    photo = made.with_place()
    send(officer, event, (photo, "Ảnh 1.jpg"), kind="photos")

    again = send(officer, event, (photo, "Ảnh 2.jpg"), (made.pdf(), "a.pdf"), (made.pdf(), "b.pdf"))

    page = officer.get(f"{again.location}&lang=en").text
    assert again.status_code == 303
    assert [material.name for material in rows()] == ["Ảnh 1.jpg", "b.pdf"]
    assert "These very files were here already and are not kept twice:" in page
    assert on_disk(tmp_path) == 2


def test_the_same_form_sent_twice_is_one_act(officer, event):
    statuses = [send(officer, event, (made.pdf(), "a.pdf")).status_code for _ in range(2)]

    assert statuses == [303, 303]
    assert (len(rows()), audited()) == (1, ["material.added"])


def test_a_file_may_belong_to_two_activities_and_lies_on_the_disk_once(
    officer, programme, event, tmp_path
):
    second = make_event(programme)

    for each in (event, second):
        send(officer, each, (made.pdf(), "a.pdf"))

    assert [material.event_id for material in rows()] == [event.id, second.id]
    assert on_disk(tmp_path) == 1


def test_more_than_the_quota_is_refused(officer, event, tmp_path):
    make_material(event, size=service.QUOTA - 10)

    answer = send(officer, event, (made.pdf(), "a.pdf"))

    assert answer.status_code == 422
    assert "may have 500 MB together" in answer.text
    assert (len(rows()), on_disk(tmp_path)) == (1, 1)


def test_what_was_removed_leaves_room_and_may_be_sent_again(officer, event):
    material = make_material(event, size=service.QUOTA)
    service.remove(material, "Nhầm tệp")

    first = send(officer, event, (made.pdf(), "a.pdf"))
    service.remove(rows()[-1], "Nhầm tệp")
    second = send(officer, event, (made.pdf(), "a.pdf"))

    assert (first.status_code, second.status_code) == (303, 303)
    assert [row.removed_at is None for row in rows()] == [False, False, True]


def test_a_removed_file_stays_in_the_history_with_its_reason(officer, event):
    material = make_material(event, title="Kế hoạch cũ", shown=True)
    path = address(event, material.id)

    refused = fill_in(officer, f"{path}/remove", officer.get(f"{path}/change?lang=en").text)
    removed = fill_in(
        officer, f"{path}/remove", officer.get(f"{path}/change").text, reason="Có bản  mới"
    )

    page = officer.get(address(event, "?lang=en")).text
    assert (refused.status_code, removed.status_code) == (422, 303)
    assert (material.removed_reason, material.shown_to_participants) == ("Có bản mới", False)
    assert "Có bản mới" in page
    assert officer.get(f"{path}/file").status_code == 404
    assert officer.post(f"{path}/remove", data={"reason": "x"}).status_code in {400, 404}
    assert audited() == ["material.removed"]


def test_showing_and_hiding_are_audited_once(officer, event):
    material = make_material(event)
    page = officer.get(address(event, "")).text

    for shown in ("yes", "yes", "no"):
        officer.post(
            address(event, material.id, "shown"),
            data={"csrf_token": hidden(page), "shown": shown},
        )

    assert material.shown_to_participants is False
    assert audited() == ["material.changed", "material.changed"]


def test_a_description_is_changed_and_the_list_follows(officer, event):
    first, second = make_material(event, title="Một"), make_material(event, title="Hai")

    answer = _describe(officer, event, first, title="  Tài liệu   phát tay ", rank="9")

    assert answer.status_code == 303
    assert [m.title for m in queries.list_materials(event)] == ["Hai", "Tài liệu phát tay"]
    assert (first.rank, second.rank, first.kind) == (9, 2, "plan")
    assert audited() == ["material.changed"]


def _first_form(page: str) -> str:
    """Answer the page up to its form of removal."""
    return page[: page.rindex("<form", 0, page.index("removal-token"))]


def _describe(officer, event, material, **typed):
    path = address(event, material.id, "change?lang=en")
    return fill_in(officer, path, _first_form(officer.get(path).text), **typed)


@pytest.mark.parametrize(
    "typed",
    [
        {"title": ""},
        {"title": "a" * 201},
        {"rank": "0"},
        {"rank": "99999999999999999999"},
        {"rank": "x"},
        {"kind": "stands"},
    ],
)
def test_a_description_that_cannot_be_is_refused(officer, event, typed):
    material = make_material(event, title="Kế hoạch")

    answer = _describe(officer, event, material, **typed)

    assert answer.status_code == 422
    assert (material.title, material.rank, material.kind) == ("Kế hoạch", 1, "plan")


def test_what_somebody_else_changed_meanwhile_is_told(officer, event):
    material = make_material(event, title="Kế hoạch")
    before = _first_form(officer.get(address(event, material.id, "change?lang=en")).text)
    material.title = "Kế hoạch số 12"
    db.session.flush()

    answer = fill_in(
        officer, address(event, material.id, "change?lang=en"), before, title="Kế hoạch số 13"
    )

    assert answer.status_code == 409
    assert "Kế hoạch số 12" in answer.text
    assert material.title == "Kế hoạch số 12"


def test_a_paper_is_taken_away_safely(officer, event):
    material = make_material(event, content=made.pdf(), name="Kế hoạch.pdf")

    with officer.get(address(event, material.id, "file")) as answer:
        assert answer.data == made.pdf()
        assert answer.content_type == "application/pdf"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename=\"Ke hoach.pdf\"; filename*=UTF-8''K%E1%BA%BF%20ho%E1%BA%A1ch.pdf"
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == files.POLICY
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_picture_is_shown_in_the_browser(officer, event):
    send(officer, event, (made.picture(), "Ảnh.jpeg"), kind="photos")

    with officer.get(address(event, rows()[0].id, "file")) as answer:
        assert answer.content_type == "image/jpeg"
        assert answer.headers["Content-Disposition"].startswith("inline; filename")


def test_a_file_that_is_missing_on_the_disk_is_told(officer, event):
    material = make_material(event, content=b"a", name="a.txt")
    files.find(material.file_hash).unlink()

    answer = officer.get(address(event, material.id, "file?lang=en"))

    assert answer.status_code == 404
    assert "This file is missing on the server." in answer.text


def test_whoever_may_only_look_changes_nothing(client, programme, event):
    viewer = signed_in(client, programme, Role.VIEWER)
    material = make_material(event)
    token = {"csrf_token": hidden(viewer.get("/gallery").text)}

    page = viewer.get(address(event, ""))
    statuses = [
        viewer.post(address(event, *path), data={**token, "reason": "x"}).status_code
        for path in [
            ("",),
            (material.id, "shown"),
            (material.id, "change"),
            (material.id, "remove"),
        ]
    ]

    assert page.status_code == 200
    assert "multipart/form-data" not in page.text
    assert statuses == [403] * 4
    with viewer.get(address(event, material.id, "file")) as answer:
        assert answer.status_code == 200


def test_nothing_of_another_programme_is_shown_or_changed(officer, event, other_event, tmp_path):
    foreign, own = make_material(other_event), make_material(event)
    token = {"csrf_token": hidden(officer.get(address(event, "")).text)}
    before = on_disk(tmp_path)

    looked = [
        officer.get(path).status_code
        for path in (
            address(other_event, ""),
            address(other_event, foreign.id, "file"),
            address(event, foreign.id, "file"),
            address(event, foreign.id, "change"),
            address(other_event, own.id, "file"),
        )
    ]
    sent = [
        officer.post(
            path, data={**token, "reason": "x", "shown": "yes", "kind": "plan"}
        ).status_code
        for path in (
            address(other_event, ""),
            address(other_event, foreign.id, "shown"),
            address(event, foreign.id, "shown"),
            address(event, foreign.id, "remove"),
        )
    ]

    assert looked == [404] * 5
    assert sent == [404] * 4
    assert (foreign.removed_at, foreign.shown_to_participants) == (None, False)
    assert on_disk(tmp_path) == before


def test_a_form_without_its_token_is_refused(officer, event, tmp_path):
    answer = officer.post(
        address(event, ""), data={"kind": "plan", "files": [(io.BytesIO(b"a"), "a.txt")]}
    )

    assert (answer.status_code, rows(), on_disk(tmp_path)) == (400, [], 0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_too_much_at_once_is_told(officer, event, monkeypatch, tmp_path):
    # The form was cut off while it was read; what had arrived of it closes when it is collected.
    monkeypatch.setattr(views, "LARGEST_UPLOAD", 1 << 20)

    answer = send(officer, event, *[(b"a" * (800 << 10), f"{n}.txt") for n in range(3)])

    status, page = answer.status_code, answer.text
    del answer
    gc.collect()
    assert status == 413
    assert "Together these files are larger than 1 MB; nothing was kept." in page
    assert (rows(), on_disk(tmp_path)) == ([], 0)


def test_the_list_asks_the_database_as_often_whatever_it_shows(
    officer, event, programme, count_queries
):
    make_material(event)
    path = address(event, "")
    officer.get(path)
    with count_queries() as one:
        officer.get(path)
    for title in ("Hai", "Ba"):
        make_material(event, title=title, kind="photos")
    service.remove(make_material(event), "Nhầm")
    db.session.flush()
    with count_queries() as three:
        officer.get(path)

    assert three.number == one.number


@pytest.mark.parametrize("locale", ["vi", "ar"])
def test_the_page_stands_in_every_state(officer, programme, locale):
    for state in EventState:
        event = make_event(programme, state=state)
        make_material(event, shown=True)
        assert officer.get(address(event, f"?lang={locale}")).status_code == 200


def test_a_sweep_deletes_what_no_row_refers_to(app, event, tmp_path):
    standing, removed = make_material(event, content=b"a"), make_material(event, content=b"b")
    just_removed, shared = make_material(event, content=b"c"), make_material(event, content=b"a")
    service.remove(shared, "Trùng")
    service.remove(removed, "Nhầm")
    with time_machine.travel("2026-06-12T03:00:00Z"):
        service.remove(just_removed, "Nhầm")
    orphan = make_material(event, content=b"d")
    db.session.delete(orphan)
    db.session.flush()
    paths = {m: files.find(m.file_hash) for m in (standing, removed, just_removed, orphan)}
    for path in paths.values():
        os.utime(path, (0, 0))

    with time_machine.travel("2026-06-12T04:00:00Z"):
        first, second = tidying.sweep_files(), tidying.sweep_files()

    assert (first, second) == (2, 0)
    assert [path.exists() for path in paths.values()] == [True, False, True, False]
    assert len(rows()) == 4
