"""Frames against tiles of the ground: both judged on the same pixels and cells, table, picture."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from ai4mars_nav.dataset.errors import BadInput, Findings  # noqa: E402
from ai4mars_nav.dataset.ground_points import rays  # noqa: E402
from ai4mars_nav.dataset.layout import find_frames, write_frame  # noqa: E402
from ai4mars_nav.dataset.releases import TRAIN  # noqa: E402
from ai4mars_nav.learn.ablate_ground import (  # noqa: E402
    CELLS,
    FRAMES,
    PIXELS,
    TILES,
    answers,
    band_name,
    ground_of,
    judged,
    split_by_world,
    to_learn,
)
from ai4mars_nav.learn.ablate_ortho import ASKED, Worlds, main, run  # noqa: E402
from ai4mars_nav.learn.ablate_ortho_report import JUDGED, markdown, write_docs  # noqa: E402
from ai4mars_nav.learn.ablate_run import RESULT  # noqa: E402
from ai4mars_nav.learn.errors import DataError, LearnError  # noqa: E402
from ai4mars_nav.learn.train import CHECKPOINT  # noqa: E402
from ai4mars_nav.learn.train_settings import TrainSettings  # noqa: E402
from ai4mars_nav.sim.march.frames import write_depth  # noqa: E402
from ai4mars_nav.sim.rig import NAVCAM_FOCAL, NAVCAM_SIZE  # noqa: E402

SIDE, CELL, HEIGHT, DOWN = 96, 0.1, 1.9, np.deg2rad(25.0)
WORLDS = ("00A", "00B", "00C")


def view(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grey, class and depth (SIDE, SIDE) of level ground in squares of 2 m; grey tells the class.

    The sky above it is bright and of class 0.
    """
    ahead = rays((SIDE, SIDE), NAVCAM_FOCAL * SIDE / NAVCAM_SIZE)
    below = np.cos(DOWN) * ahead[..., 1] + np.sin(DOWN)
    depth = np.where(below > 0.05, HEIGHT / np.maximum(below, 0.05), np.nan)
    x = depth * (np.cos(DOWN) - np.sin(DOWN) * ahead[..., 1])
    ground = np.isfinite(depth)
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 4, (40, 40))
    row = np.where(ground, x // 2, 0).astype(int)
    column = np.where(ground, ahead[..., 0] * depth // 2, 0).astype(int) + 20
    label = np.where(ground, classes[row, column], 0).astype(np.uint8)
    grey = np.where(ground, 30 + 40 * label, 220).astype(np.uint8)
    return grey, label, depth.astype(np.float32)


def write_worlds(root: Path, product) -> Path:
    """Two frames of each world with their depth, sky and horizon unlabelled."""
    for number in range(2 * len(WORLDS)):
        name = product(number, WORLDS[number // 2])
        grey, label, depth = view(number)
        nothing = np.zeros(grey.shape, bool)
        write_frame(root, name, TRAIN, grey, label, (nothing, ~(depth < 30.0)))
        write_depth(root, name, depth)
    return root


@pytest.fixture(scope="module")
def root(tmp_path_factory, product) -> Path:
    """Made-up frames of three worlds."""
    return write_worlds(tmp_path_factory.mktemp("ortho"), product)


@pytest.fixture(scope="module")
def frames(root):
    """Those frames."""
    return find_frames(root, TRAIN, Findings(skip=False))


@pytest.fixture(scope="module")
def backbone(tmp_path_factory, write_backbone) -> Path:
    """Random encoder weights."""
    return write_backbone(tmp_path_factory.mktemp("backbone") / "backbone.npz")


def reads_grey(images):
    """What is said by somebody who knows what the grey levels mean."""
    return np.clip((images.astype(int) - 10) // 40, 0, 3).astype(np.uint8)


def silent(_: str) -> None:
    """Reports go nowhere."""


def test_every_third_world_is_held_out_whole(frames):
    learned, held = split_by_world(frames)
    assert [frame.product[18:21] for frame in held] == ["00C", "00C"]
    assert {frame.product[18:21] for frame in learned} == {"00A", "00B"}
    with pytest.raises(DataError, match="of 2 worlds: at least 3"):
        split_by_world(learned)


def test_tiles_are_of_the_frames_side_and_unseen_ground_is_of_mean_grey(frames):
    whole, tiles = (to_learn(frames, one, CELL) for one in (FRAMES, TILES))
    assert len(whole.names) == len(frames)
    assert tiles.images.shape[1:] == tiles.labels.shape[1:] == (SIDE, SIDE)
    assert len(set(tiles.names)) == len(tiles.names) > len(frames)
    ground = ground_of(frames[0], CELL)
    unseen = np.pad(~ground.ortho.seen, SIDE, constant_values=True)[SIDE:, SIDE:][:SIDE, :SIDE]
    assert 0.0 < unseen.mean() < 1.0
    image = tiles.images[0]
    assert np.all(image[unseen] == np.rint(image[~unseen].mean()))
    assert np.all(tiles.labels[0][unseen] == 255)


@pytest.mark.parametrize("view_name", [FRAMES, TILES])
def test_who_is_right_in_its_own_view_is_right_in_both(frames, view_name):
    found = judged(ground_of(frames[0], CELL), view_name, reads_grey)
    assert set(found) == set(JUDGED)
    for matrix in found.values():
        # cells on the edge of a square mix its grey with that of the next
        assert matrix.sum() == 0 or np.trace(matrix) > 0.8 * matrix.sum()
    near = sum(found[name] for name in JUDGED if name not in (PIXELS, CELLS))
    np.testing.assert_array_equal(near, found[PIXELS])
    assert found[band_name(0.0, 5.0)].sum() > 0


def test_both_views_answer_for_the_same_pixels_and_cells(frames):
    ground = ground_of(frames[1], CELL)
    (pixels, cells), (back, tiles) = (answers(ground, v, reads_grey) for v in (FRAMES, TILES))
    there = ground.ortho.cells >= 0
    np.testing.assert_array_equal(pixels[there], reads_grey(ground.image)[there])
    assert np.all(pixels[~there] == 255)
    np.testing.assert_array_equal(back == 255, pixels == 255)
    np.testing.assert_array_equal(tiles == 255, cells == 255)
    np.testing.assert_array_equal(cells != 255, ground.ortho.seen)


def test_a_frame_without_its_depth_is_named(tmp_path, product):
    root = write_worlds(tmp_path, product)
    frame = find_frames(root, TRAIN, Findings(skip=False))[0]
    path = root / "msl/images/depth" / f"{frame.product}.png"
    write_depth(root, frame.product, np.full((SIDE, SIDE), np.nan, np.float32))
    with pytest.raises(DataError, match=f"{frame.product}.png: 0 pixels have a range"):
        ground_of(frame, CELL)
    path.unlink()
    with pytest.raises(BadInput, match=f"{frame.product}.png"):
        ground_of(frame, CELL)


def test_killed_run_goes_on_and_another_is_refused(frames, backbone, tmp_path, monkeypatch):
    monkeypatch.setattr("ai4mars_nav.learn.ablate_ortho.INTERVAL", 1)
    worlds = Worlds(*split_by_world(frames), CELL)
    settings = TrainSettings(steps=2, batch=2)

    class Killed(Exception):
        """As if the process had ended here."""

    def die(_: str) -> None:
        raise Killed

    folder = tmp_path / "tiles-0"
    with pytest.raises(Killed):
        run(TILES, settings, worlds, backbone, folder, die)
    with pytest.raises(LearnError, match="begun with other settings or frames"):
        run(TILES, settings, Worlds(worlds.train, worlds.held_out, 0.2), backbone, folder, silent)
    told: list[str] = []
    found = run(TILES, settings, worlds, backbone, folder, told.append)
    assert [line.split("  ")[0] for line in told] == ["tiles-0: step 2/2"]
    assert list(found["worlds"]) == ["curiosity 00C"] and found["train_worlds"] == 2
    assert not (folder / CHECKPOINT).exists() and (folder / ASKED).exists()
    assert run(TILES, settings, worlds, backbone, folder, die) == found
    whole = run(TILES, settings, worlds, backbone, tmp_path / "whole", silent)
    assert whole["worlds"] == found["worlds"]


def result(view_name: str, right: int, wrong: int) -> dict:
    """Two worlds, all classes, so many pixels right and taken for the next class."""
    matrix = right * np.eye(4, dtype=int) + wrong * np.roll(np.eye(4, dtype=int), 1, axis=1)
    tallies = {name: matrix.tolist() for name in JUDGED}
    return {
        "view": view_name,
        "settings": {"steps": 2, "batch": 2},
        "side": 64,
        "cell": 0.1,
        "images": 6,
        "labelled": 0.5,
        "train_worlds": 4,
        "judged_by": ["a", "b"],
        "worlds": {"x": tallies, "y": tallies},
    }


def test_table_sets_tiles_against_frames_on_the_same_labels(tmp_path):
    results = [result(FRAMES, 90, 10), result(TILES, 80, 20)]
    text = markdown(results)
    frames_iou, tiles_iou = 90 / 110, 80 / 120
    gain = f"{tiles_iou - frames_iou:+.3f}"
    assert (
        f"| pixels | 800 | frames | {frames_iou:.3f} ({frames_iou:.3f} to {frames_iou:.3f}) |"
        in text
    )
    assert f"| {gain} ({gain} to {gain}) | {tiles_iou:.3f} | 0.800 |" in text
    table_path, picture_path = write_docs(results, tmp_path)
    assert table_path.read_text() == text
    assert picture_path.stat().st_size > 1000
    with pytest.raises(DataError, match="judged by other labels"):
        markdown([results[0], result(TILES, 80, 10)])
    with pytest.raises(DataError, match="no training on tiles"):
        markdown(results[:1])


def test_the_command_trains_both_views_and_writes_the_docs(root, backbone, tmp_path, monkeypatch):
    out, docs = tmp_path / "out", tmp_path / "docs"
    command = ["ablate_ortho", "--rendered", root, "--backbone", backbone, "--out", out]
    monkeypatch.setattr(
        sys, "argv", [*map(str, command), "--steps", "1", "--seeds", "1", "--docs", str(docs)]
    )
    assert main() == 0
    assert {path.parent.name for path in out.glob(f"*/{RESULT}")} == {"frames-0", "tiles-0"}
    assert "2 frames of 1 other worlds" in (docs / "ablations-ortho-table.md").read_text()
