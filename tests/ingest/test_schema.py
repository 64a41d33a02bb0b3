"""The schema, the parser and the documentation say the same."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings

from ingest import records
from ingest.records import Problem, parse_line, parse_value
from ingest.schema import field_descriptions, record_schema
from tests.ingest.record_strategies import by_type, json_values, mutated_records, valid_records

DOCUMENT = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")
STRUCTS = {
    **records.TYPES,
    "failure": records.Failure,
    "requires": records.Requirement,
    "product": records.Product,
    "help": records.Help,
}
# A schema knows how a time is written, not whether it exists.
UNSAID = ("must be a time that exists", "must lie within the years")
modest = settings(max_examples=200, deadline=None)
validator = jsonschema.Draft202012Validator(record_schema())


def check_agreement(value):
    result = parse_value(value, 0)
    if isinstance(result, Problem) and any(words in result.message for words in UNSAID):
        return
    assert validator.is_valid(value) is not isinstance(result, Problem), result


@modest
@given(valid_records)
def test_schema_accepts_valid_records(value):
    assert not isinstance(parse_value(value, 0), Problem)
    assert validator.is_valid(value)


@modest
@given(mutated_records())
def test_schema_and_parser_agree_on_changed_records(value):
    check_agreement(value)


@modest
@given(json_values)
def test_schema_and_parser_agree_on_anything(value):
    check_agreement(value)


def consumer(**fields):
    return {"type": "consumer", "consumer": "c", "name": "n", **fields}


@pytest.mark.parametrize(
    "value",
    [
        consumer(),
        consumer(email=""),
        consumer(email="a"),
        consumer(email="\n"),
        consumer(email="a" * 254 + "@"),
        consumer(name=""),
        consumer(name="a" * 256),
        consumer(name="😀" * 255),
        consumer(name="a\x00"),
        consumer(name="a\n"),
        consumer(name=None),
        consumer(consumer="c\n"),
        consumer(consumer=" c"),
        consumer(consumer=".."),
        consumer(consumer=".\n"),
        consumer(redirect_url="https://a\n"),
        consumer(redirect_url="javascript:a"),
        consumer(redirect_url=""),
        consumer(redirect_url=None),
        consumer(created_at="2026-03-01T10:00:00Z\n"),
        consumer(created_at="2026-03-01T10:00:00+0100"),
        consumer(created_at="2026-03-01T10:00:00"),
        consumer(created_at=1),
        consumer(deleted=1),
        consumer(deleted=None),
        consumer(foo=1),
        {
            "type": "connection",
            "connection": "c",
            "consumer": "c",
            "connector": "c",
            "status": "active",
            "flow": "other",
        },
        {
            "type": "connection",
            "connection": "c",
            "consumer": "c",
            "connector": "c",
            "status": "active",
            "flow": "other",
            "tracked": True,
        },
        {"type": "sync", "sync": "s", "name": "n", "requires": [{}]},
        {"type": "sync", "sync": "s", "name": "n", "requires": [{"connector": "a", "unified_api": "b"}]},
        {"type": "sync", "sync": "s", "name": "n", "requires": [{"connector": "a", "unified_api": None}]},
        {"type": "sync", "sync": "s", "name": "n", "requires": [{"connector": None}]},
        {"type": "sync", "sync": "s", "name": "n", "mappings": ["a"] * 201},
        {"type": "consumer"},
        {"type": None},
        {},
        [],
        "consumer",
    ],
)
def test_schema_and_parser_agree_on_the_edges(value):
    check_agreement(value)


def test_schema_is_valid_and_complete():
    schema = record_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["$defs"]) == set(msgspec.json.schema(records.RecordType)["$defs"])
    assert set(by_type) == set(records.TYPES)
    assert "discriminator" not in schema


@pytest.mark.parametrize("name", records.TYPES)
def test_schema_of_a_type(name):
    definition = record_schema()["$defs"][records.TYPES[name].__name__]
    assert definition["properties"]["type"] == {"const": name}
    assert definition["additionalProperties"] is False
    assert definition["title"] == name
    assert "type" in definition["required"]


@pytest.mark.parametrize("struct", STRUCTS.values())
def test_every_field_is_described_in_the_code(struct):
    assert list(field_descriptions(struct)) == list(struct.__struct_fields__)
    properties = record_schema()["$defs"][struct.__name__]["properties"]
    assert all(field["description"] for name, field in properties.items() if name != "type")


def documented_fields(name):
    """The rows of the table under a heading: field -> (type, required, default)."""
    (section,) = re.findall(rf"^###? `{name}`\n(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (yes)? ?\| ?(.*?) ?\| .* \|$", section, re.MULTILINE)
    return {field: (type_, required == "yes", default) for field, type_, required, default in rows}


@pytest.mark.parametrize(("name", "struct"), STRUCTS.items())
def test_documentation_lists_exactly_the_fields(name, struct):
    definition = record_schema()["$defs"][struct.__name__]
    documented = documented_fields(name)
    assert list(documented) == list(struct.__struct_fields__)
    for field, (type_, required, default) in documented.items():
        schema = definition["properties"][field]
        assert required is (field in definition["required"]), field
        if "default" in schema:
            assert default.strip("`") in (json.dumps(schema["default"]), schema["default"]), field
        for choice in enumeration(schema):
            assert f"`{choice}`" in type_, field


def enumeration(schema):
    return schema.get("enum") or schema.get("anyOf", [{}])[0].get("enum", [])


def test_documentation_has_no_other_headings_of_fields():
    assert re.findall(r"^###? `(\w+)`$", DOCUMENT, re.MULTILINE) == [
        "connector",
        "consumer",
        "connection",
        "failure",
        "sync",
        "requires",
        "activation",
        "activity",
        "error",
        "product",
        "help",
    ]
    assert len(get_args(records.RecordType)) == len(records.TYPES)


def test_documentation_gives_an_example_of_each_type():
    examples = re.findall(r'^```json\n(\{"type".*?)^```', DOCUMENT, re.MULTILINE | re.DOTALL)
    parsed: list[Any] = [parse_line(example.encode(), 0) for example in examples]
    assert [type(record) for _, record in parsed] == list(records.TYPES.values())
    assert all(validator.is_valid(json.loads(example)) for example in examples)


@pytest.mark.parametrize(
    "code",
    [
        "not_json",
        "unknown_type",
        "unknown_field",
        "invalid",
        "unknown_consumer",
        "unknown_connector",
        "unknown_connection",
        "unknown_sync",
        "other_source",
        "wrong_flow",
        "too_old",
        "in_future",
    ],
)
def test_documentation_names_every_code(code):
    assert re.search(rf"^\| `{code}` \| \S", DOCUMENT, re.MULTILINE)
