"""Lists of units: the ones that ship, and a later one taken in the same way."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from coopevents.audit.models import AuditEntry
from coopevents.cli.office import units_group
from coopevents.db import db
from coopevents.errors import InputError
from coopevents.territory import importer, succession, units
from coopevents.territory.importer import DATA, Taken
from coopevents.territory.models import AdministrativeSuccession, AdministrativeUnit, UnitLevel

pytestmark = pytest.mark.usefixtures("english")

UNITS = "code,name,level,parent_code,valid_from,valid_to,lat,lon"
LINKS = "level,old_code,new_code,kind"
PLACE = ",,"
"""No latitude, no longitude."""


@pytest.fixture
def files(tmp_path):
    """Write a list of units and one of links, and answer their paths."""

    def files(unit_lines: list[str], link_lines: list[str] | None = None, heading: str = UNITS):
        paths = [tmp_path / "units.csv", tmp_path / "links.csv"]
        paths[0].write_text("\n".join([heading, *unit_lines, ""]), encoding="utf-8")
        paths[1].write_text("\n".join([LINKS, *(link_lines or []), ""]), encoding="utf-8")
        return paths

    return files


@pytest.fixture
def commune(programme):
    """A commune of today."""
    province = units.territory_on(programme.territory, units.REFORM)
    return units.communes_of(province)[0]


def ended(commune: AdministrativeUnit, day: str = "2029-12-31") -> str:
    return f"{commune.code},{commune.name},commune,25,2025-07-01,{day}{PLACE}"


def begun(code: str = "90001", name: str = "Xã Mai Sau", since: str = "2030-01-01") -> str:
    return f"{code},{name},commune,25,{since},{PLACE}"


def count(table) -> int | None:
    return db.session.scalar(select(func.count()).select_from(table))


def refusal(paths: list[Path]) -> dict[str, str]:
    """Answer what a list is refused for, and make sure nothing was written."""
    before = count(AdministrativeUnit), count(AdministrativeSuccession)
    with pytest.raises(InputError) as refused:
        importer.take_in(*paths)
    db.session.flush()
    assert (count(AdministrativeUnit), count(AdministrativeSuccession)) == before
    return refused.value.fields


def test_loading_the_country_twice_changes_nothing(app):
    before = count(AdministrativeUnit)

    assert importer.load_country() == before


def test_the_lists_that_ship_are_taken_in_again_and_change_nothing(app):
    taken = importer.take_in(
        DATA / "administrative-units.csv", DATA / "administrative-succession.csv"
    )

    assert taken == Taken(same=14149 + 10660)


def test_a_later_list_begins_ends_and_links(files, commune):
    paths = files(
        [ended(commune), begun(), begun("90002", "Xã Mai Kia")],
        [f"commune,{commune.code},90001,main part", f"commune,{commune.code},90002,part"],
    )

    first, again = importer.take_in(*paths), importer.take_in(*paths)

    assert (first, again) == (Taken(new=2, ended=1, links=2), Taken(same=5))
    assert (commune.valid_to, commune.name_fold) == (date(2029, 12, 31), commune.name_fold)
    (new, other) = [step.new for step in succession.became(commune)]
    assert (new.name, new.name_fold, new.parent.name) == (
        "Xã Mai Sau",
        "xa mai sau",
        "Tỉnh Phú Thọ",
    )
    assert (other.valid_from, other.level) == (date(2030, 1, 1), UnitLevel.COMMUNE)


def test_what_a_list_brought_is_written_in_the_audit(files, commune):
    importer.take_in(*files([begun()]))
    db.session.commit()

    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert (entry.act, entry.subject_kind) == ("units.taken_in", "administrative_units")


def test_the_command_takes_a_list_in_and_says_what_it_brought(app, files, commune):
    paths = files([ended(commune), begun()], [f"commune,{commune.code},90001,whole"])

    done = app.test_cli_runner().invoke(units_group, ["import", *map(str, paths)])
    alone = app.test_cli_runner().invoke(units_group, ["import", str(paths[0])])
    refused = app.test_cli_runner().invoke(units_group, ["import", str(paths[1])])

    def numbers(printed: str) -> list[str]:
        return [line.rpartition(" ")[2] for line in printed.splitlines()]

    assert (done.exit_code, numbers(done.output)) == (0, ["1", "1", "1", "0"])
    assert (alone.exit_code, numbers(alone.output)) == (0, ["0", "0", "0", "2"])
    assert isinstance(refused.exception, InputError)


def test_a_code_may_be_given_to_another_unit_once_it_is_free(files, commune):
    paths = files(
        [ended(commune), begun(commune.code)], [f"commune,{commune.code},{commune.code},whole"]
    )

    importer.take_in(*paths)

    (step,) = succession.became(commune)
    assert (step.old.code, step.new.code, step.new.name) == (
        *(commune.code, commune.code, "Xã Mai Sau"),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"1,Xã A,commune,99,2030-01-01,{PLACE}", "There is no unit 99"),
        (f"1,Xã A,commune,,2030-01-01,{PLACE}", "There is no unit "),
        (f"1,Xã A,village,25,2030-01-01,{PLACE}", "“village” is no level"),
        (f"1,Xã A,commune,25,1/1/2030,{PLACE}", "“1/1/2030” is no day"),
        (f"1,Xã A,commune,25,2030-01-01,2029-01-01{PLACE}", "It ends before it begins."),
        (f",Xã A,commune,25,2030-01-01,{PLACE}", "The code or the name is missing."),
        ("1,Xã A,commune,25,2030-01-01,,91,105", "“91” is no place on a map."),
        ("1,Xã A,commune,25,2030-01-01,,north,105", "“north” is no place on a map."),
        ("1,Xã A,commune,25", "This line has more or fewer cells"),
        (begun("90001", "Xã Mai Kia"), "The same unit stands in line 2."),
    ],
)
def test_a_wrong_line_is_refused_by_file_and_line(files, app, line, why):
    paths = files([begun(), line])

    assert [(place, why in told) for place, told in refusal(paths).items()] == [
        ("units.csv:3", True)
    ]


def test_a_province_does_not_end_before_what_lies_in_it(files, app):
    paths = files([f"25,Tỉnh Phú Thọ,province,,2025-07-01,2029-12-31{PLACE}"])

    (why,) = refusal(paths).values()

    assert why.endswith("goes on after what it belongs to has ended.")


def test_a_list_may_not_rewrite_what_stands(files, commune):
    day = "2029-12-31"
    importer.take_in(*files([ended(commune)]))

    renamed = f"{commune.code},Xã Khác,commune,25,2025-07-01,{day}{PLACE}"
    moved = f"{commune.code},{commune.name},commune,24,2025-07-01,{day}{PLACE}"
    for line in (
        renamed,
        moved,
        ended(commune, "2028-12-31"),
        begun(commune.code, since="2029-01-01"),
    ):
        assert list(refusal(files([line]))) == ["units.csv:2"]


@pytest.mark.parametrize(
    "link",
    [
        "commune,00000,90001,whole",
        "commune,{code},90009,whole",
        "commune,{code},90001,half",
        "hamlet,{code},90001,whole",
    ],
)
def test_a_wrong_link_is_refused_by_file_and_line(files, commune, link):
    paths = files([ended(commune), begun()], [link.format(code=commune.code)])

    assert list(refusal(paths)) == ["links.csv:2"]


def test_what_went_whole_into_one_went_into_no_other(files, commune):
    lines = [ended(commune), begun(), begun("90002", "Xã Mai Kia")]
    whole, part = f"commune,{commune.code},90001,whole", f"commune,{commune.code},90002,part"

    assert list(refusal(files(lines, [whole, part]))) == ["links.csv:3"]
    assert list(refusal(files(lines, [part, whole]))) == ["links.csv:3"]


def test_files_that_are_no_lists_are_refused(app, files, tmp_path):
    no_columns = files([], heading="code,name")
    assert refusal(no_columns) == {
        "units.csv:1": (
            "These columns are missing: level, parent_code, valid_from, valid_to, lat, lon."
        )
    }

    (tmp_path / "units.csv").write_bytes("Phú Thọ".encode("utf-16"))
    assert list(refusal(no_columns)) == ["units.csv"]


def test_a_refusal_names_twenty_lines_and_how_many_more(files, app):
    paths = files([f"{number},,commune,25,2030-01-01,{PLACE}" for number in range(25)])

    with pytest.raises(InputError) as refused:
        importer.take_in(*paths)

    assert str(refused.value).count("units.csv:") == 20
    assert "5" in str(refused.value).splitlines()[-1]
