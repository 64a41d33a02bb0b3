"""The JSON Schema (2020-12) of a record, generated from the structs that parse it.

What a schema can not say stands in docs/records.md, under "What the schema can not say".
"""

import inspect
import re
from functools import cache
from typing import Any, Final, get_args

import msgspec

from ingest.records import Failure, Help, Product, RecordType, Requirement

Schema = dict[str, Any]

# The rules that hold between fields, which the structs check in code.
_ACROSS_FIELDS: Final[dict[str, Schema]] = {
    "Requirement": {
        "oneOf": [
            {"required": ["unified_api"], "properties": {"unified_api": {"type": "string"}}},
            {"required": ["connector"], "properties": {"connector": {"type": "string"}}},
        ]
    },
    "ConnectionRecord": {
        "not": {
            "required": ["flow", "tracked"],
            "properties": {"flow": {"const": "other"}, "tracked": {"const": True}},
        }
    },
}
_STRUCTS: Final = (*get_args(RecordType), Failure, Requirement, Product, Help)
_field_lines = re.compile(r"^(\w+): (.+)$", re.MULTILINE).findall


@cache
def record_schema() -> Schema:
    """The schema of one record: any of the types, each a definition of its own. Shared: not to be changed."""
    generated = msgspec.json.schema(RecordType)
    definitions = {struct.__name__: _definition(struct, generated["$defs"][struct.__name__]) for struct in _STRUCTS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "connmon record",
        "description": "One record of the format in which data comes in.",
        "type": "object",
        "required": ["type"],
        "oneOf": [{"$ref": f"#/$defs/{record_type.__name__}"} for record_type in get_args(RecordType)],
        "$defs": definitions,
    }


def field_descriptions(struct: type[msgspec.Struct]) -> dict[str, str]:
    """What each field means, as the docstring of its struct says it."""
    return dict(_field_lines(inspect.getdoc(struct) or ""))


def _definition(struct: type[msgspec.Struct], generated: Schema) -> Schema:
    meanings = field_descriptions(struct)
    fields = {name: _field(name, schema, meanings) for name, schema in generated["properties"].items()}
    summary = (inspect.getdoc(struct) or "").partition("\n")[0]
    return {
        **generated,
        "title": struct.__name__.removesuffix("Record").lower(),
        "description": summary,
        "properties": fields,
        **_ACROSS_FIELDS.get(struct.__name__, {}),
    }


def _field(name: str, schema: Schema, meanings: dict[str, str]) -> Schema:
    if name == "type":
        return {"const": schema["enum"][0]}
    field = {"description": meanings[name], **schema}
    first, *others = schema.get("anyOf", [{}])
    if "default" not in first:
        return field
    # msgspec notes a default with the type it belongs to, inside "this or null"; it says something of the field.
    without = {key: word for key, word in first.items() if key != "default"}
    return {**field, "anyOf": [without, *others], "default": first["default"]}
