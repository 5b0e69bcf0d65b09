"""The node `planner` over DDS: a path round an obstacle, and every reason to have none."""

import itertools
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import OccupancyGrid, Path
from rosgraph_msgs.msg import Clock

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import node, qos
from ai4mars_nav.ros.convert import grid, pose
from ai4mars_nav.ros.convert.header import header, nanoseconds, to_time
from ai4mars_nav.ros.diagnostics import ERROR, OK, WARN
from ai4mars_nav.ros.planner_node import PlannerNode

S = 10**9


@pytest.fixture
def planner(world: Any, rover: str) -> Any:
    """The node, active, its paths recorded."""
    world.hear("plan", Path, qos.LATCHED)
    node = world.start(PlannerNode, rover=rover, limits__map_timeout=1.0, search__doubt=4.0)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    return node


def wall(stamp: int, frame: str = "odom", gap: bool = True) -> OccupancyGrid:
    """20 x 20 m of easy ground around the origin, a wall at x = 3 with a gap at y = 4."""
    cost = np.ones((200, 200), np.int8)
    cost[:, 130:133] = 100
    if gap:
        cost[138:143, 130:133] = 1
    return grid.to_message(grid.CostGrid(cost, (-10.0, -10.0), 0.1, stamp, frame))


def odom(stamp: int) -> Any:
    return pose.to_odometry(pose.StampedPose(stamp, "odom", "base_link", Pose.identity()))


def goal(x: float, y: float, frame: str = "odom") -> PoseStamped:
    place = pose.from_pose(Pose(np.eye(3), np.array([x, y, 0.0])))
    return PoseStamped(header=header(0, frame), pose=place)


def give(world: Any, x: float, y: float, frame: str = "odom", **changes: Any) -> int:
    """Pose, map and goal; the map's stamp."""
    stamp = world.now()
    world.send("odom", odom(stamp))
    world.send("terrain/cost", wall(stamp, **changes), qos.LATCHED)
    world.send("goal_pose", goal(x, y, frame))
    return stamp


def path_of(message: Path) -> np.ndarray:
    return pose.from_path(message, "plan")


def await_line(world: Any, node: Any, said: str) -> None:
    world.until(lambda: said in node.health.verdict()[1], f"it did not say {said!r}")


def test_a_path_leads_through_the_gap(world: Any, planner: Any) -> None:
    stamp = give(world, 6.0, -1.0)
    message = world.until(lambda: [m for m in world.got["plan"] if m.poses], "no path")[-1]
    assert nanoseconds(message.header.stamp) == stamp and message.header.frame_id == "odom"
    points = path_of(message)
    np.testing.assert_allclose(points[0], (0.0, 0.0), atol=0.1)
    np.testing.assert_allclose(points[-1], (6.0, -1.0), atol=0.1)
    fine = np.concatenate([np.linspace(a, b, 200) for a, b in itertools.pairwise(points)])
    crossing = fine[(fine[:, 0] > 3.0) & (fine[:, 0] < 3.3)]
    assert (crossing[:, 1] > 3.8).all() and (crossing[:, 1] < 4.3).all()
    assert planner.health.verdict()[0] == OK


def test_each_new_map_is_planned_on_anew(world: Any, planner: Any) -> None:
    give(world, 6.0, -1.0)
    world.until(lambda: [m for m in world.got["plan"] if m.poses], "no path")
    stamp = world.now()
    world.send("odom", odom(stamp))
    world.send("terrain/cost", wall(stamp, gap=False), qos.LATCHED)
    await_line(world, planner, "no way from")
    world.until(lambda: not world.got["plan"][-1].poses, "the old path was not taken back")
    stamp = world.now()
    world.send("odom", odom(stamp))
    world.send("terrain/cost", wall(stamp), qos.LATCHED)
    world.until(lambda: world.got["plan"][-1].poses, "no path again")


def test_a_goal_in_a_rock_is_refused_in_words(world: Any, planner: Any) -> None:
    give(world, 3.1, 0.0)
    await_line(world, planner, "goal (3.10, 0.00) lies in a lethal cell")
    assert planner.health.verdict()[0] == ERROR
    assert all(not m.poses for m in world.got["plan"])


