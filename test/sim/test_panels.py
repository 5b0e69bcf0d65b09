"""The pictures of a frame show what was made of it, where it is."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pytest

from ai4mars_nav.cli import scene as command
from ai4mars_nav.planning.search import Plan
from ai4mars_nav.rover import Rover
from ai4mars_nav.sim import panels, scenes
from ai4mars_nav.sim.errors import SimError
from ai4mars_nav.sim.one_frame import process
from ai4mars_nav.sim.panels import Outlook
from ai4mars_nav.sim.rig import navcam_rig, see, standing
from ai4mars_nav.terrain import COLOURS, Terrain

from ..probe_model import write_probe_model

SIDE = 240
PIXELS_PER_METRE = SIDE / 20.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_probe_model(tmp_path_factory.mktemp("model"), size=256)


@pytest.fixture(scope="module")
def look(model: Path) -> Outlook:
    rover, scene = Rover(), scenes.acceptance_scene()
    rig = navcam_rig(rover, 512)
    sight = see(scene, rig, standing(scene, 0.0, 0.0, 0.0), "coded", right=False)
    made = process(sight, rig, rover, model, own_stereo=False)
    way = np.array([(0.0, 0.0), (6.0, 0.5), (12.0, 0.5)])
    return Outlook(sight, rig, rover, made, Plan(way, 1.0, 12.0, False, 1), SIDE)


def at(picture: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    """The colour of a map panel at a place in odom, metres."""
    row, column = (18.0 - x) * PIXELS_PER_METRE, (10.0 - y) * PIXELS_PER_METRE
    return tuple(int(level) for level in picture[round(row), round(column)])


def test_six_panels_of_one_size(look: Outlook) -> None:
    pictures = [panel.picture for panel in panels.all_panels(look)]
    assert [picture.shape for picture in pictures] == [(SIDE, SIDE, 3)] * 6
    for i, one in enumerate(pictures):
        assert one.dtype == np.uint8
        assert all(not np.array_equal(one, other) for other in pictures[:i])


def test_the_cost_map_has_the_heading_up_and_left_on_the_left(look: Outlook) -> None:
    picture = panels.cost(look)
    assert at(picture, scenes.BIG.x, scenes.BIG.y) == panels.LETHAL
    assert at(picture, scenes.BIG.x, -scenes.BIG.y) != panels.LETHAL
    assert at(picture, 5.0, -6.0) == panels.UNSEEN
    assert at(picture, 9.0, 0.5) == panels.WAY
    sand_uphill, soil = (sum(at(picture, x, y)) for x, y in ((11.5, 2.2), (5.0, -0.2)))
    assert sand_uphill < soil


def test_the_height_map_shows_the_ramp_and_what_is_unseen(look: Outlook) -> None:
    picture = panels.height(look)
    assert at(picture, 5.0, -6.0) == panels.UNSEEN
    high, low = (np.array(at(picture, x, 2.2)) for x in (12.8, 8.5))
    assert high[0] > low[0] + 60  # from the blue to the yellow end of the ramp


def test_classes_are_tinted_and_rocks_outlined(look: Outlook) -> None:
    tinted = panels.classes(look).astype(int)
    truth = cv2.resize(look.sight.left.classes, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    hues = COLOURS.astype(int)
    for kind in (Terrain.SAND, Terrain.BIG_ROCK):
        red_over_blue = tinted[truth == kind].mean(axis=0)
        expected = hues[kind][0] - hues[kind][2]
        assert (red_over_blue[0] - red_over_blue[2]) > 0.3 * expected
    outlined = np.all(panels.rocks(look) == panels.BOTH, axis=2)
    rows, columns = np.nonzero(outlined[: SIDE - 60])
    rock = np.argwhere(truth == Terrain.BIG_ROCK)
    assert abs(rows.mean() - rock[:, 0].mean()) < 6 and abs(columns.mean() - rock[:, 1].mean()) < 6


def test_the_tracks_lie_on_the_ground_ahead(look: Outlook) -> None:
    plain, drawn = look.frame.astype(int), panels.path_ahead(look).astype(int)
    changed = np.abs(drawn - plain).sum(axis=2) > 30
    assert changed.sum() > 500
    sky = cv2.resize(look.sight.left.depth, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    assert not (changed & np.isnan(sky)).any()
    middle = look.camera.cx
    left, right = changed[:, : int(middle)].sum(), changed[:, int(middle) :].sum()
    assert left > 100 and right > 100


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def test_the_command_writes_the_page(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "scene.png"
    chosen = arguments("--model", str(model), "--size", "128", "--out", str(out))
    assert command.run(chosen) == 0
    page = cv2.imread(str(out))
    assert page.shape[0] > 2 * command.SIDE and page.shape[1] > 3 * command.SIDE
    assert out.stat().st_size < 700_000


def test_a_place_that_cannot_be_written_is_named(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "scene.png"
    chosen = arguments("--model", str(model), "--size", "64", "--out", str(out), "--seed", "5")
    with pytest.raises(SimError, match="nowhere"):
        command.run(chosen)
