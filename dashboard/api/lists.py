"""GET /api/v1/consumers and /api/v1/connections: the lists, with the filters of their pages."""

from django.http import HttpRequest, HttpResponse

from dashboard.lists import views
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
