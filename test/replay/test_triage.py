"""`ai4mars content triage` on a bag: the way of the node, without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ai4mars_nav import cli
from ai4mars_nav.geometry.points import Unprojector
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.triage import Shots

from .conftest import CAMERA, Entry, S, Sequence

WANTS = """
terrain: {bedrock: 1.0, sand: 0.5, soil: 0.1}
targets: {outcrop: 1.0, float rock: 0.5}
pass: {budget: 60 kB}
"""


@pytest.fixture
def answered(sequence: Sequence) -> list[Entry]:
    """The sequence with what a perfect terrain node makes of its first three frames."""
    from ai4mars_nav.ros.convert import image, rocks
    from ai4mars_nav.ros.convert.cloud import Cloud, CloudWriter
    from ai4mars_nav.rover import load_rover
    from ai4mars_nav.share import rover_file
    from ai4mars_nav.sim.rig import navcam_rig

    rig = navcam_rig(load_rover(rover_file("curiosity")), 256)
    entries = list(sequence.entries)
    for sight, stamp in zip(sequence.sights[:3], sequence.stamps[:3], strict=True):
        left = sight.left
        points = Unprojector(rig.left).points(left.depth)
        cloud = CloudWriter(256, 256).write(
            Cloud(points, left.classes, left.classes), stamp, CAMERA
        )
        base = sight.odom_from_camera.inverse() @ Pose(np.eye(3), np.array([6.0, 2.0, 0.0]))
        rock = rocks.RockSighting(base, 0.5, 0.02, 0.8, 0.9, True, True)
        made: dict[str, tuple[str, Any]] = {
            "/terrain/big_rocks": (
                "visualization_msgs/msg/MarkerArray", rocks.to_markers([rock], stamp, CAMERA)
            ),
            "/terrain/points": ("sensor_msgs/msg/PointCloud2", cloud),
            "/terrain/classes": (
                "sensor_msgs/msg/Image", image.from_array(left.classes, stamp, CAMERA)
            ),
        }  # fmt: skip
        # the graph answers some time after the image
        late = stamp + S // 4
        entries += [Entry(topic, kind, late, each) for topic, (kind, each) in made.items()]
    return sorted(entries, key=lambda entry: entry.log)


def test_a_bag_becomes_a_pass_on_disk(
    write_bag: Callable[..., Path], answered: list[Entry], tmp_path: Path
) -> None:
    bag, wants, out = write_bag(tmp_path / "bag", answered), tmp_path / "w.yaml", tmp_path / "out"
    wants.write_text(WANTS, encoding="utf-8")
    words = ["content", "triage", str(bag), "--wants", str(wants), "-o", str(out)]
    assert cli.main(words) == 0
    sent = json.loads((out / "downlink.json").read_text(encoding="utf-8"))
    files = sorted((out / "pass").iterdir())
    assert [file.stat().st_size for file in files] == [each["bytes"] for each in sent["products"]]
    assert sum(file.stat().st_size for file in files) <= 60_000 and sent["images"] == 3
    targets = json.loads((out / "targets.json").read_text(encoding="utf-8"))
    (rock,) = [each for each in targets if each["kind"] == "float rock"]
    assert rock["position"] == pytest.approx([6.0, 2.0, 0.0], abs=0.05)
    assert rock["times"] == 3 and rock["interest"] == pytest.approx(0.45)
    rows = (out / "images.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 4 and rows[0].startswith("image,sent,likeliest,probability,novelty,soil")
    assert (out / "triage.png").read_bytes()[:4] == b"\x89PNG"
    assert cli.main(words) == 0, "again, over what is there"
    assert sorted((out / "pass").iterdir()) == files


def test_without_poses_there_are_images_and_no_targets(
    write_bag: Callable[..., Path], answered: list[Entry], tmp_path: Path
) -> None:
    bag = write_bag(tmp_path / "bag", [e for e in answered if e.topic != "/odom"])
    shots = Shots(bag, "curiosity")
    found = list(shots)
    assert len(found) == 3
    assert all(shot.ground is not None and shot.ground.eye is None for shot in found)
    assert shots.lacking == {f"the pose of {CAMERA!r}: no targets": 3}


def test_without_points_that_is_said(
    write_bag: Callable[..., Path], answered: list[Entry], tmp_path: Path
) -> None:
    bag = write_bag(tmp_path / "bag", [e for e in answered if e.topic != "/terrain/points"])
    shots = Shots(bag, "curiosity")
    assert [len(shot.ground.rocks) for shot in shots if shot.ground is not None] == [1, 1, 1]
    assert shots.lacking == {"terrain/points: no outcrops and no place": 3}


def test_a_bag_of_a_camera_alone_is_refused_with_what_helps(
    write_bag: Callable[..., Path], sequence: Sequence, tmp_path: Path
) -> None:
    bag = write_bag(tmp_path / "bag", sequence.entries)
    with pytest.raises(ReplayError, match=r"holds no /terrain/classes; `ai4mars replay` makes"):
        list(Shots(bag, "curiosity"))
