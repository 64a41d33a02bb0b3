import pytest
from django.test import Client

from accounts.models import AuditEntry, User

GOOD = "correct horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return User.objects.create(username="anna", role="admin")


@pytest.fixture
def lotte():
    return User.objects.create_user("lotte", GOOD, "viewer")


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return client


def stored(user):
    return User.objects.get(pk=user.pk)


def entries():
    return [(e.actor_name, e.action, e.target_type, e.target, e.before, e.after) for e in AuditEntry.objects.all()]


def new_user(**fields):
    return {"username": "bram", "role": "operator", "password": GOOD, "password_again": GOOD, **fields}


def test_list_shows_everybody(page, lotte):
    lotte.is_active = False
    lotte.save()

    text = page.get("/admin/users/").content.decode()

    assert 'data-user="anna"' in text
    assert 'data-user="lotte"' in text
    assert "Deactivated" in text
    assert "2 users" in text


def test_user_is_created_and_can_sign_in(page, client):
    response = page.post("/admin/users/new/", new_user(), follow=True)

    assert "bram can sign in now." in response.content.decode()
    assert User.objects.get(username="bram").check_password(GOOD)
    assert entries() == [("anna", "created", "user", "bram", {}, {"role": "operator"})]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"username": "anna"}, "There is a user of that name already."),
        ({"username": "a b"}, "valid username"),
        ({"username": "x\0y"}, "Null characters"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password_again": "other"}, "Type the same one twice"),
        ({"role": "owner"}, "valid choice"),
        ({"username": ""}, "required"),
    ],
)
def test_wrong_user_is_not_created_and_the_page_says_why(page, fields, words):
    response = page.post("/admin/users/new/", new_user(**fields))

    assert response.status_code == 200
    assert words in response.content.decode()
    assert GOOD not in response.content.decode()
    assert User.objects.count() == 1
    assert not entries()


def test_role_is_changed(page, lotte):
    response = page.post(f"/admin/users/{lotte.pk}/", {"role": "operator"}, follow=True)

    assert "lotte has the role operator now." in response.content.decode()
    assert stored(lotte).role == "operator"
    assert entries() == [("anna", "changed the role of", "user", "lotte", {"role": "viewer"}, {"role": "operator"})]


def test_same_role_is_no_change(page, lotte):
    page.post(f"/admin/users/{lotte.pk}/", {"role": "viewer"})

    assert not entries()


def test_last_admin_keeps_the_role(page, admin):
    response = page.post(f"/admin/users/{admin.pk}/", {"role": "viewer"})

    assert "Make somebody else an admin first." in response.content.decode()
    assert stored(admin).role == "admin"
    assert not entries()


def test_admin_who_steps_down_lands_on_a_page_they_may_open(page, admin):
    User.objects.create(username="other", role="admin")

    response = page.post(f"/admin/users/{admin.pk}/", {"role": "viewer"})

    assert response.status_code == 302
    assert response["Location"] == "/"


def test_deactivating_asks_first(page, lotte):
    assert "Deactivate" in page.get(f"/admin/users/{lotte.pk}/deactivate/").content.decode()
    assert stored(lotte).is_active


def test_deactivated_user_is_out_at_once_and_can_be_let_in_again(page, lotte):
    theirs = Client()
    theirs.force_login(lotte)
    assert theirs.get("/preferences/").status_code == 200

    page.post(f"/admin/users/{lotte.pk}/deactivate/")

    assert theirs.get("/preferences/").status_code == 302
    refused = Client().post("/sign-in/", {"username": "lotte", "password": GOOD})
    assert "Name or password is wrong." in refused.content.decode()
    page.post(f"/admin/users/{lotte.pk}/reactivate/")
    assert stored(lotte).is_active
    assert [entry[1] for entry in entries()] == ["reactivated", "deactivated"]


def test_last_admin_is_not_deactivated(page, admin):
    response = page.post(f"/admin/users/{admin.pk}/deactivate/", follow=True)

    assert "Make somebody else an admin first." in response.content.decode()
    assert stored(admin).is_active


def test_new_password_ends_their_sessions(page, lotte):
    theirs = Client()
    theirs.force_login(lotte)
    new = "another horse battery"

    page.post(f"/admin/users/{lotte.pk}/password/", {"password": new, "password_again": new})

    assert stored(lotte).check_password(new)
    assert theirs.get("/preferences/").status_code == 302
    assert entries() == [("anna", "set a new password for", "user", "lotte", {}, {})]


def test_own_new_password_keeps_this_session(page, admin):
    new = "another horse battery"

    page.post(f"/admin/users/{admin.pk}/password/", {"password": new, "password_again": new})

    assert page.get("/admin/users/").status_code == 200


def test_weak_password_is_refused(page, lotte):
    response = page.post(f"/admin/users/{lotte.pk}/password/", {"password": "short", "password_again": "short"})

    assert "too short" in response.content.decode()
    assert stored(lotte).check_password(GOOD)


def test_unknown_user_404(page):
    assert page.get("/admin/users/999999/").status_code == 404
    assert page.get(f"/admin/users/{10**30}/").status_code == 404


def test_list_costs_the_same_for_many(page, django_assert_num_queries):
    with django_assert_num_queries(6):
        page.get("/admin/users/")
    User.objects.bulk_create(User(username=f"u{n}", password="x") for n in range(60))
    with django_assert_num_queries(6):
        assert "1–50 of 61" in page.get("/admin/users/").content.decode()
    assert "51–61 of 61" in page.get("/admin/users/?page=2").content.decode()
