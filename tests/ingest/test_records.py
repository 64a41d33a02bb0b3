"""Each sentence about records in the interface, as a table."""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from ingest import records
from ingest.records import BodyError, Problem, TooManyRecords, parse_value

# What comes out is told apart by what is asserted of it.
parse_array: Any = records.parse_array
parse_ndjson: Any = records.parse_ndjson
parse_line: Any = records.parse_line

AT = "2026-03-01T10:00:00Z"
MOMENT = datetime(2026, 3, 1, 10, tzinfo=UTC)
MINIMAL = {
    "connector": {"connector": "odoo", "name": "Odoo", "unified_api": "Accounting"},
    "consumer": {"consumer": "u-1", "name": "Dupont"},
    "connection": {"connection": "c-1", "consumer": "u-1", "connector": "odoo", "status": "active"},
    "sync": {"sync": "s-1", "name": "Sales"},
    "activation": {"sync": "s-1", "consumer": "u-1", "opened_at": AT},
    "activity": {"id": "a-1", "connection": "c-1", "kind": "created", "occurred_at": AT},
    "error": {"id": "e-1", "connection": "c-1", "category": "business", "message": "No tax", "occurred_at": AT},
}
OPTIONAL = {
    "connector": ["active", "default_flow", "default_tracked", "help_url"],
    "consumer": ["email", "internal_reference", "redirect_url", "created_at", "deleted"],
    "connection": ["name", "failure", "flow", "tracked", "changed_at", "created_at", "connect_url", "deleted"],
    "sync": ["requires", "mappings", "deleted"],
    "activation": ["mappings", "configuration", "enabled", "changed_at", "activate_url", "deleted"],
    "activity": ["count", "entity"],
    "error": ["code", "operation", "entity", "product", "channel", "locale", "help"],
}
REQUIRED_FIELDS = [(type_, field) for type_, fields in MINIMAL.items() for field in fields]
OPTIONAL_FIELDS = [(type_, field) for type_, fields in OPTIONAL.items() for field in fields]


def make(type_, **fields):
    return {"type": type_, **MINIMAL[type_], **fields}


def without(type_, field):
    return {name: value for name, value in make(type_).items() if name != field}


def parse(value):
    """The result of one value, which every way in must agree on."""
    text = json.dumps(value)
    (result,) = parse_array(f"[{text}]".encode())
    assert parse_ndjson(text.encode()) == [result]
    assert parse_line(text.encode(), 0) == result
    assert parse_value(json.loads(text), 0) == result
    return result


def accepted(value):
    result = parse(value)
    assert not isinstance(result, Problem), result
    return result[1]


def rejected(value):
    result = parse(value)
    assert isinstance(result, Problem), result
    return result


def test_the_tables_here_name_every_field():
    for type_, struct in records.TYPES.items():
        assert sorted([*MINIMAL[type_], *OPTIONAL[type_]]) == sorted(struct.__struct_fields__)


# --- fields


@pytest.mark.parametrize("type_", MINIMAL)
def test_only_the_required_fields_are_needed(type_):
    record = accepted(make(type_))
    assert type(record) is records.TYPES[type_]
    assert all(getattr(record, field) is UNSET for field in OPTIONAL[type_])
    assert all(getattr(record, field) in (sent, MOMENT) for field, sent in MINIMAL[type_].items())


@pytest.mark.parametrize(("type_", "field"), REQUIRED_FIELDS)
def test_required_fields_are_required(type_, field):
    problem = rejected(without(type_, field))
    assert (problem.type, problem.code, problem.path) == (type_, "invalid", field)
    assert "required" in problem.message


@pytest.mark.parametrize(("type_", "field"), REQUIRED_FIELDS)
def test_required_fields_are_never_null(type_, field):
    problem = rejected(make(type_, **{field: None}))
    assert (problem.code, problem.path) == ("invalid", field)


@pytest.mark.parametrize(("type_", "field"), OPTIONAL_FIELDS)
def test_null_is_allowed_on_every_optional_field(type_, field):
    assert getattr(accepted(make(type_, **{field: None})), field) is None


