"""Every awkward case of the domain is shown by a test, once the part it belongs to is built."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]

REGISTER_AND_PROGRAMME = {1, 2, 3, 4, 5, 6, 7, 18, 19, 20, 27, 28, 29, 30, 34, 40}
"""Cases about who exists, since when, and what was promised."""

ACTIVITIES_AND_OUTCOMES = {11, 12, 13, 14, 15, 16, 28, 29, 30, 37, 39}
"""Cases about an activity's life, and what came of it."""

BUILT = REGISTER_AND_PROGRAMME | ACTIVITIES_AND_OUTCOMES
ALL = set(range(1, 41))


def _shown() -> dict[int, list[str]]:
    """Answer the tests of each case, by the mark they bear."""
    shown: dict[int, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for number in _cases_of(node):
                    shown.setdefault(number, []).append(f"{path.name}::{node.name}")
    return shown


def _cases_of(function: ast.FunctionDef) -> list[int]:
    return [
        argument.value
        for mark in function.decorator_list
        if isinstance(mark, ast.Call)
        and isinstance(mark.func, ast.Attribute)
        and mark.func.attr == "case"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int)
    ]


@pytest.mark.parametrize("number", sorted(BUILT))
def test_the_case_is_shown_by_a_test(number):
    assert _shown().get(number), f"no test bears @pytest.mark.case({number})"


def test_no_test_shows_a_case_there_is_not():
    assert set(_shown()) - ALL == set()


@pytest.mark.parametrize(
    ("source", "cases"),
    [
        ("@pytest.mark.case(7)\ndef test_it(): pass", [7]),
        ("@pytest.mark.browser\ndef test_it(): pass", []),
        ("def test_it(): pass", []),
    ],
)
def test_a_mark_is_seen_where_it_stands(source, cases):
    (function,) = ast.parse(source).body

    assert _cases_of(function) == cases
