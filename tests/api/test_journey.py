"""The main job by API alone, from the plan to the report."""

import uuid

import time_machine

from coopevents.accounts.models import Role
from coopevents.attendance import queries as attendance
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events.models import Event
from coopevents.invitations.models import Invitation
from coopevents.lifecycle import replying
from coopevents.programme import queries as programmes
from coopevents.reports import indicators, service
from coopevents.reports.figures import Scope
from tests.api.conftest import PLAN, problem
from tests.factories import make_organisation

BEFORE = "2026-05-01T03:00:00Z"
AFTER = "2026-06-11T11:00:00Z"


def _accept(invitation_id, *delegates):
    named = [
        NamedDelegate(full_name=name, sex=sex, post=PostKind.DIRECTOR) for name, sex in delegates
    ]
    invitation = db.session.get_one(Invitation, invitation_id)
    replying.accept_invitation(invitation, named, uuid.uuid4(), Channel.EMAIL, "vi")


def _entry(session, action="present", **more):
    return {"uuid": str(uuid.uuid4()), "session_id": session["id"], "action": action, **more}


def _outcomes(answer):
    assert answer.status_code == 200, answer.text
    return [result["outcome"] for result in answer.json["results"]]


def _invite(officer, event):
    path = f"/events/{event['id']}/invitations"
    seen = officer.post(f"{path}/preview", {"women_led": True})
    confirmed = officer.post(path, {"preview_token": seen.json["preview_token"]})
    assert confirmed.status_code == 201, confirmed.text
    return seen.json, confirmed.json


def test_the_main_job_by_api_alone(officer, programme):
    with time_machine.travel(BEFORE):
        make_organisation(programme, name="HTX An", email="an@coop.example")
        make_organisation(programme, name="HTX Bình", email="binh@coop.example")
        drafted = officer.post("/events", PLAN)
        path = drafted.headers["Location"].removeprefix("/api/v1")
        changed = officer("PATCH", path, {"capacity": 20}, If_Match=drafted.headers["ETag"])
        published = officer.post(f"{path}/publish")
        seen, opened = _invite(officer, published.json)
        first, second = officer.get(f"{path}/invitations").json["items"]
        _accept(first["id"], ("Nguyễn Thị Mơ", Sex.FEMALE), ("Đỗ Văn Nam", Sex.MALE))
        delegates = officer.get(f"{path}/registrations").json["items"]

    assert (drafted.status_code, drafted.json["state"]) == (201, "draft")
    assert (changed.status_code, changed.json["capacity"]) == (200, 20)
    assert changed.json["title"] == PLAN["title"]
    assert published.json["state"] == "published"
    assert [one["name"] for one in seen["invitees"]] == ["HTX An", "HTX Bình"]
    assert opened["messages"]["queued"] == 2
    assert [d["state"] for d in second["deliveries"]] == ["queued"]
    assert [(d["full_name"], d["sex"], d["state"]) for d in delegates] == [
        ("Nguyễn Thị Mơ", "female", "confirmed"),
        ("Đỗ Văn Nam", "male", "confirmed"),
    ]
    assert {d["organisation_id"] for d in delegates} == {first["organisation_id"]}

    with time_machine.travel(AFTER):
        sessions = officer.get(path).json["sessions"]
        for session in sessions:
            held = officer.post(f"{path}/sessions/{session['id']}", {"state": "held"})
            assert held.status_code == 200
        too_early = officer.post(f"{path}/close")
        _take_the_roll(officer, path, sessions, delegates, second["organisation_id"])
        closed = officer.post(f"{path}/close")

    assert problem(too_early)[0] == 409
    assert (closed.status_code, closed.json["state"]) == (200, "closed")
    _check_figures(officer, path, programme)


def _take_the_roll(officer, path, sessions, delegates, organisation_id):
    woman, man = (delegate["id"] for delegate in delegates)
    first, second = sessions
    guest = {"uuid": str(uuid.uuid4()), "full_name": "Trần Thị Khách", "sex": "female"}
    guest |= {"organisation_id": organisation_id}
    wrong = _entry(first, "absent", registration_id=woman, at="2026-06-10T08:00:00+07:00")
    marks = [
        wrong,
        _entry(first, registration_id=man),
        _entry(first, walk_in=guest),
        _entry(second, registration_id=woman),
        _entry(second, "excused", registration_id=man),
        _entry(second, "absent", walk_in=guest),
    ]
    entries = f"{path}/attendance/entries"
    stored = officer.post(entries, {"entries": marks})
    again = officer.post(entries, {"entries": marks})
    void = _entry(first, "void", registration_id=woman, voids=wrong["uuid"], reason="Ghi nhầm")
    right = _entry(first, registration_id=woman)
    corrected = officer.post(entries, {"entries": [void, right]})
    conflicting = officer.post(entries, {"entries": [{**right, "action": "absent"}]})

    assert _outcomes(stored) == ["stored"] * 6
    assert _outcomes(again) == ["already"] * 6
    assert _outcomes(corrected) == ["stored", "stored"]
    assert _outcomes(conflicting) == ["conflict"]