@pytest.mark.parametrize(("type_", "field"), REQUIRED_FIELDS + OPTIONAL_FIELDS)
@pytest.mark.parametrize("value", [7, -1.5, [[]], [7], {"": 7}], ids=repr)
def test_no_field_takes_a_value_of_the_wrong_kind(type_, field, value):
    if (field, value) == ("count", 7):
        return
    problem = rejected(make(type_, **{field: value}))
    is_inside = problem.path.startswith((f"{field}[", f"{field}."))
    assert problem.path == field or is_inside
    assert problem.code in ("invalid", "unknown_field")


TEXT_FIELDS = [
    ("connector", "name"),
    ("consumer", "name"),
    ("consumer", "internal_reference"),
    ("connection", "name"),
    ("sync", "name"),
    ("activity", "entity"),
    ("error", "code"),
    ("error", "entity"),
    ("error", "channel"),
    ("error", "locale"),
]


@pytest.mark.parametrize(("type_", "field"), TEXT_FIELDS)
def test_short_texts_have_up_to_255_characters(type_, field):
    for text in ("😀" * 255, " padded ", "\t", "a/b\\c", "<b>"):
        assert getattr(accepted(make(type_, **{field: text})), field) == text
    assert rejected(make(type_, **{field: "a" * 256})).path == field


@pytest.mark.parametrize(("type_", "field"), TEXT_FIELDS)
def test_only_optional_short_texts_may_be_empty(type_, field):
    value = make(type_, **{field: ""})
    if field in OPTIONAL[type_]:
        assert getattr(accepted(value), field) == ""
    else:
        assert rejected(value).path == field


KEY_FIELDS = [
    ("connector", "connector"),
    ("connector", "unified_api"),
    ("consumer", "consumer"),
    ("connection", "connection"),
    ("connection", "consumer"),
    ("connection", "connector"),
    ("sync", "sync"),
    ("activation", "sync"),
    ("activation", "consumer"),
    ("activity", "connection"),
    ("error", "connection"),
]
BAD_KEYS = [
    "",
    "a/b",
    "a\\b",
    "a\nb",
    "a\n",
    "\x85",
    " a",
    "a ",
    "\u3000a",
    ".",
    "..",
    "by-sync",
    "export.csv",
    "a" * 256,
]


@pytest.mark.parametrize(("type_", "field"), KEY_FIELDS)
@pytest.mark.parametrize("key", BAD_KEYS)
def test_keys_refuse_what_can_not_stand_in_an_address(type_, field, key):
    problem = rejected(make(type_, **{field: key}))
    assert (problem.code, problem.path) == ("invalid", field)


@pytest.mark.parametrize(("type_", "field"), KEY_FIELDS)
@pytest.mark.parametrize("key", ["a", "Point of Sale", "BY-SYNC", "é😀", "a" * 255, "😀" * 255])
def test_keys_accept_the_rest_and_case_counts(type_, field, key):
    assert getattr(accepted(make(type_, **{field: key})), field) == key


@pytest.mark.parametrize("type_", ["activity", "error"])
def test_event_ids_hold_any_characters(type_):
    for event_id in ("a/b\\c", " ", ".", "by-sync", "\n", "😀" * 255):
        assert accepted(make(type_, id=event_id)).id == event_id
    for event_id in ("", "a" * 256):
        assert rejected(make(type_, id=event_id)).path == "id"


@pytest.mark.parametrize(("type_", "field"), REQUIRED_FIELDS + OPTIONAL_FIELDS)
@pytest.mark.parametrize("text", ["a\x00b", "\x00", "\ud800", "a\udc00", "\ud800\ud800"], ids=ascii)
def test_no_text_holds_nul_or_an_unpaired_surrogate(type_, field, text):
    problem = rejected(make(type_, **{field: text}))
    assert (problem.code, problem.path) == ("invalid", field)


@pytest.mark.parametrize("field", ["code", "message"])
@pytest.mark.parametrize("text", ["\x00", "\ud800", "a" * 10_001])
def test_failures_obey_the_rules_of_texts(field, text):
    assert rejected(make("connection", failure={field: text})).path == f"failure.{field}"


def test_failures_are_optional_inside():
    assert accepted(make("connection", failure={})).failure == records.Failure()
    assert accepted(make("connection", failure={"code": None, "message": ""})).failure.message == ""
    assert accepted(make("connection", failure={"message": "a" * 10_000})).failure.code is UNSET
    assert rejected(make("connection", failure={"code": "a" * 256})).path == "failure.code"


