"""What those invited are asked: read by type, told in words, counted."""

import pytest
from werkzeug.datastructures import MultiDict

from coopevents.errors import InputError
from coopevents.events import questions

pytestmark = pytest.mark.usefixtures("app", "english")

CHOICES = [{"key": key, "text": {"vi": key, "en": key.title()}} for key in ("tea", "rice")]
WISHES = {"key": "wishes", "text": {"vi": "Gì?"}}
LUNCH = {"key": "lunch", "text": {"vi": "Ăn trưa?"}, "type": "yes_no"}
STANDS = {"key": "stands", "text": {"vi": "Mấy?"}, "type": "number"}
GOODS = {"key": "goods", "text": {"vi": "Nào?"}, "type": "several_of", "choices": CHOICES}
MAIN = {"key": "main", "text": {"vi": "Chính?"}, "type": "one_of", "choices": CHOICES}
ALL = [WISHES, LUNCH, STANDS, GOODS, MAIN]


def typed(**said: object) -> MultiDict:
    return MultiDict({f"reply-{key}": value for key, value in said.items()})


def test_replies_are_kept_by_their_type():
    said = questions.read(
        ALL, typed(wishes=" Vay  vốn ", lunch="no", stands="03", goods=["rice", "tea"], main="tea")
    )

    assert said == {
        "wishes": "Vay vốn",
        "lunch": False,
        "stands": 3,
        "goods": ["tea", "rice"],
        "main": "tea",
    }


def test_nothing_said_is_left_out():
    assert questions.read(ALL, typed(wishes=" ", lunch="", stands="", main="")) == {}


def test_every_wrong_reply_is_named_at_once():
    with pytest.raises(InputError) as refused:
        questions.read(ALL, typed(lunch="maybe", stands="²", goods=["tea", "gold"], main="gold"))

    assert set(refused.value.fields) == {
        "reply-lunch",
        "reply-stands",
        "reply-goods",
        "reply-main",
    }


def test_replies_are_counted_and_missing_is_not_zero():
    replies = [
        {"wishes": "Vay vốn", "lunch": True, "stands": 2, "goods": ["tea"], "main": "tea"},
        {"lunch": False, "stands": 3, "goods": ["tea", "rice"]},
        {"lunch": True},
        {},
    ]

    counted = questions.count(ALL, replies)

    assert [(one.question["key"], one.answered, one.total, one.chosen) for one in counted] == [
        ("wishes", 1, None, []),
        ("lunch", 3, None, [("yes", 2), ("no", 1)]),
        ("stands", 2, 5, []),
        ("goods", 2, None, [("Tea", 2), ("Rice", 1)]),
        ("main", 1, None, [("Tea", 1), ("Rice", 0)]),
    ]


@pytest.mark.parametrize(
    ("question", "reply", "words"),
    [
        (LUNCH, True, "yes"),
        (STANDS, 1000, "1,000"),
        (GOODS, ["rice"], "Rice"),
        (MAIN, "tea", "Tea"),
        (STANDS, "hai gian", "hai gian"),
        (GOODS, ["gone"], "gone"),
    ],
    ids=["yes", "number", "several", "one", "asked in words then", "offered no more"],
)
def test_a_reply_is_read_as_it_was_meant(question, reply, words):
    assert questions.in_words(question, reply) == words
