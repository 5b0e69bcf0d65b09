"""Where several messages wait, what a frame needs is taken before the frame.

An executor takes what waits in the order of a node's subscriptions; a frame is put to work as soon
as it is taken. On a busy machine the first frame went without its camera, now and then.
"""

from pathlib import Path
from typing import Any

from ai4mars_nav.ros.driver_node import DriverNode
from ai4mars_nav.ros.map_node import MapNode
from ai4mars_nav.ros.planner_node import PlannerNode
from ai4mars_nav.ros.terrain_node import TerrainNode


def order(world: Any, node: Any) -> list[str]:
    """Topics in the order in which a node takes them."""
    world.until(lambda: node.active, "did not start", timeout=120.0)
    return [each.topic_name.lstrip("/") for each in node.subscriptions]


def test_an_image_comes_after_its_cameras_depth_and_pose(
    world: Any, rover: str, probe: Path
) -> None:
    taken = order(world, world.start(TerrainNode, rover=rover, model__file=str(probe)))
    assert taken[-1] == "left/image_rect"
    assert taken.index("odom") < taken.index("left/camera_info") < taken.index("depth/image_rect")


def test_points_come_after_their_rocks_camera_and_pose(world: Any, rover: str) -> None:
    taken = order(world, world.start(MapNode, rover=rover))
    assert taken[-2:] == ["terrain/big_rocks", "terrain/points"]
    assert taken.index("odom") < taken.index("right/camera_info")


def test_poses_come_before_what_is_planned_or_driven_on(world: Any, rover: str) -> None:
    planner = order(world, world.start(PlannerNode, rover=rover))
    assert planner.index("odom") < planner.index("terrain/cost")
    driver = order(world, world.start(DriverNode, rover=rover))
    assert driver.index("odom") < driver.index("plan")
