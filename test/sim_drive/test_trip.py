"""What a drive starts, and which goals it refuses."""

from pathlib import Path

import pytest

from ai4mars_nav.ros import graph
from ai4mars_nav.settings import SettingsError
from ai4mars_nav.sim.drive.conduct import BAG, fresh
from ai4mars_nav.sim.drive.errors import DriveError
from ai4mars_nav.sim.drive.trip import Trip, ground_of, parameters_of
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.world.library import load_world

pytest.importorskip("rclpy")


def test_it_starts_the_graph_and_the_simulator_with_the_rovers_parameters(tmp_path: Path) -> None:
    trip = Trip(tmp_path, "crossing", seed=3, size=256, faults={"lost": 0.5, "stuck_wheel": 2.0})
    commands = trip.commands()
    assert set(commands) == {spec.name for spec in (*graph.GRAPH, graph.SIM)}
    sim = commands["sim"]
    assert {"size:=256", "hold:=true", "fault.lost:=0.5", "fault.stuck_wheel:=2"} <= set(sim)
    assert all(parameters_of("test_rover") in words for words in commands.values())


def test_who_looks_on_is_started_only_where_it_is_asked_for(tmp_path: Path) -> None:
    commands = Trip(tmp_path, "crossing", triage="wheels").commands()
    assert set(commands) == {spec.name for spec in (*graph.GRAPH, graph.TRIAGE, graph.SIM)}
    assert (
        'triage.wants:="wheels"' in commands["triage"] and "lockstep:=false" in commands["triage"]
    )


def test_wants_that_cannot_be_used_are_refused_before_the_drive(tmp_path: Path, tiny: Path) -> None:
    wants = tmp_path / "wants.yaml"
    wants.write_text("classes: {fossil: 1.0}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"wants.yaml: classes: unknown key 'fossil'"):
        ground_of(Trip(tmp_path, str(tiny), triage=str(wants)), *load_world(str(tiny), 1))


def test_a_rover_without_a_file_of_its_own_has_that_of_all() -> None:
    assert parameters_of("somewhere/mine.yaml") == ""


def test_the_rules_follow_the_parameters(tmp_path: Path, tiny: Path) -> None:
    ground = ground_of(Trip(tmp_path, str(tiny)), *load_world(str(tiny), 1))
    assert ground.rules.goal == ground.mission.goal
    assert ground.rules.tolerance == pytest.approx(0.3 + 0.5)
    assert ground.rules.longest > 5.0 * 4.0 / ground.rover.max_speed


def test_a_goal_off_the_map_is_refused(tmp_path: Path, tiny: Path) -> None:
    with pytest.raises(SimError, match=r"--goal in world tiny, seed 1: goal \(99, 0\) lies off"):
        ground_of(Trip(tmp_path, str(tiny), 1, goal=(99.0, 0.0)), *load_world(str(tiny), 1))


def test_a_goal_in_a_rock_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rocky.yaml"
    path.write_text(
        "world: {size: 16.0, resolution: 0.05, drive: 4.0}\nrelief: {rough: [0.002, 0.003]}\n"
        "craters: {count: 0}\nbedrock: {share: [0.0, 0.0]}\nsand: {share: [0.0, 0.0]}\n"
        "rocks: {k: [0.02, 0.03], largest: 0.8}\n",
        encoding="utf-8",
    )
    world, mission = load_world(str(path), 2)
    rock = int(world.rocks.height.argmax())
    place = (float(world.rocks.x[rock]), float(world.rocks.y[rock]))
    with pytest.raises(SimError, match="lies in or beside rock"):
        ground_of(Trip(tmp_path, str(path), 2, goal=place), world, mission)


def test_a_folder_that_holds_a_drive_is_not_written_over(tmp_path: Path) -> None:
    out = fresh(tmp_path / "drive")
    (out / BAG).mkdir()
    with pytest.raises(DriveError, match="holds a drive already"):
        fresh(out)
