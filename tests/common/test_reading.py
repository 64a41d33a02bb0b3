"""Where requests read; with a real replica in tests/system/test_replica.py."""

from types import SimpleNamespace
from unittest import mock

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.db import InterfaceError, OperationalError, ProgrammingError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve, reverse

from common import reading, replica
from common.problems import answers_problems
from common.reading import ReadingMiddleware
from common.replica import PRIMARY, Place
from connmon import env
from tests.processes import environment

REPLICA = Place("replica")


@pytest.fixture
def chosen():
    """A replica that is there and complete."""
    with (
        mock.patch.object(replica, "is_configured", return_value=True),
        mock.patch.object(replica, "choose", return_value=REPLICA) as choose,
        mock.patch.object(replica, "leave"),
    ):
        yield choose


def ask(view, method="get", **extra):
    """Send a request through the middleware to a view, as Django does."""
    request = getattr(RequestFactory(), method)("/")
    request.resolver_match = SimpleNamespace(func=view, args=(), kwargs={})

    def respond(request):
        middleware.process_view(request, view, (), {})
        try:
            return view(request)
        except Exception as error:
            answer = middleware.process_exception(request, error)
            if answer is None:
                raise
            return answer

    middleware = ReadingMiddleware(respond)
    return middleware(request)


def show_place(request):
    return HttpResponse(reading.place().alias)


def failing_on_the_replica(error):
    def view(request):
        if reading.place() is REPLICA:
            raise error
        return show_place(request)

    return view


def test_without_a_replica_there_is_no_middleware_and_no_query(django_assert_num_queries, db):
    with pytest.raises(MiddlewareNotUsed):
        ReadingMiddleware(show_place)
    with django_assert_num_queries(0):
        replica.note_state()
        replica.beat()
        assert reading.place() is PRIMARY
        assert replica.seconds_behind() is None


@pytest.mark.parametrize(("method", "place"), [("get", "replica"), ("head", "replica"), ("post", "default")])
def test_only_requests_that_read_go_to_the_replica(chosen, method, place):
    assert ask(show_place, method).content.decode() == place
    assert reading.place() is PRIMARY


def test_it_is_chosen_once_and_only_when_something_is_read(chosen):
    ask(lambda request: HttpResponse())
    assert chosen.call_count == 0
    ask(lambda request: HttpResponse([reading.place().alias, reading.place().alias]))
    assert chosen.call_count == 1


@pytest.mark.parametrize("page", ["consumer", "connection-errors", "connection-errors-export", "api-errors"])
def test_pages_that_show_events_one_by_one_say_so(page):
    view = resolve(reverse(page, args=["x"])).func
    assert view.shows_events


def test_it_asks_for_events_only_when_they_are_shown(chosen):
    def show_rows(request):
        return show_place(request)

    ask(show_place)
    ask(reading.shows_events(show_rows))
    assert [call.kwargs["shows_events"] for call in chosen.call_args_list] == [False, True]


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
@pytest.mark.parametrize("wrap", [lambda view: view, answers_problems])
def test_a_replica_that_fails_in_the_middle_is_replaced_by_the_primary(chosen, wrap, error):
    assert ask(wrap(failing_on_the_replica(error))).content == b"default"
    replica.leave.assert_called_once_with(error)


def test_other_faults_stay_faults(chosen):
    with pytest.raises(ProgrammingError):
        ask(failing_on_the_replica(ProgrammingError("no such column")))


def test_a_fault_of_the_primary_is_not_tried_again(chosen):
    chosen.return_value = PRIMARY
    view = mock.Mock(side_effect=OperationalError("gone"))
    with pytest.raises(OperationalError):
        ask(view)
    assert view.call_count == 1


def test_a_fault_before_anything_was_read_asks_nobody(chosen):
    chosen.side_effect = AssertionError
    with pytest.raises(OperationalError):
        ask(mock.Mock(side_effect=OperationalError("gone")))


def test_a_wrong_address_stops_the_start_with_one_line(monkeypatch):
    monkeypatch.setenv("DATABASE_REPLICA_URL", "mysql://elsewhere/x")
    with pytest.raises(SystemExit, match=r"^connmon can not start: DATABASE_REPLICA_URL must be a PostgreSQL address"):
        env.replica("DATABASE_REPLICA_URL")


def test_nobody_waits_long_for_a_replica_unless_told_to(monkeypatch):
    assert "DATABASE_REPLICA_URL" not in environment()
    assert env.replica("DATABASE_REPLICA_URL") == {}
    monkeypatch.setenv("DATABASE_REPLICA_URL", "postgresql://u@h/connmon?connect_timeout=7")
    options = env.replica("DATABASE_REPLICA_URL")["replica"]["OPTIONS"]
    assert options == {"connect_timeout": "7", "tcp_user_timeout": "2000"}
