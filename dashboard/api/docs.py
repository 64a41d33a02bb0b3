"""/api/docs: the API for people. Addresses that do not exist yet are not shown."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.addresses import address
from ingest.schema import Schema, record_schema

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "date-time": "time",
    "uri": "web address",
}
_READ = 'curl "{url}" -H "Authorization: Bearer $KEY"'

_RECORDS = """\
curl {url} \\
  -H "Authorization: Bearer $KEY" -H "Content-Type: application/x-ndjson" \\
  --data-binary @records.ndjson"""

_RECORDS_ANSWER = """\
{"accepted": 997, "duplicate": 1, "stale": 0, "rejected": 2,
 "errors": [{"index": 17, "type": "activity", "code": "unknown_connection",
             "path": "connection", "message": "no connection \\"c-9\\""}]}"""

_OVERVIEW_ANSWER = """\
{"as_of": "2026-11-02T13:32:07Z",
 "consumers": {"total": 352, "active": 318},
 "connections": {"active": 579, "pending": 45, "failed": 46},
 "unified_apis": [
   {"unified_api": "Accounting", "active": 217, "pending": 16, "failed": 21,
    "connectors": [{"connector": "odoo", "name": "Odoo", "active": 74, "pending": 5, "failed": 6}]}],
 "syncs": {"active": 0, "active_with_issue": 0, "attempts": 0}}"""


_FLOWS_ANSWER = """\
{"as_of": "2026-11-02T13:32:07Z",
 "window": {"tz": "Europe/Paris", "days": ["2026-10-27", "…", "2026-11-02"],
            "from": "2026-10-26T23:00:00Z", "to": "2026-11-02T23:00:00Z"},
 "source": {"all": {"created": {"daily": {"2026-10-27": 312, "…": 0}, "total": 2279}, "updated": {"…": 0}},
            "connections": {"c-1-shopify": {"created": {"…": 0}, "updated": {"…": 0}}}},
 "destination": {"all": {"sent": {"…": 0}}, "connections": {"…": 0}},
 "errors": {"all": {"business": {"…": 0}, "technical": {"…": 0}}, "connections": {"…": 0}},
 "cards": [{"connection": "c-1-shopify", "business_errors": 48}]}"""

_ERRORS_ANSWER = """\
{"total": 4213,
 "results": [
   {"id": "e-77", "connection": "c-1-odoo", "category": "business", "message": "Tax rate 21 % is not known.",
    "code": "TAX_RATE_NOT_FOUND", "operation": "create", "occurred_at": "2026-11-02T13:02:51Z", "entity": "product",
    "product": {"identifier": "SKU-1", "label": "Chair", "family": "Furniture"}, "channel": "web", "locale": null,
    "help": [{"kind": "internal", "title": "Map tax rates", "url": "https://docs.example.com/tax"}]}],
 "next": null}"""

_ZONE = ("tz", "a time zone such as Europe/Paris; without it the user’s, for a key the installation’s")
_END = ("end", "the last of the seven days, 2026-11-02; without it today in that zone")


@dataclass(frozen=True)
class Endpoint:
    """One address of the API as people read about it."""

    page: str
    method: str
    title: str
    about: str
    scope: str
    command: str = _READ
    answer: str = ""
    parts: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = field(default=())

    @property
    def path(self) -> str:
        """Where it is; empty while it does not exist."""
        return address(self.page, *self.parts)

    @property
    def example(self) -> str:
        """A command that can be run as it stands."""
        return self.command.format(url=settings.PUBLIC_URL + self.path)


ENDPOINTS = (
    Endpoint(
        page="api-records",
        method="POST",
        title="Send records",
        about="One JSON record a line, or an array of them; at most 10,000 records and 16 MiB a request, gzip allowed. "
        "A bad record is rejected alone, the rest goes in. Sending the same records twice changes nothing.",
        scope="write",
        command=_RECORDS,
        answer=_RECORDS_ANSWER,
    ),
    Endpoint(
        page="api-schema",
        method="GET",
        title="The format of a record",
        about="JSON Schema of every type of record, for editors, generators and validators.",
        scope="read",
    ),
    Endpoint(
        page="api-overview",
        method="GET",
        title="The overview",
        about="How many consumers are active, and how many connections of each unified API and connector are active, "
        "pending and failed.",
        scope="read",
        answer=_OVERVIEW_ANSWER,
    ),
    Endpoint(
        page="api-consumers",
        method="GET",
        title="Consumers",
        about="The list of consumers with the filters of its page: q, active, connector, unified_api, status, issue, "
        "created_from, created_to, sync, step, sort; limit 1 … 500 (50). “next” is where the next rows are, or null.",
        scope="read",
    ),
    Endpoint(
        page="api-connections",
        method="GET",
        title="Connections",
        about="The list of connections: q, status, connector, unified_api, flow, tracked, consumer, sort; limit too.",
        scope="read",
    ),
    Endpoint(
        page="api-activations",
        method="GET",
        title="Activations",
        about="The activations of syncs: q, sync, step, reached, status, issue, with_issue, mapping, connector, "
        "unified_api, sort; limit as above.",
        scope="read",
    ),
    Endpoint(
        page="api-syncs",
        method="GET",
        title="Syncs",
        about="How many consumers attempted each sync, how many have it active, and where the rest stand.",
        scope="read",
    ),
    Endpoint(
        page="api-sync",
        parts=("daily-sales",),
        method="GET",
        title="One sync",
        about="The same of one sync: per step how many reached it and how many stand there, split by issue.",
        scope="read",
    ),
    Endpoint(
        page="api-flows",
        method="GET",
        title="The data flows",
        about="What was created, updated and sent, and what failed, on each of seven days: over all tracked "
        "connections and for each of them, with their business errors. Beyond 1,000 tracked connections it holds those "
        "named, else the 60 with most business errors and “truncated”: true.",
        scope="read",
        answer=_FLOWS_ANSWER,
        parameters=(_ZONE, _END, ("connection", "a connection to answer for; up to 100 of them")),
    ),
    Endpoint(
        page="api-errors",
        method="GET",
        title="The errors of a connection",
        about="Newest first, of the same seven days. “total” counts all that match; “next” is where the rest is.",
        scope="read",
        answer=_ERRORS_ANSWER,
        parts=("KEY",),
        parameters=(
            ("q", "words that must all stand, literally and ignoring case, in message, code or product"),
            ("category", "business (default), technical or all"),
            ("code, family, channel, locale, operation", "exact values; several of one are joined by OR"),
            ("limit", "1 to 500, by default 100"),
            _ZONE,
            _END,
        ),
    ),
    Endpoint(
        page="metrics",
        method="GET",
        title="Metrics for Prometheus",
        about="Consumers, connections by status, seconds since each source was last heard, age of the worker’s pulse, "
        "seconds that the read replica is behind, where there is one.",
        scope="read",
    ),
)


@dataclass(frozen=True)
class RecordField:
    """One field of a record."""

    name: str
    kind: str
    is_required: bool
    meaning: str


@dataclass(frozen=True)
class RecordKind:
    """One type of record."""

    name: str
    about: str
    fields: tuple[RecordField, ...]


def docs(request: HttpRequest) -> HttpResponse:
    """Show the API."""
    context = {
        "endpoints": [endpoint for endpoint in ENDPOINTS if endpoint.path],
        "record_types": record_types(record_schema()),
    }
    return render(request, "dashboard/api_docs.html", context)


def record_types(schema: Schema) -> list[RecordKind]:
    """Read the types of records from their schema."""
    names = [reference["$ref"].rpartition("/")[2] for reference in schema["oneOf"]]
    return [_record_kind(schema["$defs"][name]) for name in names]


def _record_kind(schema: Schema) -> RecordKind:
    fields = tuple(
        RecordField(name, _kind(field), name in schema["required"], field.get("description", ""))
        for name, field in schema["properties"].items()
        if name != "type"
    )
    return RecordKind(schema["title"], schema["description"], fields)


def _kind(field: Schema) -> str:
    if "anyOf" in field:
        return " or ".join(_kind(choice) for choice in field["anyOf"] if choice.get("type") != "null")
    if "enum" in field:
        return ", ".join(str(value) for value in field["enum"])
    if "$ref" in field:
        return "object"
    words = _WORDS.get(str(field.get("format")), _WORDS.get(str(field.get("type")), "any"))
    return f"{words} of {_kind(field['items'])}" if "items" in field else words
