"""What Chift answers, as far as connmon reads it; anything else in an answer is skipped.

An answer that does not fit is refused whole, so that nothing is concluded from half of it.
"""

import re
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from common.rules import storable
from ingest.importers.protocol import MalformedAnswerError

T = TypeVar("T")

_MOST_CHARACTERS: Final = 300
# In JSON: both halves of a character, one half alone, or an escape that could be mistaken for the start of one.
_escapes = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\[^u]"
)

Status = Literal["active", "inactive"]


class Token(Struct):
    """A bearer token and how many seconds it lasts."""

    access_token: Annotated[str, Meta(pattern=r"\A[\x21-\x7e]+\Z")]  # as a header can hold it
    expires_in: float = 1800


class Integration(Struct, gc=False):
    """A third-party software."""

    integrationid: int
    name: str
    api: str
    status: Status = "active"
    one_api: Any = None  # not documented; a number where an account shows it


class Consumer(Struct, gc=False):
    """A customer."""

    consumerid: str
    name: str | None = None
    email: str | None = None
    internal_reference: str | None = None
    redirect_url: str | None = None


class Agent(Struct, gc=False):
    """The program at the customer's through which a local software is reached."""

    status: str | None = None


class Connection(Struct, gc=False):
    """A consumer linked to an integration."""

    connectionid: str
    integrationid: int
    status: Status
    name: str | None = None
    integration: str | None = None
    api: str | None = None
    agent: Agent | None = None


class Slot(Struct, gc=False):
    """What a sync requires: any connection of a unified API, or of one integration."""

    one_api: int | None = None
    connection_type: int | None = None
    display_order: int | None = None
    display_hidden: bool | None = None


class Mapping(Struct, gc=False):
    """A mapping of a sync, perhaps in parts."""

    name: str
    sub_mappings: list[Any] | None = None


class Sync(Struct):
    """A ready-made flow, and the consumers that have begun with it."""

    syncid: str
    name: str | None = None
    connections: list[Slot] | None = None
    mappings: list[Mapping] | None = None
    consumers: list[str] | None = None


class Value(Struct, gc=False):
    """One line of a mapping."""

    source_id: Any = None
    target_id: Any = None


class LinkMapping(Struct, gc=False):
    """How far a consumer is with one mapping."""

    name: str
    sub_mapping_name: str | None = None
    values: list[Value] | None = None
    hidden_source_ids: list[Any] | None = None


class Skip(Struct, gc=False):
    """A mapping that this consumer does not need."""

    name: str


class ConsumerSync(Struct):
    """One consumer's attempt at a sync."""

    status: Status
    link_createdon: Any = None
    link_mappings: list[LinkMapping] | None = None
    skip_mappings: list[Skip] | None = None
    enabled_flows: list[Any] | None = None


class IssueError(Struct, gc=False):
    """What went wrong."""

    error_code: str | None = None
    title: str | None = None
    description: str | None = None


class Issue(Struct, gc=False):
    """Something that went wrong once or more often."""

    id: str | int
    level: str
    last_seen: Any = None
    updated_on: Any = None
    created_on: Any = None
    occurrences: int | None = None
    consumer_id: str | None = None
    connection_id: str | None = None
    error: IssueError | None = None


class IssueEvent(Struct, gc=False):
    """One time that an issue happened."""

    id: str | int
    created_on: Any = None
    message: Any = None


class IssueDetail(Issue):
    """An issue with each time that it happened."""

    events: list[IssueEvent] | None = None


class Link(Struct):
    """A page of the platform's own."""

    url: str


def read(body: bytes, answer_type: type[T]) -> T:
    """Read an answer. MalformedAnswerError: it is no JSON, or not what the documentation describes."""
    try:
        return _decoded(body, answer_type)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedAnswerError(storable(f"the answer can not be used: {error}", _MOST_CHARACTERS)) from error


def _decoded(body: bytes, answer_type: type[T]) -> T:
    """Decode an answer. Half a character in one text, as cutting leaves it, must not spoil the rest."""
    try:
        return msgspec.json.decode(body, type=answer_type)
    except msgspec.DecodeError:
        mended = _escapes.sub(_without_half, body)
        if mended == body:
            raise
        return msgspec.json.decode(mended, type=answer_type)


def _without_half(escape: re.Match[bytes]) -> bytes:
    """Write half a character as NUL, which may stand in no id and is shown as U+FFFD in texts."""
    return rb"\u0000" if escape["half"] else escape[0]
