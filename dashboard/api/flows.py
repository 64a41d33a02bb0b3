"""GET /api/v1/flows: the numbers of the data flows, the same that the page draws."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone

from common import times
from common.middleware import request_now
from common.problems import ProblemError
from common.snapshots import one_snapshot
from common.windows import Window, WindowError, read_window
from connections.models import Connection, Flow
from dashboard import cards, flows, pickers
from dashboard.flows import Flows, Series
from sources.access import reading_api

_MOST_NAMED = 100

_SOURCE = ("created", "updated")
_DESTINATION = ("sent",)
_ERRORS = ("business", "technical")


@dataclass(frozen=True, slots=True)
class _Listed:
    """The connections that an answer holds one by one; `is_truncated`: there are more."""

    rows: dict[int, tuple[str, str]]  # id → key, flow
    counts: list[tuple[int, int]]  # id, business errors, most first
    is_truncated: bool


@reading_api
def flows_api(request: HttpRequest) -> HttpResponse:
    """Answer what flowed over all and through each tracked connection, and the cards."""
    now = request_now(request)
    window, named = _window(request), _named(request.GET)
    with one_snapshot():
        freshness = flows.freshness(now=now)
        everything = flows.of_all(window)
        listed = _listed(window, named)
        each = flows.of_connections(listed.rows, window, has_before=False)
    body = {
        "as_of": times.iso(freshness.as_of),
        "window": {
            "tz": window.zone,
            "days": [day.isoformat() for day in window.days],
            "from": times.iso(window.starts_at),
            "to": times.iso(window.ends_at),
        },
        "source": _block(everything, listed, each, window, kinds=_SOURCE, flow=Flow.SOURCE),
        "destination": _block(everything, listed, each, window, kinds=_DESTINATION, flow=Flow.DESTINATION),
        "errors": _block(everything, listed, each, window, kinds=_ERRORS, flow=""),
        "cards": [{"connection": listed.rows[pk][0], "business_errors": count} for pk, count in listed.counts],
    }
    return JsonResponse(body | ({"truncated": True} if listed.is_truncated else {}))


def _window(request: HttpRequest) -> Window:
    try:
        return read_window(request.GET, zone=str(timezone.get_current_timezone()), now=request_now(request))
    except WindowError as error:
        raise ProblemError(400, f"{error.field}: {error}") from None


def _named(query: QueryDict) -> list[str]:
    named = query.getlist("connection")
    if len(named) > _MOST_NAMED:
        raise ProblemError(400, f"connection: name at most {_MOST_NAMED} of them, not {len(named)}")
    return named


def _listed(window: Window, named: list[str]) -> _Listed:
    """Choose the connections: those named; else all, or where they are too many, those with most business errors."""
    tracked = cards.tracked()
    is_truncated = not named and tracked.total > cards.MOST
    limit = cards.PAGE if is_truncated else cards.MOST
    within = _those(named) if named else None
    counts = cards.counts(window, limit=limit, within=within)
    rows = Connection.objects.filter(pk__in=[pk for pk, _ in counts]).values_list("pk", "key", "flow")
    return _Listed({pk: (key, flow) for pk, key, flow in rows}, counts, is_truncated)


def _those(keys: list[str]) -> QuerySet[Connection]:
    """Return the tracked ones of the connections named; of others nothing is told, as of any unknown key."""
    return pickers.tracked_connections().filter(key__in=[key for key in keys if "\x00" not in key])


def _block(
    everything: Flows, listed: _Listed, each: dict[int, Flows], window: Window, *, kinds: tuple[str, ...], flow: str
) -> dict[str, object]:
    members = {key: each[pk] for pk, (key, of) in listed.rows.items() if not flow or of == flow}
    connections = {key: _sums(sums, kinds, window) for key, sums in members.items()}
    return {"all": _sums(everything, kinds, window), "connections": connections}


def _sums(sums: Flows, kinds: tuple[str, ...], window: Window) -> dict[str, object]:
    return {kind: _series(getattr(sums, kind), window) for kind in kinds}


def _series(series: Series, window: Window) -> dict[str, object]:
    daily = {day.isoformat(): count for day, count in zip(window.days, series.daily, strict=True)}
    return {"daily": daily, "total": series.total}
