"""The consumer link: what is connected, what failed and why, and what to do, for the customer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common.middleware import request_now
from connections.models import Connection, Status
from consumers.models import Consumer
from dashboard import plain
from dashboard.models import ShareLink
from dashboard.pages.public import public_page, show
from dashboard.plain import Told
from ingest.services import has_platform_page

_MOST = 200


@public_page(ShareLink.Kind.CONSUMER)
def consumer_link(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Show a customer their own connections."""
    has_page = has_platform_page(link.consumer)
    told = connections(link.consumer, has_page=has_page)
    failed = [one for one in told if one.row.status == Status.FAILED]
    others = [one for one in told if one.row.status != Status.FAILED]
    context = {
        "now": request_now(request),
        "link": link,
        "name": link.consumer.name,
        "sentence": sentence(told),
        "failed": failed,
        "others": others,
        "platform_url": "platform/" if has_page else "",
    }
    return show(request, "consumer_link", context)


def connections(row: Consumer, *, has_page: bool = False) -> list[Told]:
    """Return the connections of a consumer in plain words, what is not finished before what works."""
    rows = Connection.objects.live().filter(consumer=row).select_related("connector__unified_api")
    by_name = rows.order_by("connector__name_key", "id")[:_MOST]
    whom = {"company": settings.COMPANY_NAME, "support": settings.SUPPORT_CONTACT}
    told = [plain.tell(one, **whom, has_page=has_page) for one in by_name]
    return sorted(told, key=lambda one: one.row.status == Status.ACTIVE)


def sentence(told: list[Told]) -> str:
    """Say in one sentence how things stand."""
    failed = sum(one.row.status == Status.FAILED for one in told)
    pending = sum(one.row.status == Status.PENDING for one in told)
    if not told:
        return "Nothing is connected yet, so there is nothing to repair."
    if failed:
        return "One connection needs you." if failed == 1 else f"{failed} connections need you."
    if pending:
        return "One connection is not finished." if pending == 1 else f"{pending} connections are not finished."
    works = "It works" if len(told) == 1 else "Everything works"
    return f"{works}; there is nothing for you to do."
