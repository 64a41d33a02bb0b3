"""/webhooks/chift/NAME/: a signed event is stored and answered at once; what it asks for happens in the background."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from common.middleware import request_now
from common.problems import ProblemError, allow, answers_problems
from ingest import deliveries
from ingest.body import MEBIBYTE, read_body
from ingest.models import WebhookDelivery
from ingest.signatures import is_signed
from ingest.tasks import kick_deliveries
from sources.chift import find_account, webhook_secrets

MOST_BYTES = MEBIBYTE
_SIGNATURE = "X-Chift-Signature"


@csrf_exempt
@login_not_required
@answers_problems
def chift_webhook(request: HttpRequest, name: str) -> HttpResponse:
    """Take an event. 202 when it is signed, whatever it says; 401 otherwise, and then nothing is kept of it."""
    allow(request, "POST")
    body = read_body(request, most=MOST_BYTES)
    account = find_account(name=name)
    secrets = webhook_secrets(account) if account else []
    if account is None or not is_signed(body, request.headers.get(_SIGNATURE, ""), secrets):
        if account is not None:
            deliveries.count_refused(source=account.source)
        raise ProblemError(401, f"Sign the body with the webhook's secret, in the header {_SIGNATURE}.")
    delivery = deliveries.take(source=account.source, body=body, now=request_now(request))
    if delivery.state == WebhookDelivery.State.WAITING:
        kick_deliveries(account.source_id)
    return HttpResponse(status=202)