def test_messages_have_1_to_10000_characters():
    assert accepted(make("error", message="😀" * 10_000)).message == "😀" * 10_000
    assert rejected(make("error", message="")).path == "message"
    assert rejected(make("error", message="a" * 10_001)).path == "message"


@pytest.mark.parametrize(
    ("type_", "field"),
    [
        ("connector", "help_url"),
        ("consumer", "redirect_url"),
        ("connection", "connect_url"),
        ("activation", "activate_url"),
    ],
)
def test_urls_are_http_or_https(type_, field):
    for url in ("", "http://a", "HTTPS://a.example/b?c#d", "https://" + "a" * 1_992):
        assert getattr(accepted(make(type_, **{field: url})), field) == url
    for url in (
        "javascript:x",
        "data:x",
        "ftp://a",
        "//a",
        "https://",
        "https://a b",
        "https://a\n",
        "https://" + "a" * 1_993,
    ):
        problem = rejected(make(type_, **{field: url}))
        assert (problem.code, problem.path) == ("invalid", field)


def test_emails_need_an_at_sign():
    for email in ("", "a@b", "@", "a" * 253 + "@"):
        assert accepted(make("consumer", email=email)).email == email
    for email in ("a", " ", "\n", "a" * 254 + "@"):
        assert rejected(make("consumer", email=email)).path == "email"


CHOICES = [
    ("connection", "status", ["active", "pending", "failed"]),
    ("connection", "flow", ["source", "destination", "other"]),
    ("connector", "default_flow", ["source", "destination", "other"]),
    ("activation", "configuration", ["complete", "incomplete"]),
    ("activity", "kind", ["created", "updated", "sent"]),
    ("error", "category", ["business", "technical"]),
    ("error", "operation", ["create", "update", "delete"]),
]


@pytest.mark.parametrize(("type_", "field", "choices"), CHOICES)
def test_choices(type_, field, choices):
    for choice in choices:
        assert getattr(accepted(make(type_, **{field: choice})), field) == choice
        assert rejected(make(type_, **{field: choice.upper()})).path == field
    problem = rejected(make(type_, **{field: "x" * 500}))
    assert all(choice in problem.message for choice in choices)
    assert len(problem.message) < 250


@pytest.mark.parametrize(
    ("type_", "field"),
    [
        ("connector", "active"),
        ("connector", "default_tracked"),
        ("consumer", "deleted"),
        ("connection", "tracked"),
        ("connection", "deleted"),
        ("sync", "deleted"),
        ("activation", "enabled"),
        ("activation", "deleted"),
    ],
)
def test_switches_are_true_or_false(type_, field):
    for value in (True, False):
        assert getattr(accepted(make(type_, **{field: value})), field) is value
    for other in (0, 1, "true", "", 1.0):
        assert rejected(make(type_, **{field: other})).path == field


@pytest.mark.parametrize(
    ("type_", "field"),
    [
        ("consumer", "created_at"),
        ("connection", "changed_at"),
        ("connection", "created_at"),
        ("activation", "opened_at"),
        ("activation", "changed_at"),
        ("activity", "occurred_at"),
        ("error", "occurred_at"),
    ],
)
def test_times_are_rfc_3339_with_an_offset_and_come_out_in_utc(type_, field):
    for text in (AT, "2026-03-01T11:00:00+01:00", "2026-03-01t04:30:00.000-05:30", "2026-03-01 10:00:00z"):
        moment = getattr(accepted(make(type_, **{field: text})), field)
        assert (moment, moment.tzinfo) == (MOMENT, UTC)
    leap = getattr(accepted(make(type_, **{field: "2016-12-31T15:59:60-08:00"})), field)
    assert leap == datetime(2017, 1, 1, tzinfo=UTC)
    for text in ("", "2026-03-01", "2026-03-01T10:00:00", "2026-03-01T10:00:00+0100", "2026-02-30T10:00:00Z"):
        assert rejected(make(type_, **{field: text})).path == field
    for text in ("2026-03-01T10:00:00+0000", "2026-03-01T10:00:00.5-0000", "2026-03-01T10:00:00.5+0545"):
        assert rejected(make(type_, **{field: text})).path == field
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00", "0000-01-01T00:00:00Z"):
        assert rejected(make(type_, **{field: text})).path == field
    for value in (1772359200, 1772359200.5, "1772359200"):
        assert rejected(make(type_, **{field: value})).path == field