def test_a_goal_that_looks_lethal_from_afar_is_driven_toward(world: Any, rover: str) -> None:
    world.hear("plan", Path, qos.LATCHED)
    node = world.start(PlannerNode, rover=rover, search__doubt=2.0)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    give(world, 3.1, 0.0)
    message = world.until(lambda: [m for m in world.got["plan"] if m.poses], "no path")[-1]
    end = path_of(message)[-1]
    assert 2.5 < end[0] < 3.8 and not 3.0 <= end[0] < 3.3, "beside the wall, not in it"
    await_line(world, node, "the goal looks lethal from here")
    assert node.health.verdict()[0] == WARN


def test_a_goal_off_the_map_leads_to_its_edge(world: Any, planner: Any) -> None:
    give(world, 0.0, -50.0)
    message = world.until(lambda: [m for m in world.got["plan"] if m.poses], "no path")[-1]
    end = path_of(message)[-1]
    assert end[1] < -9.5 and abs(end[0]) < 2.0
    assert planner.health.verdict()[0] == WARN
    assert "off the map" in planner.health.verdict()[1]


def test_a_map_that_goes_stale_takes_the_path_back(world: Any, planner: Any) -> None:
    give(world, 6.0, -1.0)
    world.until(lambda: [m for m in world.got["plan"] if m.poses], "no path")
    world.until(lambda: not world.got["plan"][-1].poses, "the path was not taken back")
    assert "terrain/cost is" in planner.health.verdict()[1]


def test_a_map_from_the_future_or_of_another_frame_is_refused(world: Any, planner: Any) -> None:
    stamp = world.now()
    world.send("odom", odom(stamp))
    world.send("goal_pose", goal(6.0, -1.0))
    world.send("terrain/cost", wall(stamp, frame="map"), qos.LATCHED)
    await_line(world, planner, "terrain/cost: frame_id is 'map'")
    world.send("terrain/cost", wall(stamp + 60 * S), qos.LATCHED)
    await_line(world, planner, "in the future: is use_sim_time right?")


def test_without_goal_or_pose_it_says_so(world: Any, planner: Any) -> None:
    world.send("terrain/cost", wall(world.now()), qos.LATCHED)
    await_line(world, planner, "no goal_pose has been given")
    assert planner.health.verdict()[0] == OK, "nothing is wrong with having nothing to do"
    world.send("goal_pose", goal(6.0, -1.0))
    await_line(world, planner, "frame 'odom' is unknown")
    world.send("odom", odom(world.now() - 5 * S))
    world.send("terrain/cost", wall(world.now()), qos.LATCHED)
    await_line(world, planner, "the newest pose is 5.")


def test_a_goal_of_an_unknown_frame_is_refused(world: Any, planner: Any) -> None:
    give(world, 1.0, 1.0, frame="crater")
    await_line(world, planner, "frame 'crater' is unknown")
    give(world, 1.0, 1.0, frame="")
    await_line(world, planner, "goal_pose: header.frame_id is empty")


def test_a_goal_beyond_all_measure_is_refused(world: Any, planner: Any) -> None:
    give(world, 1e300, 0.0)
    world.until(lambda: planner.health.counts().get("goal_pose refused"), "not refused")
    line = planner.health.verdict()[1]
    assert "goal_pose" in line and "1e+06 m from the origin" in line


@pytest.mark.parametrize("x", [float("nan"), float("inf")])
def test_a_goal_that_is_no_place_is_refused(world: Any, planner: Any, x: float) -> None:
    give(world, x, 0.0)
    await_line(world, planner, f"goal_pose: position ({x}, 0.0, 0.0) is not finite")
    assert all(not m.poses for m in world.got["plan"])
    give(world, 6.0, -1.0)
    world.until(lambda: [m for m in world.got["plan"] if m.poses], "no path")


