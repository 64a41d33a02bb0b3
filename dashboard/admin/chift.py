"""Chift sources: add, change, test, import now, cancel, pause; their runs and webhook deliveries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.middleware import request_now
from common.roles import admin_required
from common.times import span
from dashboard.admin import chift_changes
from dashboard.admin.forms import ChiftForm, applied
from dashboard.auditing import by
from ingest import services
from ingest.services import ImportRun, PlatformError, WebhookDelivery
from sources.models import ChiftAccount

_PAGE = 50
_SIGNS = {"": "pending", "complete": "active", "partial": "partial", "failed": "failed", "cancelled": "disabled"}

_takes_forms = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Told:
    """A run in words: its sign, how long it took, and how much of it is done, in percent."""

    run: ImportRun
    sign: str
    lasted: str
    percent: int


def tell(run: ImportRun, now: datetime) -> Told:
    """Put a run into words."""
    percent = run.done * 100 // run.total if run.total else 0
    return Told(run, _SIGNS[run.outcome], span(max(run.lasted(now), timedelta(0))), percent)


@admin_required
@_takes_forms
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Make a Chift source; nothing is asked of the platform yet."""
    form = ChiftForm(request.POST or None)
    who = by(request)
    account = applied(form, lambda: chift_changes.create(who, name=form.cleaned_data["name"], settings=form.settings()))
    if account:
        messages.success(request, f"The source “{account.source.name}” is there. Test it, then import it.")
        return redirect("chift-source", account.source_id)
    return render(request, "dashboard/admin/chift_form.html", {"form": form})


@admin_required
@_takes_forms
@never_cache
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how a source is reached; its secrets can be replaced, never read."""
    account = _account(pk)
    form = ChiftForm(request.POST or None, account=account)
    who = by(request)
    if applied(form, lambda: chift_changes.change(who, account=account, settings=form.settings())):
        messages.success(request, "Saved.")
        return redirect("chift-source", pk)
    return render(request, "dashboard/admin/chift_form.html", {"form": form, "account": account})


@admin_required
@require_safe
@never_cache
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a source with its last run; the run alone when htmx asks how it goes."""
    account, now = _account(pk), request_now(request)
    last = services.last_runs([account.source]).get(pk)
    context = {
        "account": account,
        "last": tell(last, now) if last else None,
        "is_silent": account.is_silent(now),
        "webhook_url": f"{settings.PUBLIC_URL}{reverse('chift-webhook', args=[account.source.name])}",
        "refused": services.refused(account.source),
    }
    is_fragment = getattr(request, "htmx", None) and request.htmx.target == "run"  # type: ignore[attr-defined]
    return render(request, f"dashboard/admin/{'chift_run' if is_fragment else 'chift_source'}.html", context)


@admin_required
@require_safe
def runs(request: HttpRequest, pk: int) -> HttpResponse:
    """List the runs of a source."""
    account, now = _account(pk), request_now(request)
    page = Paginator(services.runs_of(account.source), _PAGE).get_page(request.GET.get("page"))
    context = {"account": account, "page": page, "rows": [tell(run, now) for run in page]}
    return render(request, "dashboard/admin/chift_runs.html", context)


@admin_required
@require_safe
def deliveries(request: HttpRequest, pk: int) -> HttpResponse:
    """List the webhook deliveries of a source."""
    account = _account(pk)
    page = Paginator(services.deliveries_of(account.source), _PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/admin/chift_deliveries.html", {"account": account, "page": page})


@admin_required
@require_POST
def run_now(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for an import now."""
    if chift_changes.ask_import(by(request), account=_account(pk)):
        messages.success(request, "The import begins as soon as a worker is free.")
    else:
        messages.error(request, "The import could not be asked for: the queue is away. Try again.")
    return redirect("chift-source", pk)


@admin_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the import under way to end; what it has written stays."""
    if chift_changes.cancel(by(request), account=_account(pk)):
        messages.success(request, "The import ends within seconds. What it has read stays.")
    else:
        messages.warning(request, "No import was under way.")
    return redirect("chift-source", pk)


def _pausing(*, paused: bool) -> Callable[[HttpRequest, int], HttpResponseBase]:
    @admin_required
    @require_POST
    def change(request: HttpRequest, pk: int) -> HttpResponse:
        chift_changes.set_paused(by(request), account=_account(pk), paused=paused)
        messages.success(request, "Scheduled imports are paused." if paused else "Scheduled imports go on.")
        return redirect("chift-source", pk)

    return change


pause = _pausing(paused=True)
resume = _pausing(paused=False)


@admin_required
@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign in at the platform and say what was found; nothing is imported."""
    try:
        messages.success(request, services.check(_account(pk).source))
    except PlatformError as error:
        messages.error(request, f"The test failed. {error}")
    return redirect("chift-source", pk)


@admin_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Apply a delivery once more."""
    delivery = get_object_or_404(WebhookDelivery.objects.select_related("source").defer("body"), pk=pk)
    if chift_changes.run_again(by(request), delivery=delivery):
        messages.success(request, "The delivery is applied again within seconds.")
    else:
        messages.warning(request, "There is nothing to do again for this delivery.")
    return redirect("chift-deliveries", delivery.source_id)


def _account(pk: int) -> ChiftAccount:
    return get_object_or_404(ChiftAccount.objects.select_related("source"), source=pk)
