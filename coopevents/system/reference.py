"""The document of the API, put in order for people to read."""

from typing import Any

Told = dict[str, Any]


def rooms(document: Told) -> list[tuple[Told, list[Told]]]:
    """Answer the calls under their tags, each with what it does, takes and answers."""
    calls = [
        _call(document, method, path, call, shared.get("parameters", []))
        for path, shared in document["paths"].items()
        for method, call in shared.items()
        if method != "parameters"
    ]
    return [
        (tag, [call for call in calls if call["tag"] == tag["name"]]) for tag in document["tags"]
    ]


def _call(document: Told, method: str, path: str, call: Told, shared: list[Told]) -> Told:
    parameters = [_resolved(document, one) for one in [*shared, *call.get("parameters", [])]]
    return {
        "id": f"{method}{path}".replace("/", "-").replace("{", "").replace("}", ""),
        "tag": call["tags"][0],
        "method": method.upper(),
        "path": path,
        "text": _plain(" ".join(call.get(part, "") for part in ("summary", "description"))),
        "takes": [_parameter(document, one) for one in parameters] + _body(document, call),
        "answers": [status for status in call["responses"] if status.isdigit()],
    }


def _parameter(document: Told, said: Told) -> Told:
    return _line(
        said["name"], said["in"], _kind(document, said["schema"]), said, said.get("required", False)
    )


def _body(document: Told, call: Told) -> list[Told]:
    content = call.get("requestBody", {}).get("content", {})
    return [
        line
        for said in content.values()
        for line in _fields(document, _resolved(document, said["schema"]))
    ]


def _fields(document: Told, schema: Told, path: str = "") -> list[Told]:
    """Answer a line for each field a body may have, those inside of others after them."""
    lines = []
    for name, said in schema.get("properties", {}).items():
        if said.get("readOnly"):
            continue
        whole = f"{path}{name}"
        needed = name in schema.get("required", ())
        lines.append(_line(whole, "body", _kind(document, said), said, needed))
        inner = said.get("items", next(iter(said.get("anyOf", ())), said))
        lines += _fields(document, _resolved(document, inner), f"{whole}.")
    return lines


def _line(name: str, place: str, kind: str, said: Told, needed: bool) -> Told:
    text = _plain(said.get("description", ""))
    choices = said.get("schema", said).get("enum")
    if choices:
        text = f"{text} {', '.join(map(str, choices))}".strip()
    return {"name": name, "place": place, "kind": kind, "text": text, "needed": needed}


def _plain(text: str) -> str:
    # The document is written in Markdown, of which it uses no more than this.
    return text.replace("`", "").strip()


def _kind(document: Told, schema: Told) -> str:
    if "items" in schema:
        return f"list of {_kind(document, schema['items'])}"
    if "anyOf" in schema:
        return " or ".join(_kind(document, one) for one in schema["anyOf"])
    kinds = _resolved(document, schema).get("type", "string")
    if isinstance(kinds, list):
        return " or ".join([str(schema.get("format", kinds[0])), *kinds[1:]])
    return str(schema.get("format", kinds))


def _resolved(document: Told, said: Told) -> Told:
    """Answer what a reference stands for."""
    while "$ref" in said:
        found: Any = document
        for step in said["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        said = found
    return said
