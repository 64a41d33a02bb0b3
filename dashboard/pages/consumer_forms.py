"""Edit, delete and restore a consumer."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.views.decorators.http import require_http_methods, require_POST

from common.addresses import address
from common.middleware import request_now
from common.roles import admin_required, operator_required
from connections.models import Connection
from consumers.models import Consumer
from consumers.services import TooLateError
from dashboard import changes
from dashboard.auditing import by
from dashboard.forms import ConsumerForm
from dashboard.models import ShareLink
from syncs.models import Activation

_TOAST_NAME = 60  # characters: a toast covers what is below it

_takes_forms = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Loss:
    """What leaves the numbers with a consumer."""

    tracked: int
    activations: int
    active_activations: int
    links: int


@operator_required
@_takes_forms
def edit(request: HttpRequest, consumerid: str) -> HttpResponse:
    """Change the facts of a consumer."""
    row = get_object_or_404(Consumer.objects.live(), consumerid=consumerid)
    form = ConsumerForm(row, request.POST or None)
    if not form.is_valid():
        return render(request, "dashboard/consumer_edit.html", {"consumer": row, "form": form})
    try:
        changed = changes.edit_consumer(by(request), consumerid=consumerid, values=form.cleaned_data)
    except Consumer.DoesNotExist as error:  # deleted since it was loaded
        raise Http404 from error
    messages.success(request, "Saved." if changed else "Nothing to save: it is as it was.")
    return redirect("consumer", consumerid)


@operator_required
@_takes_forms
def delete(request: HttpRequest, consumerid: str) -> HttpResponse:
    """Ask, then delete a consumer; admins are offered to take it back."""
    row = get_object_or_404(Consumer, consumerid=consumerid)
    who = by(request)
    if request.method == "POST" and changes.remove_consumer(who, consumerid=consumerid):
        undo = reverse("consumer-restore", args=[consumerid]) if who.actor.is_admin else ""
        messages.success(request, f"{_short(row.name)} was deleted.", extra_tags=undo)
        return redirect(address("consumers") or reverse("consumer", args=[consumerid]))
    if request.method == "POST" or not row.is_live:
        return redirect("consumer", consumerid)
    return render(request, "dashboard/consumer_delete.html", {"consumer": row, "loss": loss(request, row)})


@admin_required
@require_POST
def restore(request: HttpRequest, consumerid: str) -> HttpResponse:
    """Take a deletion back."""
    row = get_object_or_404(Consumer, consumerid=consumerid)
    try:
        restored = changes.restore_consumer(by(request), consumerid=consumerid)
    except TooLateError as error:
        messages.error(request, error.message)
        return redirect("consumer", consumerid)
    if restored and restored.is_live:
        messages.success(request, f"{_short(row.name)} is back, with all that is its own. Its old links stay closed.")
    elif restored:
        messages.warning(request, "The deletion was taken back, but its feed deleted it too: a record brings it back.")
    return redirect("consumer", consumerid)


def loss(request: HttpRequest, row: Consumer) -> Loss:
    """Return what leaves the numbers, beyond what the consumer's own row says, in three queries."""
    activations = Activation.objects.live().filter(consumer=row)
    numbers = activations.aggregate(total=Count("id"), active=Count("id", filter=Q(status="active")))
    return Loss(
        tracked=Connection.objects.live().filter(consumer=row, is_tracked=True).count(),
        activations=numbers["total"],
        active_activations=numbers["active"],
        links=ShareLink.objects.working(request_now(request)).filter(consumer=row).count(),
    )


def _short(name: str) -> str:
    return Truncator(name).chars(_TOAST_NAME)
