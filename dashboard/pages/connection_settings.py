"""Flow and tracked of all connections that the filters of a list leave."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from common.roles import operator_required
from connections.services import NotTrackableError
from dashboard import changes
from dashboard.auditing import by
from dashboard.changes import OtherRowsError
from dashboard.forms import ManySettingsForm
from dashboard.lists.connections import ConnectionList
from dashboard.lists.filters import ListFilters


@operator_required
@require_http_methods(["GET", "HEAD", "POST"])
def of_all(request: HttpRequest) -> HttpResponse:
    """Ask for the settings and say of how many connections; set them once that is confirmed."""
    listing = ConnectionList()
    filters = listing.asked(request.GET)
    if filters.problems:
        return HttpResponseBadRequest("These filters can not be read.")
    form = ManySettingsForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid() and _set(request, form, filters):
        query = filters.query()
        return redirect(f"{reverse(listing.page)}{'?' if query else ''}{query}")
    return _ask(request, listing, filters, form)


def _set(request: HttpRequest, form: ManySettingsForm, filters: ListFilters) -> bool:
    values = form.cleaned_data
    try:
        changed = changes.set_connections(
            by(request),
            rows=filters.qs,
            expected=values["count"],
            query=filters.query(without=["sort"]),
            flow=values["flow"] or None,
            tracked=values["tracked"],
        )
    except NotTrackableError as error:
        form.add_error("tracked", error)
        return False
    except OtherRowsError as error:
        form.add_error(None, f"There are {error.count:,} connections now. Look at the number below and apply again.")
        return False
    messages.success(request, f"Set {changed:,} of {values['count']:,} connections; the others were so already.")
    return True


def _ask(
    request: HttpRequest, listing: ConnectionList, filters: ListFilters, form: ManySettingsForm | None
) -> HttpResponse:
    count = filters.qs.order_by().count()
    if form is None:
        form = ManySettingsForm(initial={"count": count})
    elif form.non_field_errors():  # the number that is shown is the one to confirm
        form.data = {**form.data.dict(), "count": str(count)}  # type: ignore[attr-defined] # it is request.POST
    query = filters.query()
    context = {
        "form": form,
        "count": count,
        "chips": listing.chips(filters, listing.choices(filters)),
        "back": f"{reverse(listing.page)}{'?' if query else ''}{query}",
    }
    return render(request, "dashboard/lists/settings.html", context)
