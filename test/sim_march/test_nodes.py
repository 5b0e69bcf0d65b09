"""What a pixel reads of the ground against plain rasters: nodes, tiles, what casts a shadow."""

from __future__ import annotations

import numpy as np
import pytest

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.sim.march import node_kernels, slow
from ai4mars_nav.sim.march.body import body_caster
from ai4mars_nav.sim.march.caster_kernels import NOTHING, covered
from ai4mars_nav.sim.march.grid import grid
from ai4mars_nav.sim.march.ground_kernels import STONE
from ai4mars_nav.sim.march.layer import layer
from ai4mars_nav.sim.march.light_kernels import shadow_heights
from ai4mars_nav.sim.march.look import Look
from ai4mars_nav.sim.march.node_kernels import LABEL, NO_LABEL, PLAIN, STUFF, Layer, node_at
from ai4mars_nav.sim.march.patches import patches
from ai4mars_nav.sim.march.shade_kernels import reflected
from ai4mars_nav.sim.march.skin import skin
from ai4mars_nav.sim.march.skin_kernels import HIGHEST, STEEPEST, TEXEL, height, level_of, texel
from ai4mars_nav.sim.world.world import World
from ai4mars_nav.terrain import UNKNOWN

SUN = Look().sun
SPACING = 0.05


def test_a_node_says_what_the_rasters_say() -> None:
    random = np.random.default_rng(0)
    shape = (40, 30)
    heights = random.normal(0.0, 0.05, shape).astype(np.float32)
    shadow = shadow_heights(heights, SPACING, SUN)
    sky, tint, dust = random.uniform(0.3, 1.1, (3, *shape)).astype(np.float32)
    dust -= np.float32(0.1)
    kinds = random.integers(0, 64, shape).astype(np.uint8)
    nodes = node_kernels.packed(heights, shadow, SPACING, sky, tint, dust, kinds)
    ready = Layer(nodes, shadow, (0.0, 0.0), SPACING, 1.0 / SPACING)
    padded = np.pad(heights.astype(np.float64), 1, "edge")
    along = (padded[1:-1, 2:] - padded[1:-1, :-2]) / (2.0 * SPACING)
    aside = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / (2.0 * SPACING)
    x, y = random.uniform(0.0, 28.9, 300), random.uniform(0.0, 38.9, 300)
    z = slow.bilinear(heights.astype(np.float64), x, y)
    soft = node_kernels.PENUMBRA * SPACING
    sun = slow.sunlit(shadow.astype(np.float64), soft, x, y, z)
    assert 0.1 < (sun < 0.5).mean() < 0.9
    for k in range(len(x)):
        node, nearest = node_at(x[k], y[k], z[k], ready)
        read = (*node.slope, node.sky, node.tint, node.dust)
        told = [float(slow.bilinear(r, x[k], y[k])) for r in (along, aside, sky, tint, dust)]
        np.testing.assert_allclose(read, told, atol=5e-3)
        assert node.sun == pytest.approx(sun[k], abs=1e-5)
        assert nearest & 63 == kinds[int(np.rint(y[k])), int(np.rint(x[k]))]


def test_a_layer_knows_its_stuff_its_labels_and_its_borders(rolling: World) -> None:
    ready = grid(rolling.surface, (0.0, 0.0), rolling.resolution)
    labels = rolling.classes.copy()
    labels[:5] = UNKNOWN
    stuff = np.where(rolling.rock_of >= 0, np.uint8(STONE), rolling.classes)
    table = np.zeros((4, 4), np.float32)
    nodes = layer(ready, stuff, labels, SUN, table, 0.3).nodes
    assert np.array_equal(nodes & STUFF, stuff)
    told = nodes >> LABEL & NO_LABEL
    assert (told[:5] == NO_LABEL).all() and np.array_equal(told[5:], labels[5:])
    plain = (nodes & PLAIN) > 0
    for row, column in ((100, 100), (100, 239), (100, 244), (239, 100), (300, 300)):
        around = stuff[row - 4 : row + 5, column - 4 : column + 5]
        assert plain[row, column] == (len(set(around.ravel().tolist()) - {STONE}) <= 1)


def test_patches_are_the_same_ground_at_any_spacing() -> None:
    table = np.random.default_rng(1).uniform(-1.0, 1.0, (256, 256)).astype(np.float32)
    fine = patches((201, 101), (-3.0, 5.0), 0.05, table, 0.3)
    coarse = patches((41, 21), (-3.0, 5.0), 0.25, table, 0.3)
    for one, other in zip(fine, coarse, strict=True):
        np.testing.assert_allclose(one[::5, ::5], other, atol=1e-4)
    assert np.allclose(patches((20, 20), (0.0, 0.0), 0.05, table, 0.0)[0], 1.0)


@pytest.mark.parametrize("number", [0, 2, 5])
def test_a_tile_reads_as_its_image(number: int) -> None:
    ready = skin(Look())
    level = level_of(ready, number)
    side, size = level.mask + 1, 1.0 / level.per_metre
    assert side == ready.side >> number and size == TEXEL * 2**number
    x, y = np.random.default_rng(2).uniform(-9.0, 9.0, (2, 100))
    for stuff in range(4):
        codes = ready.texels[stuff, level.offset : level.offset + side * side].reshape(side, side)
        tall = ready.heights[stuff, level.offset : level.offset + side * side].reshape(side, side)
        bytes_of = [(codes >> shift & 255).astype(np.float64) for shift in (0, 8, 16, 24)]
        read = [slow.texel(image, size, x, y) for image in bytes_of]
        slopes = [(code - 128.0) / 127.0 for code in read[:2]]
        told = [STEEPEST * s * np.abs(s) for s in slopes] + [read[2] / 127.5, read[3] / 255.0]
        high = slow.texel(tall.astype(np.float64), size, x, y) * HIGHEST / 255.0
        for k in range(len(x)):
            got = texel(ready, stuff, level, x[k], y[k])
            np.testing.assert_allclose(got, [t[k] for t in told], atol=1e-4)
            assert height(ready, stuff, level, x[k], y[k]) == pytest.approx(high[k], abs=1e-9)


def test_light_off_a_surface_agrees_with_its_twin() -> None:
    random = np.random.default_rng(3)
    cosines = random.uniform(-1.0, 1.0, (3, 200))
    told = slow.reflected(*cosines)
    got = [reflected(*map(float, cosines[:, k])) for k in range(200)]
    np.testing.assert_allclose(got, told, rtol=1e-6, atol=1e-9)


def test_the_body_casts_its_shadow_and_nothing_casts_none() -> None:
    odom_from_base = Pose.from_rpy((4.0, -2.0, 0.3), (0.05, -0.1, 0.8))
    caster = body_caster(odom_from_base)
    around = np.random.default_rng(4).uniform(-3.0, 3.0, (400, 3)) * (1.0, 1.0, 0.0)
    points = odom_from_base.apply(around)
    sun = np.array(SUN)
    base_from_odom = odom_from_base.inverse().rotation
    dark = slow.covered(around, base_from_odom @ sun, caster.boxes)
    got = [covered((p[0], p[1], p[2]), SUN, caster) for p in points.tolist()]
    assert 0.05 < dark.mean() < 0.6
    # a corner that is cut for less than a step is read either way
    assert (dark == got).mean() > 0.99
    assert not any(covered((p[0], p[1], p[2]), SUN, NOTHING) for p in points.tolist())
