"""The register's pages over 100,000 organisations and 300,000 people, and over a hundred."""

from collections.abc import Callable
from typing import TypeVar

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks import country, house
from benchmarks.measure import Figure, median_ms
from coopevents import names
from coopevents.db import db

LARGE = country.Size(100_000, events=40, invited_each=5_000, present_each=4_000)
SMALL = country.Size(100, events=3, invited_each=50, present_each=40)
BUDGET_MS = 150
NEXT_STREAM = 1
"""A search puts one question more where those before it did not fill its page."""

Measured = TypeVar("Measured")

PAGES = {
    "search by a common word": "/organisations/?q=che",
    "search by a rare word": "/organisations/?q=mat+ong+99999",
    "search by a code": "/organisations/?q=1800099998",
    "list, first page": "/organisations/",
    "list of the women-led": "/organisations/?women_led=yes",
    "one page": "/organisations/77",
    "coverage grid": "/attendance/by-organisation?from=2024-08-21&to=2026-12-14&show=all",
}


def run() -> list[Figure]:
    """Measure each page, its number of queries, and the scan of the index alone."""
    few = _over(SMALL, _queries)
    many = _over(LARGE, _measure)
    return [
        Figure(
            job=f"{name}, {LARGE.organisations:,} organisations",
            measured=f"{taken:.0f} ms, {queries} queries",
            limit=_limit(scan, few[name]),
            budget=f"≤ {BUDGET_MS} ms, no more queries",
            held=taken <= BUDGET_MS and queries <= few[name] + NEXT_STREAM,
        )
        for name, (taken, queries, scan) in many.items()
    ]


def _over(size: country.Size, measure: Callable[[FlaskClient], Measured]) -> Measured:
    with house.scratch() as app:
        country.fill(size)
        return measure(house.officer(app))


def _queries(client: FlaskClient) -> dict[str, int]:
    return {name: _count(client, path) for name, path in PAGES.items()}


def _measure(client: FlaskClient) -> dict[str, tuple[float, int, float | None]]:
    return {
        name: (median_ms(lambda path=path: _open(client, path)), _count(client, path), _scan(path))
        for name, path in PAGES.items()
    }


def _open(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}.")


def _count(client: FlaskClient, path: str) -> int:
    with house.counted() as sent:
        _open(client, path)
    return len(sent)


def _limit(scan: float | None, queries: int) -> str:
    asked = f"{queries} queries over {SMALL.organisations}"
    return asked if scan is None else f"scan of names alone {scan:.0f} ms; {asked}"


def _scan(path: str) -> float | None:
    """Answer how long the names alone take to be looked through for the words of a search."""
    word = path.partition("q=")[2].replace("+", " ")
    if not word:
        return None
    statement = text(
        "SELECT organisation_id FROM organisation_names WHERE name_fold LIKE :p LIMIT 50"
    )
    pattern = names.search_pattern(word)
    return median_ms(lambda: db.session.execute(statement, {"p": pattern}).all())
