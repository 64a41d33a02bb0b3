import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection as db
from django.db import transaction

from accounts import services
from accounts.models import Role, User
from tests.waiting import backend, wait_until_blocked

GOOD = "correct horse battery"

pytestmark = pytest.mark.django_db


def make(name, role="viewer"):
    return services.create_user(username=name, password=GOOD, role=role)


def stored(user):
    return User.objects.get(pk=user.pk)


def test_user_signs_in_with_the_password():
    user = make("lotte", "operator")

    assert stored(user).check_password(GOOD)
    assert (user.role, user.is_active) == ("operator", True)


@pytest.mark.parametrize(
    ("name", "password", "role", "field"),
    [
        ("", GOOD, "viewer", "username"),
        ("x" * 151, GOOD, "viewer", "username"),
        ("a b", GOOD, "viewer", "username"),
        ("taken", GOOD, "viewer", "username"),
        ("new", "short", "viewer", "password"),
        ("new", "1234567890123", "viewer", "password"),
        ("newcomer-lotte", "newcomer-lotte", "viewer", "password"),
        ("new", GOOD, "owner", "role"),
    ],
)
def test_wrong_user_is_refused_by_field(name, password, role, field):
    make("taken")

    with pytest.raises(ValidationError) as refused:
        services.create_user(username=name, password=password, role=role)

    assert field in refused.value.message_dict
    assert User.objects.count() == 1


def test_role_changes():
    make("admin", "admin")
    user = make("lotte")

    assert services.change_role(user=user, role="admin") == "viewer"
    assert stored(user).role == user.role == "admin"


def test_unknown_role_is_refused():
    user = make("lotte")

    with pytest.raises(ValidationError):
        services.change_role(user=user, role="owner")

    assert stored(user).role == "viewer"


@pytest.mark.parametrize("others", ["none", "inactive admin", "operator"])
def test_last_active_admin_stays(others):
    admin = make("admin", "admin")
    if others != "none":
        other = make("other", "operator" if others == "operator" else "admin")
        other.is_active = others == "operator"
        other.save()

    for change in (
        lambda: services.change_role(user=admin, role="operator"),
        lambda: services.deactivate(user=admin),
    ):
        with pytest.raises(services.LastAdminError, match="last active admin"):
            change()
    assert (stored(admin).role, stored(admin).is_active) == ("admin", True)


def test_admin_may_go_while_another_stays():
    admin = make("admin", "admin")
    make("other", "admin")

    assert services.deactivate(user=admin)
    assert not stored(admin).is_active


def test_deactivated_admin_may_be_demoted_and_come_back():
    make("admin", "admin")
    gone = make("gone", "admin")
    services.deactivate(user=gone)

    services.change_role(user=gone, role="viewer")

    assert services.reactivate(user=gone)
    assert not services.reactivate(user=gone)
    assert (stored(gone).role, stored(gone).is_active) == ("viewer", True)


def test_deactivating_ends_the_sessions_at_once(client):
    make("admin", "admin")
    user = make("lotte")
    client.force_login(user)

    services.deactivate(user=user)

    assert client.get("/api/v1/schema.json").status_code == 401


def test_new_password_ends_the_sessions(client):
    user = make("lotte")
    client.force_login(user)
    assert client.get("/api/v1/schema.json").status_code == 200

    services.set_password(user=user, password="another horse battery")

    assert client.get("/api/v1/schema.json").status_code == 401
    assert stored(user).check_password("another horse battery")


def test_weak_new_password_changes_nothing():
    user = make("lotte")

    with pytest.raises(ValidationError):
        services.set_password(user=user, password="short")

    assert stored(user).check_password(GOOD)


def test_demo_users_are_made_once_and_left_alone():
    assert [user.username for user in services.create_demo_users()] == ["viewer", "operator", "admin"]
    services.change_role(user=User.objects.get(username="viewer"), role="operator")

    assert services.create_demo_users() == []
    assert User.objects.get(username="viewer").role == "operator"
    assert User.objects.get(username="admin").check_password("demo")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [services.deactivate, lambda user: services.change_role(user=user, role="viewer")])
def test_two_admins_can_not_remove_each_other_at_once(change):
    admins = [make("one", "admin"), make("two", "admin")]
    backends, refused = [], []

    def remove(user):
        try:
            backends.append(backend())
            change(user=user)
        except services.LastAdminError:
            refused.append(user)
        finally:
            db.close()

    threads = [threading.Thread(target=remove, args=(user,)) for user in admins]
    with transaction.atomic():
        list(User.objects.select_for_update())
        for thread in threads:
            thread.start()
        wait_until_blocked(backends, len(threads))
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1
