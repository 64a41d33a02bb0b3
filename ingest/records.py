"""Records: the one format in which data comes in, parsed and validated.

There is one struct per record type; an attribute is called like its field. A field that was left out is
``msgspec.UNSET``, one that was sent as ``null`` is ``None`` (it clears), and both can happen to every optional field.
Times are aware and in UTC. Texts are as they came.

``parse_array``, ``parse_ndjson`` and ``parse_line`` never fail on a bad record: they give ``(index, record)`` for a
good one and a ``Problem`` for a bad one, in the order in which they came. Only a body that holds no records at all
raises ``BodyError``.

There are two ways through. The quick one lets msgspec decode and check at once. Whatever it refuses, or might be
too kind to, goes the careful way: decoded by the standard library, compared with the structs field by field, and
described exactly. The careful way alone decides what is wrong, so the quick one may refuse too much but never too
little.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import islice
from typing import Annotated, Any, Final, Literal, NoReturn, TypeAlias, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, inspect

from common import rules

MAX_RECORDS: Final = 10_000

T = TypeVar("T")
Maybe: TypeAlias = T | UnsetType | None

Key = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=rules.KEY_LENGTH,
        extra={"rule": rules.key_problem},
        extra_json_schema={"pattern": rules.KEY_PATTERN},
    ),
]
EventId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=rules.EVENT_ID_LENGTH,
        extra={"rule": rules.event_id_problem},
        extra_json_schema={"pattern": rules.TEXT_PATTERN},
    ),
]
RequiredText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=rules.TEXT_LENGTH,
        extra={"rule": rules.required_text_problem},
        extra_json_schema={"pattern": rules.TEXT_PATTERN},
    ),
]
Text = Annotated[
    str,
    Meta(
        max_length=rules.TEXT_LENGTH,
        extra={"rule": rules.text_problem},
        extra_json_schema={"pattern": rules.TEXT_PATTERN},
    ),
]
Message = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=rules.MESSAGE_LENGTH,
        extra={"rule": rules.message_problem},
        extra_json_schema={"pattern": rules.TEXT_PATTERN},
    ),
]
OptionalMessage = Annotated[
    str,
    Meta(
        max_length=rules.MESSAGE_LENGTH,
        extra={"rule": rules.optional_message_problem},
        extra_json_schema={"pattern": rules.TEXT_PATTERN},
    ),
]
Email = Annotated[
    str,
    Meta(
        max_length=rules.EMAIL_LENGTH,
        pattern=rules.OPTIONAL_EMAIL_PATTERN,
        extra={"rule": rules.optional_email_problem},
    ),
]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=rules.URL_LENGTH,
        pattern=rules.URL_PATTERN,
        extra={"rule": rules.url_problem},
    ),
]
OptionalUrl = Annotated[
    str,
    Meta(max_length=rules.URL_LENGTH, pattern=rules.OPTIONAL_URL_PATTERN, extra={"rule": rules.optional_url_problem}),
]
Time = Annotated[datetime, Meta(tz=True, extra_json_schema={"pattern": rules.TIME_PATTERN})]

Status = Literal["active", "pending", "failed"]
Flow = Literal["source", "destination", "other"]
MappingState = Literal["complete", "incomplete", "skipped", "hidden"]
Configuration = Literal["complete", "incomplete"]
Kind = Literal["created", "updated", "sent"]
Category = Literal["business", "technical"]
Operation = Literal["create", "update", "delete"]
HelpKind = Literal["internal", "external"]

No = Annotated[bool, Meta(extra_json_schema={"default": False})]
Yes = Annotated[bool, Meta(extra_json_schema={"default": True})]
Entity = Annotated[
    str,
    Meta(
        max_length=rules.TEXT_LENGTH,
        extra={"rule": rules.text_problem},
        extra_json_schema={"pattern": rules.TEXT_PATTERN, "default": rules.DEFAULT_ENTITY},
    ),
]
Count = Annotated[
    int,
    Meta(
        ge=1,
        le=rules.COUNT_LIMIT,
        extra={"rule": rules.count_problem},
        extra_json_schema={"default": rules.DEFAULT_COUNT},
    ),
]


class RuleError(ValueError):
    """A record, or a part of one, breaks a rule that its types do not say; ``path`` names the field."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


