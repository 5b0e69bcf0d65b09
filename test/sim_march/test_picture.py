"""The picture: repeatable, exposed as asked, with the noise of its seed and shadows of the sun."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march import sensor_kernels, slow
from ai4mars_nav.sim.march.light_kernels import shadow_heights
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.marcher import Marcher
from ai4mars_nav.sim.march.noise_kernels import noise, sloping_noise
from ai4mars_nav.sim.march.sensor import coding, exposure
from ai4mars_nav.sim.texture import lattice
from ai4mars_nav.sim.texture import noise as plain_noise
from ai4mars_nav.sim.world.world import World

Looking = Callable[..., Pose]
Navcam = Callable[[int], tuple[Pinhole, Pinhole]]


def test_the_same_seeds_give_the_same_bytes(
    rolling: World, marcher: Marcher, looking: Looking, navcam: Navcam
) -> None:
    camera, pose = navcam(128)[0], looking(0.0, 0.0, 2.0, 20.0)
    one = marcher.see(camera, pose, 5)
    two = Marcher(rolling, Look()).see(camera, pose, 5)
    assert np.array_equal(one.grey, two.grey)
    noisy = marcher.see(camera, pose, 6)
    assert not np.array_equal(one.grey, noisy.grey)
    assert np.abs(one.grey.astype(int) - noisy.grey).mean() < 5.0


@pytest.mark.parametrize("wanted", [40.0, 59.0, 110.0])
@pytest.mark.parametrize("companded", [False, True])
def test_the_exposure_aims_at_the_grey_that_was_asked_for(wanted: float, companded: bool) -> None:
    light = np.random.default_rng(0).uniform(0.02, 0.9, (256, 256)).astype(np.float32)
    code = coding(companded)
    gain = exposure(light, wanted, code)
    grey = slow.exposed(light, gain, 0.0, 1e9, 0.0, 0, code)
    assert abs(grey.mean() - wanted) < 2.0


def test_both_codes_rise_and_end_white() -> None:
    for companded in (False, True):
        code = coding(companded).astype(int)
        assert (np.diff(code) >= 0).all() and code[0] == 0 and code[-1] == 255
    assert coding(True)[1024] == 128 and abs(int(coding(False)[1024]) - 64) <= 1


def test_exposing_agrees_with_its_twin() -> None:
    light = np.random.default_rng(1).uniform(0.0, 1.2, (40, 56)).astype(np.float32)
    grey, code = np.empty(light.shape, np.uint8), coding(False)
    sensor_kernels.expose(0, 16, light, 0.7, 0.2, 6000.0, 10.0, 99, code, grey)
    sensor_kernels.expose(16, 40, light, 0.7, 0.2, 6000.0, 10.0, 99, code, grey)
    twin = slow.exposed(light, 0.7, 0.2, 6000.0, 10.0, 99, code)
    assert (grey == twin).mean() > 0.999


def test_noise_agrees_with_its_twin_and_its_slope_with_differences() -> None:
    table = lattice(2).astype(np.float32)
    x, y = np.random.default_rng(0).uniform(-90.0, 90.0, (2, 200))
    plain = plain_noise(x, y, table.astype(np.float64))
    small = 1e-5
    for k in range(len(x)):
        value, along, aside = sloping_noise(x[k], y[k], table)
        assert value == pytest.approx(plain[k], abs=1e-6)
        assert noise(x[k], y[k], table) == pytest.approx(plain[k], abs=1e-6)
        ahead = noise(x[k] + small, y[k], table) - noise(x[k] - small, y[k], table)
        above = noise(x[k], y[k] + small, table) - noise(x[k], y[k] - small, table)
        assert along == pytest.approx(ahead / (2.0 * small), abs=1e-3)
        assert aside == pytest.approx(above / (2.0 * small), abs=1e-3)


@pytest.mark.parametrize("azimuth", [0.0, 0.6, 1.5707963, 2.5, 4.0, 5.5])
def test_shadows_are_where_something_stands_before_the_sun(rolling: World, azimuth: float) -> None:
    elevation = 0.45
    level = np.cos(elevation)
    sun = np.array([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)])
    shadow = shadow_heights(rolling.surface, rolling.resolution, (sun[0], sun[1], sun[2]))
    rows, columns = np.random.default_rng(3).integers(60, 420, (2, 1500))
    z = rolling.surface[rows, columns].astype(np.float64)
    x = (columns + 0.5) * rolling.resolution + rolling.origin[0]
    y = (rows + 0.5) * rolling.resolution + rolling.origin[1]
    points = np.stack([x, y, z + 1e-3], axis=1)
    dark = slow.shadowed(rolling, points, sun, far=2.5, step=0.02)
    assert 0.02 < dark.mean() < 0.5
    # the front of the light is linear between nodes: edges of shadows differ by a cell
    assert (dark == (shadow[rows, columns] > z)).mean() > 0.97
