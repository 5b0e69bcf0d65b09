"""Messages to arrays and back: round trips, strides, byte orders, and each refusal by name."""

import array
import math
import re

import numpy as np
import pytest
from geometry_msgs.msg import Quaternion
from nav_msgs.msg import Odometry
from sensor_msgs.msg import CameraInfo, PointCloud2, PointField

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros.convert import camera, cloud, grid, image, pose, rocks
from ai4mars_nav.ros.convert.header import nanoseconds, to_time
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
RNG = np.random.default_rng(7)


def random_image(kind: str) -> np.ndarray:
    if kind == "f4":
        return RNG.normal(5.0, 2.0, (6, 5)).astype("f4")
    if kind == "f4 x 2":
        return RNG.normal(5.0, 2.0, (6, 5, 2)).astype("f4")
    shape = (6, 5, 3) if kind == "rgb" else (6, 5)
    dtype = "u2" if kind == "u2" else "u1"
    return RNG.integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


@pytest.mark.parametrize("stamp", [0, 1, 999_999_999, 10**9, STAMP])
def test_stamps_round_trip(stamp: int) -> None:
    assert nanoseconds(to_time(stamp)) == stamp


@pytest.mark.parametrize("kind", ["u1", "rgb", "u2", "f4", "f4 x 2"])
def test_images_round_trip(kind: str) -> None:
    pixels = random_image(kind)
    message = image.from_array(pixels, STAMP, "camera")
    assert isinstance(message.data, array.array) and message.header.frame_id == "camera"
    np.testing.assert_array_equal(image.to_array(message, "t"), pixels)


@pytest.mark.parametrize("kind", ["u1", "rgb", "u2", "f4", "f4 x 2"])
def test_rows_may_be_padded_and_bytes_swapped(kind: str) -> None:
    pixels = random_image(kind)
    message = image.from_array(pixels, STAMP, "camera")
    swapped = pixels.astype(pixels.dtype.newbyteorder(">"))
    rows = swapped.view(np.uint8).reshape(6, -1)
    padded = np.concatenate([rows, np.full((6, 7), 99, np.uint8)], axis=1)
    message.step, message.is_bigendian = padded.shape[1], 1
    message.data = image.byte_array(padded)
    got = image.to_array(message, "t")
    np.testing.assert_array_equal(got, pixels)
    assert got.dtype.isnative


def test_reading_does_not_copy() -> None:
    message = image.from_array(random_image("f4"), STAMP, "camera")
    pixels = image.to_array(message, "t")
    message.data[0:4] = array.array("B", np.float32(42.0).tobytes())
    assert pixels[0, 0] == 42.0


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8"])
def test_colour_becomes_grey(encoding: str) -> None:
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[..., 0 if encoding == "rgb8" else 2] = 200
    message = image.from_array(pixels, STAMP, "camera")
    message.encoding = encoding
    assert image.grey(message, "t")[0, 0] == pytest.approx(0.299 * 200, abs=1)


def test_twelve_bits_in_mono16() -> None:
    message = image.from_array(np.array([[0, 4095], [16, 2048]], np.uint16), STAMP, "camera")
    message.encoding = "mono16"
    np.testing.assert_array_equal(image.grey(message, "t", bits=12), [[0, 255], [1, 128]])
    with pytest.raises(MessageError, match="t: mono16 holds 4095, more than 10 bits"):
        image.grey(message, "t", bits=10)


BAD_IMAGES = {
    "yuv422": ({"encoding": "yuv422"}, "left/image_rect: encoding 'yuv422'"),
    "short step": ({"step": 4}, "left/image_rect: step 4 is shorter than a row of 5 mono8"),
    "long step": ({"step": 6}, "left/image_rect: data holds 30 bytes, 6 rows of step 6 need 36"),
    "height": ({"height": 7}, "left/image_rect: data holds 30 bytes, 7 rows"),
    "no width": ({"width": 0}, "left/image_rect: width x height is 0 x 6"),
    "depth": ({"encoding": "32FC1"}, "left/image_rect: encoding '32FC1' is no intensity image"),
}


@pytest.mark.parametrize("case", BAD_IMAGES)
def test_bad_images_are_refused_by_topic_and_field(case: str) -> None:
    changes, said = BAD_IMAGES[case]
    message = image.from_array(random_image("u1"), STAMP, "camera")
    for field, value in changes.items():
        setattr(message, field, value)
    with pytest.raises(MessageError, match=re.escape(said)):
        image.grey(message, "left/image_rect")


