"""Products to bags: epipolar, depth on its own pixel, poses, and what the products were."""

import json

import numpy as np
import pytest
import yaml
from rosbags.highlevel import AnyReader

from ai4mars_nav.geometry import frames
from ai4mars_nav.geometry.pinhole import check_pair
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.pds.convert import ConvertSettings, convert
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.messages import STORE

from .heard import TOPICS, heard, of, pinhole_of, pixels_of, pose_of, stamp_of


@pytest.fixture(scope="module")
def pair_bags(products, tmp_path_factory):
    """A pair with XYZ as a bag, by camera model: its messages and the folder of its products."""
    made = {}
    for kind, frame in (("CAHV", "SITE_FRAME"), ("CAHVOR", "LOCAL_LEVEL_FRAME"),
                        ("CAHVORE", "ROVER_NAV_FRAME")):  # fmt: skip
        folder = tmp_path_factory.mktemp(kind)
        products.write_pair(folder / "in", kind, frame)
        report = convert([folder / "in"], folder / "bag", ConvertSettings())
        made[kind] = (heard(folder / "bag"), folder, report)
    return made


@pytest.mark.parametrize("kind", ["CAHV", "CAHVOR", "CAHVORE"])
def test_what_a_bag_holds(pair_bags, kind):
    messages, folder, report = pair_bags[kind]
    assert [name for name, *_ in messages] == list(TOPICS)
    assert (report.shots, report.pairs, report.depths) == (1, 1, 1)
    stamps = {stamp for _, stamp, _ in messages}
    assert stamps == {1648114920180000000}
    for topic, stamp, message in messages:
        if topic != "/pds/identity":
            assert stamp_of(message) == stamp
    told = json.loads((folder / "bag" / "report.json").read_text())
    assert told["left_out"] == told["alone"] == []


@pytest.mark.parametrize("kind", ["CAHV", "CAHVOR", "CAHVORE"])
def test_ground_is_where_the_cameras_and_poses_say(pair_bags, products, kind):
    """Each pixel of depth, left and right image shows the ground that the label's cameras saw.

    Depth to a point on the ground, to the rover by TF; its pattern is what both images must show
    at its pixel and at the pixel on the same row in the right image: rows are epipolar lines.
    """
    messages, *_ = pair_bags[kind]
    left, right = (
        pinhole_of(of(messages, f"/{side}/camera_info")[0]) for side in ("left", "right")
    )
    check_pair(left, right)
    depth = pixels_of(of(messages, "/depth/image_rect")[0])
    v, u = np.nonzero(np.isfinite(depth))
    assert len(v) > 0.6 * depth.size
    in_left = left.unproject(np.stack([u, v], axis=1).astype(float), depth[v, u].astype(float))
    transforms = of(messages, "/tf")[0].transforms
    assert [(t.header.frame_id, t.child_frame_id) for t in transforms] == [
        ("odom", "base_link"), ("base_link", "navcam_left_optical")
    ]  # fmt: skip
    on_rover = (frames.ROVER_NAV_FROM_BODY @ pose_of(transforms[1].transform)).apply(in_left)
    near = np.hypot(on_rover[:, 0], on_rover[:, 1]) < 6  # far away a pixel holds much ground
    assert np.abs(on_rover[near, 2]).max() < 0.02
    expected = products.pattern(on_rover[:, 0], on_rover[:, 1]) / 16
    shown = pixels_of(of(messages, "/left/image_rect")[0])[v, u].astype(float)
    assert np.abs(shown - expected)[near].mean() < 1.5
    grey = pixels_of(of(messages, "/right/image_rect")[0]).astype(float)
    in_right, _ = right.project(in_left)
    inside = near & (in_right[:, 0] >= 1) & (in_right[:, 0] < right.width - 2)
    assert np.abs(in_right[inside, 1] - v[inside]).max() < 1e-9
    column, row = in_right[inside, 0], v[inside]
    whole = np.floor(column).astype(int)
    share = column - whole
    there = (1 - share) * grey[row, whole] + share * grey[row, whole + 1]
    there_is = (grey[row, whole] > 0) & (grey[row, whole + 1] > 0)
    assert np.abs(there - expected[inside])[there_is].mean() < 2.0


