"""Sources of data: where records come from, and when each was last heard."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from common.middleware import request_now
from common.roles import admin_required
from dashboard.admin import changes
from dashboard.admin.chift import Told, tell
from dashboard.admin.forms import NameForm, applied
from dashboard.auditing import by
from ingest import services
from ingest.services import ImportRun
from sources.models import Source

_PAGE = 50

_takes_forms = require_http_methods(["GET", "HEAD", "POST"])
_FRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Row:
    """A source with what its row says about it."""

    source: Source
    status: str
    can_be_renamed: bool
    is_silent: bool
    last: Told | None


@admin_required
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """List all sources."""
    page = Paginator(Source.objects.for_list(), _PAGE).get_page(request.GET.get("page"))
    now = request_now(request)
    last = services.last_runs([source for source in page if source.kind == Source.Kind.CHIFT])
    rows = [_row(source, last.get(source.pk), now) for source in page]
    return render(request, "dashboard/admin/sources.html", {"page": page, "rows": rows})


@admin_required
@_takes_forms
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the source of an API key another name."""
    source = get_object_or_404(Source, pk=pk, kind=Source.Kind.API)
    form = NameForm(request.POST or None, initial={"name": source.name})
    who = by(request)
    if applied(form, lambda: changes.rename_source(who, source=source, name=form.cleaned_data["name"])):
        messages.success(request, f"The source is called “{source.name}” now.")
        return redirect("sources")
    return render(request, "dashboard/admin/source_rename.html", {"form": form})


def _row(source: Source, last: ImportRun | None, now: datetime) -> Row:
    account = getattr(source, "chift", None)
    return Row(
        source,
        _status(source, now),
        can_be_renamed=source.kind == Source.Kind.API,
        is_silent=account is not None and account.is_silent(now),
        last=tell(last, now) if last else None,
    )


def _status(source: Source, now: datetime) -> str:
    """Return the sign of a source: what was heard within the hour is active, what is silent failed."""
    key, account = getattr(source, "api_key", None), getattr(source, "chift", None)
    if key and key.revoked_at:
        return "deleted"
    if account and account.is_silent(now):
        return "failed"
    heard = source.last_heard_at
    return "active" if heard and now - heard < _FRESH else "none"
