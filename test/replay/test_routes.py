"""Which topic of a bag goes where, and what is said when the left image is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.remap import Remap, Source, load_remap, remap_file
from ai4mars_nav.replay.routes import Route, find_routes, fitting

BAG = Path("some/bag")
IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"


def test_topics_of_our_own_names_need_no_remap() -> None:
    kinds = {"/left/image_rect": IMAGE, "/odom": "nav_msgs/msg/Odometry", "/imu": "x/msg/Y"}
    routes = find_routes(BAG, kinds, Remap())
    assert routes.by_source == {
        "/left/image_rect": Route("/left/image_rect", "left/image_rect"),
        "/odom": Route("/odom", "odom"),
    }
    assert routes.left_out == {"/imu": "nobody in the graph hears it"}


def test_outputs_of_an_earlier_run_and_the_clock_are_left_out() -> None:
    kinds = {
        "/left/image_rect": IMAGE,
        "/terrain/cost": "nav_msgs/msg/OccupancyGrid",
        "/clock": "rosgraph_msgs/msg/Clock",
    }
    left_out = find_routes(BAG, kinds, Remap()).left_out
    assert left_out["/terrain/cost"] == "the graph makes it anew"
    assert left_out["/clock"] == "time is told from the stamps"


def test_a_type_that_is_not_the_wanted_one_is_named_and_left_out() -> None:
    kinds = {"/left/image_rect": IMAGE, "/odom": "my_msgs/msg/Pose"}
    routes = find_routes(BAG, kinds, Remap())
    assert routes.left_out["/odom"] == "is my_msgs/msg/Pose, odom wants nav_msgs/msg/Odometry"


def test_the_first_source_whose_type_fits_is_taken() -> None:
    remap = Remap(topics={"left/image_rect": (Source("/a"), Source("/b", "compressed"))})
    both = {"/a": IMAGE, "/b": COMPRESSED}
    assert set(find_routes(BAG, both, remap).by_source) == {"/a"}
    assert set(find_routes(BAG, {"/a": COMPRESSED, "/b": COMPRESSED}, remap).by_source) == {"/b"}


def test_without_a_left_image_it_says_what_was_found_wanted_and_what_fits() -> None:
    kinds = {
        "/camera/camera/infra1/image_rect_raw": IMAGE,
        "/camera/camera/infra1/camera_info": "sensor_msgs/msg/CameraInfo",
        "/left/image_rect": COMPRESSED,
    }
    with pytest.raises(ReplayError) as refusal:
        find_routes(BAG, kinds, Remap())
    said = str(refusal.value)
    assert "some/bag: no left/image_rect" in said
    assert "/camera/camera/infra1/image_rect_raw (sensor_msgs/msg/Image)" in said
    assert "/right/camera_info (sensor_msgs/msg/CameraInfo)" in said, "what is wanted"
    assert "convert: compressed" in said, "of the one with the right name and the wrong type"
    assert "--remap realsense" in said
    assert "zed" not in said


def test_a_remap_that_does_not_fit_is_not_offered_again() -> None:
    remap = load_remap(remap_file("zed"))
    with pytest.raises(ReplayError, match="no file of config/remap fits"):
        find_routes(BAG, {"/other": IMAGE}, remap)


@pytest.mark.parametrize(
    ("topic", "kind", "name"),
    [
        ("/camera/camera/infra1/image_rect_raw", IMAGE, "realsense"),
        ("/camera/infra1/image_rect_raw/compressed", COMPRESSED, "realsense"),
        ("/zed/zed_node/left/image_rect_color", IMAGE, "zed"),
        ("/zed/zed_node/left/color/rect/image/compressed", COMPRESSED, "zed"),
    ],
)
def test_the_shipped_remaps_know_their_cameras(topic: str, kind: str, name: str) -> None:
    assert fitting({topic: kind}) == [name]
