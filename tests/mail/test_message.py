"""The letters of subjects, names and texts arrive as they were written."""

import random
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from typing import Any

import pytest
from flask_mail import BadHeaderError

from coopevents.mail.message import Calendar, Mailbox, SafeMessage

VIETNAMESE = (
    "Thư mời tập huấn kỹ năng quản trị hợp tác xã nông nghiệp Đồng Lương năm 2026 dành cho giám "
    "đốc, kế toán và tổ trưởng tại Phú Thọ (đợt 2) – lần thứ nhất"
)
ARABIC = "دعوة إلى تدريب التعاونيات النسائية في مقاطعة فو ثو لعام 2026 الدفعة الثانية"
PLAIN = 'Training for cooperatives in "Phu Tho", 2026 (second round)'


def _mail(**more: Any) -> SafeMessage:
    plain: dict[str, Any] = {
        "subject": "Lịch tập huấn",
        "sender": Mailbox("Hội Liên hiệp Phụ nữ", "office@coop.example"),
        "recipient": Mailbox("HTX Đồng Lương", "htx@coop.example"),
        "body": "Kính mời.\n",
        "html": "<p>Kính mời.</p>",
        "message_id": "<one@coop.example>",
        "sent_at": datetime(2026, 3, 16, 3, 0, tzinfo=UTC),
    }
    return SafeMessage(**{**plain, **more})


def _parsed(mail: SafeMessage) -> Message:
    return message_from_bytes(mail.as_bytes())


def _decoded(header: str) -> str:
    parts = [
        text if isinstance(text, str) else text.decode(charset or "ascii")
        for text, charset in decode_header(header.replace("\r\n", ""))
    ]
    return "".join(parts)


def _name(header: str) -> str:
    name, _, _address = _decoded(header).rpartition("<")
    return name.strip().removeprefix('"').removesuffix('"').replace('\\"', '"')


def _texts(number: int) -> list[str]:
    chance = random.Random(26)  # noqa: S311 - the same 300 texts every time
    words = (VIETNAMESE, VIETNAMESE, ARABIC, PLAIN, f"{VIETNAMESE} {PLAIN} {ARABIC}")
    return [
        " ".join(chance.choices(words[n % len(words)].split(), k=chance.randint(1, 22)))
        for n in range(number)
    ]


def test_subjects_arrive_exactly(app):
    subjects = _texts(300)

    arrived = [_decoded(_parsed(_mail(subject=text))["Subject"]) for text in subjects]

    assert arrived == subjects


@pytest.mark.parametrize("header", ["From", "To", "Reply-To"])
def test_names_arrive_exactly(app, header):
    names = _texts(300)

    arrived = []
    for name in names:
        box = Mailbox(name, "a@coop.example")
        mail = _parsed(_mail(sender=box, recipient=box, reply_to=box))
        assert mail[header].rpartition("<")[2] == "a@coop.example>"
        arrived.append(_name(mail[header]))

    assert arrived == names


def test_texts_of_any_length_travel_in_short_ascii_lines(app):
    long = "Dòng dài " + "ă" * 3000 + "\n.\n.. chấm\nFrom đầu dòng\n"
    mail = _mail(body=long, html=f"<p>{long}</p>")

    data = mail.as_bytes()

    parsed = message_from_bytes(data, policy=policy.default)
    assert data.isascii()
    assert max(len(line) for line in data.split(b"\r\n")) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")
    texts = [parsed.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert [text.replace("\r\n", "\n") for text in texts] == [long, f"<p>{long}</p>"]


def test_a_mail_has_the_headers_of_an_automatic_one(app):
    parsed = _parsed(_mail())

    assert dict(parsed.items()) == {
        "Content-Type": parsed["Content-Type"],
        "MIME-Version": "1.0",
        "Subject": "=?utf-8?b?TOG7i2NoIHThuq1wIGh14bqlbg==?=",
        "From": parsed["From"],
        "To": parsed["To"],
        "Date": "Mon, 16 Mar 2026 03:00:00 +0000",
        "Message-ID": "<one@coop.example>",
        "Auto-Submitted": "auto-generated",
    }
    assert parsed.get_content_type() == "multipart/alternative"


def test_a_mail_that_can_be_stopped_says_how(app):
    address = "https://coop.example/unsubscribe/" + "u" * 90
    parsed = _parsed(_mail(unsubscribe=address))

    assert parsed["List-Unsubscribe"].split() == [f"<{address}>"]
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_calendar_goes_as_alternative_and_as_file_with_one_method(app):
    text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Tập huấn\r\nEND:VCALENDAR\r\n"

    parsed = _parsed(_mail(calendar=Calendar("REQUEST", text)))

    shown, file = [p for p in parsed.walk() if p.get_content_type() == "text/calendar"]
    assert [p.get_content_type() for p in parsed.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
    ]
    assert [p.get_param("method") for p in (shown, file)] == ["REQUEST", "REQUEST"]
    assert [p.get_content_charset() for p in (shown, file)] == ["utf-8", "utf-8"]
    assert shown.get_payload(decode=True) == file.get_payload(decode=True) == text.encode()
    assert (shown.get_filename(), file.get_filename()) == (None, "invite.ics")


def test_an_attached_file_keeps_its_vietnamese_name(app):
    mail = _mail()
    name = "Giấy mời dự hội nghị tổng kết năm 2026 của tỉnh Phú Thọ.pdf"
    mail.attach(name, "application/pdf", b"%PDF" * 1000)

    parsed = message_from_bytes(mail.as_bytes(), policy=policy.default)

    file = next(parsed.iter_attachments())
    assert (file.get_filename(), file.get_content()) == (name, b"%PDF" * 1000)


@pytest.mark.parametrize(
    "more",
    [
        {"subject": "a\nBcc: x@y.example"},
        {"recipient": Mailbox("a\r\nBcc: x", "a@coop.example")},
        {"sender": Mailbox("a", "a@coop.example\nBcc: x")},
        {"unsubscribe": "https://coop.example/\nBcc: x"},
    ],
)
def test_a_line_break_in_a_header_is_refused(app, more):
    with pytest.raises(BadHeaderError):
        _mail(**more)


def test_a_domain_in_other_letters_travels_as_the_name_service_knows_it(app):
    envelope = _mail(recipient=Mailbox("", "htx@phụnữ.example")).envelope()

    assert envelope.recipient == "htx@xn--phn-loz4b.example"


def test_an_address_that_cannot_travel_is_refused(app):
    with pytest.raises(UnicodeError):
        _mail(recipient=Mailbox("", "ánh@coop.example")).envelope()
