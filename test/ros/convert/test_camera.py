"""Camera infos: round trips, what of them counts, and each refusal."""

import pytest
from sensor_msgs.msg import CameraInfo

from ai4mars_nav.geometry.pinhole import Pinhole
from ai4mars_nav.ros.convert import camera
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
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
