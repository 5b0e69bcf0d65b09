"""Training data: in the AI4Mars folders, read back by the dataset room, the same again, resumed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.dataset.errors import Findings
from ai4mars_nav.dataset.images import read_grey
from ai4mars_nav.dataset.layout import find_frames, read_frame
from ai4mars_nav.dataset.product import parse_product
from ai4mars_nav.dataset.releases import TRAIN
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.march.frames import Taken, product_of, smaller
from ai4mars_nav.sim.render import View
from ai4mars_nav.sim.world.library import load_world
from ai4mars_nav.terrain import UNKNOWN

RECIPE = """
world: {size: 14.0, resolution: 0.1, drive: 4.0, clear: 0.5}
craters: {count: 0}
rocks: {k: [0.02, 0.03], smallest: 0.2}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three images of one small world."""
    folder = tmp_path_factory.mktemp("render")
    (folder / "small.yaml").write_text(RECIPE)
    assert _render(folder, 3) == 0
    return folder


def _render(folder: Path, count: int) -> int:
    words = ["sim", "render", "-n", str(count), "-o", str(folder / "out"), "--size", "64"]
    return cli.main([*words, "--world", str(folder / "small.yaml")])


def test_the_dataset_room_reads_them_back(root: Path) -> None:
    frames = find_frames(root / "out", TRAIN, Findings(False))
    assert [f.product for f in frames] == [product_of(k) for k in range(3)]
    for frame in frames:
        image, label = read_frame(frame)
        assert image.shape == label.shape == (64, 64)
        assert frame.picture.rover_mask is not None and frame.picture.range_mask is not None
        far = read_grey(frame.picture.range_mask) > 0
        assert (label[far] == UNKNOWN).all()
        depth = cv2.imread(
            str(root / "out/msl/images/depth" / f"{frame.product}.png"), cv2.IMREAD_UNCHANGED
        )
        assert depth.dtype == np.uint16 and (depth[~far] > 0).all()


def test_a_world_that_cannot_be_crossed_is_good_enough_to_look_at(tmp_path: Path) -> None:
    crowded = RECIPE.replace("k: [0.02, 0.03]", "k: [0.3, 0.3]").replace(
        "drive: 4.0", "drive: 11.0"
    )
    (tmp_path / "small.yaml").write_text(crowded)
    with pytest.raises(SimError, match="no drive of 11 m"):
        load_world(str(tmp_path / "small.yaml"), 0)
    assert _render(tmp_path, 2) == 0
    assert len(find_frames(tmp_path / "out", TRAIN, Findings(False))) == 2


def test_a_small_frame_is_a_large_one_made_smaller() -> None:
    random = np.random.default_rng(0)
    grey, classes = random.integers(0, 256, (2, 64, 64)).astype(np.uint8)
    depth = random.uniform(1.0, 9.0, (64, 64)).astype(np.float32)
    mask = random.uniform(size=(64, 64)) < 0.5
    taken = Taken("one", View(grey, depth, classes), mask, ~mask)
    small = smaller(taken, 16)
    means = grey.reshape(16, 4, 16, 4).mean(axis=(1, 3))
    assert np.abs(small.view.grey - means).max() <= 0.5
    assert np.array_equal(small.view.depth, depth[2::4, 2::4])
    assert np.array_equal(small.view.classes, classes[2::4, 2::4])
    assert np.array_equal(small.rover_mask, mask[2::4, 2::4])
    assert np.array_equal(small.range_mask, ~mask[2::4, 2::4])
    assert smaller(taken, 64) is taken


def test_a_run_that_is_repeated_writes_nothing(root: Path) -> None:
    files = {p: p.stat().st_mtime_ns for p in (root / "out").rglob("*") if p.is_file()}
    assert _render(root, 3) == 0
    assert {p: p.stat().st_mtime_ns for p in (root / "out").rglob("*") if p.is_file()} == files


def test_worlds_take_the_place_of_sites() -> None:
    first, same, other = (parse_product(product_of(k)) for k in (0, 7, 8))
    assert first.place == same.place != other.place
    assert len({product_of(k) for k in range(400)}) == 400


def test_another_seed_is_refused_in_the_same_folder(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sim", "render", "-n", "3", "-o", str(root / "out"), "--size", "64", "--seed", "2"]
    assert cli.main([*words, "--world", str(root / "small.yaml")]) == cli.REFUSED
    assert "begun with other settings" in capsys.readouterr().err
