"""Reads the body of a request that brings data: any length it may have, packed or not, never more than the limit."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from django.http import HttpRequest
from gunicorn.http.errors import ParseException

from common.problems import ProblemError

MEBIBYTE = 1024 * 1024

_CHUNK = 64 * 1024
# Of a length; longer ones are not read as numbers.
_MOST_DIGITS = 15
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# What a refused request may still send before the line is cut.
_MOST_DISCARDED = 64 * MEBIBYTE
_BROKEN = "The body is not whole gzip data: it is damaged, cut short, or followed by something else."


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_body(request: HttpRequest, *, most: int, is_packed: bool = False) -> bytes:
    """Return the unpacked body, of at most so many bytes.

    ProblemError: 413 over the limit, 400 when it is cut short or broken gzip.
    """
    unpacked = " (unpacked)" if is_packed else ""
    too_large = ProblemError(413, f"The body holds more than {most // MEBIBYTE} MiB{unpacked}. Send less in a request.")
    # What can not be packed grows a little by packing.
    most_received = most + MEBIBYTE if is_packed else most
    if _announced(request) > most_received:
        raise too_large
    chunks = _received(request, most_received, too_large)
    return b"".join(_Gunzip(most, too_large).unpacked(chunks) if is_packed else chunks)


def discard_body(request: HttpRequest) -> None:
    """Read away what is left of a refused body, within bounds and keeping none of it.

    Most clients send all of a body before they look at the answer; one that finds the line cut never sees it.
    """
    if _announced(request) > _MOST_DISCARDED:
        return
    left, stream = _MOST_DISCARDED, _stream(request)
    with suppress(ProblemError):
        while left > 0 and (chunk := _read(stream)):
            left -= len(chunk)


def _received(request: HttpRequest, most: int, too_large: ProblemError) -> Iterator[bytes]:
    """Yield what arrives until the body ends; refuse one that is too long or ends early."""
    stream, announced, total = _stream(request), _announced(request), 0
    while chunk := _read(stream):
        total += len(chunk)
        if total > most:
            raise too_large
        yield chunk
    if total < announced:
        raise ProblemError(400, f"The body ended after {total} of {announced} bytes.")


def _read(stream: _Readable) -> bytes:
    try:
        return stream.read(_CHUNK)
    except (OSError, ParseException) as error:
        raise ProblemError(400, "The body ended early or its chunks are broken.") from error


def _stream(request: HttpRequest) -> _Readable:
    """Return where the body comes from.

    Django reads no further than Content-Length, so a body without one (chunked) is read from the server itself,
    which says by `wsgi.input_terminated` that it knows where the body ends.
    """
    if request.META.get("wsgi.input_terminated") and "HTTP_TRANSFER_ENCODING" in request.META:
        stream: _Readable = request.META["wsgi.input"]
        return stream
    return request


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length[:_MOST_DIGITS]) if length.isascii() and length.isdigit() else 0


class _Gunzip:
    """Unpacks gzip, one or more members, and stops as soon as what comes out is too large."""

    def __init__(self, most: int, too_large: ProblemError) -> None:
        self._room = most
        self._too_large = too_large
        self._member = zlib.decompressobj(_GZIP_WINDOW)

    def unpacked(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what chunks unpack to, up to their end."""
        for chunk in chunks:
            yield from self.feed(chunk)
        self.finish()

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what these bytes unpack to."""
        while packed:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_WINDOW)
            yield self._next(packed)
            packed = self._member.unused_data

    def finish(self) -> None:
        """Refuse data that ended inside a member, or never began one."""
        if not self._member.eof:
            raise ProblemError(400, _BROKEN)

    def _next(self, packed: bytes) -> bytes:
        try:
            data = self._member.decompress(packed, self._room + 1)
        except zlib.error as error:
            raise ProblemError(400, _BROKEN) from error
        self._room -= len(data)
        if self._room < 0:
            raise self._too_large
        return data
