"""Images for labelling: what is dark, and how long the scale bar is on the ground."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset.errors import BadInput, DatasetError
from ai4mars_nav.dataset.prepare import (
    PrepareSettings,
    bar_length,
    beyond,
    prepare,
    read_ranges,
    scale_bar,
)
from ai4mars_nav.dataset.product import parse_product

EDGE, FOCAL, HEIGHT = 512, 610.0, 1.9
MSL, MER = "NLA_397681586EDR_F0020000AUT_04096M1", "1N491020834ILFCNY9P0706L0M1"


@pytest.fixture
def ranges():
    """Level ground seen by a camera that looks down by 10 degrees; nan in the sky."""
    v = (np.arange(EDGE) + 0.5 - EDGE / 2) / FOCAL
    down = np.arctan(v) + np.deg2rad(10.0)
    with np.errstate(divide="ignore"):
        along = np.where(down > 0.0, HEIGHT / np.sin(down), np.nan)
    return np.repeat(along[:, None], EDGE, axis=1).astype(np.float32)


def test_far_ground_and_sky_are_beyond_and_holes_in_front_are_not(ranges):
    with_holes = ranges.copy()
    with_holes[400:420, 100:140] = np.nan
    mask = beyond(with_holes, 30.0)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(mask, np.isnan(ranges) | (ranges > 30.0))
    assert mask.any()
    assert not mask.all()


def test_a_column_without_any_range_is_beyond():
    assert beyond(np.full((5, 3), np.nan, np.float32), 30.0).all()


@pytest.mark.parametrize("length", [0.5, 0.2])
def test_the_bar_is_as_long_on_the_ground_as_it_says(ranges, length):
    corners = scale_bar(ranges, length, FOCAL, 30.0)
    top, bottom = corners[:2], corners[2:]
    for edge in (top, bottom):
        row = edge[0, 1]
        pixel = ranges[row, EDGE // 2] / FOCAL
        assert np.ptp(edge[:, 0]) * pixel == pytest.approx(length, abs=pixel)
        assert edge[:, 0].mean() == pytest.approx(EDGE / 2, abs=1)
    assert np.ptp(bottom[:, 0]) >= np.ptp(top[:, 0])
    assert bottom[0, 1] > top[0, 1]
    assert abs(top[0, 1] - EDGE / 2) < EDGE / 8


def test_without_range_near_the_middle_there_is_no_bar(ranges):
    assert scale_bar(np.full_like(ranges, np.nan), 0.5, FOCAL, 30.0) is None
    assert scale_bar(ranges + 40.0, 0.5, FOCAL, 30.0) is None


def test_prepared_images(ranges):
    image = np.full((EDGE, EDGE), 100, np.uint8)
    shown, has_bar = prepare(image, ranges, 0.5, PrepareSettings())
    assert has_bar
    dark = beyond(ranges, 30.0)
    assert (shown[dark] == 30).all()
    assert set(np.unique(shown[~dark])) == {100, 255}
    assert (image == 100).all()
    with pytest.raises(DatasetError, match=r"ranges of \(512, 512\)"):
        prepare(image[:10], ranges, 0.5, PrepareSettings())


def test_each_rover_has_its_bar():
    settings = PrepareSettings()
    assert bar_length(settings, parse_product(MSL)) == 0.5
    assert bar_length(settings, parse_product(MER)) == 0.2
    assert bar_length(settings, parse_product(MER.replace("1N", "2N", 1))) == 0.2
    m2020 = parse_product("NLF_0009_0667755959_167ECM_N0030000NCAM05000")
    with pytest.raises(DatasetError, match="perseverance, set its length"):
        bar_length(settings, m2020)
    assert bar_length(PrepareSettings(bar=0.4), m2020) == 0.4


def test_ranges_in_metres_and_millimetres_are_the_same(tmp_path, ranges, put):
    np.save(tmp_path / "a.npy", np.nan_to_num(ranges))
    metres = read_ranges(tmp_path / "a.npy", ranges.shape)
    np.testing.assert_array_equal(metres, ranges)
    near = np.where(ranges < 60.0, ranges, np.nan)
    png = put(tmp_path / "a.png", np.nan_to_num(1000.0 * near).round().astype(np.uint16))
    np.testing.assert_allclose(read_ranges(png, ranges.shape), near, atol=6e-4)


def test_ranges_that_cannot_be_used_are_named(tmp_path, put, ranges):
    with pytest.raises(BadInput, match=r"b\.png: unreadable.*16-bit"):
        read_ranges(put(tmp_path / "b.png", np.zeros((4, 4), np.uint8)), (4, 4))
    with pytest.raises(BadInput, match=r"c\.npy: unreadable"):
        read_ranges(put(tmp_path / "c.npy", b"\x93NUMPY"), (4, 4))
    np.save(tmp_path / "d.npy", ranges)
    with pytest.raises(BadInput, match=r"d\.npy: sizes differ"):
        read_ranges(tmp_path / "d.npy", (4, 4))


def test_the_command(tmp_path, put, ranges, capsys):
    grey = np.full((EDGE, EDGE), 100, np.uint8)
    for name in (MSL, MER, "1N491020519ILFCNY9P0706L0M1"):
        put(tmp_path / "images" / f"{name}.png", grey)
    (tmp_path / "ranges").mkdir()
    np.save(tmp_path / "ranges" / f"{MSL}.npy", ranges)
    np.save(tmp_path / "ranges" / f"{MER}.npy", ranges)
    words = ["labels", "prepare", str(tmp_path / "images"), "--ranges", str(tmp_path / "ranges")]
    words += ["-o", str(tmp_path / "out")]
    assert main(words) == 2
    assert "1N491020519ILFCNY9P0706L0M1.png: unreadable file: no ranges" in capsys.readouterr().err
    assert main([*words, "--on-bad", "skip"]) == 0
    bars = {
        path.stem: int((cv2.imread(str(path), 0) == 255).sum())
        for path in (tmp_path / "out").glob("*.png")
    }
    assert set(bars) == {MSL, MER}
    assert bars[MSL] / bars[MER] == pytest.approx(2.5, rel=0.1)