# Cached, because the events of a batch name few connections.
_key_problem = lru_cache(maxsize=16_384)(rules.key_problem)


def _refuse_keys(*keys: str) -> NoReturn:
    problems = ((key, _key_problem(key)) for key in keys)
    key, problem = next(found for found in problems if found[1] is not None)
    raise RuleError("", f'key "{key[:80]}" {problem}')


def _settle(path: str, moment: Maybe[datetime]) -> Any:  # noqa: ANN401 - as unset or empty as it came
    if not isinstance(moment, datetime) or moment.tzinfo is UTC:
        return moment
    try:
        return rules.to_utc(moment)
    except ValueError as error:
        raise RuleError(path, str(error)) from None


# gc=False: a record holds no cycles, and a batch of them should not set off the collector.
class Failure(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Why a connection failed.

    code: the platform's own code, for people to search for
    message: what happened, in plain words
    """

    code: Maybe[Text] = UNSET
    message: Maybe[OptionalMessage] = UNSET


class Requirement(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One slot of a sync: exactly one of ``unified_api`` and ``connector``.

    unified_api: any connector of this unified API fills the slot
    connector: only this connector fills the slot
    hidden: the integrator's own side, which never counts
    """

    unified_api: Maybe[Key] = UNSET
    connector: Maybe[Key] = UNSET
    hidden: Maybe[No] = UNSET

    def __post_init__(self) -> None:
        named = [key for key in (self.unified_api, self.connector) if isinstance(key, str)]
        if len(named) != 1:
            raise RuleError("", "must name exactly one of unified_api and connector")
        if _key_problem(named[0]):
            _refuse_keys(named[0])


class Product(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What an error is about.

    identifier: the product's own identifier, such as a SKU
    label: its name for people
    family: the family it belongs to
    """

    identifier: Maybe[Text] = UNSET
    label: Maybe[Text] = UNSET
    family: Maybe[Text] = UNSET


class Help(Struct, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A link to help.

    kind: internal is for the integrator's staff, external for everybody
    title: what the link says; without one, its address
    url: where it leads
    """

    kind: HelpKind
    title: Maybe[Text] = UNSET
    url: Url


class _Record(Struct, tag_field="type", forbid_unknown_fields=True, gc=False):
    """What all records share."""


class ConnectorRecord(_Record, kw_only=True, tag="connector"):
    """A third-party software that consumers can connect.

    connector: the key
    name: what people call it
    unified_api: the unified API it belongs to; a new one moves the connector and its connections at once
    active: false marks it as discontinued; its connections keep counting
    default_flow: the flow of a new connection of it whose record names none
    default_tracked: whether a new connection of it is tracked when its record does not say
    help_url: where its documentation is
    """

    connector: Key
    name: RequiredText
    unified_api: Key
    active: Maybe[Yes] = UNSET
    default_flow: Maybe[Flow] = UNSET
    default_tracked: Maybe[bool] = UNSET
    help_url: Maybe[OptionalUrl] = UNSET

    def __post_init__(self) -> None:
        if _key_problem(self.connector) or _key_problem(self.unified_api):
            _refuse_keys(self.connector, self.unified_api)


class ConsumerRecord(_Record, kw_only=True, tag="consumer"):
    """A customer of the integrator.

    consumer: the key, the consumerid
    name: what people call it
    email: where to write to
    internal_reference: the integrator's own number or name for it
    redirect_url: where the customer goes after connecting
    created_at: since when it exists; by default the time of receipt
    deleted: true deletes it; left out, it is (again) not deleted
    """

    consumer: Key
    name: RequiredText
    email: Maybe[Email] = UNSET
    internal_reference: Maybe[Text] = UNSET
    redirect_url: Maybe[OptionalUrl] = UNSET
    created_at: Maybe[Time] = UNSET
    deleted: Maybe[No] = UNSET

    def __post_init__(self) -> None:
        if _key_problem(self.consumer):
            _refuse_keys(self.consumer)
        self.created_at = _settle("created_at", self.created_at)


class ConnectionRecord(_Record, kw_only=True, tag="connection"):
    """One consumer linked to one connector.

    connection: the key
    consumer: the consumer's key
    connector: the connector's key
    name: what people call it
    status: active, pending (begun, not finished) or failed (authentication refused)
    failure: why it failed; dropped unless the status is failed
    flow: the direction of its data
    tracked: whether its activity and errors count in the dashboard; not possible with the flow other
    changed_at: when it took this state; older than what is stored, the record is stale
    created_at: since when it exists; by default the time of receipt
    connect_url: the platform's own page where the customer connects (again)
    deleted: true deletes it; left out, it is (again) not deleted
    """

    connection: Key
    consumer: Key
    connector: Key
    name: Maybe[Text] = UNSET
    status: Status
    failure: Maybe[Failure] = UNSET
    flow: Maybe[Annotated[Flow, Meta(extra_json_schema={"default": rules.DEFAULT_FLOW})]] = UNSET
    tracked: Maybe[No] = UNSET
    changed_at: Maybe[Time] = UNSET
    created_at: Maybe[Time] = UNSET
    connect_url: Maybe[OptionalUrl] = UNSET
    deleted: Maybe[No] = UNSET

    def __post_init__(self) -> None:
        if _key_problem(self.connection) or _key_problem(self.consumer) or _key_problem(self.connector):
            _refuse_keys(self.connection, self.consumer, self.connector)
        if self.flow == "other" and self.tracked is True:
            raise RuleError("tracked", 'must not be true with the flow "other"')
        self.changed_at = _settle("changed_at", self.changed_at)
        self.created_at = _settle("created_at", self.created_at)


class SyncRecord(_Record, kw_only=True, tag="sync"):
    """A ready-made flow between software, defined once.

    sync: the key
    name: what people call it
    requires: its slots
    mappings: the names of its mappings
    deleted: true deletes it, and its activations leave every number; left out, it is (again) not deleted
    """

    sync: Key
    name: RequiredText
    requires: Maybe[Annotated[list[Requirement], Meta(max_length=rules.REQUIREMENT_LIMIT)]] = UNSET
    mappings: Maybe[Annotated[list[RequiredText], Meta(max_length=rules.MAPPING_LIMIT)]] = UNSET
    deleted: Maybe[No] = UNSET

    def __post_init__(self) -> None:
        if _key_problem(self.sync):
            _refuse_keys(self.sync)


class ActivationRecord(_Record, kw_only=True, tag="activation"):
    """One consumer's attempt to switch one sync on; its key is the pair of both.

    sync: the sync's key
    consumer: the consumer's key
    opened_at: when the attempt began
    mappings: the state of each mapping, by its name
    configuration: whether the configuration was completed
    enabled: whether it is switched on; until it is given, the same as "configuration is complete"
    changed_at: when it took this state; older than what is stored, the record is stale
    activate_url: the platform's own page where the customer goes on
    deleted: true deletes it; left out, it is (again) not deleted
    """

    sync: Key
    consumer: Key
    opened_at: Time
    mappings: Maybe[Annotated[dict[RequiredText, MappingState], Meta(max_length=rules.MAPPING_LIMIT)]] = UNSET
    configuration: Maybe[Annotated[Configuration, Meta(extra_json_schema={"default": "incomplete"})]] = UNSET
    enabled: Maybe[bool] = UNSET
    changed_at: Maybe[Time] = UNSET
    activate_url: Maybe[OptionalUrl] = UNSET
    deleted: Maybe[No] = UNSET

    def __post_init__(self) -> None:
        if _key_problem(self.sync) or _key_problem(self.consumer):
            _refuse_keys(self.sync, self.consumer)
        self.opened_at = _settle("opened_at", self.opened_at)
        self.changed_at = _settle("changed_at", self.changed_at)


class ActivityRecord(_Record, kw_only=True, tag="activity"):
    """Products that were created or updated by a source, or sent to a destination.

    id: unique among the activity of its connection
    connection: the connection's key
    kind: created and updated need the flow source, sent needs destination
    count: how many
    entity: what was moved, in the singular
    occurred_at: when
    """

    id: EventId
    connection: Key
    kind: Kind
    count: Maybe[Count] = UNSET
    entity: Maybe[Entity] = UNSET
    occurred_at: Time

    def __post_init__(self) -> None:
        if _key_problem(self.connection):
            _refuse_keys(self.connection)
        if self.occurred_at.tzinfo is not UTC:
            self.occurred_at = _settle("occurred_at", self.occurred_at)


class ErrorRecord(_Record, kw_only=True, tag="error"):
    """One failed operation on a product.

    id: unique among the errors of its connection
    connection: the connection's key
    category: business (a person can solve it by changing data or settings) or technical (needs a developer)
    message: what went wrong, in plain words
    code: the platform's own code
    operation: what failed
    occurred_at: when
    entity: what it was about, in the singular
    product: the product it was about
    channel: the channel, where products have some
    locale: the locale, where products have some
    help: links that help to solve it
    """

    id: EventId
    connection: Key
    category: Category
    message: Message
    code: Maybe[Text] = UNSET
    operation: Maybe[Operation] = UNSET
    occurred_at: Time
    entity: Maybe[Entity] = UNSET
    product: Maybe[Product] = UNSET
    channel: Maybe[Text] = UNSET
    locale: Maybe[Text] = UNSET
    help: Maybe[Annotated[list[Help], Meta(max_length=rules.HELP_LIMIT)]] = UNSET

    def __post_init__(self) -> None:
        if _key_problem(self.connection):
            _refuse_keys(self.connection)
        if self.occurred_at.tzinfo is not UTC:
            self.occurred_at = _settle("occurred_at", self.occurred_at)


RecordType = (
    ConnectorRecord | ConsumerRecord | ConnectionRecord | SyncRecord | ActivationRecord | ActivityRecord | ErrorRecord
)

TYPES: Final[dict[str, type[RecordType]]] = {
    str(record_type.__struct_config__.tag): record_type for record_type in get_args(RecordType)
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one record was rejected.

    ``index`` counts from 0; ``type`` is what the record said, cut at 255 characters, ``None`` when that can not be
    read; ``path`` is like ``help[0].url``. A NUL or an unpaired surrogate is shown as U+FFFD, so that every text here
    can be stored and sent.
    """

    index: int
    type: str | None
    code: str
    path: str
    message: str


Parsed = tuple[int, RecordType] | Problem


class BodyError(ValueError):
    """The whole body is refused; the message says why."""


class TooManyRecords(BodyError):  # noqa: N818 - says what it is
    """More than MAX_RECORDS records."""


class _BeyondLimits(ValueError):  # noqa: N818 - never leaves this module
    """Well-formed JSON that no decoder here can hold."""


def parse_array(body: bytes) -> list[Parsed]:
    """Parse a JSON array of records; BodyError when it is no JSON, no array or holds too many."""
    body = _without_bom(body)
    records = _decode_array(body)
    if records is None:
        return [_parse_one(raw, index) for index, raw in enumerate(_elements(body))]
    if len(records) > MAX_RECORDS:
        raise TooManyRecords(_TOO_MANY)
    return list(enumerate(records))


def parse_ndjson(body: bytes) -> list[Parsed]:
    """Parse one record a line. Blank lines are counted in the index and skipped; TooManyRecords is the only error."""
    body = _without_bom(body)
    records = _decode_lines(body)
    if records is None:
        return _parse_lines(body.split(b"\n"))
    if len(records) > MAX_RECORDS:
        raise TooManyRecords(_TOO_MANY)
    return list(enumerate(records))


def parse_line(raw: bytes, index: int) -> Parsed | None:
    """Parse one line of NDJSON; None when it is blank. A byte order mark is skipped on the first (index 0)."""
    if index == 0:
        raw = _without_bom(raw)
    return _parse_filled(raw, index) if raw.strip(_JSON_SPACE) else None


def parse_value(value: object, index: int) -> Parsed:
    """Judge one value that is decoded already: the careful way, with an exact diagnosis."""
    if not isinstance(value, dict):
        return Problem(index, None, "invalid", "", f"a record must be an object, not {_kind(value)}")
    sent = value.get("type")
    name = rules.storable(sent, _TYPE_SHOWN) if isinstance(sent, str) else None
    record_type = TYPES.get(sent) if isinstance(sent, str) else None
    if record_type is None:
        return Problem(index, name, "unknown_type", "type", f"type must be one of {', '.join(TYPES)}")
    struct = _struct_type(record_type)
    unknown = _unknown_field(value, struct, "")
    if unknown is not None:
        return Problem(
            index, name, "unknown_field", unknown, f'there is no field "{unknown}" in a record of type {sent}'
        )
    fault = _struct_fault(value, struct, "")
    if fault is not None:
        return Problem(index, name, "invalid", fault.path, f"{fault.path} {fault.message}")
    return index, _build(value, record_type)


# --- the quick way

_JSON_SPACE: Final = b" \t\r\n"
_BOM: Final = b"\xef\xbb\xbf"
_TOO_MANY: Final = f"at most {MAX_RECORDS:,} records at once"
_ARRAY: Final = msgspec.json.Decoder(list[RecordType])
_ONE: Final = msgspec.json.Decoder(RecordType)
# msgspec also reads "+0100", which is not RFC 3339. With all digits and signs made alike it is plain to see; that takes
# a third of the time of the exact search, which has to look behind every colon.
_find_loose_offset = re.compile(rb':[0-9]{2}(?:\.[0-9]+)?[+-][0-9]{4}"').search
_ALIKE: Final = bytes.maketrans(b"-123456789", b"+000000000")
_LOOSE_OFFSET: Final = b'0+0000"'


def _without_bom(body: bytes) -> bytes:
    return body.removeprefix(_BOM)


def _needs_care(raw: bytes) -> bool:
    """Whether the quick way might let something pass."""
    return (b"\\" in raw and b"\\u0000" in raw) or _has_loose_offset(raw)


def _has_loose_offset(raw: bytes) -> bool:
    # From the end, because bytes are searched several times as fast that way.
    return raw.translate(_ALIKE).rfind(_LOOSE_OFFSET) >= 0 and _find_loose_offset(raw) is not None


def _decode_array(body: bytes) -> list[RecordType] | None:
    if _needs_care(body):
        return None
    try:
        records: list[RecordType] = _ARRAY.decode(body)
    except (ValueError, RecursionError):
        return None
    return records


def _decode_lines(body: bytes) -> list[RecordType] | None:
    """The records of a body in which each line is visibly one object.

    msgspec does not mind where lines end. But between "}" and "{" no line break can be inside a record, so as many
    records as lines means one record on each.
    """
    text = body.rstrip(_JSON_SPACE)
    breaks = text.count(b"\n")
    if _needs_care(text) or text.count(b"}\r\n{" if b"\r" in text else b"}\n{") != breaks:
        return None
    try:
        records: list[RecordType] = _ONE.decode_lines(text)
    except (ValueError, RecursionError):
        return None
    return records if len(records) == breaks + 1 else None


def _decode_one(raw: bytes) -> RecordType | None:
    if _needs_care(raw):
        return None
    try:
        record: RecordType = _ONE.decode(raw)
    except (ValueError, RecursionError):
        return None
    return record


# --- the careful way: reading

_NAME_SHOWN: Final = 80
_TYPE_SHOWN: Final = 255

# A string (perhaps without its end), an object without anything nested, or a single mark. The repetitions are
# possessive and nothing is searched twice, so the time stays linear in the size of any input.
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)'
_FLAT_OBJECT = rb'\{[^{}\[\]"]*+(?:' + _STRING + rb'[^{}\[\]"]*+)*+\}'
_TOKEN = re.compile(_FLAT_OBJECT + b"|" + _STRING + rb"|[\[\]{},]", re.DOTALL)
_DEPTH: Final = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def _refuse_constant(name: str) -> NoReturn:
    raise json.JSONDecodeError(f"{name} is no JSON value", name, 0)


_STRICT: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def _parse_lines(lines: list[bytes]) -> list[Parsed]:
    filled = ((raw, index) for index, raw in enumerate(lines) if raw and raw.strip(_JSON_SPACE))
    first = list(islice(filled, MAX_RECORDS + 1))
    if len(first) > MAX_RECORDS:
        raise TooManyRecords(_TOO_MANY)
    return [_parse_filled(raw, index) for raw, index in first]


def _parse_filled(raw: bytes, index: int) -> Parsed:
    try:
        return _parse_one(raw, index)
    except BodyError as error:
        return Problem(index, None, "not_json", "", str(error))


def _parse_one(raw: bytes, index: int) -> Parsed:
    """Parse the text of one record; BodyError when it is no JSON."""
    record = _decode_one(raw)
    if record is not None:
        return index, record
    try:
        value = _load(raw)
    except _BeyondLimits as error:
        return Problem(index, None, "not_json", "", str(error))
    return parse_value(value, index)


def _load(raw: bytes) -> object:
    try:
        return _STRICT.decode(raw.decode())
    except UnicodeDecodeError as error:
        raise BodyError("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise BodyError(f"not JSON: {error.msg} (character {error.pos + 1:,})") from error
    except RecursionError as error:
        raise _BeyondLimits("nested too deeply to be read") from error
    except ValueError as error:
        raise _BeyondLimits("a number has too many digits to be read") from error


def _elements(body: bytes) -> Iterator[bytes]:
    """The texts of an array's elements, cut at its commas; BodyError when it is no array.

    Whether each is JSON is for its reader to find out. Cutting by hand reads what a decoder trips over as a whole:
    one element with an unpaired surrogate, or nested too deeply, must not spoil its neighbours.
    """
    text = body.strip(_JSON_SPACE)
    if not text.startswith(b"["):
        raise BodyError("the body must be a JSON array of records")
    if not text[1:-1].strip(_JSON_SPACE) and text.endswith(b"]"):
        return
    yield from _cut(text)


def _cut(text: bytes) -> Iterator[bytes]:
    depth, start, count = 0, 1, 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        depth += _DEPTH.get(mark, 0)
        if depth == 0:
            break
        if depth == 1 and mark == b",":
            yield text[start : token.start()]
            start, count = token.end(), count + 1
            if count == MAX_RECORDS:
                raise TooManyRecords(_TOO_MANY)
    if depth != 0 or mark != b"]" or token.end() != len(text):
        raise BodyError("not JSON: the array does not end where the body does")
    yield text[start : token.start()]


# --- the careful way: judging


@dataclass(frozen=True, slots=True)
class _Fault:
    path: str
    message: str


def _join(path: str, name: str) -> str:
    name = rules.storable(name, _NAME_SHOWN)
    return f"{path}.{name}" if path and name else path or name


@cache
def _struct_type(struct: type[Struct]) -> inspect.StructType:
    type_info = inspect.type_info(struct)
    assert isinstance(type_info, inspect.StructType)  # noqa: S101 - tells the type checker what type_info gives
    return type_info


def _bare(type_: inspect.Type) -> inspect.Type:
    """The type itself: without null, and without what is noted about it."""
    if isinstance(type_, inspect.UnionType):
        type_ = type_.types[0]
    return type_.type if isinstance(type_, inspect.Metadata) else type_


def _unknown_field(value: object, type_: inspect.Type, path: str) -> str | None:
    """The path of the first field, in the order they came, that no struct knows."""
    type_ = _bare(type_)
    if isinstance(type_, inspect.StructType) and isinstance(value, dict):
        return _unknown_in_object(value, type_, path)
    if isinstance(type_, inspect.ListType) and isinstance(value, list):
        found = (_unknown_field(item, type_.item_type, f"{path}[{place}]") for place, item in enumerate(value))
        return next((unknown for unknown in found if unknown is not None), None)
    return None


def _unknown_in_object(value: dict[str, object], struct: inspect.StructType, path: str) -> str | None:
    types = {field.encode_name: field.type for field in struct.fields}
    for name, item in value.items():
        if name not in types and name != struct.tag_field:
            return _join(path, str(name))
        unknown = _unknown_field(item, types[name], _join(path, name)) if name in types else None
        if unknown is not None:
            return unknown
    return None


def _fault(value: object, type_: inspect.Type, path: str) -> _Fault | None:
    """The first fault of a value, in the order of the struct's fields."""
    if isinstance(type_, inspect.UnionType) and value is None:
        return None
    if isinstance(type_, inspect.UnionType):
        return _fault(value, type_.types[0], path)
    if isinstance(type_, inspect.Metadata):
        return _fault(value, type_.type, path) or _ruled(value, (type_.extra or {}).get("rule"), path)
    if value is None:
        return _Fault(path, "must not be null")
    return _FAULTS[type(type_)](value, type_, path)


def _ruled(value: object, rule: Callable[[Any], str | None] | None, path: str) -> _Fault | None:
    """What the rule of a value of the right type has against it."""
    problem = rule(value) if rule is not None else None
    return None if problem is None else _Fault(path, problem)


def _kind_fault(expected: str, value: object, path: str) -> _Fault:
    return _Fault(path, f"must be {expected}, not {_kind(value)}")


def _string_fault(value: object, _type: inspect.StrType, path: str) -> _Fault | None:
    return None if isinstance(value, str) else _kind_fault("text", value, path)


def _boolean_fault(value: object, _type: inspect.BoolType, path: str) -> _Fault | None:
    return None if isinstance(value, bool) else _kind_fault("true or false", value, path)


def _integer_fault(value: object, _type: inspect.IntType, path: str) -> _Fault | None:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    return None if is_integer else _kind_fault("a whole number", value, path)


def _choice_fault(value: object, type_: inspect.LiteralType, path: str) -> _Fault | None:
    expected = f"one of {', '.join(map(str, type_.values))}"
    if not isinstance(value, str):
        return _kind_fault(expected, value, path)
    return (
        None
        if value in type_.values
        else _Fault(path, f'must be {expected}, not "{rules.storable(value, _NAME_SHOWN)}"')
    )


def _time_fault(value: object, _type: inspect.DateTimeType, path: str) -> _Fault | None:
    if not isinstance(value, str):
        return _kind_fault("a time as text", value, path)
    return _ruled(value, rules.time_problem, path)


def _list_fault(value: object, type_: inspect.ListType, path: str) -> _Fault | None:
    if not isinstance(value, list):
        return _kind_fault("a list", value, path)
    if type_.max_length is not None and len(value) > type_.max_length:
        return _Fault(path, f"must hold at most {type_.max_length} entries, not {len(value):,}")
    found = (_fault(item, type_.item_type, f"{path}[{place}]") for place, item in enumerate(value))
    return next((fault for fault in found if fault is not None), None)


def _mapping_fault(value: object, type_: inspect.DictType, path: str) -> _Fault | None:
    if not isinstance(value, dict):
        return _kind_fault("an object", value, path)
    if type_.max_length is not None and len(value) > type_.max_length:
        return _Fault(path, f"must hold at most {type_.max_length} entries, not {len(value):,}")
    for name, item in value.items():
        fault = _fault(name, type_.key_type, path)
        if fault is not None:
            return _Fault(path, f"names: each {fault.message}")
        fault = _fault(item, type_.value_type, _join(path, name))
        if fault is not None:
            return fault
    return None


def _struct_fault(value: object, type_: inspect.StructType, path: str) -> _Fault | None:
    if not isinstance(value, dict):
        return _kind_fault("an object", value, path)
    for field in type_.fields:
        fault = _field_fault(value, field, _join(path, field.encode_name))
        if fault is not None:
            return fault
    return _rule_fault(value, type_, path)


def _field_fault(value: dict[str, object], field: inspect.Field, path: str) -> _Fault | None:
    if field.encode_name in value:
        return _fault(value[field.encode_name], field.type, path)
    return _Fault(path, "is required") if field.required else None


def _rule_fault(value: dict[str, object], type_: inspect.StructType, path: str) -> _Fault | None:
    """What a struct itself refuses although each of its fields is right."""
    try:
        _build(value, type_.cls)
    except msgspec.ValidationError as error:
        cause = error.__cause__
        return _Fault(_join(path, cause.path if isinstance(cause, RuleError) else ""), str(cause or error))
    return None


_FAULTS: Final[dict[type[inspect.Type], Callable[[Any, Any, str], _Fault | None]]] = {
    inspect.StrType: _string_fault,
    inspect.BoolType: _boolean_fault,
    inspect.IntType: _integer_fault,
    inspect.LiteralType: _choice_fault,
    inspect.DateTimeType: _time_fault,
    inspect.ListType: _list_fault,
    inspect.DictType: _mapping_fault,
    inspect.StructType: _struct_fault,
}

_KINDS: Final[dict[type, str]] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number with a fraction or an exponent",
    str: "text",
    list: "a list",
    dict: "an object",
}

S = TypeVar("S", bound=Struct)


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "something else")


def _build(value: dict[str, object], struct: type[S]) -> S:
    """Make the struct of values that were found right; its times are read by the rules, which know leap seconds."""
    moments = {
        field.encode_name: rules.read_time(text)
        for field in _struct_type(struct).fields
        if isinstance(_bare(field.type), inspect.DateTimeType) and isinstance(text := value.get(field.encode_name), str)
    }
    return msgspec.convert({**value, **moments}, struct)
