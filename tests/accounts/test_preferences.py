import pytest

from accounts.forms import zone_names
from tests import make
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NEW = "correct horse battery"


def save(client, **fields):
    return client.post("/preferences/", {"time_zone": "", "theme": "system", **fields})


def test_preferences_are_the_person_s_own(as_viewer, viewer, admin):
    response = save(as_viewer, time_zone="Asia/Kathmandu", theme="dark")
    viewer.refresh_from_db()
    admin.refresh_from_db()
    assert (response.status_code, viewer.time_zone, viewer.theme) == (302, "Asia/Kathmandu", "dark")
    assert (admin.time_zone, admin.theme) == ("", "system")


@pytest.mark.parametrize("typed", ["Europe/Brussels", "europe/brussels", " europe/brussels "])
def test_zone_is_taken_in_any_case(as_viewer, viewer, typed):
    save(as_viewer, time_zone=typed)
    viewer.refresh_from_db()
    assert viewer.time_zone == "Europe/Brussels"


@pytest.mark.parametrize("typed", ["Mars/Olympus", "../etc/passwd", "Europe/Brussels\x00"])
def test_unknown_zone_is_refused_with_a_remedy(as_viewer, viewer, typed):
    response = save(as_viewer, time_zone=typed)
    viewer.refresh_from_db()
    assert (response.status_code, viewer.time_zone) == (200, "")
    assert 'id="id_time_zone_error"' in response.content.decode()


@pytest.mark.parametrize(("theme", "attribute"), [("system", '<html lang="en">'), ("dark", 'data-theme="dark"')])
def test_theme_is_on_every_page(as_viewer, theme, attribute):
    save(as_viewer, theme=theme)
    assert attribute in as_viewer.get("/").content.decode()


def test_times_are_in_the_chosen_zone(as_viewer):
    make.connection()
    save(as_viewer, time_zone="Asia/Kathmandu")
    assert "Asia/Kathmandu" in as_viewer.get("/").content.decode()


def test_zones_to_choose_from_are_places_and_utc():
    names = zone_names()
    assert names[0] == "UTC"
    assert {"Europe/Brussels", "America/Argentina/Buenos_Aires"} <= set(names)
    assert not [name for name in names if name.startswith("Etc/")]


def change_password(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post("/preferences/password/", {"old_password": old, "new_password1": new, "new_password2": again})


def test_own_password_is_changed_and_the_session_stays(as_viewer, viewer):
    assert change_password(as_viewer)["Location"] == "/preferences/"
    viewer.refresh_from_db()
    assert viewer.check_password(NEW)
    assert as_viewer.get("/").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"old": "not mine"},
        {"again": "another one"},
        {"new": "short", "again": "short"},
        {"new": "1" * 12, "again": "1" * 12},
    ],
)
def test_bad_password_is_refused(as_viewer, viewer, wrong):
    assert change_password(as_viewer, **wrong).status_code == 200
    viewer.refresh_from_db()
    assert viewer.check_password(PASSWORD)
