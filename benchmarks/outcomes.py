"""The lists of jobs and of calls over 5,000 organisations and 10,000 results, and over ten."""

from collections.abc import Callable
from typing import TypeVar

from flask.testing import FlaskClient
from sqlalchemy import text

from benchmarks import country, house, pages
from benchmarks.measure import Figure
from benchmarks.pages import Page
from coopevents.db import db
from coopevents.programme.queries import the_programme

MANY, FEW = 5_000, 10

Measured = TypeVar("Measured")

PAGES = {
    "jobs of a half-year": Page(
        "/jobs/?half=2025-2",
        "SELECT * FROM job_counts WHERE year = 2025 AND half = 2 LIMIT 50",
        4,
    ),
    "calls after fairs": Page(
        "/outcomes/trade/",
        "SELECT * FROM trade_stands ORDER BY id LIMIT 50",
        5,
    ),
}

FILL = """
UPDATE people SET sex = 'female' WHERE id % 3 = 1;
INSERT INTO job_counts (programme_id, organisation_id, year, half, women_members, women_workers,
    women_both, counted_on, source, paper, submission_id, recorded_at, by_label)
SELECT {programme}, o, y, h, 5 + (o * 7 + y * 3 + h) % 20, (o + y + h) % 9, 0,
    make_date(y, h * 6, 1), 'own_report', 'Báo cáo', gen_random_uuid(), now(), 'Mẫu'
FROM generate_series(1, {number}) o, (VALUES (2024, 1), (2024, 2), (2025, 1), (2025, 2)) t(y, h);
INSERT INTO job_count_verifications (count_id, verified_at, by_label)
SELECT id, now(), 'Mẫu' FROM job_counts WHERE organisation_id % 10 > 0;
INSERT INTO events (id, programme_id, kind_id, title, title_fold, description, place, state,
    counts_to_programme, counts_reason, promotional, listed_publicly, contact_name, contact_phone,
    contact_email, calendar_sequence, version, is_sample, created_at, closed_at, changed_at)
OVERRIDING SYSTEM VALUE
SELECT n, {programme}, {kind}, 'Hội chợ ' || n, 'hoi cho ' || n, '', 'Nhà văn hoá', 'closed',
    true, 'both_bodies_host', false, false, 'Mẫu', '0210 000 0000', 'office@coop.example',
    0, 1, true, now(), now(), now()
FROM generate_series(1, {fairs}) n;
INSERT INTO event_sessions (event_id, held_on, starts_at, ends_at, topic, required, state)
SELECT n, date '2024-09-01' + n * 400 / {fairs}, '08:00', '11:00', '', true, 'held'
FROM generate_series(1, {fairs}) n;
INSERT INTO event_hosts (event_id, body_id, role)
SELECT n, body_id, CASE rank WHEN 1 THEN 'lead' ELSE 'co_host' END
FROM generate_series(1, {fairs}) n, programme_bodies WHERE programme_id = {programme};
INSERT INTO trade_stands (event_id, organisation_id, stands, label, version, recorded_at)
SELECT 1 + o % {fairs}, o, 1, '', 1, now() FROM generate_series(1, {number}) o;
INSERT INTO trade_buyers (id, programme_id, name, unit, search_fold, submission, version,
    created_at)
OVERRIDING SYSTEM VALUE
SELECT n, {programme}, 'Siêu thị ' || n, '', 'sieu thi ' || n, gen_random_uuid(), 1, now()
FROM generate_series(1, 300) n;
INSERT INTO trade_contracts (id, programme_id, organisation_id, buyer_id, number, number_fold,
    subject, version, created_at)
OVERRIDING SYSTEM VALUE
SELECT c, {programme}, 1 + c % ({number} / 2), 1 + c * 7 % 300, said || '/HĐ', said || '-hd',
    'Chè ' || c % 40, 1, now()
FROM generate_series(1, {number}) c, LATERAL (SELECT CASE WHEN c % 50 = 0 THEN 7 ELSE c END said) n;
INSERT INTO trade_results (contract_id, event_id, organisation_id, effective_on, recorded_at,
    stage, kind, value, basis, evidence, source, by_label, submission, takes_back, reason)
SELECT c, 1 + (1 + c % ({number} / 2)) % {fairs}, 1 + c % ({number} / 2),
    date '2026-01-10' + s * 30, now(),
    CASE s WHEN 0 THEN 'expected' ELSE 'signed' END, 'contract', 1000000 * (1 + c % 50),
    'self_declared', '', 'call', 'Mẫu', gen_random_uuid(), false, ''
FROM generate_series(1, {number}) c, generate_series(0, 1) s;
INSERT INTO trade_calls (event_id, organisation_id, due_month, called_at, outcome, note, by_label,
    submission)
SELECT 1 + o % {fairs}, o, m, now(), 'nothing_new', '', 'Mẫu', gen_random_uuid()
FROM generate_series(1, {number}) o, (VALUES (0), (3), (6), (12)) t(m) WHERE (o + m) % 4 > 0;
ANALYZE;
"""


def run() -> list[Figure]:
    """Measure both lists, with their queries, beside what they cannot be faster than."""
    little = _over(FEW, lambda client: pages.over_little(PAGES, client))
    return _over(
        MANY,
        lambda client: pages.figures(
            f"{MANY:,} organisations and {2 * MANY:,} results", PAGES, client, little
        ),
    )


def _over(number: int, measure: Callable[[FlaskClient], Measured]) -> Measured:
    with house.scratch() as app:
        country.fill(country.Size(number))
        kind = db.session.execute(
            text("SELECT min(id) FROM event_kinds WHERE takes_trade_results")
        ).scalar_one()
        fairs = max(number // 25, 1)
        said = {"programme": the_programme().id, "kind": kind, "number": number, "fairs": fairs}
        db.session.rollback()
        house.run(FILL.format(**said))
        return measure(house.officer(app))
