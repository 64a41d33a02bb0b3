"""Who is asking, as far as limits are concerned."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the network address that a request comes from.

    connmon itself speaks plain http, so an https PUBLIC_URL means that a proxy stands in front: then it is the last
    address in X-Forwarded-For, which that proxy wrote. Without one that header is a visitor's claim, and is not read.
    """
    forwarded: str = request.headers.get("X-Forwarded-For", "")
    if settings.PUBLIC_URL.startswith("https://") and forwarded:
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))
