"""Small sources of every kind that is ingested, as the package itself writes them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer

from ai4mars_nav.bags.written import BAG_VERSION
from ai4mars_nav.content.landmark_table import Looked, write_tables
from ai4mars_nav.content.landmarked import Classified, Landmarked
from ai4mars_nav.content.landmarks import Box, LandmarkSettings
from ai4mars_nav.content.parquet import write_parquet
from ai4mars_nav.content.sidecar import load_content_model
from ai4mars_nav.content.table import FORMAT
from ai4mars_nav.dataset.images import write_image
from ai4mars_nav.dataset.layout import write_frame
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.pds import messages
from ai4mars_nav.pds.messages import STORE
from ai4mars_nav.share import content_model_file

CLASSES = ("wheel", "drill", "ground")
PRODUCT = "NLA_397681339EDR_F0020000AUT_04096M1"


def write_table(folder: Path, parts: list[dict[str, tuple[float, ...]]], hirise: bool = False):
    """A table as `content classify` leaves it: of each part, probabilities by image path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"format": FORMAT, "model": "made", "sha256": "0"})]
    for number, part in enumerate(parts):
        name = f"part-{number:06d}.parquet"
        write_part(folder / name, part, hirise)
        lines.append(json.dumps({"key": name, "images": [[n, "1"] for n in part], "problems": []}))
    (folder / "_journal.jsonl").write_text("\n".join(lines) + "\n")


def write_part(path: Path, part: dict[str, tuple[float, ...]], hirise: bool = False) -> None:
    """One part of it."""
    count = len(CLASSES)
    names = [name for name in part for _ in range(count)]
    shares = np.array(list(part.values()), np.float32)
    write_parquet(
        path,
        {
            "image": names,
            "product": [Path(name).stem for name in names],
            "instrument": ["hirise" if hirise else "mastcam right"] * len(names),
            "group": [Path(name).stem[:15] if hirise else "sol 3" for name in names],
            "class": list(CLASSES) * len(part),
            "class_number": np.tile(np.arange(count, dtype=np.int32), len(part)),
            "probability": shares.ravel(),
            "answer": (shares == shares.max(axis=1, keepdims=True)).ravel(),
            "model": ["made"] * len(names),
            "model_sha256": ["0"] * len(names),
        },
    )


def write_landmarks(folder: Path, image: str, count: int) -> None:
    """What `content landmarks` leaves: so many craters in an image of 80 x 64."""
    box, whole = Box(5, 6, 15, 26), Box(0, 0, 64, 64)
    crater = Classified(box, whole, 6.0, "crater", 1, 0.96)
    sidecar, _ = load_content_model(content_model_file("hirisenet"))
    looked = Looked(sidecar, LandmarkSettings(), 0.9, ())
    folder.mkdir(exist_ok=True)
    write_tables(folder, looked, [Landmarked(image, 80, 64, (crater,) * count)])


def write_release(root: Path) -> None:
    """AI4Mars folders with one frame: a quarter of its label is sand, a quarter none."""
    label = np.zeros((32, 32), np.uint8)
    label[:16, :16], label[16:, 16:] = 2, 255
    hidden = np.zeros((32, 32), bool)
    write_frame(root, PRODUCT, "train", np.full((32, 32), 90, np.uint8), label, (hidden, hidden))


def write_pictures(folder: Path) -> None:
    """A picture with a product id, one without."""
    for name in ("0003MR0000120010100000E01_DRCL.jpg", "below/field day.png"):
        write_image(folder / name, np.full((40, 60, 3), 120, np.uint8))


def write_bag(bag: Path, frames: int = 2) -> None:
    """A bag of a drive: images, odometry, classes and big rocks of the same stamps."""
    kinds = {
        "/left/image_rect": messages.IMAGE, "/odom": messages.ODOMETRY,
        "/terrain/classes": messages.IMAGE,
        "/terrain/big_rocks": "visualization_msgs/msg/MarkerArray",
    }  # fmt: skip
    with Writer(bag, version=BAG_VERSION, storage_plugin=StoragePlugin.MCAP) as writer:
        topics = {t: writer.add_connection(t, k, typestore=STORE) for t, k in kinds.items()}
        for number in range(frames):
            stamp = (1 + number) * 10**9
            pose = Pose(np.eye(3), np.array([3.0 + number, 4.0, 0.0]))
            said = {
                "/odom": messages.odometry(pose, stamp, "odom", "base_link"),
                "/left/image_rect": messages.image(
                    np.full((24, 32), 40 * number, np.uint8), stamp, "navcam_left_optical"
                ),
                "/terrain/classes": messages.image(
                    np.full((12, 16), 2, np.uint8), stamp, "navcam_left_optical"
                ),
                "/terrain/big_rocks": _rocks(number, stamp),
            }
            for topic, data in said.items():
                writer.write(topics[topic], stamp, data)


def _rocks(count: int, stamp: int):
    """A DELETEALL, then so many cylinders, as the terrain node tells them."""
    kinds = STORE.types
    header = kinds["std_msgs/msg/Header"](
        stamp=kinds["builtin_interfaces/msg/Time"](sec=stamp // 10**9, nanosec=stamp % 10**9),
        frame_id="odom",
    )
    point = kinds["geometry_msgs/msg/Point"](x=0.0, y=0.0, z=0.0)
    turn = kinds["geometry_msgs/msg/Quaternion"](x=0.0, y=0.0, z=0.0, w=1.0)
    marker = "visualization_msgs/msg/Marker"
    markers = [
        kinds[marker](
            header=header, ns="big_rocks", id=at, type=3, action=3 if at == 0 else 0,
            pose=kinds["geometry_msgs/msg/Pose"](position=point, orientation=turn),
            scale=kinds["geometry_msgs/msg/Vector3"](x=1.0, y=1.0, z=1.0),
            color=kinds["std_msgs/msg/ColorRGBA"](r=1.0, g=0.0, b=0.0, a=1.0),
            lifetime=kinds["builtin_interfaces/msg/Duration"](sec=0, nanosec=0),
            frame_locked=False, points=[], colors=[], texture_resource="",
            texture=kinds["sensor_msgs/msg/CompressedImage"](
                header=header, format="", data=np.zeros(0, np.uint8)
            ),
            uv_coordinates=[], text="",
            mesh_resource="",
            mesh_file=kinds["visualization_msgs/msg/MeshFile"](
                filename="", data=np.zeros(0, np.uint8)
            ),
            mesh_use_embedded_materials=False,
        )
        for at in range(1 + count)
    ]  # fmt: skip
    array = "visualization_msgs/msg/MarkerArray"
    return STORE.serialize_cdr(kinds[array](markers=markers), array)
