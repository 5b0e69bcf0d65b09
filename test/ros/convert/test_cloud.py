"""Point clouds: round trips, other layouts, and each refusal."""

import numpy as np
import pytest
from sensor_msgs.msg import PointCloud2, PointField

from ai4mars_nav.ros.convert import cloud, image
from ai4mars_nav.ros.errors import MessageError

STAMP = 1_700_000_000_123_456_789
RNG = np.random.default_rng(7)


def random_cloud() -> cloud.Cloud:
    points = RNG.normal(size=(4, 3, 3)).astype("f4")
    points[0, 0] = np.nan
    classes, confidence = RNG.integers(0, 255, (2, 4, 3), dtype="u1")
    return cloud.Cloud(points, classes, confidence)


def same(a: cloud.Cloud, b: cloud.Cloud) -> None:
    for field in ("points", "classes", "confidence"):
        np.testing.assert_array_equal(getattr(a, field), getattr(b, field))


def test_clouds_round_trip() -> None:
    sent = random_cloud()
    message = cloud.CloudWriter(4, 3).write(sent, STAMP, "camera")
    assert message.point_step == 16 and not message.is_dense
    same(cloud.to_cloud(message, "t"), sent)


def test_a_writer_does_not_change_what_it_wrote() -> None:
    writer, first, second = cloud.CloudWriter(4, 3), random_cloud(), random_cloud()
    message = writer.write(first, STAMP, "camera")
    writer.write(second, STAMP, "camera")
    same(cloud.to_cloud(message, "t"), first)


def test_clouds_of_another_layout_are_read() -> None:
    sent = random_cloud()
    fields = {"class": ("u1", 0), "z": ("f4", 4), "x": ("f4", 12), "confidence": ("u1", 17)}
    fields["y"] = ("f4", 20)
    names = list(fields)
    layout = np.dtype(
        {
            "names": names,
            "formats": [fields[n][0] for n in names],
            "offsets": [fields[n][1] for n in names],
            "itemsize": 28,
        }
    )
    points = np.zeros((4, 3), layout)
    for axis, name in enumerate("xyz"):
        points[name] = sent.points[..., axis]
    points["class"], points["confidence"] = sent.classes, sent.confidence
    message = PointCloud2(height=4, width=3, point_step=28, row_step=84)
    kinds = {"f4": PointField.FLOAT32, "u1": PointField.UINT8}
    message.fields = [
        PointField(name=n, offset=offset, datatype=kinds[kind], count=1)
        for n, (kind, offset) in fields.items()
    ]
    message.data = image.byte_array(points.view(np.uint8))
    same(cloud.to_cloud(message, "t"), sent)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"row_step": 47}, "row_step 47 is shorter"),
        ({"row_step": 49}, "data holds 192 bytes"),
        ({"point_step": 12}, "'class' ends at byte 13 of points of 12"),
        ({"fields": []}, "no 'x' among none"),
        ({"is_bigendian": True}, "is_bigendian"),
    ],
)
def test_bad_clouds_are_refused(changes: dict[str, object], said: str) -> None:
    message = cloud.CloudWriter(4, 3).write(random_cloud(), STAMP, "camera")
    for field, value in changes.items():
        setattr(message, field, value)
    with pytest.raises(MessageError, match=said):
        cloud.to_cloud(message, "terrain/points")
