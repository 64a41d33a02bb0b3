"""The audit log: who changed what, newest first."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import AuditEntry
from common.roles import admin_required

_PAGE = 50
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Change:
    """One value before and after; an empty text where there was none."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    """An entry with its changes side by side."""

    entry: AuditEntry
    changes: list[Change]


@admin_required
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """List entries, a page before the entry that the address names."""
    before = request.GET.get("before", "")
    entries = list(_before(before)[: _PAGE + 1])
    rows = [Row(entry, _changes(entry)) for entry in entries[:_PAGE]]
    older = entries[_PAGE - 1].pk if len(entries) > _PAGE else None
    return render(request, "dashboard/admin/audit_log.html", {"rows": rows, "older": older, "before": before})


def _before(key: str) -> QuerySet[AuditEntry]:
    """Return the entries older than that one; all, without a key. Entries are never deleted, so a key stays a place."""
    if not key:
        return AuditEntry.objects.all()
    if not (key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS):
        raise Http404
    last = get_object_or_404(AuditEntry, pk=key)
    return AuditEntry.objects.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))


def _changes(entry: AuditEntry) -> list[Change]:
    names = {**entry.before, **entry.after}
    return [Change(name, _shown(entry.before.get(name)), _shown(entry.after.get(name))) for name in names]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
