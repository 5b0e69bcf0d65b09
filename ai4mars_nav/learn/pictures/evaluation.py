"""All pictures of one evaluation: what `ai4mars evaluate --pictures` writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ai4mars_nav.dataset.images import write_atomically, write_text
from ai4mars_nav.learn.data import U8
from ai4mars_nav.learn.evaluate import Measured
from ai4mars_nav.learn.pictures.big_rock import rock_page
from ai4mars_nav.learn.pictures.confusion import confusion_page
from ai4mars_nav.learn.pictures.examples import ABOUT, Example, chosen, examples_page
from ai4mars_nav.learn.pictures.sites import sites_page
from ai4mars_nav.learn.pictures.trust import trust_page
from ai4mars_nav.learn.seen import Seer
from ai4mars_nav.learn.summary import summary
from ai4mars_nav.perception.sidecar import Calibration
from ai4mars_nav.sim.poster import Picture

Pair = tuple[U8, U8]
CHARTS = ("confusion.png", "sites.png", "trust.png", "big-rock.png")


def write_charts(
    folder: Path, title: str, measured: Measured, found: Mapping[str, Any], calibration: Calibration
) -> None:
    """The charts of an evaluation and its document; `title` says which model on which labels."""
    _write(folder / "confusion.png", confusion_page(title, measured.every.sum(axis=0)))
    _write(folder / "sites.png", sites_page(title, found))
    _write(folder / "trust.png", trust_page(title, measured, calibration))
    _write(folder / "big-rock.png", rock_page(title, found["big_rock"]))


def write_examples(
    folder: Path, title: str, measured: Measured, read: Callable[[str], Pair], seer: Seer
) -> list[str]:
    """Pages of the best, middle and worst of the measured images; the names of the files.

    `read` gives image (H, W) and label (h, w) of a product.
    """
    written = []
    for page, numbers in chosen(measured.every).items():
        examples = [_example(measured.names[number], read, seer) for number in numbers]
        file = f"examples-{page}.png"
        _write(folder / file, examples_page(f"{title}: the {page}", ABOUT[page], examples))
        written.append(file)
    return written


def _example(product: str, read: Callable[[str], Pair], seer: Seer) -> Example:
    image, label = read(product)
    found, _ = seer.see(image, (label.shape[0], label.shape[1]))
    return Example(product, image, label, found.classes.copy(), found.confidence.copy())


def write_report(
    folder: Path, title: str, found: Mapping[str, Any], examples: Sequence[str]
) -> None:
    """The summary with the charts below it as report.md, and pages of examples as examples.md.

    They are two files, since the examples show images of the data set and the charts do not.
    """
    lines, _, tables = summary(found).partition("\n\n")
    listed = "".join(f"- {line}\n" for line in lines.splitlines())
    text = f"# {title}\n\n{listed}\n{tables}\n{_shown(CHARTS)}"
    write_text(folder / "report.md", text)
    write_text(folder / "examples.md", f"# {title}\n\n{_shown(examples)}")


def _shown(files: Sequence[str]) -> str:
    return "\n".join(f"![{Path(file).stem}]({file})\n" for file in files)


def _write(path: Path, picture: Picture) -> None:
    """Write a PNG well compressed: charts may be kept in documents."""
    pixels = np.ascontiguousarray(picture[..., ::-1])
    _, coded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])
    write_atomically(path, lambda part: part.write_bytes(coded.tobytes()))
