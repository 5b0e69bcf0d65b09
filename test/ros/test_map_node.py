"""The node `map` over DDS: the cost of a known scene; no pose, no rocks, time that jumps back."""

import array
import threading
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import Point, PointStamped
from nav_msgs.msg import OccupancyGrid
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import qos
from ai4mars_nav.ros.convert import grid, image, rocks
from ai4mars_nav.ros.convert.header import header, nanoseconds, to_time
from ai4mars_nav.ros.convert.pose import StampedPose, to_transform
from ai4mars_nav.ros.diagnostics import OK, WARN
from ai4mars_nav.ros.map_node import MapNode

ON_SAND = (9.0, 2.0)


@pytest.fixture
def mapper(world: Any, rover: str) -> Any:
    """The node, active, with its map and elevation recorded in `world.got`."""
    world.hear("terrain/cost", OccupancyGrid, qos.LATCHED)
    world.hear("terrain/elevation", Image)
    node = world.start(MapNode, rover=rover)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    return node


def big_rock(scene: Any, stamp: int, probability: float = 0.99) -> Any:
    """terrain/big_rocks with one rock at odom (3, 2), 0.8 m wide."""
    camera_from_odom = scene.sight.odom_from_camera.inverse()
    base = camera_from_odom @ Pose(np.eye(3), np.array([3.0, 2.0, 0.0]))
    rock = rocks.RockSighting(base, 0.5, 0.02, 0.8, probability, True, True)
    return rocks.to_markers([rock], stamp, "navcam")


def feed(world: Any, scene: Any, stamp: int, with_rocks: bool = True) -> None:
    """One frame of everything the map takes."""
    world.send("odom", scene.message("odom", stamp))
    if with_rocks:
        world.send("terrain/big_rocks", big_rock(scene, stamp))
    world.send("terrain/points", scene.labelled(stamp))


def await_map(world: Any, stamp: int) -> grid.CostGrid:
    """The cost map of that stamp."""

    def find() -> Any:
        got = [m for m in world.got["terrain/cost"] if nanoseconds(m.header.stamp) == stamp]
        return got[0] if got else None

    return grid.to_grid(world.until(find, "no map of that stamp"), "terrain/cost")


def at(costs: grid.CostGrid, x: float, y: float) -> int:
    """Cost at a place in odom."""
    column = int((x - costs.origin[0]) / costs.resolution)
    row = int((y - costs.origin[1]) / costs.resolution)
    return int(costs.cost[row, column])


