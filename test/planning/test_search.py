"""Paths: their cost, what they may not do, and what is said when there is none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from ai4mars_nav.planning import slow
from ai4mars_nav.planning.errors import NoPath, PlanningError
from ai4mars_nav.planning.search import Plan, Planner
from ai4mars_nav.planning.search_settings import SearchSettings

ORIGIN = (-3.0, 2.0)
RESOLUTION = 0.1
SETTINGS = SearchSettings()
PER_METRE = np.full(256, np.inf)
PER_METRE[:100] = SETTINGS.neutral + np.arange(100)
PER_METRE[255] = SETTINGS.neutral + SETTINGS.unknown_cost


def xy(row: float, col: float) -> tuple[float, float]:
    """The centre of a cell, metres."""
    return ORIGIN[0] + (col + 0.5) * RESOLUTION, ORIGIN[1] + (row + 0.5) * RESOLUTION


def plan(cost: np.ndarray, start: tuple[float, float], goal: tuple[float, float]) -> Plan:
    return Planner(SETTINGS).plan(cost, ORIGIN, RESOLUTION, start, goal)


def even(rows: int = 40, cols: int = 60, value: int = 10) -> np.ndarray:
    return np.full((rows, cols), value, np.int8)


def true_cost(points: np.ndarray, cost: np.ndarray) -> float:
    return slow.path_cost(points, cost, PER_METRE, ORIGIN, RESOLUTION)


def with_dear_holes(cost: np.ndarray) -> np.ndarray:
    """`cost` with 99 for unseen cells that seen ones close in."""
    parts, _ = ndimage.label(cost == -1)
    frame = np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]])
    return np.where((cost == -1) & ~np.isin(parts, frame), np.int8(99), cost)


@pytest.mark.parametrize("seed", range(15))
def test_paths_cost_what_they_say_and_no_more_than_over_cell_centres(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.integers(-1, 100, (45, 38)).astype(np.int8)
    cost[rng.random(cost.shape) < 0.25] = 100
    cost[2, 3] = cost[40, 33] = 5
    priced = with_dear_holes(cost)
    on_centres = slow.togo_field(priced, PER_METRE, RESOLUTION, (40, 33))[2, 3]
    if math.isinf(on_centres):
        with pytest.raises(NoPath):
            plan(cost, xy(2, 3), xy(40, 33))
        return
    found = plan(cost, xy(2, 3), xy(40, 33))
    assert found.cost == pytest.approx(true_cost(found.points, priced), rel=1e-9)
    assert found.cost <= on_centres * (1 + 1e-12)
    assert not slow.squeezes(found.points, cost, ORIGIN, RESOLUTION)
    assert found.length == pytest.approx(np.hypot(*np.diff(found.points, axis=0).T).sum())
    assert tuple(found.points[0]) == xy(2, 3) and tuple(found.points[-1]) == xy(40, 33)


@pytest.mark.parametrize("seed", range(5))
def test_no_costlier_than_mcp_geometric(seed: int) -> None:
    graph = pytest.importorskip("skimage.graph")
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 100, (120, 120)).astype(np.int8)
    cost[10:110:20, seed:100] = 100
    cost[20:110:20, 20:] = 100
    price = np.where(cost == 100, -1.0, PER_METRE[cost.view(np.uint8)])
    reference, _ = graph.MCP_Geometric(price).find_costs([(119, 119)])
    found = plan(cost, xy(0, 0), xy(119, 119))
    assert true_cost(found.points, cost) <= reference[0, 0] * RESOLUTION * (1 + 1e-9)


def test_over_even_ground_the_path_is_nearly_straight() -> None:
    start, goal = xy(3.2, 5.1), xy(25, 55)
    found = plan(even(), start, goal)
    assert found.length == pytest.approx(math.dist(start, goal), rel=0.003)
    assert len(found.points) <= 4
    assert found.cost == pytest.approx(PER_METRE[10] * found.length)
    assert not found.partial


def test_start_and_goal_in_one_cell() -> None:
    found = plan(even(), xy(3.1, 3.1), xy(2.9, 3.2))
    assert len(found.points) == 2
    assert found.length == pytest.approx(math.dist(xy(3.1, 3.1), xy(2.9, 3.2)))


def test_start_that_is_the_goal_has_no_length() -> None:
    assert plan(even(), xy(3, 3), xy(3, 3)).length == 0.0


def test_dear_ground_is_driven_around_where_that_is_cheaper() -> None:
    cost = even()
    cost[5:35, 25:30] = 99
    found = plan(cost, xy(20, 5), xy(20, 50))
    assert true_cost(found.points, cost) < true_cost(np.array([xy(20, 5), xy(20, 50)]), cost)


def test_no_squeeze_between_two_lethal_cells_that_touch_at_a_corner() -> None:
    cost = even(40, 40)
    for i in range(40):
        cost[i, 39 - i] = 100
    with pytest.raises(NoPath, match="no way from"):
        plan(cost, xy(4, 4), xy(36, 36))
    cost[20, 20] = 100  # still closed, and once opened elsewhere the way leads through there
    cost[0, 39] = 10
    found = plan(cost, xy(4, 4), xy(36, 36))
    assert found.points[:, 0].max() > xy(0, 38.4)[0]
    assert not slow.squeezes(found.points, cost, ORIGIN, RESOLUTION)


def test_unseen_ground_is_planned_through_at_its_price() -> None:
    cost = even()
    cost[:, 30] = -1
    through = plan(cost, xy(20, 5), xy(20, 50))
    assert through.length == pytest.approx(4.5)
    assert through.cost == pytest.approx(PER_METRE[10] * 4.4 + PER_METRE[255] * RESOLUTION)


def test_bad_ground_that_is_seen_is_left_for_what_was_not() -> None:
    cost = even()
    cost[:, 20:40] = 80
    cost[:12] = -1
    beside = plan(cost, xy(20, 5), xy(20, 55))
    rows = (beside.points[:, 1] - ORIGIN[1]) / RESOLUTION
    assert rows.min() < 12.5
    assert beside.cost == pytest.approx(true_cost(beside.points, cost))


def test_a_hole_amid_what_was_seen_is_gone_round() -> None:
    """It is what something hides, and no horizon."""
    cost = even(value=28)
    cost[14:27, 25:35] = -1
    around = plan(cost, xy(20, 5), xy(20, 55))
    rows = (around.points[:, 1] - ORIGIN[1]) / RESOLUTION
    assert rows.min() < 14.5 or rows.max() > 26.5
    cost[27:, 30] = -1  # now the same cells are open to the map's border
    straight = plan(cost, xy(20, 5), xy(20, 55))
    assert straight.length == pytest.approx(5.0)


def test_unknown_ground_can_be_forbidden() -> None:
    cost = even()
    cost[:, 30] = -1
    strict = Planner(SearchSettings(unknown_passable=False))
    with pytest.raises(NoPath, match="lethal or unseen cells close in"):
        strict.plan(cost, ORIGIN, RESOLUTION, xy(20, 5), xy(20, 50))
    with pytest.raises(NoPath, match="unseen ground and unknown_passable is off"):
        strict.plan(cost, ORIGIN, RESOLUTION, xy(20, 5), xy(20, 30))
    cost[:, 30] = 100
    cost[20, 30] = -1  # a hole amid what was seen is unseen, too
    assert plan(cost, xy(20, 5), xy(20, 50)).length == pytest.approx(4.5)
    with pytest.raises(NoPath, match="lethal or unseen cells close in"):
        strict.plan(cost, ORIGIN, RESOLUTION, xy(20, 5), xy(20, 50))


def test_goal_in_a_rock() -> None:
    cost = even()
    cost[10:14, 20:24] = 100
    with pytest.raises(NoPath, match=r"goal \(-0.85, 3.15\) lies in a lethal cell \(big rock"):
        plan(cost, xy(8, 15), xy(11, 21))


def test_a_goal_that_looks_lethal_from_afar_is_driven_toward() -> None:
    """Stereo errs with range: what looked like a step from 10 m is often level ground."""
    cost = even()
    cost[28:33, 48:53] = 100
    start, goal = xy(3, 3), xy(30, 50)
    assert math.dist(start, goal) > SETTINGS.doubt
    found = plan(cost, start, goal)
    assert found.doubted and not found.partial
    end = found.points[-1]
    assert (
        cost[int((end[1] - ORIGIN[1]) / RESOLUTION), int((end[0] - ORIGIN[0]) / RESOLUTION)] == 10
    )
    assert math.dist(end, goal) < 3.5 * RESOLUTION
    assert not plan(even(), start, goal).doubted


def test_a_goal_in_a_pocket_looks_lethal_from_afar_too() -> None:
    """An unseen hole in what is lethal round a stone ended a drive 7 m before the goal."""
    cost = even()
    cost[28:33, 48:53] = 100
    cost[30, 50] = -1
    planner, goal = Planner(SETTINGS), xy(30, 50)
    for found in (
        plan(cost, xy(3, 3), goal),
        planner.replan(cost, ORIGIN, RESOLUTION, xy(3, 3), goal),
        planner.replan(cost, ORIGIN, RESOLUTION, xy(4, 4), goal),
    ):
        assert found.doubted
        assert 2.0 * RESOLUTION < math.dist(found.points[-1], goal) < 3.5 * RESOLUTION
    with pytest.raises(NoPath, match=r"close in the 0\.0 m2 around the goal"):
        planner.replan(cost, ORIGIN, RESOLUTION, xy(26, 44), goal)
    cost[28:33, 48:53] = -1
    assert not planner.replan(cost, ORIGIN, RESOLUTION, xy(3, 3), goal).doubted


def test_a_goal_in_a_map_that_is_lethal_all_over_is_refused() -> None:
    with pytest.raises(NoPath, match="lethal everywhere"):
        plan(even(value=100), xy(3, 3), xy(30, 50))


def test_goal_behind_a_wall() -> None:
    cost = even()
    cost[:, 30] = 100
    with pytest.raises(NoPath, match=r"no way from .* to goal .*close in the 11.6 m2"):
        plan(cost, xy(2, 2), xy(20, 50))


@pytest.mark.parametrize("which", ["start", "goal"])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_ends_that_are_not_finite(which: str, bad: float) -> None:
    ends = {"start": xy(2, 2), "goal": xy(5, 5)} | {which: (bad, 0.0)}
    with pytest.raises(PlanningError, match=f"{which} .* is not two finite numbers"):
        plan(even(), ends["start"], ends["goal"])


def test_start_outside_the_map() -> None:
    with pytest.raises(NoPath, match=r"start \(-9.00, 0.00\) lies outside the map"):
        plan(even(), (-9.0, 0.0), xy(5, 5))


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (np.zeros((4, 4), np.uint8), "cost must be int8"),
        (np.zeros(4, np.int8), "cost must be int8"),
        (np.zeros((0, 4), np.int8), "cost must be int8"),
        (np.full((4, 4), -2, np.int8), "cost holds -2"),
        (np.full((4, 4), 101, np.int8), "cost holds 101"),
    ],
)
def test_costs_of_another_kind(cost: np.ndarray, message: str) -> None:
    with pytest.raises(PlanningError, match=message):
        plan(cost, xy(1, 1), xy(2, 2))


@pytest.mark.parametrize("resolution", [0.0, -0.1, math.nan])
def test_resolutions_that_are_none(resolution: float) -> None:
    with pytest.raises(PlanningError, match="resolution"):
        Planner(SETTINGS).plan(even(), ORIGIN, resolution, xy(1, 1), xy(2, 2))


def test_a_start_in_the_inflation_leaves_by_the_cheapest_way() -> None:
    cost = even()
    cost[10:30, 10:30] = 100
    found = plan(cost, xy(20, 27), xy(20, 50))
    assert tuple(found.points[0]) == xy(20, 27)
    assert math.dist(found.points[0], found.points[1]) < 0.5
    assert math.isinf(true_cost(found.points, cost))
    assert math.isfinite(true_cost(found.points[1:], cost))
    assert found.cost > true_cost(found.points[1:], cost)


def test_a_start_too_deep_in_the_inflation() -> None:
    cost = np.full((80, 80), 100, np.int8)
    cost[:, 70:] = 10
    with pytest.raises(NoPath, match=r"start .* lies in a lethal cell and no passable cell within"):
        plan(cost, xy(40, 20), xy(40, 75))


def test_a_goal_off_the_map_is_approached() -> None:
    cost = even()
    goal = (ORIGIN[0] + 106.0, ORIGIN[1] + 2.0)
    found = plan(cost, xy(20, 5), goal)
    assert found.partial
    assert tuple(found.points[-1]) == pytest.approx(xy(19.5, 59), abs=0.06)
    assert found.cost == pytest.approx(true_cost(found.points, cost))


def test_a_goal_off_the_map_is_planned_to_over_unseen_ground() -> None:
    cost = even()
    cost[:, 40:] = -1
    found = plan(cost, xy(20, 5), (50.0, 4.0))
    assert found.partial
    assert found.points[-1, 0] == pytest.approx(xy(0, 59)[0])
    assert found.cost == pytest.approx(true_cost(found.points, cost))
    cost[15:25, 20:30] = -1  # a shadow: along it is further, and cheaper than through it
    around = plan(cost, xy(20, 5), (50.0, 4.0))
    assert around.cost == pytest.approx(true_cost(around.points, with_dear_holes(cost)))
    assert around.cost == pytest.approx(found.cost, rel=0.2)


def test_where_unseen_ground_is_forbidden_a_goal_off_the_map_leads_to_the_edge_of_the_seen() -> (
    None
):
    strict = Planner(SearchSettings(unknown_passable=False))
    cost = even()
    cost[:, 40:] = -1
    found = strict.plan(cost, ORIGIN, RESOLUTION, xy(20, 5), (50.0, 4.0))
    assert found.partial
    assert found.points[-1, 0] == pytest.approx(xy(0, 39)[0])
    cost[15:25, 20:40] = -1
    around = strict.plan(cost, ORIGIN, RESOLUTION, xy(20, 5), (50.0, 4.0))
    assert around.points[-1, 0] == pytest.approx(xy(0, 39)[0])
    cost[:] = -1
    cost[18:23, 3:8] = 10
    with pytest.raises(NoPath, match=r"off the map and no way leads farther than 1\.0 m"):
        strict.plan(cost, ORIGIN, RESOLUTION, xy(20, 5), (50.0, 4.0))


def test_a_start_in_a_blind_zone_crosses_it_toward_a_goal_off_the_map() -> None:
    cost = even()
    cost[10:30, 0:15] = -1  # what a camera does not see around its own rover
    found = plan(cost, xy(20, 5), (50.0, 4.0))
    assert found.points[-1, 0] == pytest.approx(xy(0, 59)[0])


@pytest.mark.parametrize("seed", range(6))
def test_replanning_is_planning(seed: int) -> None:
    """Changes, a start that moves and a map that rolls give the plan a new search gives."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 100, (60, 70)).astype(np.int8)
    planner = Planner(SETTINGS)
    goal, origin = xy(50, 60), ORIGIN
    quick = 0
    for i in range(12):
        cost = cost.copy()
        row, col = rng.integers(0, 20, 2)
        cost[row : row + 8, col : col + 8] = rng.integers(0, 101, (8, 8))
        cost[5 + i % 3, 6] = 10
        if i % 4 == 3:
            cost = np.hstack([cost[:, 1:], rng.integers(0, 100, (60, 1)).astype(np.int8)])
            origin = (origin[0] + RESOLUTION, origin[1])
        start = (origin[0] + 0.65, origin[1] + (5.5 + i % 3) * RESOLUTION)
        again = planner.replan(cost, origin, RESOLUTION, start, goal)
        fresh = Planner(SETTINGS).plan(cost, origin, RESOLUTION, start, goal)
        assert again.cost == pytest.approx(fresh.cost, rel=1e-12)
        quick += again.expanded < fresh.expanded // 2
    assert quick >= 6


