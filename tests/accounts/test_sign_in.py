import pytest
from django.conf import settings
from django.test import Client

from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

PRIVATE = (
    "/",
    "/unified-apis/Accounting/",
    "/connectors/odoo/",
    "/preferences/",
    "/preferences/password/",
    "/api/docs",
)


def sign_in(client, **fields):
    return client.post("/sign-in/", {"username": "vera", "password": PASSWORD, **fields})


@pytest.mark.parametrize("path", PRIVATE)
def test_signed_out_is_sent_to_sign_in_and_back(client, path):
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={path}"


def test_sign_in_leads_to_the_overview(client, viewer):
    response = sign_in(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/").status_code == 200


def test_sign_in_needs_the_token_of_the_form(viewer):
    strict = Client(enforce_csrf_checks=True)
    refused = strict.post("/sign-in/", {"username": "vera", "password": PASSWORD})
    assert refused.status_code == 403
    assert "out of date" in refused.content.decode()


def test_sign_in_leads_back_to_where_one_came_from(client, viewer):
    response = sign_in(client, next="/connectors/odoo/?a=1")
    assert response["Location"] == "/connectors/odoo/?a=1"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_sign_in_never_leads_elsewhere(client, viewer, elsewhere):
    page = client.get("/sign-in/", {"next": elsewhere})
    assert elsewhere not in page.content.decode()
    assert sign_in(client, next=elsewhere)["Location"] == "/"


@pytest.mark.parametrize("username", ["vera", "nobody", "gone"])
def test_wrong_password_says_the_same_whoever_it_is(client, viewer, username):
    type(viewer).objects.create_user("gone", PASSWORD)
    type(viewer).objects.filter(username="gone").update(is_active=False)
    response = client.post("/sign-in/", {"username": username, "password": "wrong"})
    assert response.status_code == 200
    assert "Name or password is wrong." in response.content.decode()


def test_inactive_person_stays_out(client, viewer):
    type(viewer).objects.update(is_active=False)
    assert sign_in(client).status_code == 200
    assert client.get("/").status_code == 302


def test_signed_in_person_needs_no_sign_in(as_viewer):
    assert as_viewer.get("/sign-in/")["Location"] == "/"


def test_too_many_attempts_close_the_door(client, viewer):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = sign_in(client, password="wrong")
    assert answer.status_code == 429
    assert "15 minutes" in answer.content.decode()
    assert sign_in(client).status_code == 429


def test_sign_out_takes_post_only(as_viewer):
    assert as_viewer.get("/sign-out/").status_code == 405
    assert as_viewer.post("/sign-out/")["Location"] == "/sign-in/"
    assert as_viewer.get("/").status_code == 302


def test_every_answer_carries_the_policy(client, as_viewer):
    for response in (
        client.get("/sign-in/"),
        as_viewer.get("/"),
        as_viewer.get("/no/such/page"),
        client.get("/healthz"),
    ):
        policy = response["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