def test_a_refused_goal_ends_the_one_before(world: Any, planner: Any) -> None:
    """Better a rover that stands than one that drives on to where nobody wants it any more."""
    give(world, 6.0, -1.0)
    world.until(lambda: planner.report()["goal"] == "(6.00, -1.00)", "the goal did not arrive")
    plans = world.hear("plan", Path, qos.LATCHED)
    world.until(lambda: plans and plans[-1].poses, "no plan")
    world.send("goal_pose", goal(1.0, 1.0, "crater"))
    world.until(lambda: not plans[-1].poses, "the plan was not taken back")
    world.send("terrain/cost", wall(world.now()), qos.LATCHED)
    await_line(world, planner, "the goal_pose was refused: frame 'crater' is unknown")
    assert planner.report()["goal"] == "none"


def test_it_survives_time_that_jumps_back(world: Any, rover: str) -> None:
    """A replay that starts again: the map of before is not planned on, the new one is."""
    world.hear("plan", Path, qos.LATCHED)
    node = world.start(PlannerNode, rover=rover, use_sim_time=True)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    for seconds in (1000, 500):
        stamp = seconds * S
        world.send("/clock", Clock(clock=to_time(stamp)))
        world.until(lambda at=stamp: node.now() == at, "the clock is not heard")
        world.send("goal_pose", goal(6.0, -1.0))
        if seconds == 500:
            await_line(world, node, "in the future")
        world.send("odom", odom(stamp))
        world.send("terrain/cost", wall(stamp), qos.LATCHED)
        world.until(
            lambda at=stamp: any(
                m.poses and nanoseconds(m.header.stamp) == at for m in world.got["plan"]
            ),
            "no path",
        )


@pytest.mark.usefixtures("planner")
def test_a_plan_begins_at_the_newest_of_the_poses_that_wait(world: Any) -> None:
    """Of what waits one message of each topic is taken at a time: with the map that came after six
    poses the first was taken, on a machine that was busy enough."""
    give(world, 6.0, 0.0)
    heard = world.got["plan"]
    world.until(lambda: heard, "no plan")
    del heard[:]
    stamp = world.now()
    for step in range(6):
        place = Pose(np.eye(3), np.array([0.3 * step, 0.0, 0.0]))
        moved = pose.StampedPose(stamp + step, "odom", "base_link", place)
        world.send("odom", pose.to_odometry(moved))
    world.send("terrain/cost", wall(stamp + 6), qos.LATCHED)
    world.until(lambda: heard, "no second plan")
    assert path_of(heard[0])[0] == pytest.approx([1.5, 0.0])


def test_in_lockstep_nothing_is_said_because_time_goes_by(
    world: Any, rover: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path over a stale map is not taken back, and each answer is told of at once."""
    monkeypatch.setattr(node, "DIAGNOSTICS_PERIOD", 1e6)
    heard = world.hear("plan", Path, qos.LATCHED)
    told = world.hear("/diagnostics", DiagnosticArray)
    made = world.start(PlannerNode, rover=rover, limits__map_timeout=0.5, lockstep=True)
    world.until(lambda: made.active, "did not start", timeout=120.0)
    give(world, 6.0, 0.0)
    world.until(lambda: heard and told, "no plan, or it was not told of")
    world.spin(1.5)
    assert all(message.poses for message in heard)
    values = {value.key: value.value for value in told[-1].status[0].values}
    assert values["plan published"] == str(len(heard))
    assert values["/terrain/cost publishers"] == values["/plan hearers"] == "1"


def test_each_map_without_a_way_is_answered_by_an_empty_path(world: Any, planner: Any) -> None:
    """Whoever waits for the answer to a map learns that there is none."""
    stamps = []
    for _ in range(3):
        stamps.append(world.now())
        world.send("odom", odom(stamps[-1]))
        world.send("goal_pose", goal(6.0, -1.0))
        world.send("terrain/cost", wall(stamps[-1], gap=False), qos.LATCHED)
        world.until(
            lambda at=stamps[-1]: any(
                not m.poses and nanoseconds(m.header.stamp) == at for m in world.got["plan"]
            ),
            "no answer",
        )
    assert "no way from" in planner.health.verdict()[1]
