"""GET /api/v1/syncs and /api/v1/syncs/KEY: where the activations of each sync stand."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from common.problems import ProblemError
from dashboard import sync_kpis
from dashboard.sync_kpis import StepNumbers, SyncNumbers
from sources.access import reading_api


@reading_api
def syncs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (a view)
    """Answer the numbers of every sync, by name."""
    return JsonResponse({"results": [_sync(numbers) for numbers in sync_kpis.all_syncs()]})


@reading_api
def sync(request: HttpRequest, key: str) -> HttpResponse:  # noqa: ARG001 (a view)
    """Answer the numbers of one sync."""
    numbers = sync_kpis.one_sync(key)
    if numbers is None:
        raise ProblemError(404, "There is no sync of that key.")
    return JsonResponse(_sync(numbers))


def _sync(numbers: SyncNumbers) -> dict[str, object]:
    return {
        "sync": numbers.key,
        "name": numbers.name,
        "attempts": numbers.attempts,
        "active": numbers.active,
        "active_with_issue": numbers.active_with_issue,
        "activation_rate": numbers.activation_rate,
        "steps": [_step(step) for step in numbers.steps],
    }


def _step(step: StepNumbers) -> dict[str, object]:
    return {"step": step.step, "reached": step.reached, "stuck": step.stuck, "issues": dict(step.issues)}