def test_a_grey_image_is_no_depth() -> None:
    message = image.from_array(random_image("u1"), STAMP, "camera")
    with pytest.raises(MessageError, match="depth/image_rect: encoding 'mono8' is no depth"):
        image.depth(message, "depth/image_rect")


RIGHT = Pinhole(1024, 1024, 1220.3, 1219.9, 509.3, 517.3, -517.4)


def test_camera_info_round_trips() -> None:
    assert camera.to_pinhole(camera.from_pinhole(RIGHT, STAMP, "c"), "t") == RIGHT


def test_only_p_describes_a_rectified_image() -> None:
    message = camera.from_pinhole(RIGHT, STAMP, "c")
    message.k = [900.0, 0.0, 500.0, 0.0, 900.0, 500.0, 0.0, 0.0, 1.0]
    message.d = [0.1, 0.0, 0.0, 0.0, 0.0]
    assert camera.to_pinhole(message, "t") == RIGHT


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (CameraInfo(), "left/camera_info: .*all zero"),
        (CameraInfo(width=4, height=4), "left/camera_info: .*all zero"),
        (CameraInfo(p=[1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0]), "left/camera_info: .*0 x 0"),
        (CameraInfo(binning_x=2), "left/camera_info: binning"),
    ],
)
def test_bad_camera_infos_are_refused(message: CameraInfo, said: str) -> None:
    with pytest.raises(MessageError, match=said):
        camera.to_pinhole(message, "left/camera_info")


def test_a_camera_of_another_size_is_refused() -> None:
    with pytest.raises(MessageError, match=r"info: is for 1024 x 1024, the image is 512 x 256"):
        camera.check_size(RIGHT, (256, 512), "info")


def random_cloud() -> cloud.Cloud:
    points = RNG.normal(size=(4, 3, 3)).astype("f4")
    points[0, 0] = np.nan
    classes, confidence = RNG.integers(0, 255, (2, 4, 3), dtype="u1")
    return cloud.Cloud(points, classes, confidence)


def same(a: cloud.Cloud, b: cloud.Cloud) -> None:
    for field in ("points", "classes", "confidence"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


def test_clouds_round_trip() -> None:
    sent = random_cloud()
    message = cloud.CloudWriter(4, 3).write(sent, STAMP, "camera")
    assert message.point_step == 16 and not message.is_dense
    same(cloud.to_cloud(message, "t"), sent)


def test_a_writer_does_not_change_what_it_wrote() -> None:
    writer, first, second = cloud.CloudWriter(4, 3), random_cloud(), random_cloud()
    message = writer.write(first, STAMP, "camera")
    writer.write(second, STAMP, "camera")
    same(cloud.to_cloud(message, "t"), first)


def test_clouds_of_another_layout_are_read() -> None:
    sent = random_cloud()
    fields = {"class": ("u1", 0), "z": ("f4", 4), "x": ("f4", 12), "confidence": ("u1", 17)}
    fields["y"] = ("f4", 20)
    names = list(fields)
    layout = np.dtype(
        {
            "names": names,
            "formats": [fields[n][0] for n in names],
            "offsets": [fields[n][1] for n in names],
            "itemsize": 28,
        }
    )
    points = np.zeros((4, 3), layout)
    for axis, name in enumerate("xyz"):
        points[name] = sent.points[..., axis]
    points["class"], points["confidence"] = sent.classes, sent.confidence
    message = PointCloud2(height=4, width=3, point_step=28, row_step=84)
    kinds = {"f4": PointField.FLOAT32, "u1": PointField.UINT8}
    message.fields = [
        PointField(name=n, offset=offset, datatype=kinds[kind], count=1)
        for n, (kind, offset) in fields.items()
    ]
    message.data = image.byte_array(points.view(np.uint8))
    same(cloud.to_cloud(message, "t"), sent)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"row_step": 47}, "row_step 47 is shorter"),
        ({"row_step": 49}, "data holds 192 bytes"),
        ({"point_step": 12}, "'class' ends at byte 13 of points of 12"),
        ({"fields": []}, "no 'x' among none"),
        ({"is_bigendian": True}, "is_bigendian"),
    ],
)
def test_bad_clouds_are_refused(changes: dict[str, object], said: str) -> None:
    message = cloud.CloudWriter(4, 3).write(random_cloud(), STAMP, "camera")
    for field, value in changes.items():
        setattr(message, field, value)
    with pytest.raises(MessageError, match=said):
        cloud.to_cloud(message, "terrain/points")


