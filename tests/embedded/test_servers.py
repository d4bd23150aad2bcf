"""Starting, sharing and stopping the embedded servers, with real processes."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from coopevents import embedded
from coopevents.config import SettingError
from coopevents.embedded import guardian
from tests.embedded.programs import (
    ALL,
    Program,
    answers,
    found,
    pids,
    program,
    read,
    using,
    wait_until,
    write,
)


def test_servers_keep_their_data_for_the_next_start(tmp_path):
    with using(tmp_path / "data") as first:
        write(first, "một")

    with using(tmp_path / "data") as second:
        kept = read(second)

    assert kept == (["một"], ["một"])
    assert second == first


def test_servers_stay_until_the_last_of_two_programs_ends(tmp_path):
    first, second = Program(tmp_path / "data"), Program(tmp_path / "data")
    first.ready()
    second.ready()
    shared = pids(tmp_path / "data")

    first.end()
    third = embedded.provide(tmp_path / "data")
    embedded.release(tmp_path / "data")
    after_first = pids(tmp_path / "data")
    both_answer = answers(third)
    second.end()

    assert set(shared) == ALL
    assert (after_first, both_answer) == (shared, True)
    wait_until(lambda: found(tmp_path / "data") == set(), 10)


def test_servers_stop_when_their_only_program_is_killed(tmp_path):
    only = Program(tmp_path / "data")
    only.ready()
    before = found(tmp_path / "data")

    only.kill()
    wait_until(lambda: found(tmp_path / "data") == set(), 10)

    assert before == ALL


def test_servers_run_on_in_a_program_that_inherits_them(tmp_path):
    embedded.provide(tmp_path / "data")
    held = embedded.hold(tmp_path / "data")
    heir = subprocess.Popen(["sleep", "600"], pass_fds=[held])
    os.close(held)

    embedded.release(tmp_path / "data")

    with pytest.raises(AssertionError):
        wait_until(lambda: found(tmp_path / "data") != ALL, 2)
    heir.kill()
    heir.wait()
    wait_until(lambda: found(tmp_path / "data") == set(), 10)


def test_servers_end_with_a_killed_guardian_and_start_anew(tmp_path):
    with using(tmp_path / "data") as first:
        write(first, "một")

        os.kill(pids(tmp_path / "data")["guardian"], signal.SIGKILL)
        wait_until(lambda: found(tmp_path / "data") == set(), 10)
        again = embedded.provide(tmp_path / "data")
        kept = read(again)

    assert kept == (["một"], ["một"])


def test_servers_start_anew_at_once_after_their_guardian_was_killed(tmp_path):
    with using(tmp_path / "data") as first:
        write(first, "một")

        for _time in range(5):
            os.kill(pids(tmp_path / "data")["guardian"], signal.SIGKILL)
            wait_until(lambda: not guardian.lives(tmp_path / "data"))
            again = embedded.provide(tmp_path / "data")
        kept = read(again)

    assert kept == (["một"], ["một"])


@pytest.mark.parametrize("name", ["postgres", "redis-server"])
def test_server_killed_in_use_comes_back_by_itself(tmp_path, name):
    with using(tmp_path / "data") as servers:
        write(servers, "một")
        killed = pids(tmp_path / "data")[name]

        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: pids(tmp_path / "data").get(name, killed) != killed)
        wait_until(lambda: answers(servers))
        kept = read(servers)

    assert kept == (["một"], ["một"])


def test_servers_and_program_killed_all_at_once_start_anew(tmp_path):
    only = Program(tmp_path / "data")
    only.ready()
    servers = embedded.provide(tmp_path / "data")
    write(servers, "một")
    running = pids(tmp_path / "data")
    embedded.release(tmp_path / "data")

    only.process.kill()
    for name in ("guardian", "postgres", "redis-server"):
        os.kill(running[name], signal.SIGKILL)
    only.kill()
    with using(tmp_path / "data") as again:
        kept = read(again)

    assert kept == (["một"], ["một"])


@pytest.mark.parametrize("foreign", ["sleep", "ourselves"])
def test_stale_pid_files_of_a_living_foreign_process_do_no_harm(tmp_path, foreign):
    data_dir = tmp_path / "data"
    with using(data_dir) as first:
        write(first, "một")
    sleeper = subprocess.Popen(["sleep", "600"])
    pid = sleeper.pid if foreign == "sleep" else os.getpid()
    stale = f"{pid}\n{data_dir}/postgres\n1795490000\n5432\n{data_dir}/run\n\n   0   0\nready\n"
    for path in ("postgres/postmaster.pid", "run/.s.PGSQL.5432.lock", "redis.pid"):
        (data_dir / path).write_text(stale)

    with using(data_dir) as second:
        kept = read(second)

    assert kept == (["một"], ["một"])
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


def test_another_copy_of_the_servers_elsewhere_is_left_alone(tmp_path):
    with using(tmp_path / "one"):
        one = pids(tmp_path / "one")
        with using(tmp_path / "two"):
            (tmp_path / "two" / "redis.pid").write_text(str(one["redis-server"]))

        assert pids(tmp_path / "one") == one


@pytest.mark.parametrize(
    "name", ["deep/" * 30 + "data", "Tài liệu của tôi/100% dữ liệu & thứ khác #1"]
)
def test_servers_run_in_any_folder(tmp_path, name):
    with using(tmp_path / name) as servers:
        write(servers, "một")
        kept = read(servers)
        sockets = guardian.socket_dir(tmp_path / name)

    assert kept == (["một"], ["một"])
    assert not sockets.exists()


def test_servers_listen_on_no_port(tmp_path):
    with using(tmp_path / "data"):
        sockets = {
            str(entry.readlink())
            for pid in pids(tmp_path / "data").values()
            for entry in Path(f"/proc/{pid}/fd").iterdir()
        }

        listening = {
            f"socket:[{words[9]}]"
            for table in ("tcp", "tcp6", "udp", "udp6")
            if Path(f"/proc/net/{table}").exists()
            for words in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        }

    assert any(name.startswith("socket:") for name in sockets)
    assert sockets & listening == set()


def test_settings_of_another_postgresql_in_the_environment_change_nothing(tmp_path):
    others = {"PGPORT": "5999", "PGHOST": "db.example", "PGOPTIONS": "-c nonsense=1"}
    with program(tmp_path / "data", **others):
        answer = answers(embedded.provide(tmp_path / "data"))
        embedded.release(tmp_path / "data")

    assert answer


def test_initdb_cut_short_is_begun_again(tmp_path):
    cut = Program(tmp_path / "data")
    wait_until((tmp_path / "data" / "postgres.new" / "PG_VERSION").exists)
    os.kill(pids(tmp_path / "data")["guardian"], signal.SIGKILL)
    cut.kill()
    half_done = (tmp_path / "data" / "postgres.new").exists()

    with using(tmp_path / "data") as servers:
        write(servers, "một")
        kept = read(servers)

    assert half_done
    assert kept == (["một"], ["một"])
    assert not (tmp_path / "data" / "postgres.new").exists()


def test_data_of_another_version_is_refused_with_the_reason(tmp_path):
    with using(tmp_path / "data"):
        pass
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("9\n")

    with pytest.raises(SettingError, match=r"^postgres ended: .*FATAL: .* incompatible with"):
        embedded.provide(tmp_path / "data")
    wait_until(lambda: found(tmp_path / "data") == set())


def test_redis_log_that_cannot_be_read_is_set_aside(tmp_path):
    with using(tmp_path / "data") as first:
        write(first, "một")
    log = tmp_path / "data" / "redis" / "appendonly.aof"
    broken = log.read_bytes().replace(b"RPUSH", b"\0\0\0\0\0", 1).replace(b"$", b"?", 2)
    log.write_bytes(broken)

    with using(tmp_path / "data") as second:
        write(second, "hai")
        kept = read(second)

    assert kept == (["hai", "một"], ["hai"])
    assert log.with_suffix(".broken").read_bytes() == broken
