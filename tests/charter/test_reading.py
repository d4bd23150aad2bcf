"""Every wrong entry of a file is told by path and reason, all of them at once."""

import pytest

from coopevents.charter import importer
from coopevents.errors import InputError
from coopevents.i18n import force_locale


def problems_of(data: bytes) -> dict[str, str]:
    with force_locale("en"), pytest.raises(InputError) as refusal:
        importer.read(data, "programme.yaml")
    assert "nothing was written" in str(refusal.value)
    return {path: str(reason) for path, reason in refusal.value.fields.items()}


def test_several_wrong_entries_are_told_at_once_with_their_paths(changed):
    def spoil(said):
        said["targets"][2]["lower"] = "650"
        said["targets"][0]["colour"] = "red"
        said["bodies"][0]["names"][0]["name"]["ar"] = ""
        said["report_periods"][1]["to"] = "14/12/2026"
        said["office_hours"][0]["opens"] = 450
        said["territory"] = {"province": "Phú Thị", "as_of": said["signed_on"]}
        del said["ends_on"]

    told = problems_of(changed(spoil))

    assert told == {
        "ends_on": "This entry is missing.",
        "territory": "There is no province named Phú Thị.",
        "bodies[0].names[0].name.ar": "This entry is missing.",
        "targets[0].colour": "There is no entry of this name here. Known are: indicator, kind,"
        " lower, upper, per_year, due_on, effective_on, territory, document, text.",
        "targets[2].lower": "A number is wanted here, without quotes.",
        "report_periods[1].to": "A day is wanted here, written 2026-12-14.",
        "office_hours[0].opens": 'A time of day is wanted here, in quotes: "07:30".',
    }


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        (lambda said: said.update(holidays=[]), "holidays"),
        (lambda said: said.update(key="Phú Thọ"), "key"),
        (lambda said: said.update(targets={}), "targets"),
        (lambda said: said.update(name="Chương trình"), "name"),
        (lambda said: said.update(bodies=[]), "bodies"),
        (lambda said: said.update(women_led_rule="ALL"), "women_led_rule"),
        (lambda said: said.update(ends_on=said["starts_on"]), "ends_on"),
        (lambda said: said["targets"][4].pop("upper"), "targets[4].upper"),
        (lambda said: said["targets"][0].update(lower=1.146), "targets[0].lower"),
        (lambda said: said["targets"][0].update(lower=float("nan")), "targets[0].lower"),
        (lambda said: said["targets"][0].update(lower=True), "targets[0].lower"),
        (lambda said: said["targets"][0].update(kind="many"), "targets[0].kind"),
        (lambda said: said["targets"][0].update(per_year="yes"), "targets[0].per_year"),
        (
            lambda said: said["bodies"][0]["names"][0].update(number_pattern="{nummer}"),
            "bodies[0].names[0].number_pattern",
        ),
        (
            lambda said: said["bodies"][0]["names"][0]["signers"][0].update(name="Bà Lê Thị Mẫu"),
            "bodies[0].names[0].signers",
        ),
        (
            lambda said: said["year_plan"].append(
                {"year": 2026, "kind": "party", "title": "Mẫu", "host": "womens_union"}
            ),
            "year_plan[0].kind",
        ),
        (
            lambda said: said["year_plan"].append(
                {"year": 2026, "kind": "training", "title": "Mẫu", "host": "bank"}
            ),
            "year_plan[0].host",
        ),
        (lambda said: said["office_hours"][0].update(weekdays=[7]), "office_hours[0].weekdays"),
        (lambda said: said["report_periods"].append("2031"), "report_periods[8]"),
    ],
)
def test_a_wrong_entry_is_told_by_its_path(changed, spoil, path):
    assert list(problems_of(changed(spoil))) == [path]


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"key: [",
        b"a: &x [1]\nb: *x",
        b"key: a\nkey: b",
        b"day: 2026-13-45",
        b"[" * 5000,
        b"key: !!python/object/apply:os.system [id]",
        b"x: " + b"9" * 6000,
        b"k: " + b"a" * (128 * 1024),
    ],
)
def test_what_is_no_yaml_of_ours_is_refused_in_a_sentence(app, data):
    with pytest.raises(InputError, match=r"programme\.yaml"):
        importer.read(data, "programme.yaml")


@pytest.mark.parametrize("data", [b"", b"just words", b"- 1\n- 2", b"1: 2"])
def test_a_file_that_describes_no_programme_is_refused(app, data):
    with pytest.raises(InputError) as refusal:
        importer.read(data, "programme.yaml")

    assert refusal.value.fields != {}


def test_half_a_character_is_refused(changed):
    data = changed(lambda said: said["year_plan"]).replace(
        b"place: Ph\xc3\xba Th\xe1\xbb\x8d", b'place: "\\ud800"', 1
    )

    assert list(problems_of(data)) == ["bodies[0].names[0].place"]
