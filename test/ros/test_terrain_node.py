"""The node `terrain` over DDS: what it makes of a known scene, and each kind of bad input."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sensor_msgs.msg import CameraInfo, Image, PointCloud2
from visualization_msgs.msg import MarkerArray

from ai4mars_nav.ros.convert import cloud, image, rocks
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.diagnostics import ERROR, OK, WARN
from ai4mars_nav.ros.terrain_node import TerrainNode
from ai4mars_nav.terrain import UNKNOWN, Terrain

INFOS = ("left/camera_info", "right/camera_info")
DEPTH = (*INFOS, "odom", "depth/image_rect", "left/image_rect")
STEREO = (*INFOS, "odom", "right/image_rect", "left/image_rect")


@pytest.fixture
def terrain(world: Any, probe: Path, rover: str) -> Any:
    """The node, active, with everything it says recorded in `world.got`."""
    for topic, kind in (
        ("terrain/classes", Image),
        ("terrain/confidence", Image),
        ("terrain/points", PointCloud2),
        ("terrain/big_rocks", MarkerArray),
    ):
        world.hear(topic, kind)
    # in lockstep, as each frame is shown once and awaited
    node = world.start(TerrainNode, model__file=str(probe), rover=rover, lockstep=True)
    world.until(lambda: node.active, "did not start")
    return node


def show(world: Any, scene: Any, topics: tuple[str, ...], stamp: int | None = None) -> int:
    """Send one frame; its stamp."""
    stamp = stamp or world.now()
    for topic in topics:
        world.send(topic, scene.message(topic, stamp))
    return stamp


def await_stamp(world: Any, topic: str, stamp: int) -> Any:
    """The message of that stamp."""

    def find() -> Any:
        for message in world.got[topic]:
            header = message.markers[0].header if topic.endswith("rocks") else message.header
            if nanoseconds(header.stamp) == stamp:
                return message
        return None

    return world.until(find, f"no {topic} of that stamp")


def truth(scene: Any) -> np.ndarray:
    """Class of each output pixel where all four image pixels agree, else 254."""
    classes = scene.sight.left.classes
    quads = np.stack([classes[i::2, j::2] for i in (0, 1) for j in (0, 1)])
    return np.where((quads == quads[0]).all(axis=0), quads[0], 254)


def test_depth_frame_becomes_classes_points_and_rocks(world: Any, terrain: Any, scene: Any) -> None:
    stamp = show(world, scene, DEPTH)
    points = await_stamp(world, "terrain/points", stamp)
    classes = await_stamp(world, "terrain/classes", stamp)
    confidence = await_stamp(world, "terrain/confidence", stamp)
    for message in (points, classes, confidence):
        assert message.header.frame_id == "navcam"
        assert (message.height, message.width) == (128, 128)
    seen = image.to_array(classes, "t")
    expected = truth(scene)
    sure = (expected <= Terrain.BIG_ROCK) & (seen != UNKNOWN)
    assert (seen[sure] == expected[sure]).mean() > 0.95
    assert {Terrain.SOIL, Terrain.BEDROCK, Terrain.SAND} <= set(seen[sure].tolist())

    got = cloud.to_cloud(points, "t")
    np.testing.assert_array_equal(got.classes, seen)
    np.testing.assert_array_equal(got.confidence, image.to_array(confidence, "t"))
    depth = scene.sight.left.depth[0::2, 0::2]
    np.testing.assert_array_equal(got.points[..., 2], depth)
    uv, _ = scene.rig.left.project(got.points[64, 64].astype(float))
    np.testing.assert_allclose(uv, (128, 128), atol=1e-3)

    stamped, frame, found = rocks.from_markers(await_stamp(world, "terrain/big_rocks", stamp), "t")
    assert (stamped, frame) == (stamp, "navcam")
    big = [rock for rock in found if rock.probability > 0.5]
    places = [scene.sight.odom_from_camera.apply(rock.base.translation) for rock in big]
    assert len(big) == 1 and big[0].by_height
    assert big[0].height == pytest.approx(0.35, abs=0.06)
    np.testing.assert_allclose(places[0], (7.5, -1.5, 0.0), atol=0.25)
    world.until(lambda: terrain.health.verdict()[0] == OK, "not healthy")


def test_a_pair_gives_points_by_stereo(world: Any, terrain: Any, scene: Any) -> None:
    stamp = show(world, scene, STEREO)
    got = cloud.to_cloud(await_stamp(world, "terrain/points", stamp), "t").points
    depth = scene.sight.left.depth[0::2, 0::2]
    known = np.isfinite(got[..., 2]) & np.isfinite(depth) & (depth < 12.0)
    assert known.mean() > 0.2
    error = np.abs(got[..., 2][known] - depth[known]) / depth[known]
    assert np.median(error) < 0.03
    world.until(lambda: terrain.health.verdict()[0] == OK, "not healthy")


def test_left_alone_gives_classes_and_says_what_is_missing(
    world: Any, terrain: Any, scene: Any
) -> None:
    stamp = show(world, scene, (*INFOS, "odom", "left/image_rect"))
    await_stamp(world, "terrain/classes", stamp)
    assert not world.got["terrain/points"]
    level, line = world.until(
        lambda: terrain.health.verdict() if terrain.health.verdict()[0] == WARN else None, "no word"
    )
    assert level == WARN
    assert "no points: right/image_rect and depth/image_rect are missing" in line


def test_without_a_pose_no_rocks_and_the_reason(world: Any, terrain: Any, scene: Any) -> None:
    stamp = show(world, scene, (*INFOS, "depth/image_rect", "left/image_rect"))
    await_stamp(world, "terrain/points", stamp)
    line = world.until(
        lambda: "no rocks" in terrain.health.verdict()[1] and terrain.health.verdict()[1], "no word"
    )
    assert "frame 'odom' is unknown" in line
    assert not world.got["terrain/big_rocks"]


def bad(change: str, message: Any) -> Any:
    """The message with something wrong with it."""
    if change == "encoding":
        message.encoding = "yuv422"
    elif change == "step":
        message.step = 3
    elif change == "size":
        message.height //= 2
        message.data = message.data[: len(message.data) // 2]
    elif change == "cut short":
        message.data = message.data[:-1]
    elif change == "no frame":
        message.header.frame_id = ""
    elif change == "millimetres as mono":
        message.encoding = "mono16"
    elif change == "zero p":
        message.p = [0.0] * 12
    elif change == "other size":
        message.width *= 2
    return message


@pytest.mark.parametrize(
    ("topic", "change", "said"),
    [
        ("left/image_rect", "encoding", "left/image_rect: encoding 'yuv422'"),
        ("left/image_rect", "step", "left/image_rect: step 3 is shorter than a row"),
        ("left/image_rect", "cut short", "left/image_rect: data holds 65535 bytes, 256 rows"),
        ("left/image_rect", "no frame", r"left/image_rect: header.frame_id is empty"),
        ("depth/image_rect", "encoding", "depth/image_rect: encoding 'yuv422'"),
        ("depth/image_rect", "size", "depth/image_rect: is 256 x 128, left/image_rect 256 x 256"),
        ("left/camera_info", "other size", "left/camera_info: is for 512 x 256, the image is"),
        ("right/camera_info", "other size", "right/camera_info: is for 512 x 256, the image is"),
        ("right/image_rect", "encoding", "right/image_rect: encoding 'yuv422'"),
        ("right/image_rect", "step", "right/image_rect: step 3 is shorter than a row"),
        ("right/image_rect", "size", "right/image_rect: is 256 x 128, left/image_rect 256 x 256"),
    ],
)
def test_a_bad_frame_is_dropped_counted_and_named(
    world: Any, terrain: Any, scene: Any, topic: str, change: str, said: str
) -> None:
    topics = STEREO if topic == "right/image_rect" else DEPTH
    stamp = world.now()
    for each in topics:
        message = scene.message(each, stamp)
        world.send(each, bad(change, message) if each == topic else message)
    line = world.until(
        lambda: said in terrain.health.verdict()[1] and terrain.health.verdict()[1], "no word"
    )
    assert line.startswith("nothing is published")
    assert terrain.health.verdict()[0] == ERROR
    assert any("refused" in what for what in terrain.health.counts())
    assert not world.got["terrain/classes"]
    stamp = show(world, scene, topics)
    await_stamp(world, "terrain/points", stamp)


def test_an_uncalibrated_camera_costs_the_points_only(world: Any, terrain: Any, scene: Any) -> None:
    world.send("left/camera_info", CameraInfo())
    stamp = show(world, scene, ("odom", "depth/image_rect", "left/image_rect"))
    await_stamp(world, "terrain/classes", stamp)
    line = world.until(
        lambda: "all zero" in terrain.health.verdict()[1] and terrain.health.verdict()[1], "no word"
    )
    assert "publishing, but left/camera_info: p is all zero: the camera is not calibrated" in line
    assert not world.got["terrain/points"]


def test_an_uncalibrated_right_camera_costs_the_points_of_a_pair_only(
    world: Any, terrain: Any, scene: Any
) -> None:
    world.send("right/camera_info", CameraInfo())
    left = ("left/camera_info", "odom", "right/image_rect", "left/image_rect")
    await_stamp(world, "terrain/classes", show(world, scene, left))
    said = "publishing, but right/camera_info: p is all zero: the camera is not calibrated"
    world.until(lambda: said in terrain.health.verdict()[1], "no word")
    assert not world.got["terrain/points"]
    await_stamp(world, "terrain/points", show(world, scene, STEREO))


def test_a_camera_that_is_mended_is_believed_again(world: Any, terrain: Any, scene: Any) -> None:
    """The same P, first with a region of interest, then without."""
    windowed = scene.message("left/camera_info", world.now())
    windowed.roi.width = windowed.roi.height = 8
    world.send("left/camera_info", windowed)
    world.until(lambda: terrain.health.counts().get("left/camera_info refused"), "not refused")
    await_stamp(world, "terrain/points", show(world, scene, DEPTH))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "publishing, last"),
        (np.inf, "publishing, last"),
        (0.0, "publishing, last"),
        (-3.0, "publishing, but depth/image_rect is below zero in 12800 pixels"),
    ],
)
def test_depth_without_meaning_is_no_point(
    world: Any, terrain: Any, scene: Any, value: float, said: str
) -> None:
    depth = np.full((256, 256), value, np.float32)
    depth[200:, :] = 5.0
    stamp = world.now()
    for topic in DEPTH:
        message = scene.message(topic, stamp)
        if topic == "depth/image_rect":
            message.data = image.byte_array(depth)
        world.send(topic, message)
    points = cloud.to_cloud(await_stamp(world, "terrain/points", stamp), "t").points
    assert np.isnan(points[:100]).all()
    np.testing.assert_array_equal(points[100:, :, 2], 5.0)
    world.until(lambda: terrain.health.verdict()[1].startswith(said), f"it does not say {said!r}")


def test_depth_that_is_nothing_but_holes_is_told(world: Any, terrain: Any, scene: Any) -> None:
    stamp = world.now()
    for topic in DEPTH:
        message = scene.message(topic, stamp)
        if topic == "depth/image_rect":
            message.data = image.byte_array(np.full((256, 256), np.nan, np.float32))
        world.send(topic, message)
    points = cloud.to_cloud(await_stamp(world, "terrain/points", stamp), "t").points
    assert np.isnan(points).all()
    said = "publishing, but depth/image_rect has not one usable pixel"
    world.until(lambda: terrain.health.verdict()[1] == said, f"it does not say {said!r}")


@pytest.mark.usefixtures("terrain")
def test_millimetres_are_told_by_the_encoding(world: Any, scene: Any) -> None:
    stamp = world.now()
    for topic in DEPTH:
        message = scene.message(topic, stamp)
        if topic == "depth/image_rect":
            metres = np.nan_to_num(scene.sight.left.depth, nan=0.0)
            millimetres = np.minimum(metres * 1000.0, 65535).astype(np.uint16)
            message = image.from_array(millimetres, stamp, "navcam")
        world.send(topic, message)
    points = cloud.to_cloud(await_stamp(world, "terrain/points", stamp), "t").points
    depth = scene.sight.left.depth[0::2, 0::2]
    near = depth < 60.0
    np.testing.assert_allclose(points[..., 2][near], depth[near], atol=1e-3)


def test_stamps_out_of_order_are_dropped_and_a_jump_back_clears(
    world: Any, terrain: Any, scene: Any
) -> None:
    first = show(world, scene, DEPTH)
    await_stamp(world, "terrain/points", first)
    for stamp in (first - 10_000_000, first):
        show(world, scene, DEPTH, stamp)
        world.spin(0.1)
    long_ago = first - 3600 * 10**9
    show(world, scene, DEPTH, long_ago)
    await_stamp(world, "terrain/points", long_ago)
    stamps = [nanoseconds(m.header.stamp) for m in world.got["terrain/points"]]
    assert stamps == [first, long_ago]
    assert terrain.health.counts()["time jumps"] == 1
    unused = terrain.report()
    assert unused["left/image_rect out_of_order"] == "1"
    assert unused["left/image_rect duplicate"] == "1"


def test_the_overlay_is_made_only_for_somebody(world: Any, terrain: Any, scene: Any) -> None:
    stamp = show(world, scene, DEPTH)
    await_stamp(world, "terrain/points", stamp)
    pictures = world.hear("terrain/overlay", Image)
    world.until(lambda: terrain.count_subscribers("terrain/overlay"), "not discovered")
    stamp = show(world, scene, DEPTH)
    picture = world.until(lambda: pictures and pictures[-1], "no overlay")
    assert picture.encoding == "rgb8" and nanoseconds(picture.header.stamp) == stamp
