"""`coopevents programme dump` and `load`."""

import json

import pytest

from coopevents.charter import document
from coopevents.cli.programmes import programme_group
from coopevents.db import db
from coopevents.errors import InputError, NotFoundError
from coopevents.lifecycle.founding import describe_programme, found
from coopevents.programme import queries


@pytest.fixture
def run(app):
    def running(*arguments):
        return app.test_cli_runner().invoke(programme_group, [str(part) for part in arguments])

    return running


def test_dump_writes_what_load_reads(run, programme, text, tmp_path):
    path = tmp_path / "out.yaml"

    printed, written = run("dump"), run("dump", "phu-tho-2024-2030", "--out", path)
    loaded = run("load", path)

    assert (printed.exit_code, printed.output) == (0, text)
    assert (written.exit_code, path.read_text(encoding="utf-8")) == (0, text)
    assert loaded.exit_code == 0


def test_dump_speaks_json_too(run, programme):
    said = json.loads(run("dump", "--json").output)

    assert (said["key"], said["targets"][0]["lower"]) == ("phu-tho-2024-2030", "10")


def test_a_programme_that_is_not_there_is_said_so(run, programme):
    answer = run("dump", "khac")

    assert answer.exit_code == 1
    assert isinstance(answer.exception, NotFoundError)


def test_a_dry_run_says_what_would_change_and_changes_nothing(run, programme, changed, tmp_path):
    path = tmp_path / "changed.yaml"
    path.write_bytes(changed(lambda said: said["name"].update(en="New name")))

    dry = run("load", path, "--dry-run", "--json")
    untouched = programme.name["en"]
    wet = run("load", path, "--json")

    told = {
        "changes": [{"path": "name.en", "before": untouched, "after": "New name"}],
        "refused": {},
        "kept": [],
    }
    assert json.loads(dry.output) == {**told, "written": False}
    assert json.loads(wet.output) == {**told, "written": True}
    assert queries.the_programme().name["en"] == "New name"


def test_what_cannot_be_is_refused_with_all_its_paths(run, programme, text, changed, tmp_path):
    path = tmp_path / "changed.yaml"

    def act(said):
        said["targets"][2]["lower"] = 700
        said["bodies"][0]["names"][0]["place"] = "Việt Trì"

    path.write_bytes(changed(act))

    answer = run("load", path)

    assert answer.exit_code == 1
    assert isinstance(answer.exception, InputError)
    assert list(answer.exception.fields) == ["bodies[0].names[0].place", "targets[2].lower"]
    assert "targets[2].lower: 650 → 700" in answer.output
    assert document.as_text(describe_programme(queries.the_programme())) == text


def test_another_province_is_loaded_beside_the_first(run, programme, nghe_an):
    answer = run("load", nghe_an)

    assert answer.exit_code == 0
    assert queries.get_programme_by_key("nghe-an-mau").territory.name == "Tỉnh Nghệ An"


def test_an_office_of_another_province_gets_no_programme_of_phu_tho(
    own_app, emptied, nghe_an, monkeypatch
):
    emptied()
    found(nghe_an)
    db.session.commit()
    monkeypatch.setitem(own_app.config, "EMBEDDED", True)

    answer = own_app.test_cli_runner().invoke(programme_group, ["dump"])

    assert answer.exit_code == 0
    assert queries.the_programme().key == "nghe-an-mau"


def test_a_dry_run_of_another_province_leaves_nothing(run, programme, nghe_an):
    answer = run("load", nghe_an, "--dry-run")

    assert answer.exit_code == 0
    assert queries.the_programme().key == "phu-tho-2024-2030"