@pytest.mark.parametrize("count", [1, 2, 1_000_000_000])
def test_counts_are_whole_numbers(count):
    assert accepted(make("activity", count=count)).count == count


@pytest.mark.parametrize("count", [0, -1, 1_000_000_001, 10**400, 1.0, 1.5, 1e3, True, "1", [1]])
def test_counts_refuse(count):
    problem = rejected(make("activity", count=count))
    assert (problem.code, problem.path) == ("invalid", "count")


# --- lists and objects inside


def link(**fields):
    return {"kind": "internal", "title": "Runbook", "url": "https://wiki.example", **fields}


def test_up_to_20_help_links():
    assert len(accepted(make("error", help=[link()] * 20)).help) == 20
    assert rejected(make("error", help=[link()] * 21)).path == "help"
    assert accepted(make("error", help=[])).help == []


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (link(url="javascript:alert(1)"), "help[1].url"),
        (link(url=""), "help[1].url"),
        (link(url=None), "help[1].url"),
        (link(kind="other"), "help[1].kind"),
        (link(title="a" * 256), "help[1].title"),
        ({"kind": "internal"}, "help[1].url"),
        ({"url": "https://a"}, "help[1].kind"),
        (None, "help[1]"),
        ("https://a", "help[1]"),
    ],
)
def test_help_links_refuse(entry, path):
    problem = rejected(make("error", help=[link(), entry]))
    assert (problem.code, problem.path) == ("invalid", path)


@pytest.mark.parametrize("title", [{}, {"title": None}, {"title": ""}])
def test_a_help_link_needs_no_title(title):
    accepted(make("error", help=[{"kind": "external", "url": "https://a", **title}]))


@pytest.mark.parametrize("field", ["identifier", "label", "family"])
def test_products_hold_short_texts(field):
    assert getattr(accepted(make("error", product={field: "x"})).product, field) == "x"
    assert getattr(accepted(make("error", product={field: None})).product, field) is None
    assert rejected(make("error", product={field: "a" * 256})).path == f"product.{field}"
    assert rejected(make("error", product={field: 1})).path == f"product.{field}"


@pytest.mark.parametrize(
    "requirement",
    [
        {"unified_api": "PMS"},
        {"connector": "odoo"},
        {"connector": "odoo", "unified_api": None},
        {"connector": "odoo", "hidden": True},
        {"connector": "odoo", "hidden": None},
    ],
)
def test_requirements_name_a_unified_api_or_a_connector(requirement):
    (slot,) = accepted(make("sync", requires=[requirement])).requires
    assert {name: getattr(slot, name) for name in requirement} == requirement


@pytest.mark.parametrize(
    ("requirement", "path"),
    [
        ({}, "requires[1]"),
        ({"hidden": True}, "requires[1]"),
        ({"connector": None}, "requires[1]"),
        ({"connector": "a", "unified_api": "b"}, "requires[1]"),
        ({"connector": "a/b"}, "requires[1].connector"),
        ({"unified_api": ""}, "requires[1].unified_api"),
        ({"connector": "a", "hidden": "yes"}, "requires[1].hidden"),
        ("odoo", "requires[1]"),
        (None, "requires[1]"),
    ],
)
def test_requirements_refuse(requirement, path):
    problem = rejected(make("sync", requires=[{"connector": "odoo"}, requirement]))
    assert (problem.code, problem.path) == ("invalid", path)


def test_up_to_200_requirements_and_mappings():
    assert len(accepted(make("sync", requires=[{"connector": "a"}] * 200)).requires) == 200
    assert rejected(make("sync", requires=[{"connector": "a"}] * 201)).path == "requires"
    assert len(accepted(make("sync", mappings=[f"m{n}" for n in range(200)])).mappings) == 200
    assert rejected(make("sync", mappings=["m"] * 201)).path == "mappings"
    states = {f"m{n}": "complete" for n in range(200)}
    assert len(accepted(make("activation", mappings=states)).mappings) == 200
    assert rejected(make("activation", mappings={**states, "one more": "hidden"})).path == "mappings"


@pytest.mark.parametrize("name", ["", "a" * 256, "\x00", "\ud800"])
def test_names_of_mappings_are_short_texts(name):
    assert rejected(make("sync", mappings=["ok", name])).path == "mappings[1]"
    assert rejected(make("activation", mappings={name: "complete"})).path == "mappings"


