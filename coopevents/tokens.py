"""Secrets that travel in links: made here, kept only as hashes, sealed while they must be kept."""

import base64
import hashlib
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet
from flask import current_app

from coopevents.config import derived_key

SIGNS = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What codes are made of: no letter that is read aloud or written like another sign. 31 is prime,
so that the check sign finds every wrong sign and every two that changed places."""

CODE_SIGNS = 9
"""Beside the check sign: 44 bits."""


def new_token() -> str:
    """Answer 128 random bits as 22 characters that are safe in an address."""
    return secrets.token_urlsafe(16)


def derived_token(purpose: str, *of: str) -> str:
    """Answer the one token for `of`, which nobody can tell without SECRET_KEY: 22 characters.

    For links that stand in many mails: nothing but its hash has to be kept to make it again.
    """
    return base64.urlsafe_b64encode(_derived(purpose, of)).rstrip(b"=").decode()


def derived_code(purpose: str, *of: str) -> str:
    """Answer the one code for `of` to read aloud or type, with a check sign: `K7P-Q4M-XD2N`."""
    number = int.from_bytes(_derived(purpose, of))
    places = []
    for _place in range(CODE_SIGNS):
        number, sign = divmod(number, len(SIGNS))
        places.append(sign)
    signs = "".join(SIGNS[sign] for sign in [*places, _check_sign(places)])
    return f"{signs[:3]}-{signs[3:6]}-{signs[6:]}"


def read_code(typed: str) -> str | None:
    """Answer the code as it was made, however it was typed; None where it cannot be one.

    An I or an L is taken for the 1 it was read from; spaces, dots and hyphens say nothing.
    """
    signs = "".join(sign for sign in typed.upper() if sign not in " .-–_\t")
    signs = signs.replace("I", "1").replace("L", "1")
    places = [SIGNS.find(sign) for sign in signs]
    if len(places) != CODE_SIGNS + 1 or -1 in places or _check_sign(places[:-1]) != places[-1]:
        return None
    return f"{signs[:3]}-{signs[3:6]}-{signs[6:]}"


def _derived(purpose: str, of: Sequence[str]) -> bytes:
    key = derived_key(current_app.config["SECRET_KEY"], purpose)
    return hashlib.blake2b("\0".join(of).encode(), digest_size=16, key=key).digest()


def _check_sign(places: Sequence[int]) -> int:
    return sum(weight * sign for weight, sign in enumerate(places, start=1)) % len(SIGNS)


def fingerprint(token: str) -> str:
    """Answer the hash under which a token is found again: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal(text: str) -> str:
    """Answer `text` encrypted under a key derived from SECRET_KEY."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Answer what was sealed. Raises cryptography's InvalidToken for anything else."""
    return _box().decrypt(sealed.encode()).decode()


def _box() -> Fernet:
    key = derived_key(current_app.config["SECRET_KEY"], "sealed links")
    return Fernet(base64.urlsafe_b64encode(key))
