"""Rules of the house that a reader of the code should be able to rely on."""

import ast
import importlib
import pkgutil
import tomllib
from pathlib import Path

import pytest

import workers
from coopevents.config import LOCALES
from coopevents.jobs import QUEUES, Job, celery
from coopevents.mail.rendering import render
from tests.mail.samples import SAMPLE_CONTEXTS, sample_message
from workers.schedule import SCHEDULE

PROJECT = Path(__file__).resolve().parents[2]
CODE = sorted([*(PROJECT / "coopevents").rglob("*.py"), *(PROJECT / "workers").rglob("*.py")])
MAILS = sorted(
    folder.name for folder in (PROJECT / "templates" / "mail").iterdir() if folder.is_dir()
)

EDGES = {
    *("views.py", "grid_views.py", "editing_views.py", "plan_views.py", "repeating_views.py"),
    *("paper_views.py", "telling_views.py", "public.py", "api.py"),
}
EDGE_FOLDERS = {"workers", "demo", "cli"}
ONE_CALL = {PROJECT / "coopevents" / "rest.py", PROJECT / "coopevents" / "db.py"}
"""`rest.repeatable` commits for every API view that it wraps, once; a session ends so where
nothing could be written in it."""

SWEEPS = {
    Job.DELIVER_MESSAGES: Job.SWEEP_MAIL,
    Job.COMPILE_REPORT: Job.SWEEP_REPORTS,
    Job.RUN_IMPORT: Job.SWEEP_IMPORTS,
}


ALONE = {
    Job.SWEEP_FILES,
    Job.GIVE_PLACES,
    Job.TIDY_REQUESTS,
    Job.SEND_REMINDERS,
    Job.BEAT_HEART,
    Job.READ_RETURNED,
    Job.SEND_DIGESTS,
    Job.TIDY_NOTICES,
}
"""What they work off is not a row: old files, nothing at all, a mailbox that remembers."""


def _calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {call.attr for call in calls if isinstance(call, ast.Attribute)}


def _assigned(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    targets = [t for node in tree.body if isinstance(node, ast.Assign) for t in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_only_edges_commit():
    wrong = [
        str(path.relative_to(PROJECT))
        for path in CODE
        if "commit" in _calls(path)
        and path.name not in EDGES
        and not EDGE_FOLDERS & set(path.relative_to(PROJECT).parts)
        and path not in ONE_CALL
    ]

    assert wrong == []


def _as_protected(path: Path) -> str:
    """Answer how the contract names the file: in any room, or beside the rooms."""
    room = "" if path.parent == PROJECT / "coopevents" else "**."
    return f"coopevents.{room}{path.stem}"


def test_every_kind_of_edge_is_protected_from_being_imported():
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (protecting,) = [one for one in contracts if one["name"] == "Only the factory imports views"]
    edges = [path for path in CODE if "bp" in _assigned(path)]

    assert {_as_protected(path) for path in edges} == set(protecting["protected_modules"])


def test_nothing_is_imported_inside_a_function():
    wrong = [
        f"{path.relative_to(PROJECT)}:{inner.lineno}"
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]

    assert wrong == []


def test_every_job_has_one_task():
    for module in pkgutil.iter_modules(workers.__path__):
        if module.name != "celery":
            importlib.import_module(f"workers.{module.name}")
    tasks = {name for name in celery.tasks if not name.startswith("celery.")}

    assert tasks == {job.value for job in Job}


def test_every_job_that_works_off_rows_has_a_sweep_on_the_clock():
    swept = {entry["task"] for entry in SCHEDULE.values()}

    assert set(SWEEPS) == set(QUEUES)
    assert {sweep.value for sweep in SWEEPS.values()} <= swept
    assert set(Job) == {*SWEEPS, *SWEEPS.values(), *ALONE}


def test_every_mail_has_its_three_files():
    files = {
        name: {path.name for path in (PROJECT / "templates" / "mail" / name).iterdir()}
        for name in MAILS
    }

    assert files == {name: {"subject.txt", "body.txt", "body.html"} for name in MAILS}


def test_every_mail_has_a_sample():
    assert sorted(SAMPLE_CONTEXTS) == MAILS


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("template", MAILS)
def test_every_mail_renders_in_every_language(app, template, locale):
    message = sample_message(template, locale)

    mail = render(message, message.queued_at)

    assert mail.subject.strip() == mail.subject != ""
    assert "http://localhost/r/" in mail.body
    assert "http://localhost/r/" in mail.html
    assert f'lang="{locale}"' in mail.html
