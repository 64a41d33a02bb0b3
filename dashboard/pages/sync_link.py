"""The sync link: how far a customer is with one sync, and what is missing."""

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from common.middleware import request_now
from connections.models import Connection
from dashboard import plain_sync
from dashboard.models import ShareLink
from dashboard.pages.public import gone, public_page, show
from dashboard.plain_sync import ToldSync
from ingest.services import has_platform_page
from syncs.models import Activation

_MOST_CONNECTIONS = 200


@public_page(ShareLink.Kind.SYNC)
def sync_link(request: HttpRequest, link: ShareLink) -> HttpResponse:
    """Show a customer their own steps of one sync."""
    activations = Activation.objects.live().select_related("sync").filter(consumer=link.consumer_id)
    row = activations.filter(sync=link.sync_id).first()
    if row is None:  # deleted since the link was found
        return gone(request)
    has_page = has_platform_page(link.consumer)
    context = {
        "now": request_now(request),
        "link": link,
        "name": link.consumer.name,
        "sync": row.sync,
        "told": told(row, has_page=has_page),
        "platform_url": "platform/" if has_page else "",
    }
    return show(request, "sync_link", context)


def told(row: Activation, *, has_page: bool = False) -> ToldSync:
    """Put an activation into plain words, in two queries. The integrator's own side is not shown."""
    slots = list(
        row.sync.requirements.filter(is_hidden=False).select_related("connector", "unified_api").order_by("position")
    )
    stands_in_a_slot = Q(connector__in=[slot.connector_id for slot in slots]) | Q(
        connector__unified_api__in=[slot.unified_api_id for slot in slots]
    )
    connections = (
        Connection.objects.live()
        .filter(stands_in_a_slot, consumer=row.consumer_id)
        .select_related("connector__unified_api")
        .order_by("connector__name_key", "id")[:_MOST_CONNECTIONS]
    )
    whom = {"company": settings.COMPANY_NAME, "support": settings.SUPPORT_CONTACT}
    return plain_sync.tell(row, slots, connections, **whom, has_page=has_page)
