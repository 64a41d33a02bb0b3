"""API keys: what may send records, and what may read."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.roles import admin_required
from dashboard.admin import changes
from dashboard.admin.forms import KeyForm, applied
from dashboard.auditing import by
from sources.models import ApiKey

_PAGE = 50

_takes_forms = require_http_methods(["GET", "HEAD", "POST"])

_EXAMPLE = """\
# $KEY is the key above
curl -H "Authorization: Bearer $KEY" \\
  {url}/api/v1/overview"""


@admin_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """List all keys; none of them is known in full."""
    page = Paginator(ApiKey.objects.for_list(), _PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/admin/keys.html", {"page": page})


@admin_required
@_takes_forms
@never_cache
def create(request: HttpRequest) -> HttpResponse:
    """Make a key; the answer shows it, this once, so it is no redirect and nothing keeps a copy."""
    form = KeyForm(request.POST or None)
    made = applied(
        form,
        lambda: changes.create_key(by(request), name=form.cleaned_data["name"], scope=form.cleaned_data["scope"]),
    )
    if made:
        key, raw = made
        context = {"key": key, "raw": raw, "example": _EXAMPLE.format(url=settings.PUBLIC_URL)}
        return render(request, "dashboard/admin/key_made.html", context)
    return render(request, "dashboard/admin/key_new.html", {"form": form})


@admin_required
@_takes_forms
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then close a key for good."""
    key = get_object_or_404(ApiKey.objects.select_related("source"), pk=pk)
    if request.method != "POST":
        return render(request, "dashboard/admin/key_revoke.html", {"key": key})
    changes.revoke_key(by(request), key=key)
    messages.success(request, f"The key “{key.source.name}” opens nothing any more.")
    return redirect("api-keys")
