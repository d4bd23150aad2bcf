"""The document of the API, as another program and as a person reads it."""

import re

import pytest

from coopevents.config import LOCALES
from coopevents.routes import ROUTES

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture
def document(client):
    answer = client.get("/api/v1/openapi.json")
    assert answer.content_type == "application/json"
    return answer.get_json()


def _calls(document):
    return {
        (method, path): call
        for path, shared in document["paths"].items()
        for method, call in shared.items()
        if method in METHODS
    }


def _references(said):
    if isinstance(said, dict):
        if "$ref" in said:
            yield said["$ref"]
        for inner in said.values():
            yield from _references(inner)
    elif isinstance(said, list):
        for inner in said:
            yield from _references(inner)


def test_the_document_holds_every_call_there_is(document, app):
    there = {
        (method.lower(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api_")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert set(_calls(document)) == there
    assert len(there) == sum(name.startswith("api_") for name in ROUTES)


def test_the_document_is_of_a_version_others_read(document):
    assert document["openapi"] == "3.1.0"
    assert set(document["info"]) == {"title", "version", "description"}
    assert document["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer"}
    }


def test_every_reference_leads_somewhere(document):
    lost = set()
    for reference in _references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found.get(step)
            if found is None:
                lost.add(reference)
                break

    assert lost == set()


def test_every_part_of_the_document_is_used(document):
    used = set(_references(document))

    unused = {
        f"#/components/{part}/{name}"
        for part in ("schemas", "parameters", "headers")
        for name in document["components"].get(part, {})
    } - used
    assert unused == set()


def test_every_call_says_what_it_does_and_how_it_refuses(document):
    tags = {tag["name"] for tag in document["tags"]}

    for (method, path), call in _calls(document).items():
        assert call["summary"].endswith("."), path
        assert set(call["tags"]) <= tags
        assert call["security"] == [{"bearer": []}]
        answers = call["responses"]
        assert any(status.startswith("2") for status in answers)
        assert {"401", "403", "429", "default"} <= set(answers)
        assert ("404" in answers) >= ("{" in path)
        assert ("422" in answers) >= (method == "post")
        for status, answer in answers.items():
            if status >= "4":
                name = answer["$ref"].rsplit("/", 1)[1]
                content = document["components"]["responses"][name]["content"]
                assert list(content) == ["application/problem+json"]


def test_every_path_names_its_parameters(document):
    for path, shared in document["paths"].items():
        named = {p["name"] for p in shared.get("parameters", []) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


def test_every_call_that_acts_can_be_repeated(document):
    for (method, path), call in _calls(document).items():
        headers = {p.get("name") for p in call.get("parameters", [])}
        assert ("Idempotency-Key" in headers) is (method != "get"), path


def test_a_change_needs_its_if_match(document):
    parameters = document["paths"]["/api/v1/events/{event_id}"]["patch"]["parameters"]

    assert {"$ref": "#/components/parameters/IF_MATCH"} in parameters
    assert document["components"]["parameters"]["IF_MATCH"]["required"] is True


def test_names_are_snake_case(document):
    names = {
        name
        for schema in document["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }

    assert {name for name in names if not re.fullmatch(r"[a-z_]+", name)} == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_shows_every_call(client, document, locale):
    answer = client.get(f"/api/v1/?lang={locale}")

    assert answer.status_code == 200
    assert f'lang="{locale}"' in answer.text
    assert answer.text.count("<h1>") == 1
    assert "<script" not in answer.text
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    shown = re.findall(r"<code>([A-Z]+ /api/v1/[^<]*)</code>", answer.text)
    assert sorted(shown) == sorted(f"{m.upper()} {path}" for m, path in _calls(document))
    for field in ("sessions.held_on", "entries.walk_in.full_name", "If-Match", "preview_token"):
        assert f"<code>{field}</code>" in answer.text
