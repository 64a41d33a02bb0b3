import getpass
import io

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from sources import keys
from sources.models import ApiKey

GOOD = "correct horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_password(monkeypatch):
    monkeypatch.delenv("CONNMON_PASSWORD", raising=False)
    monkeypatch.delenv("CONNMON_PASSWORD_FILE", raising=False)


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def on_a_terminal(monkeypatch, *typed):
    answers = iter(typed)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(answers))


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_create_user_takes_the_password_from_the_environment(monkeypatch, role):
    monkeypatch.setenv("CONNMON_PASSWORD", GOOD)

    out, _ = run("create_user", "lotte", "--role", role)

    user = User.objects.get()
    assert (user.username, user.role, user.check_password(GOOD)) == ("lotte", role, True)
    assert GOOD not in out


def test_create_user_takes_the_password_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "password").write_text(GOOD + "\n")
    monkeypatch.setenv("CONNMON_PASSWORD_FILE", str(tmp_path / "password"))

    run("create_user", "lotte", "--role", "viewer")

    assert User.objects.get().check_password(GOOD)


def test_create_user_asks_twice(monkeypatch):
    on_a_terminal(monkeypatch, GOOD, GOOD)

    run("create_user", "lotte", "--role", "viewer")

    assert User.objects.get().check_password(GOOD)


def test_create_user_refuses_two_different_passwords(monkeypatch):
    on_a_terminal(monkeypatch, GOOD, GOOD + "x")

    with pytest.raises(CommandError, match="differ"):
        run("create_user", "lotte", "--role", "viewer")


def test_create_user_without_terminal_says_what_to_set():
    with pytest.raises(CommandError, match="CONNMON_PASSWORD"):
        run("create_user", "lotte", "--role", "viewer")


def test_create_user_names_a_file_that_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("CONNMON_PASSWORD_FILE", str(tmp_path / "none"))

    with pytest.raises(CommandError, match="CONNMON_PASSWORD_FILE"):
        run("create_user", "lotte", "--role", "viewer")


@pytest.mark.parametrize(
    ("name", "role", "password", "words"),
    [
        ("taken", "viewer", GOOD, "There is a user of that name already."),
        ("new", "viewer", "short", "too short"),
        ("new", "owner", GOOD, "invalid choice"),
        ("a b", "viewer", GOOD, "valid username"),
    ],
)
def test_create_user_refuses_in_one_line(monkeypatch, name, role, password, words):
    User.objects.create_user("taken", GOOD)
    monkeypatch.setenv("CONNMON_PASSWORD", password)

    with pytest.raises(CommandError, match=words) as refused:
        run("create_user", name, "--role", role)

    assert "\n" not in str(refused.value)
    assert User.objects.count() == 1


def test_create_demo_users_twice_makes_three():
    assert "viewer, operator, admin" in run("create_demo_users")[0]
    run("create_demo_users")

    assert dict(User.objects.values_list("username", "role")) == {
        "viewer": "viewer",
        "operator": "operator",
        "admin": "admin",
    }


def test_create_demo_users_only_on_this_machine(settings):
    settings.PUBLIC_URL = "https://connmon.example.com"

    with pytest.raises(CommandError, match="known password"):
        run("create_demo_users")

    assert not User.objects.exists()


@pytest.mark.parametrize("scope", ["read", "write"])
def test_create_api_key_prints_the_key_alone(scope):
    out, err = run("create_api_key", "orders", "--scope", scope)

    key = ApiKey.objects.select_related("source").get()
    assert out.endswith("\n")
    assert keys.digest(out.strip()) == key.digest
    assert (key.scope, key.source.name) == (scope, "orders")
    assert out.strip() not in err


def test_create_api_key_of_a_taken_name_says_so():
    run("create_api_key", "orders", "--scope", "read")

    with pytest.raises(CommandError, match="already"):
        run("create_api_key", "orders", "--scope", "read")
