"""What an API key looks like, and what of it is stored."""

import hashlib
import secrets

_MARK = "cm_"
_RANDOM_BYTES = 32  # 43 url-safe characters
_SHOWN = 8


def new_key() -> str:
    """Return a fresh key: a mark that secret scanners can look for, and 256 random bits."""
    return _MARK + secrets.token_urlsafe(_RANDOM_BYTES)


def digest(raw: str) -> str:
    """Return what is stored of a key: its SHA-256 in hex."""
    return hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()


def prefix(raw: str) -> str:
    """Return the part of a key that may be shown, so that people can tell keys apart."""
    return raw[:_SHOWN]
