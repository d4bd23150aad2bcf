"""What mails of several servers say, and that nothing anybody sends makes the reading fail."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coopevents.mail.models import ReturnKind
from coopevents.mail.returned import Returned, Unread, read
from tests.mail.reports import FOLDER, KEY, report

UNKNOWN_USER = (
    "550 5.1.1 <an@coop.example>: Recipient address rejected: User unknown in virtual mailbox table"
)
OURS = f"<{KEY}@localhost>"
NAMES = sorted(path.stem for path in FOLDER.glob("*.eml"))


@pytest.mark.parametrize(
    ("name", "kind", "status", "words"),
    [
        (
            "postfix",
            ReturnKind.FAILED,
            "5.1.1",
            UNKNOWN_USER,
        ),
        (
            "postfix_delayed",
            ReturnKind.DELAYED,
            "4.4.1",
            "connect to mx.coop.example[192.0.2.7]:25: Connection timed out",
        ),
        (
            "postfix_expired",
            ReturnKind.GIVEN_UP,
            "4.4.1",
            "connect to mx.coop.example[192.0.2.7]:25: Connection timed out",
        ),
        ("exim", ReturnKind.FAILED, "5.0.0", "550 No Such User Here"),
        (
            "exim_prose",
            ReturnKind.FAILED,
            "5.1.1",
            "host mx.coop.example [192.0.2.7]: 550 5.1.1 unknown user",
        ),
        (
            "outlook",
            ReturnKind.FAILED,
            "5.1.10",
            "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        ),
        (
            "exchange",
            ReturnKind.FAILED,
            "5.2.2",
            "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException",
        ),
        (
            "refused_by_policy",
            ReturnKind.FAILED,
            "5.7.1",
            "550 5.7.1 <an@coop.example>: Message refused by policy",
        ),
    ],
)
def test_a_report_says_what_became_of_the_message(name, kind, status, words):
    returned = read(report(name))

    assert isinstance(returned, Returned)
    assert (returned.kind, returned.status, returned.words) == (kind, status, words)


def test_gmail_explains_itself_over_three_lines():
    returned = read(report("gmail"))

    assert isinstance(returned, Returned)
    assert (returned.kind, returned.status) == (ReturnKind.FAILED, "5.1.1")
    assert returned.words.startswith("550-5.1.1 The email account that you tried to reach does not")


@pytest.mark.parametrize("name", ["postfix", "postfix_delayed", "exim", "exim_prose", "gmail"])
def test_a_report_names_our_message_by_its_id(name):
    returned = read(report(name))

    assert isinstance(returned, Returned)
    assert returned.message_ids == (OURS,)


@pytest.mark.parametrize("name", ["outlook", "exchange"])
def test_a_message_is_known_by_its_key_where_a_relay_gave_it_another_id(name):
    returned = read(report(name))

    assert isinstance(returned, Returned)
    assert (returned.message_ids, returned.keys) == ((), (KEY,))


def test_what_only_one_of_a_group_did_not_get_did_arrive():
    returned = read(report("some_of_a_group"))

    assert isinstance(returned, Returned)
    assert returned.kind is ReturnKind.DELAYED


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("vacation", Unread.AUTOMATIC),
        ("arrived", Unread.AUTOMATIC),
        ("human", Unread.FOREIGN),
        ("disposition", Unread.FOREIGN),
        ("cut_off", Unread.MALFORMED),
        ("without_blocks", Unread.MALFORMED),
    ],
)
def test_what_is_no_report_is_left_to_people(name, why):
    assert read(report(name)) is why


@pytest.mark.parametrize(
    "subject",
    [
        "unsubscribe AbCdEfGhIjKlMnOpQrStUv",
        "UNSUBSCRIBE  AbCdEfGhIjKlMnOpQrStUv ",
        "=?utf-8?q?unsubscribe_AbCdEfGhIjKlMnOpQrStUv?=",
    ],
)
def test_a_mail_may_ask_to_stop_such_mail(subject):
    returned = read(f"From: a@b.example\r\nSubject: {subject}\r\n\r\n".encode())

    assert returned == Returned(ReturnKind.UNSUBSCRIBE, token="AbCdEfGhIjKlMnOpQrStUv")


def test_an_automatic_answer_asks_for_nothing():
    mail = b"Subject: unsubscribe AbCdEfGhIjKlMnOpQrStUv\r\nAuto-Submitted: auto-replied\r\n\r\n"

    assert read(mail) is Unread.AUTOMATIC


@pytest.mark.parametrize("data", [b"", b"\x00", b"\r\n\r\n", b"\xff\xfe" * 40])
def test_a_mail_without_headers_is_malformed(data):
    assert read(data) is Unread.MALFORMED


def test_words_hold_nothing_a_database_refuses():
    data = report("exim").replace(b"No Such User", b"\x00\xff\xfe" + b"x" * 5000)

    returned = read(data)

    assert isinstance(returned, Returned)
    assert len(returned.words) <= 500
    assert "\x00" not in returned.words
    assert returned.words.encode()


@pytest.mark.parametrize("name", NAMES)
def test_a_report_that_is_cut_anywhere_never_fails(name):
    data = report(name)

    for size in range(0, len(data), 7):
        assert isinstance(read(data[:size]), Returned | Unread)


@pytest.mark.parametrize("name", NAMES)
def test_a_report_with_any_bytes_changed_never_fails(name):
    chance = random.Random(name)  # noqa: S311 - nothing is kept secret by it
    for _ in range(100):
        data = bytearray(report(name))
        for _ in range(20):
            data[chance.randrange(len(data))] = chance.randrange(256)

        assert isinstance(read(bytes(data)), Returned | Unread)


@given(st.binary(max_size=400))
def test_reading_never_fails(data):
    assert isinstance(read(data), Returned | Unread)
