"""One connection: its facts, its status and the history of it, its settings."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from common.middleware import request_now
from common.roles import operator_required
from connections.models import Connection
from connections.services import NotTrackableError
from dashboard import changes, seven_days, timeline
from dashboard.auditing import by
from dashboard.forms import ConnectionSettingsForm


@require_safe
def connection(request: HttpRequest, key: str) -> HttpResponse:
    """Show one connection; a deleted one too, for its history."""
    row = _get(key)
    form = ConnectionSettingsForm(initial={"flow": row.flow, "tracked": row.is_tracked})
    return _page(request, row, form)


@operator_required
@require_POST
def settings(request: HttpRequest, key: str) -> HttpResponse:
    """Set flow and tracked of a connection."""
    form = ConnectionSettingsForm(request.POST)
    if form.is_valid():
        try:
            changed = changes.set_connection(by(request), key=key, **form.cleaned_data)
        except Connection.DoesNotExist as error:
            raise Http404 from error
        except NotTrackableError as error:
            form.add_error("tracked", error)
        else:
            messages.success(request, "Saved." if changed else "Nothing to save: it is as it was.")
            return redirect("connection", key)
    return _page(request, _get(key), form)


def _get(key: str) -> Connection:
    rows = Connection.objects.select_related("consumer", "connector__unified_api", "owner")
    return get_object_or_404(rows, key=key)


def _page(request: HttpRequest, row: Connection, form: ConnectionSettingsForm) -> HttpResponse:
    now = request_now(request)
    page = timeline.page_number(request)
    context = {
        "now": now,
        "connection": row,
        "form": form,
        "seven_days": seven_days.of_connection(row, now=now),
        "timeline": timeline.of_connection(row.status_changes.all(), page=page, now=now),
    }
    return render(request, "dashboard/connection.html", context)