def test_a_frame_becomes_a_map_with_its_stamp_in_odom(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    costs = await_map(world, stamp)
    assert costs.frame == "odom" and costs.resolution == 0.1
    assert costs.cost.shape == (400, 400)
    assert at(costs, 7.5, -1.5) == 100, "the 0.35 m rock"
    assert at(costs, 3.0, 2.0) == 100, "the reported rock"
    assert 0 <= at(costs, 6.0, 0.0) < 100, "flat soil"
    assert at(costs, -5.0, 0.0) == -1, "behind the camera"
    world.until(lambda: mapper.health.verdict()[0] == OK, "not healthy")


@pytest.mark.usefixtures("mapper")
def test_elevation_is_aligned_with_the_map(world: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    costs = await_map(world, stamp)
    got = world.until(lambda: world.got["terrain/elevation"], "no elevation")[0]
    assert nanoseconds(got.header.stamp) == stamp and got.header.frame_id == "odom"
    height, sigma = np.moveaxis(image.to_array(got, "t"), -1, 0)
    assert height.shape == costs.cost.shape
    known = np.isfinite(height)
    assert known.any() and np.isfinite(sigma[known]).all()
    row, column = (int((v - o) / 0.1) for v, o in zip((0.0, 6.0), costs.origin[::-1], strict=True))
    assert height[row, column] == pytest.approx(0.0, abs=0.03)


def test_without_rocks_the_map_goes_on_and_says_so(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp, with_rocks=False)
    assert at(await_map(world, stamp), 3.0, 2.0) != 100
    line = world.until(
        lambda: mapper.health.verdict()[0] == WARN and mapper.health.verdict()[1], "no word"
    )
    assert "terrain/big_rocks is missing" in line


def test_where_the_rover_was_stuck_is_barred(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    assert 0 <= at(await_map(world, stamp), 6.0, 0.0) < 100
    for frame, x in (("map", 6.0), ("odom", float("nan"))):
        place = PointStamped(header=header(stamp, frame), point=Point(x=x))
        world.send("stuck", place)
    world.until(lambda: mapper.health.counts().get("stuck refused") == 2, "not refused")
    world.send("stuck", PointStamped(header=header(stamp, "odom"), point=Point(x=6.0)))
    world.until(lambda: mapper.health.counts().get("stuck"), "not heard")
    feed(world, scene, stamp + 10**8)
    assert at(await_map(world, stamp + 10**8), 6.0, 0.0) == 100


def test_where_it_was_stuck_before_a_time_jump_is_not_barred(
    world: Any, mapper: Any, scene: Any
) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    await_map(world, stamp)
    world.send("stuck", PointStamped(header=header(stamp, "odom"), point=Point(x=6.0)))
    world.until(lambda: mapper.health.counts().get("stuck"), "not heard")
    earlier = stamp - 100 * 10**9
    world.send("odom", scene.message("odom", earlier))
    feed(world, scene, earlier)
    feed(world, scene, earlier + 10**8)
    assert 0 <= at(await_map(world, earlier + 10**8), 6.0, 0.0) < 100


def test_sand_in_which_wheels_slip_is_dear(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    before = at(await_map(world, stamp), *ON_SAND)
    x, y = ON_SAND
    bad = (("map", 0.5), ("odom", float("nan")), ("odom", 1.5))
    for refused, (frame, slip) in enumerate(bad, start=1):
        felt = PointStamped(header=header(stamp, frame), point=Point(x=x, y=y, z=slip))
        world.send("slip", felt)
        world.until(
            lambda n=refused: mapper.health.counts().get("slip refused") == n, "not refused"
        )
    world.send("slip", PointStamped(header=header(stamp, "odom"), point=Point(x=x, y=y, z=0.5)))
    world.until(lambda: mapper.health.counts().get("slips felt"), "not heard")
    feed(world, scene, stamp + 10**8)
    assert at(await_map(world, stamp + 10**8), *ON_SAND) > 1.5 * before
    assert "of them loose" in mapper.report()["loose sand"]


def test_without_a_pose_nothing_is_published(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    world.send("terrain/points", scene.labelled(stamp))
    line = world.until(
        lambda: "frame 'odom'" in mapper.health.verdict()[1] and mapper.health.verdict()[1],
        "no word",
    )
    assert line.startswith("nothing is published: frame 'odom' is unknown")
    world.send("odom", scene.message("odom", stamp - 3 * 10**9))
    world.send("terrain/points", scene.labelled(stamp + 10**8))
    world.until(lambda: "older than the image" in mapper.health.verdict()[1], "no word")
    assert not world.got["terrain/cost"]


def test_a_jump_back_in_time_clears_the_map(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    assert at(await_map(world, stamp), 3.0, 2.0) == 100
    world.send("odom", scene.message("odom", stamp - 100 * 10**9))
    earlier = stamp - 100 * 10**9
    feed(world, scene, earlier, with_rocks=False)
    feed(world, scene, earlier + 10**8, with_rocks=False)
    costs = await_map(world, earlier + 10**8)
    assert at(costs, 3.0, 2.0) != 100, "the rock of before the jump is forgotten"
    assert mapper.health.counts()["time jumps"] == 1


def test_a_frame_that_waits_when_time_jumps_back_does_not_block_the_map(
    world: Any, mapper: Any, scene: Any
) -> None:
    """The worker is held up with frames of the old time in work and waiting, then time jumps.

    The rover's place is static, so that the pose does not tell the times apart.
    """
    tf2_msgs = pytest.importorskip("tf2_msgs.msg")
    first = world.now()
    place = to_transform(StampedPose(0, "odom", "base_link", Pose.identity()))
    world.send("/tf_static", tf2_msgs.TFMessage(transforms=[place]), qos.LATCHED)
    feed(world, scene, first)
    await_map(world, first)
    begun, go_on = threading.Event(), threading.Event()
    move_to = mapper._map.move_to

    def slow(*place: float) -> None:
        begun.set()
        assert go_on.wait(30.0)
        move_to(*place)

    mapper._map.move_to = slow
    for later in (1, 2):
        feed(world, scene, first + later * 10**8)
        world.until(begun.is_set, "not in work")
        world.spin(0.3)
    earlier = first - 100 * 10**9
    world.send("terrain/big_rocks", big_rock(scene, earlier))
    world.until(lambda: mapper.health.counts().get("time jumps"), "no jump")
    mapper._map.move_to = move_to
    go_on.set()
    world.spin(0.3)
    for later in (1, 2, 3):
        feed(world, scene, earlier + later * 10**8)
        world.spin(0.2)
    await_map(world, earlier + 3 * 10**8)


def test_a_cloud_without_rows_is_refused(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    world.send("odom", scene.message("odom", stamp))
    message = scene.labelled(stamp)
    message.height, message.data = 0, array.array("B")
    world.send("terrain/points", message)
    world.until(lambda: mapper.health.counts().get("frame refused"), "not refused")
    assert "terrain/points" in mapper.health.verdict()[1]
    feed(world, scene, stamp + 10**8)
    await_map(world, stamp + 10**8)


def test_a_cloud_without_classes_is_refused(world: Any, mapper: Any, scene: Any) -> None:
    stamp = world.now()
    world.send("odom", scene.message("odom", stamp))
    message = scene.labelled(stamp)
    message.fields = message.fields[:3]
    world.send("terrain/points", message)
    world.until(
        lambda: "terrain/points: fields: no 'class' among x, y, z" in mapper.health.verdict()[1],
        "no word",
    )


def test_an_uncalibrated_right_camera_is_told_and_the_map_goes_on(
    world: Any, mapper: Any, scene: Any
) -> None:
    world.send("right/camera_info", CameraInfo())
    world.until(lambda: mapper.health.counts().get("right/camera_info refused"), "not refused")
    stamp = world.now()
    feed(world, scene, stamp)
    assert at(await_map(world, stamp), 7.5, -1.5) == 100
    # the map is told of once all that belongs to it is out; only what is refused after that is news
    world.until(lambda: mapper.health.counts().get("terrain/cost published"), "not told of")
    world.send("right/camera_info", CameraInfo())
    said = "publishing, but right/camera_info: p is all zero"
    world.until(lambda: said in mapper.health.verdict()[1], f"it does not say {said!r}")


def test_clouds_out_of_order_are_dropped_and_counted(world: Any, mapper: Any, scene: Any) -> None:
    first = world.now()
    feed(world, scene, first)
    await_map(world, first)
    feed(world, scene, first - 10**7)
    feed(world, scene, first + 10**8)
    await_map(world, first + 10**8)
    stamps = [nanoseconds(message.header.stamp) for message in world.got["terrain/cost"]]
    assert stamps == [first, first + 10**8]
    assert mapper.report()["terrain/points out_of_order"] == "1"


@pytest.mark.usefixtures("mapper")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_points_that_are_nowhere_leave_the_rest_of_the_map(
    world: Any, scene: Any, value: float
) -> None:
    stamp = world.now()
    message = scene.labelled(stamp)
    pixels = np.frombuffer(message.data, np.uint8).reshape(message.height, -1).copy()
    rows = pixels[:20].reshape(20, message.width, message.point_step)
    rows[..., :12] = np.full(3, value, np.float32).view(np.uint8)
    message.data = array.array("B", pixels.tobytes())
    world.send("odom", scene.message("odom", stamp))
    world.send("terrain/points", message)
    assert at(await_map(world, stamp), 7.5, -1.5) == 100


@pytest.mark.usefixtures("mapper")
def test_latecomers_hear_the_last_map(world: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    await_map(world, stamp)
    late: list[Any] = []
    world.node.create_subscription(OccupancyGrid, "terrain/cost", late.append, qos.LATCHED)
    assert nanoseconds(world.until(lambda: late, "nothing came")[0].header.stamp) == stamp


def test_the_map_follows_the_rover(world: Any, rover: str, scene: Any) -> None:
    world.hear("terrain/cost", OccupancyGrid, qos.LATCHED)
    node = world.start(MapNode, rover=rover, map__size=20.0)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    stamp = world.now()
    for index, x in enumerate((0.0, 5.0)):
        message = scene.message("odom", stamp + index * 10**9)
        message.pose.pose.position.x = x
        world.send("odom", message)
        world.send("terrain/points", scene.labelled(stamp + index * 10**9))
        costs = await_map(world, stamp + index * 10**9)
        middle = costs.origin[0] + 0.5 * 0.1 * costs.cost.shape[1]
        assert middle == pytest.approx(x, abs=1.1)


def test_tf_alone_says_where_rover_and_camera_are(world: Any, mapper: Any, scene: Any) -> None:
    tf2_msgs = pytest.importorskip("tf2_msgs.msg")
    stamp = world.now()
    base = StampedPose(stamp, "odom", "base_link", Pose.identity())
    raised = Pose(np.eye(3), np.array([0.0, 0.0, 0.5])) @ scene.rig.base_from_camera
    mast = StampedPose(0, "base_link", "navcam", raised)
    static = tf2_msgs.TFMessage(transforms=[to_transform(mast)])
    world.send("/tf_static", static, qos.LATCHED)
    world.send("/tf", tf2_msgs.TFMessage(transforms=[to_transform(base)]))
    world.send("terrain/points", scene.labelled(stamp))
    costs = await_map(world, stamp)
    got = world.until(lambda: world.got["terrain/elevation"], "no elevation")[0]
    row, column = (int((v - o) / 0.1) for v, o in zip((0.0, 6.0), costs.origin[::-1], strict=True))
    assert image.to_array(got, "t")[row, column, 0] == pytest.approx(0.5, abs=0.03)
    assert mapper.report()["pose"] == "camera 'navcam' by TF"


def test_simulated_time_is_what_ages_are_measured_with(world: Any, rover: str, scene: Any) -> None:
    world.hear("terrain/cost", OccupancyGrid, qos.LATCHED)
    node = world.start(MapNode, rover=rover, use_sim_time=True)
    world.until(lambda: node.active, "did not start, though no clock runs", timeout=120.0)
    start = 5000 * 10**9
    world.send("/clock", Clock(clock=to_time(start)))
    feed(world, scene, start)
    await_map(world, start)
    world.until(lambda: "points current" in node.report(), "no report")
    world.send("/clock", Clock(clock=to_time(start + 10**9)))
    world.until(lambda: node.report()["points current"] == "yes, 1.00 s old", "not aged")
    world.send("/clock", Clock(clock=to_time(start + 60 * 10**9)))
    world.until(lambda: node.report()["points current"] == "no, 60.00 s old", "not stale")