def test_grids_round_trip() -> None:
    cost = RNG.integers(-1, 101, (5, 7), dtype=np.int8)
    sent = grid.CostGrid(cost, (-20.05, 13.1), 0.1, STAMP, "odom")
    got = grid.to_grid(grid.to_message(sent), "t")
    np.testing.assert_array_equal(got.cost, cost)
    assert (got.origin, got.resolution, got.stamp) == (sent.origin, 0.1, STAMP)
    assert got.frame == "odom"


def test_a_turned_or_short_grid_is_refused() -> None:
    sent = grid.CostGrid(np.zeros((5, 7), np.int8), (0.0, 0.0), 0.1, STAMP, "odom")
    message = grid.to_message(sent)
    message.info.width = 8
    with pytest.raises(MessageError, match="data holds 35 cells, info says 8 x 5"):
        grid.to_grid(message, "terrain/cost")
    message = grid.to_message(sent)
    message.info.origin.orientation = Quaternion(z=0.6, w=0.8)
    with pytest.raises(MessageError, match="turned"):
        grid.to_grid(message, "terrain/cost")


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -0.1])
def test_a_grid_of_no_resolution_is_refused(value: float) -> None:
    message = grid.to_message(
        grid.CostGrid(np.zeros((5, 7), np.int8), (0.0, 0.0), 0.1, STAMP, "odom")
    )
    message.info.resolution = value
    with pytest.raises(MessageError, match=r"terrain/cost: info\.resolution is"):
        grid.to_grid(message, "terrain/cost")


def test_a_grid_that_is_nowhere_is_refused() -> None:
    sent = grid.CostGrid(np.zeros((5, 7), np.int8), (math.nan, 0.0), 0.1, STAMP, "odom")
    with pytest.raises(MessageError, match=r"terrain/cost: info.origin \(nan, 0.0\)"):
        grid.to_grid(grid.to_message(sent), "terrain/cost")


@pytest.mark.parametrize("value", [-128, -2, 101, 127])
def test_a_cost_without_meaning_is_not_driven_over(value: int) -> None:
    cost = np.zeros((5, 7), np.int8)
    cost[2, 3] = value
    sent = grid.CostGrid(cost, (0.0, 0.0), 0.1, STAMP, "odom")
    with pytest.raises(MessageError, match=f"terrain/cost: cells are .*{value}.*must be -1 to"):
        grid.to_grid(grid.to_message(sent), "terrain/cost")


SOMEWHERE = Pose.from_rpy((1.0, -2.0, 3.0), (0.1, -0.4, 2.5))


def test_poses_round_trip() -> None:
    got = pose.to_pose(pose.from_pose(SOMEWHERE), "t")
    np.testing.assert_allclose(got.rotation, SOMEWHERE.rotation, atol=1e-12)
    np.testing.assert_allclose(got.translation, SOMEWHERE.translation)


def test_odometry_and_transforms_round_trip() -> None:
    sent = pose.StampedPose(STAMP, "odom", "base_link", SOMEWHERE)
    for got in (
        pose.from_odometry(pose.to_odometry(sent), "t"),
        pose.from_transform(pose.to_transform(sent), "t"),
    ):
        assert (got.stamp, got.parent, got.child) == (STAMP, "odom", "base_link")
        np.testing.assert_allclose(got.pose.rotation, SOMEWHERE.rotation, atol=1e-12)


def test_bad_odometry_is_refused() -> None:
    message = Odometry(child_frame_id="base_link")
    with pytest.raises(MessageError, match=r"odom: header\.frame_id ''"):
        pose.from_odometry(message, "odom")
    message.header.frame_id = "odom"
    message.pose.pose.orientation = Quaternion(w=0.0)
    with pytest.raises(MessageError, match="odom: quaternion"):
        pose.from_odometry(message, "odom")
    message.pose.pose.position.x = float("nan")
    with pytest.raises(MessageError, match="odom: position"):
        pose.from_odometry(message, "odom")


@pytest.mark.parametrize("count", [0, 1, 2, 30])
def test_paths_round_trip_and_look_along_themselves(count: int) -> None:
    points = np.cumsum(RNG.normal(1.0, 0.3, (count, 2)), axis=0)
    message = pose.to_path(points, STAMP, "odom")
    np.testing.assert_allclose(pose.from_path(message, "t"), points)
    for i in range(count - 1):
        step = points[i + 1] - points[i]
        yaw = pose.to_pose(message.poses[i].pose, "t").yaw()
        assert yaw == pytest.approx(np.arctan2(step[1], step[0]))


