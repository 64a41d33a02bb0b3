"""Administration is for admins, on every address and for every method."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from dashboard.admin.urls import urlpatterns

pytestmark = pytest.mark.django_db

ADDRESSES = [(pattern.name, [1] if "pk" in pattern.pattern.converters else []) for pattern in urlpatterns]


@pytest.fixture
def address(request):
    name, arguments = request.param
    return reverse(name, args=arguments)


every_address = pytest.mark.parametrize("address", ADDRESSES, indirect=True, ids=[name for name, _ in ADDRESSES])


@every_address
@pytest.mark.parametrize("method", ["get", "post", "head"])
@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_others_are_refused(client, address, method, role):
    client.force_login(User.objects.create(username="lotte", role=role))

    assert getattr(client, method)(address).status_code == 403
    assert not AuditEntry.objects.exists()


@every_address
@pytest.mark.parametrize("method", ["get", "post"])
def test_signed_out_people_are_sent_to_sign_in(client, address, method):
    response = getattr(client, method)(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/?next=/admin/")


@every_address
def test_form_without_its_token_is_refused(address):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create(username="anna", role="admin"))

    assert strict.post(address).status_code == 403


def test_what_a_role_may_not_do_is_not_shown(client):
    client.force_login(User.objects.create(username="lotte", role="operator"))

    assert "/admin/" not in client.get("/preferences/").content.decode()
