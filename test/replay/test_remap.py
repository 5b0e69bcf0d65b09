"""Remap files: checked when they are read; each error names file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.remap import Source, load_remap, remap_file, shipped
from ai4mars_nav.settings import SettingsError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", shipped(), ids=lambda path: path.stem)
def test_the_shipped_files_are_right(path: Path) -> None:
    remap = load_remap(path)
    assert remap.about
    assert "left/image_rect" in remap.topics


def test_the_first_source_wins_and_the_topic_s_own_name_is_the_last(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "remap: {topics: {left/image_rect: [{topic: /a, convert: grey}, /b], odom: /o}}",
    )
    remap = load_remap(path)
    assert remap.sources("left/image_rect") == (
        Source("/a", "grey"),
        Source("/b"),
        Source("/left/image_rect"),
    )
    assert remap.sources("odom") == (Source("/o"), Source("/odom"))
    assert remap.sources("/tf") == (Source("/tf"),)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("topics: {}", "unknown key 'topics'"),
        ("{}", "no key 'remap'"),
        ("remap: 3", "must hold a mapping"),
        ("remap: {topic: {odom: /o}}", "unknown key 'topic'"),
        ("remap: {about: x}", "remap.topics must map"),
        ("remap: {topics: {left/image: /a}}", "unknown topic 'left/image'"),
        ("remap: {topics: {odom: {topics: /o}}}", "unknown key 'topics'"),
        ("remap: {topics: {odom: o}}", "topic 'o' must begin with /"),
        ("remap: {topics: {odom: []}}", "names no topic"),
        ("remap: {topics: {odom: 4}}", "neither a topic nor a mapping"),
        ("remap: {topics: {odom: {topic: /o, convert: gray}}}", "must be one of none, grey"),
        ("remap: {base_frame: 3, topics: {odom: /o}}", "base_frame must be str"),
    ],
)
def test_what_is_wrong_names_file_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises((ReplayError, SettingsError), match=named) as refusal:
        load_remap(path)
    assert str(path) in str(refusal.value)


def test_names_that_there_are_not_are_told_with_those_that_there_are() -> None:
    with pytest.raises(ReplayError, match="there are realsense, zed"):
        remap_file("kinect")
    with pytest.raises(ReplayError, match="no such file"):
        remap_file("./kinect.yaml")
