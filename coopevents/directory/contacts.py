"""Phone numbers and e-mail addresses in the one form they are stored and compared in."""

import re

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from coopevents.errors import InputError
from coopevents.i18n import _

# The library reads on after a semicolon as if an extension followed: a second number would vanish.
PHONE = re.compile(r"[+(]?\d[\d .()-]*")


def normal_phone(text: str) -> str:
    """Answer a phone number, written as people in Viet Nam write it, in E.164.

    Raises InputError for what is no phone number.
    """
    refusal = InputError(_("“%(text)s” is no phone number.", text=text))
    if not PHONE.fullmatch(text):
        raise refusal
    try:
        number = phonenumbers.parse(text, "VN")
    except phonenumbers.NumberParseException as error:
        raise refusal from error
    if not phonenumbers.is_valid_number(number):
        raise refusal
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def normal_email(text: str) -> str:
    """Answer an e-mail address in lower case. Raises InputError for what is none."""
    try:
        checked = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError as error:
        raise InputError(_("“%(text)s” is no e-mail address.", text=text)) from error
    return checked.normalized.lower()
