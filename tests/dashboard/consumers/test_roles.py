"""Who may do what on the pages of consumers and connections; and that looking changes nothing."""

import pytest
from django.db import connection as db
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry
from consumers.models import Consumer
from dashboard.models import ShareLink
from dashboard.sharing import make_link
from tests import make

pytestmark = pytest.mark.django_db

READ = ["/consumers/anna/", "/consumers/anna/links/", "/connections/c-1/"]
ASK = ["/consumers/anna/edit/", "/consumers/anna/delete/"]
WRITE = [*ASK, "/consumers/anna/links/", "/consumers/anna/links/1/revoke/", "/connections/c-1/settings/"]
ADMINS_WRITE = ["/consumers/anna/restore/"]


@pytest.fixture(autouse=True)
def anna(db):
    anna = make.consumer("Anna", consumerid="anna")
    make.connection(key="c-1", consumer=anna, connector=make.connector("Odoo"), status="failed")
    return anna


@pytest.mark.parametrize("path", [*READ, *WRITE, *ADMINS_WRITE])
@pytest.mark.parametrize("method", ["get", "post", "head"])
def test_signed_out_people_are_sent_to_sign_in(client, path, method):
    answer = getattr(client, method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("path", [*WRITE, *ADMINS_WRITE])
def test_viewers_may_not_write(as_viewer, path):
    assert as_viewer.post(path, {"days": 7, "name": "X", "flow": "source"}).status_code == 403
    assert not AuditEntry.objects.exists()
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize("path", ASK)
def test_viewers_may_not_even_be_asked(as_viewer, path):
    assert as_viewer.get(path).status_code == 403


def test_operators_may_not_take_a_deletion_back(as_operator):
    as_operator.post("/consumers/anna/delete/")
    assert as_operator.post("/consumers/anna/restore/").status_code == 403
    assert not Consumer.objects.live().exists()


@pytest.mark.parametrize("path", READ)
def test_viewers_read_everything_and_see_no_button_for_what_they_may_not_do(as_viewer, path):
    page = as_viewer.get(path)
    assert page.status_code == 200
    text = page.content.decode()
    assert "/edit/" not in text
    assert "/delete/" not in text
    assert "/revoke/" not in text
    assert "/settings/" not in text
    assert text.count("<form") == 1  # sign out


@pytest.mark.parametrize("path", [*READ, *ASK])
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(as_admin, anna, path, method):
    make_link(consumerid="anna", days=7, by=make.user(), now=timezone.now())
    with CaptureQueriesContext(db) as queries:
        assert getattr(as_admin, method)(path).status_code == 200
    written = [q["sql"] for q in queries if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert written == []


@pytest.mark.parametrize(
    "path", ["/consumers/anna/restore/", "/consumers/anna/links/1/revoke/", "/connections/c-1/settings/"]
)
def test_what_only_changes_can_not_be_opened(as_admin, path):
    assert as_admin.get(path).status_code == 405


@pytest.mark.parametrize("path", [*READ, *WRITE, *ADMINS_WRITE])
def test_what_is_unknown_is_404(as_admin, path):
    path = path.replace("anna", "nobody").replace("c-1", "nothing")
    assert as_admin.post(path).status_code in {404, 405}
    assert as_admin.get(path).status_code in {404, 405}


@pytest.mark.parametrize("path", WRITE)
def test_a_form_without_its_token_is_refused(path, operator):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post(path).status_code == 403
