"""The node `driver` over DDS: it follows a path, and stands still when something is amiss."""

from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PointStamped, Twist
from nav_msgs.msg import OccupancyGrid, Path
from rosgraph_msgs.msg import Clock

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning.errors import PlanningError
from ai4mars_nav.ros import driver_node, qos
from ai4mars_nav.ros.convert import grid, image, pose
from ai4mars_nav.ros.convert.header import nanoseconds, to_time
from ai4mars_nav.ros.driver_node import DriverNode

S = 10**9
STRAIGHT = np.array([[0.0, 0.0], [6.0, 0.0]])


def active(world: Any, rover: str, **settings: Any) -> Any:
    """The node, active, its commands recorded."""
    world.hear("cmd_vel", Twist)
    node = world.start(DriverNode, rover=rover, **settings)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    return node


class Givens:
    """Everything the driver needs, to be sent again and again with one thing changed."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.age: dict[str, float] = {}
        self.without: set[str] = set()
        self.height = np.zeros((200, 200), np.float32)
        self.cost = np.ones((200, 200), np.int8)
        self.path = STRAIGHT
        self.frame = "odom"
        self.ground_frame = {"terrain/cost": "odom", "terrain/elevation": "odom"}
        self.clock: float | None = None
        """Simulated seconds, if time is simulated; a tenth of a second a round."""

    def send(self) -> None:
        """Each message with the clock's time less its age."""
        for topic, make, kind in (
            ("terrain/cost", self._cost, qos.LATCHED),
            ("terrain/elevation", self._elevation, qos.STREAM),
            ("plan", self._plan, qos.LATCHED),
            # the pose last: it is answered
            ("odom", self._odom, qos.STREAM),
        ):
            if topic not in self.without:
                stamp = self.now - int(self.age.get(topic, 0.0) * S)
                self.world.send(topic, make(stamp), kind)

    def tick(self) -> None:
        """Send everything once."""
        self.now = self.world.now()
        if self.clock is not None:
            self.clock += 0.1
            self.now = round(self.clock * S)
            self.world.send("/clock", Clock(clock=to_time(self.now)))
        self.send()

    def keep(self, seconds: float) -> list[Twist]:
        """Send everything for a while; the commands of the second half."""
        commands = self.world.got["cmd_vel"]
        rounds = max(round(seconds / 0.1), 2)
        half = 0
        for index in range(rounds):
            before = len(commands)
            self.tick()
            if self.clock is None:
                self.world.spin(0.1)
            else:
                self.world.until(lambda n=before: len(commands) > n, "no command")
            if index == rounds // 2:
                half = len(commands)
        return list(commands[half:])

    def until_it_drives(self) -> None:
        """Send everything until a command moves the rover."""
        commands = self.world.got["cmd_vel"]

        def drives() -> bool:
            self.tick()
            self.world.spin(0.05)
            return bool(commands) and commands[-1].linear.x > 0.0

        self.world.until(drives, "it does not drive")

    def _odom(self, stamp: int) -> Any:
        return pose.to_odometry(pose.StampedPose(stamp, "odom", "base_link", Pose.identity()))

    def _cost(self, stamp: int) -> OccupancyGrid:
        frame = self.ground_frame["terrain/cost"]
        return grid.to_message(grid.CostGrid(self.cost, (-10.0, -10.0), 0.1, stamp, frame))

    def _elevation(self, stamp: int) -> Any:
        sigma = np.full_like(self.height, 0.01)
        frame = self.ground_frame["terrain/elevation"]
        return image.from_array(np.stack([self.height, sigma], axis=-1), stamp, frame)

    def _plan(self, stamp: int) -> Path:
        return pose.to_path(self.path, stamp, self.frame)


@pytest.fixture
def givens(world: Any) -> Givens:
    return Givens(world)


