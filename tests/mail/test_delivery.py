"""What the mail server says becomes an outcome."""

import socket

import pytest

from coopevents.mail import delivery
from coopevents.mail.delivery import UnreachableError
from coopevents.mail.message import Envelope
from coopevents.mail.outcomes import Outcome, Result

DATA = b"Message-ID: <one@coop.example>\r\n\r\n.dot\r\n..dots\r\n"


def _envelope(recipient: str = "htx@coop.example") -> Envelope:
    return Envelope("office@coop.example", recipient, DATA)


@pytest.fixture
def line(smtp):
    line = delivery.new_line()
    line.ensure_open()
    yield line
    line.close()


def test_a_mail_arrives_byte_for_byte(smtp, line):
    outcome = line.hand_over(_envelope())

    assert outcome == Outcome(Result.ACCEPTED)
    assert [one.data for one in smtp.accepted] == [DATA]


def test_many_mails_go_over_one_line(smtp, line):
    outcomes = [line.hand_over(_envelope(f"htx{n}@coop.example")) for n in range(20)]

    assert outcomes == [Outcome(Result.ACCEPTED)] * 20
    assert (smtp.connections, len(smtp.accepted)) == (1, 20)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("550 5.1.1 no such user", Result.REFUSED),
        ("554 5.7.1 relay access denied", Result.BLOCKED),
        ("530 authentication required", Result.BLOCKED),
        ("451 4.7.1 greylisted", Result.LATER),
        ("421 4.3.2 closing", Result.BROKEN),
    ],
)
def test_a_refused_recipient_does_not_end_the_line_for_the_others(smtp, line, answer, result):
    smtp.refuse["bad@coop.example"] = answer

    refused = line.hand_over(_envelope("bad@coop.example"))
    line.ensure_open()
    good = line.hand_over(_envelope("good@coop.example"))

    assert refused == Outcome(result, answer)
    assert good == Outcome(Result.ACCEPTED)
    assert smtp.count_by_recipient() == {"good@coop.example": 1}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("554 5.6.0 not a mail", Result.REFUSED),
        ("554 5.7.1 looks like spam", Result.BLOCKED),
        ("452 4.3.1 no room", Result.LATER),
        ("421 4.3.2 closing", Result.BROKEN),
    ],
)
def test_a_refused_text_is_told_from_a_later_one(smtp, line, answer, result):
    smtp.answer = answer

    assert line.hand_over(_envelope()) == Outcome(result, answer)


def test_a_line_that_breaks_before_the_answer_leaves_the_end_unknown(smtp, line):
    smtp.drops = True

    outcome = line.hand_over(_envelope())

    assert outcome.result is Result.UNKNOWN


def test_a_server_that_says_nothing_leaves_the_end_unknown(smtp, monkeypatch):
    monkeypatch.setattr(delivery, "TIMEOUT", 0.3)
    smtp.hangs = True
    line = delivery.new_line()
    line.ensure_open()

    outcome = line.hand_over(_envelope())

    assert outcome.result is Result.UNKNOWN


def test_a_line_that_broke_before_the_text_is_opened_again(smtp, line):
    line.host.sock.shutdown(socket.SHUT_RDWR)

    broken = line.hand_over(_envelope())
    line.ensure_open()
    again = line.hand_over(_envelope())

    assert (broken.result, again.result) == (Result.BROKEN, Result.ACCEPTED)
    assert (len(smtp.accepted), smtp.connections) == (1, 2)


def test_a_server_that_is_not_there_cannot_be_reached(app):
    app.extensions["mail"].server, app.extensions["mail"].port = "127.0.0.1", 1

    with pytest.raises(UnreachableError):
        delivery.new_line().ensure_open()


def test_a_server_without_encryption_is_not_spoken_to_where_tls_is_asked_for(smtp, app):
    app.extensions["mail"].use_tls = True
    try:
        with pytest.raises(UnreachableError):
            delivery.new_line().ensure_open()
    finally:
        app.extensions["mail"].use_tls = False


@pytest.mark.parametrize(
    ("allowed", "address", "expected"),
    [
        (None, "a@coop.example", True),
        (["a@coop.example"], "A@coop.example", True),
        (["coop.example"], "b@coop.example", True),
        (["coop.example"], "b@not-coop.example", False),
        ([""], "b@coop.example", False),
    ],
)
def test_training_mode_allows_only_what_it_names(app, monkeypatch, allowed, address, expected):
    monkeypatch.setitem(app.config, "MAIL_ALLOW", allowed)

    assert delivery.is_allowed(address) is expected


def test_the_limit_of_a_minute_holds(app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_RATE_PER_MINUTE", 3)

    assert [delivery.may_send_now() for _ in range(5)] == [True, True, True, False, False]
