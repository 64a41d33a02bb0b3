"""The stamp of .venv says what is installed, and the variables of a command come from where people put them."""

import pytest

from devtools import environment, surroundings
from devtools.console import Trouble


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose installations are only noted down."""
    (tmp_path / "requirements").mkdir()
    for lock in ("run", "test", "lint"):
        (tmp_path / "requirements" / f"{lock}.lock").write_text(lock)
    venv = tmp_path / ".venv"
    installed: list[str] = []

    def create() -> None:
        (venv / "bin").mkdir(parents=True, exist_ok=True)
        (venv / "bin" / "python").touch()

    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(environment, "_STAMP", venv / "installed.json")
    monkeypatch.setattr(environment, "_create", create)
    monkeypatch.setattr(environment, "_pip", installed.append)
    return tmp_path, installed


def test_a_lock_is_installed_once(checkout):
    _, installed = checkout
    environment.ensure("test")
    environment.ensure("test")
    assert installed == ["test"]


def test_a_larger_lock_satisfies_a_smaller_one_but_not_the_other_way(checkout):
    _, installed = checkout
    for lock in ("test", "run", "lint", "run", "test"):
        environment.ensure(lock)
    assert installed == ["test", "lint"]


def test_a_changed_lock_is_installed_again(checkout):
    root, installed = checkout
    environment.ensure("lint")
    (root / "requirements" / "run.lock").write_text("newer")
    environment.ensure("run")
    assert installed == ["lint", "run"]


def test_another_python_behind_the_environment_means_again(checkout, tmp_path):
    _, installed = checkout
    environment.ensure("run")
    (tmp_path / "python3.12").touch()
    environment.PYTHON.unlink()
    environment.PYTHON.symlink_to(tmp_path / "python3.12")
    environment.ensure("run")
    assert installed == ["run", "run"]


def test_an_installation_that_failed_leaves_no_stamp(checkout, monkeypatch):
    def fail(lock):
        raise Trouble(f"no {lock}")

    _, installed = checkout
    environment.ensure("run")
    with monkeypatch.context() as broken:
        broken.setattr(environment, "_pip", fail)
        with pytest.raises(Trouble):
            environment.ensure("test")
    environment.ensure("run")
    assert installed == ["run", "run"]


def test_settings_come_by_value_or_by_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("COMPANY_NAME", "Acme")
    given = surroundings.given()
    assert given["SECRET_KEY"] == "from the file"
    assert given["COMPANY_NAME"] == "Acme"
    assert "SUPPORT_CONTACT" not in given


def test_a_file_that_is_missing_is_named(monkeypatch):
    monkeypatch.setenv("DATABASE_URL_FILE", "/nowhere")
    with pytest.raises(Trouble, match="DATABASE_URL_FILE names a file that can not be read"):
        surroundings.given()


def test_a_command_gets_the_chosen_settings_and_no_others(monkeypatch):
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("SECRET_KEY_FILE", "/somewhere")
    monkeypatch.setenv("LANGUAGE", "nl")
    chosen = surroundings.holding({"SECRET_KEY": "chosen"})
    assert chosen["SECRET_KEY"] == "chosen"
    assert chosen["LANGUAGE"] == "nl"
    assert not chosen.keys() & {"DEBUG", "SECRET_KEY_FILE", "DATABASE_URL"}
