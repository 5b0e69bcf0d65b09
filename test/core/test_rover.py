from pathlib import Path

import pytest

from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.settings import SettingsError, settings_of

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("name", ["curiosity", "test_rover"])
def test_shipped_rovers_load_and_state_every_key(name):
    rover = load_rover(CONFIG / f"{name}.yaml")
    assert rover.name == name
    text = (CONFIG / f"{name}.yaml").read_text()
    assert all(f"  {s.name}:" in text for s in settings_of(Rover))


def test_impossible_rovers_are_refused(tmp_path):
    for line in ("wheelbase: 3.5", "camera_xyz: [1.0, 2.0]", "max_speed: 0.0", "wheels: 6"):
        path = tmp_path / "rover.yaml"
        path.write_text(f"rover: {{{line}}}\n")
        with pytest.raises(SettingsError):
            load_rover(path)
