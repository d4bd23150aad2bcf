"""Pages opened as an officer opens them, each beside what it cannot be faster than."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks import house
from benchmarks.measure import Figure, median_ms
from coopevents.db import db

MORE = 1
"""Over much a page may ask one question more: of what clashes, say, what it is called."""


@dataclass(frozen=True)
class Page:
    """An address, the bare query of its rows, and how many times its limit it may take."""

    path: str
    rows: str
    times: float


@dataclass(frozen=True)
class Little:
    """How long a page takes over next to nothing, and how many queries it sends."""

    ms: float
    queries: int


def over_little(pages: Mapping[str, Page], client: FlaskClient) -> dict[str, Little]:
    """Measure each page where there is next to nothing to show."""
    return {
        name: Little(
            median_ms(lambda page=page: opened(client, page.path)), count(client, page.path)
        )
        for name, page in pages.items()
    }


def figures(
    of_what: str, pages: Mapping[str, Page], client: FlaskClient, little: Mapping[str, Little]
) -> list[Figure]:
    """Measure each page beside its limit: itself over next to nothing, and its rows alone."""
    return [
        _figure(f"{name}, {of_what}", page, client, little[name]) for name, page in pages.items()
    ]


def _figure(job: str, page: Page, client: FlaskClient, little: Little) -> Figure:
    taken = median_ms(lambda: opened(client, page.path))
    rows = median_ms(lambda: db.session.execute(text(page.rows)).all())
    ratio, queries = taken / (little.ms + rows), count(client, page.path)
    return Figure(
        job=job,
        measured=f"{ratio:.1f} × its limit ({taken:.0f} ms), {queries} queries",
        limit=f"over little {little.ms:.0f} ms, {little.queries} queries; its rows {rows:.1f} ms",
        budget=f"≤ {page.times:g} ×, no more queries",
        held=ratio <= page.times and queries <= little.queries + MORE,
    )


def count(client: FlaskClient, path: str) -> int:
    """Answer how many queries the page sends."""
    with house.counted() as sent:
        opened(client, path)
    return len(sent)


def opened(client: FlaskClient, path: str) -> None:
    """Open the page. Raises RuntimeError where it is not answered."""
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}.")
