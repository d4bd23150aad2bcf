"""Importing a workbook of 50,000 rows by the command, against reading and copying the same rows."""

import io
import os
import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks import house
from benchmarks.country import FAMILY, GIVEN, MIDDLE, PLACES, TRADES
from benchmarks.measure import Figure
from coopevents.db import db
from coopevents.programme.queries import the_programme
from coopevents.territory import units
from coopevents.territory.models import AdministrativeUnit

ROWS = 50_000
TIMES_THE_LIMIT = 6
SECONDS = 60
MEGABYTES = 300
AS_OF = date(2024, 7, 31)

TOP = (
    *("STT", "Tên tổ hợp tác", "Địa chỉ", "", "Ngành nghề", "Ngày/năm thành lập"),
    *("Người đại diện", "", "", "", "", "Thành viên", "", "Lao động", ""),
    *("THT do phụ nữ quản lý", "Hội LHPN hỗ trợ thành lập"),
)
BELOW = (
    *("", "", "Xã/phường", "Huyện/thành/thị", "", "", "Họ và tên", "Giới tính", "Chức vụ"),
    *("Điện thoại", "Email", "Tổng số", "Nữ", "Tổng số", "Nữ", "", ""),
)


def run() -> list[Figure]:
    """Measure a first import, and a second of the same organisations with a tenth changed."""
    with house.scratch():
        places = _communes()
        first = _workbook(places, changed=False)
        limit = _read_and_copy(first)
        seconds, megabytes = _import(first, AS_OF)
        again, more = _import(_workbook(places, changed=True), date(2025, 6, 30))
    return [
        _figure("import of a new register", seconds, megabytes, limit),
        _figure("import again, a tenth changed", again, more, limit),
    ]


def _figure(job: str, seconds: float, megabytes: float, limit: float) -> Figure:
    return Figure(
        job=f"{job}, {ROWS:,} rows",
        measured=f"{seconds:.1f} s, {megabytes:.0f} MB",
        limit=f"read and copy {limit:.1f} s (× {seconds / limit:.1f})",
        budget=f"≤ {TIMES_THE_LIMIT}×, ≤ {SECONDS} s, ≤ {MEGABYTES} MB",
        held=seconds <= min(SECONDS, TIMES_THE_LIMIT * limit) and megabytes <= MEGABYTES,
    )


def _communes() -> list[tuple[str, str]]:
    programme = the_programme()
    found = [
        (unit.name, db.session.get_one(AdministrativeUnit, unit.parent_id).name)
        for unit in units.communes_of(programme.territory)
    ]
    db.session.rollback()
    return found


def _workbook(places: list[tuple[str, str]], *, changed: bool) -> bytes:
    dice = random.Random(2024)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("THT")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for at, heading in enumerate((TOP, BELOW), start=4):
            sheet.write_row(at, 0, heading)
        for number in range(1, ROWS + 1):
            row = _row(dice, number, places, changed=changed and number % 10 == 0)
            sheet.write_row(number + 5, 0, row[:5])
            sheet.write_datetime(number + 5, 5, date(2001 + number % 23, 3, 1 + number % 28), day)
            sheet.write_row(number + 5, 6, row[6:])
    return file.getvalue()


def _row(
    dice: random.Random, number: int, places: list[tuple[str, str]], *, changed: bool
) -> list[object]:
    commune, district = places[number % len(places)]
    name = f"THT {dice.choice(TRADES)} {dice.choice(PLACES)} {dice.choice(GIVEN)} {number}"
    person = " ".join(map(dice.choice, (FAMILY, MIDDLE, GIVEN)))
    members = 3 + number % 40 + changed
    return [
        *(number, name, commune, district, "Nông nghiệp", None, person, dice.choice(("Nữ", "Nam"))),
        *("Tổ trưởng", f"09{number:08d}", f"tht{number}@coop.example", members, number % 3),
        *(members + 5, number % 4, "", "x" if number % 20 == 0 else ""),
    ]


def _read_and_copy(data: bytes) -> float:
    """Answer how long calamine reads the rows and PostgreSQL copies them in, in seconds."""
    start = time.perf_counter()
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name("THT").to_python(skip_empty_area=False)[6:]
    columns = ", ".join(f"c{place} text" for place in range(len(rows[0])))
    with house.owner() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE plain_rows ({columns})")
        with cursor.copy("COPY plain_rows FROM STDIN") as copy:
            for row in rows:
                copy.write_row([str(cell) for cell in row])
    return time.perf_counter() - start


def _import(data: bytes, as_of: date) -> tuple[float, float]:
    """Run the command in a process of its own; answer its seconds and its peak megabytes."""
    path = Path(os.environ["DATA_DIR"]) / f"register-{as_of}.xlsx"
    path.write_bytes(data)
    peak = path.with_suffix(".peak")
    command = [sys.executable, "-m", "benchmarks.command", "register", "import", str(path)]
    start = time.perf_counter()
    subprocess.run(
        [*command, "--as-of", str(as_of), "--json"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PEAK_FILE": str(peak)},
        check=True,
    )
    return time.perf_counter() - start, int(peak.read_text(encoding="ascii")) / 1024
