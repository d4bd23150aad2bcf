"""`coopevents register import` and `undo`, as people and scripts use them."""

import json

import pytest
from sqlalchemy import func, select

from coopevents.cli.registers import register_group
from coopevents.db import db
from coopevents.directory.models import Organisation, OrganisationName
from coopevents.errors import DomainError, NotFoundError
from tests.intake import old_letters, sheets

NAMES = ["HTX chè Gia Điền", "HTX rau sạch Hạ Hoà", "HTX nông nghiệp Đồng Lương"]


@pytest.fixture
def run(app):
    """Run a command of the register; answers what click has of it."""

    def run(*arguments: object):
        return app.test_cli_runner().invoke(register_group, list(map(str, arguments)))

    return run


@pytest.fixture
def kept(tmp_path):
    """Keep a workbook in a file, its letters as they are or in old ones."""

    def kept(*entries: dict, old: bool = False):
        path = tmp_path / f"so-{len(list(tmp_path.iterdir()))}.xlsx"
        if old:
            entries = tuple(
                {
                    key: old_letters.to_tcvn3(value) if isinstance(value, str) else value
                    for key, value in entry.items()
                }
                for entry in entries
            )
        path.write_bytes(sheets.register(*entries))
        return path

    return kept


def test_a_row_entered_twice_is_dropped_and_a_like_one_kept_and_both_are_said(run, kept):
    path = kept(sheets.row(), sheets.row(), sheets.row(founded=1999))

    told = run("import", path, "--as-of", "2024-07-31", "--json")

    answer = json.loads(told.stdout)
    assert [(one["row"], one["same_as"]) for one in answer["duplicates"]] == [(8, ["HTX", 7])]
    assert [(one["row"], one["other"]) for one in answer["look_alikes"]] == [(9, ["HTX", 7])]
    assert (answer["new"], answer["encoding"]) == ({"cooperative": 2}, "unicode")


def test_old_letters_are_converted_and_said(run, kept):
    path = kept(*(sheets.row(name=name) for name in NAMES), old=True)

    told = run("import", path, "--as-of", "2024-07-31")

    assert told.exit_code == 0, told.exception
    assert "TCVN3" in told.stdout
    assert set(db.session.scalars(select(OrganisationName.name))) == set(NAMES)


def test_letters_may_be_forced(run, kept):
    path = kept(*(sheets.row(name=name) for name in NAMES), old=True)

    told = run("import", path, "--as-of", "2024-07-31", "--encoding", "unicode")
    wrong = run("import", path, "--encoding", "latin1")

    assert isinstance(told.exception, DomainError)
    assert wrong.exit_code == 2
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0


def test_a_dry_run_writes_nothing_and_says_what_would_be(run, kept):
    told = run("import", kept(sheets.row()), "--as-of", "2024-07-31", "--dry-run", "--json")

    answer = json.loads(told.stdout)
    assert (answer["dry_run"], answer["new"], answer["batch_id"]) == (
        True,
        {"cooperative": 1},
        None,
    )
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0


def test_an_import_is_undone_by_its_number_once(run, kept):
    told = run("import", kept(sheets.row()), "--as-of", "2024-07-31", "--json")
    number = json.loads(told.stdout)["batch_id"]

    undone = run("undo", number)
    again = run("undo", number)
    unknown = run("undo", 999_999)

    assert (undone.exit_code, again.exit_code, unknown.exit_code) == (0, 1, 1)
    assert isinstance(again.exception, DomainError)
    assert isinstance(unknown.exception, NotFoundError)
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 0
