"""GET /api/v1/consumers, /api/v1/connections and /api/v1/activations: the lists, with the filters of their pages."""

from django.http import HttpRequest, HttpResponse

from dashboard.lists import views
from dashboard.lists.activations import ActivationList
from dashboard.lists.connections import ConnectionList
from dashboard.lists.consumers import ConsumerList
from sources.access import reading_api


@reading_api
def consumers(request: HttpRequest) -> HttpResponse:
    """Answer consumers."""
    return views.api(request, ConsumerList())


@reading_api
def connections(request: HttpRequest) -> HttpResponse:
    """Answer connections."""
    return views.api(request, ConnectionList())


@reading_api
def activations(request: HttpRequest) -> HttpResponse:
    """Answer activations."""
    return views.api(request, ActivationList())
