"""A small site to label: images with regions that a labeller knows, ranges, a tutorial."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from ai4mars_nav.archive.database import open_database
from ai4mars_nav.archive.labelling.projects import project_named
from ai4mars_nav.cli import main

from .served import Served

SIZE = (96, 128)
"""Rows and columns of the images."""
NAMES = [f"NLB_70000{n:04d}EDR_F0000000SIMU0000{n}M1" for n in range(4)]
GREY = (60, 110, 30, 85)
"""Of soil, bedrock, sand and big rock."""


def truth(number: int) -> np.ndarray:
    """The label of an image: soil, with sand on the left, bedrock on the right and a rock."""
    label = np.zeros(SIZE, np.uint8)
    label[30:, : 40 + 4 * number] = 2
    label[30:, 90:] = 1
    label[50:66, 60:76] = 3
    return label


def make_site(home: Path) -> Path:
    """Write images, ranges and tutorials; the folder that is served."""
    root = home / "site"
    for folder in ("images", "ranges", "lessons"):
        (root / folder).mkdir(parents=True)
    rng = np.random.default_rng(0)
    metres = np.linspace(90.0, 3.0, SIZE[0], dtype=np.float32)[:, None].repeat(SIZE[1], axis=1)
    for number, name in enumerate(NAMES):
        grey = np.array(GREY, np.float64)[truth(number)] + rng.normal(0, 4, SIZE)
        cv2.imwrite(str(root / f"images/{name}.png"), grey.clip(0, 255).astype(np.uint8))
        np.save(root / f"ranges/{name}.npy", metres)
    cv2.imwrite(str(root / "lessons/label.png"), truth(0))
    picture = f"images/{NAMES[0]}.png"
    pixels = [
        {"image": picture, "text": "Draw the sand on the left.", "answer": "lessons/label.png"}
    ]
    image = [{"image": picture, "text": "Ripples all over.", "answer": [2]}]
    for kind, lessons in (("pixels", pixels), ("image", image)):
        (root / f"{kind}.json").write_text(json.dumps(lessons))
    (root / "classes.csv").write_text(
        "value,name,colour,key,help\n0,Wheel,#7a5195,1,A wheel of the rover\n"
        "1,Drill hole,#bc5090,2,\n2,Ripples,#ffa600,3,Sand in waves\n"
    )
    return root


def add_project(served: Served, name: str, kind: str, labels: int = 1) -> int:
    """A project over the site's images, by its command; its number."""
    classes = ["--classes", f"{served.root}/classes.csv"] if kind == "image" else []
    words = [
        "archive", "project", "add", name, "--kind", kind, "--images", f"{served.root}/images",
        "--labels-per-image", str(labels), "--tutorial", f"{served.root}/{kind}.json",
        "--ranges", f"{served.root}/ranges", "--store", str(served.store), *classes,
    ]  # fmt: skip
    assert main(words) == 0
    database = open_database(str(served.store))
    try:
        return project_named(database, name).id
    finally:
        database.close()
