"""The documents of an advice case: kept by what they are, shown, removed, swept."""

import io
import re

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import files
from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.db import db
from coopevents.lifecycle import tidying
from coopevents.outcomes.advice import papers
from coopevents.outcomes.advice.models import AdvicePaper
from tests.browsing import post, signed_in
from tests.event_factories import make_event
from tests.factories import make_other_programme
from tests.materials.factories import make_material
from tests.outcomes.advice.cases import make_case, make_paper

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def in_the_autumn_of_2026():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture(autouse=True)
def own_folder(app, tmp_path):
    kept, app.config["DATA_DIR"] = app.config["DATA_DIR"], tmp_path
    yield
    app.config["DATA_DIR"] = kept


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def case(programme):
    return make_case(programme)


def send(officer, case, *sent):
    path = f"/advice/{case.id}/papers/"
    page = officer.get(f"{path}?lang=en").text
    chosen = [(io.BytesIO(data), name) for data, name in sent]
    return post(officer, page, f"{path}?lang=en", papers=chosen)


def count(table=AdvicePaper) -> int:
    return db.session.scalar(select(func.count()).select_from(table))


def on_disk(folder) -> list[str]:
    return [p.name for p in folder.rglob("*") if p.is_file() and files.HASH.fullmatch(p.name)]


def test_documents_are_kept_shown_with_their_case_and_read(officer, case):
    answer = send(officer, case, (b"Bi\xc3\xaan b\xe1\xba\xa3n", "Biên bản.txt"))

    (paper,) = papers.list_papers(case)
    shown = officer.get(f"/advice/{case.id}?lang=en").text
    with officer.get(f"/advice/{case.id}/papers/{paper.id}/file") as read:
        told = read.status_code, read.data
        kept = read.headers["Content-Disposition"]
    db.session.commit()
    acts = db.session.scalars(select(AuditEntry.act)).all()
    assert answer.status_code == 303
    assert "Biên bản.txt" in shown
    assert told == (200, "Biên bản".encode())
    assert kept.startswith("attachment")
    assert "advice.paper_added" in acts


def test_the_same_file_is_kept_once(officer, case):
    send(officer, case, (b"one", "a.txt"))
    send(officer, case, (b"one", "b.txt"), (b"two", "c.txt"))

    assert [paper.name for paper in papers.list_papers(case)] == ["c.txt", "a.txt"]


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (SVG, "so-do.png", "drawing (SVG)"),
        (b"<html><script>", "bien-ban.pdf", "web page"),
        (b"MZ\x90", "anh.jpg", "a program"),
        (b"", "trong.txt", "empty"),
    ],
)
def test_what_is_not_kept_is_refused_with_its_place_and_nothing_is_kept(
    officer, case, tmp_path, data, name, sentence
):
    answer = send(officer, case, (b"good", "tot.txt"), (data, name))

    assert answer.status_code == 422
    assert f"2. {name}" in answer.text
    assert sentence in answer.text
    assert (count(), on_disk(tmp_path)) == (0, [])


def test_a_name_is_no_path(officer, case):
    send(officer, case, (b"x", "../../etc/passwd"))

    assert [paper.name for paper in papers.list_papers(case)] == ["passwd.txt"]


@pytest.mark.parametrize("sent", [[], [(b"x", f"{n}.txt") for n in range(21)]])
def test_no_file_and_too_many_are_refused(officer, case, sent):
    assert send(officer, case, *sent).status_code == 422
    assert count() == 0


def test_more_than_a_case_may_hold_is_refused(officer, case, monkeypatch):
    monkeypatch.setattr(papers, "QUOTA", 4)

    answer = send(officer, case, (b"12345", "a.txt"))

    assert (answer.status_code, count()) == (422, 0)


def test_a_document_is_removed_with_a_reason_and_told(officer, case):
    paper = make_paper(case)
    path = f"/advice/{case.id}/papers/"
    page = officer.get(f"{path}?lang=en").text

    without = post(officer, page, f"{path}{paper.id}/remove", reason=" ")
    removed = post(officer, page, f"{path}{paper.id}/remove", reason="Nhầm hồ sơ")
    again = post(officer, page, f"{path}{paper.id}/remove", reason="Nhầm hồ sơ")

    assert [a.status_code for a in (without, removed, again)] == [422, 303, 404]
    assert papers.list_papers(case) == []
    assert "Nhầm hồ sơ" in officer.get(path).text
    assert officer.get(f"{path}{paper.id}/file").status_code == 404


def test_the_document_of_another_case_or_programme_is_not_found(officer, case, programme):
    other = make_paper(make_case(programme, name="Nhóm khác"))
    foreign = make_paper(make_case(make_other_programme(programme), name="Nhóm ngoài"))

    asked = [
        f"/advice/{case.id}/papers/{other.id}/file",
        f"/advice/{foreign.case_id}/papers/{foreign.id}/file",
        f"/advice/{foreign.case_id}/papers/",
    ]

    assert [officer.get(path).status_code for path in asked] == [404] * 3


def test_who_may_only_look_sends_nothing(client, programme, case):
    viewer = signed_in(client, programme, Role.VIEWER)
    page = viewer.get(f"/advice/{case.id}/papers/").text

    assert re.search(r'type="file"', page) is None
    assert post(viewer, page, f"/advice/{case.id}/papers/").status_code == 403


def test_the_sweep_keeps_what_stands_anywhere(programme, case, tmp_path):
    paper, material = make_paper(case, b"paper"), make_material(make_event(programme))
    gone = make_paper(case, b"gone")
    papers.remove(gone, "Nhầm")
    with files.draft(io.BytesIO(b"orphan"), "x.txt") as arrived:
        files.keep(arrived)

    # The disk has a clock of its own: far from both.
    with time_machine.travel("2036-01-01T00:00:00Z"):
        deleted = tidying.sweep_files()

    assert deleted == 2
    assert sorted(on_disk(tmp_path)) == sorted([paper.file_hash, material.file_hash])
