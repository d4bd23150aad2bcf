"""What every call has in common: who may, how it refuses, how lists and changes go."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select
from werkzeug.exceptions import TooManyRequests

from coopevents import clock, i18n
from coopevents.accounts import queries as account_queries
from coopevents.accounts import service as accounts
from coopevents.accounts.models import ApiToken, Role
from coopevents.config import LOCALES
from coopevents.db import db
from coopevents.events.models import Event, EventHost, EventState, HostRole
from coopevents.permissions import GRANTS
from coopevents.routes import ROUTES
from coopevents.territory.succession import as_of
from tests.api.conftest import PLAN, problem
from tests.event_factories import make_event
from tests.factories import find_commune, make_organisation, make_other_programme


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z"):
        yield


def _events():
    return db.session.scalar(select(func.count()).select_from(Event))


@pytest.fixture
def elsewhere(programme):
    """Another programme."""
    return make_other_programme(programme, own_register=True)


def test_without_a_token_nothing_is_told(client):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic d3Jvbmc="}):
        answer = client.get("/api/v1/events?lang=en", headers=headers)

        assert problem(answer) == (401, "An access token is needed.", {})
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_opens_nothing(officer):
    (token,) = db.session.scalars(select(ApiToken))
    accounts.revoke_token(token)

    assert problem(officer.get("/events"))[0] == 401


def test_signing_in_opens_no_call(client, programme):
    user = accounts.create_user("officer@union.example", "Nguyễn Thị Mơ", "a long enough password")
    accounts.add_member(user, Role.OFFICER, programme_id=programme.id, body=None)
    with client.session_transaction() as session:
        session["_user_id"] = user.fs_uniquifier
        session["_fresh"] = True

    assert client.get("/events/").status_code == 200
    assert client.get("/api/v1/events").status_code == 401


CALLS = {
    "api_organisations.list_organisations": ("GET", "/organisations", None),
    "api_organisations.get_organisation": ("GET", "/organisations/{none}", None),
    "api_events.list_events": ("GET", "/events", None),
    "api_events.get_event": ("GET", "/events/{none}", None),
    "api_events.plan_event": ("POST", "/events", {}),
    "api_events.change_event": ("PATCH", "/events/{none}", {}),
    "api_events.publish": ("POST", "/events/{none}/publish", None),
    "api_changes.postpone": ("POST", "/events/{none}/postpone", {"reason": "Bão"}),
    "api_changes.cancel": ("POST", "/events/{none}/cancel", {"reason": "Bão"}),
    "api_changes.cancel_session": (
        "POST",
        "/events/{none}/sessions/1/cancel",
        {"reason": "Bão"},
    ),
    "api_events.mark_session": ("POST", "/events/{none}/sessions/1", {"state": "held"}),
    "api_events.close": ("POST", "/events/{none}/close", None),
    "api_invitations.list_invitations": ("GET", "/events/{none}/invitations", None),
    "api_audiences.preview": ("POST", "/events/{none}/invitations/preview", {}),
    "api_guests.preview": (
        "POST",
        "/events/{none}/invitations/persons/preview",
        {"persons": [{"person_id": 1, "invited_as": "guest"}]},
    ),
    "api_guests.confirm": ("POST", "/events/{none}/invitations/persons", {"preview_token": "x"}),
    "api_audiences.confirm": ("POST", "/events/{none}/invitations", {"preview_token": "x"}),
    "api_registrations.list_registrations": ("GET", "/events/{none}/registrations", None),
    "api_attendance.show_attendance": ("GET", "/events/{none}/attendance", None),
    "api_attendance.record_entries": ("POST", "/events/{none}/attendance/entries", {}),
    "api_reports.by_organisation": ("GET", "/attendance/by-organisation", None),
    "api_reports.list_indicators": ("GET", "/indicators", None),
    "api_reports.list_indicator_rows": ("GET", "/indicators/I1/rows", None),
    "api_reports.request_report": ("POST", "/reports", {"period": "1999"}),
    "api_reports.get_report": ("GET", "/reports/999999", None),
    "api_reports.download": ("GET", "/reports/999999/files/docx", None),
}


def test_every_call_is_asked_below():
    assert set(CALLS) == {name for name in ROUTES if name.startswith("api_")}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_what_the_table_says(bearing, role):
    caller = bearing(role)

    refused = {
        name
        for name, (method, path, body) in CALLS.items()
        if caller(method, path.format(none=999_999), body).status_code == 403
    }

    granted = GRANTS[role.value]
    assert refused == {name for name in CALLS if ROUTES[name] not in granted}


def test_a_token_of_another_programme_sees_nothing_of_this_one(bearing, programme, elsewhere):
    event = make_event(programme)
    organisation = make_organisation(programme)
    stranger = bearing(Role.ADMINISTRATOR, elsewhere.id)

    paths = [
        f"/events/{event.id}",
        f"/events/{event.id}/invitations",
        f"/events/{event.id}/registrations",
        f"/events/{event.id}/attendance",
        f"/organisations/{organisation.id}",
        "/indicators?period=2026",
    ]
    assert [problem(stranger.get(path))[0] for path in paths] == [404] * len(paths)
    assert problem(stranger.post(f"/events/{event.id}/publish"))[0] == 404
    assert stranger.get("/events").json == {"items": [], "next": None}
    assert stranger.get("/organisations").json == {"items": [], "next": None}
    assert stranger.get("/attendance/by-organisation").json["items"] == []


def test_a_token_of_no_programme_is_refused(bearing):
    nobody = bearing(Role.ADMINISTRATOR, None)

    for answer in (nobody.get("/events"), nobody.post("/events", PLAN)):
        assert problem(answer) == (403, "This key belongs to no programme.", {})


# Refusals


def test_every_refusal_is_a_problem_with_a_sentence(officer, client):
    path = officer.post("/events", PLAN).headers["Location"].removeprefix("/api/v1")

    told = [
        problem(answer)[:2]
        for answer in (
            officer.get("/nothing"),
            officer.get(f"/events/{2**63}"),
            officer.get(f"/events/{'9' * 5000}"),
            officer("DELETE", path),
            officer("PATCH", path, {"title": "X"}),
            officer("PATCH", path, {"title": "X"}, If_Match='"stale"'),
            client.post(
                "/api/v1/events?lang=en",
                data="{",
                headers={**officer.headers, "Content-Type": "application/json"},
            ),
            client.post(
                "/api/v1/events?lang=en",
                data="9" * 5000,
                headers={**officer.headers, "Content-Type": "application/json"},
            ),
            client.post(
                "/api/v1/events?lang=en",
                data="[" * 100_000,
                headers={**officer.headers, "Content-Type": "application/json"},
            ),
            client.post("/api/v1/events?lang=en", data={"title": "X"}, headers=officer.headers),
            officer.post(f"{path}/close"),
        )
    ]

    assert told == [
        (404, "There is no such address."),
        (404, "There is no such address."),
        (404, "There is no such address."),
        (405, "This address does not take that kind of request."),
        (428, "Say in If-Match which version of it you have read."),
        (412, "Somebody has changed this since you read it. Please read it again."),
        (400, "The body is not JSON."),
        (400, "The body is not JSON."),
        (400, "The body is not JSON."),
        (415, "Send the body as application/json."),
        (409, "Only a published activity can be closed."),
    ]


def test_too_many_tries_is_a_problem_too(app):
    with app.test_request_context("/api/v1/events?lang=en"):
        answer = app.make_response(app.handle_user_exception(TooManyRequests(retry_after=30)))

    assert problem(answer)[:2] == (429, "Too many tries. Please wait a minute.")
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.parametrize("locale", LOCALES)
def test_a_refusal_speaks_the_language_asked_for(client, locale):
    with i18n.force_locale(locale):
        sentence = i18n._("An access token is needed.")

    answer = client.get(f"/api/v1/events?lang={locale}")

    assert answer.json["detail"] == sentence


def test_a_refusal_speaks_the_language_of_the_house_unless_asked(client, app):
    with i18n.force_locale(app.config["BABEL_DEFAULT_LOCALE"]):
        sentence = i18n._("An access token is needed.")

    answer = client.get("/api/v1/events", headers={"Accept-Language": "en"})

    assert answer.json["detail"] == sentence


def test_wrong_fields_are_named_one_by_one(officer):
    said = {
        **PLAN,
        "title": "  ",
        "capacity": 0,
        "contact_email": "nobody",
        "colour": "red",
        "sessions": [{"held_on": "soon", "starts_at": "7h30"}],
    }
    del said["place"]

    assert problem(officer.post("/events", said)) == (
        422,
        "Some fields need another look.",
        {
            "title": "It is too short or too long.",
            "capacity": "It must be from 1 to 100000.",
            "contact_email": "This is not an e-mail address.",
            "colour": "There is no such field.",
            "place": "This is needed.",
            "sessions.0.held_on": "A day such as 2026-03-05 is expected here.",
            "sessions.0.starts_at": "An hour such as 07:30 is expected here.",
            "sessions.0.ends_at": "This is needed.",
        },
    )
    assert _events() == 0


def test_what_the_programme_does_not_have_is_refused_by_field(officer):
    wrong = {"kind": "party", "lead_host": "nobody", "third_hosts": ["noone"], "contents": [99]}

    status, _detail, fields = problem(
        officer.post("/events", {**PLAN, **wrong, "administrative_unit_id": 999_999_999})
    )

    assert status == 422
    assert set(fields) == {*wrong, "administrative_unit_id"}


def test_what_the_service_refuses_bears_the_names_of_the_api(officer):
    turned = {"held_on": "2026-06-10", "starts_at": "11:00", "ends_at": "07:30"}
    twice = {"co_hosts": ["womens_union"], "sessions": [PLAN["sessions"][0], turned]}

    status, _detail, fields = problem(officer.post("/events", {**PLAN, **twice}))

    assert status == 422
    assert set(fields) == {"co_hosts", "sessions.1"}


@pytest.mark.parametrize(
    "path",
    [
        "/organisations?komune=1",
        "/organisations?kind=castle",
        "/organisations?commune=99999999999999999999",
        "/organisations?after=nowhere",
        "/organisations?after=0.99999999999999999999.41",
        "/organisations?as_of=2026-02-30",
        "/organisations?limit=201",
        "/organisations?q=a%00b",
        "/events?after=-1",
        "/events?after=99999999999999999999",
        f"/events?after={'9' * 5000}",
        f"/organisations?commune={'9' * 5000}",
        "/attendance/by-organisation?from=2026-02-01&to=2026-01-01",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(officer, path):
    assert problem(officer.get(path))[0] == 422


@pytest.mark.parametrize("title", ["a\0b", "half \ud800 a letter"])
def test_letters_that_cannot_be_kept_are_refused(officer, title):
    refused = officer.post("/events", {**PLAN, "title": title})

    assert problem(refused)[:2] == (422, "A text has letters that cannot be kept.")


# Lists and resources


@pytest.mark.parametrize("number", [0, 1, 3, 4])
def test_a_list_goes_on_until_it_ends(officer, programme, number):
    made = [make_event(programme).id for _ in range(number)]
    seen, after, pages = [], "", 0

    while True:
        page = officer.get(f"/events?limit=2{after}").json
        seen += [event["id"] for event in page["items"]]
        pages += 1
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert seen == made[::-1]
    assert pages == max(1, (number + 1) // 2)


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_asks_the_same_number_of_questions(officer, programme, number, count_queries):
    for _ in range(number):
        make_event(programme)

    with count_queries() as asked:
        officer.get("/events")

    assert asked.number == 3


def test_organisations_are_found_whatever_their_marks(officer, programme):
    found = make_organisation(programme, name="Hợp tác xã Phú Thọ Xanh")
    make_organisation(programme, name="Hợp tác xã Đoan Hùng")

    for q in ("phu tho", "PHÚ THỌ", "phú  thọ"):
        (item,) = officer.get(f"/organisations?q={q}").json["items"]
        assert (item["id"], item["name"]) == (found.id, "Hợp tác xã Phú Thọ Xanh")
    assert len(officer.get("/organisations?q=doan hung").json["items"]) == 1


def test_organisations_are_narrowed_down_and_paged(officer, programme):
    commune = find_commune(programme)
    names = ["HTX An", "HTX Bình", "HTX Cúc"]
    for name in names:
        make_organisation(programme, name=name, commune=commune)
    make_organisation(programme, name="HTX Nam", commune=commune, woman_head=False)
    question = f"/organisations?women_led=true&kind=cooperative&commune={commune.id}&limit=2"

    first = officer.get(question).json
    last = officer.get(f"{question}&after={first['next']}").json

    assert [item["name"] for item in [*first["items"], *last["items"]]] == names
    assert last["next"] is None
    assert first["items"][0]["as_of"] == "2026-05-01"
    assert first["items"][0]["commune_id"] == commune.id


def test_an_organisation_is_told_as_it_was_on_the_day(officer, programme):
    organisation = make_organisation(programme, name="HTX An", founded_on=date(2020, 1, 1))
    (today,) = as_of([find_commune(programme).id], clock.today()).values()

    told = officer.get(f"/organisations/{organisation.id}?as_of=2024-08-21")

    assert told.json == {
        "id": organisation.id,
        "kind": "cooperative",
        "name": "HTX An",
        "commune_id": find_commune(programme).id,
        "commune": find_commune(programme).name,
        "commune_today_id": today.id,
        "commune_today": today.name,
        "status": "operating",
        "women_led": True,
        "as_of": "2024-08-21",
    }
    unchanged = officer.get(
        f"/organisations/{organisation.id}?as_of=2024-08-21", If_None_Match=told.headers["ETag"]
    )
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    assert unchanged.headers["ETag"] == told.headers["ETag"]


def test_a_commune_of_today_finds_who_sits_in_what_went_into_it(officer, programme):
    old = find_commune(programme, "Gia Điền")
    (today,) = as_of([old.id], clock.today()).values()
    organisation = make_organisation(programme, name="HTX An", commune=old)
    make_organisation(programme, name="HTX Xa")
    signed_for = programme.territory_id

    told = {
        asked: [row["id"] for row in officer.get(f"/organisations?{asked}").json["items"]]
        for asked in (
            f"commune={today.id}",
            f"commune={old.id}",
            "q=htx an",
            "former_province=999999999",
        )
    }
    of_province = officer.get(f"/organisations?former_province={signed_for}").json["items"]

    assert list(told.values()) == [[organisation.id]] * 3 + [[]]
    assert len(of_province) == 2


def test_days_and_moments_are_written_as_promised(officer):
    event = officer.post("/events", {**PLAN, "answer_by": "2026-06-01"}).json

    assert event["answer_by"] == "2026-06-01"
    assert event["sessions"][0]["held_on"] == "2026-06-10"
    assert event["sessions"][0]["starts_at"] == "07:30"
    report = officer.post("/reports", {"period": "2026"}).json
    assert report["requested_at"].startswith("2026-05-01T03:00:0")
    assert report["requested_at"].endswith("+00:00")


# Changes


def test_a_change_needs_the_etag_it_was_read_with(officer):
    made = officer.post("/events", PLAN)
    path = f"/events/{made.json['id']}"
    read = officer.get(path)

    first = officer("PATCH", path, {"title": "Một"}, If_Match=read.headers["ETag"])
    late = officer("PATCH", path, {"title": "Hai"}, If_Match=read.headers["ETag"])

    assert made.headers["ETag"] == read.headers["ETag"]
    assert (first.status_code, first.json["title"]) == (200, "Một")
    assert first.headers["ETag"] == officer.get(path).headers["ETag"]
    assert problem(late)[0] == 412
    assert officer.get(path).json["title"] == "Một"


def test_a_change_leaves_what_it_does_not_name(officer, programme):
    commune = find_commune(programme)
    said = {
        **PLAN,
        "co_hosts": [],
        "third_hosts": ["coop_alliance"],
        "administrative_unit_id": commune.id,
    }
    made = officer.post("/events", said)
    path = f"/events/{made.json['id']}"
    db.session.get_one(Event, made.json["id"]).is_sample = True
    read = officer.get(path)

    changed = officer("PATCH", path, {"capacity": None}, If_Match=read.headers["ETag"])

    assert changed.status_code == 200
    moving = {"capacity", "version", "sessions"}
    assert {k: v for k, v in changed.json.items() if k not in moving} == {
        k: v for k, v in made.json.items() if k not in moving
    }
    assert changed.json["capacity"] is None
    assert [s["topic"] for s in changed.json["sessions"]] == ["Sổ sách", ""]
    assert db.session.get_one(Event, made.json["id"]).is_sample is True
    roles = db.session.scalars(select(EventHost.role).order_by(EventHost.role)).all()
    assert roles == [HostRole.LEAD, HostRole.THIRD]


def test_half_a_session_is_no_change(officer):
    made = officer.post("/events", PLAN)

    refused = officer(
        "PATCH",
        f"/events/{made.json['id']}",
        {"sessions": [{"held_on": "2026-06-10"}]},
        If_Match=made.headers["ETag"],
    )

    status, _detail, fields = problem(refused)
    assert status == 422
    assert set(fields) == {"sessions.0.starts_at", "sessions.0.ends_at"}


def test_what_is_published_is_not_rewritten(officer, programme):
    event = make_event(programme, state=EventState.PUBLISHED)
    read = officer.get(f"/events/{event.id}")

    refused = officer("PATCH", f"/events/{event.id}", {"title": "X"}, If_Match=read.headers["ETag"])

    assert problem(refused)[0] == 409


@pytest.mark.parametrize("state", ["moved", "cancelled"])
def test_a_session_is_not_called_what_people_are_told_of(officer, programme, state):
    event = make_event(programme)
    (session,) = officer.get(f"/events/{event.id}").json["sessions"]

    refused = officer.post(f"/events/{event.id}/sessions/{session['id']}", {"state": state})

    assert problem(refused)[2] == {"state": "It is held or planned."}


def test_a_session_is_cancelled_once_its_consequences_were_read(officer, programme):
    event = make_event(
        programme,
        state=EventState.PUBLISHED,
        sessions=[(date(2027, 5, 4), "08:00", "11:00"), (date(2027, 5, 5), "08:00", "11:00")],
    )
    first = officer.get(f"/events/{event.id}").json["sessions"][0]
    path = f"/events/{event.id}/sessions/{first['id']}/cancel"

    foreseen = officer.post(path, {"reason": "Bão số 3", "dry_run": True}).json
    still = [one["state"] for one in officer.get(f"/events/{event.id}").json["sessions"]]
    fingerprint = {"fingerprint": foreseen["fingerprint"]}
    done = officer.post(path, {"reason": "Bão số 3", **fingerprint})

    states = [one["state"] for one in officer.get(f"/events/{event.id}").json["sessions"]]
    assert (foreseen["kind"], foreseen["id"]) == ("session_cancelled", None)
    assert still == ["planned", "planned"]
    assert done.status_code == 200
    assert states == ["cancelled", "planned"]


def test_an_audience_of_no_known_kind_is_refused(officer, programme):
    event = make_event(programme)

    refused = officer.post(f"/events/{event.id}/invitations/preview", {"kinds": ["castle"]})

    assert set(problem(refused)[2]) == {"kinds.0"}


def test_a_token_is_found_by_its_hash_only(officer):
    secret = officer.headers["Authorization"].removeprefix("Bearer ")
    (token,) = db.session.scalars(select(ApiToken))

    assert secret not in {token.token_hash, token.name}
    assert account_queries.find_token(secret) is token
