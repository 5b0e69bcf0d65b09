"""Bags as files: parts, resume, the same again, and what is refused."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from rosbags.rosbag2 import Reader

from ai4mars_nav.pds.convert import ConvertSettings, convert
from ai4mars_nav.pds.errors import PdsError

from .heard import TOPICS, heard, of, plain


@pytest.mark.parametrize(("storage", "suffix"), [("mcap", ".mcap"), ("sqlite3", ".db3")])
def test_a_bag_of_several_files(products, tmp_path, storage, suffix):
    """Static transforms begin each file; counts, times and types are what ros2 bag info reads."""
    for number in range(5):
        products.write_pair(tmp_path / "in", "CAHV", number=number, size=24)
    settings = ConvertSettings(storage=storage, shots_a_part=2)
    convert([tmp_path / "in"], tmp_path / "bag", settings)
    text = (tmp_path / "bag" / "metadata.yaml").read_text()
    told = yaml.safe_load(text)["rosbag2_bagfile_information"]
    assert told["version"] == 9
    assert told["storage_identifier"] == storage
    assert told["relative_file_paths"] == [f"bag_{n}{suffix}" for n in range(3)]
    assert told["starting_time"]["nanoseconds_since_epoch"] == 1648114920180000000
    assert told["duration"]["nanoseconds"] == 40 * 10**9
    counts = {
        each["topic_metadata"]["name"]: (each["topic_metadata"]["type"], each["message_count"])
        for each in told["topics_with_message_count"]
    }
    expected = {topic: (kind, 5) for topic, kind in TOPICS.items()}
    expected["/tf_static"] = (TOPICS["/tf_static"], 3)
    del expected["/depth/image_rect"]
    assert counts == expected
    assert told["message_count"] == sum(count for _, count in counts.values())
    quality = {
        each["topic_metadata"]["name"]: each["topic_metadata"]["offered_qos_profiles"][0]
        for each in told["topics_with_message_count"]
    }
    assert quality["/tf_static"]["durability"] == "transient_local"
    assert quality["/left/image_rect"]["reliability"] == "reliable"
    for file in told["files"]:
        with Reader(tmp_path / "bag" / file["path"]) as one:
            first = next(iter(one.messages()))
            assert first[0].topic == "/tf_static"
            assert one.message_count == file["message_count"]
    messages = heard(tmp_path / "bag")
    stamps = [stamp for _, stamp, _ in messages]
    assert stamps == sorted(stamps)
    assert len(of(messages, "/left/image_rect")) == 5


def test_the_same_input_gives_the_same_bag(products, tmp_path):
    for number in range(3):
        products.write_pair(tmp_path / "in", "CAHVOR", "SITE_FRAME", number, size=32)
    bags = []
    for name, storage, part in (("a", "mcap", 100), ("b", "mcap", 2), ("c", "sqlite3", 100)):
        convert([tmp_path / "in"], tmp_path / name, ConvertSettings(storage, shots_a_part=part))
        bags.append(plain(m for m in heard(tmp_path / name) if m[0] != "/tf_static"))
    assert bags[0] == bags[1] == bags[2]


def test_one_bad_product_does_not_cost_the_others(products, tmp_path):
    products.write_pair(tmp_path / "in", "CAHV", number=0, size=24)
    products.write_pair(tmp_path / "in", "CAHV", number=1, size=24, swapped=True)
    cut = products.write_pair(tmp_path / "in", "CAHV", number=2, size=24)
    cut[0].write_bytes(cut[0].read_bytes()[:-10])
    report = convert([tmp_path / "in"], tmp_path / "bag", ConvertSettings())
    told = {each.path.name: each.reason for each in report.left_out}
    assert "is it cut short" in told[cut[0].name]
    assert any("left and right swapped" in reason for reason in told.values())
    assert report.pairs == 1


def test_refusals(products, tmp_path):
    products.write_pair(tmp_path / "in", "CAHV", size=24)
    (tmp_path / "there").mkdir()
    (tmp_path / "empty").mkdir()
    go = ConvertSettings()
    (tmp_path / "file").write_text("no folder")
    for sources, out, settings, told in (
        ("in", "file/bag", go, "file/bag: BAG: cannot be made: Not a directory"),
        ("in", "there", go, "there: BAG: exists already"),
        ("empty", "bag", go, "empty: SOURCE: holds no product"),
        ("in", "bag", ConvertSettings(storage="tape"), "storage: 'tape' is not mcap or sqlite3"),
        ("in", "bag", ConvertSettings(shots_a_part=0), "shots_a_part: is 0, must be at least 1"),
        ("in", "bag", ConvertSettings(camera="pancam"), "in: --camera: no pancam there: navcam"),
        ("in", "bag", ConvertSettings(rover="spirit"), "in: --rover: no spirit there: curiosity"),
    ):
        with pytest.raises(PdsError, match=told):
            convert([tmp_path / sources], tmp_path / out, settings)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "in", "there"]


def test_a_killed_run_goes_on(products, tmp_path):
    """SIGKILL in the middle; the next run keeps finished parts and gives the bag of one run."""
    for number in range(12):
        products.write_pair(tmp_path / "in", "CAHVOR", number=number, size=48)
    out, work = tmp_path / "bag", tmp_path / "bag.part"
    command = [sys.executable, "-m", "ai4mars_nav.cli", "pds", "to-bag", str(tmp_path / "in")]
    command += ["--split", "1", "-o", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while not (work / "bag_1.json").exists() and run.poll() is None:
            time.sleep(0.002)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert not out.exists()
    kept = (work / "bag_0" / "bag_0.mcap").stat().st_mtime_ns
    with pytest.raises(
        PdsError, match=r"bag.part: plan.json: begun with other products or settings"
    ):
        convert([tmp_path / "in"], out, ConvertSettings(shots_a_part=2))
    convert([tmp_path / "in"], out, ConvertSettings(shots_a_part=1))
    assert (out / "bag_0.mcap").stat().st_mtime_ns == kept
    assert not work.exists()
    convert([tmp_path / "in"], tmp_path / "whole", ConvertSettings(shots_a_part=1))
    assert plain(heard(out)) == plain(heard(tmp_path / "whole"))


def test_killed_while_joining(products, tmp_path, monkeypatch):
    for number in range(3):
        products.write_pair(tmp_path / "in", "CAHV", number=number, size=24)
    moves, rename = [], Path.rename

    def stop(path, target):
        moves.append(target)
        if len(moves) == 2:
            raise KeyboardInterrupt
        rename(path, target)

    settings = ConvertSettings(shots_a_part=1)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", stop)
        with pytest.raises(KeyboardInterrupt):
            convert([tmp_path / "in"], tmp_path / "bag", settings)
    convert([tmp_path / "in"], tmp_path / "bag", settings)
    assert len(of(heard(tmp_path / "bag"), "/left/image_rect")) == 3