def _check_figures(officer, path, programme):
    event = db.session.get_one(Event, int(path.rsplit("/", 1)[1]))
    turnout = attendance.turnout(event)
    came = officer.get(f"{path}/attendance").json
    by_organisation = officer.get("/attendance/by-organisation?from=2026-06-01&to=2026-06-30").json
    told = officer.get("/indicators?period=2026").json
    scope = Scope.of(programmes.get_period(programme, "2026"))

    totals = ("invited", "people", "women", "men", "not_stated", "organisations")
    assert {name: came[name] for name in totals} == vars(turnout)
    assert (came["people"], came["women"], came["organisations"]) == (3, 2, 2)
    assert len(came["items"]) == 6
    assert [(r["name"], r["people"], r["women"]) for r in by_organisation["items"]] == [
        ("HTX An", 2, 1),
        ("HTX Bình", 1, 1),
    ]
    assert [c["mark"] for r in by_organisation["items"] for c in r["events"]] == ["came", "came"]
    for said, code in zip(told["items"], indicators.INDICATORS, strict=True):
        figure = indicators.compute(code, scope)
        assert said == {
            "indicator": code,
            "rule_version": figure.rule_version,
            "value": None if figure.value is None else float(figure.value),
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "breakdown": figure.breakdown,
        }
        rows = officer.get(f"/indicators/{code}/rows?period=2026").json["items"]
        assert len(rows) == len(list(figure.list_rows()))
    assert [one["value"] for one in told["items"]][:3] == [1.0, 3.0, 3.0]


def test_a_report_is_asked_for_and_read(officer, programme, app):
    with time_machine.travel(AFTER):
        asked = officer.post("/reports", {"period": "2026"})
        again = officer.post("/reports", {"period": "2026"})
        waiting = officer.get(f"/reports/{asked.json['id']}")
        too_early = officer.get(f"/reports/{asked.json['id']}/files/docx")
        service.claim(asked.json["id"], "a test")
        list(service.compute(asked.json["id"]))
        service.seal(asked.json["id"], "a test")
        service.finish(asked.json["id"], "a test")
        done = officer.get(f"/reports/{asked.json['id']}")

    assert (asked.status_code, asked.json["state"]) == (202, "requested")
    assert asked.headers["Location"] == f"/api/v1/reports/{asked.json['id']}"
    assert again.json["id"] == asked.json["id"]
    assert waiting.json["progress"] == {"done": 0, "total": service.STEPS}
    assert (waiting.json["figures"], waiting.json["files"]) == ([], {})
    assert problem(too_early)[0] == 404
    assert done.json["state"] == "draft"
    assert [figure["indicator"] for figure in done.json["figures"]] == list(service.FIGURES)
    assert list(done.json["files"]) == ["docx", "xlsx"]
    for kind, address in done.json["files"].items():
        document = officer.get(address.removeprefix("/api/v1"))
        assert document.data[:2] == b"PK"
        assert f".{kind}" in document.headers["Content-Disposition"]
        document.close()
    assert problem(officer.get(f"/reports/{asked.json['id']}/files/exe"))[0] == 404


def test_a_stale_preview_invites_nobody(officer, programme):
    with time_machine.travel(BEFORE):
        make_organisation(programme, name="HTX An", email="an@coop.example")
        event = officer.post("/events", PLAN).json
        path = f"/events/{event['id']}/invitations"
        officer.post(f"/events/{event['id']}/publish")
        seen = officer.post(f"{path}/preview", {"women_led": True}).json
        make_organisation(programme, name="HTX Bình", email="binh@coop.example")
        stale = officer.post(path, {"preview_token": seen["preview_token"]})
        nonsense = officer.post(path, {"preview_token": "no token of ours"})

    assert (problem(stale)[0], problem(nonsense)[0]) == (409, 409)
    assert officer.get(path).json["items"] == []


def test_a_preview_says_who_is_left_out_and_why(officer, programme):
    with time_machine.travel(BEFORE):
        make_organisation(programme, name="HTX Không Thư")
        event = officer.post("/events", PLAN).json
        seen = officer.post(f"/events/{event['id']}/invitations/preview", {"women_led": True}).json

    assert (seen["number"], seen["invitees"]) == (0, [])
    assert [(one["name"], one["reason"]) for one in seen["left_out"]] == [
        ("HTX Không Thư", "no_email")
    ]


def test_a_viewer_asks_for_no_report(bearing):
    refused = bearing(Role.VIEWER).post("/reports", {"period": "2026"})

    assert problem(refused)[0] == 403


def test_a_period_of_nowhere_is_not_found(officer):
    for answer in (
        officer.post("/reports", {"period": "1999"}),
        officer.get("/indicators?period=1999"),
        officer.get("/indicators/I1/rows?period=1999"),
    ):
        assert problem(answer) == (404, "There is no such report period.", {})
    assert problem(officer.get("/indicators/I99/rows?period=2026"))[0] == 404
