"""Consumers deleted on the screen: who did it, and how long it can be taken back."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from common.middleware import request_now
from common.roles import admin_required
from consumers.models import Consumer
from dashboard.pages.consumer import days_left

_PAGE = 50


@dataclass(frozen=True)
class Row:
    """A deleted consumer, and in how many days it is erased."""

    consumer: Consumer
    days_left: int | None


@admin_required
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """List them, the latest first."""
    now = request_now(request)
    page = Paginator(Consumer.objects.removed(), _PAGE).get_page(request.GET.get("page"))
    rows = [Row(consumer, days_left(consumer, now)) for consumer in page]
    return render(request, "dashboard/admin/deleted.html", {"page": page, "rows": rows})
