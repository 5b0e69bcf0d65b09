"""An independent DDS implementation reads `terrain/cost` and agrees on what is in it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nav_msgs.msg import OccupancyGrid

from ai4mars_nav.ros import qos
from ai4mars_nav.ros.map_node import MapNode

pytest.importorskip("cyclonedds")

LOCALHOST = """<CycloneDDS><Domain Id="any">
  <General><AllowMulticast>false</AllowMulticast></General>
  <Discovery>
    <ParticipantIndex>auto</ParticipantIndex>
    <MaxAutoParticipantIndex>60</MaxAutoParticipantIndex>
    <Peers><Peer address="localhost"/></Peers>
  </Discovery>
</Domain></CycloneDDS>"""


def listen() -> dict[str, Any]:
    """What the peer read."""
    environment = dict(os.environ, CYCLONEDDS_URI=LOCALHOST)
    # without the ROS wheels' libraries, which hold another DDS
    environment.pop("LD_LIBRARY_PATH", None)
    environment["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    peer = Path(__file__).parent / "cyclone_peer.py"
    domain = os.environ["ROS_DOMAIN_ID"]
    done = subprocess.run(
        [sys.executable, str(peer), domain, "rt/terrain/cost"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60.0,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_a_peer_without_ros_reads_the_same_map(world: Any, rover: str, scene: Any) -> None:
    heard = world.hear("terrain/cost", OccupancyGrid, qos.LATCHED)
    node = world.start(MapNode, rover=rover)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    stamp = world.now()
    world.send("odom", scene.message("odom", stamp))
    world.send("terrain/points", scene.labelled(stamp))
    ours = world.until(lambda: heard and heard[-1], "rclpy heard nothing")
    theirs = listen()
    assert theirs["data"] == list(ours.data)
    assert {-1, 100} < set(theirs["data"]), "unknown, lethal and graded cells"
    assert theirs["size"] == [ours.info.width, ours.info.height] == [400, 400]
    assert theirs["stamp"] == [ours.header.stamp.sec, ours.header.stamp.nanosec]
    assert theirs["stamp"] == list(divmod(stamp, 10**9))
    assert theirs["frame"] == ours.header.frame_id == "odom"
    assert theirs["resolution"] == pytest.approx(0.1)
    assert theirs["origin"] == [ours.info.origin.position.x, ours.info.origin.position.y]
    assert theirs["turn"] == 1.0