def test_replanning_to_another_goal_on_another_map_or_off_it() -> None:
    planner = Planner(SETTINGS)
    cost = even()
    planner.replan(cost, ORIGIN, RESOLUTION, xy(3, 3), xy(30, 50))
    other = planner.replan(cost, ORIGIN, RESOLUTION, xy(3, 3), xy(30, 20))
    assert tuple(other.points[-1]) == xy(30, 20)
    half_a_cell = (ORIGIN[0] + 0.05, ORIGIN[1])
    moved = planner.replan(cost, half_a_cell, RESOLUTION, xy(3, 3), xy(30, 20))
    assert moved.expanded == cost.size
    assert planner.replan(cost, ORIGIN, RESOLUTION, xy(3, 3), (60.0, 3.0)).partial
    assert planner.replan(even(50, 50), ORIGIN, RESOLUTION, xy(3, 3), xy(30, 20)).length > 0


def test_replanning_after_the_goal_was_found_to_be_a_rock_and_gone_again() -> None:
    planner = Planner(SETTINGS)
    cost = even()
    planner.plan(cost, ORIGIN, RESOLUTION, xy(3, 3), xy(30, 50))
    rock = cost.copy()
    rock[28:33, 48:53] = 100
    with pytest.raises(NoPath, match="lies in a lethal cell"):
        planner.replan(rock, ORIGIN, RESOLUTION, xy(26, 44), xy(30, 50))
    assert planner.replan(rock, ORIGIN, RESOLUTION, xy(3, 3), xy(30, 50)).doubted
    assert planner.replan(cost, ORIGIN, RESOLUTION, xy(3, 3), xy(30, 50)).cost > 0


def test_a_plan_toward_a_goal_off_the_map_leads_on_from_the_edge_it_starts_at() -> None:
    """Ground beyond looks cheap here, yet staying put would be no plan."""
    cost = even(value=99)
    cost[:, 40:] = -1
    found = plan(cost, xy(20, 39), (50.0, 4.0))
    assert math.dist(found.points[0], found.points[-1]) >= SETTINGS.least_leg
