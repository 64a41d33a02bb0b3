"""A demo's folder belongs to one demo, and its secrets to its user."""

import pytest

from devtools.console import Trouble
from devtools.environment import ROOT
from devtools.folder import Folder


def test_the_usual_folder_lies_in_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Folder.at(None).path == ROOT / "var"
    assert Folder.at("elsewhere").path == tmp_path / "elsewhere"


def test_a_folder_is_held_by_one(tmp_path):
    folder = Folder(tmp_path / "data")
    with folder.held(), pytest.raises(Trouble, match="Another bin/demo is already running on"), folder.held():
        pass
    with folder.held():
        pass


def test_only_its_user_may_look_into_it(tmp_path):
    folder = Folder(tmp_path / "data")
    with folder.held():
        folder.keep("secret", "text")
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert (folder.path / "secret").stat().st_mode & 0o777 == 0o600


def test_the_secret_key_stays_the_same(tmp_path):
    first = Folder(tmp_path).secret_key()
    assert len(first) >= 50
    assert Folder(tmp_path).secret_key() == first


def test_a_demo_is_found_only_while_it_runs(tmp_path):
    folder, settings = Folder(tmp_path), {"DATABASE_URL": "postgresql://x/y"}
    assert folder.running() is None
    with folder.held(), folder.announced(settings):
        assert folder.running() == settings
    assert folder.running() is None


def test_what_a_killed_demo_announced_does_not_count(tmp_path):
    folder = Folder(tmp_path)
    with folder.held():
        folder.keep("state.json", '{"DATABASE_URL": "postgresql://x/y"}')
    assert folder.running() is None


def test_a_folder_that_can_not_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="can not be used: Not a directory"), Folder(tmp_path / "file" / "data").held():
        pass
