"""The pages of activities over 10,000 of them in seven years, and over ten.

The limit beside each is the page over ten, and a bare query of the rows it is about.
"""

from collections.abc import Callable
from typing import TypeVar

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks import country, house, pages
from benchmarks.measure import Figure
from benchmarks.pages import Page
from coopevents.db import db
from coopevents.programme.queries import the_programme

MANY, FEW = 10_000, 10
DAYS = 7 * 365

Measured = TypeVar("Measured")

PAGES = {
    "month": Page(
        "/calendar/?month=2024-02",
        "SELECT * FROM event_sessions WHERE held_on BETWEEN '2024-02-01' AND '2024-02-29'",
        15,
    ),
    "list, first page": Page(
        "/events/",
        "SELECT * FROM event_sessions ORDER BY held_on DESC LIMIT 50",
        6,
    ),
    "list by title": Page(
        "/events/?q=9999",
        "SELECT * FROM events WHERE title_fold LIKE '%9999%' LIMIT 50",
        4,
    ),
    "one activity": Page("/events/7", "SELECT * FROM events WHERE id = 7", 4),
}

FILL = """
INSERT INTO events (id, programme_id, kind_id, title, title_fold, description, place, state,
    counts_to_programme, counts_reason, promotional, listed_publicly, contact_name, contact_phone,
    contact_email, calendar_sequence, version, is_sample, created_at,
    published_at, changed_at)
OVERRIDING SYSTEM VALUE
SELECT n, {programme}, {kind}, 'Tập huấn ' || n, 'tap huan ' || n, '', 'Hội trường ' || n % 50,
    'published', true, 'both_bodies_host', false, false, 'Mẫu', '0210 000 0000',
    'office@coop.example', 0, 1, true, now(), now(), now()
FROM generate_series(1, {number}) n;
INSERT INTO event_sessions (event_id, held_on, starts_at, ends_at, topic, required, state)
SELECT n, date '2024-01-01' + (n * 37 % {days} + s)::int, '08:00', '11:00', '', true, 'planned'
FROM generate_series(1, {number}) n, generate_series(0, 1) s;
INSERT INTO event_hosts (event_id, body_id, role)
SELECT n, body_id, CASE rank WHEN 1 THEN 'lead' ELSE 'co_host' END
FROM generate_series(1, {number}) n, programme_bodies WHERE programme_id = {programme};
INSERT INTO event_trainers (event_id, full_name, name_fold, part, unit)
SELECT n, 'Giảng viên ' || n % 200, 'giang vien ' || n % 200, 'trainer', ''
FROM generate_series(1, {number}) n;
INSERT INTO invitations (programme_id, event_id, organisation_id, seats, state, calendar_uid,
    invited_at)
SELECT {programme}, n, o, 2, 'pending', n || '.' || o || '@coop.example', now()
FROM generate_series(1, {number}) n, generate_series(1, 5) o;
ANALYZE;
"""


def run() -> list[Figure]:
    """Measure each page, its number of queries, and the bare query of its rows."""
    little = _over(FEW, lambda client: pages.over_little(PAGES, client))
    return _over(MANY, lambda client: pages.figures(f"{MANY:,} activities", PAGES, client, little))


def _over(number: int, measure: Callable[[FlaskClient], Measured]) -> Measured:
    with house.scratch() as app:
        country.fill(country.Size(100))
        programme = the_programme()
        kind = db.session.execute(text("SELECT min(id) FROM event_kinds")).scalar_one()
        said = {"programme": programme.id, "kind": kind, "number": number, "days": DAYS}
        db.session.rollback()
        house.run(FILL.format(**said))
        return measure(house.officer(app))
