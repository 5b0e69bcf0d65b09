"""Remap files: which topics of a foreign bag stand for those of the graph, and how to convert."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai4mars_nav.replay.errors import ReplayError
from ai4mars_nav.replay.inputs import INPUTS
from ai4mars_nav.settings import from_mapping, read_yaml, setting
from ai4mars_nav.share import share

AS_IT_IS = "none"
CONVERSIONS: dict[str, str] = {
    AS_IT_IS: "",
    "grey": "sensor_msgs/msg/Image",
    "compressed": "sensor_msgs/msg/CompressedImage",
    "compressed_depth": "sensor_msgs/msg/CompressedImage",
}
"""What each conversion takes; `none` takes what the graph takes."""


@dataclass(frozen=True)
class Source:
    """One topic of the bag that may stand for one of the graph."""

    topic: str = setting("", "name of the topic in the bag")
    convert: str = setting(
        AS_IT_IS, "what has to be done to its messages", choices=tuple(CONVERSIONS)
    )


@dataclass(frozen=True)
class Remap:
    """For each topic of the graph the sources in the bag, the first that is there wins."""

    about: str = ""
    odom_frame: str = ""
    base_frame: str = ""
    """Frames of odometry and rover, where they are not `odom` and `base_link`."""
    topics: dict[str, tuple[Source, ...]] = field(default_factory=dict)
    name: str = ""
    """The file, for people."""

    def sources(self, wanted: str) -> tuple[Source, ...]:
        """Where a topic of the graph may come from: the bag's own first, if it has one so named."""
        own = Source(wanted if wanted.startswith("/") else f"/{wanted}")
        return (*self.topics.get(wanted, ()), own)


@dataclass(frozen=True)
class _Head:
    about: str = setting("", "whose bags these are")
    odom_frame: str = setting("", "frame of the odometry, if it is not odom")
    base_frame: str = setting("", "frame of the rover, if it is not base_link")


def load_remap(path: Path) -> Remap:
    """Read and check a remap file; what is wrong names file and key."""
    document = read_yaml(path)
    unknown = sorted(set(document) - {"remap"})
    if unknown or "remap" not in document:
        what = f"unknown key {unknown[0]!r}" if unknown else "no key 'remap'"
        raise ReplayError(f"{path}: {what}; all stands under 'remap'")
    body = document["remap"]
    if not isinstance(body, dict):
        raise ReplayError(f"{path}: remap must hold a mapping, is {body!r}")
    plain = {key: value for key, value in body.items() if key != "topics"}
    head = from_mapping(_Head, plain, f"{path}: remap")
    topics = _topics(body.get("topics"), f"{path}: remap.topics")
    return Remap(head.about, head.odom_frame, head.base_frame, topics, str(path))


def remap_file(name: str) -> Path:
    """A remap file: a name in config/remap, or a path."""
    if "/" in name or name.endswith(".yaml"):
        path = Path(name).expanduser()
        if not path.is_file():
            raise ReplayError(f"remap {name!r}: there is no such file")
        return path
    known = {path.stem: path for path in shipped()}
    if name not in known:
        there = ", ".join(known) or "none"
        raise ReplayError(f"remap {name!r} is not in config/remap; there are {there}")
    return known[name]


def shipped() -> list[Path]:
    """The remap files that come with the package."""
    return sorted((share() / "config" / "remap").glob("*.yaml"))


def _topics(value: Any, where: str) -> dict[str, tuple[Source, ...]]:
    if not isinstance(value, dict) or not value:
        raise ReplayError(f"{where} must map topics of the graph to their sources, is {value!r}")
    for wanted in value:
        if wanted not in INPUTS:
            raise ReplayError(
                f"{where}: unknown topic {wanted!r}; the graph hears {', '.join(sorted(INPUTS))}"
            )
    return {wanted: _sources(each, f"{where}.{wanted}") for wanted, each in value.items()}


def _sources(value: Any, where: str) -> tuple[Source, ...]:
    listed = value if isinstance(value, list) else [value]
    found = []
    for index, each in enumerate(listed):
        entry = {"topic": each} if isinstance(each, str) else each
        if not isinstance(entry, dict):
            raise ReplayError(f"{where}: {each!r} is neither a topic nor a mapping with one")
        source = from_mapping(Source, entry, f"{where}[{index}]")
        if not source.topic.startswith("/"):
            raise ReplayError(f"{where}[{index}]: topic {source.topic!r} must begin with /")
        found.append(source)
    if not found:
        raise ReplayError(f"{where}: names no topic")
    return tuple(found)