@pytest.fixture
def simulated(givens: Givens, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Time stands still until a command has come: a busy machine makes nothing stale."""
    monkeypatch.setattr(driver_node, "STILL_CLOCK", 1e6)
    givens.clock = 1000.0
    return {"driver__rate": 10.0, "use_sim_time": True}


@pytest.fixture
def driver(world: Any, rover: str, simulated: dict[str, Any]) -> Any:
    return active(world, rover, follower__map_timeout=1.0, **simulated)


@pytest.fixture
def on_the_wall(world: Any, rover: str) -> Any:
    """A driver on the clock of the wall, on which poses come late, or not at all."""
    return active(world, rover, driver__rate=20.0)


def still(commands: list[Twist]) -> bool:
    return bool(commands) and all(c.linear.x == 0.0 and c.angular.z == 0.0 for c in commands)


def test_it_drives_along_a_free_path(driver: Any, givens: Givens) -> None:
    commands = givens.keep(1.2)
    assert len(commands) >= 5
    assert all(0.0 < c.linear.x <= 0.04 and abs(c.angular.z) < 1e-3 for c in commands)
    assert driver.report()["command"] == "following the path"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"without": {"odom"}}, "no pose: frame 'odom' is unknown"),
        ({"without": {"terrain/cost"}}, "no map"),
        ({"without": {"terrain/elevation"}}, "no map"),
        ({"without": {"plan"}}, "no plan"),
        ({"path": np.empty((0, 2))}, "no plan"),
        ({"age": {"terrain/cost": 2.0, "terrain/elevation": 2.0}}, "map is 2."),
        ({"age": {"plan": 20.0}}, "plan is 20."),
        ({"age": {"plan": -5.0}}, "plan is stamped 5."),
        ({"age": {"terrain/elevation": 0.05}}, "no map"),
    ],
)
def test_it_stands_and_says_why(
    driver: Any, givens: Givens, change: dict[str, Any], said: str
) -> None:
    for name, value in change.items():
        setattr(givens, name, value)
    commands = givens.keep(0.6)
    assert still(commands)
    assert said in driver.report()["command"]
    assert f"the rover stands: {driver.report()['command']}" in driver.health.verdict()[1]


@pytest.mark.parametrize(("age", "said"), [(3.0, "pose is "), (-5.0, "odom is stamped ")])
def test_it_does_not_steer_by_a_pose_of_another_time(
    on_the_wall: Any, givens: Givens, age: float, said: str
) -> None:
    givens.age = {"odom": age}
    assert still(givens.keep(0.6))
    assert said in on_the_wall.report()["command"]


def test_measured_height_vetoes_what_the_cost_allows(driver: Any, givens: Givens) -> None:
    givens.height[:, 116:120] = 0.9
    commands = givens.keep(0.6)
    assert commands and all(c.linear.x <= 0.0 for c in commands), "not into the wall ahead"
    givens.height[:, 80:84] = 0.9
    assert still(givens.keep(0.6))
    assert "all arcs vetoed" in driver.report()["command"]


def test_a_path_of_another_frame_is_refused(driver: Any, givens: Givens) -> None:
    givens.frame = "map"
    assert still(givens.keep(0.6))
    assert driver.health.counts()["plan refused"] > 0


def test_elevation_of_another_size_is_refused(driver: Any, givens: Givens) -> None:
    givens.height = np.zeros((100, 200), np.float32)
    assert still(givens.keep(0.6))
    assert driver.health.counts()["terrain/elevation refused"] > 0


def test_odometry_that_is_no_place_stops_the_rover(
    world: Any, on_the_wall: Any, givens: Givens
) -> None:
    driver = on_the_wall
    givens.until_it_drives()
    givens.without = {"odom"}
    nowhere = pose.to_odometry(pose.StampedPose(0, "odom", "base_link", Pose.identity()))
    nowhere.pose.pose.position.x = float("nan")
    for _ in range(3):
        nowhere.header.stamp = to_time(world.now())
        world.send("odom", nowhere)
        commands = givens.keep(0.6)
    assert still(commands)
    assert driver.health.counts()["odom refused"] > 0
    assert "odom: position (nan, 0.0, 0.0) is not finite" in driver.health.verdict()[1]
    givens.without = set()
    givens.until_it_drives()


def test_it_stops_when_the_inputs_stop(world: Any, on_the_wall: Any, givens: Givens) -> None:
    givens.until_it_drives()
    world.until(lambda: world.got["cmd_vel"][-1].linear.x == 0.0, "it drives on")
    assert "pose is" in on_the_wall.report()["command"]


def test_a_rover_that_does_not_move_backs_out_and_tells_where(
    world: Any, rover: str, givens: Givens, simulated: dict[str, Any]
) -> None:
    limits = {"headway__window": 1.0, "headway__least_way": 0.03}
    impatient = active(world, rover, **limits, **simulated)
    told = world.hear("stuck", PointStamped)
    for _ in range(40):
        if told:
            break
        givens.keep(0.2)
    assert told and told[0].header.frame_id == "odom"
    assert 0.5 < told[0].point.x < 2.0 and told[0].point.y == 0.0
    givens.keep(1.0)
    # before everything has come it stands
    ways = [c.linear.x for c in world.got["cmd_vel"] if c.linear.x != 0.0]
    assert ways[0] > 0.0 and min(ways) < 0.0, "first along the path, then out"
    assert impatient.health.counts()["stuck"] > 0
    assert "it did not" in impatient.report()["command"]


def test_a_rover_that_was_told_to_stand_is_not_stuck(
    world: Any, rover: str, givens: Givens
) -> None:
    """While the pose is from the future the follower is not asked, and nothing moves."""
    # longer than even a busy machine takes to let it drive at first
    limits = {"headway__window": 3.0, "headway__least_way": 0.09}
    impatient = active(world, rover, driver__rate=20.0, **limits)
    told = world.hear("stuck", PointStamped)
    givens.until_it_drives()
    givens.age = {"odom": -5.0}
    assert still(givens.keep(4.0))
    follower = impatient._follower
    assert follower._told == (0.0, 0.0) and not follower._headway._moments
    assert not told


def test_the_slip_of_its_wheels_is_told_with_where_and_when(
    world: Any, rover: str, givens: Givens, simulated: dict[str, Any]
) -> None:
    """Told to drive and standing, all is slip."""
    driver = active(world, rover, headway__watch=False, **simulated)
    told = world.hear("slip", PointStamped)
    for _ in range(60):
        if len(told) > 1:
            break
        givens.keep(2.0)
    assert len(told) > 1 and told[0].header.frame_id == "odom"
    assert all((slip.point.x, slip.point.y, slip.point.z) == (0.0, 0.0, 1.0) for slip in told)
    between = nanoseconds(told[1].header.stamp) - nanoseconds(told[0].header.stamp)
    assert between / S == pytest.approx(0.25 / 0.04, abs=0.11), "each 0.25 m of the rims"
    assert driver.report()["slip"] == "100% at (0.00, 0.00)"


def test_it_arrives(driver: Any, givens: Givens) -> None:
    givens.path = np.array([[-3.0, 0.0], [0.1, 0.0]])
    assert still(givens.keep(0.6))
    assert driver.report()["command"] == "arrived"


def test_deactivated_it_stops_before_it_falls_silent(
    world: Any, driver: Any, givens: Givens
) -> None:
    assert givens.keep(0.6)[-1].linear.x > 0.0
    driver.trigger_deactivate()
    world.spin(0.3)
    count = len(world.got["cmd_vel"])
    assert world.got["cmd_vel"][-1].linear.x == 0.0
    for _ in range(3):
        givens.tick()
        world.spin(0.1)
    assert len(world.got["cmd_vel"]) == count


def test_shut_down_while_driving_it_stops(world: Any, driver: Any, givens: Givens) -> None:
    assert givens.keep(0.6)[-1].linear.x > 0.0
    driver.trigger_shutdown()
    world.spin(0.3)
    assert world.got["cmd_vel"][-1].linear.x == 0.0


@pytest.mark.parametrize("topic", ["terrain/cost", "terrain/elevation"])
def test_ground_of_another_frame_is_refused(driver: Any, givens: Givens, topic: str) -> None:
    givens.ground_frame[topic] = "map"
    assert still(givens.keep(0.6))
    assert driver.health.counts()[f"{topic} refused"] > 0


@pytest.mark.parametrize("error", [PlanningError, ZeroDivisionError])
def test_a_fault_of_its_own_stops_the_rover_not_the_node(
    driver: Any, givens: Givens, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    assert givens.keep(0.6)[-1].linear.x > 0.0

    def fail(*_: Any) -> None:
        raise error("arcs gone")

    monkeypatch.setattr(driver_node, "check_arcs", fail)
    assert still(givens.keep(0.6))
    assert "arcs gone" in driver.report()["command"]
    monkeypatch.undo()
    assert givens.keep(0.6)[-1].linear.x > 0.0


def test_it_survives_time_that_jumps_back(
    world: Any, rover: str, givens: Givens, simulated: dict[str, Any]
) -> None:
    """A replay that starts again: it stands for a moment and drives on."""
    node = active(world, rover, **simulated)
    for start in (1000.0, 500.0):
        givens.clock = start
        commands = givens.keep(1.0)
        assert commands and all(c.linear.x > 0.0 for c in commands), node.report()


def test_on_simulated_time_each_period_is_answered_once(
    world: Any, rover: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a simulator may wait for the command to each tenth of a second, and go on."""
    monkeypatch.setattr(driver_node, "STILL_CLOCK", 1e6)
    active(world, rover, driver__rate=10.0, use_sim_time=True)
    heard = world.got["cmd_vel"]
    for index in range(12):
        stamp = 100 * S + index * S // 20
        world.send("/clock", Clock(clock=to_time(stamp)))
        pose_now = pose.StampedPose(stamp, "odom", "base_link", Pose.identity())
        world.send("odom", pose.to_odometry(pose_now))
        wanted = index // 2 + 1
        world.until(lambda n=wanted: len(heard) >= n, f"no command to pose {index}")
        world.spin(0.05)
        assert len(heard) == wanted


@pytest.mark.parametrize("moving", ["clock", "nothing"])
def test_on_simulated_time_no_poses_or_no_clock_do_not_silence_it(
    world: Any, rover: str, moving: str
) -> None:
    active(world, rover, driver__rate=10.0, use_sim_time=True)
    heard = world.got["cmd_vel"]
    for index in range(3):
        if moving == "clock":
            world.send("/clock", Clock(clock=to_time(100 * S + index * S)))
        before = len(heard)
        world.until(lambda n=before: len(heard) > n, "it fell silent")
    assert still(heard)


def test_in_lockstep_only_poses_are_answered(
    world: Any, rover: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it repeats because time goes by on the wall would depend on how busy the machine is."""
    monkeypatch.setattr(driver_node, "STILL_CLOCK", 0.1)
    active(world, rover, use_sim_time=True, lockstep=True)
    heard = world.got["cmd_vel"]
    for index in range(3):
        stamp = (100 + index) * S
        world.send("/clock", Clock(clock=to_time(stamp)))
        world.spin(0.5)
        assert len(heard) == index
        here = pose.StampedPose(stamp, "odom", "base_link", Pose.identity())
        world.send("odom", pose.to_odometry(here))
        world.until(lambda n=index: len(heard) > n, f"no command to pose {index}")


def test_lockstep_needs_simulated_time(world: Any, rover: str) -> None:
    node = world.start(DriverNode, rover=rover, lockstep=True)
    world.until(lambda: "lockstep" in world.told(node), "it was not refused")
    assert "use_sim_time is false" in world.told(node)
