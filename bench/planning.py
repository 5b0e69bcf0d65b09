"""How long planning takes: full paths and repairs against skimage's MCP_Geometric, and the arcs.

One core. MCP_Geometric prices a step exactly as our search does, so both answer one question; that
our paths cost no more, by an integral neither wrote, is asserted on every map before it is timed.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.graph import MCP_Geometric

from ai4mars_nav.geometry.pose import Pose
from ai4mars_nav.planning import slow, slow_clearance
from ai4mars_nav.planning.arcs import ArcSettings, candidate_arcs, place
from ai4mars_nav.planning.clearance import ClearanceSettings, Ground, check_arcs
from ai4mars_nav.planning.search import Planner
from ai4mars_nav.planning.search_settings import SearchSettings
from ai4mars_nav.rover import Rover
from measure import Row, row, times

RESOLUTION, ORIGIN = 0.1, (0.0, 0.0)
SETTINGS = SearchSettings()
PRICES = np.full(256, np.inf)
PRICES[:100] = SETTINGS.neutral + SETTINGS.weight * np.arange(100)
PRICES[255] = SETTINGS.neutral + SETTINGS.weight * SETTINGS.unknown_cost
Cost = NDArray[np.int8]
Cell = tuple[int, int]


@dataclass(frozen=True)
class Map:
    """A cost map with the cells to drive between."""

    name: str
    cost: Cost
    start: Cell
    goal: Cell

    def size(self) -> str:
        """The side, as the table shows it."""
        return f"{len(self.cost)}^2"


def serpentine(n: int, corridor: int) -> Map:
    """Random costs between walls that lead to and fro: every passable cell must be searched."""
    cost = np.random.default_rng(0).integers(0, 100, (n, n)).astype(np.int8)
    walls = range(corridor, n - corridor, corridor + 1)
    for i, wall in enumerate(walls):
        gap = np.s_[-corridor:] if i % 2 == 0 else np.s_[:corridor]
        free = cost[wall, gap].copy()
        cost[wall] = 100
        cost[wall, gap] = free
    return Map(f"maze, corridors of {corridor}", cost, (0, 0), (n - 1, n - 1))


def noise(n: int) -> Map:
    """Random costs everywhere."""
    cost = np.random.default_rng(1).integers(0, 100, (n, n)).astype(np.int8)
    return Map("random costs", cost, (0, 0), (n - 1, n - 1))


def terrain(n: int) -> Map:
    """Smooth costs with lethal patches, as a cost map is."""
    field = cv2.GaussianBlur(np.random.default_rng(2).random((n, n)), (0, 0), 8.0)
    field = (field - field.min()) / (field.max() - field.min())
    cost = np.where(field > 0.75, 100, 99.0 * field).astype(np.int8)
    cost[:6, :6] = cost[-6:, -6:] = 50
    return Map("smooth terrain", cost, (0, 0), (n - 1, n - 1))


def xy(cell: Cell) -> tuple[float, float]:
    """The centre of a cell, metres."""
    return (cell[1] + 0.5) * RESOLUTION, (cell[0] + 0.5) * RESOLUTION


def mcp(case: Map) -> tuple[float, list[Cell]]:
    """MCP_Geometric's cheapest cost and path, from the same int8 map."""
    price = PRICES[case.cost.view(np.uint8)]
    price[np.isinf(price)] = -1.0
    search = MCP_Geometric(price)
    costs, _ = search.find_costs([case.start], [case.goal])
    return float(costs[case.goal]) * RESOLUTION, search.traceback(case.goal)


def full(case: Map) -> NDArray[np.float64]:
    """Points of our path over the map, searched from nothing."""
    planner = Planner(SETTINGS)
    return planner.plan(case.cost, ORIGIN, RESOLUTION, xy(case.start), xy(case.goal)).points


def no_costlier(case: Map, points: NDArray[np.float64]) -> None:
    """Both paths priced by the independent integral; ours must not be dearer."""
    _, cells = mcp(case)
    centres = (np.array(cells)[:, ::-1] + 0.5) * RESOLUTION
    theirs = slow.path_cost(centres, case.cost, PRICES, ORIGIN, RESOLUTION)
    ours = slow.path_cost(points, case.cost, PRICES, ORIGIN, RESOLUTION)
    if ours > theirs * (1.0 + 1e-9):
        raise AssertionError(f"{case.name}: our path costs {ours}, MCP_Geometric's {theirs}")