@pytest.mark.parametrize("kind", ["CAHV", "CAHVOR", "CAHVORE"])
def test_points_come_back_to_their_own_pixel(pair_bags, products, kind):
    """XYZ through TF and CameraInfo falls on the pixel that comes from where it was seen."""
    messages, *_ = pair_bags[kind]
    model = products.camera(kind, "left")
    points = products.ground(model).reshape(3, -1).T.astype(float)
    seen = points.any(axis=1)
    v, u = np.divmod(np.flatnonzero(seen), products.SIZE)
    base_from_left = pose_of(of(messages, "/tf")[0].transforms[1].transform)
    left_from_rover = base_from_left.inverse() @ frames.BODY_FROM_ROVER_NAV
    left = pinhole_of(of(messages, "/left/camera_info")[0])
    uv, _ = left.project(left_from_rover.apply(points[seen]))
    inside = (uv > 1).all(axis=1) & (uv < products.SIZE - 2).all(axis=1)
    raw, _ = model.project(
        (left_from_rover.inverse() @ Pose.identity()).apply(
            left.unproject(uv[inside], np.full(inside.sum(), 100.0))
        )
    )
    assert np.abs(raw - np.stack([u, v], axis=1)[inside]).max() < 0.1
    if kind == "CAHV":
        assert pair_bags[kind][0] is messages
        assert left.fx == pytest.approx(products.FOCAL)


def test_depth_of_a_range_product_is_that_of_xyz(products, tmp_path):
    for name, write in (("xyz", None), ("rng", products.write_range)):
        folder = tmp_path / name
        left, *_ = products.write_pair(folder, "CAHVOR", "" if write else "ROVER_NAV_FRAME")
        if write:
            model = products.camera("CAHVOR", "left")
            facts = products.Facts(product_id=left.stem, counter=(93, 3408, 55, 340), model=model)
            write(folder, facts)
        convert([folder], tmp_path / f"{name}_bag", ConvertSettings())
    xyz, rng = (
        pixels_of(of(heard(tmp_path / f"{name}_bag"), "/depth/image_rect")[0])
        for name in ("xyz", "rng")
    )
    both = np.isfinite(xyz) & np.isfinite(rng) & (xyz < 15)
    assert both.sum() > 4000
    assert (np.abs(xyz - rng)[both] / xyz[both]).max() < 0.01


@pytest.mark.parametrize(
    ("kind", "frame", "measured", "told"),
    [
        ("xyz", "", {}, "REFERENCE_COORD_SYSTEM_NAME: missing: in which frame"),
        ("xyz", "MOON_FRAME", {}, "REFERENCE_COORD_SYSTEM_NAME: MOON_FRAME: the label has none"),
        ("xyz", "SITE_FRAME", {"REFERENCE_COORD_SYSTEM_INDEX": 92}, "INDEX: site 92, but the"),
        ("range", "ROVER_NAV_FRAME", {"RANGE_ORIGIN_VECTOR": "(0.0,0.0,0.0)"},
         "RANGE_ORIGIN_VECTOR: 2.07 m from the camera"),
    ],
)  # fmt: skip
def test_values_in_a_frame_that_is_not_known(products, tmp_path, kind, frame, measured, told):
    left, _ = products.write_pair(tmp_path / "in", "CAHV", size=24)
    facts = products.Facts(
        product_id=left.stem, model=products.camera("CAHV", size=24), counter=(93, 3408, 55, 340),
        pixel_frame=frame, measured=measured, start="2022-03-24T09:42:00.180",
    )  # fmt: skip
    if kind == "xyz":
        products.write_xyz(tmp_path / "in", facts, frame, 24)
    else:
        products.write_range(tmp_path / "in", facts, 24)
    with pytest.raises(PdsError, match=told):
        convert([tmp_path / "in"], tmp_path / "bag", ConvertSettings())


def test_pose_of_the_rover(pair_bags):
    """x east, y north, z up of the site: the label has x north, y east, z down."""
    messages, *_ = pair_bags["CAHV"]
    odometry = of(messages, "/odom")[0]
    at = odometry.pose.pose.position
    assert (at.x, at.y, at.z) == pytest.approx((-156.017, 151.271, -22.3253))
    assert (odometry.header.frame_id, odometry.child_frame_id) == ("odom", "base_link")
    moved = pose_of(of(messages, "/tf")[0].transforms[0].transform)
    assert moved.translation == pytest.approx((at.x, at.y, at.z))