@pytest.mark.parametrize("state", ["complete", "incomplete", "skipped", "hidden"])
def test_states_of_mappings(state):
    assert accepted(make("activation", mappings={"a/b": state})).mappings == {"a/b": state}


@pytest.mark.parametrize("state", ["done", None, True, []])
def test_states_of_mappings_refuse(state):
    problem = rejected(make("activation", mappings={"ok": "complete", "Sizes": state}))
    assert (problem.code, problem.path) == ("invalid", "mappings.Sizes")


@pytest.mark.parametrize(
    ("fields", "is_right"),
    [
        ({"flow": "other", "tracked": True}, False),
        ({"flow": "other", "tracked": False}, True),
        ({"flow": "other"}, True),
        ({"tracked": True}, True),
        ({"flow": None, "tracked": True}, True),
        ({"flow": "source", "tracked": True}, True),
        ({"flow": "other", "tracked": None}, True),
    ],
)
def test_a_connection_record_may_not_track_the_flow_other(fields, is_right):
    value = make("connection", **fields)
    if is_right:
        accepted(value)
    else:
        assert (rejected(value).code, rejected(value).path) == ("invalid", "tracked")


# --- which error comes first


@pytest.mark.parametrize(
    ("value", "code", "path", "type_"),
    [
        ({"type": "consumer"}, "invalid", "consumer", "consumer"),
        ({"type": "consumer", "consumer": "u"}, "invalid", "name", "consumer"),
        ({"type": "user", "foo": 1}, "unknown_type", "type", "user"),
        ({"type": "Consumer"}, "unknown_type", "type", "Consumer"),
        ({"type": ""}, "unknown_type", "type", ""),
        ({"type": "x" * 300}, "unknown_type", "type", "x" * 255),
        ({"type": "\ud800\x00"}, "unknown_type", "type", "\ufffd\ufffd"),
        ({"type": None}, "unknown_type", "type", None),
        ({"type": 7}, "unknown_type", "type", None),
        ({"type": ["consumer"]}, "unknown_type", "type", None),
        ({"name": "n"}, "unknown_type", "type", None),
        ({}, "unknown_type", "type", None),
        (make("consumer", foo=1, name=7), "unknown_field", "foo", "consumer"),
        ({"type": "consumer", "foo": 1}, "unknown_field", "foo", "consumer"),
        (make("consumer", Name="x"), "unknown_field", "Name", "consumer"),
        (make("connection", failure={"foo": 1}, status="x"), "unknown_field", "failure.foo", "connection"),
        (make("error", help=[{"foo": 1}], message=7), "unknown_field", "help[0].foo", "error"),
        (make("error", product={"sku": 1}), "unknown_field", "product.sku", "error"),
        (make("sync", requires=[{}, {"x": 1}]), "unknown_field", "requires[1].x", "sync"),
        (make("sync", changed_at=AT), "unknown_field", "changed_at", "sync"),
        (make("activity", type="activity", **{"": 1}), "unknown_field", "", "activity"),
        (make("activation", mappings={"x": 1}, foo=1), "unknown_field", "foo", "activation"),
        (make("connection", failure=[{"foo": 1}]), "invalid", "failure", "connection"),
        (make("consumer", name=7, email=7), "invalid", "name", "consumer"),
        (None, "invalid", "", None),
        (7, "invalid", "", None),
        ("consumer", "invalid", "", None),
        ([], "invalid", "", None),
        ([{"type": "consumer"}], "invalid", "", None),
        (True, "invalid", "", None),
    ],
)
def test_first_error_in_order(value, code, path, type_):
    problem = rejected(value)
    assert (problem.code, problem.path, problem.type) == (code, path, type_)
    assert problem.message


def test_names_from_outside_are_shown_short_and_harmless():
    problem = rejected(make("consumer", **{"x\x00\ud800" + "y" * 5_000: 1}))
    assert problem.path == "x\ufffd\ufffd" + "y" * 77
    assert len(problem.message) < 200


# --- JSON


