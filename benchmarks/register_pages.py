"""The register's pages over 100,000 organisations and 300,000 people, and over a hundred.

The limit beside each is the page over a hundred, and a bare query of the rows it is about; for a
search, the scan of the names alone.
"""

from collections.abc import Callable
from typing import TypeVar

from flask.testing import FlaskClient

from benchmarks import country, house, pages
from benchmarks.measure import Figure
from benchmarks.pages import Page
from coopevents import names

LARGE = country.Size(100_000, events=40, invited_each=5_000, present_each=4_000)
SMALL = country.Size(100, events=3, invited_each=50, present_each=40)

Measured = TypeVar("Measured")


def _scan(word: str) -> str:
    """Answer the query that looks through the names alone for the words of a search."""
    pattern = names.search_pattern(word)
    return (
        f"SELECT organisation_id FROM organisation_names WHERE name_fold LIKE '{pattern}' LIMIT 50"
    )


PAGE_OF_NAMES = "SELECT * FROM organisation_names ORDER BY name_sort LIMIT 50"
PAGES = {
    "search by a common word": Page("/organisations/?q=che", _scan("che"), 4),
    "search by a rare word": Page("/organisations/?q=mat+ong+99999", _scan("mat ong 99999"), 4),
    "search by a code": Page("/organisations/?q=1800099998", _scan("1800099998"), 4),
    "list, first page": Page("/organisations/", PAGE_OF_NAMES, 4),
    "list of the women-led": Page("/organisations/?women_led=yes", PAGE_OF_NAMES, 4),
    "one page": Page("/organisations/77", "SELECT * FROM organisations WHERE id = 77", 4),
    "coverage grid": Page(
        "/attendance/by-organisation?from=2024-08-21&to=2026-12-14&show=all", PAGE_OF_NAMES, 6
    ),
}


def run() -> list[Figure]:
    """Measure each page, its number of queries, and what it cannot be faster than."""
    little = _over(SMALL, lambda client: pages.over_little(PAGES, client))
    return _over(
        LARGE,
        lambda client: pages.figures(
            f"{LARGE.organisations:,} organisations", PAGES, client, little
        ),
    )


def _over(size: country.Size, measure: Callable[[FlaskClient], Measured]) -> Measured:
    with house.scratch() as app:
        country.fill(size)
        return measure(house.officer(app))
