"""The walls of docs/ARCHITECTURE.md: which room imports which, and what stays out of which."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "ai4mars_nav"

WORDS = ("terrain", "settings", "rover", "share", "rounding")
"""Files of no room, which all may import and which import only each other."""

CORE = ("geometry", "perception", "mapping", "planning")

MAY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(WORDS, ()),
    "geometry": (),
    "perception": ("geometry",),
    "mapping": ("geometry",),
    "planning": ("geometry", "mapping"),
    "dataset": (),
    "pds": ("geometry", "dataset", "bags.written", "sim.poster"),
    "content": ("perception", "dataset", "sim.poster"),
    "content.learn": ("perception", "dataset", "content", "learn"),
    "learn": (*CORE, "dataset", "sim.poster", "sim.rig"),
    "ros": (*CORE, "content.triage", "content.demud"),
    "bags": ("ros",),
    "replay": (*CORE, "ros", "bags", "content", "sim.poster", "sim.cost_colours", "sim.rock_boxes"),
    "sim": (*CORE, "dataset", "ros", "bags", "content"),
    "trial": (*CORE, "dataset", "ros", "sim"),
    "archive": ("dataset", "perception", "content", "pds", "replay.source", "replay.errors"),
}
"""Rooms, or parts of them, by what they may import besides themselves and the words. `cli`, on
which nothing stands, may import all."""

AT_HOME: dict[str, tuple[str, ...]] = {
    "rclpy": ("ros", "bags", "replay", "sim", "trial"),
    "torch": ("learn", "content.learn", "cli"),
    "onnx": ("learn", "content.learn"),
    "fastapi": ("archive",),
    "psycopg": ("archive",),
    "mujoco": ("sim.judge",),
}
"""What is heavy or not on a rover, by where it may be imported."""


Imports = Mapping[str, list[str]]


@pytest.fixture(scope="module")
def imports() -> Imports:
    """The dotted names that each file of the package imports, wherever in it, by its own."""
    found: dict[str, list[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        names = found[".".join(file.relative_to(PACKAGE).with_suffix("").parts)] = []
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{file}:{node.lineno}: a relative import"
                names += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(f"{name}.".startswith(f"{place}.") for place in places)


def test_every_room_has_its_walls(imports: Imports) -> None:
    rooms = {place.split(".")[0] for place in imports} - {"__init__", "cli"}
    assert rooms == {room.split(".")[0] for room in MAY}


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_what_its_row_allows(room: str, imports: Imports) -> None:
    inner = tuple(each for each in MAY if each != room and within(each, (room,)))
    own = [each for each in imports if within(each, (room,)) and not within(each, inner)]
    assert own
    ours = "ai4mars_nav."
    assert [
        f"{place} imports {name}"
        for place in own
        for name in imports[place]
        if name.startswith(ours) and not within(name.removeprefix(ours), (room, *WORDS, *MAY[room]))
    ] == []


@pytest.mark.parametrize("package", AT_HOME)
def test_what_is_heavy_stays_in_its_rooms(package: str, imports: Imports) -> None:
    found = [each for each in imports if any(within(name, (package,)) for name in imports[each])]
    assert found
    assert [each for each in found if not within(each, AT_HOME[package])] == []
