"""connmon's addresses, and a page that says hello to whoever has signed in."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path


def hello(request: HttpRequest) -> HttpResponse:
    """Answer with nothing but the name, behind the same middleware as every page."""
    return HttpResponse(f"hello {request.user}")


urlpatterns: list[URLPattern | URLResolver] = [path("hello/", hello), path("", include("connmon.urls"))]
