import pytest
from django.test import RequestFactory

from dashboard import errors

pytestmark = pytest.mark.django_db


def test_page_of_an_unknown_address_is_for_people(client):
    response = client.get("/no/such/page")
    assert response.status_code == 404
    assert "Nothing here" in response.content.decode()


def test_unknown_address_of_the_api_is_for_programs(client):
    response = client.get("/api/v1/nothing")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_page_asks_the_database_nothing(status, django_assert_num_queries):
    request = RequestFactory().get("/")  # as when middleware broke: no user, no session
    with django_assert_num_queries(0):
        assert errors.error_page(request, status).status_code == status
