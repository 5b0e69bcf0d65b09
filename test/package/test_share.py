"""config/, models/ and launch/ are found in a checkout, in a colcon and in a pip install."""

from pathlib import Path

import pytest

from ai4mars_nav.settings import SettingsError
from ai4mars_nav.share import model_file, rover_file, share

ROOT = Path(__file__).parents[2]


def installed(folder):
    (folder / "config").mkdir(parents=True)
    (folder / "package.xml").touch()
    return folder


def test_in_a_checkout():
    assert share() == ROOT
    assert rover_file("curiosity") == ROOT / "config" / "curiosity.yaml"


@pytest.mark.parametrize(
    "python",
    [
        "lib/python3.12/site-packages",
        "local/lib/python3.12/dist-packages",
        "lib/python3/dist-packages",
        "",
    ],
)
def test_in_an_install(tmp_path, python):
    found = installed(tmp_path / "prefix" / "share" / "ai4mars_nav")
    assert share(tmp_path / "prefix" / python / "ai4mars_nav") == found


def test_another_packages_share_is_not_ours(tmp_path):
    installed(tmp_path / "share" / "nav2")
    with pytest.raises(SettingsError, match="config/ and models/ were not found"):
        share(tmp_path / "lib" / "ai4mars_nav")


def test_a_rover_may_be_a_path(tmp_path):
    file = tmp_path / "mine.yaml"
    with pytest.raises(SettingsError, match=r"rover '.*mine.yaml': there is no such file"):
        rover_file(str(file))
    file.touch()
    assert rover_file(str(file)) == file


def test_a_model_that_is_not_there_is_named():
    with pytest.raises(SettingsError, match=r"model 'nosuch' is not in .*models"):
        model_file("nosuch")
