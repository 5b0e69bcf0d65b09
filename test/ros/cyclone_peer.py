"""A DDS peer that knows nothing of ROS: reads one nav_msgs/OccupancyGrid and prints it as JSON.

Run by test_cyclone_peer.py in a process of its own, with Eclipse Cyclone DDS and its own idea of
the type, written down here from the message definition.
"""

import json
import sys
from dataclasses import dataclass

from cyclonedds.core import Policy, Qos
from cyclonedds.domain import DomainParticipant
from cyclonedds.idl import IdlStruct, types
from cyclonedds.sub import DataReader
from cyclonedds.topic import Topic
from cyclonedds.util import duration


@dataclass
class Time(IdlStruct, typename="builtin_interfaces.msg.dds_.Time_"):
    sec: types.int32
    nanosec: types.uint32


@dataclass
class Header(IdlStruct, typename="std_msgs.msg.dds_.Header_"):
    stamp: Time
    frame_id: str


@dataclass
class Point(IdlStruct, typename="geometry_msgs.msg.dds_.Point_"):
    x: types.float64
    y: types.float64
    z: types.float64


@dataclass
class Quaternion(IdlStruct, typename="geometry_msgs.msg.dds_.Quaternion_"):
    x: types.float64
    y: types.float64
    z: types.float64
    w: types.float64


@dataclass
class Pose(IdlStruct, typename="geometry_msgs.msg.dds_.Pose_"):
    position: Point
    orientation: Quaternion


@dataclass
class MapMetaData(IdlStruct, typename="nav_msgs.msg.dds_.MapMetaData_"):
    map_load_time: Time
    resolution: types.float32
    width: types.uint32
    height: types.uint32
    origin: Pose


@dataclass
class OccupancyGrid(IdlStruct, typename="nav_msgs.msg.dds_.OccupancyGrid_"):
    header: Header
    info: MapMetaData
    data: types.sequence[types.int8]


def main(domain: int, topic: str) -> int:
    """Wait for the first sample of a topic and print what is in it."""
    qos = Qos(
        Policy.Reliability.Reliable(duration(seconds=1)),
        Policy.Durability.TransientLocal,
        Policy.History.KeepLast(1),
    )
    participant = DomainParticipant(domain)
    reader = DataReader(participant, Topic(participant, topic, OccupancyGrid), qos=qos)
    for grid in reader.take_iter(timeout=duration(seconds=30)):
        print(
            json.dumps(
                {
                    "stamp": [grid.header.stamp.sec, grid.header.stamp.nanosec],
                    "frame": grid.header.frame_id,
                    "resolution": grid.info.resolution,
                    "size": [grid.info.width, grid.info.height],
                    "origin": [grid.info.origin.position.x, grid.info.origin.position.y],
                    "turn": grid.info.origin.orientation.w,
                    "data": list(grid.data),
                }
            )
        )
        return 0
    print("no sample came", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2]))
