"""`ai4mars labels ortho`: known ground under a tilted camera, its tiles, and back on the image."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import main
from ai4mars_nav.dataset import ground_points, layout
from ai4mars_nav.dataset.chosen import frames_of_split
from ai4mars_nav.dataset.errors import BadInput, DatasetError
from ai4mars_nav.dataset.product import parse_product, tile_name

EDGE, FOCAL, HEIGHT = 200, 1220.0 * 200 / 1024, 1.9
PITCH, ROLL = 20.0, 6.0


def look():
    """Depths along the axis and points from above of level ground under a tilted camera."""
    directions = ground_points.rays((EDGE, EDGE), FOCAL)
    pitch, roll = np.deg2rad([PITCH, ROLL])
    tilt = np.array([
        [np.cos(roll), -np.sin(roll), 0.0],
        [np.sin(roll) * np.cos(pitch), np.cos(roll) * np.cos(pitch), np.sin(pitch)],
        [-np.sin(roll) * np.sin(pitch), -np.cos(roll) * np.sin(pitch), np.cos(pitch)],
    ])  # fmt: skip
    world = directions @ tilt.T  # x right, y down, z ahead of a level camera
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = np.where(world[..., 1] > 0.02, HEIGHT / world[..., 1], np.nan)
    above = np.stack([world[..., 2], -world[..., 0]], axis=-1) * depth[..., None]
    return depth.astype(np.float32), above


def squares(above):
    """Class of the ground: squares of two metres."""
    with np.errstate(invalid="ignore"):
        x, y = np.floor(above / 2.0).transpose(2, 0, 1)
        label = (x + 2 * y) % 4
    return np.where(np.isfinite(label), label, 255).astype(np.uint8)


def forward_of(above):
    """Turned to the direction in which the camera looks, as `level` does."""
    ahead = above[EDGE // 2, EDGE // 2 - 1 : EDGE // 2 + 1].mean(axis=0)
    turn = np.arctan2(ahead[1], ahead[0])
    c, s = np.cos(turn), np.sin(turn)
    return above @ np.array([[c, -s], [s, c]])


@pytest.mark.parametrize("measure", ["depth", "range"])
def test_tilted_ground_is_levelled(measure):
    depth, above = look()
    if measure == "depth":
        points = ground_points.points_of_depth(depth, FOCAL)
    else:
        rays = ground_points.rays(depth.shape, FOCAL)
        points = ground_points.points_of_range(depth * np.linalg.norm(rays, axis=-1), FOCAL)
    levelled = ground_points.level(points)
    near = np.isfinite(depth) & (depth < 20.0)
    np.testing.assert_allclose(levelled[near][:, 2], 0.0, atol=1e-3)
    np.testing.assert_allclose(levelled[near][:, :2], forward_of(above)[near], atol=0.02)


def test_rocks_do_not_tilt_the_ground():
    depth, _ = look()
    flat = ground_points.points_of_depth(depth, FOCAL)
    nearer = depth.copy()
    nearer[120:160, 20:80] *= 0.8
    levelled = ground_points.level(ground_points.points_of_depth(nearer, FOCAL))
    rest = np.isfinite(flat[..., 2]) & (flat[..., 2] < 10.0)
    rest[120:160, 20:80] = False
    assert np.abs(levelled[rest][:, 2]).max() < 0.02
    assert levelled[120:160, 20:80, 2].mean() > 0.1


def test_too_few_ranges_are_refused():
    with pytest.raises(DatasetError, match="0 pixels have a range"):
        ground_points.level(np.full((20, 20, 3), np.nan))


@pytest.mark.parametrize(
    "name",
    [
        "NLA_397681500EDR_F0020000AUT_04096M1",
        "1n129697839eff0338p1931l0m1",
        "NLF_0009_0667755959_167ECM_N0030000NCAM05000",
        "0174ML0009370000105185E01_DRCL",
        "0174ML0009370000105185E01",
    ],
)
def test_tiles_have_ids_of_the_same_place(name):
    names = {tile_name(name, number) for number in range(120)}
    assert len(names) == 120
    whole = parse_product(name)
    for one in names:
        part = parse_product(one)
        assert (part.rover, part.sol, part.place) == (whole.rover, whole.sol, whole.place)
        assert (part.drive, part.eye) == (whole.drive, whole.eye)
    with pytest.raises(BadInput, match=r"more than 10,000"):
        tile_name(name, 10_000)


@pytest.fixture
def data(tmp_path, product):
    """Four frames of the squares, and their depths."""
    depth, above = look()
    label = squares(forward_of(above))
    clear = np.zeros(label.shape, bool)
    root = tmp_path / "DATA"
    (tmp_path / "DEPTH").mkdir()
    for n in range(4):
        grey = np.where(label == 255, 0, 40 + 50 * (label % 4)).astype(np.uint8)
        layout.write_frame(root, product(n), "train", grey, label, (clear, clear))
        np.save(tmp_path / "DEPTH" / f"{product(n)}.npy", depth)
    (root / "splits").mkdir()
    for part, numbers in (("train", (0, 1, 2)), ("val", (3,))):
        lines = "".join(f"{product(n)}\n" for n in numbers)
        (root / "splits" / f"{part}.txt").write_text(lines)
    return root


def ortho(data, out, *more):
    words = ["labels", "ortho", data, "--ranges", data.parent / "DEPTH", "--measure", "depth"]
    words += ["-o", out, "--cell", 0.1, "--edge", 64, "--limit", 15, "--jobs", 1, *more]
    return main([str(word) for word in words])


def test_tiles_that_can_be_learned_from_and_put_back(data, tmp_path, product, capsys):
    out = tmp_path / "TILES"
    assert ortho(data, out) == 0
    frames = frames_of_split(out, "train")
    assert len(frames) >= 6
    assert {parse_product(frame.product).site for frame in frames} == {"002"}
    assert len(frames_of_split(out, "val")) == len(frames) / 3
    right = seen = 0
    for frame in frames:
        image, label = layout.read_frame(frame)
        assert image.shape == (64, 64)
        known = (label != 255) & (image > 0)
        seen += known.sum()
        right += (np.abs(image[known].astype(int) - (40 + 50 * label[known])) < 15).sum()
    assert right / seen > 0.85
    # the labels of the tiles themselves, put back, are the labels of the images
    back = tmp_path / "BACK"
    assert ortho(data, back, "--back", out / "msl/labels/train") == 0
    whole = cv2.imread(str(data / f"msl/labels/train/{product(0)}.png"), cv2.IMREAD_UNCHANGED)
    found = cv2.imread(str(back / f"{product(0)}.png"), cv2.IMREAD_UNCHANGED)
    known = found != 255
    assert known.sum() > 0.4 * (whole != 255).sum()
    assert (found[known] == whole[known]).mean() > 0.9
    assert capsys.readouterr().err.count("tiles of 4 images") == 2


def test_what_is_done_is_not_done_again_and_old_tiles_go(data, tmp_path, product):
    out = tmp_path / "TILES"
    assert ortho(data, out) == 0
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("msl/images/edr/*")}
    assert ortho(data, out) == 0
    assert before == {path.name: path.stat().st_mtime_ns for path in out.glob("msl/images/edr/*")}
    depth = look()[0]
    depth[:, : EDGE // 2] = np.nan
    np.save(tmp_path / "DEPTH" / f"{product(1)}.npy", depth)
    assert ortho(data, out) == 0
    left = {path.name for path in out.glob("msl/images/edr/*")}
    assert left < set(before)
    assert left == {f"{name}.png" for p in ("train", "val") for name in
                    (out / "splits" / f"{p}.txt").read_text().split()}  # fmt: skip


def test_bad_ranges_are_refused_or_skipped(data, tmp_path, product, capsys):
    depths = tmp_path / "DEPTH"
    np.save(depths / f"{product(0)}.npy", np.ones((5, 5)))
    np.save(depths / f"{product(1)}.npy", np.full((EDGE, EDGE), np.nan))
    (depths / f"{product(2)}.npy").unlink()
    assert ortho(data, tmp_path / "TILES") == 2
    assert f"{product(0)}.npy: sizes differ" in capsys.readouterr().err
    assert ortho(data, tmp_path / "TILES", "--on-bad", "skip") == 0
    told = capsys.readouterr().err
    assert "1 skipped: sizes differ" in told
    assert "2 skipped: unreadable file" in told
    assert "0 pixels have a range within" in told
    assert "no ranges for it" in told
    assert ortho(data, data / "TILES") == 2
    assert "would be mixed" in capsys.readouterr().err
