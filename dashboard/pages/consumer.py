"""One consumer: its facts, its standing, its connections, its timeline and the links made for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Min, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from common.middleware import request_now
from common.reading import shows_events
from connections.models import Connection, Status, StatusChange
from consumers.models import ConnectionIssue, Consumer
from dashboard import issues, seven_days, timeline
from dashboard.activations import Shown, show
from dashboard.issues import Meaning
from dashboard.models import ShareLink
from syncs.models import Activation

_MOST_CONNECTIONS = 200
_MOST_ACTIVATIONS = 200
_MOST_LINKS = 3

_URGENCY = Case(When(status=Status.FAILED, then=Value(0)), When(status=Status.PENDING, then=Value(1)), default=Value(2))


@dataclass(frozen=True)
class Standing:
    """The issue of a consumer in words, what it means, and since when."""

    text: str
    meaning: Meaning
    since: datetime | None


@shows_events
@require_safe
def consumer(request: HttpRequest, consumerid: str) -> HttpResponse:
    """Show one consumer; a deleted one too, for its history."""
    row = get_object_or_404(Consumer.objects.select_related("owner"), consumerid=consumerid)
    now = request_now(request)
    context = {
        "now": now,
        "consumer": row,
        "standing": standing(row),
        "connections": connections(row),
        "connection_count": row.active_count + row.pending_count + row.failed_count,
        "latest_errors": seven_days.latest_errors(row),
        "timeline": timeline.of_consumer(
            StatusChange.objects.filter(connection__consumer=row), page=timeline.page_number(request)
        ),
        "activations": activations(row),
        "links": working_links(row, now),
        "days_left": days_left(row, now),
    }
    return render(request, "dashboard/consumer.html", context)


def standing(row: Consumer) -> Standing | None:
    """Return what is wrong with a live consumer, in one query."""
    if not row.is_live or not row.issue:
        return None
    issue = ConnectionIssue(row.issue)
    found = list(
        Connection.objects.filter(consumer=row, is_deleted=False, status=issues.STATUS_OF.get(issue, ""))
        .values_list("connector__name")
        .annotate(since=Min("status_since"))
        .order_by("connector__name_key", "connector_id")
    )
    text = issues.words(issue, (name for name, _ in found))
    return Standing(text, issues.MEANINGS[issue], min((since for _, since in found), default=None))


def connections(row: Consumer) -> list[Connection]:
    """Return its connections, what needs somebody first; of a deleted consumer too."""
    rows = Connection.objects.filter(consumer=row, is_deleted=False).select_related("connector__unified_api")
    return list(rows.order_by(_URGENCY, "connector__name_key", "id")[:_MOST_CONNECTIONS])


def activations(row: Consumer) -> list[Shown]:
    """Return what it tried of the syncs that exist, in two queries; of a deleted consumer too."""
    rows = Activation.objects.filter(consumer=row, is_deleted=False, sync_is_live=True).select_related("sync")
    return show(rows.order_by("sync__name_key", "sync_id")[:_MOST_ACTIVATIONS])


def working_links(row: Consumer, now: datetime) -> list[ShareLink]:
    """Return the latest links that open their page."""
    return list(ShareLink.objects.working(now).filter(consumer=row).select_related("created_by")[:_MOST_LINKS])


def days_left(row: Consumer, now: datetime) -> int | None:
    """Return in how many days a deleted consumer is erased, begun days included; None when it was not removed."""
    if row.erased_at is None:
        return None
    return max(0, -(-(row.erased_at - now) // timedelta(days=1)))
