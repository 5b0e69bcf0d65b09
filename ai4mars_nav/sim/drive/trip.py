"""What a drive is: world, rover, goal, folder; and what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ai4mars_nav.content.kinds import load_any
from ai4mars_nav.content.triage.wants import read_wants
from ai4mars_nav.planning.follower import FollowerSettings
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.ros import graph
from ai4mars_nav.ros.parameter_file import settings_in
from ai4mars_nav.ros.triage_settings import TriageSettings
from ai4mars_nav.rover import Rover, load_rover
from ai4mars_nav.share import content_model_file, rover_file, share, wants_file
from ai4mars_nav.sim.drive.referee import End, Rules
from ai4mars_nav.sim.drive.sim_settings import SimSettings
from ai4mars_nav.sim.drive.truth_state import Truth
from ai4mars_nav.sim.world.mission import Mission, check_mission
from ai4mars_nav.sim.world.world import World

STANDING = 20.0
"""Seconds that a rover may stand, besides those of looking around three times."""
PROGRESS_WAYS = 1.2
"""A rover may drive this many times the whole way without coming nearer."""
LONGEST_WAYS = 5.0
"""It may take as long as so many times the way at full speed."""


@dataclass(frozen=True)
class Trip:
    """What was asked for."""

    out: Path
    world: str
    seed: int = 0
    rover: str = "test_rover"
    goal: tuple[float, float] | None = None
    size: int = 512
    params: str = ""
    model: str = ""
    engine: str = ""
    triage: str = ""
    """Wants of a node `triage` that looks on; empty for none."""
    faults: Mapping[str, float] = field(default_factory=dict)

    def arguments(self) -> graph.Arguments:
        """How the graph and the simulator are started."""
        return graph.Arguments(
            rover=self.rover,
            params=self.params or parameters_of(self.rover),
            model=self.model,
            engine=self.engine,
            world=self.world,
            seed=self.seed,
            triage=self.triage,
        )

    def commands(self) -> dict[str, list[str]]:
        """The command line of each process."""
        arguments = self.arguments()
        commands = {spec.name: graph.command(spec, arguments) for spec in graph.chosen(arguments)}
        given: dict[str, Any] = {"size": self.size, "hold": True}
        # whole numbers without a point: a wheel's number is no length
        given |= {f"fault.{name}": f"{value:g}" for name, value in self.faults.items()}
        for key, value in given.items():
            word = str(value).lower() if isinstance(value, bool) else str(value)
            commands[graph.SIM.name] += ["-p", f"{key}:={word}"]
        return commands


@dataclass(frozen=True)
class Ground:
    """Where a trip goes."""

    world: World
    mission: Mission
    rover: Rover
    rules: Rules


@dataclass(frozen=True)
class Outcome:
    """What came of a trip."""

    trip: Trip
    ground: Ground
    end: End
    truths: list[Truth]
    bag: Path
    mapped: frozenset[int]
    """Stamps of the frames that became maps."""
    wall: Mapping[str, float]
    """Seconds of the wall clock: until the graph was up, and of the drive."""
    interrupted: bool = False


def parameters_of(rover: str) -> str:
    """The parameter file for drives of a rover, or that of all."""
    own = share() / "config" / f"drive_{Path(rover).stem}.yaml"
    return str(own) if own.is_file() else ""


def ground_of(trip: Trip, world: World, mission: Mission) -> Ground:
    """The ground of a trip; a goal in a rock or off the map is refused, as are wrong wants."""
    if trip.goal is not None:
        mission = replace(mission, goal=trip.goal)
        check_mission(world, mission, f"--goal in world {world.name}, seed {trip.seed}")
    rover = load_rover(rover_file(trip.rover))
    if trip.triage:
        _check_wants(trip)
    return Ground(world, mission, rover, _rules(trip, mission, rover))


def _check_wants(trip: Trip) -> None:
    """The node would only say so in its diagnostics, and the drive go on without it."""
    file = graph.parameter_file(trip.arguments())
    model = settings_in(file, graph.TRIAGE, "triage", TriageSettings).model
    read_wants(wants_file(trip.triage), load_any(content_model_file(model)).classes)


def _rules(trip: Trip, mission: Mission, rover: Rover) -> Rules:
    file = graph.parameter_file(trip.arguments())
    follower = settings_in(file, graph.DRIVER, "follower", FollowerSettings)
    search = settings_in(file, graph.PLANNER, "search", SearchSettings)
    sim = settings_in(file, graph.SIM, "", SimSettings)
    way = math.dist(mission.start[:2], mission.goal) / rover.max_speed
    return Rules(
        goal=mission.goal,
        # a goal that looks lethal is driven up to, and stood before
        tolerance=follower.goal_tolerance + search.doubt,
        standing=STANDING + 3.0 * sim.frame_period * len(sim.pans_deg),
        progress=max(PROGRESS_WAYS * way, 60.0),
        longest=LONGEST_WAYS * way + 60.0,
    )
