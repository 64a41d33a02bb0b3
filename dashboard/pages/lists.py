"""The lists of consumers and connections: pages and CSV."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from dashboard.lists import views
from dashboard.lists.connections import ConnectionList
from dashboard.lists.consumers import ConsumerList


@require_safe
def consumers(request: HttpRequest) -> HttpResponse:
    """Show consumers."""
    return views.page(request, ConsumerList())


@require_safe
def consumers_csv(request: HttpRequest) -> HttpResponseBase:
    """Download consumers."""
    return views.export(request, ConsumerList())


@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """Show connections."""
    return views.page(request, ConnectionList())


@require_safe
def connections_csv(request: HttpRequest) -> HttpResponseBase:
    """Download connections."""
    return views.export(request, ConnectionList())