def consumer_line(name="n", **more):
    return json.dumps(make("consumer", name=name, **more)).encode()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (rb'{"type":"consumer","consumer":"u","name":"\ud83d\ude00"}', "😀"),
        (rb'{"type":"consumer","consumer":"u","name":"\\u0000"}', "\\u0000"),
        (rb'{"type":"consumer","consumer":"u","name":"\\ud800"}', "\\ud800"),
        (rb'{"type":"consumer","consumer":"u","name":"\u0001\u001f\u007f"}', "\x01\x1f\x7f"),
        (rb'{"t\u0079pe":"consumer","consumer":"u","name":"n"}', "n"),
        (b'{"type":"consumer","consumer":"u","name":"a","name":"b"}', "b"),
        (b'{"type":"consumer","consumer":"u","name":7,"name":"b"}', "b"),
        (b'{"type":"sync","consumer":"u","name":"n","type":"consumer"}', "n"),
        (b' \t{"type":"consumer","consumer":"u","name":"n"} \r', "n"),
        ('{"type":"consumer","consumer":"u","name":"\u2028\x85"}'.encode(), "\u2028\x85"),
        (b'{"type":"consumer","consumer":"u","name":":00-0100"}', ":00-0100"),
    ],
)
def test_json_is_read_as_json(raw, expected):
    for results in (parse_ndjson(raw), parse_array(b"[" + raw + b"]")):
        ((_, record),) = results
        assert record.name == expected


@pytest.mark.parametrize(
    "raw",
    [rb'"\ud800"', rb'"\udc00"', rb'"\ud800\u0041"', rb'"a\u0000"', rb'"\ud800\n"'],
)
def test_surrogates_and_nul_spoil_their_record_only(raw):
    bad = rb'{"type":"consumer","consumer":"u","name":' + raw + b"}"
    first, second, third = parse_array(b"[" + b",".join([consumer_line(), bad, consumer_line()]) + b"]")
    assert (first[0], third[0]) == (0, 2)
    assert (second.index, second.code, second.path, second.type) == (1, "invalid", "name", "consumer")
    assert parse_ndjson(b"\n".join([consumer_line(), bad, consumer_line()])) == [first, second, third]


UNREADABLE = [
    b"{",
    b"nonsense",
    b'{"type":"consumer",}',
    b"{'type':'consumer'}",
    b'{"type":"consumer"} x',
    b'{"type":"consumer"}{"type":"consumer"}',
    b'{"type":"activity","count":NaN}',
    b'{"type":"activity","count":Infinity}',
    b'{"type":"activity","count":-Infinity}',
    b'{"type":"activity","count":01}',
    b'{"type":"consumer","name":"a\tb"}',
    b'{"type":"consumer","name":"\xff"}',
    b'{"type":"consumer","\xff":1}',
    b'{"type":"consumer","name":"\xed\xa0\x80"}',
    b'{"type":"consumer","name":"\xc0\x80"}',
    b'{"type":"consumer","name":"\\x"}',
    b"\x00",
    b"\x0c",
    b"// comment",
]
BEYOND_LIMITS = [
    b"[" * 5_000 + b"]" * 5_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"type":"activity","count":' + b"9" * 5_000 + b"}",
]


@pytest.mark.parametrize("raw", UNREADABLE + BEYOND_LIMITS, ids=lambda raw: ascii(raw[:30]))
def test_an_unreadable_line_is_rejected_alone(raw):
    results = parse_ndjson(b"\n".join([consumer_line(), raw, consumer_line()]))
    assert [result[0] for result in results if not isinstance(result, Problem)] == [0, 2]
    problem = results[1]
    assert (problem.index, problem.type, problem.code, problem.path) == (1, None, "not_json", "")
    assert len(problem.message) < 200
    assert parse_line(raw, 1) == problem


@pytest.mark.parametrize("raw", UNREADABLE, ids=lambda raw: ascii(raw[:30]))
def test_an_array_that_is_not_json_is_refused(raw):
    with pytest.raises(BodyError):
        parse_array(b"[" + consumer_line() + b"," + raw + b"]")


