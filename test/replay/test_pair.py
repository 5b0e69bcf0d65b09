"""A pair of images as a bag: what is written is what was given, and nonsense is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.bags.read import messages
from ai4mars_nav.replay.pair import main
from ai4mars_nav.ros.convert.camera import to_pinhole
from ai4mars_nav.ros.convert.image import to_array

from .conftest import Replayed

DATA = Path(os.environ.get("AI4MARS_DATA", Path(__file__).parents[3] / "shared" / "data"))
ALOE = DATA / "stereo-aloe"
GREY = np.random.default_rng(1).integers(0, 256, (30, 40), dtype=np.uint8)


def files(tmp_path: Path, right: np.ndarray = GREY) -> list[str]:
    paths = [tmp_path / "left.png", tmp_path / "right.png"]
    for path, image in zip(paths, (GREY, right), strict=True):
        cv2.imwrite(str(path), image)
    return [str(path) for path in paths]


def test_images_and_cameras_come_back(tmp_path: Path) -> None:
    bag = tmp_path / "bag"
    assert main([*files(tmp_path), "-o", str(bag), "--focal", "50", "--baseline", "0.2"]) == 0
    found = {topic: message for topic, _, message in messages(bag, *TOPICS)}
    assert set(found) == set(TOPICS)
    np.testing.assert_array_equal(to_array(found["left/image_rect"], "x"), GREY)
    right = to_pinhole(found["right/camera_info"], "x")
    assert (right.fx, right.baseline, right.cx) == (50.0, pytest.approx(0.2), 19.5)
    camera = found["/tf_static"].transforms[0]
    assert camera.child_frame_id == found["left/image_rect"].header.frame_id
    assert camera.transform.translation.z == 1.0


TOPICS = (
    "left/image_rect",
    "right/image_rect",
    "left/camera_info",
    "right/camera_info",
    "odom",
    "/tf_static",
)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--focal", "0", "--baseline", "1"), "--focal is 0.0"),
        (("--focal", "5", "--baseline", "nan"), "--baseline is nan"),
        (("--focal", "5", "--baseline", "1", "--height", "-1"), "--height is -1.0"),
    ],
)
def test_numbers_that_make_no_sense_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], named: str
) -> None:
    assert main([*files(tmp_path), "-o", str(tmp_path / "bag"), *words]) == 2
    assert named in capsys.readouterr().err


def test_images_that_do_not_fit_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = ["--focal", "50", "--baseline", "0.2"]
    out = tmp_path / "bag"
    assert main([*files(tmp_path, GREY[:-1]), "-o", str(out), *numbers]) == 2
    assert "right.png: is (29, 40)" in capsys.readouterr().err
    missing = str(tmp_path / "none.png")
    assert main([missing, missing, "-o", str(out), *numbers]) == 2
    assert "none.png: is no image" in capsys.readouterr().err
    out.mkdir()
    assert main([*files(tmp_path), "-o", str(out), *numbers]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.skipif(not ALOE.is_dir(), reason="no stereo-aloe (AI4MARS_DATA)")
def test_a_real_pair_replays(tmp_path: Path, replay: Callable[..., Replayed]) -> None:
    """The graph does its own stereo of it, and finds the plant and the wall in everybody's way."""
    bag = tmp_path / "aloe"
    pair = [str(ALOE / f"aloe-{side}.png") for side in "LR"]
    assert main([*pair, "-o", str(bag), "--focal", "1250", "--baseline", "0.16"]) == 0
    done = replay(bag)
    assert done.report["frames_answered"] == 1, done.words
    ((_, _, cost),) = messages(done.out / "bag", "terrain/cost")
    cells = np.asarray(cost.data)
    assert (cells == 100).sum() > 100
    ((_, _, cloud),) = messages(done.out / "bag", "terrain/points")
    points = np.frombuffer(cloud.data, np.float32).reshape(-1, 4)[:, :3]
    assert np.isfinite(points).all(axis=1).mean() > 0.5
