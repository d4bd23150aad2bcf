"""Secrets that travel in links: made here, kept only as hashes, sealed while they must be kept."""

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet
from flask import current_app

from coopevents.config import derived_key

READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits nobody takes for one another when they are read aloud."""


def new_token() -> str:
    """Answer 128 random bits as 22 characters that are safe in an address."""
    return secrets.token_urlsafe(16)


def new_short_code() -> str:
    """Answer a code of eight characters to read aloud or type: `K7PQ-4MXD`."""
    letters = "".join(secrets.choice(READABLE) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def derived_token(purpose: str, *of: str) -> str:
    """Answer the one token for `of`, which nobody can tell without SECRET_KEY: 22 characters.

    For links that stand in many mails: nothing but its hash has to be kept to make it again.
    """
    key = derived_key(current_app.config["SECRET_KEY"], purpose)
    digest = hashlib.blake2b("\0".join(of).encode(), digest_size=16, key=key).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


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
