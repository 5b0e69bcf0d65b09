"""Masks of range, sky and rover."""

import cv2
import numpy as np
import pytest

from ai4mars_nav import terrain
from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.perception import masks
from ai4mars_nav.perception.errors import PerceptionError
from ai4mars_nav.perception.segmenter import Segmentation

CAMERA = Pinhole(width=64, height=48, fx=60.0, fy=60.0, cx=31.5, cy=23.5)


def up_when_looking_down(pitch, roll=0.0):
    """Upward direction in the optical frame of a camera pitched down (radians) and rolled."""
    level = np.array([0.0, -np.cos(pitch), -np.sin(pitch)])
    turn = np.array(
        [[np.cos(roll), -np.sin(roll), 0.0], [np.sin(roll), np.cos(roll), 0.0], [0.0, 0.0, 1.0]]
    )
    return turn @ level


def test_range_mask():
    depth = np.array([[5.0, 30.0, 30.1, np.nan]], np.float32)
    np.testing.assert_array_equal(
        masks.range_mask(depth, 30.0, missing=True), [[False, False, True, True]]
    )
    np.testing.assert_array_equal(
        masks.range_mask(depth, 30.0, missing=False), [[False, False, True, False]]
    )
    with pytest.raises(PerceptionError, match="range limit is 0"):
        masks.range_mask(depth, 0.0, missing=True)


@pytest.mark.parametrize("pitch", [0.0, 0.1, 0.2])
def test_horizon_is_where_the_pitch_puts_it(pitch):
    sky = masks.sky_mask(CAMERA, up_when_looking_down(pitch))
    horizon = CAMERA.cy - CAMERA.fy * np.tan(pitch)
    rows = np.arange(48)[:, None] + np.zeros((1, 64))
    np.testing.assert_array_equal(sky, rows < horizon)


def test_horizon_of_a_rolled_camera():
    up = up_when_looking_down(0.1, roll=0.2)
    sky = masks.sky_mask(CAMERA, up)
    rays = np.stack(
        np.broadcast_arrays(
            (np.arange(64)[None, :] - CAMERA.cx) / CAMERA.fx,
            (np.arange(48)[:, None] - CAMERA.cy) / CAMERA.fy,
            1.0,
        ),
        axis=-1,
    )
    np.testing.assert_array_equal(sky, rays @ up > 0.0)
    assert any(0 < row.sum() < 64 for row in sky)


def test_a_margin_spares_the_hills():
    up = up_when_looking_down(0.0)
    wide = masks.sky_mask(CAMERA, up)
    spared = masks.sky_mask(CAMERA, up, margin=0.1)
    assert spared.sum() < wide.sum()
    column = spared[:, 32]
    elevations = np.arctan2(CAMERA.cy - np.arange(48), CAMERA.fy)
    np.testing.assert_array_equal(column, elevations > 0.1)


def test_what_has_depth_is_no_sky():
    depth = np.full((48, 64), np.nan, np.float32)
    depth[5:10, 20:30] = 80.0
    sky = masks.sky_mask(CAMERA, up_when_looking_down(0.0), depth)
    assert not sky[5:10, 20:30].any()
    assert sky[:5].all()
    assert not sky[24:].any()


def test_sky_needs_a_direction_and_the_right_size():
    with pytest.raises(PerceptionError, match="upward direction"):
        masks.sky_mask(CAMERA, np.zeros(3))
    with pytest.raises(PerceptionError, match=r"depth is \(10, 10\)"):
        masks.sky_mask(CAMERA, up_when_looking_down(0.0), np.zeros((10, 10), np.float32))


def test_rover_polygon():
    mask = masks.rover_mask((48, 64), np.array([[10, 47], [10, 30], [40, 30], [40, 47]], float))
    assert mask[35, 20] and not mask[20, 20] and not mask[35, 50]
    assert mask.sum() == 18 * 31
    with pytest.raises(PerceptionError, match="three"):
        masks.rover_mask((48, 64), np.array([[0.0, 1.0], [2.0, 3.0]]))


def test_rover_mask_from_a_file(tmp_path):
    image = np.zeros((96, 128), np.uint8)
    image[60:, :] = 1
    path = tmp_path / "rover.png"
    cv2.imwrite(str(path), image)
    mask = masks.read_rover_mask(path, (48, 64))
    assert mask[30:].all() and not mask[:30].any()
    with pytest.raises(PerceptionError, match="proportions"):
        masks.read_rover_mask(path, (64, 64))
    with pytest.raises(PerceptionError, match="no readable image"):
        masks.read_rover_mask(tmp_path / "none.png", (48, 64))


def test_apply_hides_in_all_planes():
    found = Segmentation(
        np.full((4, 4), 3, np.uint8), np.ones((4, 4), np.float32), np.ones((4, 4), np.float32)
    )
    left = np.zeros((4, 4), bool)
    left[:, :2] = True
    top = np.zeros((4, 4), bool)
    top[0] = True
    masks.apply(found, left, top)
    hidden = left | top
    np.testing.assert_array_equal(found.classes == terrain.UNKNOWN, hidden)
    np.testing.assert_array_equal(found.confidence == 0.0, hidden)
    np.testing.assert_array_equal(np.isnan(found.p_big_rock), hidden)
    with pytest.raises(PerceptionError, match="mask is"):
        masks.apply(found, np.zeros((2, 2), bool))
