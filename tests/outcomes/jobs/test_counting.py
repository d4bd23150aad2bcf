"""What counts bring, organisation by organisation and along what they become."""

from datetime import date

import pytest

from coopevents.outcomes.jobs.counting import Book, Jobs, Link
from coopevents.outcomes.jobs.halves import HalfYear

STARTS = date(2024, 8, 21)
A, B, C = 1, 2, 3
MID_2025 = date(2025, 9, 1)
"""In the second half of 2025."""


def read(counts, *, since=(), links=()):
    """Answer the new jobs by organisation and half-year; numbers alone are members."""
    jobs = {
        id_: {
            HalfYear.read(half): Jobs(*told) if isinstance(told, tuple) else Jobs(told, 0)
            for half, told in of_halves.items()
        }
        for id_, of_halves in counts.items()
    }
    steps = Book(STARTS, frozenset(since), tuple(links)).read(jobs)
    return {(step.organisation_id, step.half.key): step for step in steps}


def new(steps):
    return {at: step.new.persons for at, step in steps.items()}


def test_what_is_above_the_most_known_is_new_and_a_fall_takes_nothing_away():
    steps = read({A: {"2024-1": 10, "2024-2": 14, "2025-1": 9, "2025-2": 15}})

    assert new(steps) == {
        (A, "2024-1"): 0,
        (A, "2024-2"): 4,
        (A, "2025-1"): 0,
        (A, "2025-2"): 1,
    }


def test_the_baseline_is_the_last_count_before_the_programme_and_not_the_greatest():
    steps = read({A: {"2023-2": 30, "2024-1": 20, "2025-1": 25}})

    assert new(steps)[A, "2025-1"] == 5


def test_an_older_one_nobody_counted_before_begins_with_its_first_count():
    steps = read({A: {"2025-1": 12, "2025-2": 15}})

    assert new(steps) == {(A, "2025-1"): 0, (A, "2025-2"): 3}
    assert [step.has_baseline for step in steps.values()] == [False, True]


def test_one_founded_since_begins_with_none():
    assert new(read({A: {"2025-1": 12}}, since=[A])) == {(A, "2025-1"): 12}


@pytest.mark.parametrize(
    ("before", "now", "workers"),
    [
        ((10, 4), (16, 9), 5),
        ((10, 4), (12, 9), 2),
        ((10, 4), (16, 3), 0),
        ((10, 4), (10, 8), 0),
    ],
    ids=["both grow", "members became workers", "members only", "nobody is new"],
)
def test_a_new_job_is_a_workers_as_far_as_there_are_more_workers(before, now, workers):
    steps = read({A: {"2024-1": before, "2025-1": now}})

    brought = steps[A, "2025-1"].new
    assert (brought.persons, brought.workers) == (now[0] - before[0], workers)


def test_a_conversion_takes_over_the_most_the_group_had():
    steps = read(
        {A: {"2024-1": 10, "2024-2": 15, "2025-1": 12}, B: {"2025-2": 17}},
        since=[B],
        links=[Link(MID_2025, A, B)],
    )

    assert new(steps)[A, "2024-2"] == 5
    assert new(steps)[B, "2025-2"] == 2


def test_a_conversion_of_a_group_nobody_counted_brings_nothing_new_at_first():
    steps = read({B: {"2025-2": 17, "2026-1": 19}}, since=[B], links=[Link(MID_2025, A, B)])

    assert new(steps) == {(B, "2025-2"): 0, (B, "2026-1"): 2}
    assert not steps[B, "2025-2"].has_baseline


def test_who_absorbs_takes_over_what_the_other_had():
    steps = read(
        {A: {"2024-1": 20, "2025-2": 33}, B: {"2024-1": 10}},
        links=[Link(MID_2025, B, A, founds=False)],
    )

    assert new(steps)[A, "2025-2"] == 3


def test_what_was_absorbed_and_let_go_is_not_new_when_taken_on_again():
    steps = read(
        {A: {"2024-1": 20, "2025-2": 24, "2026-1": 31}, B: {"2024-1": 10}},
        links=[Link(MID_2025, B, A, founds=False)],
    )

    assert (new(steps)[A, "2025-2"], new(steps)[A, "2026-1"]) == (0, 1)


def test_an_older_one_nobody_counted_stays_so_when_it_absorbs_one_that_was():
    steps = read({A: {"2025-2": 33}, B: {"2024-1": 10}}, links=[Link(MID_2025, B, A, founds=False)])

    assert (new(steps)[A, "2025-2"], steps[A, "2025-2"].has_baseline) == (0, False)


def test_a_division_shares_what_was_known():
    steps = read(
        {A: {"2024-1": 20}, B: {"2025-2": 15}, C: {"2025-2": 8}},
        since=[B, C],
        links=[Link(MID_2025, A, B), Link(MID_2025, A, C)],
    )

    assert new(steps)[B, "2025-2"] + new(steps)[C, "2025-2"] == 3


@pytest.mark.parametrize(("stayed", "brought"), [(12, 0), (15, 3), (20, 8)])
def test_what_splits_off_takes_along_only_what_the_other_did_not_keep(stayed, brought):
    steps = read(
        {A: {"2024-1": 20, "2025-2": stayed}, B: {"2025-2": 8}},
        since=[B],
        links=[Link(MID_2025, A, B, goes_on=True)],
    )

    assert (new(steps)[A, "2025-2"], new(steps)[B, "2025-2"]) == (0, brought)


def test_what_splits_off_before_the_other_is_counted_is_told_apart_later():
    steps = read(
        {A: {"2024-1": 20, "2026-1": 20}, B: {"2025-2": 8}},
        since=[B],
        links=[Link(MID_2025, A, B, goes_on=True)],
    )

    assert (new(steps)[B, "2025-2"], new(steps)[A, "2026-1"]) == (0, 8)


def test_jobs_pass_on_through_one_nobody_counted():
    steps = read(
        {A: {"2024-1": 10}, C: {"2026-1": 14}},
        since=[B, C],
        links=[Link(MID_2025, A, B), Link(date(2026, 1, 5), B, C)],
    )

    assert new(steps)[C, "2026-1"] == 4


def test_what_nobody_counted_is_taken_over_once():
    steps = read(
        {B: {"2025-2": 12}, C: {"2024-1": 5, "2026-2": 19}},
        since=[B],
        links=[Link(MID_2025, A, B), Link(date(2026, 8, 1), B, C, founds=False)],
    )

    assert (new(steps)[B, "2025-2"], new(steps)[C, "2026-2"]) == (0, 2)


def test_a_conversion_before_the_programme_takes_over_the_baseline():
    steps = read({A: {"2024-1": 10}, B: {"2025-1": 12}}, links=[Link(date(2024, 7, 1), A, B)])

    assert (new(steps)[B, "2025-1"], steps[B, "2025-1"].has_baseline) == (2, True)


def test_two_that_go_into_each_other_end_all_the_same():
    links = [Link(MID_2025, A, B, goes_on=True), Link(date(2026, 3, 1), B, A, founds=False)]

    steps = read({A: {"2024-1": 20, "2026-1": 22}, B: {"2025-2": 5}}, since=[B], links=links)

    assert (new(steps)[B, "2025-2"], new(steps)[A, "2026-1"]) == (0, 2)