@pytest.mark.parametrize(
    ("x", "said"), [(1e7, r"plan: \(1e\+07, 0\) is over 1e\+06 m"), (np.inf, "not finite")]
)
def test_a_path_beyond_all_measure_is_refused(x: float, said: str) -> None:
    """The follower would drive toward it for ever."""
    message = pose.to_path(np.array([[0.0, 0.0], [x, 0.0]]), 5, "odom")
    with pytest.raises(MessageError, match=said):
        pose.from_path(message, "plan")


def test_rocks_round_trip() -> None:
    sent = [
        rocks.RockSighting(SOMEWHERE, 0.42, 0.021, 0.8, 0.97, True, False),
        rocks.RockSighting(Pose.identity(), 0.31, 0.1, 1.25, 0.5, False, True),
    ]
    message = rocks.to_markers(sent, STAMP, "camera")
    assert message.markers[1].text == "h 0.42±0.021 m w 0.80 m p 0.97 height:yes class:no"
    stamp, frame, got = rocks.from_markers(message, "t")
    assert (stamp, frame) == (STAMP, "camera")
    for a, b in zip(sent, got, strict=True):
        np.testing.assert_allclose(a.base.translation, b.base.translation, atol=1e-12)
        np.testing.assert_allclose(a.base.rotation, b.base.rotation, atol=1e-12)
        assert (a.height, a.width, a.by_height, a.by_class) == (
            b.height,
            b.width,
            b.by_height,
            b.by_class,
        )
        assert b.probability == pytest.approx(a.probability, abs=1e-6)
        assert b.height_sigma == a.height_sigma


def test_a_rock_without_a_height_stays_without_one() -> None:
    sent = rocks.RockSighting(SOMEWHERE, math.nan, math.nan, 0.8, 0.97, False, True)
    message = rocks.to_markers([sent], STAMP, "camera")
    assert message.markers[1].text == "h ? w 0.80 m p 0.97 height:no class:yes"
    assert message.markers[1].scale.z == 0.30
    got = rocks.from_markers(message, "t")[2][0]
    assert math.isnan(got.height) and math.isnan(got.height_sigma)
    np.testing.assert_allclose(got.base.translation, SOMEWHERE.translation, atol=1e-12)


def test_a_rock_measured_below_its_ground_round_trips() -> None:
    """The network may call a hollow a rock; refusing its marker cost the frame all its rocks."""
    sent = rocks.RockSighting(SOMEWHERE, -0.01, 0.064, 0.76, 0.0, False, True)
    message = rocks.to_markers([sent], STAMP, "camera")
    assert message.markers[1].text == "h -0.01±0.064 m w 0.76 m p 0.00 height:no class:yes"
    assert message.markers[1].scale.z > 0.0
    got = rocks.from_markers(message, "t")[2][0]
    assert got.height == pytest.approx(-0.01) and got.height_sigma == pytest.approx(0.064)
    np.testing.assert_allclose(got.base.translation, SOMEWHERE.translation, atol=1e-9)


def test_no_rocks_still_have_a_stamp() -> None:
    assert rocks.from_markers(rocks.to_markers([], STAMP, "c"), "t") == (STAMP, "c", [])


def test_other_markers_are_refused() -> None:
    message = rocks.to_markers([rocks.RockSighting(SOMEWHERE, 1, 0, 1, 1, True, True)], STAMP, "c")
    message.markers.pop(0)
    with pytest.raises(MessageError, match="DELETEALL"):
        rocks.from_markers(message, "terrain/big_rocks")


@pytest.mark.parametrize(
    ("width", "probability"), [(math.nan, 0.9), (math.inf, 0.9), (-0.8, 0.9), (0.8, 7.0)]
)
def test_a_rock_without_a_width_or_probability_is_refused(width: float, probability: float) -> None:
    sent = rocks.RockSighting(SOMEWHERE, 0.42, 0.021, 0.8, 0.9, True, True)
    message = rocks.to_markers([sent], STAMP, "c")
    message.markers[1].scale.x = width
    message.markers[1].color.a = probability
    with pytest.raises(MessageError, match=r"terrain/big_rocks: marker 'big_rock' 0: scale\.x"):
        rocks.from_markers(message, "terrain/big_rocks")
