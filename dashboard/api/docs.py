"""/api/docs: the API for people. Addresses that do not exist yet are not shown."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from common.addresses import address

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
        page="metrics",
        method="GET",
        title="Metrics for Prometheus",
        about="Consumers, connections by status, seconds since each source was last heard, age of the worker’s pulse.",
        scope="read",
    ),
)


def docs(request: HttpRequest) -> HttpResponse:
    """Show the API."""
    context = {"endpoints": [endpoint for endpoint in ENDPOINTS if endpoint.path]}
    return render(request, "dashboard/api_docs.html", context)
