"""The lists of consumers, activations and connections: pages and CSV."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard.lists import views
from dashboard.lists.activations import ActivationList
from dashboard.lists.connections import ConnectionList
from dashboard.lists.consumers import ConsumerList
from dashboard.sync_kpis import any_sync


@require_safe
def consumers(request: HttpRequest) -> HttpResponse:
    """Show consumers."""
    return views.page(request, ConsumerList())


@require_safe
def consumers_csv(request: HttpRequest) -> HttpResponseBase:
    """Download consumers."""
    return views.export(request, ConsumerList())


@require_safe
def activations(request: HttpRequest) -> HttpResponse:
    """Show activations; while no sync exists, there is no such page."""
    return views.page(request, _activations())


@require_safe
def activations_csv(request: HttpRequest) -> HttpResponseBase:
    """Download activations."""
    return views.export(request, _activations())


def _activations() -> ActivationList:
    if not any_sync():
        raise Http404
    return ActivationList()


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Show connections."""
    return views.page(request, ConnectionList())


@require_safe
def connections_csv(request: HttpRequest) -> HttpResponseBase:
    """Download connections."""
    return views.export(request, ConnectionList())
