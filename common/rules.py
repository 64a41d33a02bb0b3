"""The rules of single values: what a record or a form may hold, said once.

A check takes the text and returns ``None``, or what is wrong in words that follow the name of the field
("must not be empty"). Nothing is ever trimmed or changed: what passes is stored as it came.
Lengths count Unicode code points.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

KEY_LENGTH: Final = 255
EVENT_ID_LENGTH: Final = 255
TEXT_LENGTH: Final = 255
MESSAGE_LENGTH: Final = 10_000
URL_LENGTH: Final = 2_000
EMAIL_LENGTH: Final = 254

HELP_LIMIT: Final = 20
MAPPING_LIMIT: Final = 200
REQUIREMENT_LIMIT: Final = 200
COUNT_LIMIT: Final = 1_000_000_000

DEFAULT_COUNT: Final = 1
DEFAULT_ENTITY: Final = "product"
DEFAULT_FLOW: Final = "other"

# These would be read as another page, or as a step up, where a key stands in an address.
RESERVED_KEYS: Final = (".", "..", "by-sync", "export.csv")

# Character classes, written so that Python and JSON Schema (ECMA-262) read them alike; \s is not the same in both.
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_BLANK = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # control or white space
# "$" also matches before a last newline in Python; this is the end of the text in both.
_END = r"(?![\s\S])"

_KEY = rf"[^{_BLANK}/\\](?:[^{_CONTROL}/\\]*[^{_BLANK}/\\])?"
# Not re.escape: it also escapes the hyphen, which JSON Schema's dialect forbids.
_RESERVED = "|".join(key.replace(".", r"\.") for key in RESERVED_KEYS)
_HOST = rf"(?:\[[0-9A-Fa-f:.]+\]|[^{_BLANK}/?#\\@:\[\]]+)"
# No backslash before the path: browsers read it as a slash there and would go to another host.
_URL = (
    rf"[Hh][Tt][Tt][Pp][Ss]?://(?:[^{_BLANK}/?#\\@]*@)?{_HOST}(?::[0-9]{{0,5}})?"
    rf"(?:[/?#][^{_BLANK}]*)?"
)
# The note in RFC 3339 (5.6) allows a space for the "T".
_TIME = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)

TEXT_PATTERN: Final = rf"^[^\x00]*{_END}"
KEY_PATTERN: Final = rf"^(?!(?:{_RESERVED}){_END}){_KEY}{_END}"
URL_PATTERN: Final = rf"^{_URL}{_END}"
OPTIONAL_URL_PATTERN: Final = rf"^(?:{_URL})?{_END}"
OPTIONAL_EMAIL_PATTERN: Final = rf"^{_END}|^[^\x00@]*@[^\x00]*{_END}"
TIME_PATTERN: Final = rf"^{_TIME}{_END}"

_is_key = re.compile(_KEY).fullmatch
_is_url = re.compile(_URL).fullmatch
_is_time = re.compile(_TIME).fullmatch
_find_control = re.compile(f"[{_CONTROL}]").search
_find_blank = re.compile(f"[{_BLANK}]").search
_find_surrogate = re.compile("[\ud800-\udfff]").search
_unstorable = re.compile("[\x00\ud800-\udfff]")


def storable(text: str, limit: int) -> str:
    """Return a text from outside so that it can be stored and sent back: cut, NUL and unpaired surrogates as U+FFFD."""
    return _unstorable.sub("\ufffd", text[:limit])


def text_problem(text: str, *, max_length: int = TEXT_LENGTH, required: bool = False) -> str | None:
    """What is wrong with a text; an optional one may be empty."""
    if "\x00" in text:
        return "must not contain a NUL character"
    if _find_surrogate(text):
        return "must not contain an unpaired surrogate"
    if required and not text:
        return "must not be empty"
    if len(text) > max_length:
        return f"must be at most {max_length:,} characters long, not {len(text):,}"
    return None


def required_text_problem(text: str) -> str | None:
    """What is wrong with a short text that must be there."""
    return text_problem(text, required=True)


def message_problem(text: str) -> str | None:
    """What is wrong with the message of an error."""
    return text_problem(text, max_length=MESSAGE_LENGTH, required=True)


def optional_message_problem(text: str) -> str | None:
    """What is wrong with a message that may be empty."""
    return text_problem(text, max_length=MESSAGE_LENGTH)


def event_id_problem(text: str) -> str | None:
    """What is wrong with the id of an event, which never stands in an address."""
    return text_problem(text, max_length=EVENT_ID_LENGTH, required=True)


def key_problem(text: str) -> str | None:
    """What is wrong with a key or the name of a unified API: both stand in addresses. Case counts."""
    problem = text_problem(text, max_length=KEY_LENGTH, required=True)
    if problem is not None:
        return problem
    if text in RESERVED_KEYS:
        return f"must not be {text!r}, which is reserved"
    return None if _is_key(text) else _key_character_problem(text)


def _key_character_problem(text: str) -> str:
    if "/" in text or "\\" in text:
        return "must not contain a slash or a backslash"
    if _find_control(text):
        return "must not contain a control character"
    return "must not begin or end with white space"


def url_problem(text: str) -> str | None:
    """What is wrong with a link that must be there: http or https, with a host."""
    problem = text_problem(text, max_length=URL_LENGTH, required=True)
    if problem is not None:
        return problem
    if _is_url(text):
        return None if _can_be_split(text) else "must have a host that can be an address"
    if _find_blank(text):
        return "must not contain white space or control characters"
    return "must be an http or https address with a host"


def _can_be_split(url: str) -> bool:
    """Whether a URL survives NFKC: some characters turn into a slash or a question mark there, and change its host."""
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def optional_url_problem(text: str) -> str | None:
    """What is wrong with a link that may be empty."""
    return url_problem(text) if text else None


def optional_email_problem(text: str) -> str | None:
    """What is wrong with an e-mail address that may be empty."""
    problem = text_problem(text, max_length=EMAIL_LENGTH)
    if problem is None and text and "@" not in text:
        return "must contain an @"
    return problem


def count_problem(count: int) -> str | None:
    """What is wrong with the count of an activity."""
    return None if 1 <= count <= COUNT_LIMIT else f"must be a whole number from 1 to {COUNT_LIMIT:,}"


def to_utc(moment: datetime) -> datetime:
    """The same moment in UTC; ValueError when it has no offset or lies outside the years 1 to 9999 there."""
    if moment.tzinfo is None:
        raise ValueError("must have an offset from UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie within the years 1 to 9999 in UTC") from None


def read_time(text: str) -> datetime:
    """Read an RFC 3339 time with an offset into UTC, to the microsecond; ValueError says what is wrong.

    A leap second is read as the second after it.
    """
    if not _is_time(text):
        raise ValueError('must be an RFC 3339 time with an offset, such as "2026-03-01T10:00:00Z"')
    is_leap = text[17:19] == "60"
    try:
        moment = msgspec.convert(f"{text[:17]}59{text[19:]}" if is_leap else text, datetime)
    except msgspec.ValidationError:
        raise ValueError("must be a time that exists") from None
    return _after_leap_second(to_utc(moment)) if is_leap else to_utc(moment)


def _after_leap_second(moment: datetime) -> datetime:
    if (moment.hour, moment.minute) != (23, 59):
        raise ValueError("must be a time that exists")
    try:
        return moment + timedelta(seconds=1)
    except OverflowError:
        raise ValueError("must lie within the years 1 to 9999 in UTC") from None


def time_problem(text: str) -> str | None:
    """What is wrong with a time."""
    try:
        read_time(text)
    except ValueError as error:
        return str(error)
    return None
