"""What every test may use: people of each role, their clients, and a real browser."""

import os
import socket
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import Role, User

PASSWORD = "a long enough word"

# Playwright's synchronous API keeps an event loop running in this thread; the ORM would refuse to work beside it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


# --- the surroundings -------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True, scope="session")
def only_this_machine():
    """No test reaches the network: a connection elsewhere fails at once, with its address."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address}")
        return connect(self, address)

    with mock.patch.object(socket.socket, "connect", guarded):
        yield


@pytest.fixture(autouse=True, scope="session")
def quick_passwords():
    """Passwords are hashed fast: the tests sign in often."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True, scope="session")
def static_files(tmp_path_factory):
    """Static files are collected once, as in production: with a manifest, compressed."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    call_command("collectstatic", interactive=False, verbosity=0)


# --- people -----------------------------------------------------------------------------------------------------------


def _signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def viewer(db):
    return User.objects.create_user("vera", PASSWORD, Role.VIEWER)


@pytest.fixture
def operator(db):
    return User.objects.create_user("otto", PASSWORD, Role.OPERATOR)


@pytest.fixture
def admin(db):
    return User.objects.create_user("anna", PASSWORD, Role.ADMIN)


@pytest.fixture
def as_viewer(viewer):
    return _signed_in(viewer)


@pytest.fixture
def as_operator(operator):
    return _signed_in(operator)


@pytest.fixture
def as_admin(admin):
    return _signed_in(admin)


# --- a real browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def live_server(static_files):
    """The application over real HTTP; its own middleware serves the static files, as in production."""
    with mock.patch("django.contrib.staticfiles.handlers.StaticFilesHandler", lambda application: application):
        server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def window(chromium, live_server):
    """Open windows: `window(user, width=390, dark=True, scripts=False)`. None may complain or leave the machine."""
    contexts, complaints = [], []

    def opened(user=None, *, width=1440, dark=False, scripts=True):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if user:
            session = _signed_in(user).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _note_foreign(request.url, live_server.url, complaints))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def _note_foreign(url, home, complaints):
    if not url.startswith((home, "data:", "blob:")):
        complaints.append(f"a page asked for {url}")
