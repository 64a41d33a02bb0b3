"""The writing API: POST /api/v1/records, and the schema of a record."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from common.middleware import request_now
from common.problems import ProblemError, allow, answers_problems
from ingest import pipeline, schema
from ingest.body import MEBIBYTE, discard_body, read_body
from ingest.pipeline import Outcome
from ingest.records import BodyError, Parsed, Problem, TooManyRecords, parse_array, parse_ndjson
from sources.access import reading_api, writing_key

MOST_BYTES = 16 * MEBIBYTE  # unpacked
MOST_ERRORS = 1_000

_NDJSON = "application/x-ndjson"
_JSON = "application/json"
_PARSERS = {_NDJSON: parse_ndjson, _JSON: parse_array}


def _reads_to_the_end(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let who sent a key that is in use finish sending, whatever the answer; others are cut off."""

    @wraps(view)
    def answer(request: HttpRequest, /) -> HttpResponseBase:
        response = view(request)
        if response.status_code not in {200, 401, 405}:
            discard_body(request)
        return response

    return answer


@csrf_exempt
@login_not_required
@_reads_to_the_end
@answers_problems
def post_records(request: HttpRequest) -> HttpResponse:
    """Take records in, and say what became of each."""
    allow(request, "POST")
    key = writing_key(request)
    outcome = pipeline.apply(_parsed(request), source=key.source, now=request_now(request))
    return JsonResponse(_answer(outcome))


@reading_api
def record_schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (a view)
    """Return the JSON Schema of a record."""
    return JsonResponse(schema.record_schema(), content_type="application/schema+json")


def _parsed(request: HttpRequest) -> list[Parsed]:
    content_type, is_packed = _content_type(request), _is_packed(request)
    body = read_body(request, most=MOST_BYTES, is_packed=is_packed)
    try:
        return _PARSERS[content_type](body)
    except TooManyRecords as error:
        raise ProblemError(413, str(error)) from error
    except BodyError as error:
        raise ProblemError(400, str(error)) from error


def _content_type(request: HttpRequest) -> str:
    charset = (request.content_params or {}).get("charset", "utf-8")
    if request.content_type not in _PARSERS or charset.lower() not in {"utf-8", "utf8"}:
        raise ProblemError(415, f"Send {_NDJSON} (one record a line) or {_JSON} (an array), in UTF-8.")
    return str(request.content_type)


def _is_packed(request: HttpRequest) -> bool:
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if encoding not in {"gzip", "x-gzip", "identity"}:
        raise ProblemError(415, "Send the body as it is, or packed with gzip.", headers={"Accept-Encoding": "gzip"})
    return encoding != "identity"


def _answer(outcome: Outcome) -> dict[str, object]:
    answer: dict[str, object] = {
        "accepted": outcome.accepted,
        "duplicate": outcome.duplicate,
        "stale": outcome.stale,
        "rejected": outcome.rejected,
        "errors": [_error(problem) for problem in outcome.problems[:MOST_ERRORS]],
    }
    if outcome.rejected > MOST_ERRORS:
        answer["errors_truncated"] = True
    return answer


def _error(problem: Problem) -> dict[str, object]:
    return {
        "index": problem.index,
        "type": problem.type,
        "code": problem.code,
        "path": problem.path,
        "message": problem.message,
    }
