"""Signatures of webhooks: HMAC-SHA256 in hex, compared in constant time."""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator


def is_signed(body: bytes, signature: str, secrets: Collection[str]) -> bool:
    """Whether one of the secrets signs these bytes, or the same JSON written compactly.

    Every secret and form is tried whatever the ones before gave, so the time says nothing about them.
    """
    given = signature.strip().lower().encode("utf-8", "replace")
    found = False
    for form in _forms(body):
        for secret in secrets:
            wanted = hmac.new(secret.encode(), form, hashlib.sha256).hexdigest().encode()
            found = hmac.compare_digest(wanted, given) or found
    return found


def _forms(body: bytes) -> Iterator[bytes]:
    """Yield the body as it came, then compact: senders sign before a library spaces the JSON out."""
    yield body
    try:
        value = json.loads(body)
        for ascii_only in (False, True):
            yield json.dumps(value, separators=(",", ":"), ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return
