"""The node `triage` over DDS: what it sends home and where it points; and every reason not to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from sensor_msgs.msg import Image
from std_msgs.msg import String
from visualization_msgs.msg import MarkerArray

from ai4mars_nav.content.demud import Demud
from ai4mars_nav.content.triage.downlink import WHOLE, Downlink, from_json
from ai4mars_nav.content.triage.targets import Target
from ai4mars_nav.content.triage.wants import FLOAT_ROCK, OUTCROP
from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.ros import qos
from ai4mars_nav.ros.convert import image, rocks
from ai4mars_nav.ros.convert.header import nanoseconds
from ai4mars_nav.ros.convert.targets import from_markers
from ai4mars_nav.ros.diagnostics import ERROR, OK, WARN
from ai4mars_nav.ros.triage_node import DOWNLINK, SENT, TARGETS, TriageNode
from ai4mars_nav.sim.scenes import acceptance_scene
from ai4mars_nav.terrain import Terrain

S = 10**9
WANTS = """
terrain: {bedrock: 1.0, sand: 0.5}
novel: 1.0
targets: {outcrop: 1.0, float rock: 0.5}
pass: {budget: 100 kB}
"""


@pytest.fixture
def wants(tmp_path: Path) -> Path:
    """A file that wants bedrock, sand, what is new, outcrops and rocks."""
    path = tmp_path / "wants.yaml"
    path.write_text(WANTS, encoding="utf-8")
    return path


@pytest.fixture
def triage(world: Any, rover: str, wants: Path) -> Any:
    """The node, active, its downlinks and targets recorded."""
    world.hear(DOWNLINK, String, qos.LATCHED)
    world.hear(TARGETS, MarkerArray, qos.LATCHED)
    node = world.start(TriageNode, rover=rover, triage__wants=str(wants), triage__period=0.5)
    world.until(lambda: node.active, "did not start", timeout=120.0)
    return node


def big_rock(scene: Any, stamp: int) -> MarkerArray:
    """terrain/big_rocks with one rock at odom (3, 2)."""
    base = scene.sight.odom_from_camera.inverse() @ Pose(np.eye(3), np.array([3.0, 2.0, 0.0]))
    rock = rocks.RockSighting(base, 0.5, 0.02, 0.8, 0.9, True, True)
    return rocks.to_markers([rock], stamp, "navcam")


def classes(scene: Any, stamp: int) -> Image:
    """terrain/classes as a perfect terrain node would send them."""
    return image.from_array(scene.sight.left.classes, stamp, "navcam")


def feed(world: Any, scene: Any, stamp: int, left_out: tuple[str, ...] = ()) -> None:
    """One frame of everything that triage takes."""
    messages = {
        "odom": scene.message("odom", stamp),
        "terrain/big_rocks": big_rock(scene, stamp),
        "terrain/points": scene.labelled(stamp),
        "left/image_rect": scene.message("left/image_rect", stamp),
        "terrain/classes": classes(scene, stamp),
    }
    for topic, message in messages.items():
        if topic not in left_out:
            world.send(topic, message)
            world.spin(0.05)


def sent_home(world: Any, stamp: int) -> Downlink:
    """The downlink that knows of the image of that stamp."""

    def find() -> Any:
        told = [from_json(message.data, DOWNLINK) for message in world.got[DOWNLINK]]
        return next((each for each in told if each.stamp == stamp), None)

    found: Downlink = world.until(find, "no downlink of that stamp")
    return found


def targets(world: Any, stamp: int) -> list[Target]:
    """The targets that were told with the image of that stamp."""

    def find() -> Any:
        told = [from_markers(message, TARGETS) for message in world.got[TARGETS]]
        return next((each for each in told if each[0] == stamp), None)

    _, frame, found = world.until(find, "no targets of that stamp")
    assert frame == "odom"
    return list(found)


def test_an_image_is_ranked_and_its_targets_are_points_in_odom(
    world: Any, triage: Any, scene: Any
) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    sent = sent_home(world, stamp)
    assert (sent.images, sent.budget) == (1, 100_000)
    whole = next(each for each in sent.products if each.form == WHOLE)
    assert whole.image == f"navcam@{stamp // S}.{stamp % S:09d}" and whole.stamp == stamp
    shares = scene.sight.left.classes
    assert whole.terrain["bedrock"] == pytest.approx((shares == 1).mean(), abs=1e-4)
    assert whole.rocks == 1 and sum(whole.terrain.values()) == pytest.approx(1.0, abs=1e-3)
    found = targets(world, stamp)
    (rock,) = [each for each in found if each.kind == FLOAT_ROCK]
    assert rock.position == pytest.approx((3.0, 2.0, 0.0), abs=0.02) and rock.stamp == stamp
    assert rock.image == whole.image and rock.says == "float rock 0.50 m high, 0.80 m wide"
    (outcrop,) = [each for each in found if each.kind == OUTCROP]
    x, y = (np.array([each]) for each in outcrop.position[:2])
    assert acceptance_scene().terrain(x, y)[0] == Terrain.BEDROCK
    world.until(lambda: triage.health.verdict()[0] == OK, "not healthy")


def test_the_same_again_is_sent_once(world: Any, triage: Any, scene: Any) -> None:
    begin = world.now()
    for number in range(3):
        feed(world, scene, begin + number * S)
        sent = sent_home(world, begin + number * S)
    assert sent.images == 3
    assert len([each for each in sent.products if each.form == WHOLE]) == 1
    assert len(triage._triage.images) == 3


def test_what_has_gone_home_is_not_sent_again(world: Any, triage: Any, scene: Any) -> None:
    begin = world.now()
    feed(world, scene, begin)
    sent_home(world, begin)
    world.send(SENT, String(data="{}"))
    world.until(lambda: triage.health.counts().get(f"{SENT} refused"), "not refused")
    world.send(SENT, world.got[DOWNLINK][-1])
    world.spin(0.1)
    feed(world, scene, begin + S)
    sent = sent_home(world, begin + S)
    assert sent.images == 2
    assert [each for each in sent.products if each.form == WHOLE] == []


def test_images_sooner_than_asked_for_are_left_alone_and_counted(
    world: Any, triage: Any, scene: Any
) -> None:
    begin = world.now()
    for number in range(4):
        feed(world, scene, begin + number * S // 5)
    assert sent_home(world, begin + 3 * S // 5).images == 2
    assert triage.health.counts()["frames sooner than asked for"] == 2


def test_without_a_pose_there_are_images_but_no_targets(
    world: Any, triage: Any, scene: Any
) -> None:
    stamp = world.now()
    feed(world, scene, stamp, left_out=("odom",))
    assert sent_home(world, stamp).images == 1
    assert targets(world, stamp) == []
    level, line = triage.health.verdict()
    assert level == WARN and "no targets: " in line


def test_without_points_there_are_rocks_but_no_outcrops(
    world: Any, triage: Any, scene: Any
) -> None:
    stamp = world.now()
    feed(world, scene, stamp, left_out=("terrain/points",))
    assert [each.kind for each in targets(world, stamp)] == [FLOAT_ROCK]
    assert "no outcrops: terrain/points is missing" in triage.health.verdict()[1]


def test_time_that_jumps_back_begins_another_day(world: Any, triage: Any, scene: Any) -> None:
    begin = world.now()
    feed(world, scene, begin)
    sent_home(world, begin)
    feed(world, scene, begin - 100 * S)
    assert sent_home(world, begin - 100 * S).images == 1
    assert triage.health.counts()["time jumps"] == 1


def test_an_image_without_classes_is_not_looked_at(world: Any, triage: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp, left_out=("terrain/classes",))
    assert triage.health.verdict()[1].endswith("terrain/classes has never been received")
    feed(world, scene, stamp + S)
    assert sent_home(world, stamp + S).images == 1
    assert triage._frames.counts["frames superseded"] == 1


@pytest.mark.parametrize(
    ("topic", "spoil", "told"),
    [
        ("left/image_rect", {"encoding": "32FC1"}, "left/image_rect: encoding '32FC1'"),
        ("terrain/classes", {"step": 3}, "terrain/classes: step 3 is shorter"),
        ("terrain/points", {"height": 7}, "terrain/points: data holds"),
    ],
)
def test_a_bad_message_costs_its_image_and_is_named(
    world: Any, triage: Any, scene: Any, topic: str, spoil: dict[str, Any], told: str
) -> None:
    stamp = world.now()
    bad = {
        "left/image_rect": scene.message("left/image_rect", stamp),
        "terrain/classes": classes(scene, stamp),
        "terrain/points": scene.labelled(stamp),
    }[topic]
    for name, value in spoil.items():
        setattr(bad, name, value)
    feed(world, scene, stamp, left_out=(topic, "terrain/classes"))
    world.send(topic, bad)
    world.spin(0.05)
    if topic != "terrain/classes":
        world.send("terrain/classes", classes(scene, stamp))
    world.until(lambda: triage.health.verdict()[0] == ERROR, "not told")
    assert told in triage.health.verdict()[1]
    feed(world, scene, stamp + S)
    assert sent_home(world, stamp + S).images == 1, "the next one is looked at"


def test_what_lies_in_another_frame_is_refused(world: Any, triage: Any, scene: Any) -> None:
    stamp = world.now()
    message = big_rock(scene, stamp)
    for each in message.markers:
        each.header.frame_id = "hazcam"
    world.send("odom", scene.message("odom", stamp))
    world.send("terrain/big_rocks", message)
    world.spin(0.05)
    feed(world, scene, stamp, left_out=("odom", "terrain/big_rocks", "terrain/points"))
    world.until(lambda: triage.health.verdict()[0] == ERROR, "not told")
    assert "terrain/big_rocks: frame_id 'hazcam' is not that of" in triage.health.verdict()[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("classes: {fossil: 1}", "classes: unknown key 'fossil'"),
        ("targets: {tree: 1}", "targets: unknown key 'tree'"),
        (None, "there is no such file"),
    ],
)
def test_wants_that_cannot_be_used_keep_it_unconfigured(
    world: Any, rover: str, tmp_path: Path, text: str | None, told: str
) -> None:
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    heard = world.hear("/diagnostics", DiagnosticArray)
    world.start(TriageNode, rover=rover, triage__wants=str(path))

    def said() -> bool:
        return any(told in status.message for message in heard for status in message.status)

    world.until(said, "not told")
    status = heard[-1].status[0]
    assert status.level == ERROR and "mine.yaml" in status.message


def test_what_is_known_comes_from_a_file(world: Any, rover: str, wants: Path) -> None:
    world.start(TriageNode, rover=rover, triage__wants=str(wants), triage__known="/no/such.npz")
    node = world._started[-1]
    world.until(lambda: "such.npz" in node.health.verdict()[1], "not told")
    known = wants.parent / "known.npz"
    model = Demud()
    model.learn(np.zeros(7))
    model.save(known)
    node = world.start(
        TriageNode, "-r", "__node:=second", rover=rover, triage__wants=str(wants),
        triage__known=str(known),
    )  # fmt: skip
    world.until(lambda: node.active, "did not start", timeout=120.0)


def test_targets_survive_their_message(world: Any, triage: Any, scene: Any) -> None:
    stamp = world.now()
    feed(world, scene, stamp)
    found = targets(world, stamp)
    assert nanoseconds(world.got[TARGETS][-1].markers[0].header.stamp) == stamp
    for told, kept in zip(found, triage._triage.targets.ranked(), strict=True):
        assert told.position == pytest.approx(kept.position)
        assert (told.kind, told.says, told.image, told.times) == (
            kept.kind, kept.says, kept.image, kept.times
        )  # fmt: skip
