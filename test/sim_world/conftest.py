"""A small made world, and flat ones to put rocks on."""

import numpy as np
import pytest

from ai4mars_nav.sim.world.dressing import dressed
from ai4mars_nav.sim.world.library import load_world
from ai4mars_nav.sim.world.world import Rocks

SMALL = """
world: {size: 20.0, resolution: 0.05, drive: 10.0, clear: 1.5}
craters: {count: 1, smallest: 2.0, largest: 2.0}
sand: {dune_height: [0.05, 0.1]}
rocks: {k: [0.03, 0.03]}
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """The YAML file of a small world."""
    file = tmp_path_factory.mktemp("recipe") / "small.yaml"
    file.write_text(SMALL)
    return file


@pytest.fixture(scope="session")
def made(small):
    """The small world and its mission."""
    return load_world(str(small), 3)


@pytest.fixture(scope="session")
def trapped(tmp_path_factory):
    """The same world with loose sand and sharp rock in it, and its mission."""
    file = tmp_path_factory.mktemp("recipe") / "trapped.yaml"
    text = SMALL.replace("sand: {", "sand: {loose: [0.4, 0.4], ")
    file.write_text(text + "bedrock: {sharp: [0.5, 0.5]}\n")
    return load_world(str(file), 3)


@pytest.fixture
def flat():
    """A maker of flat soil, 10 x 10 m about (0, 0), with rocks of (x, y, length, width, height)."""

    def make(*rocks, resolution=0.05, slope=0.0, yaw=0.3):
        cells = round(10.0 / resolution)
        x = (np.arange(cells) + 0.5) * resolution - 5.0
        ground = np.broadcast_to((slope * x).astype(np.float32), (cells, cells)).copy()
        columns = np.array(rocks, float).reshape(-1, 5).T
        listed = Rocks(
            *columns, yaw=np.full(len(rocks), yaw), seed=np.arange(len(rocks), dtype=np.int64)
        )
        soil = np.zeros(ground.shape, np.uint8)
        return dressed("flat", resolution, (-5.0, -5.0), ground, soil, listed)

    return make
