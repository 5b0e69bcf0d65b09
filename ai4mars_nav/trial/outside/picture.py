"""One picture of the verdict: the way of each mode on the true ground, ours beside the judge's."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.rover import load_rover
from ai4mars_nav.share import rover_file
from ai4mars_nav.sim.drive.topdown import View, draw_path, draw_scale, true_ground
from ai4mars_nav.sim.poster import INK, WHITE, Colour, Panel, legend, page
from ai4mars_nav.trial.modes import FUSED, GEOMETRY, ORACLE, SEMANTICS
from ai4mars_nav.trial.outside.folder import verdict
from ai4mars_nav.trial.plan import Plan
from ai4mars_nav.trial.sites import make_site
from ai4mars_nav.trial.track import Track, read_track, track_of

PICTURE = "judge.jpg"
QUALITY = 88
MARGIN = 3.0
"""Metres shown round all ways."""
COLOURS: dict[str, Colour] = {
    GEOMETRY: (190, 20, 120),
    SEMANTICS: (120, 60, 190),
    FUSED: (0, 110, 210),
    ORACLE: (20, 20, 20),
}


def leave_picture(plan: Plan, asked: dict[int, list[str]], path: Path) -> None:
    """Draw the site on which the two physics part most, by the length of the ways."""
    tracks = {
        seed: {
            mode: (
                read_track(track_of(plan.record(seed, mode))),
                read_track(track_of(verdict(plan, seed, mode))),
            )
            for mode in modes
        }
        for seed, modes in asked.items()
    }
    seed = max(tracks, key=lambda each: max(_differ(*pair) for pair in tracks[each].values()))
    site = make_site(seed, plan.metres, load_rover(rover_file(plan.rover)))
    places = np.concatenate(
        [track.place[:, :2] for pair in tracks[seed].values() for track in pair]
    ).astype(np.float64)
    places = np.vstack([places, site.mission.goal])
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN
    side = float((high - low).max())
    corner = 0.5 * (low + high) - 0.5 * side
    view = View((float(corner[0]), float(corner[1])), side)
    ground = true_ground(site.world, view)
    panels = []
    for which, title in enumerate(("Our vehicle", "The judge: MuJoCo")):
        picture = ground.copy()
        for mode, pair in tracks[seed].items():
            way = pair[which].place[:, :2].astype(np.float64)
            draw_path(picture, way, view, WHITE, 7)
            draw_path(picture, way, view, COLOURS[mode], 4)
        goal = view.pixels(np.array(site.mission.goal))[0].round().astype(int).tolist()
        cv2.circle(picture, goal, 9, WHITE, -1, cv2.LINE_AA)
        cv2.circle(picture, goal, 6, INK, -1, cv2.LINE_AA)
        legend(picture, [(COLOURS[mode], mode) for mode in tracks[seed]])
        draw_scale(picture, view)
        panels.append(Panel(title, "the way of each mode; the goal is a spot", picture))
    sheet = page(f"Site {seed} under two physics", site.kind, panels, 2)
    cv2.imwrite(str(path), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def _differ(ours: Track, judge: Track) -> float:
    """Metres by which the lengths of two ways differ."""
    return abs(float(ours.distance_m[-1] - judge.distance_m[-1]))
