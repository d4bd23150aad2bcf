"""Settings from the environment; a wrong one stops the start with one clear line."""

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ("vi", "en", "ar")
BOUNCE_ADDRESS = re.compile(r"[^@\s*+]+(\+\*)?@[^@\s*]+")
WINDOW = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")


class SettingError(Exception):
    """A setting is missing or wrong; the message is the one line that names it."""


def load(environ: Mapping[str, str]) -> dict[str, Any]:
    """Answer the settings as Flask, its extensions and Celery want them.

    Without DATABASE_URL or REDIS_URL their values are None, and the factory asks for the embedded
    servers. Raises SettingError for a setting that is missing or wrong.
    """
    locale = environ.get("DEFAULT_LOCALE") or "vi"
    if locale not in LOCALES:
        raise SettingError(f"DEFAULT_LOCALE is {locale!r}; it must be one of {', '.join(LOCALES)}.")
    return {
        "SECRET_KEY": _secret(environ),
        "BASE_URL": _base_url(environ),
        "DATABASE_URL": _database_url(environ, "DATABASE_URL"),
        "DATABASE_OWNER_URL": _database_url(environ, "DATABASE_OWNER_URL"),
        "REDIS_URL": _redis_url(environ),
        "DATA_DIR": data_dir(environ),
        "BABEL_DEFAULT_LOCALE": locale,
        "TIME_ZONE": _zone(environ),
        "DEMO": _flag(environ, "DEMO"),
        "PROXIES": _number(environ, "PROXIES", 0),
        **_mail(environ),
        **_fixed(environ),
    }


def data_dir(environ: Mapping[str, str]) -> Path:
    """Answer the folder of the embedded servers and of files."""
    return Path(environ.get("DATA_DIR") or ROOT / "var" / "data").resolve()


def _secret(environ: Mapping[str, str]) -> str:
    secret = environ.get("SECRET_KEY", "")
    if len(secret) < 16:
        raise SettingError("SECRET_KEY is missing or shorter than 16 characters.")
    return secret


def _base_url(environ: Mapping[str, str]) -> str:
    url = environ.get("BASE_URL") or "http://127.0.0.1:8000"
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise SettingError(f"BASE_URL is {url!r}; it must begin with http:// or https://.")
    return url.rstrip("/")


def _database_url(environ: Mapping[str, str], name: str) -> str | None:
    url = environ.get(name)
    if not url:
        return None
    if not re.match(r"postgres(ql)?(\+psycopg)?://", url):
        raise SettingError(f"{name} must begin with postgresql://; no other database is supported.")
    return re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)


def _redis_url(environ: Mapping[str, str]) -> str | None:
    url = environ.get("REDIS_URL")
    if url and not re.match(r"(redis|rediss|unix)://", url):
        raise SettingError("REDIS_URL must begin with redis://, rediss:// or unix://.")
    return url or None


def _zone(environ: Mapping[str, str]) -> str:
    name = environ.get("TIME_ZONE") or "Asia/Ho_Chi_Minh"
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingError(f"TIME_ZONE is {name!r}, which is no time zone.") from error
    return name


def _mail(environ: Mapping[str, str]) -> dict[str, Any]:
    window = environ.get("MAIL_WINDOW") or "07:30-17:00"
    if window != "always" and not WINDOW.fullmatch(window):
        raise SettingError(f"MAIL_WINDOW is {window!r}; write `always` or hours as 07:30-17:00.")
    allow = environ.get("MAIL_ALLOW")
    connections = _number(environ, "MAIL_CONNECTIONS", 8, least=1)
    return {
        "MAIL_SERVER": environ.get("MAIL_SERVER") or "127.0.0.1",
        "MAIL_PORT": _number(environ, "MAIL_PORT", 25),
        "MAIL_USE_TLS": _flag(environ, "MAIL_USE_TLS"),
        "MAIL_USE_SSL": _flag(environ, "MAIL_USE_SSL"),
        "MAIL_USERNAME": environ.get("MAIL_USERNAME") or None,
        "MAIL_PASSWORD": environ.get("MAIL_PASSWORD") or None,
        "MAIL_DEFAULT_SENDER": environ.get("MAIL_DEFAULT_SENDER") or "coopevents@localhost.example",
        "MAIL_RATE_PER_MINUTE": _number(environ, "MAIL_RATE_PER_MINUTE", 0),
        "MAIL_CONNECTIONS": connections,
        # Each line to the mail server has a session of its own.
        "SQLALCHEMY_ENGINE_OPTIONS": {"max_overflow": 10 + connections},
        "MAIL_LEASE_SECONDS": _number(environ, "MAIL_LEASE_SECONDS", 600, least=1),
        # Flask-Mail's own default drops every mail while TESTING.
        "MAIL_SUPPRESS_SEND": False,
        "MAIL_WINDOW": window,
        "MAIL_HOLD_SECONDS": _number(environ, "MAIL_HOLD_SECONDS", 120),
        "BOUNCE_MAILBOX": _mailbox(environ),
        "BOUNCE_ADDRESS": _bounce_address(environ),
        "MAIL_ALLOW": None
        if allow is None
        else [part.strip().lower() for part in allow.split(",")],
    }


def _mailbox(environ: Mapping[str, str]) -> str | None:
    url = environ.get("BOUNCE_MAILBOX")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and parts.username):
        # Not the address itself: a password stands in it.
        raise SettingError("BOUNCE_MAILBOX must read imaps://user:password@host/INBOX.")
    return url


def _bounce_address(environ: Mapping[str, str]) -> str | None:
    address = environ.get("BOUNCE_ADDRESS")
    if address and not BOUNCE_ADDRESS.fullmatch(address):
        raise SettingError(
            f"BOUNCE_ADDRESS is {address!r}; write an address, or bounces+*@host for one a mail."
        )
    return address or None


def _fixed(environ: Mapping[str, str]) -> dict[str, Any]:
    https = (environ.get("BASE_URL") or "").startswith("https://")
    return {
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=12),
        "MAX_CONTENT_LENGTH": 32 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        # Our own Referrer-Policy has browsers send none, so that no address of a link leaks.
        "WTF_CSRF_SSL_STRICT": False,
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
    }


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = (environ.get(name) or "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no"}:
        raise SettingError(f"{name} is {value!r}; write 1 or 0.")
    return value in {"1", "true", "yes"}


def _number(environ: Mapping[str, str], name: str, default: int, least: int = 0) -> int:
    value = environ.get(name) or str(default)
    if not value.isdigit() or int(value) < least:
        raise SettingError(f"{name} is {value!r}; it must be a number of at least {least}.")
    return int(value)


def celery_url(redis_url: str) -> str:
    """Answer the address of Redis as kombu spells it: a socket is redis+socket://."""
    if not redis_url.startswith("unix://"):
        return redis_url
    parts = urlsplit(redis_url)
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"


def limiter_url(redis_url: str) -> str:
    """Answer the address of Redis as Flask-Limiter spells it: a socket is redis+unix://."""
    return re.sub(r"^unix://", "redis+unix://", redis_url)


def derived_key(secret: str, purpose: str) -> bytes:
    """Answer 32 bytes for one purpose, so that no two uses of SECRET_KEY share a key."""
    return hashlib.blake2b(secret.encode(), digest_size=32, person=purpose.encode()[:16]).digest()
