"""What a drive leaves in its folder: figures, pictures, a film and a page."""

from __future__ import annotations

import json
from pathlib import Path

import cv2

from ai4mars_nav.sim.drive import film
from ai4mars_nav.sim.drive.metrics import metrics
from ai4mars_nav.sim.drive.report import report
from ai4mars_nav.sim.drive.seen import read_seen
from ai4mars_nav.sim.drive.topdown import topdown
from ai4mars_nav.sim.drive.triage import on_the_map, read_kept, sent_home
from ai4mars_nav.sim.drive.trip import Outcome
from ai4mars_nav.sim.poster import Picture


def leave(outcome: Outcome) -> dict[str, Path]:
    """Write everything that there is something for; the files by what they are."""
    out = outcome.trip.out
    found = metrics(outcome)
    # first what a second Ctrl-C must not take away
    (out / "metrics.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    left = {"figures": out / "metrics.json"}
    seen = read_seen(outcome.bag)
    pictures: dict[str, Path] = {}
    if outcome.truths:
        pictures["From above"] = _written(topdown(outcome, seen), out / "topdown.png")
    frames = film.film(outcome, seen)
    if frames:
        strip = film.strip(frames)
        pictures["What the rover saw"] = _written(strip, out / "filmstrip.png")
        film.write_gif(frames, out / "film.gif")
        left["film"] = out / "film.gif"
    kept = read_kept(outcome.bag) if outcome.trip.triage else None
    if kept is not None and outcome.truths:
        sheet = sent_home(kept, outcome, seen)
        pictures["What it would send home"] = _written(sheet, out / "triage.png")
        targets = on_the_map(kept, outcome)
        pictures["Where to look again"] = _written(targets, out / "targets.png")
    page = report(outcome, found, seen, pictures)
    (out / "report.html").write_text(page, encoding="utf-8")
    return left | pictures | {"report": out / "report.html", "bag": outcome.bag}


def _written(picture: Picture, path: Path) -> Path:
    cv2.imwrite(str(path), picture[..., ::-1])
    return path