def full_paths() -> list[Row]:
    """Full paths on 400 x 400 maps."""
    rows = []
    for case in (serpentine(400, 3), serpentine(400, 20), noise(400), terrain(400)):
        no_costlier(case, full(case))
        theirs = times(lambda: mcp(case), 7)  # noqa: B023
        ours = times(lambda: full(case), 21)  # noqa: B023
        rows.append(row(f"path, {case.name}", case.size(), ours, "MCP_Geometric", theirs, "> 1"))
    return rows


def window(n: int, row_share: float, column_share: float) -> NDArray[np.bool_]:
    """A square of 5 % of the n x n cells."""
    side = round(n * np.sqrt(0.05))
    top, left = round(row_share * (n - side)), round(column_share * (n - side))
    changed = np.zeros((n, n), np.bool_)
    changed[top : top + side, left : left + side] = True
    return changed


def repairs() -> list[Row]:
    """Re-plans after 5 % of the cells got other costs, there and back again."""
    rows = []
    rng = np.random.default_rng(3)
    places = {
        "around the rover": window(400, 0.0, 0.0),
        "half way": window(400, 0.5, 0.5),
        "around the goal": window(400, 1.0, 1.0),
        "scattered": rng.random((400, 400)) < 0.05,
    }
    for case in (serpentine(400, 3), noise(400), terrain(400)):
        theirs = times(lambda: mcp(case), 7)  # noqa: B023
        for place_name, mask in places.items():
            changed = mask & (case.cost < 100)
            cost = case.cost.copy()
            cost[changed] = rng.integers(0, 100, int(changed.sum()))
            other = Map(case.name, cost, case.start, case.goal)
            planner = Planner(SETTINGS)
            turns = [case, other]

            def again() -> NDArray[np.float64]:
                turns.reverse()  # noqa: B023
                cost = turns[0].cost  # noqa: B023
                ends = xy(case.start), xy(case.goal)  # noqa: B023
                return planner.replan(cost, ORIGIN, RESOLUTION, *ends).points  # noqa: B023

            no_costlier(other, again())
            ours = times(again, 21)
            name = f"re-plan, 5 % changed {place_name}, {case.name}"
            rows.append(row(name, case.size(), ours, "MCP_Geometric, full", theirs, ">= 5"))
    return rows


def over_cells() -> list[Row]:
    """Full paths over the size of the map; the reference is the time per cell at 400^2."""
    rows = []
    sizes = (100, 200, 400, 800)
    took = {n: times(lambda n=n: full(noise(n)), 9) for n in sizes}
    for n in sizes:
        linear = float(np.median(took[400])) * (n / 400) ** 2
        rows.append(row("path over cells", f"{n}^2", took[n], "linear from 400^2", linear, "~ 1"))
    return rows


def arc_checks() -> list[Row]:
    """31 forward arcs of 6 m (and 5 back) over rough ground, against the plain twin."""
    rover, settings = Rover(), ClearanceSettings()
    rng = np.random.default_rng(4)
    rough = cv2.GaussianBlur(rng.normal(size=(400, 400)), (0, 0), 6.0)
    ground = Ground(
        (0.03 * rough / rough.std()).astype(np.float32),
        np.full((400, 400), 0.01, np.float32),
        np.ones((400, 400), np.bool_),
        np.zeros((400, 400), np.int8),
        (-20.0, -20.0),
        RESOLUTION,
    )
    stands = Pose.from_rpy((0.0, 0.0, 0.0), (0.0, 0.0, 0.4))
    arcs = candidate_arcs(ArcSettings(length=6.0, spacing=0.15), rover)
    placed = place(arcs.poses, 0.0, 0.0, 0.4)

    def plain() -> list[tuple[str, int, int]]:
        own = [p[: int(np.argmax(t)) + 1] for p, t in zip(placed, arcs.travelled, strict=True)]
        return [slow_clearance.arc_failure(poses, ground, stands, settings, rover) for poses in own]

    verdicts = check_arcs(arcs, ground, stands, settings, rover)
    if [verdict.reason for verdict in verdicts] != [reason for reason, *_ in plain()]:
        raise AssertionError("the arcs' verdicts are not those of the plain twin")
    passed = sum(verdict.ok for verdict in verdicts)
    ours = times(lambda: check_arcs(arcs, ground, stands, settings, rover), 21)
    theirs = times(plain, 3)
    size = f"{len(arcs)} arcs, {passed} clear to their end"
    return [row("clearance of arcs of 6 m", size, ours, "plain NumPy twin", theirs, "<= 10 ms")]


def run() -> list[Row]:
    """The rows of planning."""
    return [*full_paths(), *repairs(), *over_cells(), *arc_checks()]
