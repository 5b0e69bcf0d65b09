"""What was asked of a replay, and what became of it, frame by frame."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ai4mars_nav.replay.remap import Remap
from ai4mars_nav.ros import graph
from ai4mars_nav.ros.told import Told


@dataclass(frozen=True)
class Asked:
    """What to replay, and how."""

    bag: Path
    out: Path
    rate: float | None = None
    """Times the bag's own pace; none: in lockstep."""
    start: float = 0.0
    duration: float | None = None
    """Seconds of log time."""
    loops: int = 1
    remap: Remap = field(default_factory=Remap)
    rover: str = "curiosity"
    params: str = ""

    def arguments(self) -> graph.Arguments:
        """How the graph is started."""
        return graph.Arguments(rover=self.rover, params=self.params, use_sim_time=True)

    @property
    def base_frame(self) -> str:
        """Frame of the rover in this bag."""
        return self.remap.base_frame or "base_link"

    def commands(self) -> dict[str, list[str]]:
        """The command line of each process."""
        given = dict(UNHURRIED) if self.rate is not None else UNHURRIED | LOCKSTEP
        if self.remap.odom_frame:
            given["odom_frame"] = self.remap.odom_frame
        if self.remap.base_frame:
            given["base_frame"] = self.remap.base_frame
        commands = {}
        for spec in graph.GRAPH:
            patience = {} if self.rate is not None else PATIENT
            values = given | (patience if spec.name in MATCHING else {})
            values |= UNMOVED if spec is graph.DRIVER else {}
            words = [word for key, value in values.items() for word in ("-p", f"{key}:={value}")]
            commands[spec.name] = graph.command(spec, self.arguments()) + words
        return commands


UNHURRIED = {"silence": "10.0"}
"""The pace of a replay is no fault of the bag that the nodes should tell of."""
LOCKSTEP = {"lockstep": "true"}
UNMOVED = {"headway.watch": "false", "slip.watch": "false"}
"""A recorded rover does not do what the driver tells it, and is not stuck nor slips for that."""
MATCHING = (graph.TERRAIN.name, graph.MAP.name)
PATIENT = {"match.wait": "1.0", "match.silence": "100.0", "transforms.wait": "2.0"}
"""In lockstep nothing that is under way is given up because the machine is slow."""


@dataclass(frozen=True)
class FrameFate:
    """One left image and what was made of it."""

    stamp: int
    loop: int
    answered: tuple[str, ...]
    missing: tuple[str, ...]
    """Outputs that were to be expected, and did not come."""
    why: str = ""
    seconds: float = 0.0
    """Of the wall clock, until it was answered or given up."""
    lacking: str = ""
    """Why less than everything was to be expected of it."""


@dataclass(frozen=True)
class Outcome:
    """What came of a replay."""

    asked: Asked
    frames: list[FrameFate]
    fed: Counter[str]
    """Messages by topic of the graph."""
    refused: Counter[str]
    """Messages that could not be converted, by what was wrong."""
    left_out: dict[str, str]
    """Topics of the bag that were not fed, and why."""
    nodes: dict[str, Told]
    recorded: dict[str, int]
    wall: dict[str, float]
    """Seconds of the wall clock: until the graph was up, and of the replay."""
    end: str = ""
    """Why it ended before the bag did; empty if it did not."""
    interrupted: bool = False

    @property
    def bag(self) -> Path:
        """Where the outputs are."""
        return self.asked.out / "bag"
