"""Secrets that must be readable again: encrypted where they rest, with a key derived from SECRET_KEY."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# What the derived key is for: another purpose gets another key.
_PURPOSE = b"connmon: secrets of sources"


class UnsealError(Exception):
    """The text was sealed with another SECRET_KEY, or is damaged."""


def seal(secret: str) -> str:
    """Return the secret encrypted and authenticated; an empty one stays empty."""
    return _fernet(settings.SECRET_KEY).encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """Return the secret that was sealed. UnsealError: with another SECRET_KEY, or it is damaged."""
    if not sealed:
        return ""
    try:
        return _fernet(settings.SECRET_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnsealError from error


@lru_cache(maxsize=2)
def _fernet(secret_key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
