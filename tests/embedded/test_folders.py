"""Whose folder the servers may use, and who may empty it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from coopevents import embedded
from coopevents.config import SettingError
from tests.embedded.programs import (
    ALL,
    NOBODY,
    Program,
    become,
    found,
    pids,
    program,
    using,
    wait_until,
)


def _why_not_somebody_else() -> str:
    """Answer why no test here can run as another user; nothing where one can."""
    if os.getuid() != 0:
        return "Only root can become somebody else."
    reach = subprocess.run(
        [*become(NOBODY), sys.executable, "-c", "import coopevents"],
        cwd="/",
        capture_output=True,
        check=False,
    )
    return "Nobody but root can enter this checkout." if reach.returncode else ""


WHY_NOT = _why_not_somebody_else()

as_somebody_else = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)


@pytest.fixture
def commons() -> Iterator[Path]:
    """A folder every user may enter, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="coopevents-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def home(commons: Path) -> Path:
    """A folder of the ordinary user's own."""
    folder = commons / "home"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    return folder


@as_somebody_else
def test_servers_run_as_an_ordinary_user(home):
    with program(home / "data", user=NOBODY, HOME=str(home)) as first:
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in pids(home / "data").values()}
        running = found(home / "data")
        second = Program(home / "data", user=NOBODY, HOME=str(home))
        second.ready()
        first.kill()
        still = found(home / "data")
        second.kill()
        wait_until(lambda: found(home / "data") == set(), 10)

    with program(home / "data", user=NOBODY, HOME=str(home)):
        again = found(home / "data")

    assert (running, still, again, owners) == (ALL, ALL, ALL, {NOBODY})


@as_somebody_else
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
def test_folder_of_root_is_refused_to_an_ordinary_user(commons, home, mode):
    with using(commons / "data"):
        pass
    (commons / "data").chmod(mode)

    said = Program(commons / "data", user=NOBODY, HOME=str(home)).refused()

    assert said == [
        f"DATA_DIR {commons / 'data'} belongs to root; run as that user or choose another DATA_DIR."
    ]


@as_somebody_else
def test_folder_of_an_ordinary_user_is_refused_to_root(home):
    with program(home / "data", user=NOBODY, HOME=str(home)):
        pass

    with pytest.raises(SettingError) as refused:
        embedded.provide(home / "data")

    assert str(refused.value).startswith(f"DATA_DIR {home / 'data'} belongs to nobody;")


def test_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "data").write_text("")

    with pytest.raises(SettingError) as refused:
        embedded.provide(tmp_path / "data")

    assert str(refused.value) == (
        f"DATA_DIR {tmp_path / 'data'} cannot be used: {tmp_path / 'data'}: File exists."
    )


def test_data_is_for_its_user_alone(tmp_path):
    with using(tmp_path / "data"):
        mode = (tmp_path / "data").stat().st_mode & 0o777

    assert mode == 0o700


def test_folder_in_use_is_not_emptied(tmp_path):
    with using(tmp_path / "data") as servers:
        other = Program(tmp_path / "data")
        other.ready()

        with pytest.raises(SettingError) as refused:
            embedded.empty(tmp_path / "data")

        assert str(refused.value) == f"A program uses {tmp_path / 'data'}; stop it first."
        assert found(tmp_path / "data") == ALL
        other.end()
        assert embedded.provide(tmp_path / "data") == servers


def test_folder_is_emptied_while_its_servers_still_stop(tmp_path):
    with using(tmp_path / "data") as first:
        embedded.release(tmp_path / "data")

        embedded.empty(tmp_path / "data")

        left = {path.name for path in (tmp_path / "data").iterdir()}
        running = found(tmp_path / "data")
    with using(tmp_path / "data") as second:
        pass

    assert (left, running) == ({"clients.lock", "guardian.lock", "start.lock"}, set())
    assert second.secret_key != first.secret_key


def test_folder_of_something_else_is_not_emptied(tmp_path):
    (tmp_path / "letters.txt").write_text("Kính gửi")

    with pytest.raises(SettingError) as refused:
        embedded.empty(tmp_path)

    assert str(refused.value) == f"{tmp_path} holds something else; nothing in it was deleted."
    assert [path.name for path in tmp_path.iterdir()] == ["letters.txt"]