def test_static_frames_of_pds(pair_bags):
    """site_93 lies in odom with x north, y east, z down; rover_nav in base_link with z down."""
    messages, *_ = pair_bags["CAHV"]
    static = {t.child_frame_id: t for t in of(messages, "/tf_static")[0].transforms}
    assert set(static) == {"rover_nav", "site_93"}
    assert static["site_93"].header.frame_id == "odom"
    assert pose_of(static["site_93"].transform).apply(np.array([1.0, 2.0, 3.0])) == pytest.approx(
        (2.0, 1.0, -3.0)
    )
    down = pose_of(static["rover_nav"].transform).apply(np.array([0.0, 0.0, 1.0]))
    assert down == pytest.approx((0.0, 0.0, -1.0))


def test_identity_is_kept(pair_bags):
    messages, folder, _ = pair_bags["CAHV"]
    told = json.loads(of(messages, "/pds/identity")[0].data)
    assert told["left"]["product_id"] == "NLB_701383954EDR_F0933408NCAM00200M1"
    assert told["right"]["product_id"] == "NRB_701383954EDR_F0933408NCAM00200M1"
    assert told["depth"]["product_id"] == "NLB_701383954XYZ_F0933408NCAM00200M1"
    assert told["left"]["sclk"] == 701383954.419
    metadata = yaml.safe_load((folder / "bag" / "metadata.yaml").read_text())
    custom = metadata["rosbag2_bagfile_information"]["custom_data"]
    ids = json.loads(custom["pds.products.1648114920180000000"])
    assert ids == {role: told[role]["product_id"] for role in ("left", "right", "depth")}


def test_types_are_those_of_the_release(pair_bags):
    """Definitions and hashes in the bag are those of the message packages of Jazzy."""
    _, folder, _ = pair_bags["CAHV"]
    metadata = yaml.safe_load((folder / "bag" / "metadata.yaml").read_text())
    for each in metadata["rosbag2_bagfile_information"]["topics_with_message_count"]:
        topic = each["topic_metadata"]
        assert topic["type_description_hash"] == STORE.hash_rihs01(topic["type"])
    with AnyReader([folder / "bag"]) as reader:
        for connection in reader.connections:
            assert connection.msgdef.data.strip()


def test_a_lone_right_image(products, tmp_path):
    """It is an image like any other: on the left topics, in its own frame; the report says so."""
    left, right = products.write_pair(tmp_path / "in", "CAHVOR", size=32)
    left.unlink()
    report = convert([tmp_path / "in"], tmp_path / "bag", ConvertSettings())
    assert [each.path.name for each in report.alone] == [right.name]
    messages = heard(tmp_path / "bag")
    assert of(messages, "/left/image_rect")[0].header.frame_id == "navcam_right_optical"
    assert of(messages, "/right/image_rect") == of(messages, "/right/camera_info") == []
    assert of(messages, "/left/camera_info")[0].p[3] == 0.0


def test_all_real_products(real, tmp_path):
    """Each rover's sample becomes a bag whose camera is that of its label."""
    for folder, camera, fx in (
        ("msl", "navcam", 1220.315), ("m2020", "navcam", 739.627), ("mer", "navcam", 1223.283),
        ("mer", "front_hazcam", 454.772),
    ):  # fmt: skip
        out = tmp_path / f"{folder}_{camera}"
        report = convert([real / folder], out, ConvertSettings(camera=camera))
        assert report.pairs == 0
        messages = heard(out)
        assert len(of(messages, "/left/image_rect")) == report.shots
        for info in of(messages, "/left/camera_info"):
            assert info.p[0] == pytest.approx(fx, abs=5e-3)
        for image in of(messages, "/left/image_rect"):
            assert 20 < pixels_of(image).mean() < 150
    with pytest.raises(PdsError, match="INSTRUMENT_HOST_ID: products of curiosity"):
        convert([real], tmp_path / "all", ConvertSettings())