@pytest.mark.parametrize("raw", BEYOND_LIMITS, ids=lambda raw: ascii(raw[:30]))
def test_what_can_not_be_held_spoils_its_record_only(raw):
    first, second, third = parse_array(b"[" + b",".join([consumer_line(), raw, consumer_line()]) + b"]")
    assert (second.index, second.type, second.code, second.path) == (1, None, "not_json", "")
    assert (first[0], third[0]) == (0, 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf",
        b"{}",
        b"7",
        b"null",
        b'"[]"',
        b"[",
        b"]",
        b"[1",
        b"[1,]",
        b"[,1]",
        b"[,]",
        b"[1,,2]",
        b"[1 2]",
        b"[] []",
        b"[1] x",
        b"[1]]",
        b"[}",
        b'[{"a":1]}',
        b'["a]',
        b"[" * 100_000,
        b"\xff",
        "[]".encode("utf-16"),
        b"\xef\xbb\xbf\xef\xbb\xbf[]",
        consumer_line(),
        consumer_line() + b"\n" + consumer_line(),
    ],
    ids=lambda body: ascii(body[:20]),
)
def test_a_body_that_is_no_array_is_refused(body):
    with pytest.raises(BodyError) as caught:
        parse_array(body)
    assert 0 < len(str(caught.value)) < 200


@pytest.mark.parametrize("body", [b"[]", b" [ \n ] ", b"\xef\xbb\xbf[]"])
def test_an_empty_array_holds_no_records(body):
    assert parse_array(body) == []


@pytest.mark.parametrize("body", [b"", b"\n", b" \t\r\n\r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_blank_lines_are_no_records(body):
    assert parse_ndjson(body) == []


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n"])
def test_lines_may_end_in_either_way(line_break, end):
    results = parse_ndjson(line_break.join([consumer_line("a"), consumer_line("b")]) + end)
    assert [(index, record.name) for index, record in results] == [(0, "a"), (1, "b")]


def test_blank_lines_are_counted_in_the_index():
    results = parse_ndjson(b"\n" + consumer_line("a") + b"\n \t\r\n" + b"7\n\n" + consumer_line("b"))
    assert [result.index if isinstance(result, Problem) else result[0] for result in results] == [1, 3, 5]


def test_a_byte_order_mark_counts_at_the_beginning_only():
    mark = b"\xef\xbb\xbf"
    assert not isinstance(parse_ndjson(mark + consumer_line())[0], Problem)
    assert not isinstance(parse_line(mark + consumer_line(), 0), Problem)
    assert parse_line(mark + consumer_line(), 1).code == "not_json"
    assert not isinstance(parse_array(mark + b"[" + consumer_line() + b"]")[0], Problem)


@pytest.mark.parametrize(
    "lines",
    [
        # As a whole these hold as many records as lines.
        [consumer_line() + consumer_line(), consumer_line()[:10], consumer_line()[10:]],
        [consumer_line() + b" " + consumer_line(), b'{"type":"consumer"', b',"consumer":"c","name":"n"}'],
        [consumer_line() + b"\r" + consumer_line(), consumer_line()],
    ],
)
def test_a_record_stands_on_a_line_of_its_own(lines):
    results = parse_ndjson(b"\n".join(lines))
    assert results == [parse_line(line, index) for index, line in enumerate(lines)]
    assert results[0].code == "not_json"


@pytest.mark.parametrize("spoiler", [b"7", b'"\\ud800"', consumer_line()])
def test_more_records_than_allowed_are_noticed(spoiler):
    raws = [spoiler, *[consumer_line()] * (records.MAX_RECORDS - 1)]
    assert len(parse_array(b"[" + b",".join(raws) + b"]")) == 10_000
    assert len(parse_ndjson(b"\n".join(raws) + b"\n\n")) == 10_000
    raws.append(consumer_line())
    with pytest.raises(TooManyRecords):
        parse_array(b"[" + b",".join(raws) + b"]")
    with pytest.raises(TooManyRecords):
        parse_ndjson(b"\n".join(raws))


# --- records made in code


def test_records_are_written_as_they_are_read():
    for type_ in MINIMAL:
        record = accepted(make(type_))
        assert json.loads(msgspec.json.encode(record)) == make(type_)


def test_a_record_made_in_code_obeys_the_rules_between_fields():
    with pytest.raises(records.RuleError, match="slash"):
        records.ConsumerRecord(consumer="a/b", name="n")
    with pytest.raises(records.RuleError, match="offset"):
        records.ConsumerRecord(consumer="a", name="n", created_at=datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(records.RuleError) as caught:
        records.ConnectionRecord(
            connection="c", consumer="u", connector="o", status="active", flow="other", tracked=True
        )
    assert caught.value.path == "tracked"
