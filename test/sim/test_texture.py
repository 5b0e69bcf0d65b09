"""Textures are fixed to the world, even, and show no more than a pixel resolves."""

from __future__ import annotations

import numpy as np

from ai4mars_nav.sim import texture

TABLE = texture.lattice(4)
X, Y = np.meshgrid(np.linspace(-3.0, 3.0, 301), np.linspace(-3.0, 3.0, 301))
SUN = np.array([1.0, 0.0])


def test_noise_goes_through_its_lattice_and_is_smooth() -> None:
    i, j = np.meshgrid(np.arange(-3.0, 9.0), np.arange(-3.0, 9.0))
    expected = TABLE[j.astype(int) % texture.LATTICE, i.astype(int) % texture.LATTICE]
    np.testing.assert_allclose(texture.noise(i, j, TABLE), expected, atol=1e-12)
    step = np.abs(texture.noise(X + 1e-4, Y, TABLE) - texture.noise(X, Y, TABLE))
    assert step.max() < 4e-4  # 2 (from -1 to 1) * 1.5 (steepest of the smooth step) * 1e-4


def test_what_pixels_cannot_show_is_left_out() -> None:
    np.testing.assert_array_equal(
        texture.resolved(1.0, np.array([0.1, 0.3, 0.5, 2.0])) > 0.0, [True, True, False, False]
    )
    fine, coarse = (
        texture.mottle(X, Y, np.full_like(X, pixel), TABLE, longest=1.0) for pixel in (0.002, 0.2)
    )
    roughness = [np.abs(np.diff(picture, axis=1)).mean() for picture in (fine, coarse)]
    assert roughness[1] < 0.3 * roughness[0]
    assert np.all(texture.mottle(X, Y, np.full_like(X, 5.0), TABLE) == 0.0)


def test_textures_are_even_and_of_the_seed() -> None:
    pixel = np.full_like(X, 0.005)
    for picture in (
        texture.mottle(X, Y, pixel, TABLE),
        texture.grain(X, Y, pixel, SUN, TABLE),
        texture.ripples(X, Y, pixel, SUN, TABLE, 0.3),
    ):
        assert abs(picture.mean()) < 0.35 and 0.1 < picture.std() < 3.0
    assert not np.array_equal(texture.lattice(4), texture.lattice(5))
    np.testing.assert_array_equal(texture.lattice(4), TABLE)


def test_plates_have_cracks_between_them_and_one_number_each() -> None:
    crack, own = texture.plates(X, Y, TABLE, 0.8)
    assert crack.min() >= 0.0 and 0.2 < crack.max() < 0.8
    same = own[:, 1:] == own[:, :-1]
    assert crack[:, 1:][~same].max() < 0.03 and same.mean() > 0.95


def test_pebbles_are_lit_towards_the_sun_with_shadows_behind() -> None:
    picture = texture.pebbles(X, Y, SUN, TABLE, 0.5, 0.5)
    lit, dark = picture > 0.3, picture == -0.9
    assert lit.any() and dark.any() and (picture == 0.0).mean() > 0.5
    rows, columns = np.nonzero(lit)
    after = np.minimum(columns + 12, 300)
    assert dark[rows, np.maximum(columns - 12, 0)].mean() > dark[rows, after].mean()
